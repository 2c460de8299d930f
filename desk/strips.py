"""The ledger of lending strips: every change is a movement, and the balance stands with the patron. Not for prices: an item knows what it costs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, update

from desk.store import patrons, strip_movements

FREE = "780"  # the cash receipt code of the free strips that a guest gets
LOAN = "loan"

_NOTE = insert(strip_movements)
_ADD = update(patrons).where(patrons.c.id == bindparam("of")).values(strips=patrons.c.strips + bindparam("change"))


def move(connection: Connection, patron: int, change: int, code: str, at: datetime, *, loan: str | None = None) -> None:
    """Give (positive) or take (negative) strips, in the caller's transaction."""
    connection.execute(_NOTE, {"patron": patron, "at": at, "change": change, "code": code, "loan": loan})
    connection.execute(_ADD, {"of": patron, "change": change})
