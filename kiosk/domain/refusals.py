"""Why somebody or something is refused: stable reason codes, and the side that can help. Not the wording: that is `wording`.

The codes stand small on the screen and on the slip, so that the desk can look them up; they never change their meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.patrons import HomeLibrary


class Side(StrEnum):
    """Who can help."""

    PASS = "pass"
    HOME = "home"
    DESK = "desk"
    ITEM = "item"
    TECHNICAL = "technical"


class Reason(StrEnum):
    """The reason codes, as they go over the wire and onto paper."""

    NO_CHIP = "no_chip"
    CHIP_UNREADABLE = "chip_unreadable"
    NOT_A_LIBRARY_PASS = "not_a_library_pass"
    ITEM_NOT_PASS = "item_not_pass"
    SEVERAL_PASSES = "several_passes"

    HOME_SUBSCRIPTION_INVALID = "home_subscription_invalid"

    NOT_REGISTERED = "not_registered"
    SUBSCRIPTION_ENDED = "subscription_ended"
    BLOCKED_HERE = "blocked_here"
    CARD_LOST = "card_lost"
    PIN_WRONG = "pin_wrong"
    NO_STRIPS = "no_strips"
    LIMIT_REACHED = "limit_reached"
    FEES_OPEN = "fees_open"

    UNKNOWN_ITEM = "unknown_item"
    RESERVED = "reserved"
    ON_LOAN_TO_OTHER = "on_loan_to_other"
    ALREADY_YOURS = "already_yours"
    NOT_FOR_LOAN = "not_for_loan"
    NOT_FOR_GUESTS = "not_for_guests"
    AGE = "age"
    INCOMPLETE_SET = "incomplete_set"

    LIBRARY_SILENT = "library_silent"
    OUTCOME_UNKNOWN = "outcome_unknown"
    SECURITY_NOT_RELEASED = "security_not_released"
    READER_DOWN = "reader_down"
    PRINTER_DOWN = "printer_down"

    @property
    def side(self) -> Side:
        """Whose side this reason is on."""
        return _SIDES[self]


_GROUPS: dict[Side, tuple[Reason, ...]] = {
    Side.PASS: (Reason.NO_CHIP, Reason.CHIP_UNREADABLE, Reason.NOT_A_LIBRARY_PASS, Reason.ITEM_NOT_PASS, Reason.SEVERAL_PASSES),
    Side.HOME: (Reason.HOME_SUBSCRIPTION_INVALID,),
    Side.DESK: (
        Reason.NOT_REGISTERED,
        Reason.SUBSCRIPTION_ENDED,
        Reason.BLOCKED_HERE,
        Reason.CARD_LOST,
        Reason.PIN_WRONG,
        Reason.NO_STRIPS,
        Reason.LIMIT_REACHED,
        Reason.FEES_OPEN,
    ),
    Side.ITEM: (
        Reason.UNKNOWN_ITEM,
        Reason.RESERVED,
        Reason.ON_LOAN_TO_OTHER,
        Reason.ALREADY_YOURS,
        Reason.NOT_FOR_LOAN,
        Reason.NOT_FOR_GUESTS,
        Reason.AGE,
        Reason.INCOMPLETE_SET,
    ),
    Side.TECHNICAL: (
        Reason.LIBRARY_SILENT,
        Reason.OUTCOME_UNKNOWN,
        Reason.SECURITY_NOT_RELEASED,
        Reason.READER_DOWN,
        Reason.PRINTER_DOWN,
    ),
}
_SIDES: dict[Reason, Side] = {reason: side for side, reasons in _GROUPS.items() for reason in reasons}


class Cause(StrEnum):
    """Why the home library says that a subscription is invalid, where it says so."""

    EXPIRED = "expired"
    FINE = "fine"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, with what the wording needs: the home library, its cause, an age limit. Never another patron's data."""

    reason: Reason
    home: HomeLibrary | None = None
    cause: Cause | None = None
    from_age: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that says no: all reasons that hold, the most important first; `title` where an item was asked for and is known."""

    refusals: tuple[Refusal, ...]
    title: str = ""
