"""The nightly refresh: every guest's term is what his home library says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from desk import demo
from desk.clock import FileClock
from desk.home import SimulatedHome
from desk.jobs import Refreshed, refresh
from desk.store import Store, database_url, home_members, patrons


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The demonstration library on a morning in November."""
    (tmp_path / "clock").write_text("2026-11-24T09:00:00+01:00", encoding="ascii")
    store = Store(database_url(str(tmp_path / "desk.db")))
    demo.lay_out(store, FileClock(tmp_path / "clock"))
    yield store
    store.close()


def run(store: Store, folder: Path) -> Refreshed:
    """One night's work."""
    return refresh(store, SimulatedHome(store), FileClock(folder / "clock"), lambda _done, _total: None)


def terms(store: Store) -> dict[str, tuple[date, bool, str | None]]:
    """Each guest's term, whether it is provisional, and what the home library has against him."""
    query = select(patrons.c.initials, patrons.c.until, patrons.c.provisional, patrons.c.home_cause)
    with store.read() as connection:
        return {initials: (until, provisional, cause) for initials, until, provisional, cause in connection.execute(query)}


def test_refresh(store: Store, tmp_path: Path) -> None:
    """The provisional term becomes the real one; the others were right already; a second run changes nothing."""
    assert terms(store)["B."] == (date(2027, 2, 24), True, None)

    first, second = run(store, tmp_path), run(store, tmp_path)

    assert first == Refreshed(guests=10, changed=1, ended=2)
    assert second == Refreshed(guests=10, changed=0, ended=2)
    assert terms(store)["B."] == (date(2027, 11, 24), False, None)
    assert terms(store)["C."] == (date(2026, 10, 24), False, "expired")
    assert terms(store)["D."] == (date(2027, 7, 24), False, "fine")
    assert terms(store)["J."] == (date(2027, 11, 24), False, None)


def test_home_library_changes_its_mind(store: Store, tmp_path: Path) -> None:
    """Who paid his fine, renewed, or left, is known by the next morning."""
    with store.write() as connection:
        connection.execute(update(home_members).where(home_members.c.number == "20000000000014").values(cause=None))
        connection.execute(update(home_members).where(home_members.c.number == "20000000000013").values(until=date(2027, 10, 24)))
        connection.execute(delete(home_members).where(home_members.c.number == "20000000000011"))

    assert run(store, tmp_path) == Refreshed(guests=10, changed=4, ended=1)

    assert terms(store)["A."] == (date(2027, 11, 24), False, "other")
    assert terms(store)["C."] == (date(2027, 10, 24), False, None)
    assert terms(store)["D."] == (date(2027, 7, 24), False, None)


def test_terms_run_out(store: Store, tmp_path: Path) -> None:
    """A term that has run out since is noticed though nothing changed at home."""
    (tmp_path / "clock").write_text("2027-08-01T03:00:00+02:00", encoding="ascii")

    run(store, tmp_path)

    assert {initials for initials, (_, _, cause) in terms(store).items() if cause == "expired"} == {"C.", "E.", "F.", "L."}


def test_progress(store: Store, tmp_path: Path) -> None:
    """Progress begins at none and ends at all."""
    told: list[tuple[int, int]] = []

    refresh(store, SimulatedHome(store), FileClock(tmp_path / "clock"), lambda done, total: told.append((done, total)))

    assert told == [(0, 10), (10, 10)]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2028, 2, 29), -12, date(2027, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 1, 31), -1, date(2025, 12, 31)),
        (date(2026, 11, 24), 12, date(2027, 11, 24)),
    ],
)
def test_months(day: date, months: int, then: date) -> None:
    """Months are counted as people count them."""
    assert demo.months_later(day, months) == then
