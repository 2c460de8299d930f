"""Turns lines of the contract into ESC/POS bytes. Pure; not for sending them, nor for what a receipt says.

Commands by Epson's "ESC/POS Command Reference"; only those that nearly every printer knows. All text passes `Letters`, so that the only commands in
the bytes are the ones written here. Words of scripts that the page lacks are drawn as pictures, where there is somebody who draws (`Drawing`);
otherwise they are spelled in Latin letters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drivers.contract import Align, Gap, Line, Pair, Qr, Rule, Size, Text
from drivers.printers.dots import Dots, Drawing, harmless
from drivers.printers.form import Cut, Form
from drivers.printers.letters import Letters
from drivers.printers.squares import squares

MOST_LINES = 6  # of one text; a title of ten thousand characters must not print a metre of paper
MOST_GAP = 10
LONGEST_QR = 400  # bytes; more does not fit on narrow paper in dots that a phone can read
_ELLIPSIS = "..."
_RULE = "\u2500"
_QUIET = 4  # empty squares that a QR code needs around it
_FEED_WITHOUT_KNIFE = 5

_RESET = b"\x1b@"
_US_SIGNS = b"\x1bR\x00"  # so that # $ @ [ ] { } print as themselves, whatever the printer's switches say
_BOLD = {False: b"\x1bE\x00", True: b"\x1bE\x01"}
_SIZE = {Size.NORMAL: b"\x1d!\x00", Size.LARGE: b"\x1d!\x11"}
_ALIGN = {Align.LEFT: b"\x1ba\x00", Align.CENTER: b"\x1ba\x01"}


class Encoder:
    """Encodes for one form; `logo` stands above every receipt. Used from one thread at a time."""

    def __init__(self, form: Form, drawing: Drawing | None = None, logo: Dots | None = None) -> None:
        self._form = form
        self._drawing = drawing
        self._logo = logo
        self._letters = Letters(form.codec)
        self._rule = (_RULE if self._letters.has(_RULE) else "-") * form.columns

    def encode(self, lines: Sequence[Line]) -> bytes:
        """Encode one receipt, cut at its end."""
        tape = _Tape(self._form)
        if self._logo is not None:
            tape.raster(self._logo, Align.CENTER)
        for line in lines:
            match line:
                case Text() | Pair() if drawn := self._drawn(line):
                    align = line.align if isinstance(line, Text) else Align.LEFT
                    for dots in drawn:
                        tape.raster(dots, align)
                case Text():
                    columns = self._form.columns if line.size is Size.NORMAL else self._form.columns // 2
                    for part in wrap(self._letters.write(line.text), columns):
                        tape.line(part, bold=line.bold, size=line.size, align=line.align)
                case Pair():
                    for part in self._pair(line):
                        tape.line(part, bold=line.bold)
                case Rule():
                    tape.line(self._rule)
                case Gap():
                    tape.feed(line.lines)
                case Qr():
                    self._qr(tape, line.data)
        return tape.cut()

    def _drawn(self, line: Text | Pair) -> tuple[Dots, ...]:
        """Draw the line where letters would not do; nothing where they do, or where it cannot be drawn."""
        if self._drawing is None:
            return ()
        match line:
            case Text() if self._letters.respells(line.text):
                return self._drawing.text(line.text, bold=line.bold, size=line.size, align=line.align)
            case Pair() if self._letters.respells(line.left) or self._letters.respells(line.right):
                return self._drawing.pair(line.left, line.right, bold=line.bold)
            case _:
                return ()

    def _pair(self, pair: Pair) -> Iterator[str]:
        columns = self._form.columns
        left, right = self._letters.write(pair.left), self._letters.write(pair.right)
        if len(right) > columns // 2 and len(left) + 1 + len(right) > columns:
            yield from wrap(left, columns) if left else ()
            yield from (part.rjust(columns) for part in wrap(right, columns))
            return
        room = columns - len(right) - 1 if right else columns
        first, *rest = wrap(left, room)
        yield (first.ljust(columns - len(right)) + right).rstrip()
        yield from rest

    def _qr(self, tape: _Tape, data: str) -> None:
        """Draw a QR code; data that is too long for one is printed as text.

        No control character goes into the data either: printers look for DLE commands inside other commands' data too.
        """
        content = "".join(sign for sign in data if sign.isprintable()).encode("utf-8", "replace")
        if not content:
            return
        if len(content) > LONGEST_QR:
            for part in wrap(self._letters.write(data), self._form.columns):
                tape.line(part)
            return
        dots = 6 if len(content) <= LONGEST_QR // 4 else 4
        tape.qr(content, dots) if self._form.qr else tape.raster(_squares(content, dots), Align.CENTER)


class _Tape:
    """The bytes of one receipt as they grow; knows which way of writing is on, so that it says only what changes."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._bytes = bytearray(_RESET + _US_SIGNS)
        if form.page is not None:
            self._bytes += b"\x1bt" + bytes([form.page])
        self._bold, self._size, self._align = False, Size.NORMAL, Align.LEFT

    def line(self, text: str, *, bold: bool = False, size: Size = Size.NORMAL, align: Align = Align.LEFT) -> None:
        self._lay(align)
        if bold is not self._bold:
            self._bytes += _BOLD[bold]
            self._bold = bold
        if size is not self._size:
            self._bytes += _SIZE[size]
            self._size = size
        self._bytes += text.encode(self._form.codec) + b"\n"

    def feed(self, lines: int) -> None:
        if lines > 0:
            self._bytes += b"\x1bd" + bytes([min(lines, MOST_GAP)])

    def qr(self, content: bytes, dots: int) -> None:
        self._lay(Align.CENTER)
        stored = len(content) + 3
        self._bytes += b"\x1d(k\x04\x001A2\x00"  # model 2
        self._bytes += b"\x1d(k\x03\x001C" + bytes([dots])
        self._bytes += b"\x1d(k\x03\x001E1"  # error correction M, 15 %
        self._bytes += b"\x1d(k" + stored.to_bytes(2, "little") + b"1P0" + content
        self._bytes += b"\x1d(k\x03\x001Q0"

    def raster(self, dots: Dots, align: Align) -> None:
        """Print a picture (GS v 0)."""
        self._lay(align)
        self._bytes += b"\x1dv0\x00" + dots.width.to_bytes(2, "little") + dots.height.to_bytes(2, "little") + dots.bits

    def cut(self) -> bytes:
        match self._form.cut:
            case Cut.NONE:
                self.feed(_FEED_WITHOUT_KNIFE)
            case Cut.PARTIAL | Cut.FULL as way:
                self._bytes += b"\x1dV" + bytes([way.value, 0])
        return bytes(self._bytes)

    def _lay(self, align: Align) -> None:
        if align is not self._align:
            self._bytes += _ALIGN[align]
            self._align = align


