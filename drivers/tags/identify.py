"""Says what a card or tag is, and why. The one door to the data models of this folder; not for reading hardware, nor for deciding who may borrow.

The models are tried in this order: ISO 28560-3, ISO 28560-2, NDEF, those of other packages, and last the UID alone. The first stands on the way from a
pass to its answer, so it does no more than it must: a few dozen microseconds. No memory of any length takes more than a millisecond.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from re import Pattern
from types import MappingProxyType
from typing import Final

from drivers.tags import iso28560_2, iso28560_3, ndef
from drivers.tags.atr import Standard, StorageCard, storage_card
from drivers.tags.finding import ISO28560_2, ISO28560_3, NDEF, UID, Finding, Kind, TagModel
from drivers.tags.iso28560_3 import Order
from drivers.tags.problems import Problem, TagError
from drivers.tags.reasons import about_block, about_card, about_content, about_extensions
from drivers.tags.usage import PATRON_CARD

SECURED, LENT = 0x07, 0xC2
"""The application family bytes that most libraries use for an item in stock and one on loan."""

LONGEST: Final = 512
"""Bytes of memory that are looked at; library tags have 32 to 320. It bounds the time for hostile ones."""

Models = Mapping[str, TagModel]
"""The data models of other packages by their names, in the order in which they are tried."""

NO_MODELS: Final[Models] = MappingProxyType({})

_PAGE_4 = 16
_EVERYWHERE: Final = tuple(product((0, _PAGE_4), Order))
_AT_ONCE: Final = tuple(product((0,), Order))
_UID_LENGTHS = (4, 7, 8, 10)
_SHORT_UID = 4


@dataclass(frozen=True, slots=True)
class _Look:
    """What is looked at, and what is known of it before any model is tried: see Finding."""

    memory: bytes = field(repr=False)
    uid: bytes = field(repr=False)
    card: StorageCard | None
    secured: bool | None
    fixed: bool
    reasons: tuple[str, ...]

    @property
    def own(self) -> tuple[tuple[str, str], ...]:
        """The UID as a candidate, where it identifies."""
        return ((self.uid.hex(), UID),) if self.fixed else ()

    @property
    def places(self) -> tuple[tuple[int, Order], ...]:
        """Where a library's content may begin, and in which order of bytes, the usual ones first."""
        return _EVERYWHERE if self.card is None or self.card.starts_at_page_4 else _AT_ONCE

    def content(self, place: int, order: Order) -> bytes:
        """The memory from there on, put straight."""
        return self.memory[place:] if order is Order.STRAIGHT else iso28560_3.turn_round(self.memory[place:])


@dataclass(frozen=True, slots=True)
class _Against:
    """Why a tag is not of a model. `written`: it is of the model nevertheless, but cannot be used; `damaged`: it may be the remains of such a tag.

    `other`: it is a whole tag of a kind that no library uses, so it is not the remains of anything.
    """

    model: str
    sentence: str
    numbers: tuple[str, ...] = field(default=(), repr=False)
    usage: int | None = None
    written: bool = False
    damaged: bool = False
    other: bool = False
    place: int = 0
    turned: bool = False


def identify(
    memory: bytes,
    uid: bytes = b"",
    atr: bytes = b"",
    *,
    payment: bool = False,
    afi: int | None = None,
    models: Models = NO_MODELS,
    ndef_number: Pattern[str] | None = None,
) -> Finding:
    """Say what a tag is. Never raises for any input of any length; what a model of another package raises is told as a reason against it.

    A library's content is looked for at byte 0 and, on ISO 14443 A tags and where the ATR does not say, at byte 16 too: page 4 of a Type 2 tag, where its
    own content begins. `afi` is the application family byte; it decides `secured`, None where it is not one of the two usual values.
    `ndef_number` finds a pass number in the texts and addresses of an NFC tag: its first group, or all of it; without one no text is taken for a number.
    """
    if payment:
        return Finding(Kind.BANK_CARD, reasons=("It answered as a payment card or a phone's wallet, so nothing more was read from it.",))
    card = storage_card(atr)
    fixed, about_uid = _judge_uid(uid, card)
    secured = {SECURED: True, LENT: False}.get(afi) if afi is not None else None
    look = _Look(memory[:LONGEST], uid, card, secured, fixed, (about_card(card, atr), about_uid))
    block = _try_block(look)
    if isinstance(block, Finding):
        return block
    if _blank(look.memory, card):
        reasons = (*look.reasons, "Nothing is written on it: every byte is the same.")
        return Finding(Kind.BLANK, uid_identifies=fixed, candidates=look.own, reasons=reasons)
    if not memory:
        keyed = card is not None and card.keyed
        why = "Its content is locked with keys, so no more than the UID can be read." if keyed else "It has no content that can be read."
        return Finding(Kind.UNKNOWN, uid_identifies=fixed, candidates=look.own, reasons=(*look.reasons, why))
    against = [block]
    attempts: list[Callable[[_Look], Finding | _Against]] = [_try_objects, partial(_try_message, ndef_number)]
    attempts += (partial(_try_model, name, model) for name, model in models.items())
    for attempt in attempts:
        outcome = attempt(look)
        if isinstance(outcome, Finding):
            before = len(look.reasons)
            told = (*outcome.reasons[:before], *(earlier.sentence for earlier in against), *outcome.reasons[before:])
            return replace(outcome, reasons=told)
        against.append(outcome)
    return _not_accepted(look, against)


