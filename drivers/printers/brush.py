"""Draws words of other scripts as dots, for printers that have no letters for them: Arabic, Cyrillic, Greek, Hebrew, and what else a font here has.

Pillow with Raqm joins the letters and puts them in the right order (bidi); without it nothing is drawn. Not for the letters that a printer has
(letters), nor for pictures of paper (picture).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

from drivers.contract import Align, Size
from drivers.printers.dots import Dots, harmless
from drivers.printers.letters import JOINERS, UNKNOWN, tidy

MOST_LINES = 6  # of one text, as many as of text in letters
_LETTER = 24  # dots: makes capitals as high as those of the printer's own font
_LINE = 30  # dots from line to line; what stands out above or below is cut off, so that heaped accents cannot print a metre of paper
_BASE = 23  # dots from the top of a line to where letters stand
_BETWEEN = 12  # dots between the two texts of a pair
_STROKE = 0.5  # dots that bold is thicker on each side
_ELLIPSIS = "…"
_RIGHT_TO_LEFT, _LEFT_TO_RIGHT = {"R", "AL"}, {"L"}
_NOTHING = "\uffff"  # is no letter, so every font shows its "missing" sign for it
_REMEMBERED = 4096


class Brush:
    """Draws on paper `dots` wide with the first of `fonts` that has all the letters. Used from one thread at a time."""

    def __init__(self, dots: int, fonts: Sequence[Path]) -> None:
        self._dots = dots
        self._fonts = tuple(_Font(path) for path in fonts)

    def text(self, text: str, *, bold: bool = False, size: Size = Size.NORMAL, align: Align = Align.LEFT) -> tuple[Dots, ...]:
        """Draw words, wrapped to the paper's width; words that begin in a script from right to left stand at the right edge."""
        text = tidy(text)
        font = self._font(text)
        if font is None:
            return ()
        hand = _Hand(font, 2 if size is Size.LARGE else 1, bold=bold)
        leftwards = _leftwards(text)
        at_right = leftwards and align is Align.LEFT
        return tuple(
            hand.draw([_Piece(line, leftwards=leftwards, at_right=at_right)], self._dots if at_right else min(hand.width(line), self._dots))
            for line in hand.wrap(text, self._dots)
        )

    def pair(self, left: str, right: str, *, bold: bool = False) -> tuple[Dots, ...]:
        """Draw two texts, one at each edge; where the first reads from right to left, it stands at the right and the other one at the left."""
        left, right = tidy(left), tidy(right)
        font = self._font(left + right)
        if font is None:
            return ()
        hand = _Hand(font, 1, bold=bold)
        mirrored, other = _leftwards(left), _leftwards(right)
        beside = hand.width(right)
        if beside > self._dots // 2 and hand.width(left) + _BETWEEN + beside > self._dots:
            above = [_Piece(line, leftwards=mirrored, at_right=mirrored) for line in hand.wrap(left, self._dots)] if left else []
            below = [_Piece(line, leftwards=other, at_right=not mirrored) for line in hand.wrap(right, self._dots)]
            return tuple(hand.draw([piece], self._dots) for piece in (*above, *below))
        first, *rest = hand.wrap(left, self._dots - beside - _BETWEEN if right else self._dots)
        both = [_Piece(first, leftwards=mirrored, at_right=mirrored), _Piece(right, leftwards=other, at_right=not mirrored)]
        below = [_Piece(line, leftwards=mirrored, at_right=mirrored) for line in rest]
        return tuple(hand.draw(pieces, self._dots) for pieces in (both, *([piece] for piece in below)))

    def _font(self, text: str) -> _Font | None:
        return next((font for font in self._fonts if font.writes(text)), None)


def brush(dots: int, fonts: Sequence[Path]) -> Brush | None:
    """Give a brush; None where Pillow cannot join letters (it was built without Raqm) or no font is there."""
    return Brush(dots, fonts) if fonts and features.check("raqm") else None


