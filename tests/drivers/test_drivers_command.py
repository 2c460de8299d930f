"""The drivers on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.drivers import library_tags as tags

FIELDS = ["kind", "accepted", "model", "number", "owner", "usage", "parts", "part", "secured", "candidates", "reasons"]


def drivers(*arguments: str, code: int = 0, pcscd: str = "/nonexistent/pcscd") -> str:
    """Run the command in a process of its own; its output, or its error text where it is to fail."""
    done = subprocess.run(
        [sys.executable, "-m", "drivers", *arguments],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PCSCLITE_CSOCK_NAME": pcscd, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if code else done.stdout


def test_explain_gives_json_with_exactly_its_fields() -> None:
    """The fields, their order, and what they hold for a pass; the number is given, since the bytes were."""
    found = json.loads(drivers("explain", "--memory", tags.PASS_18.hex(" "), "--uid", "E00401505A89BDE3", "--afi", "07", "--json"))
    assert list(found) == FIELDS
    reasons = found.pop("reasons")
    assert found == {
        "kind": "pass",
        "accepted": True,
        "model": "iso28560-3",
        "number": "29350000036490",
        "owner": "NL-070288",
        "usage": 8,
        "parts": 1,
        "part": 1,
        "secured": True,
        "candidates": [{"number": "29350000036490", "model": "iso28560-3"}, {"number": "e00401505a89bde3", "model": "uid"}],
    }
    assert all(reason.endswith(".") for reason in reasons)


def test_explain_says_it_in_sentences() -> None:
    """A damaged item: what it is, that it is damaged, and why."""
    text = drivers("explain", "--memory", tags.spoilt(tags.ITEM_NO).hex())
    assert text.startswith("item: damaged")
    assert "its CRC is 0238 and the content gives" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("explain", "--memory", "1"), "--memory must be hexadecimal digits"),
        (("explain", "--memory", "", "--afi", "0700"), "--afi is one byte"),
        (("read", "--driver", "pcsk"), "did you mean 'pcsc'?"),
        (("read", "--set", "reader"), "--set takes name=value"),
        (("watch", "--role", "printer"), "use 'drivers print'"),
        (("watch", "--role", "scanner", "--driver", "serial", "--set", "device=sokcet://x"), "is no serial port"),
        (("explain",), "Missing option '--memory'"),
        (("explian",), "explian"),
    ],
)
def test_a_wrong_command_is_one_sentence_and_exit_code_2(arguments: tuple[str, ...], sentence: str) -> None:
    """Whatever is wrong with it, no traceback."""
    assert sentence in drivers(*arguments, code=2)


def test_read_without_pcscd_is_one_sentence_and_exit_code_1() -> None:
    """It says what to install."""
    error = drivers("read", code=1)
    assert error.startswith("drivers: pcscd does not answer: install")
    assert error.count("\n") == 1


def test_read_gives_up_after_its_time() -> None:
    """Nobody holds a tag to the simulated reader."""
    assert "within 0.1 seconds" in drivers("read", "--driver", "simulated", "--wait", "0.1", code=1)


def test_list_says_why_there_are_no_readers_and_what_is_installed() -> None:
    """Whatever is plugged in, the drivers are listed, and what is wrong with pcscd is said."""
    assert "Card readers: pcscd does not answer: install" in drivers("list")
    found = json.loads(drivers("list", "--json"))
    assert found["card_readers"] == []
    assert "install the packages pcscd" in found["card_readers_problem"]
    rows = {(row["role"], row["driver"]): row["ready"] for row in found["drivers"]}
    assert rows["pass_reader", "pcsc"]
    assert rows["scanner", "simulated"]


def test_watch_tells_events_as_lines_of_json() -> None:
    """The first is that the device is up."""
    lines = [json.loads(line) for line in drivers("watch", "--driver", "simulated", "--for", "0.5", "--json").splitlines()]
    assert (lines[0]["event"], lines[0]["description"]) == ("up", "simulated tag reader")


def test_watch_tells_why_a_device_is_down() -> None:
    """A missing pcscd is an event like others: the watch goes on."""
    lines = [json.loads(line) for line in drivers("watch", "--for", "0.5", "--json").splitlines()]
    assert (lines[0]["event"], lines[0]["reason"]) == ("down", "service_down")


def test_print_shows_what_the_simulated_printer_printed() -> None:
    """A test receipt, as text."""
    assert "proefbon" in drivers("print", "--driver", "simulated")
    assert "proefbon" in json.loads(drivers("print", "--driver", "simulated", "--json"))["text"]


@pytest.mark.parametrize("command", [(), ("list",), ("watch",), ("read",), ("print",), ("explain",)])
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    """With its options."""
    assert "--help" in drivers(*command, "--help")
