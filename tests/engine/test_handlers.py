"""How effects are done, and how every failure becomes an event. A loan whose answer is lost is asked for by its key, never repeated blind."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import pytest

from drivers.contract import Pair, Role, Text
from drivers.errors import DeviceLost, DeviceRefused, Fault, TagGone
from kiosk.domain.items import Loan
from kiosk.domain.passes import PassKey
from kiosk.domain.refusals import Reason, Refusal, Refused
from kiosk.engine.handlers import Handlers, House
from kiosk.engine.time import ZONE, StoryTime
from kiosk.engine.workers import Workers
from kiosk.journal import JournalIntents
from kiosk.locale import words
from kiosk.ports import LibraryIncoherent, LibrarySilent, OutcomeUnknown
from kiosk.session.effects import (
    AskLoan,
    AskVisit,
    CloseVisit,
    Effect,
    Note,
    PrintReceipt,
    PrintSlip,
    ReleaseSecurity,
    SetTimer,
    StopTimers,
)
from kiosk.session.events import (
    DeviceDown,
    DeviceUp,
    LibraryFailed,
    LoanMade,
    LoanRefused,
    LoanUncertain,
    LoanUnsettled,
    Printed,
    PrintFailed,
    SecurityFailed,
    SecurityReleased,
    TimerName,
    VisitOpened,
    VisitRefused,
)
from kiosk.session.places import Gate, ItemRow, RowState
from tests.engine.parts import FakeJournal, FakeLibrary, FakePad, FakePaper, Posted, no_thread_left, wait_until
from tests.session.visits import ANNA, BOOK, OTHER_BOOK, loan, opened

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=ZONE)
LOST, SILENT, NONSENSE = OutcomeUnknown("the answer was lost"), LibrarySilent("no connection"), LibraryIncoherent("no answer of ours")
RESERVED = Refused((Refusal(Reason.RESERVED),), "Oeroeg")
ASK = AskLoan(3, 8, "v1", BOOK)


@dataclass
class Bench:
    """Handlers with everything around them."""

    library: FakeLibrary
    journal: FakeJournal
    posted: Posted
    time: StoryTime
    workers: Workers
    paper: FakePaper | None
    pad: FakePad | None
    handlers: Handlers

    def act(self, *effects: Effect) -> None:
        for effect in effects:
            self.handlers.act(effect)

    def done(self, *effects: Effect) -> list[object]:
        """Have the effects done; every event that they gave."""
        self.act(*effects)
        wait_until(lambda: self.workers.idle)
        return list(self.posted.events)


@pytest.fixture
def bench() -> Iterator[Bench]:
    """Keys are key-1, key-2 ...; the story's clock goes on by five seconds with each question for an outcome, and 15 are allowed."""
    with no_thread_left():
        time = StoryTime(NOW)
        library = FakeLibrary(lambda call: time.move(5) if call == "outcome" else None)
        journal, posted, workers, paper, pad = FakeJournal(), Posted(), Workers(), FakePaper(), FakePad()
        keys = itertools.count(1)
        handlers = Handlers(
            House("Bibliotheek Waddenkust", words, settle_seconds=15),
            library=library,
            workers=workers,
            journal=journal,
            intents=JournalIntents(cast("Any", journal), lambda: f"key-{next(keys)}"),
            time=time,
            post=posted,
            paper=paper,
            pad=pad,
        )
        yield Bench(library, journal, posted, time, workers, paper, pad, handlers)
        workers.close()
        time.close()


# -- may this person borrow


def test_visit_opened(bench):
    visit = opened()
    bench.library.visits.append(visit)

    assert bench.done(AskVisit(3, 7, ANNA)) == [VisitOpened(3, 7, visit)]


def test_visit_refused(bench):
    bench.library.visits.append(RESERVED)

    assert bench.done(AskVisit(3, 7, ANNA)) == [VisitRefused(3, 7, RESERVED)]


@pytest.mark.parametrize(
    ("error", "hint"), [(SILENT, "no connection"), (NONSENSE, "no answer of ours"), (KeyError(ANNA.number), "KeyError")]
)
def test_visit_that_cannot_be_asked_for(bench, error, hint):
    """Whatever goes wrong is an answer. Our own errors speak; the text of any other may hold anything and is kept out."""
    bench.library.visits.append(error)

    assert bench.done(AskVisit(3, 7, ANNA)) == [LibraryFailed(3, 7, hint)]


