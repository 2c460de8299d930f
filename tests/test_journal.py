"""What the journal keeps, on a real disk."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.engine.time import ZONE
from kiosk.journal import Entry, SqliteJournal

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def opened(file: Path, clock: Clock) -> Iterator[Callable[..., SqliteJournal]]:
    """Opens the journal; all are closed in the end."""
    journals: list[SqliteJournal] = []

    def open_it(days: int = 30) -> SqliteJournal:
        journals.append(SqliteJournal(file, clock, days=days))
        return journals[-1]

    yield open_it
    for journal in journals:
        journal.close()


def whats(journal: SqliteJournal) -> list[str]:
    return [entry.what for entry in journal.read()]


def test_entries_survive(opened):
    """What was written is there when the file is opened again: when, which visit, what, and each fact with its type."""
    journal = opened()
    journal.write(7, "lent", item="30000000000018", strips=2, provisional=True, until=None)
    journal.close()

    assert list(opened().read()) == [Entry(NOW, 7, "lent", {"item": "30000000000018", "strips": 2, "provisional": True, "until": None})]


def test_entry_is_there_at_once(opened, file):
    """When `write` has returned, another process can read it: nothing waits in memory."""
    opened().write(1, "visit_opened")

    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as other:
        assert other.execute("select visit, what from entry").fetchall() == [(1, "visit_opened")]


def test_safe_over_a_power_cut(opened):
    """Write-ahead log with full synchronisation: every commit waits for the disk. This is what SQLite itself says of the open file."""
    connection = opened()._connection

    assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
    assert connection.execute("pragma synchronous").fetchone() == (2,)  # FULL
    assert connection.isolation_level is None  # each insert is a transaction of its own


@pytest.mark.parametrize("text", ["\ud800", "\x00", "{}'\";--", "\u202e", "x" * 10_000, "\N{GRINNING FACE}"])
def test_any_text_is_a_fact(opened, text):
    """A scanned code can be anything; it comes back as it was."""
    journal = opened()
    journal.write(1, "lent", item=text)

    assert [entry.facts for entry in journal.read()] == [{"item": text}]


def test_old_entries_are_dropped_while_it_runs(opened, clock):
    """A kiosk that runs for months keeps no more than so many days either."""
    journal = opened(days=30)
    journal.write(1, "visit_opened")
    clock.now = NOW + timedelta(days=31)
    journal.write(2, "visit_opened")

    assert [entry.visit for entry in journal.read()] == [2]


def test_old_entries_are_dropped(opened, clock):
    """When it is opened, what is older than so many days goes, and what is younger stays."""
    journal = opened()
    for days in (31, 30, 29, 1):
        clock.now = NOW - timedelta(days=days)
        journal.write(days, "visit_opened")
    journal.close()
    clock.now = NOW + timedelta(minutes=1)

    assert [entry.visit for entry in opened(days=30).read()] == [29, 1]
    assert [entry.visit for entry in opened(days=1).read()] == []


def test_last_visit(opened):
    """Visit numbers go on where they were, so that no two visits have the same."""
    journal = opened()
    assert journal.last_visit() == 0
    for visit in (3, 12, 5, 0):
        journal.write(visit, "visit_opened")
    journal.close()

    assert opened().last_visit() == 12


def test_reading_a_part(opened, clock):
    """One visit, since a moment, the newest few; oldest first each time."""
    journal = opened()
    for minute, (visit, what) in enumerate([(1, "a"), (2, "b"), (1, "c"), (2, "d")]):
        clock.now = NOW + timedelta(minutes=minute)
        journal.write(visit, what)

    assert whats(journal) == ["a", "b", "c", "d"]
    assert [entry.what for entry in journal.read(visit=2)] == ["b", "d"]
    assert [entry.what for entry in journal.read(since=NOW + timedelta(minutes=2))] == ["c", "d"]
    assert [entry.what for entry in journal.read(visit=1, since=NOW + timedelta(minutes=1))] == ["c"]
    assert [entry.what for entry in journal.read(newest=3)] == ["b", "c", "d"]
    assert [entry.what for entry in journal.read(newest=9)] == ["a", "b", "c", "d"]


def test_several_threads(opened):
    """Workers and engine write at once while staff read: no entry is lost, torn or written twice."""
    journal = opened()
    begin = threading.Barrier(5)
    seen: list[int] = []

    def write(visit: int) -> None:
        begin.wait()
        for number in range(25):
            journal.write(visit, "lent", number=number)

    def read() -> None:
        begin.wait()
        seen.extend(len(list(journal.read())) for _ in range(25))

    threads = [threading.Thread(target=write, args=(visit,)) for visit in (1, 2, 3, 4)] + [threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for visit in (1, 2, 3, 4):
        assert [entry.facts["number"] for entry in journal.read(visit=visit)] == list(range(25))
    assert seen == sorted(seen)


def test_broken_journal_is_set_aside(tmp_path):
    """A journal that is no database any more keeps no kiosk shut: a new one is begun, and the old file kept for staff."""
    (tmp_path / "journal.db").write_bytes(b"no database" * 1000)
    journal = SqliteJournal(tmp_path / "journal.db", lambda: NOW)
    journal.write(1, "visit_opened")

    assert [entry.what for entry in journal.read()] == ["visit_opened"]
    assert [file.read_bytes()[:11] for file in tmp_path.glob("journal.db.broken-*")] == [b"no database"]
    journal.close()
