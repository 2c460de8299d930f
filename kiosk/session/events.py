"""What can happen, as frozen values. Events from devices, from the guest, from the clock, and the answers to what the session asked for.

Every answer carries the visit and the request that it answers; a late one is noted and never reaches the next guest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from drivers.contract import ItemSighting, Role, Seen
from drivers.errors import Fault
from kiosk.domain.items import Loan
from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import OpenVisit
from kiosk.domain.refusals import Refused


class TimerName(StrEnum):
    """The clocks of a visit; each runs at most once at a time."""

    IDLE = "idle"  # rings when the guest should be warned
    GIVE_UP = "give_up"  # rings when the warning went unheard
    SETTLE = "settle"  # answers take too long
    READ = "read"  # a pass takes too long to read
    PAPER = "paper"  # the guest has not said whether he wants a receipt
    LEAVE = "leave"  # the page has stood long enough
    REMARK = "remark"  # the remark has stood long enough


# -- from devices


@dataclass(frozen=True, slots=True)
class PassSensed:
    """Something came near the pass reader and is being read."""


@dataclass(frozen=True, slots=True)
class PassSeen:
    """This lies on the pass reader; `key` is filled when `seen` is a pass."""

    seen: Seen
    key: PassKey = field(default_factory=PassKey)


@dataclass(frozen=True, slots=True)
class PassScanned:
    """The barcode of a pass was scanned."""

    key: PassKey


@dataclass(frozen=True, slots=True)
class ItemScanned:
    """The barcode of an item was scanned."""

    item: str


@dataclass(frozen=True, slots=True)
class PadChanged:
    """Exactly these items lie on the pad now; `unreadable` more tags lie there that are no item."""

    items: tuple[ItemSighting, ...]
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class DeviceUp:
    """A device works."""

    role: Role


@dataclass(frozen=True, slots=True)
class DeviceDown:
    """A device does not work; `hint` is for staff."""

    role: Role
    reason: Fault
    hint: str = ""


# -- from the guest


@dataclass(frozen=True, slots=True)
class Tapped:
    """A button was tapped; language buttons are "language:nl"."""

    button: str


@dataclass(frozen=True, slots=True)
class Touched:
    """The guest touched the screen anywhere: he is still here."""


# -- from the clock


@dataclass(frozen=True, slots=True)
class TimerRang:
    """A timer that was set has run out."""

    timer: TimerName


# -- answers


@dataclass(frozen=True, slots=True)
class VisitOpened:
    """The library says: he may borrow."""

    visit: int
    request: int
    opened: OpenVisit


@dataclass(frozen=True, slots=True)
class VisitRefused:
    """The library says no."""

    visit: int
    request: int
    refused: Refused


@dataclass(frozen=True, slots=True)
class LibraryFailed:
    """A question got no answer, and nothing was changed at the library."""

    visit: int
    request: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class LoanMade:
    """The library lent an item."""

    visit: int
    request: int
    loan: Loan


@dataclass(frozen=True, slots=True)
class LoanRefused:
    """The library does not lend an item."""

    visit: int
    request: int
    refused: Refused


@dataclass(frozen=True, slots=True)
class LoanUncertain:
    """The answer to a loan was lost; it is being asked for."""

    visit: int
    request: int


@dataclass(frozen=True, slots=True)
class LoanUnsettled:
    """The answer to a loan was lost and could not be had by asking either."""

    visit: int
    request: int


@dataclass(frozen=True, slots=True)
class SecurityReleased:
    """The gate bit of an item was written and read back."""

    visit: int
    request: int


@dataclass(frozen=True, slots=True)
class SecurityFailed:
    """The gate bit of an item could not be written."""

    visit: int
    request: int
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """Receipt or slip came out."""

    visit: int
    request: int


@dataclass(frozen=True, slots=True)
class PrintFailed:
    """Receipt or slip did not come out, or not whole."""

    visit: int
    request: int
    reason: Fault
    hint: str = ""


Event = (
    PassSensed
    | PassSeen
    | PassScanned
    | ItemScanned
    | PadChanged
    | DeviceUp
    | DeviceDown
    | Tapped
    | Touched
    | TimerRang
    | VisitOpened
    | VisitRefused
    | LibraryFailed
    | LoanMade
    | LoanRefused
    | LoanUncertain
    | LoanUnsettled
    | SecurityReleased
    | SecurityFailed
    | Printed
    | PrintFailed
)