def test_each_question_has_its_own_key(bench):
    bench.library.visits.append(opened())
    bench.library.loans.append(loan(BOOK))
    bench.done(AskVisit(3, 7, ANNA), ASK, AskLoan(3, 9, "v1", OTHER_BOOK))

    keys = [key for _, key in bench.library.asked]
    assert len(set(keys)) == len(keys) == 3


# -- lend this item


def test_loan_made(bench):
    bench.library.loans.append(loan(BOOK))

    assert bench.done(ASK) == [LoanMade(3, 8, loan(BOOK))]
    assert bench.library.asked == [("lend", "key-1")]


def test_loan_refused(bench):
    bench.library.loans.append(RESERVED)

    assert bench.done(ASK) == [LoanRefused(3, 8, RESERVED)]


def test_intent_is_written_down_first(bench):
    """Before the library is asked, the journal has the item and the key: after a power cut it can be asked for."""
    known: list[object] = []
    bench.library._then = lambda _: known.extend(bench.journal.entries)
    bench.library.loans.append(loan(BOOK))
    bench.done(ASK)

    assert known == [(3, "loan_intent", {"item": BOOK, "key": "key-1", "visit_id": "v1"})]


def test_library_that_did_nothing(bench):
    """Nothing was changed there for certain, so nothing is asked for afterwards."""
    bench.library.loans.append(SILENT)

    assert bench.done(ASK) == [LibraryFailed(3, 8, "no connection")]
    assert bench.library.asked == [("lend", "key-1")]


@pytest.mark.parametrize("error", [LOST, NONSENSE])
@pytest.mark.parametrize(("answer", "event"), [(loan(BOOK), LoanMade(3, 8, loan(BOOK))), (RESERVED, LoanRefused(3, 8, RESERVED))])
def test_lost_answer_is_asked_for_by_its_key(bench, error, answer, event):
    """The library knows the key: its answer is taken, and the loan is never sent again."""
    bench.library.loans.append(error)
    bench.library.outcomes.append(answer)

    assert bench.done(ASK) == [LoanUncertain(3, 8), event]
    assert bench.library.asked == [("lend", "key-1"), ("outcome", "key-1")]


def test_what_never_arrived_is_sent_again_under_its_key(bench):
    """Only when the library says that it does not know the key, and never under another one."""
    bench.library.loans.extend([LOST, loan(BOOK)])
    bench.library.outcomes.append(None)

    assert bench.done(ASK) == [LoanUncertain(3, 8), LoanMade(3, 8, loan(BOOK))]
    assert bench.library.asked == [("lend", "key-1"), ("outcome", "key-1"), ("lend", "key-1")]


def test_answer_lost_twice(bench):
    """After each lost answer the library is asked again what became of it."""
    bench.library.loans.extend([LOST, LOST])
    bench.library.outcomes.extend([None, loan(BOOK)])

    assert bench.done(ASK) == [LoanUncertain(3, 8), LoanMade(3, 8, loan(BOOK))]
    assert [call for call, _ in bench.library.asked] == ["lend", "outcome", "lend", "outcome"]


@pytest.mark.parametrize("error", [SILENT, NONSENSE, LOST])
def test_asking_goes_on_while_the_library_is_silent(bench, error):
    """A question without an answer changes nothing: it is asked again, and the loan is not sent meanwhile."""
    bench.library.loans.append(LOST)
    bench.library.outcomes.extend([error, loan(BOOK)])

    assert bench.done(ASK)[-1] == LoanMade(3, 8, loan(BOOK))
    assert [call for call, _ in bench.library.asked] == ["lend", "outcome", "outcome"]


def test_asking_ends(bench):
    """After 15 seconds the loan is left open: asked for three times at five seconds each, sent once."""
    bench.library.loans.append(LOST)
    bench.library.outcomes.append(SILENT)
    bench.act(ASK)
    bench.posted.wait_for(LoanUnsettled)

    assert bench.posted.events == [LoanUncertain(3, 8), LoanUnsettled(3, 8)]
    assert [call for call, _ in bench.library.asked] == ["lend", "outcome", "outcome", "outcome"]


