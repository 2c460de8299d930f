"""What the engine needs from outside, as shapes: the library, time, paper, the journal. Real ones are picked in kiosk.bootstrap, nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drivers.contract import Line
from kiosk.domain.items import Loan, VisitRecord
from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import OpenVisit
from kiosk.domain.refusals import Refused


class LibraryError(Exception):
    """Root of what can go wrong with the library. `hint` is one sentence for staff.

    LibraryError
    +-- LibrarySilent         nothing was changed there for certain: no connection, or an answer to a question that changes nothing did not come
    +-- OutcomeUnknown        the request may have been carried out; ask by key, never repeat blind
    +-- LibraryIncoherent     it answered what is no answer: wrong address, wrong token, other version; staff must act
    """

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


class LibrarySilent(LibraryError):
    """The library did not answer, and nothing was changed there."""


class OutcomeUnknown(LibraryError):
    """The answer was lost; whether the library carried the request out is not known."""


class LibraryIncoherent(LibraryError):
    """The library answered something that is no answer."""


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """The library is there: its name and version, for `kiosk check`."""

    name: str
    version: str


class Library(Protocol):
    """A library's system. Calls block, within a total deadline of their own, and may come from several threads at once."""

    def open_visit(self, key: PassKey, *, request_key: str) -> OpenVisit | Refused:
        """May this person borrow? Raises LibrarySilent, LibraryIncoherent."""

    def lend(self, visit_id: str, item: str, *, request_key: str) -> Loan | Refused:
        """Lend one item. The request key makes a repetition harmless. Raises LibrarySilent, OutcomeUnknown, LibraryIncoherent."""

    def outcome(self, request_key: str) -> Loan | Refused | None:
        """What became of a `lend` whose answer was lost; None: it never arrived. Raises LibrarySilent, LibraryIncoherent."""

    def record(self, visit_id: str) -> VisitRecord:
        """What the library has on record for a visit, also just after it was closed. Raises LibrarySilent, LibraryIncoherent."""

    def close_visit(self, visit_id: str) -> None:
        """The visit is over. Raises LibrarySilent, LibraryIncoherent."""

    def status(self) -> LibraryStatus:
        """Is the library there? Raises LibrarySilent, LibraryIncoherent."""

    def close(self) -> None:
        """Let go of connections."""


class Timer(Protocol):
    """Something that will happen."""

    def cancel(self) -> None:
        """It will not."""


class Time(Protocol):
    """The engine's clock. `monotonic` counts seconds and never jumps back; `today` is wall time with the kiosk's zone."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def wall(self) -> datetime:
        """Date and time in the library, with its zone."""

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do something later, on a thread that is not the caller's."""


class Paper(Protocol):
    """The receipt printer, as the engine uses it; raises drivers.errors."""

    def print(self, lines: Sequence[Line]) -> None:
        """Print and cut; returns when done."""


class SecurityBit(Protocol):
    """The pad, as far as releasing items goes; raises drivers.errors."""

    def write_afi(self, uid: bytes, afi: int) -> None:
        """Write the security byte of a tag on the pad and read it back."""


@dataclass(frozen=True, slots=True)
class OpenLoan:
    """A loan that was asked for and of which it is not known what became."""

    visit: int
    visit_id: str
    item: str
    key: str


class Journal(Protocol):
    """What happened and why, kept over a power cut; holds nothing that names a person."""

    def write(self, visit: int, what: str, **facts: str | int | bool | None) -> None:
        """Add one entry; returns when it is on disk."""


class Intents(Protocol):
    """The loans that were asked for, on disk before the request leaves, until it is known what became of them."""

    def begin(self, visit: int, visit_id: str, item: str) -> str:
        """A loan is about to be asked for; its request key. Returns when it is on disk."""

    def settle(self, visit: int, item: str, key: str, outcome: str) -> None:
        """It is known what became of it: "lent", "refused" or "not_made"."""

    def give_up(self, key: str) -> None:
        """Nobody is asking for it any more; it stays open for the settler."""

    def open(self) -> tuple[OpenLoan, ...]:
        """Those that are open and that nobody is asking for now, oldest first."""
