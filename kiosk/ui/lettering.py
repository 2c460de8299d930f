"""Text as the screen can show it: made harmless, broken into lines, drawn as a bitmap. Pillow does the shaping (Arabic too), nothing of Kivy is used.

Kivy's own text is not used for three reasons: it has no font fallback, its SDL2 provider sets Arabic in the wrong order, and its Pillow provider lays
out each line several times (0.24 ms a label, 2.4 ms a paragraph; here a line costs 0.1 to 0.35 ms). Right-to-left shaping needs libfribidi0, which
Pillow's wheel loads when it is there.

Not for choosing sizes and places (screens).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from struct import unpack_from
from typing import Final

from PIL import Image, ImageDraw, ImageFont, features

from kiosk.ui.pieces import Words
from kiosk.ui.tokens import Weight

TITLE_CHARACTERS: Final = 200
"""Where a text from outside is cut, before anything looks at it."""
PROSE_CHARACTERS: Final = 600
ELLIPSIS: Final = "…"
_SMALL: Final = 28
"""Pixels; text smaller than this is drawn finer, and scaled down."""
_FINE: Final = 2
_MARKS_IN_A_ROW: Final = 2
_SEGMENTS: Final = 4
"""The format of a table of characters in segments."""
_END_MARK: Final = 0xFFFF
_SENTENCE_END: Final = re.compile(r"(?<=[.!?]) ")
_JOINERS: Final = frozenset("\u200c\u200d")
_CENTRE_ABOVE_BASELINE: Final = 0.334
"""Half the height of a capital, in ems: capitals stand in the middle of their line."""
_FILES: Final = {Weight.REGULAR: "Regular", Weight.MEDIUM: "Medium", Weight.SEMIBOLD: "SemiBold", Weight.BOLD: "Bold"}


def plain(text: str, most: int = TITLE_CHARACTERS) -> str:
    """A text that cannot do harm on a screen: at most `most` characters on one line.

    Lone surrogates become U+FFFD; control and format characters (bidirectional overrides too) go; every kind of white space is one space;
    of a heap of combining marks two stay.
    """
    kept: list[str] = []
    marks = 0
    for character in text[: most * 2]:
        category = unicodedata.category(character)
        if category.startswith("Z") or character in "\t\n\r\v\f\x85":
            if kept and kept[-1] != " ":
                kept.append(" ")
            continue
        if category == "Cs":
            kept.append("\ufffd")
        elif category == "Mn":
            marks += 1
            if marks <= _MARKS_IN_A_ROW:
                kept.append(character)
            continue
        elif character in _JOINERS or not category.startswith("C"):
            kept.append(character)
        marks = 0
    whole = "".join(kept).strip()
    if len(whole) > most or (len(text) > most * 2 and whole):
        return whole[: most - 1].rstrip() + ELLIPSIS
    return whole


def right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is of a script that runs to the left."""
    for character in text:
        match unicodedata.bidirectional(character):
            case "R" | "AL":
                return True
            case "L":
                return False
            case _:
                continue
    return False


@dataclass(frozen=True, slots=True)
class Bitmap:
    """Lines drawn: brightness and opacity, two bytes a pixel, top line first; `pad` pixels on every side are there for what leans out."""

    w: int
    h: int
    pad: int
    data: bytes


@dataclass(frozen=True, slots=True)
class _Face:
    """A font opened `fine` times as large as it is asked for: Pillow puts each letter on a whole pixel, which tears small words apart."""

    font: ImageFont.FreeTypeFont
    fine: int

    def length(self, text: str) -> float:
        """How wide a line is, in pixels."""
        return self.font.getlength(text) / self.fine


