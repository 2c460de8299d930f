"""ISIL look-up: which library a code names. Not for reading codes: that is kiosk.domain.isil."""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection, select

from desk.store import libraries
from kiosk.domain.isil import institution
from kiosk.domain.patrons import HomeLibrary

_SHOWN = (libraries.c.isil, libraries.c.name, libraries.c.phone, libraries.c.email, libraries.c.web, libraries.c.address)


def library(connection: Connection, isil: str) -> HomeLibrary | None:
    """The library with this ISIL: the location itself where it is known, else the institution it belongs to."""
    candidates = [isil]
    with suppress(ValueError):
        candidates.append(institution(isil))
    for candidate in candidates:
        row = connection.execute(select(*_SHOWN).where(libraries.c.isil == candidate)).first()
        if row is not None:
            return HomeLibrary(*row)
    return None


def own_library(connection: Connection) -> HomeLibrary | None:
    """The library whose desk this is; None as long as nobody said so."""
    row = connection.execute(select(*_SHOWN).where(libraries.c.own).limit(1)).first()
    return None if row is None else HomeLibrary(*row)