def wrap(text: str, columns: int) -> list[str]:
    """Break a text of single spaces into at least one and at most `MOST_LINES` lines; a word longer than a line is cut, and what is left out is dotted."""
    if len(text) <= columns:
        return [text]
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        rest = word
        if line and len(line) + 1 + len(rest) <= columns:
            line += " " + rest
            continue
        if line:
            lines.append(line)
        while len(rest) > columns:
            lines.append(rest[:columns])
            rest = rest[columns:]
        line = rest
        if len(lines) > MOST_LINES:
            break
    lines.append(line)
    if len(lines) > MOST_LINES:
        lines = lines[:MOST_LINES]
        lines[-1] = lines[-1][: columns - len(_ELLIPSIS)].rstrip() + _ELLIPSIS
    return lines


def _squares(content: bytes, dots: int) -> Dots:
    """Draw the QR code here, for printers that cannot, with the empty edge above and below that it needs; beside it is room enough."""
    rows = squares(content)
    width = (len(rows) * dots + 7) // 8
    edge = bytes(width * dots * _QUIET)
    bits = bytearray(edge)
    for row in rows:
        number = int("".join(("1" if dark else "0") * dots for dark in row).ljust(width * 8, "0"), 2)
        bits += number.to_bytes(width, "big") * dots
    bits += edge
    return Dots(width, len(bits) // width, harmless(bytes(bits)))
