"""The JSON of the API: what is asked, checked by pydantic; what is answered, as plain dictionaries, and as models for the API's description only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from desk.problems import home_shape
from kiosk.domain.items import Loan
from kiosk.domain.passes import PassKey, ReadFrom
from kiosk.domain.patrons import OpenVisit, PatronKind
from kiosk.domain.refusals import Cause, Side

# -- asked ---------------------------------------------------------------------------------------------------------------------------------------

_Code = Annotated[str, StringConstraints(max_length=200)]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class PassAsked(_Asked):
    """What the kiosk read from a pass: its number, or the UID of its chip as hexadecimal; `owner` is an ISIL."""

    number: _Code = Field(default="", repr=False)
    uid: _Code = Field(default="", repr=False)
    owner: _Code = ""
    read_from: ReadFrom

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.number or self.uid):
            raise ValueError("a pass needs a number or a uid")
        if not (self.number + self.uid + self.owner).isprintable():
            raise ValueError("a pass holds printable characters only")
        return self

    def key(self) -> PassKey:
        """The pass in the library's words."""
        return PassKey(self.number, self.uid, self.owner, self.read_from)


class VisitAsked(_Asked):
    """A visit is asked for. `pin` is taken for libraries whose passes have one; no pass of this desk has."""

    pass_: PassAsked = Field(alias="pass")
    pin: _Code | None = Field(default=None, repr=False)


class LoanAsked(_Asked):
    """An item is asked for, by its number."""

    item: Annotated[str, StringConstraints(min_length=1, max_length=200)]


# -- answered: the API's description -------------------------------------------------------------------------------------------------------------


class ContactShape(BaseModel):
    """How to reach a library; what is not known is empty."""

    phone: str
    email: str
    web: str
    address: str


class HomeShape(BaseModel):
    """A guest's home library."""

    isil: str
    name: str
    contact: ContactShape


class PatronShape(BaseModel):
    """The person, as far as a screen may show him."""

    kind: PatronKind
    initials: str
    language: str | None
    home: HomeShape | None


class SubscriptionShape(BaseModel):
    """The right to borrow; `until` is its last day."""

    name: str
    until: date | None
    provisional: bool


class VisitShape(BaseModel):
    """An open visit. `strips` is null for who needs none."""

    id: str
    patron: PatronShape
    subscription: SubscriptionShape
    strips: int | None
    loans: int
    loans_allowed: int
    notices: list[str]


class LoanShape(BaseModel):
    """A loan. `strips` is what it cost; `release_security`: the gate bit is to be released now."""

    id: str
    item: str
    title: str
    due: date
    strips: int
    strips_left: int | None
    release_security: bool


class LoansShape(BaseModel):
    """What was lent in a visit, and the strips that are left."""

    loans: list[LoanShape]
    strips: int | None


class StatusShape(BaseModel):
    """The library is there."""

    status: Literal["ok"]
    name: str
    isil: str
    version: str


class ReasonShape(BaseModel):
    """One reason of a refusal."""

    code: str
    side: Side
    cause: Cause | None = None
    home: HomeShape | None = None
    from_age: int | None = None


class ByKeyShape(BaseModel):
    """What became of a loan: `loan` where it was lent, `reasons` (and the item's title, where it is known) where it was refused."""

    state: Literal["lent", "refused"]
    loan: LoanShape | None = None
    reasons: list[ReasonShape] | None = None
    title: str | None = None


class ProblemShape(BaseModel):
    """A problem (RFC 9457). `reasons` stands in refusals, `item_title` where an item was refused and is known."""

    type: str
    title: str
    status: int
    detail: str
    reasons: list[ReasonShape] | None = None
    item_title: str | None = None


# -- answered: the JSON itself -------------------------------------------------------------------------------------------------------------------


def visit_shape(visit: OpenVisit) -> dict[str, Any]:
    """An open visit."""
    patron, subscription = visit.patron, visit.subscription
    return {
        "id": visit.id,
        "patron": {
            "kind": patron.kind.value,
            "initials": patron.initials,
            "language": patron.language or None,
            "home": home_shape(patron.home) if patron.home else None,
        },
        "subscription": {
            "name": subscription.name,
            "until": subscription.until.isoformat() if subscription.until else None,
            "provisional": subscription.provisional,
        },
        "strips": visit.strips,
        "loans": visit.loans,
        "loans_allowed": visit.loans_allowed,
        "notices": list(visit.notices),
    }


def loan_shape(loan: Loan) -> dict[str, Any]:
    """A loan."""
    return {
        "id": loan.id,
        "item": loan.item,
        "title": loan.title,
        "due": loan.due.isoformat(),
        "strips": loan.strips,
        "strips_left": loan.strips_left,
        "release_security": loan.release_security,
    }
