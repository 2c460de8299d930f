"""What the session wants done, as frozen values; the engine does it and answers with events."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import OpenVisit
from kiosk.domain.refusals import Reason
from kiosk.session.events import TimerName
from kiosk.session.places import ItemRow


@dataclass(frozen=True, slots=True)
class AskVisit:
    """May this person borrow? Answered by VisitOpened, VisitRefused or LibraryFailed."""

    visit: int
    request: int
    key: PassKey


@dataclass(frozen=True, slots=True)
class AskLoan:
    """Lend this item. Answered by LoanMade, LoanRefused or LibraryFailed, or first LoanUncertain and then one of these or LoanUnsettled."""

    visit: int
    request: int
    visit_id: str
    item: str


@dataclass(frozen=True, slots=True)
class CloseVisit:
    """Tell the library that the visit is over; needs no answer."""

    visit_id: str


@dataclass(frozen=True, slots=True)
class ReleaseSecurity:
    """Release the gate bits of a lent item, one for each part. Answered by SecurityReleased or SecurityFailed."""

    visit: int
    request: int
    item: str
    tags: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    """Print what was lent. Answered by Printed or PrintFailed."""

    visit: int
    request: int
    language: str
    key: PassKey
    opened: OpenVisit
    rows: tuple[ItemRow, ...]
    strips: int | None


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """Print the hand-over slip for the desk: codes and why, no name. Answered by Printed or PrintFailed."""

    visit: int
    request: int
    language: str
    reasons: tuple[Reason, ...]
    key: PassKey = field(default_factory=PassKey)


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Ring after so many seconds; a timer of that name that runs is replaced."""

    timer: TimerName
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimers:
    """These must not ring any more."""

    timers: tuple[TimerName, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """Write down what happened; facts never name a person."""

    visit: int
    what: str
    facts: tuple[tuple[str, str | int | bool | None], ...] = ()


Effect = AskVisit | AskLoan | CloseVisit | ReleaseSecurity | PrintReceipt | PrintSlip | SetTimer | StopTimers | Note
