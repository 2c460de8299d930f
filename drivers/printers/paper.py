"""What an ESC/POS printer makes of bytes: it answers status, remembers every command, and holds the sheets it has cut. Not for drawing them (picture).

By Epson's "ESC/POS Command Reference", for the commands that receipts use; of the others it knows the length only, so that they are recorded and do
not end up on paper as letters. The simulated printer and the TCP printer of the tests are made of this.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from drivers.contract import Align, Paper
from drivers.printers.form import Cut, Form

_ESC, _GS, _FS, _DLE, _LF = 0x1B, 0x1D, 0x1C, 0x10, 0x0A
_REMEMBERED = 4096  # commands; questions go on for as long as it is on
_LONGEST_CODE = 2331  # bytes: the biggest QR code with error correction M
_FIRST_LETTER = 0x20
_DELETE = 0x7F
_REAL_TIME = re.compile(rb"\x10[\x04\x05\x14].", re.DOTALL)
_LONGEST_REAL_TIME = 8  # bytes after DLE and its second byte
_NAMES = {_ESC: "ESC", _GS: "GS", _FS: "FS", _DLE: "DLE"}

# How many bytes follow the two of the command, where it is not one.
_ARGUMENTS = {
    "ESC @": 0, "ESC 2": 0, "ESC L": 0, "ESC S": 0, "ESC i": 0, "ESC m": 0, "ESC p": 3, "ESC c": 2, "ESC $": 2, "ESC \\": 2, "ESC W": 8,
    "GS L": 2, "GS W": 2, "GS P": 2, "GS $": 2, "GS \\": 2, "GS :": 0, "GS ^": 3, "GS z": 2,
    "FS &": 0, "FS .": 0, "FS p": 2, "FS S": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it came: its name ("ESC E", "GS V", "LF") and the bytes after it."""

    name: str
    arguments: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Style:
    """How letters stand: `wide` and `high` are factors from 1 to 8."""

    bold: bool = False
    wide: int = 1
    high: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line: pieces of text, each in its style. `full` = the text ran over the edge and went on below."""

    pieces: tuple[tuple[str, Style], ...] = field(default=(), repr=False)
    align: Align = Align.LEFT
    full: bool = False

    @property
    def text(self) -> str:
        """The words of the line."""
        return "".join(text for text, _ in self.pieces)


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code, `dots` wide for each of its squares."""

    content: bytes = field(repr=False)
    dots: int
    align: Align

    @property
    def text(self) -> str:
        """What a phone reads."""
        return self.content.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Raster:
    """A picture of `width` bytes of eight dots and `height` dots."""

    width: int
    height: int
    bits: bytes = field(repr=False)
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Sheet:
    """What lies between two cuts."""

    rows: tuple[Row | Code | Raster, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """What a person reads: lines as they stand; a QR code with what it says; a picture says nothing."""
        return self.read({})

    def read(self, words: Mapping[bytes, str]) -> str:
        """The same, for somebody who knows the words in some of the pictures: by their bits."""
        lines: list[str] = []
        for row in self.rows:
            match row:
                case Row():
                    lines.append(row.text.rstrip())
                case Code():
                    lines.append(f"[QR {row.text}]")
                case Raster():
                    lines.append(words.get(row.bits, "[picture]"))
        return "\n".join(lines).strip("\n") + "\n"


class Roll:
    """A printer with a roll of paper in it. `paper`, `cover_open` and `online` may be moved by hand; it prints only while all is well."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.paper = Paper.OK
        self.cover_open = False
        self.online = True
        self.sheets: list[Sheet] = []
        self.commands: deque[Command] = deque(maxlen=_REMEMBERED)
        self._rest = b""
        self._answers = bytearray()
        self._rows: list[Row | Code | Raster] = []
        self._pieces: list[tuple[str, Style]] = []
        self._codec = "cp437"
        self._style = Style()
        self._align = Align.LEFT
        self._code = b""
        self._code_dots = 3

    @property
    def well(self) -> bool:
        """Whether it can print."""
        return self.online and not self.cover_open and self.paper is not Paper.OUT

    def feed(self, data: bytes) -> bytes:
        """Take bytes from the wire, in pieces of any size; gives what the printer answers."""
        self._answers.clear()
        data = self._rest + data
        at = 0
        while at < len(data):
            taken = self._letters(data, at) if _is_letter(data[at]) else self._command(data, at)
            if not taken:
                break
            at += taken
        self._rest = data[at:]
        return bytes(self._answers)

    def hang_up(self) -> None:
        """Forget half a command: the one who was sending it is gone. Where there is no knife, what was printed is torn off now."""
        self._rest = b""
        if self.form.cut is Cut.NONE:
            self._cut(b"")

    def forget(self) -> None:
        """Throw everything away that was printed or is about to be."""
        self.sheets.clear()
        self.commands.clear()
        self._rows.clear()
        self._pieces.clear()
        self._rest = self._code = b""

    def status(self, question: int) -> bytes:
        """Answer DLE EOT 1 (printer), 2 (why it is offline) or 4 (paper), one byte; nothing to other questions."""
        fixed = 0x12
        match question:
            case 1:
                return bytes([fixed | (0 if self.well else 0x08)])
            case 2:
                return bytes([fixed | (0x04 if self.cover_open else 0) | (0x20 if self.paper is Paper.OUT else 0)])
            case 4:
                return bytes([fixed | {Paper.NEAR_END: 0x0C, Paper.OUT: 0x6C}.get(self.paper, 0)])
            case _:
                return b""

    # -- letters ---------------------------------------------------------------------------------------------------------------------------

    def _letters(self, data: bytes, at: int) -> int:
        end = at
        while end < len(data) and _is_letter(data[end]):
            end += 1
        if self.well:
            for letter in data[at:end].decode(self._codec, "replace"):
                self._letter(letter)
        return end - at

    def _letter(self, letter: str) -> None:
        used = sum(len(text) * style.wide for text, style in self._pieces)
        if used + self._style.wide > self.form.columns:
            self._line(full=True)
        if self._pieces and self._pieces[-1][1] == self._style:
            self._pieces[-1] = (self._pieces[-1][0] + letter, self._style)
        else:
            self._pieces.append((letter, self._style))

    def _line(self, *, full: bool = False) -> None:
        if self.well:
            self._rows.append(Row(tuple(self._pieces), self._align, full))
        self._pieces.clear()

    # -- commands --------------------------------------------------------------------------------------------------------------------------

    def _command(self, data: bytes, at: int) -> int:
        """Take one command at `at`; gives its length, 0 where its end has not come yet."""
        first = data[at]
        if first not in _NAMES:
            name = "LF" if first == _LF else f"{first:02X}"
            self.commands.append(Command(name))
            if name == "LF":
                self._line()
            return 1
        if len(data) < at + 2:
            return 0
        name = f"{_NAMES[first]} {chr(data[at + 1])}" if first != _DLE else f"DLE {data[at + 1]:02X}"
        length = _length(name, data, at + 2)
        if length is None or len(data) < at + 2 + length:
            return 0
        arguments = data[at + 2 : at + 2 + length]
        self.commands.append(Command(name, arguments))
        self._obey(name, arguments)
        for found in _REAL_TIME.finditer(arguments):  # printers obey these in the data of other commands too
            self._command(found[0] + bytes(_LONGEST_REAL_TIME), 0)
        return 2 + length

    def _obey(self, name: str, arguments: bytes) -> None:
        known: dict[str, Callable[[bytes], None]] = {
            "ESC @": self._reset,
            "ESC t": self._page,
            "ESC E": lambda a: self._restyle(replace(self._style, bold=bool(a[0] & 1))),
            "GS !": lambda a: self._restyle(replace(self._style, wide=(a[0] >> 4 & 7) + 1, high=(a[0] & 7) + 1)),
            "ESC a": self._lay,
            "ESC d": self._empty,
            "GS (": self._symbol,
            "GS v": self._raster,
            "GS V": self._cut,
            "DLE 04": lambda a: self._answers.extend(self.status(a[0])),
        }
        if name in known:
            known[name](arguments)

    def _reset(self, _: bytes) -> None:
        self._pieces.clear()
        self._codec, self._style, self._align = "cp437", Style(), Align.LEFT

    def _page(self, arguments: bytes) -> None:
        self._codec = self.form.codecs.get(arguments[0], "ascii")

    def _restyle(self, style: Style) -> None:
        self._style = style

    def _lay(self, arguments: bytes) -> None:
        if not self._pieces:  # a printer heeds it at the beginning of a line only
            self._align = Align.CENTER if arguments[0] in b"\x011" else Align.LEFT

    def _empty(self, arguments: bytes) -> None:
        for _ in range(arguments[0]):
            self._line()

    def _symbol(self, arguments: bytes) -> None:
        """GS ( k: pL pH cn fn, then the data; 49 is the kind of code called QR."""
        match arguments[:1], arguments[3:5]:
            case b"k", b"1C" if arguments[5:6]:
                self._code_dots = min(max(arguments[5], 1), 16)
            case b"k", b"1P":
                self._code = arguments[6:] if len(arguments) - 6 <= _LONGEST_CODE else b""
            case b"k", b"1Q" if self.well and self._code:
                self._rows.append(Code(self._code, self._code_dots, self._align))
            case _:
                pass

    def _raster(self, arguments: bytes) -> None:
        width, height = int.from_bytes(arguments[2:4], "little"), int.from_bytes(arguments[4:6], "little")
        if self.well and width and height:
            self._rows.append(Raster(width, height, arguments[6:], self._align))

    def _cut(self, _: bytes) -> None:
        if self._pieces:
            self._line()
        if self._rows:
            self.sheets.append(Sheet(tuple(self._rows)))
            self._rows.clear()


def _is_letter(byte: int) -> bool:
    return byte >= _FIRST_LETTER and byte != _DELETE


def _length(name: str, data: bytes, at: int) -> int | None:
    """Count the bytes that belong to a command after its first two; None where that cannot be said yet."""
    here = data[at:]
    match name:
        case "GS V":
            return (2 if here[0] >= 65 else 1) if here else None  # noqa: PLR2004 - 65 and up carry a feed
        case "ESC (" | "GS (" | "FS (":
            return 3 + int.from_bytes(here[1:3], "little") if len(here) >= 3 else None  # noqa: PLR2004 - which, and two bytes of length
        case "GS 8":
            return 5 + int.from_bytes(here[1:5], "little") if len(here) >= 5 else None  # noqa: PLR2004 - which, and four bytes of length
        case "GS v":
            return 6 + int.from_bytes(here[2:4], "little") * int.from_bytes(here[4:6], "little") if len(here) >= 6 else None  # noqa: PLR2004 - header
        case "ESC *":
            return 3 + int.from_bytes(here[1:3], "little") * (3 if here[0] >= 32 else 1) if len(here) >= 3 else None  # noqa: PLR2004 - mode, two of width
        case "GS *":
            return 2 + here[0] * here[1] * 8 if len(here) >= 2 else None  # noqa: PLR2004 - width and height
        case "GS k" if here and here[0] >= 65:  # noqa: PLR2004 - 65 and up carry their length
            return 2 + here[1] if len(here) >= 2 else None  # noqa: PLR2004 - kind and length
        case "GS k" | "ESC D":
            end = data.find(0, at + (name == "GS k"))
            return None if end < 0 else end + 1 - at
        case "DLE 14":
            return {1: 3, 8: 8}.get(here[0], 3) if here else None
        case "DLE 04" if here and here[0] in b"\x07\x08\x12":
            return 2
        case _:
            return _ARGUMENTS.get(name, 1)
