"""The way in which ISO 28560-2 packs an ISIL: tables of five and four bits with shifts between them. Not for looking up libraries by their ISIL.

Reading begins in the table of capitals. A latch changes the table until the next one, a shift for one character; the last byte is filled up with 1 bits.
Proven on the ISILs of two published tags. The writer looks for the fewest bits, as the standard leaves the choice of shifts to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from drivers.tags.problems import Problem, TagError

FORM: Final = re.compile(r"[A-Za-z0-9]{1,4}-[A-Za-z0-9:/-]{1,11}")
"""ISO 15511: a country or another prefix, a hyphen, and what the agency chose."""

_CAPITALS, _SMALL, _NUMBERS = "-ABCDEFGHIJKLMNOPQRSTUVWXYZ:", "-abcdefghijklmnopqrstuvwxyz/", "0123456789-:"
_WIDTHS: Final = {_CAPITALS: 5, _SMALL: 5, _NUMBERS: 4}
# Table -> code -> the table it leads to, and whether for one character only.
_SWITCHES: Final = {
    _CAPITALS: {28: (_SMALL, False), 29: (_SMALL, True), 30: (_NUMBERS, False), 31: (_NUMBERS, True)},
    _SMALL: {28: (_CAPITALS, False), 29: (_CAPITALS, True), 30: (_NUMBERS, False), 31: (_NUMBERS, True)},
    _NUMBERS: {12: (_CAPITALS, False), 13: (_CAPITALS, True), 14: (_SMALL, False), 15: (_SMALL, True)},
}

_Codes = tuple[tuple[int, int], ...]


def unpack(data: bytes) -> str:
    """The text. Raises TagError where what is left at the end is no padding."""
    bits, value = len(data) * 8, int.from_bytes(data, "big")
    latched, shifted, text = _CAPITALS, "", ""
    while True:
        table = shifted or latched
        width = _WIDTHS[table]
        if bits < width:
            break
        bits -= width
        code = value >> bits & ((1 << width) - 1)
        shifted = ""
        if code < len(table):
            text += table[code]
            continue
        other, once = _SWITCHES[table][code]
        shifted, latched = (other, latched) if once else ("", other)
    if value & ((1 << bits) - 1) != (1 << bits) - 1:
        raise TagError(Problem.MALFORMED, "a packed ISIL is not filled up with 1 bits")
    return text


def pack(text: str) -> bytes:
    """The text in as few bits as can be, and of two ways of equal length the one with fewer latches. Raises ValueError for a character in no table."""
    ways: dict[str, tuple[int, int, _Codes]] = {_CAPITALS: (0, 0, ())}
    for sign in text:
        following: dict[str, tuple[int, int, _Codes]] = {}
        for table, (bits, latches, codes) in ways.items():
            for then, added in _steps(table, sign):
                way = (bits + sum(width for width, _ in added), latches + (then != table), codes + added)
                if then not in following or way < following[then]:
                    following[then] = way
        if not following:
            raise ValueError("an ISIL has letters, digits, '-', ':' and '/' only")
        ways = following
    bits, _, codes = min(ways.values())
    value = 0
    for width, code in codes:
        value = value << width | code
    lack = -bits % 8
    return (value << lack | (1 << lack) - 1).to_bytes((bits + lack) // 8, "big")


def _steps(table: str, sign: str) -> Iterator[tuple[str, _Codes]]:
    """The ways to write a character: the table in which one is then, and the codes (width, code)."""
    if sign in table:
        yield table, ((_WIDTHS[table], table.index(sign)),)
    for switch, (other, once) in _SWITCHES[table].items():
        if sign in other:
            yield (table if once else other), ((_WIDTHS[table], switch), (_WIDTHS[other], other.index(sign)))
