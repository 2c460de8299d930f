"""The ways in which ISO/IEC 15962 packs a text into few bits. Bits and characters only; not for what the text means (iso28560_2).

Strict, because no checksum stands behind them: pad bits must be those of the standard, so that bytes which were never packed are not taken for text.
Proven on published vectors: integer, numeric, 5-, 6- and 7-bit, octets and UTF-8. `best` follows the order of the standard as public writers apply it.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from drivers.tags.problems import Problem, TagError


class Compaction(IntEnum):
    """How a text is packed; the numbers are those of the precursor byte."""

    APPLICATION = 0
    INTEGER = 1
    NUMERIC = 2
    FIVE_BIT = 3
    SIX_BIT = 4
    SEVEN_BIT = 5
    OCTETS = 6
    UTF8 = 7


SMALLEST_INTEGER: Final = 10
BIGGEST_INTEGER: Final = 9_999_999_999_999_999_999

_DIGITS = "0123456789"
_MOST_DIGITS = 19
_LONGEST_INTEGER = 8
_FIVE_BIT, _SIX_BIT, _SEVEN_BIT = range(0x41, 0x60), range(0x20, 0x60), range(0x7F)
_FEWEST_FIVE, _FEWEST_SIX, _FEWEST_SEVEN = 3, 4, 8
_MORE_THAN_TWO_LEFT = (1, 2)
_SPACE, _DELETE = 0x20, 0x7F


def expand(compaction: Compaction, data: bytes) -> str:
    """Unpack. Raises TagError where the bytes are not what the compaction makes; application-defined bytes are for the caller, here they are hex digits."""
    match compaction:
        case Compaction.APPLICATION:
            return data.hex()
        case Compaction.INTEGER:
            return _expand_integer(data)
        case Compaction.NUMERIC:
            digits = data.hex()
            digits = digits.removesuffix("f")
            if not digits.isdecimal():
                raise _malformed("a numeric value has other digits than 0 to 9")
            return digits
        case Compaction.FIVE_BIT:
            return _expand_five(data)
        case Compaction.SIX_BIT:
            return _expand_six(data)
        case Compaction.SEVEN_BIT:
            return _expand_seven(data)
        case Compaction.OCTETS:
            return data.decode("latin-1")
        case Compaction.UTF8:
            try:
                return data.decode()
            except UnicodeDecodeError:
                raise _malformed("a text in UTF-8 is none") from None


def compact(compaction: Compaction, text: str) -> bytes:
    """Pack. Raises ValueError where the compaction cannot hold the text; application-defined bytes are given as hex digits."""
    match compaction:
        case Compaction.APPLICATION:
            return bytes.fromhex(text)
        case Compaction.INTEGER if _is_integer(text):
            value = int(text)
            return value.to_bytes((value.bit_length() + 7) // 8, "big")
        case Compaction.NUMERIC if _is_numeric(text):
            return bytes.fromhex(text + "f" * (len(text) % 2))
        case Compaction.FIVE_BIT if _holds(text, _FIVE_BIT):
            return _pack([ord(sign) & 0x1F for sign in text], 5, 0)
        case Compaction.SIX_BIT if _holds(text, _SIX_BIT) and not _ends_like_padding(text):
            return _pack([ord(sign) & 0x3F for sign in text], 6, 0b100000)
        case Compaction.SEVEN_BIT if _holds(text, _SEVEN_BIT):
            return _pack([ord(sign) for sign in text], 7, 0b1111111)
        case Compaction.OCTETS:
            return text.encode("latin-1")
        case Compaction.UTF8:
            return text.encode()
        case _:
            raise ValueError(f"a value cannot be written as {compaction.name.lower()}")


def best(text: str) -> Compaction:
    """The compaction that the standard picks for a text."""
    if _is_integer(text):
        return Compaction.INTEGER
    if _is_numeric(text):
        return Compaction.NUMERIC
    if len(text) >= _FEWEST_FIVE and _holds(text, _FIVE_BIT):
        return Compaction.FIVE_BIT
    if len(text) >= _FEWEST_SIX and _holds(text, _SIX_BIT) and not _ends_like_padding(text):
        return Compaction.SIX_BIT
    if len(text) >= _FEWEST_SEVEN and _holds(text, _SEVEN_BIT):
        return Compaction.SEVEN_BIT
    return Compaction.OCTETS if _holds(text, range(0x100)) else Compaction.UTF8


def _expand_integer(data: bytes) -> str:
    value = int.from_bytes(data[: _LONGEST_INTEGER + 1], "big")
    if not data or not data[0] or len(data) > _LONGEST_INTEGER or not SMALLEST_INTEGER <= value <= BIGGEST_INTEGER:
        raise _malformed(f"an integer of {len(data)} bytes is not one that the standard would write")
    return str(value)


def _expand_five(data: bytes) -> str:
    codes, rest, missing = _codes(data, 5)
    # A whole code of padding is there only where it and what is left over are less than a byte.
    if codes and not codes[-1] and missing not in _MORE_THAN_TWO_LEFT:
        codes.pop()
    if rest or 0 in codes:
        raise _malformed("a 5-bit text is not filled up with 0 bits")
    return "".join(chr(code | 0x40) for code in codes)


def _expand_six(data: bytes) -> str:
    codes, rest, missing = _codes(data, 6)
    if rest != 0b100000 >> missing if missing else False:
        raise _malformed("a 6-bit text is not filled up with the bits 100000")
    if len(codes) % 4 == 0 and codes and codes[-1] == _SPACE:
        codes.pop()
    return "".join(chr(code if code >= _SPACE else code | 0x40) for code in codes)


def _expand_seven(data: bytes) -> str:
    codes, rest, missing = _codes(data, 7)
    if len(codes) % 8 == 0 and codes and codes[-1] == _DELETE:
        codes.pop()
    if (missing and rest != _DELETE >> missing) or _DELETE in codes:
        raise _malformed("a 7-bit text is not filled up with 1 bits")
    return "".join(map(chr, codes))


def _codes(data: bytes, width: int) -> tuple[list[int], int, int]:
    """The whole codes of `width` bits, the bits left over as a number, and how many bits these lack to be a code (0 if none are left over)."""
    bits, value = len(data) * 8, int.from_bytes(data, "big")
    left = bits % width
    mask = (1 << width) - 1
    codes = [value >> shift & mask for shift in range(bits - width, left - 1, -width)]
    return codes, value & ((1 << left) - 1), width - left if left else 0


def _pack(codes: list[int], width: int, padding: int) -> bytes:
    """The codes one behind the other, filled up to whole bytes with the first bits of `padding`."""
    value = 0
    for code in codes:
        value = value << width | code
    bits = len(codes) * width
    lack = -bits % 8
    filler = padding >> (width - lack) if lack <= width else padding << (lack - width)
    return (value << lack | filler).to_bytes((bits + lack) // 8, "big")


def _is_numeric(text: str) -> bool:
    return bool(text) and not text.strip(_DIGITS)


def _is_integer(text: str) -> bool:
    return _is_numeric(text) and len(text) <= _MOST_DIGITS and text[0] != "0" and int(text) >= SMALLEST_INTEGER


def _holds(text: str, codes: range) -> bool:
    return all(ord(sign) in codes for sign in text)


def _ends_like_padding(text: str) -> bool:
    """Whether a space at the end would be taken for padding when the 6-bit text is read."""
    return len(text) % 4 == 0 and text.endswith(" ")


def _malformed(why: str) -> TagError:
    return TagError(Problem.MALFORMED, why)
