"""Reads and writes the basic block of ISO 28560-3, the Danish data model DS/INF 163-1. Not for the extension blocks behind it
(extension), nor for ISO 28560-2.

The block is 34 bytes; a tag of 32 bytes holds all but the last two, which then count as 00 in the CRC:

    0      content parameter (always 1) and type of usage, a nibble each; writers disagree which comes first, so the nibble that is 1 decides
    1, 2   number of parts, ordinal of this part; 0 where not used
    3-18   number of the pass or item, text, padded with 00
    19-20  CRC, low byte first: CRC-16/CCITT-FALSE over bytes 0-18 and 21-33
    21-33  owner: country (two letters), then the ISIL without its hyphen, padded with 00

Some writers store the bytes of each block of four the other way round; the CRC tells. Source: ISO 28560-3:2014, and the vectors in the tests.
"""

from __future__ import annotations

import re
import string
from binascii import crc_hqx
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from drivers.tags.problems import Problem, TagError
from drivers.tags.usage import CIRCULATING_ITEM, PATRON_CARD, USAGES

__all__ = ["CIRCULATING_ITEM", "PATRON_CARD", "SHORTEST", "SIZE", "Block", "Order", "crc", "decode", "encode", "turn_round"]

SIZE: Final = 34
SHORTEST: Final = 29

_PARTS, _PART, _NUMBER, _CRC, _OWNER = 1, 2, slice(3, 19), slice(19, 21), slice(21, SIZE)
_OWNER_FORM = re.compile(r"([A-Za-z]{2})([0-9A-Za-z:/-]{1,11})")
_ALNUM = (string.digits + string.ascii_letters).encode()
_FEWEST_SIGNS, _FEWEST_LETTERS, _MOST_PARTS = 2, 4, 0xFF


class Order(StrEnum):
    """Which way round the bytes of each block of four stand."""

    STRAIGHT = "straight"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Block:
    """One basic block. `owner` is an ISIL with its hyphen, empty where none is stored; `owner_cut`: it fills a short block and may have been longer.

    `usage_first` tells the two ways of writing byte 0 apart: 0x81 (usage first) from 0x18.
    """

    number: str = field(repr=False)
    owner: str = ""
    usage: int = CIRCULATING_ITEM
    part: int = 1
    parts: int = 1
    usage_first: bool = False
    owner_cut: bool = False


def decode(memory: bytes, order: Order = Order.STRAIGHT) -> Block:
    """Read the block at the start of a tag's memory, 29 bytes or more. Raises TagError; a block with a wrong CRC is never returned."""
    data = (memory if order is Order.STRAIGHT else turn_round(memory))[:SIZE]
    usage, number = _usage(data), _text(data[_NUMBER])
    if len(data) < SHORTEST:
        why = f"{len(data)} bytes were read and a block needs {SHORTEST}"
        raise TagError(Problem.SHORT, why, looks_alike=_looks_alike(data), usage=usage, number=number)
    if usage is None:
        why = f"neither half of the first byte, {data[0]:02X}, is 1"
        raise TagError(Problem.OTHER_MODEL, why, looks_alike=_looks_alike(data))
    stored, right = int.from_bytes(data[_CRC], "little"), crc(data)
    if stored != right:
        why = f"its CRC is {stored:04X} and the content gives {right:04X}"
        raise TagError(Problem.BAD_CRC, why, looks_alike=_looks_alike(data), usage=usage, number=number)
    if not number:
        raise TagError(Problem.NO_NUMBER, "no readable number stands in it", looks_alike=False, usage=usage)
    # Some writers swap the two bytes; a part can never be above the number of parts, so the larger one is that number.
    part, parts = sorted((data[_PART] or 1, data[_PARTS] or 1))
    owner = data[_OWNER].partition(b"\0")[0]
    cut = len(data) < SIZE and len(owner) == len(data) - _OWNER.start
    return Block(number, _isil(owner), usage, part, parts, data[0] >> 4 != 1, cut)


def encode(block: Block, size: int = SIZE) -> bytes:
    """Write the block as `size` bytes, 29 to 34; the end of an owner that does not fit is left out, as the standard does.

    Raises ValueError where a field is empty, too long or out of range.
    """
    number = block.number.encode()
    if not block.number.isprintable() or block.number != block.number.strip() or not 1 <= len(number) <= _NUMBER.stop - _NUMBER.start:
        raise ValueError("the number must be 1 to 16 bytes of printable text")
    if block.usage not in range(16) or not 1 <= block.part <= block.parts <= _MOST_PARTS:
        raise ValueError(f"usage {block.usage}, part {block.part} of {block.parts} cannot be written")
    if size not in range(SHORTEST, SIZE + 1):
        raise ValueError(f"a block has {SHORTEST} to {SIZE} bytes, not {size}")
    owner = block.owner.replace("-", "", 1) if block.owner[2:3] == "-" else block.owner
    if owner and not _OWNER_FORM.fullmatch(owner):
        raise ValueError("the owner must be an ISIL of two letters, a hyphen and at most eleven letters, digits, ':', '/' or '-'")
    first = block.usage << 4 | 1 if block.usage_first else 1 << 4 | block.usage
    head = bytes((first, block.parts, block.part)) + number.ljust(16, b"\0")
    data = (head + bytes(2) + owner.encode().ljust(13, b"\0"))[:size]
    return data[: _CRC.start] + crc(data).to_bytes(2, "little") + data[_CRC.stop :]


def crc(data: bytes) -> int:
    """The checksum that belongs to a block; what is missing at its end counts as 00."""
    return crc_hqx((data[: _CRC.start] + data[_CRC.stop : SIZE]).ljust(SIZE - 2, b"\0"), 0xFFFF)


def turn_round(memory: bytes) -> bytes:
    """The memory with the bytes of each block of four reversed; an unfinished block at the end is left out."""
    whole = len(memory) - len(memory) % 4
    turned = bytearray(whole)
    for byte in range(4):
        turned[byte::4] = memory[3 - byte : whole : 4]
    return bytes(turned)


def _usage(data: bytes) -> int | None:
    """The type of usage: the nibble beside the content parameter, which is the one that equals 1."""
    high, low = divmod(data[0], 16) if data else (0, 0)
    if high == 1:
        return low
    return high if low == 1 else None


def _text(stored: bytes) -> str:
    """Text padded with 00, or nothing where it is not printable or goes on after its end."""
    try:
        text = stored.rstrip(b"\0").decode().strip()
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""


def _isil(stored: bytes) -> str:
    """The owner as an ISIL, or nothing where it has not the form of one."""
    found = _OWNER_FORM.fullmatch(stored.decode("ascii", "replace"))
    return f"{found[1]}-{found[2]}" if found else ""


def _looks_alike(data: bytes) -> bool:
    """Whether these may be the remains of a block: two of a known usage, a number of letters and digits (three in four at least), a country in capitals."""
    written = data[_NUMBER].replace(b"\0", b"")
    letters = len(written) - len(written.translate(None, _ALNUM))
    country = data[21:23]
    signs = (
        _usage(data) in USAGES,
        letters >= _FEWEST_LETTERS and letters * 4 >= len(written) * 3,
        len(country) == 2 and country.isalpha() and country.isupper(),  # noqa: PLR2004  ISO 3166-1 alpha-2
    )
    return sum(signs) >= _FEWEST_SIGNS and signs[1]
