"""Does what the session wants done, on workers, and answers with events. Here errors of the library and of devices end and become events.

A loan whose answer is lost is asked for by its key, never repeated blind; the key is made and written down before the first try.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never
from uuid import uuid4

from drivers.contract import Line, Role
from drivers.errors import DeviceError, Fault
from kiosk.domain.items import Loan
from kiosk.domain.patrons import OpenVisit
from kiosk.domain.receipt import Entry, Receipt, Slip, receipt, slip
from kiosk.domain.refusals import Refused
from kiosk.domain.wording import Words
from kiosk.engine.workers import Queue, Workers
from kiosk.ports import Intents, Journal, Library, LibraryError, LibraryIncoherent, LibrarySilent, OutcomeUnknown, Paper, SecurityBit, Time
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
    Event,
    LibraryFailed,
    LoanMade,
    LoanRefused,
    LoanUncertain,
    LoanUnsettled,
    Printed,
    PrintFailed,
    SecurityFailed,
    SecurityReleased,
    VisitOpened,
    VisitRefused,
)
from kiosk.session.places import Gate, ItemRow, RowState

_REMEMBERED = 64  # visits that were closed; loans of older ones are long done
_TRIES = 3  # of a gate bit, while the item lies there


@dataclass(frozen=True, slots=True)
class House:
    """What the handlers need to know of this library. `settle_seconds`: how long a lost answer is asked for; `lent_afi`: the released gate bit."""

    library: str
    words: Callable[[str], Words]
    lent_afi: int = 0xC2
    settle_seconds: float = 15.0
    show_titles: bool = True


class Handlers:
    """Does effects. `post` takes the events that answer; `pad` and `paper` are None where the kiosk has none."""

    def __init__(
        self,
        house: House,
        *,
        library: Library,
        workers: Workers,
        journal: Journal,
        intents: Intents,
        time: Time,
        post: Callable[[Event], None],
        paper: Paper | None = None,
        pad: SecurityBit | None = None,
    ) -> None:
        self._house = house
        self._library = library
        self._workers = workers
        self._journal = journal
        self._intents = intents
        self._closed: deque[str] = deque(maxlen=_REMEMBERED)
        self._time = time
        self._post = post
        self._paper = paper
        self._pad = pad

    def act(self, effect: Effect) -> None:
        """Have the effect done; returns at once."""
        do = self._workers.do
        match effect:
            case AskVisit(visit, request):
                do(Queue.VISIT, lambda: self._ask_visit(effect), lambda error: self._post(LibraryFailed(visit, request, _hint(error))))
            case AskLoan(visit, request):
                do(Queue.LOAN, lambda: self._ask_loan(effect), lambda error: self._loan_broke(effect, error))
            case CloseVisit(visit_id):
                self._closed.append(visit_id)
                do(
                    Queue.CLOSE,
                    lambda: self._library.close_visit(visit_id),
                    lambda error: self._journal.write(0, "visit_not_closed", hint=_hint(error)),
                )
            case ReleaseSecurity(visit, request):
                do(Queue.PAD, lambda: self._release(effect), lambda error: self._post(SecurityFailed(visit, request, _hint(error))))
            case PrintReceipt(visit, request) | PrintSlip(visit, request):
                do(Queue.PAPER, lambda: self._print(effect), lambda error: self._not_printed(visit, request, error))
            case Note(visit, what, facts):
                self._journal.write(visit, what, **dict(facts))
            case SetTimer() | StopTimers():
                raise TypeError(f"{effect!r} is the loop's own")
            case _:
                assert_never(effect)

    # -- the library

    def _ask_visit(self, effect: AskVisit) -> None:
        match self._library.open_visit(effect.key, request_key=uuid4().hex):
            case OpenVisit() as opened:
                self._post(VisitOpened(effect.visit, effect.request, opened))
            case Refused() as refused:
                self._post(VisitRefused(effect.visit, effect.request, refused))

    def _ask_loan(self, effect: AskLoan) -> None:
        if effect.visit_id in self._closed:
            self._post(LibraryFailed(effect.visit, effect.request, "The guest had left before the library could be asked."))
            return
        try:
            key = self._intents.begin(effect.visit, effect.visit_id, effect.item)
        except (OSError, sqlite3.Error) as error:
            # without an intent on disk nothing is asked, so nothing is lent
            self._post(LibraryFailed(effect.visit, effect.request, f"The journal cannot be written: {type(error).__name__}."))
            return
        try:
            self._lend(effect, key)
        finally:
            self._intents.give_up(key)

    def _lend(self, effect: AskLoan, key: str) -> None:
        try:
            self._answer(effect, key, self._library.lend(effect.visit_id, effect.item, request_key=key))
        except LibrarySilent as error:
            self._post(LibraryFailed(effect.visit, effect.request, error.hint))
            self._intents.settle(effect.visit, effect.item, key, "not_made")
        except (OutcomeUnknown, LibraryIncoherent):
            self._post(LoanUncertain(effect.visit, effect.request))
            self._settle(effect, key)

    def _settle(self, effect: AskLoan, key: str) -> None:
        """Ask what became of the loan until there is an answer or no time left; what never arrived is sent again under the same key.

        Once the guest has left nothing is sent any more; the settler finds out what became of it.
        """
        ends = self._time.monotonic() + self._house.settle_seconds
        pause = 0.2
        while self._time.monotonic() < ends and effect.visit_id not in self._closed:
            try:
                answer = self._library.outcome(key)
                if answer is None and effect.visit_id in self._closed:
                    break
                answer = answer or self._library.lend(effect.visit_id, effect.item, request_key=key)
            except LibraryError:
                if self._workers.pause(pause):
                    break
                pause = min(pause * 2, 2.0)
            else:
                self._answer(effect, key, answer)
                return
        self._post(LoanUnsettled(effect.visit, effect.request))

    def _answer(self, effect: AskLoan, key: str, answer: Loan | Refused) -> None:
        """The guest first: should the journal fail, the intent stays open, and is settled later."""
        match answer:
            case Loan():
                self._post(LoanMade(effect.visit, effect.request, answer))
                self._intents.settle(effect.visit, effect.item, key, "lent")
            case Refused():
                self._post(LoanRefused(effect.visit, effect.request, answer))
                self._intents.settle(effect.visit, effect.item, key, "refused")
            case _:
                assert_never(answer)

    def _loan_broke(self, effect: AskLoan, error: Exception) -> None:
        """A fault of ours in the middle of a loan: what the library did is not known."""
        self._post(LoanUnsettled(effect.visit, effect.request))  # first: the fault may be that the journal cannot write
        self._journal.write(effect.visit, "worker_fault", item=effect.item, error=type(error).__name__)

    # -- devices

    def _release(self, effect: ReleaseSecurity) -> None:
        if self._pad is None:
            self._post(SecurityFailed(effect.visit, effect.request, "There is no item reader that can write."))
            return
        for tag in effect.tags:
            self._release_one(self._pad, tag)
        self._post(SecurityReleased(effect.visit, effect.request))

    def _release_one(self, pad: SecurityBit, tag: bytes) -> None:
        for tries_left in reversed(range(_TRIES)):
            try:
                pad.write_afi(tag, self._house.lent_afi)
            except DeviceError:
                if not tries_left:
                    raise
            else:
                return

    def _print(self, effect: PrintReceipt | PrintSlip) -> None:
        if self._paper is None:
            self._post(PrintFailed(effect.visit, effect.request, Fault.NOT_PLUGGED_IN, "This kiosk has no printer."))
            return
        self._paper.print(self._lines(effect))
        self._post(DeviceUp(Role.PRINTER))
        self._post(Printed(effect.visit, effect.request))

    def _not_printed(self, visit: int, request: int, error: Exception) -> None:
        reason = error.reason if isinstance(error, DeviceError) else Fault.BROKEN
        self._post(DeviceDown(Role.PRINTER, reason, _hint(error)))
        self._post(PrintFailed(visit, request, reason, _hint(error)))

    def _lines(self, effect: PrintReceipt | PrintSlip) -> tuple[Line, ...]:
        words = self._house.words(effect.language)
        now = self._time.wall()
        match effect:
            case PrintReceipt():
                entries = tuple(_entry(row) for row in effect.rows if row.state in {RowState.LENT, RowState.OPEN})
                content = Receipt(self._house.library, now, effect.key.number, entries, effect.strips, self._house.show_titles)
                return receipt(content, words)
            case PrintSlip():
                return slip(Slip(self._house.library, now, effect.reasons, effect.key.number), words)


def _entry(row: ItemRow) -> Entry:
    due = row.loan.due if row.loan else None
    return Entry(row.item, row.title, due, open=row.state is RowState.OPEN, gate=row.gate is Gate.FAILED)


def _hint(error: Exception) -> str:
    """What staff may read: our own errors speak; of others the kind must do, their texts may carry anything."""
    return error.hint if isinstance(error, (LibraryError, DeviceError)) else type(error).__name__
