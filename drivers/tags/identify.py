"""Says what a card or tag is, and why. The one door to the data models of this folder; not for reading hardware, nor for deciding who may borrow."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What was held to the reader."""

    PASS = "pass"
    ITEM = "item"
    BLANK = "blank"
    BANK_CARD = "bank_card"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a tag is and the reasons for and against each data model.

    `accepted`: the content is whole (right CRC) and may be used. `damaged`: it looks like a library tag, but its content is not whole.
    `uid_identifies`: the UID is fixed, so that a library may know a pass by it (random UIDs of phones are not).
    `candidates`: every number found, with its model, even those not accepted. `reasons`: sentences for staff; they never hold a number.
    """

    kind: Kind
    accepted: bool = False
    model: str = ""
    number: str = field(default="", repr=False)
    owner: str = ""
    usage: int | None = None
    part: int = 1
    parts: int = 1
    secured: bool | None = None
    damaged: bool = False
    uid_identifies: bool = False
    candidates: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    reasons: tuple[str, ...] = ()


def identify(memory: bytes, uid: bytes = b"", atr: bytes = b"", *, payment: bool = False, afi: int | None = None) -> Finding:
    """Say what a tag is. Never raises for any input of any length."""
    raise NotImplementedError
