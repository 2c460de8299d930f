"""Kiosks that may ask: each has a token of its own, which can be taken back. Only the token's hash is kept."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, bindparam, insert, select, update

from desk.store import devices

_TOKEN_BYTES = 32

# The hash of a 256-bit random token can be looked up directly: it cannot be guessed step by step.
_BY_HASH = select(devices.c.id, devices.c.name).where(devices.c.token_sha256 == bindparam("hash"), devices.c.revoked_at.is_(None))


@dataclass(frozen=True, slots=True)
class Device:
    """A kiosk that was paired with this desk."""

    id: int
    name: str


def pair(connection: Connection, name: str, at: datetime) -> str:
    """A new device; its token is returned this once and cannot be had again."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    connection.execute(insert(devices).values(name=name, token_sha256=_hash(token), paired_at=at))
    return token


def by_token(connection: Connection, token: str) -> Device | None:
    """Whose token this is; None where it is nobody's or was taken back."""
    row = connection.execute(_BY_HASH, {"hash": _hash(token)}).first()
    return None if row is None else Device(*row)


def revoke(connection: Connection, name: str, at: datetime) -> int:
    """Take back every token of the devices with this name; returns how many."""
    query = update(devices).where(devices.c.name == name, devices.c.revoked_at.is_(None)).values(revoked_at=at)
    return connection.execute(query).rowcount


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