def test_asking_ends_with_the_kiosk(bench):
    """Who switches the kiosk off does not wait for a library that is silent; the loan is left open."""
    bench.library.loans.append(LOST)
    bench.library.outcomes.append(SILENT)
    bench.library._then = lambda call: bench.workers._closing.set() if call == "outcome" else None
    bench.act(ASK)
    bench.posted.wait_for(LoanUnsettled)

    assert [call for call, _ in bench.library.asked] == ["lend", "outcome"]


def test_fault_of_ours_in_a_loan(bench):
    """What the library did is not known then: the loan is open, and the journal has it without the error's text."""
    bench.library.loans.append(RuntimeError(f"about {ANNA.number}"))

    assert bench.done(ASK) == [LoanUnsettled(3, 8)]
    assert bench.journal.entries[1:] == [(3, "worker_fault", {"item": BOOK, "error": "RuntimeError"})]


def test_full_disk_in_a_loan(bench):
    """Without an intent on disk nothing is asked, so nothing is lent, and that is what the guest is told."""
    bench.journal.broken = True

    assert bench.done(ASK) == [LibraryFailed(3, 8, "The journal cannot be written: OSError.")]
    assert bench.library.asked == []


def test_loan_of_a_guest_who_has_left(bench):
    """What still waited for a thread when the visit was closed is not asked for any more."""
    bench.act(CloseVisit("v1"))

    assert bench.done(ASK) == [LibraryFailed(3, 8, "The guest had left before the library could be asked.")]
    assert [call for call, _ in bench.library.asked] == ["close_visit"]


def test_nothing_is_sent_again_after_the_guest_has_left(bench):
    """The answer was lost, the library does not know the key, and the visit is closed meanwhile: it stays open for the settler."""
    bench.library.loans.append(LOST)
    bench.library.outcomes.append(None)
    bench.library._then = lambda call: bench.handlers.act(CloseVisit("v1")) if call == "outcome" else None
    bench.act(ASK)
    bench.posted.wait_for(LoanUnsettled)

    assert [call for call, _ in bench.library.asked].count("lend") == 1


# -- the end of a visit


def test_visit_is_closed(bench):
    assert bench.done(CloseVisit("v1")) == []
    assert bench.library.asked == [("close_visit", "v1")]


@pytest.mark.parametrize(("error", "hint"), [(SILENT, "no connection"), (ValueError("x"), "ValueError")])
def test_visit_that_cannot_be_closed(bench, error, hint):
    """No guest needs to know; it stands in the journal."""
    bench.library.closing = error

    assert bench.done(CloseVisit("v1")) == []
    assert bench.journal.entries == [(0, "visit_not_closed", {"hint": hint})]


# -- gate bits


def test_every_part_of_a_set_is_released(bench):
    assert bench.done(ReleaseSecurity(3, 8, BOOK, (b"1", b"2", b"3"))) == [SecurityReleased(3, 8)]
    assert bench.pad.tried == [(b"1", 0xC2), (b"2", 0xC2), (b"3", 0xC2)]


def test_release_is_tried_three_times(bench):
    """A tag that is moved for a moment is not given up."""
    bench.pad.faults.extend([TagGone(), TagGone()])

    assert bench.done(ReleaseSecurity(3, 8, BOOK, (b"1",))) == [SecurityReleased(3, 8)]
    assert len(bench.pad.tried) == 3


def test_release_that_fails(bench):
    """After three tries it is told, with what staff can do; the other parts of a set are not tried: the set stays armed as a whole."""
    fault = DeviceRefused(Fault.TAG_UNSUITABLE, "The tag is locked.")
    bench.pad.faults.extend([fault] * 3)

    assert bench.done(ReleaseSecurity(3, 8, BOOK, (b"1", b"2"))) == [SecurityFailed(3, 8, "The tag is locked.")]
    assert bench.pad.tried == [(b"1", 0xC2)] * 3


def test_release_that_breaks(bench):
    """A fault of ours is not tried again, and told by its kind."""
    bench.pad.faults.append(ZeroDivisionError("x"))

    assert bench.done(ReleaseSecurity(3, 8, BOOK, (b"1",))) == [SecurityFailed(3, 8, "ZeroDivisionError")]


def test_release_without_a_pad(bench):
    bench.handlers._pad = None

    assert bench.done(ReleaseSecurity(3, 8, BOOK, (b"1",))) == [SecurityFailed(3, 8, "There is no item reader that can write.")]


