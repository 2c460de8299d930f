"""The commands that explain, write, record and try."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.drivers import library_tags as tags
from tests.drivers.test_drivers_command import FIELDS, drivers

EMPTY = "'" + "00" * 64 + "'"
PASS, ITEM = "29350000036490", "30000000000018"


def lying(memory: bytes) -> str:
    return f"memory='{memory.hex()}'"


def test_explain_names_every_byte() -> None:
    """For people in a table, for scripts with --bytes; the number is shown, since the bytes were given."""
    text = drivers("explain", "--memory", tags.OBJECTS_PASS.hex())
    assert "OID 1, integer, 6 bytes" in text
    assert "80, patron card" in text
    found = json.loads(drivers("explain", "--memory", tags.PASS_18.hex(), "--json", "--bytes"))
    assert list(found) == [*FIELDS, "bytes"]
    assert {"offset": 3, "bytes": tags.PASS_18[3:19].hex(" ").upper(), "field": "number", "meaning": PASS} in found["bytes"]


def test_explain_finds_a_number_in_an_nfc_text_only_by_a_pattern() -> None:
    """Without one the text is told and no number taken from it."""
    memory = "E1400801 030FD1010B5402656E" + b"29350000".hex() + "FE"
    assert json.loads(drivers("explain", "--memory", memory, "--json"))["kind"] == "unknown"
    found = json.loads(drivers("explain", "--memory", memory, "--ndef-number", r"\d{8}", "--json"))
    assert (found["kind"], found["number"], found["model"]) == ("pass", "29350000", "ndef")
    assert "--ndef-number is no pattern" in drivers("explain", "--memory", memory, "--ndef-number", "(", code=2)


def test_read_masks_the_number_everywhere() -> None:
    """In the candidates and in the bytes; shown when asked for."""
    arguments = ("read", "--driver", "simulated", "--set", lying(tags.PASS_18), "--wait", "20")
    text = drivers(*arguments)
    assert PASS not in text
    assert "32 39 33" not in text
    assert "***********490" in text
    assert PASS in drivers(*arguments, "--show-number")
    found = json.loads(drivers(*arguments, "--json", "--bytes"))[0]
    assert found["accepted"]
    assert PASS not in json.dumps(found)


@pytest.mark.parametrize("model", ["iso28560-3", "iso28560-2"])
@pytest.mark.parametrize(("kind", "number"), [("pass", PASS), ("item", ITEM)])
def test_a_test_tag_is_written_to_an_empty_tag(model: str, kind: str, number: str) -> None:
    """And what --print-hex prints is what explain takes for it."""
    what = (f"--{kind}", number, "--owner", "NL-070288", "--model", model)
    done = json.loads(drivers("write-test-tag", *what, "--driver", "simulated", "--set", f"memory={EMPTY}", "--wait", "20", "--json"))
    assert done == {"written": True, "model": model, "kind": kind, "bytes": 64, "start": 0}
    printed = drivers("write-test-tag", *what, "--print-hex")
    found = json.loads(drivers("explain", "--memory", printed, "--json"))
    assert (found["kind"], found["accepted"], found["model"], found["number"], found["owner"]) == (kind, True, model, number, "NL-070288")


def test_a_short_tag_gets_a_short_block() -> None:
    """32 bytes hold a block without its last two."""
    arguments = ("write-test-tag", "--item", ITEM, "--owner", "NL-070288", "--driver", "simulated")
    assert "32 bytes from byte 0" in drivers(*arguments, "--set", f"memory='{'00' * 32}'")
    assert "room for 16 bytes" in drivers(*arguments, "--set", f"memory='{'00' * 16}'", code=1)


def test_a_tag_that_carries_something_is_not_written() -> None:
    """Unless told; what is lost is said before, and not its number."""
    arguments = ("write-test-tag", "--item", ITEM, "--driver", "simulated", "--set", lying(tags.PASS_18.ljust(64, b"\0")))
    error = drivers(*arguments, code=1)
    assert "carries pass in iso28560-3" in error
    assert PASS not in error
    assert "Written and read back" in drivers(*arguments, "--overwrite")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("write-test-tag",), "either --pass NUMBER or --item NUMBER"),
        (("write-test-tag", "--pass", "1", "--item", "2"), "either --pass NUMBER or --item NUMBER"),
        (("write-test-tag", "--pass", "1" * 17, "--print-hex"), "1 to 16 bytes"),
        (("write-test-tag", "--pass", "1", "--owner", "070288"), "must be an ISIL"),
        (("write-test-tag", "--pass", "1", "--driver", "simulated", "--set", "writes_memory=false"), "cannot write tags"),
        (("write-test-tag", "--pass", "1", "--driver", "transcript", "--set", "file=x"), "cannot write tags"),
        (("read", "--driver", "simulated", "--set", "memory=12"), "in quotes"),
        (("try-rule", "1"), "Give a rule"),
        (("try-rule", "1", "--rule", "pass"), "--rule takes"),
        (("try-rule", "1", "--rule", "guest=1"), "A rule is wrong"),
        (("try-rule", "1", "--rule", "pass=("), "is no pattern"),
        (("try-rule", "1", "--rule", "{kind = }"), "--rule takes"),
        (("try-rule", "1", "--rule", "{kind = 'pass', lenght = 3}"), "A rule is wrong"),
        (("try-rule", "1", "--config", "/nonexistent.toml"), "cannot be read"),
    ],
)
def test_a_wrong_command_is_one_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    """Exit code 2, no traceback."""
    assert sentence in drivers(*arguments, code=2)


def test_try_rule_says_which_rule_decides_and_why_not_the_others(tmp_path: Path) -> None:
    """Rules of a settings file come first."""
    settings = tmp_path / "kiosk.toml"
    settings.write_text("[scanner]\nrules = [{ kind = 'item', pattern = '3\\d{13}' }]\n")
    text = drivers("try-rule", "20000000000011", "--config", str(settings), "--rule", r"pass=2\d{13}", "--rule", "{kind='item', length=14}")
    assert text.startswith("pass\n")
    assert "it has not the form" in text
    assert "fits and decides" in text
    assert "fits, too" in text
    found = json.loads(drivers("try-rule", "79927398710", "--rule", "{kind='pass', check_digit='luhn'}", "--json"))
    assert found == {
        "kind": None,
        "rules": [{"rule": "pass: check digit luhn", "fits": False, "why_not": "its check digit is 0 and must be 3", "decides": False}],
    }


def test_record_writes_a_transcript_that_plays(tmp_path: Path) -> None:
    """Numbers masked, everything else as it was; it does not write over a file."""
    file = tmp_path / "told.jsonl"
    arguments = ("record", str(file), "--driver", "simulated", "--set", lying(tags.PASS_18), "--for", "2", "--json")
    assert json.loads(drivers(*arguments)) == {"file": str(file), "lines": 3, "masked": True}
    assert tags.PASS_18[3:17].hex().upper() not in file.read_text()
    found = json.loads(drivers("read", "--driver", "transcript", "--set", f"file={file}", "--wait", "20", "--json", "--show-number"))[0]
    assert (found["kind"], found["accepted"], found["owner"]) == ("pass", True, "NL-070288")
    assert found["number"] != PASS
    assert "cannot be written" in drivers(*arguments, code=1)


@pytest.mark.parametrize("command", ["write-test-tag", "try-rule", "record"])
def test_every_command_has_help(command: str) -> None:
    """With its options."""
    assert "--help" in drivers(command, "--help")