class Lettering:
    """The typeface at hand. Keeps the opened fonts, never a text.

    Raises:
        OSError: a font file is missing or broken.
    """

    def __init__(self, folder: Path = Path(__file__).parent / "fonts") -> None:
        self._folder = folder
        self._faces: dict[tuple[Path, int], _Face] = {}
        self._covered = covered_characters((folder / "AtkinsonHyperlegibleNext-Regular.ttf").read_bytes())
        self._wide = _dejavu()
        self._shapes = features.check_feature("raqm")

    def width(self, text: str, size: int, weight: Weight) -> int:
        """How wide a line is, in pixels."""
        return round(self._face(text, size, weight).length(text)) if text else 0

    def lines(self, text: str, size: int, weight: Weight, room: int, most: int, *, balanced: bool = False) -> tuple[str, ...]:
        """A harmless text broken into at most `most` lines of `room` pixels; what does not fit ends in an ellipsis.

        `balanced` lines are about equally long, as a heading likes them.
        """
        if not text:
            return ()
        face = self._face(text, size, weight)
        if balanced and (sentences := _by_sentence(text, face, room, most)):
            return sentences
        words = [(word, face.length(word)) for word in text.split(" ")]
        broken = _break(words, face, room)
        if len(broken) > most:
            return (*broken[: most - 1], self._cut(" ".join(broken[most - 1 :]), face, room))
        if balanced and len(broken) > 1:
            low, high = max(room // 2, ceil(max(wide for _, wide in words))), room
            while high - low > size // 4:
                middle = (low + high) // 2
                attempt = _break(words, face, middle)
                if len(attempt) == len(broken):
                    broken, high = attempt, middle
                else:
                    low = middle
        return tuple(broken)

    def breaks_words(self, text: str, size: int, weight: Weight, room: int) -> bool:
        """Whether a single word is wider than the room."""
        face = self._face(text, size, weight)
        return any(face.length(word) > room for word in text.split(" "))

    def draw(self, words: Words) -> Bitmap:
        """The bitmap of laid out lines; as wide as the widest of them."""
        pad = max(2, words.size // 4)
        text = " ".join(words.lines)
        face = self._face(text, words.size, words.weight)
        stroke = words.size / 34 if not self._covered.issuperset(text) and words.weight >= Weight.SEMIBOLD else 0.0
        widths = [round(face.length(line)) for line in words.lines]
        width, height = max(widths) + 2 * pad, words.pitch * len(widths) + 2 * pad
        fine = face.fine
        opacity = Image.new("L", (width * fine, height * fine))
        pen = ImageDraw.Draw(opacity)
        direction = ("rtl" if right_to_left(text) else "ltr") if self._shapes else None
        for number, (line, line_width) in enumerate(zip(words.lines, widths, strict=True)):
            x = pad + words.align.indent(width - 2 * pad - line_width)
            y = pad + number * words.pitch + words.pitch / 2 + _CENTRE_ABOVE_BASELINE * words.size
            at = (x * fine, round(y * fine))
            pen.text(at, line, fill=255, font=face.font, anchor="ls", direction=direction, stroke_width=stroke * fine)
        if fine > 1:
            opacity = opacity.reduce(fine)
        return Bitmap(width, height, pad, Image.merge("LA", (Image.new("L", opacity.size, 255), opacity)).tobytes())

    def _cut(self, text: str, face: _Face, room: int) -> str:
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if face.length(text[:middle].rstrip() + ELLIPSIS) <= room:
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + ELLIPSIS

    def _face(self, text: str, size: int, weight: Weight) -> _Face:
        """Ours where it has every character of the text, else DejaVu Sans: one text is never set in two faces."""
        ours = self._covered.issuperset(text)
        path = self._folder / f"AtkinsonHyperlegibleNext-{_FILES[weight]}.ttf" if ours else self._wide
        if (path, size) not in self._faces:
            fine = _FINE if size < _SMALL else 1
            self._faces[path, size] = _Face(ImageFont.truetype(path, size * fine), fine)
        return self._faces[path, size]


def _break(words: list[tuple[str, float]], face: _Face, room: int) -> list[str]:
    """Lines of words, each given with its width; a word wider than the room is broken anywhere."""
    space = face.length(" ")
    lines: list[str] = []
    line, used = "", 0.0
    for word, width in words:
        if line and used + space + width <= room:
            line, used = f"{line} {word}", used + space + width
            continue
        if line:
            lines.append(line)
        line, used = word, width
        if width > room:
            *full, line = _chop(word, face, room)
            lines.extend(full)
            used = face.length(line)
    return [*lines, line]


def _by_sentence(text: str, face: _Face, room: int, most: int) -> tuple[str, ...]:
    """One line for each sentence, if there are several and each of them fits on one."""
    parts = _SENTENCE_END.split(text)
    fits = 1 < len(parts) <= most and all(face.length(part) <= room for part in parts)
    return tuple(parts) if fits else ()


def _chop(word: str, face: _Face, room: int) -> Iterator[str]:
    """A word in parts that fit; at least one character each."""
    part = ""
    for character in word:
        if part and face.length(part + character) > room:
            yield part
            part = ""
        part += character
    yield part


def _dejavu() -> Path:
    """DejaVu Sans as Kivy's wheel carries it; found without importing Kivy, which would read the command line."""
    spec = find_spec("kivy")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("Kivy is not installed: the screen needs it, and the font DejaVu Sans that comes with it.")
    return Path(spec.origin).parent / "data" / "fonts" / "DejaVuSans.ttf"


def covered_characters(font: bytes) -> frozenset[str]:
    """The characters a TrueType font has a glyph for, of its Unicode `cmap` subtable of format 4 (OpenType 1.9, "cmap").

    Raises:
        ValueError: the font has no such table.
    """
    tables = {font[at : at + 4]: unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * unpack_from(">H", font, 4)[0], 16)}
    cmap = tables.get(b"cmap")
    if cmap is None:
        raise ValueError("The font has no table of characters.")
    for record in range(cmap + 4, cmap + 4 + 8 * unpack_from(">H", font, cmap + 2)[0], 8):
        start = cmap + unpack_from(">I", font, record + 4)[0]
        if unpack_from(">H", font, start)[0] == _SEGMENTS:
            count = unpack_from(">H", font, start + 6)[0] // 2
            ends = unpack_from(f">{count}H", font, start + 14)
            starts = unpack_from(f">{count}H", font, start + 16 + 2 * count)
            return frozenset(
                chr(code) for first, last in zip(starts, ends, strict=True) for code in range(first, last + 1) if code != _END_MARK
            )
    raise ValueError("The font has no Unicode table of format 4.")