def _try_block(look: _Look) -> Finding | _Against:
    """ISO 28560-3, straight and reversed."""
    failures: list[tuple[TagError, int, Order]] = []
    for place, order in look.places:
        content = look.content(place, order)
        try:
            block = iso28560_3.decode(content)
        except TagError as failure:
            failures.append((failure, place, order))
            continue
        return Finding(
            kind=_kind(block.usage),
            accepted=True,
            model=ISO28560_3,
            number=block.number,
            owner=block.owner,
            usage=block.usage,
            part=block.part,
            parts=block.parts,
            secured=look.secured,
            uid_identifies=look.fixed,
            place=place,
            turned=order is Order.REVERSED,
            candidates=((block.number, ISO28560_3), *look.own),
            reasons=(*look.reasons, *about_block(block, place, order), *about_extensions(content)),
        )
    likely = [failure for failure in failures if failure[0].looks_alike or failure[0].problem is Problem.NO_NUMBER]
    if not likely:
        return _Against(ISO28560_3, f"It is no ISO 28560-3 tag: {failures[0][0]}.")
    wrong, place, order = next((failure for failure in likely if failure[0].usage is not None), likely[0])
    return _against(ISO28560_3, "an ISO 28560-3 tag", wrong, place, order)


def _try_objects(look: _Look) -> Finding | _Against:
    """ISO 28560-2, which has no checksum: its form must be without fault, and more than a number must speak for it."""
    failures: list[tuple[TagError, int, Order]] = []
    for place, order in look.places:
        try:
            content = iso28560_2.decode(look.content(place, order))
        except TagError as failure:
            failures.append((failure, place, order))
            continue
        if not content.certain:
            alone = TagError(Problem.OTHER_MODEL, "nothing but a number stands in it, which may be chance", number=content.number)
            failures.append((alone, place, order))
            continue
        return Finding(
            kind=Kind.ITEM if content.usage is None else _kind(content.usage),
            accepted=True,
            model=ISO28560_2,
            number=content.number,
            owner=content.owner,
            usage=content.usage,
            qualifier=content.qualifier,
            part=content.part,
            parts=content.parts,
            secured=look.secured,
            uid_identifies=look.fixed,
            place=place,
            turned=order is Order.REVERSED,
            candidates=((content.number, ISO28560_2), *look.own),
            reasons=(*look.reasons, *about_content(content, place, order)),
        )
    likely = next((failure for failure in failures if failure[0].looks_alike or failure[0].number), None)
    if likely is None:
        return _Against(ISO28560_2, f"It is no ISO 28560-2 tag: {failures[0][0]}.")
    return _against(ISO28560_2, "an ISO 28560-2 tag", *likely)


