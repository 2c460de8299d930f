"""Sets type: turns a text, a way of setting and the room there is into `Words`; and page units into pixels.

Not for arranging them (cards, screens).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.ui.lettering import PROSE_CHARACTERS, TITLE_CHARACTERS, Lettering, plain
from kiosk.ui.pieces import Align, Words
from kiosk.ui.tokens import Colour, Theme, Type

_SHRINK: Final = 0.88


class Setter:
    """One theme at one scale: `scale` pixels for each page unit."""

    def __init__(self, lettering: Lettering, theme: Theme, scale: float) -> None:
        self._lettering = lettering
        self.theme = theme
        self.scale = scale

    def px(self, units: float) -> int:
        """Page units as whole pixels."""
        return round(units * self.scale)

    def text(
        self, text: str, kind: Type, room: int, colour: Colour, *, most: int = 2, align: Align = Align.LEFT, prose: bool = False
    ) -> Words | None:
        """A text in at most `most` lines of `room` pixels, at (0, 0); None when nothing of it can be shown.

        Where `kind` may shrink, it does so until the text stands in `most` lines with no word broken. `prose` is a text of ours, which may be longer.
        """
        shown = plain(text, PROSE_CHARACTERS if prose else TITLE_CHARACTERS)
        if not shown:
            return None
        size = self._fitting(shown, kind, room, most)
        lines = self._lettering.lines(shown, size, kind.weight, room, most, balanced=kind.balanced)
        return Words(0, 0, room, lines, size, round(size * kind.pitch), kind.weight, colour, align)

    def natural_width(self, text: str, kind: Type) -> int:
        """How wide a text is on one line, in pixels."""
        shown = plain(text)
        return self._lettering.width(shown, self._size(kind.size), kind.weight)

    def natural_width_of(self, words: Words) -> int:
        """How wide the widest of laid out lines is, in pixels."""
        return max(self._lettering.width(line, words.size, words.weight) for line in words.lines)

    def _size(self, units: float) -> int:
        return max(1, round(units * self.theme.text_scale * self.scale))

    def _fitting(self, text: str, kind: Type, room: int, most: int) -> int:
        size = self._size(kind.size)
        if not kind.smallest:
            return size
        smallest = self._size(kind.smallest)
        while size > smallest and not self._fits(text, size, kind, room, most):
            size = max(smallest, int(size * _SHRINK))
        return size

    def _fits(self, text: str, size: int, kind: Type, room: int, most: int) -> bool:
        if self._lettering.breaks_words(text, size, kind.weight, room):
            return False
        return len(self._lettering.lines(text, size, kind.weight, room, most + 1)) <= most


class Stack:
    """Words one below the other; `y` is where the next goes."""

    def __init__(self, x: int = 0, y: int = 0) -> None:
        self.x = x
        self.y = y
        self.words: list[Words] = []

    def add(self, words: Words | None, before: int = 0) -> None:
        """Puts words below the last, `before` pixels lower unless they are the first."""
        if words is None:
            return
        top = self.y + (before if self.words else 0)
        self.words.append(replace(words, x=self.x, y=top))
        self.y = top + words.h
