"""What a tag was found to be, and what another data model may add to that. Values only; the finding itself is done by identify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

ISO28560_3 = "iso28560-3"
ISO28560_2 = "iso28560-2"
NDEF = "ndef"
UID = "uid"


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

    `accepted`: the content is whole (right CRC, or a form without fault) and may be used. `damaged`: it looks like a library tag, but its content is
    not whole. `uid_identifies`: the UID is fixed, so that a library may know a pass by it (random UIDs of phones are not).
    `usage` and `qualifier`: the halves of the type of usage. `place`: the byte at which the content begins; `turned`: it is read with the bytes of
    each block of four reversed. `candidates`: every number found, with its model, even those not accepted. `reasons`: sentences for staff, for and
    against each model that was tried; they never hold a number.
    """

    kind: Kind
    accepted: bool = False
    model: str = ""
    number: str = field(default="", repr=False)
    owner: str = ""
    usage: int | None = None
    qualifier: int = 0
    part: int = 1
    parts: int = 1
    secured: bool | None = None
    damaged: bool = False
    uid_identifies: bool = False
    place: int = 0
    turned: bool = False
    candidates: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a data model of another package read from a tag; `reasons` are whole sentences without the number."""

    kind: Kind
    number: str = field(repr=False)
    owner: str = ""
    usage: int | None = None
    part: int = 1
    parts: int = 1
    reasons: tuple[str, ...] = ()


TagModel = Callable[[bytes, bytes], Reading | None]
"""A data model of another package, such as the Dutch one, whose layout is not public: (memory, uid) -> what it read, None where the tag is not of it.

The memory is from block 0 on, as the reader gave it; it may be short. Raises `drivers.tags.problems.TagError` to say why the tag is not of the model or
is damaged (`looks_alike`). It must be pure and fast: it stands on the way from a pass to its answer.
"""
