"""May this item go with this patron, and the loan itself. Not for who may borrow at all: that is guests."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from desk import guests, strips
from desk.guests import LOANS_ALLOWED, Account, Visit
from desk.store import items, loans
from kiosk.domain.items import Loan, VisitRecord
from kiosk.domain.refusals import Reason, Refusal, Refused

LOAN_DAYS = 21


@dataclass(frozen=True, slots=True)
class _Item:
    """An item's row, and who has it on loan."""

    title: str = field(repr=False)
    strips: int
    for_loan: bool
    for_guests: bool
    from_age: int | None
    reserved_for: int | None
    lent_to: int | None


_HOLDER = select(loans.c.patron).where(loans.c.item == items.c.number, loans.c.returned_at.is_(None)).scalar_subquery()
_ITEM = (
    select(items.c.title, items.c.strips, items.c.for_loan, items.c.for_guests, items.c.from_age, items.c.reserved_for, _HOLDER)
    .where(items.c.number == bindparam("number"))
    .with_for_update()
)
_LEND = insert(loans)
_OF_VISIT = (
    select(loans.c.id, loans.c.item, items.c.title, loans.c.due, loans.c.strips, loans.c.strips_left)
    .join_from(loans, items, loans.c.item == items.c.number)
    .where(loans.c.visit == bindparam("visit"))
    .order_by(loans.c.lent_at, loans.c.id)
)


def lend(connection: Connection, visit: Visit, item: str, now: datetime) -> Loan | Refused:
    """Lend an item in the caller's transaction, or say everything that stands against it. Due dates are the library's dates.

    The visit has to have been found `to_lend`, in the same transaction.
    """
    account = visit.account
    found = _find(connection, item)
    if found is None:
        return Refused((Refusal(Reason.UNKNOWN_ITEM),))
    if found.lent_to == account.id:
        return Refused((Refusal(Reason.ALREADY_YOURS),), found.title)
    count = guests.open_loans(connection, account.id)
    if refusals := _against(account, found, count, now):
        return Refused(tuple(refusals), found.title)
    cost, left = (0, None) if account.strips is None else (found.strips, account.strips - found.strips)
    loan = Loan(secrets.token_urlsafe(16), item, found.title, now.date() + timedelta(days=LOAN_DAYS), cost, left)
    costs = {"strips": cost, "strips_left": left}
    connection.execute(
        _LEND, {"id": loan.id, "item": item, "patron": account.id, "visit": visit.id, "lent_at": now, "due": loan.due, **costs}
    )
    if found.reserved_for is not None:  # for him: the reservation is fulfilled
        connection.execute(update(items).where(items.c.number == item).values(reserved_for=None))
    if cost:
        strips.move(connection, account.id, -cost, strips.LOAN, now, loan=loan.id)
    return loan


def record(connection: Connection, visit: Visit) -> VisitRecord:
    """What was lent in a visit, and the strips that are left."""
    return VisitRecord(tuple(Loan(*row) for row in connection.execute(_OF_VISIT, {"visit": visit.id})), visit.account.strips)


def _find(connection: Connection, number: str) -> _Item | None:
    if not number.isprintable():  # a barcode may hold control characters; no item's number does
        return None
    row = connection.execute(_ITEM, {"number": number}).first()
    return None if row is None else _Item(*row)


def _against(account: Account, item: _Item, count: int, now: datetime) -> list[Refusal]:
    """What stands against a loan, the most important first."""
    found: list[Refusal] = []
    if item.lent_to is not None:
        found.append(Refusal(Reason.ON_LOAN_TO_OTHER))
    if item.reserved_for not in (None, account.id):
        found.append(Refusal(Reason.RESERVED))
    if not item.for_loan:
        found.append(Refusal(Reason.NOT_FOR_LOAN))
    if account.is_guest and not item.for_guests:
        found.append(Refusal(Reason.NOT_FOR_GUESTS))
    if item.from_age is not None and account.age(now.date()) < item.from_age:
        found.append(Refusal(Reason.AGE, from_age=item.from_age))
    if count >= LOANS_ALLOWED:
        found.append(Refusal(Reason.LIMIT_REACHED))
    if account.strips is not None and account.strips < item.strips:
        found.append(Refusal(Reason.NO_STRIPS))
    return found