def _try_message(pattern: Pattern[str] | None, look: _Look) -> Finding | _Against:
    """NDEF, which is no library's model: a number is in it only where the configuration says how to find it."""
    try:
        start, end = ndef.locate(look.memory)
        if pattern is None:
            why = f"It carries an NDEF message of {end - start} bytes; no number is looked for in it, because the configuration does not say how."
            return _Against(NDEF, why, other=True)
        message = ndef.decode(look.memory)
    except TagError as failure:
        return _Against(NDEF, f"It carries no NDEF message: {failure}.")
    told = (
        f"It carries an NDEF message with {len(message.texts)} texts, {len(message.addresses)} addresses and {message.others} other records"
    )
    match message.numbers(pattern):
        case (number,) if _presentable(number):
            return Finding(
                kind=Kind.PASS,
                accepted=True,
                model=NDEF,
                number=number,
                uid_identifies=look.fixed,
                candidates=((number, NDEF), *look.own),
                reasons=(*look.reasons, f"{told}; one number in it fits the configured pattern."),
            )
        case ():
            return _Against(NDEF, f"{told}; none of them holds a number that fits the configured pattern.", other=True)
        case numbers:
            why = f"{told}; what fits the configured pattern is not one number, so it is not used."
            return _Against(NDEF, why, tuple(filter(None, numbers)), other=True)


def _try_model(name: str, model: TagModel, look: _Look) -> Finding | _Against:
    """A data model of another package."""
    try:
        reading = model(look.memory, look.uid)
    except TagError as failure:
        return _against(name, f"a tag of the model {name}", failure, 0, Order.STRAIGHT)
    except Exception as failure:  # noqa: BLE001  another's code must not bring the reader down; that it failed is told
        return _Against(name, f"The model {name} failed with {type(failure).__name__}; tell its supplier.")
    if reading is None:
        return _Against(name, f"It is no tag of the model {name}.")
    if not _presentable(reading.number):
        return _Against(name, f"It is a tag of the model {name}, but no readable number stands in it.", usage=reading.usage, written=True)
    return Finding(
        kind=reading.kind,
        accepted=True,
        model=name,
        number=reading.number,
        owner=reading.owner,
        usage=reading.usage,
        part=reading.part,
        parts=reading.parts,
        secured=look.secured,
        uid_identifies=look.fixed,
        candidates=((reading.number, name), *look.own),
        reasons=(*look.reasons, f"It is a tag of the model {name}.", *reading.reasons),
    )


def _not_accepted(look: _Look, against: Sequence[_Against]) -> Finding:
    """What can be said of a tag on which nothing usable was found: the first model whose remains it may be, and why each one was refused."""
    whole = any(attempt.other for attempt in against)
    wrong = None if whole else next((attempt for attempt in against if attempt.written or attempt.damaged), None)
    found = tuple((number, attempt.model) for attempt in against for number in attempt.numbers)
    return Finding(
        kind=Kind.UNKNOWN if wrong is None else _kind(wrong.usage),
        model="" if wrong is None else wrong.model,
        usage=None if wrong is None else wrong.usage,
        damaged=wrong is not None and wrong.damaged,
        uid_identifies=look.fixed,
        place=0 if wrong is None else wrong.place,
        turned=wrong is not None and wrong.turned,
        candidates=(*found, *look.own),
        reasons=(*look.reasons, *(attempt.sentence for attempt in against)),
    )


def _against(model: str, what: str, wrong: TagError, place: int, order: Order) -> _Against:
    """Why a tag is not used though it is of the model or looks like it, or why it is not of the model."""
    written = wrong.problem is Problem.NO_NUMBER
    if written or wrong.looks_alike:
        sentence = f"It {'is' if written else 'looks like'} {what}, but {wrong}; so it is not used."
    else:
        sentence = f"It is not {what}: {wrong}."
    return _Against(
        model=model,
        sentence=sentence,
        numbers=(wrong.number,) if wrong.number else (),
        usage=wrong.usage,
        written=written,
        damaged=wrong.looks_alike and not written,
        place=place,
        turned=order is Order.REVERSED,
    )


def _kind(usage: int | None) -> Kind:
    """What a block says it is on; all that is not a patron card belongs to items."""
    if usage is None:
        return Kind.UNKNOWN
    return Kind.PASS if usage == PATRON_CARD else Kind.ITEM


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


def _presentable(number: object) -> bool:
    """Whether it can be a number: text that is there, in one line."""
    return isinstance(number, str) and bool(number) and number.isprintable() and number == number.strip()


def _blank(memory: bytes, card: StorageCard | None) -> bool:
    """Whether nothing was written; a Type 2 tag has its serial number and locks before page 4."""
    content = memory[_PAGE_4:] if card is not None and card.starts_at_page_4 else memory
    return bool(content) and content in (bytes(len(content)), b"\xff" * len(content))
