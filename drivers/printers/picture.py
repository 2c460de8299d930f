"""Draws a sheet of paper as a person would hold it in his hand. For the tray, the demo and tests; not for printing, where the printer has its own letters."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from drivers.contract import Align
from drivers.printers.fonts import of_kivy
from drivers.printers.form import Form
from drivers.printers.paper import Code, Raster, Row, Sheet, Style
from drivers.printers.squares import squares

_DOTS_PER_MM = 8  # 203 dpi, as most receipt printers have
_PRINTABLE = {80: 576, 58: 384}  # dots, by millimetres of paper
_LINE = 30  # dots from line to line: one sixth of an inch
_LETTER = 24
_HEAD, _FOOT = 40, 48
_AROUND = 16  # of table, around the paper
_TABLE, _EDGE, _WHITE, _INK = 214, 196, 253, 28
_TOOTH = 8
_QUIET = 4  # empty squares that a QR code needs around it
_FONT, _FONT_OF_LINES = "RobotoMono-Regular.ttf", "DejaVuSans.ttf"
_DRAWN = range(0x2500, 0x25A1)  # lines and blocks, which the monospaced font lacks
_STRAIGHT = {"\u2500", "\u2550"}


def draw(sheet: Sheet, form: Form) -> bytes:
    """Draw a sheet as PNG: grey scale, eight dots to the millimetre, the paper on a light grey table."""
    pen = _Pen(form)
    heights = [pen.height(row) for row in sheet.rows]
    paper = Image.new("L", (form.width_mm * _DOTS_PER_MM, _HEAD + sum(heights) + _FOOT), _WHITE)
    top = _HEAD
    for row, height in zip(sheet.rows, heights, strict=True):
        pen.put(paper, row, top)
        top += height
    picture = _on_table(paper)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


class _Pen:
    """Puts rows on paper."""

    def __init__(self, form: Form) -> None:
        self._cell = _PRINTABLE[form.width_mm] // form.columns
        self._width = self._cell * form.columns
        self._left = (form.width_mm * _DOTS_PER_MM - self._width) // 2
        self._fonts: dict[tuple[str, int], ImageFont.FreeTypeFont | ImageFont.ImageFont] = {}

    def height(self, row: Row | Code | Raster) -> int:
        match row:
            case Row():
                return max(_LINE, *(_LETTER * style.high + _LINE - _LETTER for _, style in row.pieces)) if row.pieces else _LINE
            case Code():
                return (len(squares(row.content)) + 2 * _QUIET) * row.dots
            case Raster():
                return row.height

    def put(self, paper: Image.Image, row: Row | Code | Raster, top: int) -> None:
        match row:
            case Row():
                wide = sum(len(text) * style.wide for text, style in row.pieces) * self._cell
                self._write(paper, row, (self._start(wide, row.align), top))
            case Code():
                dark = squares(row.content)
                side = len(dark) * row.dots
                code = Image.new("L", (len(dark), len(dark)))
                code.putdata([_INK if is_dark else _WHITE for line in dark for is_dark in line])
                paper.paste(code.resize((side, side), Image.Resampling.NEAREST), (self._start(side, row.align), top + _QUIET * row.dots))
            case Raster():
                dots = Image.frombytes("1", (row.width * 8, row.height), row.bits)
                paper.paste(_INK, (self._start(row.width * 8, row.align), top), dots)

    def _start(self, width: int, align: Align) -> int:
        return self._left + (max(0, self._width - width) // 2 if align is Align.CENTER else 0)

    def _write(self, paper: Image.Image, row: Row, place: tuple[int, int]) -> None:
        left, top = place
        base = top + max((style.high for _, style in row.pieces), default=1) * _LETTER - 4
        for text, style in row.pieces:
            for letter in text:
                self._letter(paper, letter, style, (left, base))
                left += self._cell * style.wide

    def _letter(self, paper: Image.Image, letter: str, style: Style, place: tuple[int, int]) -> None:
        if letter == " ":
            return
        pen = ImageDraw.Draw(paper)
        left, base = place
        wide, high = self._cell * style.wide, _LETTER * style.high
        if letter in _STRAIGHT:
            middle = base - high // 3
            pen.rectangle((left, middle, left + wide - 1, middle + 1), fill=_INK)
            return
        font = self._font(_FONT_OF_LINES if ord(letter) in _DRAWN else _FONT, self._cell * 5 // 3 * style.high)
        if style.wide == style.high:
            pen.text((left + wide / 2, base), letter, font=font, fill=_INK, anchor="ms", stroke_width=0.5 * style.high if style.bold else 0)
            return
        # Letters stretched one way only are drawn big and pressed into their cell.
        cell = Image.new("L", (self._cell * style.high, high + _LINE - _LETTER), 0)
        ImageDraw.Draw(cell).text(
            (cell.width / 2, high - 4), letter, font=font, fill=255, anchor="ms", stroke_width=0.5 if style.bold else 0
        )
        paper.paste(_INK, (left, base - high + 4), cell.resize((wide, cell.height)))

    def _font(self, name: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
        if (name, size) not in self._fonts:
            self._fonts[name, size] = _load(name, size)
        return self._fonts[name, size]


def _load(name: str, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Load a font that comes with Kivy; Pillow's own font where Kivy is not there."""
    path = of_kivy(name)
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


def _on_table(paper: Image.Image) -> Image.Image:
    """Lay the paper on a table: straight edges at the sides, the teeth of the knife above and below."""
    teeth = range(0, paper.width + _TOOTH, _TOOTH)
    ragged = [(x, (x // _TOOTH % 2) * _TOOTH // 2) for x in teeth]
    outline = [*ragged, *((x, paper.height - 1 - y) for x, y in reversed(ragged))]
    shape = Image.new("L", paper.size, 0)
    ImageDraw.Draw(shape).polygon(outline, fill=255)
    table = Image.new("L", (paper.width + 2 * _AROUND, paper.height + 2 * _AROUND), _TABLE)
    table.paste(_EDGE, (_AROUND + 2, _AROUND + 3), shape)  # a little shade
    table.paste(paper, (_AROUND, _AROUND), shape)
    return table
