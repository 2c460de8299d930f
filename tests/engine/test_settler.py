"""What becomes of loans whose answer never came, once the kiosk runs again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.engine.settler import Settler
from kiosk.engine.time import StoryTime
from kiosk.engine.workers import Workers
from kiosk.journal import JournalIntents, SqliteJournal
from kiosk.ports import LibraryIncoherent, LibrarySilent
from tests.engine.parts import FakeLibrary, no_thread_left, wait_until
from tests.engine.test_handlers import NOW, RESERVED
from tests.session.visits import BOOK, OTHER_BOOK, loan


@dataclass
class Bench:
    library: FakeLibrary
    journal: SqliteJournal
    intents: JournalIntents
    time: StoryTime
    settler: Settler

    def outcomes(self) -> list[str]:
        return [str(entry.facts["outcome"]) for entry in self.journal.read() if entry.what == "loan_outcome"]

    def left_behind(self, item: str) -> str:
        """A loan that was asked for by a kiosk that is gone."""
        key = self.intents.begin(3, "v1", item)
        self.intents.give_up(key)
        return key


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with no_thread_left():
        time, workers, library = StoryTime(NOW), Workers(), FakeLibrary()
        journal = SqliteJournal(tmp_path / "journal.db", time.wall)
        keys = iter("abcdefgh")
        intents = JournalIntents(journal, lambda: next(keys))
        settler = Settler(intents=intents, library=library, workers=workers, journal=journal, time=time)
        yield Bench(library, journal, intents, time, settler)
        settler.close()
        workers.close()
        time.close()
        journal.close()


def test_open_loans_are_settled_before_the_first_guest(bench):
    """Each is asked for by its key, after its visit was closed; nothing is lent again, and nothing is open afterwards."""
    bench.left_behind(BOOK)
    bench.left_behind(OTHER_BOOK)
    bench.left_behind("30000000000031")
    bench.library.outcomes.extend([loan(BOOK), RESERVED, None])
    bench.settler.start()

    assert bench.library.asked == [call for key in "abc" for call in (("close_visit", "v1"), ("outcome", key))]
    assert bench.outcomes() == ["lent", "refused", "not_made"]
    assert bench.intents.open() == ()


def test_silent_library_leaves_them_open_until_it_is_back(bench):
    """The kiosk starts all the same, and asks again by itself."""
    bench.left_behind(BOOK)
    bench.library.outcomes.extend([LibrarySilent("no connection"), loan(BOOK)])
    bench.settler.start()
    assert [left.item for left in bench.intents.open()] == [BOOK]

    bench.time.move(31)
    wait_until(lambda: bench.intents.open() == ())
    assert bench.outcomes() == ["lent"]


def test_one_that_cannot_be_settled_holds_up_no_other(bench):
    """A library that does not understand one question is asked the next; the cause is written down once, however often it is asked."""
    bench.left_behind(BOOK)
    bench.left_behind(OTHER_BOOK)
    bench.library.outcomes.extend([LibraryIncoherent("no such key"), loan(OTHER_BOOK), LibraryIncoherent("no such key")])
    bench.settler.round()
    bench.settler.round()

    assert [left.item for left in bench.intents.open()] == [BOOK]
    assert [entry.what for entry in bench.journal.read()].count("loan_still_open") == 1


def test_visit_that_the_library_does_not_know(bench):
    """The key is asked for all the same."""
    bench.left_behind(BOOK)
    bench.library.closing = LibraryIncoherent("no such visit")
    bench.library.outcomes.append(loan(BOOK))
    bench.settler.round()

    assert bench.outcomes() == ["lent"]


def test_loans_under_way_are_left_alone(bench):
    """What a worker is asking for now is not asked for a second time."""
    bench.intents.begin(3, "v1", BOOK)
    bench.settler.start()

    assert bench.library.asked == []


def test_open_loans_outlive_the_kiosk_and_the_days(tmp_path):
    """An open loan is still open in the next run, and is never dropped for its age; a settled one is."""
    clock = StoryTime(NOW)
    journal = SqliteJournal(tmp_path / "journal.db", clock.wall, days=1)
    intents = JournalIntents(journal, iter("ab").__next__)
    intents.begin(3, "v1", BOOK)
    intents.settle(3, OTHER_BOOK, intents.begin(3, "v1", OTHER_BOOK), "lent")
    journal.close()

    clock.move(3 * 86_400)
    again = SqliteJournal(tmp_path / "journal.db", clock.wall, days=1)
    assert [left.item for left in JournalIntents(again, str).open()] == [BOOK]
    assert [entry.facts["item"] for entry in again.read()] == [BOOK]
    again.close()
    clock.close()
