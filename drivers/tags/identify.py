"""Says what a card or tag is, and why. The one door to the data models of this folder; not for reading hardware, nor for deciding who may borrow.

It stands on the way from a pass to its answer, so it does no more than it must: a few dozen microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

from drivers.tags import iso28560_3
from drivers.tags.atr import Standard, StorageCard, storage_card
from drivers.tags.iso28560_3 import Block, Order, Problem, TagError

ISO28560_3 = "iso28560-3"
UID = "uid"
SECURED, LENT = 0x07, 0xC2
"""The application family bytes that most libraries use for an item in stock and one on loan."""

_PAGE_4 = 16
_UID_LENGTHS = (4, 7, 8, 10)
_SHORT_UID = 4


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
    """Say what a tag is. Never raises for any input of any length.

    The block is looked for at byte 0 and, on ISO 14443 A tags and where the ATR does not say, at byte 16 too: page 4 of a Type 2 tag, where its
    own content begins. `afi` is the application family byte; it decides `secured`, None where it is not one of the two usual values.
    """
    if payment:
        return Finding(Kind.BANK_CARD, reasons=("It answered as a payment card or a phone's wallet, so nothing more was read from it.",))
    card = storage_card(atr)
    fixed, about_uid = _judge_uid(uid, card)
    own = ((uid.hex(), UID),) if fixed else ()
    reasons = [_about_card(card, atr), about_uid]
    offsets = (0, _PAGE_4) if card is None or card.starts_at_page_4 else (0,)
    failures: list[TagError] = []
    for offset, order in product(offsets, Order):
        try:
            block = iso28560_3.decode(memory[offset:], order)
        except TagError as failure:
            failures.append(failure)
            continue
        reasons += _about_block(block, offset, order)
        return Finding(
            kind=_kind(block.usage),
            accepted=True,
            model=ISO28560_3,
            number=block.number,
            owner=block.owner,
            usage=block.usage,
            part=block.part,
            parts=block.parts,
            secured={SECURED: True, LENT: False}.get(afi) if afi is not None else None,
            uid_identifies=fixed,
            candidates=((block.number, ISO28560_3), *own),
            reasons=tuple(reasons),
        )
    if _blank(memory, card):
        reasons.append("Nothing is written on it: every byte is the same.")
        return Finding(Kind.BLANK, uid_identifies=fixed, candidates=own, reasons=tuple(reasons))
    return _without_block(memory, card, failures, reasons, own)


def _without_block(
    memory: bytes, card: StorageCard | None, failures: list[TagError], reasons: list[str], own: tuple[tuple[str, str], ...]
) -> Finding:
    """What can be said of a tag on which no usable block was found."""
    likely = [failure for failure in failures if failure.looks_alike or failure.problem is Problem.NO_NUMBER]
    wrong = next((failure for failure in likely if failure.usage is not None), likely[0] if likely else None)
    if wrong is not None:
        written = wrong.problem is Problem.NO_NUMBER
        reasons.append(f"It {'is' if written else 'looks like'} an ISO 28560-3 tag, but {wrong}; so it is not used.")
        found = ((wrong.number, ISO28560_3),) if wrong.number else ()
        return Finding(
            kind=_kind(wrong.usage),
            model=ISO28560_3,
            usage=wrong.usage,
            damaged=not written,
            uid_identifies=bool(own),
            candidates=(*found, *own),
            reasons=tuple(reasons),
        )
    if memory:
        reasons.append(f"It is no ISO 28560-3 tag: {failures[0]}.")
    elif card is not None and card.keyed:
        reasons.append("Its content is locked with keys, so no more than the UID can be read.")
    else:
        reasons.append("It has no content that can be read.")
    return Finding(Kind.UNKNOWN, uid_identifies=bool(own), candidates=own, reasons=tuple(reasons))


def _kind(usage: int | None) -> Kind:
    """What a block says it is on; all that is not a patron card belongs to items."""
    if usage is None:
        return Kind.UNKNOWN
    return Kind.PASS if usage == iso28560_3.PATRON_CARD else Kind.ITEM


def _judge_uid(uid: bytes, card: StorageCard | None) -> tuple[bool, str]:
    """Whether the UID stays the same for the life of the card, and why."""
    if not uid:
        return False, "It gave no UID."
    if len(uid) not in _UID_LENGTHS or not any(uid):
        return False, f"Its UID of {len(uid)} bytes has not the form of one."
    if len(uid) == _SHORT_UID and uid[0] == 0x08:  # noqa: PLR2004  ISO 14443-3: a UID that is drawn anew each time
        return False, "Its UID begins with 08: it is random, as on phones and identity cards, and identifies nobody."
    if len(uid) == _SHORT_UID and card is not None and card.standard is Standard.ISO14443B:
        return False, "Its UID is the short one of ISO 14443 B, which may be drawn anew each time."
    return True, f"Its UID has {len(uid)} bytes and is fixed."


def _about_card(card: StorageCard | None, atr: bytes) -> str:
    if card is not None:
        return f"It is a storage card by {card.standard}{': ' * bool(card.product)}{card.product}."
    return (
        "It is no storage card: it speaks for itself, as phones and bank cards do."
        if atr
        else "The reader does not say what class of card it is."
    )


def _about_block(block: Block, offset: int, order: Order) -> list[str]:
    """The reasons for a good block, in the order in which it was read."""
    where = f" from byte {offset} on" if offset else ""
    how = " with the bytes of each block of four reversed" if order is Order.REVERSED else ""
    usage = iso28560_3.USAGES.get(block.usage, "not in the standard")
    half = "before" if block.usage_first else "after"
    reasons = [
        f"It is an ISO 28560-3 tag{where}{how}: its CRC is right.",
        f"Its type of usage is {block.usage}, {usage}; it stands {half} the content parameter in the first byte.",
    ]
    if block.parts > 1:
        reasons.append(f"It is part {block.part} of {block.parts}.")
    if not block.owner:
        reasons.append("It names no owner in the form of an ISIL.")
    elif block.owner_cut:
        reasons.append(f"Its owner is {block.owner}; the tag is too short to say whether the ISIL goes on, so only its beginning counts.")
    else:
        reasons.append(f"Its owner is {block.owner}.")
    return reasons


def _blank(memory: bytes, card: StorageCard | None) -> bool:
    """Whether nothing was written; a Type 2 tag has its serial number and locks before page 4."""
    content = memory[_PAGE_4:] if card is not None and card.starts_at_page_4 else memory
    return bool(content) and content in (bytes(len(content)), b"\xff" * len(content))
