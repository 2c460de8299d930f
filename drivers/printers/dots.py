"""Pictures in dots, as a printer takes them: black or white, row by row. Not for drawing them (brush, logo, squares)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from drivers.contract import Align, Size

# Epson's printers obey DLE EOT, DLE ENQ and DLE DC4 wherever the bytes turn up, in the middle of a picture too ("Command Reference", notes on the
# real-time commands). One dot more in the first byte makes them something else, and nobody sees it.
_REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
_DOT = 0x08


@dataclass(frozen=True, slots=True)
class Dots:
    """A picture of `width` bytes of eight dots and `height` dots, one bit for a black dot, the left one first; `text` is what a person reads in it."""

    width: int
    height: int
    bits: bytes = field(repr=False)
    text: str = field(default="", repr=False)


class Drawing(Protocol):
    """Draws words that the printer has no letters for: at most six pictures below each other, none where it cannot (no font has the letters)."""

    def text(self, text: str, *, bold: bool = False, size: Size = Size.NORMAL, align: Align = Align.LEFT) -> tuple[Dots, ...]:
        """Draw words, wrapped to the paper's width."""

    def pair(self, left: str, right: str, *, bold: bool = False) -> tuple[Dots, ...]:
        """Draw two texts, one at each edge of the paper."""


def harmless(bits: bytes) -> bytes:
    """Take everything out of a picture that a printer would obey, by a dot here and there."""
    for command in _REAL_TIME:
        bits = bits.replace(command, bytes([command[0] | _DOT, command[1]]))
    return bits
