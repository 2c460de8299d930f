"""The JSON of the desk's API as values of the domain. Not for sending or receiving.

Strict in what is needed, deaf to fields it does not know. A reason code that it does not know becomes the one of the same side whose next step is
right anyway (`_STAND_IN`): a newer desk never stops an older kiosk. Texts are cut; lone surrogates, which no screen or printer takes, become U+FFFD.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from kiosk.domain.items import Loan, VisitRecord
from kiosk.domain.patrons import HomeLibrary, OpenVisit, Patron, PatronKind, Subscription
from kiosk.domain.refusals import Cause, Reason, Refusal, Refused, Side
from kiosk.ports import LibraryStatus

LONGEST_TEXT = 20_000
_MANY = 1_000

_REASONS = {reason.value: reason for reason in Reason}
_SIDES = {side.value: side for side in Side}
_CAUSES = {cause.value: cause for cause in Cause}
_STAND_IN = {
    Side.PASS: Reason.CHIP_UNREADABLE,
    Side.HOME: Reason.HOME_SUBSCRIPTION_INVALID,
    Side.DESK: Reason.BLOCKED_HERE,
    Side.ITEM: Reason.UNKNOWN_ITEM,
    Side.TECHNICAL: Reason.LIBRARY_SILENT,
}


class Nonsense(Exception):
    """This is no answer of this API. The message says where, never what stood there."""


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST_TEXT].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Name = Annotated[str, BeforeValidator(_text), StringConstraints(min_length=1, max_length=200)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class _Answered(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


_Model = TypeVar("_Model", bound=_Answered)


class _Contact(_Answered):
    phone: Text = ""
    email: Text = ""
    web: Text = ""
    address: Text = ""


class _Home(_Answered):
    isil: Text
    name: Text
    contact: _Contact = _Contact()

    def value(self) -> HomeLibrary:
        contact = self.contact
        return HomeLibrary(self.isil, self.name, contact.phone, contact.email, contact.web, contact.address)


class _Patron(_Answered):
    kind: PatronKind
    initials: Text
    language: Text | None = None
    home: _Home | None = None


class _Subscription(_Answered):
    name: Text
    until: date | None = None
    provisional: bool = False


class _Visit(_Answered):
    id: Name
    patron: _Patron
    subscription: _Subscription
    strips: Annotated[int, Field(strict=True)] | None
    loans: Count
    loans_allowed: Count
    notices: Annotated[list[Text], Field(max_length=_MANY)] = []

    def value(self) -> OpenVisit:
        patron = self.patron
        return OpenVisit(
            id=self.id,
            patron=Patron(patron.kind, patron.initials, patron.language or "", patron.home.value() if patron.home else None),
            subscription=Subscription(self.subscription.name, self.subscription.until, self.subscription.provisional),
            strips=self.strips,
            loans=self.loans,
            loans_allowed=self.loans_allowed,
            notices=tuple(self.notices),
        )


class _Loan(_Answered):
    id: Name
    item: Name
    title: Text
    due: date
    strips: Count = 0
    strips_left: Annotated[int, Field(strict=True)] | None = None
    release_security: bool = True

    def value(self) -> Loan:
        return Loan(self.id, self.item, self.title, self.due, self.strips, self.strips_left, self.release_security)


class _Loans(_Answered):
    loans: Annotated[list[_Loan], Field(max_length=_MANY)]
    strips: Annotated[int, Field(strict=True)] | None


class _Reason(_Answered):
    code: Text
    side: Text = ""
    cause: Text | None = None
    home: _Home | None = None
    from_age: Count | None = None

    def value(self) -> Refusal:
        reason = _REASONS.get(self.code) or _STAND_IN[_SIDES.get(self.side, Side.TECHNICAL)]
        cause = None
        if reason is Reason.HOME_SUBSCRIPTION_INVALID and self.cause is not None:
            cause = _CAUSES.get(self.cause, Cause.OTHER)
        return Refusal(reason, self.home.value() if self.home else None, cause, self.from_age)


_Reasons = Annotated[list[_Reason], Field(min_length=1, max_length=_MANY)]


class _Refused(_Answered):
    reasons: _Reasons
    item_title: Text = ""


class _ByKey(_Answered):
    state: Literal["lent", "refused"]
    loan: _Loan | None = None
    reasons: _Reasons | None = None
    title: Text = ""


class _Status(_Answered):
    status: Literal["ok"]
    name: Text
    version: Text = ""


class _Problem(_Answered):
    type: Text


def visit(body: bytes) -> OpenVisit:
    """An open visit. Raises Nonsense."""
    return _read(_Visit, body).value()


def loan(body: bytes) -> Loan:
    """A loan. Raises Nonsense."""
    return _read(_Loan, body).value()


def refused(body: bytes) -> Refused:
    """A refusal with its reasons, in the order in which they came. Raises Nonsense."""
    answer = _read(_Refused, body)
    return Refused(_distinct(answer.reasons), answer.item_title)


def outcome(body: bytes) -> Loan | Refused:
    """What became of a loan. Raises Nonsense."""
    answer = _read(_ByKey, body)
    if answer.state == "lent" and answer.loan is not None:
        return answer.loan.value()
    if answer.state == "refused" and answer.reasons is not None:
        return Refused(_distinct(answer.reasons), answer.title)
    raise Nonsense("the state does not fit the rest")


def record(body: bytes) -> VisitRecord:
    """The loans of a visit. Raises Nonsense."""
    answer = _read(_Loans, body)
    return VisitRecord(tuple(found.value() for found in answer.loans), answer.strips)


def status(body: bytes) -> LibraryStatus:
    """The library's name and version. Raises Nonsense."""
    answer = _read(_Status, body)
    return LibraryStatus(answer.name, answer.version)


def problem_code(body: bytes) -> str:
    """The last part of a problem's type; empty for what is no problem of ours."""
    try:
        kind = _read(_Problem, body).type
    except Nonsense:
        return ""
    return kind.rpartition(":")[2] if kind.startswith("urn:gastlenen:problem:") else ""


def _distinct(reasons: list[_Reason]) -> tuple[Refusal, ...]:
    """Two unknown codes may become the same known one, which is said once."""
    return tuple(dict.fromkeys(reason.value() for reason in reasons))


def _read(model: type[_Model], body: bytes) -> _Model:
    try:
        # Not pydantic's own JSON: it refuses lone surrogates.
        return model.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise Nonsense(f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['type']}") from None
    except (ValueError, RecursionError) as error:
        raise Nonsense("it is no JSON") from error
