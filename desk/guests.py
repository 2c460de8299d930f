"""Who stands at the kiosk, and may he borrow? Not for items: that is lending."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, String, bindparam, func, insert, or_, select, update

from desk import isil
from desk.store import loans, patrons, visits
from kiosk.domain.isil import institution
from kiosk.domain.passes import PassKey, ReadFrom
from kiosk.domain.patrons import HomeLibrary, OpenVisit, Patron, PatronKind, Subscription
from kiosk.domain.refusals import Cause, Reason, Refusal, Refused

LOANS_ALLOWED = 20
VISIT_LONGEST = timedelta(hours=2)  # a kiosk that lost its power never closes its visit
RECORD_KEPT = timedelta(minutes=15)  # a closed visit can be looked at this long


@dataclass(frozen=True, slots=True)
class Account:
    """A patron's row. Number and initials are kept out of `repr`."""

    id: int
    kind: str
    number: str = field(repr=False)
    owner: str
    home: str | None
    initials: str = field(repr=False)
    birth: date = field(repr=False)
    language: str
    blocked: bool
    lost: bool
    fees: int
    subscription: str
    until: date | None
    provisional: bool
    home_cause: str | None
    strips: int | None

    @property
    def is_guest(self) -> bool:
        """Whether his home library is another one."""
        return self.kind == PatronKind.GUEST

    def age(self, today: date) -> int:
        """Full years."""
        return today.year - self.birth.year - ((today.month, today.day) < (self.birth.month, self.birth.day))


# Statements are built once: building one takes as long as running it.
_ACCOUNT = tuple(patrons.c[name] for name in Account.__dataclass_fields__)
_OF_OWNER = or_(bindparam("owner", type_=String) == "", patrons.c.owner == bindparam("owner"))
_BY_NUMBER = select(*_ACCOUNT).where(patrons.c.number == bindparam("number"), _OF_OWNER).limit(2)
_BY_UID = select(*_ACCOUNT).where(patrons.c.uid == bindparam("uid"), _OF_OWNER).limit(2)
_OPEN_LOANS = select(func.count()).select_from(loans).where(loans.c.patron == bindparam("patron"), loans.c.returned_at.is_(None))
_OPEN_VISIT = insert(visits)
_VISIT = (
    select(*_ACCOUNT, visits.c.opened_at, visits.c.closed_at)
    .join_from(visits, patrons, visits.c.patron == patrons.c.id)
    .where(visits.c.id == bindparam("visit"), visits.c.device == bindparam("device"))
)
_VISIT_TO_LEND = _VISIT.with_for_update(of=patrons)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that a kiosk opened."""

    id: str
    account: Account
    opened_at: datetime
    closed_at: datetime | None

    def is_over(self, now: datetime) -> bool:
        """Whether nothing can be lent in it any more."""
        return self.closed_at is not None or now - self.opened_at > VISIT_LONGEST

    def is_forgotten(self, now: datetime) -> bool:
        """Whether it is closed so long that its kiosk may not look at it any more."""
        return self.closed_at is not None and now - self.closed_at > RECORD_KEPT


def find(connection: Connection, key: PassKey) -> Account | None:
    """The patron with this pass: by its number, and where the pass names its owner, of that owner; without a number by the chip's UID.

    Two libraries may give out the same number: then nobody is found unless the pass names its owner.
    """
    owner = ""
    if key.owner:
        try:
            owner = institution(key.owner)
        except ValueError:
            return None
    query = _BY_NUMBER if key.number else _BY_UID
    rows = connection.execute(query, {"number": key.number, "uid": key.uid.upper(), "owner": owner}).all()
    return Account(*rows[0]) if len(rows) == 1 else None


def open_loans(connection: Connection, account: int) -> int:
    """How many items he has on loan."""
    count: int = connection.execute(_OPEN_LOANS, {"patron": account}).scalar_one()
    return count


def open_visit(connection: Connection, device: int, key: PassKey, now: datetime) -> OpenVisit | Refused:
    """Open a visit at a device, or say everything that stands against it."""
    account = find(connection, key)
    without_chip = [Refusal(Reason.NO_CHIP)] if key.read_from is ReadFrom.BARCODE else []
    if account is None:
        return Refused((Refusal(Reason.NOT_REGISTERED), *without_chip))
    home = isil.library(connection, account.home) if account.home else None
    count = open_loans(connection, account.id)
    # "No chip" last: its next step, borrowing at the desk, is true only if nothing else stands against it.
    refusals = [*_against(account, home, count, now.date()), *without_chip]
    if refusals:
        return Refused(tuple(refusals))
    visit = secrets.token_urlsafe(16)
    connection.execute(_OPEN_VISIT, {"id": visit, "device": device, "patron": account.id, "opened_at": now})
    return OpenVisit(
        id=visit,
        patron=Patron(PatronKind(account.kind), account.initials, account.language, home),
        subscription=Subscription(account.subscription, account.until, account.provisional),
        strips=account.strips,
        loans=count,
        loans_allowed=LOANS_ALLOWED,
    )


def find_visit(connection: Connection, device: int, visit: str, *, to_lend: bool = False) -> Visit | None:
    """A visit of this device, open or closed; `to_lend`: nobody else changes the account's strips or loans until the transaction ends."""
    row = connection.execute(_VISIT_TO_LEND if to_lend else _VISIT, {"visit": visit, "device": device}).first()
    return None if row is None else Visit(visit, Account(*row[:-2]), row[-2], row[-1])


def close_visit(connection: Connection, visit: str, now: datetime) -> None:
    """The visit is over; closing it again changes nothing."""
    connection.execute(update(visits).where(visits.c.id == visit, visits.c.closed_at.is_(None)).values(closed_at=now))


def _against(account: Account, home: HomeLibrary | None, count: int, today: date) -> list[Refusal]:
    """What stands against a visit, the most important first."""
    found: list[Refusal] = []
    if account.lost:
        found.append(Refusal(Reason.CARD_LOST))
    if account.blocked:
        found.append(Refusal(Reason.BLOCKED_HERE))
    over = account.until is not None and account.until < today
    if account.is_guest and account.home_cause:
        found.append(Refusal(Reason.HOME_SUBSCRIPTION_INVALID, home, Cause(account.home_cause)))
    elif account.is_guest and over and not account.provisional:
        found.append(Refusal(Reason.HOME_SUBSCRIPTION_INVALID, home, Cause.EXPIRED))  # a guest's term is the one at home
    elif over:
        found.append(Refusal(Reason.SUBSCRIPTION_ENDED))
    if account.fees > 0:
        found.append(Refusal(Reason.FEES_OPEN))
    if count >= LOANS_ALLOWED:
        found.append(Refusal(Reason.LIMIT_REACHED))
    if account.strips is not None and account.strips <= 0:
        found.append(Refusal(Reason.NO_STRIPS))
    return found
