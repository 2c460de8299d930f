"""Finds out what became of loans whose answer never came: at the start, before the first guest, and from then on in the background.

The visit is closed first: after that no late request can lend any more, so that "never arrived" is the truth. Asks by key; never lends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from kiosk.domain.items import Loan
from kiosk.engine.workers import Queue, Workers
from kiosk.ports import Intents, Journal, Library, LibraryError, LibraryIncoherent, LibrarySilent, OpenLoan, Time, Timer

_EVERY = 30.0  # seconds between two rounds


class Settler:
    """Asks for open loans, one round at a time. `found` is told what became of each."""

    def __init__(
        self,
        *,
        intents: Intents,
        library: Library,
        workers: Workers,
        journal: Journal,
        time: Time,
        found: Callable[[OpenLoan, Loan | None], None] = lambda _, __: None,
        every: float = _EVERY,
    ) -> None:
        self._intents = intents
        self._library = library
        self._workers = workers
        self._journal = journal
        self._time = time
        self._found = found
        self._every = every
        self._timer: Timer | None = None
        self._closed = False
        self._told: dict[str, str] = {}

    def start(self) -> None:
        """Do one round now, within the deadlines of the library's calls, and go on in the background."""
        self.round()
        self._again()

    def close(self) -> None:
        """No further round."""
        self._closed = True
        if self._timer:
            self._timer.cancel()

    def round(self) -> None:
        """Ask for every open loan; a library that is silent ends the round, and the rest is asked next time."""
        for loan in self._intents.open():
            try:
                outcome = self._ask(loan)
            except LibrarySilent as error:
                self._still_open(loan, error)
                return
            except LibraryError as error:
                self._still_open(loan, error)  # this one only; the others may fare better
            else:
                self._intents.settle(loan.visit, loan.item, loan.key, outcome)

    def _still_open(self, loan: OpenLoan, error: LibraryError) -> None:
        """Written down once for each cause, however often it is asked."""
        if self._told.get(loan.key) != error.hint:
            self._told[loan.key] = error.hint
            self._journal.write(loan.visit, "loan_still_open", item=loan.item, hint=error.hint)

    def _ask(self, loan: OpenLoan) -> str:
        with suppress(LibraryIncoherent):  # the library may not know the visit any more; the key it may
            self._library.close_visit(loan.visit_id)
        answer = self._library.outcome(loan.key)
        if answer is None:
            return "not_made"
        made = answer if isinstance(answer, Loan) else None
        self._found(loan, made)
        return "lent" if made else "refused"

    def _again(self) -> None:
        if not self._closed:
            self._timer = self._time.after(self._every, self._in_background)

    def _in_background(self) -> None:
        def job() -> None:
            try:
                self.round()
            finally:
                self._again()

        self._workers.do(Queue.CLOSE, job, lambda error: self._journal.write(0, "settler_fault", error=type(error).__name__))
