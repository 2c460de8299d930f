"""Finds the texts and addresses (URI) that an NFC tag carries. Not for saying that one of them is a pass number: a text is no library's data model.

The message stands in a TLV of type 03, from page 4 of a Type 2 tag on, or behind the capability container of a Type 5 tag (4 or 8 bytes from E1 or E2 on).
Source: NFC Forum Type 2 and Type 5 Tag specifications. The records are taken apart by ndeflib, which is loaded when the
first message is decoded; that takes some 30 ms once.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from itertools import islice
from re import Pattern
from typing import Any, Final

from drivers.tags.problems import Problem, TagError

MOST_RECORDS: Final = 8
LONGEST_TEXT: Final = 512

_NULL, _LOCK, _MEMORY, _MESSAGE, _PROPRIETARY = 0x00, 0x01, 0x02, 0x03, 0xFD
_LONG_LENGTH = 0xFF
_PAGE_4 = 16
_CONTAINERS = {0xE1: 4, 0xE2: 8}
_TEXT, _ADDRESS = "urn:nfc:wkt:T", "urn:nfc:wkt:U"


@dataclass(frozen=True, slots=True)
class Message:
    """What stands in the first message of a tag; `start` and `end` are the bytes of it in the memory."""

    texts: tuple[str, ...] = field(default=(), repr=False)
    addresses: tuple[str, ...] = field(default=(), repr=False)
    others: int = 0
    start: int = 0
    end: int = 0

    def numbers(self, pattern: Pattern[str]) -> tuple[str, ...]:
        """What the pattern finds in the texts and addresses, each once: its first group, or all of it where it has none."""
        hits = (pattern.search(text[:LONGEST_TEXT]) for text in self.texts + self.addresses)
        return tuple(dict.fromkeys(hit[1 if pattern.groups else 0] or "" for hit in hits if hit is not None))


def decode(memory: bytes) -> Message:
    """Read the first message of a tag's memory, from block 0 on. Raises TagError where there is none, or where it is cut off or broken."""
    start, end = locate(memory)
    texts, addresses, others = [], [], 0
    for record in _records(memory[start:end]):
        match record.type:
            case "urn:nfc:wkt:T":
                texts.append(str(record.text))
            case "urn:nfc:wkt:U":
                addresses.append(str(record.iri))
            case _:
                others += 1
    return Message(tuple(texts), tuple(addresses), others, start, end)


def encode(message: bytes, memory_before: bytes = b"\xe1\x40\x08\x01") -> bytes:
    """A Type 5 memory (or, with the first 16 bytes given, a Type 2 memory) that carries the message, in blocks of four. Raises ValueError if it is too long."""
    if len(message) >= _LONG_LENGTH:
        raise ValueError(f"a message of {len(message)} bytes does not fit on the tags that this is for")
    whole = memory_before + bytes((_MESSAGE, len(message))) + message + b"\xfe"
    return whole.ljust(len(whole) + -len(whole) % 4, b"\0")


def locate(memory: bytes) -> tuple[int, int]:
    """The bytes between which the first message stands; nothing is loaded for that. Raises TagError where there is none, or where it is cut off."""
    place = _CONTAINERS.get(memory[0], 0) if len(memory) > 1 and memory[1] >> 6 == 1 else 0
    if not place:
        place = _PAGE_4
        if len(memory) <= place or memory[12] != 0xE1:  # noqa: PLR2004  the magic number in the capability container, page 3
            raise TagError(Problem.OTHER_MODEL, "it has no capability container of an NFC tag")
    while place < len(memory) and (kind := memory[place]) in (_NULL, _LOCK, _MEMORY, _MESSAGE, _PROPRIETARY):
        if kind == _NULL:
            place += 1
            continue
        length, start = memory[place + 1 : place + 2], place + 2
        if length and length[0] == _LONG_LENGTH:
            length, start = memory[place + 2 : place + 4], place + 4
        end = start + int.from_bytes(length, "big")
        if kind == _MESSAGE:
            if not length or end > len(memory):
                raise TagError(Problem.SHORT, "its message goes on behind the bytes that were read")
            return start, end
        place = end
    raise TagError(Problem.OTHER_MODEL, "no message stands on it")


def _records(message: bytes) -> list[Any]:
    """The records, texts and addresses taken apart. Raises TagError."""
    library: Any = importlib.import_module("ndef")
    known = {_TEXT: library.TextRecord, _ADDRESS: library.UriRecord}
    try:
        return list(islice(library.message_decoder(message, known_types=known), MOST_RECORDS))
    # The library has errors of its own and lets some of Python's through; none of them says more than that the message is broken.
    except (library.DecodeError, ValueError, LookupError, TypeError, AssertionError) as error:
        raise TagError(Problem.MALFORMED, "its message is broken") from error