class _Font:
    """One font file; knows which letters it has."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._plain = ImageFont.truetype(path, _LETTER, layout_engine=ImageFont.Layout.BASIC)
        self._missing = self._look(_NOTHING)
        self._known: dict[str, bool] = {}
        self._sizes: dict[int, ImageFont.FreeTypeFont] = {}

    def sized(self, scale: int) -> ImageFont.FreeTypeFont:
        if scale not in self._sizes:
            self._sizes[scale] = ImageFont.truetype(self.path, _LETTER * scale, layout_engine=ImageFont.Layout.RAQM)
        return self._sizes[scale]

    def writes(self, text: str) -> bool:
        """Whether it has all the letters; other signs can be done without."""
        return all(self.has(sign) for sign in text if unicodedata.category(sign)[0] in "LM")

    def has(self, sign: str) -> bool:
        if sign not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[sign] = sign == " " or sign in JOINERS or self._look(sign) != self._missing
        return self._known[sign]

    def _look(self, sign: str) -> tuple[tuple[int, int], bytes]:
        """Pillow does not say which letters a font has; but what is missing always looks the same."""
        mask = self._plain.getmask(sign, mode="L")
        return mask.size, bytes(mask)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words on a line: the way they read, and the edge where they stand."""

    text: str
    leftwards: bool
    at_right: bool


class _Hand:
    """Writes with one font in one size and weight."""

    def __init__(self, font: _Font, scale: int, *, bold: bool) -> None:
        self._font, self._scale = font, scale
        self._sized = font.sized(scale)
        self._stroke = _STROKE * scale if bold else 0.0

    def width(self, text: str) -> int:
        """Measure, in dots. Which way it reads makes no difference to that."""
        return int(self._sized.getlength(self._written(text)) + 2 * self._stroke) + 1 if text else 0

    def wrap(self, text: str, room: int) -> list[str]:
        """Break at spaces into at least one and at most `MOST_LINES` lines; a word longer than a line is cut, and what is left out is dotted."""
        lines: list[str] = []
        line = ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if self.width(longer) <= room:
                line = longer
                continue
            if line:
                lines.append(line)
            rest = word
            while len(lines) <= MOST_LINES and self.width(rest) > room:
                cut = self._fitting(rest, room)
                lines.append(rest[:cut])
                rest = rest[cut:]
            line = rest
            if len(lines) > MOST_LINES:
                break
        lines.append(line)
        if len(lines) > MOST_LINES:
            lines = lines[:MOST_LINES]
            last = lines[-1]
            while last and self.width(last + _ELLIPSIS) > room:
                last = last[:-1]
            lines[-1] = last.rstrip() + _ELLIPSIS
        return lines

    def draw(self, pieces: Sequence[_Piece], width: int) -> Dots:
        """Draw one line, `width` dots wide."""
        width = (width + 7) // 8 * 8
        picture = Image.new("1", (width, _LINE * self._scale), 0)
        pen = ImageDraw.Draw(picture)
        for piece in pieces:
            left = width - self.width(piece.text) if piece.at_right else 0
            pen.text(
                (left + self._stroke, _BASE * self._scale),
                self._written(piece.text),
                font=self._sized,
                fill=1,
                anchor="ls",
                direction="rtl" if piece.leftwards else "ltr",
                stroke_width=self._stroke,
            )
        seen = " ".join(self._written(piece.text) for piece in pieces if piece.text)
        return Dots(width // 8, picture.height, harmless(picture.tobytes()), seen)

    def _fitting(self, word: str, room: int) -> int:
        """Count the letters of a word that fit, at least one, an accent with its letter."""
        most = min(len(word), room)  # letters without any width end somewhere too
        cut = max(1, bisect_right(range(1, most + 1), room, key=lambda count: self.width(word[:count])))
        while cut > 1 and cut < len(word) and unicodedata.category(word[cut]).startswith("M"):
            cut -= 1
        return cut

    def _written(self, text: str) -> str:
        return "".join(sign if self._font.has(sign) else UNKNOWN for sign in text)


def _leftwards(text: str) -> bool:
    """Whether a text reads from right to left: as its first letter does (Unicode's bidirectional algorithm, rules P2 and P3)."""
    for sign in text:
        way = unicodedata.bidirectional(sign)
        if way in _RIGHT_TO_LEFT:
            return True
        if way in _LEFT_TO_RIGHT:
            return False
    return False
