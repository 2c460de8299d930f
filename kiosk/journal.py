"""What happened at the kiosk and why, on disk: SQLite, one commit an entry, safe over a power cut. Holds nothing that names a person.

A loan's intent is on disk before its request leaves, its outcome afterwards. Not for measuring, nor for the library's own records.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from kiosk.ports import OpenLoan

_SCHEMA = """
create table if not exists entry (
    id integer primary key,
    at text not null,
    visit integer not null,
    what text not null,
    facts text not null
);
create index if not exists by_key on entry (json_extract(facts, '$.key'), what) where what in ('loan_intent', 'loan_outcome');
"""
# an intent is open until the outcome of its key is on record
_OPEN = """
what = 'loan_intent' and not exists (
    select 1 from entry outcome
    where outcome.what = 'loan_outcome' and json_extract(outcome.facts, '$.key') = json_extract(entry.facts, '$.key')
)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `visit` 0 when it belongs to none."""

    at: datetime
    visit: int
    what: str
    facts: dict[str, str | int | bool | None]


class SqliteJournal:
    """A journal in one file; implements kiosk.ports.Journal. Usable from any thread."""

    def __init__(self, path: Path, now: Callable[[], datetime], *, days: int = 30) -> None:
        """Open or make the file; entries older than `days` are dropped now and every day."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)  # what is read here is nobody's business but staff's
        _set_aside_if_broken(path)
        self._now = now
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = full")
        self._connection.executescript(_SCHEMA)
        self._days = days
        self._cleared = self._drop_old(now())

    def write(self, visit: int, what: str, **facts: str | int | bool | None) -> None:
        """Add one entry; returns when it is on disk."""
        now = self._now()
        row = (_stamp(now), visit, what, json.dumps(facts, ensure_ascii=True))
        with self._lock:
            if self._cleared != now.date():
                self._cleared = self._drop_old(now)
            self._connection.execute("insert into entry (at, visit, what, facts) values (?, ?, ?, ?)", row)

    def _drop_old(self, now: datetime) -> date:
        """Once a day, however long the kiosk runs; the day on which it was done. What is open stays."""
        oldest = _stamp(now - timedelta(days=self._days))
        self._connection.execute(f"delete from entry where at < ? and not ({_OPEN})", (oldest,))  # noqa: S608 - text of our own
        return now.date()

    def last_visit(self) -> int:
        """The highest visit number on record, so that numbers go on after a restart."""
        with self._lock:
            (number,) = self._connection.execute("select coalesce(max(visit), 0) from entry").fetchone()
        return int(number)

    def read(self, *, visit: int | None = None, since: datetime | None = None, newest: int | None = None) -> Iterator[Entry]:
        """Entries, oldest first: of one visit, since a moment, or the newest few."""
        query, given = "select at, visit, what, facts from entry", []
        conditions = []
        if visit is not None:
            conditions.append("visit = ?")
            given.append(str(visit))
        if since is not None:
            conditions.append("at >= ?")
            given.append(_stamp(since))
        if conditions:
            query += " where " + " and ".join(conditions)
        query += " order by id"
        with self._lock:
            rows = self._connection.execute(query, given).fetchall()
        for at, number, what, facts in rows[-newest:] if newest else rows:
            yield Entry(datetime.fromisoformat(at), number, what, json.loads(facts))

    def open_intents(self) -> tuple[Entry, ...]:
        """The loans that were asked for and of which it is not known what became, oldest first."""
        query = f"select at, visit, what, facts from entry where {_OPEN} order by id"  # noqa: S608 - text of our own
        with self._lock:
            rows = self._connection.execute(query).fetchall()
        return tuple(Entry(datetime.fromisoformat(at), number, what, json.loads(facts)) for at, number, what, facts in rows)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


class JournalIntents:
    """Intents kept in the journal; implements kiosk.ports.Intents. Usable from any thread."""

    def __init__(self, journal: SqliteJournal, new_key: Callable[[], str]) -> None:
        self._journal = journal
        self._new_key = new_key
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    def begin(self, visit: int, visit_id: str, item: str) -> str:
        """A loan is about to be asked for; its request key. Returns when it is on disk."""
        key = self._new_key()
        with self._lock:
            self._under_way.add(key)
        try:
            self._journal.write(visit, "loan_intent", item=item, key=key, visit_id=visit_id)
        except BaseException:
            self.give_up(key)
            raise
        return key

    def settle(self, visit: int, item: str, key: str, outcome: str) -> None:
        """It is known what became of it: "lent", "refused" or "not_made"."""
        self._journal.write(visit, "loan_outcome", item=item, key=key, outcome=outcome)
        self.give_up(key)

    def give_up(self, key: str) -> None:
        """Nobody is asking for it any more; it stays open for the settler."""
        with self._lock:
            self._under_way.discard(key)

    def open(self) -> tuple[OpenLoan, ...]:
        """Those that are open and that nobody is asking for now, oldest first."""
        with self._lock:
            under_way = frozenset(self._under_way)
        facts = [(entry.visit, entry.facts) for entry in self._journal.open_intents()]
        loans = (OpenLoan(visit, str(each["visit_id"]), str(each["item"]), str(each["key"])) for visit, each in facts)
        return tuple(loan for loan in loans if loan.key not in under_way)


def _set_aside_if_broken(path: Path) -> None:
    """A journal that is no database any more must not keep a kiosk shut; it is kept beside, for staff."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.DatabaseError:
        path.rename(path.with_name(f"{path.name}.broken-{datetime.now(UTC):%Y%m%dT%H%M%S}"))
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        path.touch(mode=0o600)
    finally:
        connection.close()


def _stamp(at: datetime) -> str:
    """A moment as text that sorts by time, whatever its zone and the season."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
