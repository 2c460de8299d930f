"""The `desk` command as a process: ready when it says so, gone when it should be, and nothing lost however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from kiosk.backend.http import HttpLibrary
from kiosk.domain.items import Loan
from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import OpenVisit
from kiosk.ports import LibrarySilent

pytestmark = pytest.mark.real

ANNA = PassKey("20000000000011", owner="NL-070288")
BOOK = "30000000000001"


def desk(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "desk", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=os.environ | more)


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A desk process with the demonstration library, and its address; killed at the end if it is still there."""
    options = (
        "--db",
        str(folder / "desk.db"),
        "--port",
        "0",
        "--json",
        "--demo-data",
        "--pair",
        "kiosk",
        "--token-file",
        str(folder / "token"),
    )
    with (folder / "log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "desk", "serve", *options, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        assert process.stdout
        try:
            line = process.stdout.readline()
            assert line, (folder / "log").read_text(encoding="utf-8")
            yield process, json.loads(line)["url"]
            if process.poll() is None:
                process.kill()
            assert process.stdout.read() == ""  # one line of JSON, and nothing else
        finally:
            process.kill()


def library(folder: Path, url: str) -> HttpLibrary:
    """A kiosk that was paired when the desk started."""
    return HttpLibrary(url, (folder / "token").read_text(encoding="ascii").strip(), verify_seconds=30, lend_seconds=30)


def test_ready_when_it_says_so(tmp_path: Path) -> None:
    """The line with the address comes when requests are answered; the token in its file is valid, and nobody else can read it."""
    with serving(tmp_path) as (_, url):
        kiosk = library(tmp_path, url)
        assert kiosk.status().name == "Bibliotheek Waddenkust"
        assert isinstance(kiosk.open_visit(ANNA, request_key="visit-key"), OpenVisit)
        kiosk.close()

    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_ends_with_standard_input(tmp_path: Path) -> None:
    """With --until-stdin-closes the desk ends cleanly when its parent closes the pipe, also while a kiosk holds a connection."""
    with serving(tmp_path, "--until-stdin-closes") as (process, url):
        kiosk = library(tmp_path, url)
        kiosk.status()
        assert process.stdin
        process.stdin.close()

        assert process.wait(30) == 0
        with pytest.raises(LibrarySilent):
            kiosk.status()
        kiosk.close()


def test_ends_with_a_killed_parent(tmp_path: Path) -> None:
    """A desk does not outlive a parent that was killed with -9."""
    parent_code = (
        "import subprocess, sys\n"
        "desk = subprocess.Popen([sys.executable, '-m', 'desk', *sys.argv[1:]], stdin=subprocess.PIPE)\n"
        "print(desk.pid, flush=True)\n"
        "desk.wait()\n"
    )
    serve = ["serve", "--db", str(tmp_path / "desk.db"), "--port", "0", "--json", "--until-stdin-closes"]
    with subprocess.Popen([sys.executable, "-c", parent_code, *serve], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        int(parent.stdout.readline())
        json.loads(parent.stdout.readline())
        parent.kill()

        assert parent.stdout.read() == ""  # ends only when the desk, which holds the other end of this pipe, is gone


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_on_signals(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM and Ctrl-C end it with the exit code 0."""
    with serving(tmp_path) as (process, _):
        process.send_signal(number)

        assert process.wait(30) == 0


def test_goes_on_when_standard_input_ends(tmp_path: Path) -> None:
    """Without --until-stdin-closes, as under systemd, a closed standard input means nothing."""
    with serving(tmp_path) as (process, url):
        assert process.stdin
        process.stdin.close()
        kiosk = library(tmp_path, url)

        assert kiosk.status().name == "Bibliotheek Waddenkust"
        kiosk.close()


def test_nothing_is_lost_by_kill(tmp_path: Path) -> None:
    """What was answered before kill -9 is there after it: the loan, its key, the open visit; and the token is still valid."""
    with serving(tmp_path) as (process, url):
        kiosk = library(tmp_path, url)
        visit = kiosk.open_visit(ANNA, request_key="visit-key")
        assert isinstance(visit, OpenVisit)
        loan = kiosk.lend(visit.id, BOOK, request_key="loan-key-1")
        process.kill()
        kiosk.close()
    token = (tmp_path / "token").read_text(encoding="ascii")

    with serving(tmp_path) as (_, url):
        kiosk = library(tmp_path, url)
        assert isinstance(loan, Loan)
        assert kiosk.outcome("loan-key-1") == loan
        assert kiosk.record(visit.id).loans == (loan,)
        assert kiosk.lend(visit.id, BOOK, request_key="loan-key-1") == loan
        kiosk.close()
    assert (tmp_path / "token").read_text(encoding="ascii") == token


def test_log_names_nobody(tmp_path: Path) -> None:
    """The log of a process tells of requests, and of nobody's number."""
    with serving(tmp_path) as (process, url):
        kiosk = library(tmp_path, url)
        visit = kiosk.open_visit(ANNA, request_key="visit-key")
        assert isinstance(visit, OpenVisit)
        kiosk.lend(visit.id, BOOK, request_key="loan-key-1")
        kiosk.close()
        process.terminate()
        process.wait(30)

    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert [json.loads(line)["route"] for line in log.splitlines()] == ["/v1/visits", "/v1/visits/{visit}/loans"]
    assert not [secret for secret in (ANNA.number, BOOK, visit.id) if secret in log]


def test_refresh_beside_a_desk(tmp_path: Path) -> None:
    """The refresh runs beside a desk that serves, and on a clock that was moved."""
    (tmp_path / "clock").write_text("2026-11-24T09:00:00+01:00", encoding="ascii")
    with serving(tmp_path, "--clock-file", str(tmp_path / "clock")):
        done = desk("refresh", "--db", tmp_path / "desk.db", "--clock-file", tmp_path / "clock", "--json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"guests": 10, "changed": 1, "ended": 2}


def test_pairing_by_hand(tmp_path: Path) -> None:
    """A token is shown once or written to a file, and can be taken back."""
    db = ("--db", str(tmp_path / "desk.db"))

    shown = desk("pair", "hall", *db)
    written = desk("pair", "hall", *db, "--token-file", tmp_path / "secret" / "token")
    taken_back = desk("pair", "hall", *db, "--revoke")

    assert len(shown.stdout.strip()) == 43
    assert (tmp_path / "secret" / "token").read_text(encoding="ascii").strip() not in written.stdout
    assert taken_back.stdout == "Taken back: 2.\n"


def test_state_folder(tmp_path: Path) -> None:
    """Without --db the data stand in the user's state folder; laying the demonstration data out twice changes nothing."""
    first, second = (desk("demo-data", XDG_STATE_HOME=str(tmp_path)) for _ in range(2))

    assert (first.returncode, second.returncode) == (0, 0)
    assert "already" in second.stdout
    assert (tmp_path / "gastlenen-kiosk" / "desk.db").exists()


def test_mistakes_are_told_in_a_sentence(tmp_path: Path) -> None:
    """What a person can mend is said in one line, with exit code 2, and without a traceback."""
    (tmp_path / "clock").write_text("soon", encoding="ascii")
    db = ("--db", str(tmp_path / "desk.db"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        mistakes = [
            desk("serve", *db, "--port", str(taken.getsockname()[1])),
            desk("serve", *db, "--port", "0", "--clock-file", tmp_path / "clock"),
            desk("serve", *db, "--port", "0", "--pair", "kiosk", "--token-file", tmp_path),
            desk("demo-data", "--db", "nonsense://x"),
            desk("demo-data", "--db", tmp_path / "clock" / "desk.db"),
        ]

    assert [mistake.returncode for mistake in mistakes] == [2] * 5
    assert [len(mistake.stderr.splitlines()) for mistake in mistakes] == [1] * 5
    assert desk("serve", *db, "--pair", "kiosk").returncode == 2


def test_speaks_to_people(tmp_path: Path) -> None:
    """Without --json the desk says in a sentence where it answers."""
    command = [sys.executable, "-m", "desk", "serve", "--db", str(tmp_path / "desk.db"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        sentence = process.stdout.readline()
        url = next(word for word in sentence.split() if word.startswith("http")).rstrip(".")
        assert httpx.get(f"{url}/v1/status", trust_env=False).status_code == 200
        process.terminate()
