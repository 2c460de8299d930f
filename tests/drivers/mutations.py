"""Tags as chance, wear and bad writers leave them: good ones changed at random, always the same for the same seed. For tests, the bench and the fuzzer."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress

from drivers.tags import extension, iso28560_2, iso28560_3, ndef
from drivers.tags.atr import storage_atr
from drivers.tags.finding import Finding, Kind
from drivers.tags.identify import identify
from drivers.tags.iso28560_3 import Order
from drivers.tags.layout import rows
from drivers.tags.problems import TagError
from tests.drivers import library_tags as tags

PAGES_0_TO_3 = bytes.fromhex("04A1B29FC3D4E580 72480000 E1101200")
NUMBER = re.compile(r"\d{4,20}")
ATRS = (b"", storage_atr(0x0B, 0x0014), storage_atr(0x03, 0x0003), storage_atr(0x03, 0x0001), bytes.fromhex("3B80800101"))
UIDS = (b"", bytes.fromhex("E00401505A89BDE3"), PAGES_0_TO_3[:3] + PAGES_0_TO_3[4:8], b"\x08abc")
GOOD = (
    *(tags.ITEM_DE, tags.PASS_RU, tags.ITEM_NO, tags.ITEM_DK, tags.ITEM_DK_EXTENDED, tags.ITEM_FI),
    *(tags.PASS_18, tags.PASS_81, tags.PASS_LONG_OWNER, tags.ITEM_CUT, PAGES_0_TO_3 + tags.PASS_18),
    *(tags.OBJECTS_EXAMPLE, tags.OBJECTS_TITLE, tags.OBJECTS_FI, tags.OBJECTS_PASS, PAGES_0_TO_3 + tags.OBJECTS_PASS),
    bytes.fromhex("E1400801 0318 9101105402656E") + b"29350000036490" + bytes.fromhex("510100 FE 0000"),
    PAGES_0_TO_3 + bytes.fromhex("0310D1010C5504") + b"example.org/" + b"\xfe",
    bytes(64),
)

Tag = tuple[bytes, bytes, bytes]
"""Memory, UID, ATR."""


def mutated(seed: int, count: int) -> Iterator[Tag]:
    """So many tags."""
    chance = random.Random(seed)
    for _ in range(count):
        memory = bytearray(chance.choice(GOOD))
        for _ in range(chance.randint(1, 4)):
            chance.choice(_CHANGES)(memory, chance)
        yield bytes(memory), chance.choice(UIDS), chance.choice(ATRS)


def look_at(memory: bytes, uid: bytes, atr: bytes) -> Finding:
    """Everything that can be done with a tag's bytes. Fails if anything but a TagError comes of it, or if what is said contradicts itself."""
    for codec in (
        iso28560_3.decode,
        lambda data: iso28560_3.decode(data, Order.REVERSED),
        iso28560_2.decode,
        extension.decode,
        ndef.decode,
    ):
        with suppress(TagError):
            codec(memory)
    return told(memory, uid, atr)


def told(memory: bytes, uid: bytes, atr: bytes) -> Finding:
    """The finding, checked: what is accepted has a number and is no damage, and no sentence tells it."""
    finding = identify(memory, uid, atr, ndef_number=NUMBER)
    assert finding.accepted == bool(finding.number)
    assert not (finding.accepted and finding.damaged)
    assert finding.kind in Kind
    assert len(finding.number) < 8 or not any(finding.number in reason for reason in finding.reasons)
    assert sum(len(row.data) for row in rows(memory, finding)) <= len(memory)
    return finding


def _flip(memory: bytearray, chance: random.Random) -> None:
    if memory:
        memory[chance.randrange(len(memory))] ^= 1 << chance.randrange(8)


def _put(memory: bytearray, chance: random.Random) -> None:
    if memory:
        memory[chance.randrange(len(memory))] = chance.choice((0, 1, 0x0F, 0x7F, 0x80, 0xFF, chance.randrange(256)))


def _cut(memory: bytearray, chance: random.Random) -> None:
    del memory[chance.randint(0, len(memory)) :]


def _drop(memory: bytearray, chance: random.Random) -> None:
    start = chance.randint(0, len(memory))
    del memory[start : start + chance.randint(1, 4)]


def _insert(memory: bytearray, chance: random.Random) -> None:
    place = chance.randint(0, len(memory))
    memory[place:place] = chance.randbytes(chance.randint(1, 4))


def _splice(memory: bytearray, chance: random.Random) -> None:
    other = chance.choice(GOOD)
    place = chance.randint(0, len(memory))
    memory[place:] = other[place:]


def _turn(memory: bytearray, chance: random.Random) -> None:
    del chance
    memory[:] = iso28560_3.turn_round(bytes(memory))


def _lengthen(memory: bytearray, chance: random.Random) -> None:
    memory += bytes((chance.randrange(256),)) * chance.choice((1, 30, 600))


_CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _flip,
    _put,
    _put,
    _cut,
    _drop,
    _insert,
    _splice,
    _turn,
    _lengthen,
)
