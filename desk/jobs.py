"""Work for the night: fetch every guest's term from his home system. Not for deciding what a term means at the kiosk: that is guests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from desk import answers
from desk.clock import Clock
from desk.home import HomeSystems, Membership
from desk.store import Store, patrons
from kiosk.domain.patrons import PatronKind
from kiosk.domain.refusals import Cause

_BATCH = 500
_GUEST = patrons.c.kind == PatronKind.GUEST.value


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many guests were looked at, for how many something changed, and how many may not borrow now because of their home library."""

    guests: int = 0
    changed: int = 0
    ended: int = 0


def refresh(store: Store, homes: HomeSystems, clock: Clock, progress: Callable[[int, int], None]) -> Refreshed:
    """Set every guest's term to what his home system says now. Running it again, also after it was broken off, does no harm.

    `progress` is told the number of guests done and of all.
    """
    done, last, now = Refreshed(), 0, clock.now()
    with store.write() as connection:
        answers.forget_old(connection, now)
        total = connection.execute(select(func.count()).select_from(patrons).where(_GUEST)).scalar_one()
    progress(0, total)
    while batch := _batch(store, last):
        last = batch[-1].id
        memberships = homes.memberships([(row.owner, row.number) for row in batch])
        changes = [_change(row, memberships.get((row.owner, row.number)), now) for row in batch]
        with store.write() as connection:
            for change in changes:
                connection.execute(update(patrons).where(patrons.c.id == change["id"]).values(**change))
        changed = sum(_differs(row, change) for row, change in zip(batch, changes, strict=True))
        ended = sum(change["home_cause"] is not None for change in changes)
        done = Refreshed(done.guests + len(batch), done.changed + changed, done.ended + ended)
        progress(done.guests, total)
    return done


def _batch(store: Store, after: int) -> Sequence[Row[*tuple[Any, ...]]]:
    known = patrons.c
    query = (
        select(known.id, known.owner, known.number, known.until, known.provisional, known.home_cause)
        .where(_GUEST, known.id > after)
        .order_by(known.id)
        .limit(_BATCH)
    )
    with store.read() as connection:
        return connection.execute(query).all()


def _change(row: Row[*tuple[Any, ...]], membership: Membership | None, now: datetime) -> dict[str, Any]:
    """What is to stand in a guest's row. Who is no member any more keeps the term that was known last."""
    until: date | None = row.until
    cause: Cause | None = Cause.OTHER
    if membership is not None:
        until = membership.until
        cause = membership.cause or (Cause.EXPIRED if until < now.date() else None)
    return {"id": row.id, "until": until, "provisional": False, "home_cause": cause.value if cause else None, "refreshed_at": now}


def _differs(row: Row[*tuple[Any, ...]], change: dict[str, Any]) -> bool:
    return (row.until, row.provisional, row.home_cause) != (change["until"], change["provisional"], change["home_cause"])
