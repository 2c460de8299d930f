"""Where a visit can be, as frozen values: one class per place, and the session that holds one of them beside the health of the devices.

A place knows of the guest only what its page needs; when a visit ends, the place is dropped and with it everything about the guest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from drivers.contract import ItemSighting, Role
from drivers.errors import Fault
from kiosk.domain.items import Loan
from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import OpenVisit
from kiosk.domain.refusals import Refusal


class RowState(StrEnum):
    """What became of one item."""

    ASKING = "asking"  # the library is being asked
    UNCERTAIN = "uncertain"  # the answer was lost; being asked for by its key
    LENT = "lent"
    REFUSED = "refused"
    OPEN = "open"  # could not be settled; on the receipt and in the journal as open


class Gate(StrEnum):
    """What became of an item's gate bit."""

    UNTOUCHED = "untouched"
    RELEASING = "releasing"
    RELEASED = "released"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item of a visit. `request` is the question under way or last answered; `tags` are the UIDs of its parts on the pad, none when it was scanned."""

    item: str
    request: int
    state: RowState = RowState.ASKING
    loan: Loan | None = None
    title: str = field(default="", repr=False)
    refusals: tuple[Refusal, ...] = ()
    tags: tuple[bytes, ...] = ()
    gate: Gate = Gate.UNTOUCHED

    @property
    def pending(self) -> bool:
        """Whether an answer about this item is still under way."""
        return self.state in {RowState.ASKING, RowState.UNCERTAIN} or self.gate is Gate.RELEASING


class Remark(StrEnum):
    """Something to tell the guest without leaving the page."""

    SECOND_PASS = "second_pass"  # another pass was held to the reader during a visit
    ITEM_ON_PASS_READER = "item_on_pass_reader"
    PASS_FIRST = "pass_first"  # an item was scanned before a pass
    LEFT_BEHIND = "left_behind"  # something lies on the pad since the visit before
    UNREADABLE_ON_PAD = "unreadable_on_pad"


class Paper(StrEnum):
    """What became of a receipt or a slip."""

    ASKED = "asked"  # the guest has not said yet whether he wants it
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    DECLINED = "declined"


class Ending(StrEnum):
    """How a visit was ended."""

    DONE = "done"
    STOPPED = "stopped"
    IDLE = "idle"
    PASS_TAKEN = "pass_taken"


@dataclass(frozen=True, slots=True)
class Attract:
    """Nobody is here."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A pass lies on the reader and is being read."""


@dataclass(frozen=True, slots=True)
class Checking:
    """The library is asked whether this person may borrow."""

    request: int
    key: PassKey


@dataclass(frozen=True, slots=True)
class Lending:
    """The guest may borrow; `strips` is what he has left. `warned`: the idle warning stands over the page."""

    key: PassKey
    visit: OpenVisit
    rows: tuple[ItemRow, ...] = ()
    strips: int | None = None
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Settling:
    """The guest is done; answers are still under way."""

    key: PassKey
    visit: OpenVisit
    rows: tuple[ItemRow, ...]
    strips: int | None
    ending: Ending


@dataclass(frozen=True, slots=True)
class Farewell:
    """What was lent, and the receipt; the pass number is kept for the receipt only."""

    key: PassKey
    visit: OpenVisit
    rows: tuple[ItemRow, ...]
    strips: int | None
    ending: Ending
    paper: Paper
    request: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """A pass without a chip: people lend at the desk."""

    key: PassKey
    slip: Paper = Paper.ASKED
    request: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """The visit cannot begin, and why."""

    refusals: tuple[Refusal, ...]
    slip: Paper = Paper.ASKED
    request: int = 0


Place = Attract | Reading | Checking | Lending | Settling | Farewell | Desk | Refused


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that a visit's decisions depend on; seconds where a time is meant."""

    language: str = "nl"
    languages: tuple[str, ...] = ("nl", "en")
    patron_language: bool = True  # a visit is held in the patron's own language, where the kiosk speaks it
    idle_seconds: float = 60.0
    warn_seconds: float = 20.0
    take_pass_ends_visit: bool = False
    release_security: bool = True
    settle_seconds: float = 20.0
    receipt_seconds: float = 10.0  # after this long without an answer the receipt is printed
    farewell_seconds: float = 8.0
    message_seconds: float = 45.0  # a refusal or a desk page stays this long


@dataclass(frozen=True, slots=True)
class Session:
    """Everything the kiosk knows. `health` names the devices that are down and why; `pad` is what lies there; `left` lay there before this visit.

    `stranger`: somebody else's pass lies on the reader during a visit (empty: more than one pass); until it is gone, nothing is lent to anybody.
    """

    rules: Rules = field(default_factory=Rules)
    place: Place = field(default_factory=Attract)
    health: Mapping[Role, Fault] = field(default_factory=lambda: MappingProxyType({}))
    visit: int = 0
    requests: int = 0
    language: str = "nl"
    language_chosen: bool = False
    pad: tuple[ItemSighting, ...] = ()
    left: frozenset[str] = frozenset()
    remark: Remark | None = None
    stranger: PassKey | None = None
