"""What the home system of a guest says about him, behind a port. Not for what follows from it: that is guests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import select, tuple_

from desk.store import Store, home_members
from kiosk.domain.refusals import Cause

Member = tuple[str, str]  # the institution's ISIL, the number on the pass


@dataclass(frozen=True, slots=True)
class Membership:
    """A member as his home system knows him: his last day, and why he may not borrow elsewhere, where that is so."""

    until: date
    cause: Cause | None = None


class HomeSystems(Protocol):
    """All home systems of the scheme."""

    def memberships(self, members: Iterable[Member]) -> Mapping[Member, Membership]:
        """What is known of these members; who is missing in the answer is no member."""


class SimulatedHome:
    """Home systems that are kept in tables of our own store, for demonstration and tests."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def memberships(self, members: Iterable[Member]) -> Mapping[Member, Membership]:
        """What is known of these members."""
        known = home_members.c
        query = select(known.institution, known.number, known.until, known.cause).where(
            tuple_(known.institution, known.number).in_(list(members))
        )
        with self._store.read() as connection:
            rows = connection.execute(query).all()
        return {(row.institution, row.number): Membership(row.until, Cause(row.cause) if row.cause else None) for row in rows}