# -- paper

RECEIPT = PrintReceipt(
    3,
    9,
    "nl",
    ANNA,
    opened(),
    (
        ItemRow(BOOK, 4, RowState.LENT, Loan("l1", BOOK, "Oeroeg", date(2026, 12, 14)), "Oeroeg", gate=Gate.FAILED),
        ItemRow(OTHER_BOOK, 5, RowState.OPEN),
        ItemRow("30000000000041", 6, RowState.REFUSED, title="Het diner", refusals=RESERVED.refusals),
    ),
    123,
)


def test_receipt_is_printed(bench):
    """What was lent and what is open stands on it, what was refused does not; the printer works, and the session hears both."""
    assert bench.done(RECEIPT) == [DeviceUp(Role.PRINTER), Printed(3, 9)]
    (lines,) = bench.paper.printed
    assert Text("Bibliotheek Waddenkust", bold=True, size="large", align="center") in lines
    assert Text("23 november 2026  14:05", align="center") in lines
    assert Pair("inleveren uiterlijk", "14 december 2026", bold=True) in lines
    assert Text(BOOK) in lines
    assert Text("Het poortje kan piepen bij dit exemplaar. Laat het zien aan de balie.") in lines
    assert lines.index(Text("Niet zeker", bold=True)) < lines.index(Text(OTHER_BOOK))
    assert Text("30000000000041") not in lines
    assert Pair("Leenstrips over", "123") in lines


def test_slip_is_printed_in_the_visits_language(bench):
    assert bench.done(PrintSlip(3, 9, "en", (Reason.NO_CHIP,), ANNA)) == [DeviceUp(Role.PRINTER), Printed(3, 9)]
    (lines,) = bench.paper.printed
    assert Pair("Code", "no_chip") in lines
    assert Text("Your pass has no chip", bold=True) in lines
    assert Pair("Pass", "********011") in lines


@pytest.mark.parametrize("effect", [RECEIPT, PrintSlip(3, 9, "nl", (Reason.NO_CHIP,), PassKey())])
@pytest.mark.parametrize(
    ("error", "reason", "hint"),
    [
        (DeviceRefused(Fault.PAPER_OUT, "Put in paper."), Fault.PAPER_OUT, "Put in paper."),
        (DeviceLost(Fault.CONNECTION_LOST, "Look at the cable."), Fault.CONNECTION_LOST, "Look at the cable."),
        (TypeError("Oeroeg"), Fault.BROKEN, "TypeError"),
    ],
)
def test_paper_that_does_not_come_out(bench, effect, error, reason, hint):
    """The printer is down, for the hall, and this paper did not come, for the guest."""
    bench.paper.fault = error

    assert bench.done(effect) == [DeviceDown(Role.PRINTER, reason, hint), PrintFailed(3, 9, reason, hint)]


def test_kiosk_without_a_printer(bench):
    """That is no fault of a device."""
    bench.handlers._paper = None

    assert bench.done(RECEIPT) == [PrintFailed(3, 9, Fault.NOT_PLUGGED_IN, "This kiosk has no printer.")]


# -- the rest


def test_note_is_written_by_the_time_it_is_done(bench):
    bench.act(Note(3, "lent", (("item", BOOK),)))

    assert bench.journal.entries == [(3, "lent", {"item": BOOK})]


@pytest.mark.parametrize("effect", [SetTimer(TimerName.IDLE, 5), StopTimers((TimerName.IDLE,))])
def test_timers_are_the_loops_own(bench, effect):
    with pytest.raises(TypeError, match="the loop's own"):
        bench.act(effect)


@pytest.mark.parametrize("effect", [AskVisit(3, 7, ANNA), ASK, ReleaseSecurity(3, 7, BOOK, (b"1",)), RECEIPT, CloseVisit("v1")])
def test_after_closing_everything_still_answers(bench, effect):
    """An effect that comes while the kiosk goes down is not done and not lost: it becomes an event or a journal line."""
    bench.workers.close()
    bench.act(effect)

    assert bench.posted.events or bench.journal.whats() == ["visit_not_closed"]
    assert bench.library.asked == []
    assert bench.pad.tried == []
    assert bench.paper.printed == []
