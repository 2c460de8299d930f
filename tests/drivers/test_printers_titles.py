"""Random titles with every control byte in them, read by an interpreter that knows nothing but the layout: no title is ever a command."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from drivers.contract import Line, Pair, Qr, Size, Text
from drivers.printers.brush import brush
from drivers.printers.encode import MOST_LINES, Encoder
from drivers.printers.fonts import for_other_scripts
from drivers.printers.form import Cut, Form, form

TITLES = 5_000  # the bench reads a hundred thousand
_PER_RECEIPT = 10
_CONTROLS = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    "\u2028",
    "\u2029",
    "\u200b",
    "\u202e",
    "\u2066",
    "\ufeff",
    "\ud800",
    "\udfff",
]
_COMMANDS = ["\x1b@", "\x1bp\x00\x19\xfa", "\x1dV\x00", "\x1d(A\x02\x00\x00\x02", "\x10\x04\x01", "\x10\x05\x02", "\x10\x14\x01\x00\x01", "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", "\x1cp\x01\x00", "\x1dv0\x00\xff\xff\xff\xff", "\x1b=\x02", "\x18\x18", "\x1d:", "\x1b&\x03"]  # fmt: skip
_LATIN = "abcdefgh ijklmno pqrstuvwxyz ABC ëéïûâêôúìàç€ 0123456789 [size=20]{}#$@\\~|^ şğıŁĐøœ “”„…–"
_OTHER = "ЖжЇїґёя αβγΩ سلام عربي ١٢ שלום 日本語한글 👍🏽🇳🇱 ก้ำ हिन्दी"
_OTHERS_ARE = 0.15  # of all pieces; drawing takes a hundred times as long as writing


def titles(count: int, seed: int) -> Iterator[str]:
    """Titles in which every control character and many commands come by, among letters of all kinds."""
    dice = random.Random(seed)
    for number in range(count):
        pieces: list[str] = [_CONTROLS[number % len(_CONTROLS)]]
        for _ in range(dice.randrange(12)):
            chance = dice.random()
            if chance < _OTHERS_ARE / 4:
                pieces.append("".join(dice.choices(_OTHER, k=dice.randrange(1, 9))))
            elif chance < 0.3:
                pieces.append(dice.choice(_CONTROLS))
            elif chance < 0.4:
                pieces.append(dice.choice(_COMMANDS))
            elif chance < 0.45:
                pieces.append(chr(dice.choice((dice.randrange(0x300), dice.randrange(0x370), dice.randrange(0xD800, 0xE000)))))
            else:
                pieces.append("".join(dice.choices(_LATIN, k=dice.randrange(1, 25))))
        dice.shuffle(pieces)
        yield "".join(pieces)


def layout(titles_of_one: list[str], dice: random.Random) -> list[Line]:
    """A receipt of such titles, in every place where a title can stand."""
    return [
        dice.choice(
            (Text(title), Text(title, bold=True), Text(title, size=Size.LARGE), Pair(title, "1-1"), Pair("Titel", title), Qr(title))
        )
        if dice.random() < 0.3
        else Text(title)
        for title in titles_of_one
    ]


class NotInTheLayout(Exception):
    """A command that no layout asks for, or one that is not whole."""


def read(data: bytes, printer: Form) -> list[str]:
    """Read a receipt strictly: the names of its commands in order. Raises NotInTheLayout for anything else.

    Written for this test alone, by Epson's command reference, so that it shares no mistake with the printer that shows paper.
    """
    fixed = {b"\x1b@": 0, b"\x1bR": 1, b"\x1bt": 1, b"\x1bE": 1, b"\x1ba": 1, b"\x1bd": 1, b"\x1d!": 1, b"\x1dV": 2}
    allowed = {
        b"\x1bR": {0},
        b"\x1bt": set() if printer.page is None else {printer.page},
        b"\x1bE": {0, 1},
        b"\x1ba": {0, 1},
        b"\x1bd": set(range(1, 11)),
        b"\x1d!": {0, 0x11},
    }
    names: list[str] = []
    at = 0
    while at < len(data):
        byte, command = data[at], data[at : at + 2]
        if byte == 0x0A:
            names.append("LF")
            at += 1
        elif byte >= 0x20 and byte != 0x7F:
            at += 1
        elif command in fixed:
            arguments = data[at + 2 : at + 2 + fixed[command]]
            if len(arguments) != fixed[command] or (command in allowed and arguments[0] not in allowed[command]):
                raise NotInTheLayout(f"{command!r} with {arguments!r} at {at}")
            names.append(command[1:].decode())
            at += 2 + fixed[command]
        elif data[at : at + 4] == b"\x1dv0\x00":
            size = int.from_bytes(data[at + 4 : at + 6], "little") * int.from_bytes(data[at + 6 : at + 8], "little")
            bits = data[at + 8 : at + 8 + size]
            if len(bits) != size or any(b"\x10" + way in bits for way in (b"\x04", b"\x05", b"\x14")):
                raise NotInTheLayout(f"a picture that is no picture at {at}")
            names.append("v0")
            at += 8 + size
        elif data[at : at + 3] == b"\x1d(k" and printer.qr:
            size = int.from_bytes(data[at + 3 : at + 5], "little")
            content = data[at + 5 : at + 5 + size]
            if content[:1] != b"1" or content[1:2] not in {b"A", b"C", b"E", b"P", b"Q"} or len(content) != size:
                raise NotInTheLayout(f"a code that is no QR code at {at}")
            if content[1:2] == b"P" and any(sign < 0x20 or sign == 0x7F for sign in content[3:]):
                raise NotInTheLayout(f"a control byte in a QR code at {at}")
            names.append("QR")
            at += 5 + size
        else:
            raise NotInTheLayout(f"{command!r} at {at}")
    return names


def check(count: int, printer: Form, seed: int = 1) -> int:
    """Print so many titles and read them back; the number of those drawn as pictures. Raises NotInTheLayout, AssertionError."""
    dice = random.Random(seed)
    encoder = Encoder(printer, brush(printer.dots, for_other_scripts()))
    batch: list[str] = []
    drawn = 0
    for title in titles(count, seed):
        batch.append(title)
        if len(batch) == _PER_RECEIPT:
            names = read(encoder.encode(layout(batch, dice)), printer)
            assert names.count("@") == names.count("R") == 1
            assert names.count("t") == (printer.page is not None)
            assert names.count("V") == (printer.cut is not Cut.NONE)
            assert names.count("LF") + names.count("v0") <= _PER_RECEIPT * 2 * MOST_LINES
            drawn += names.count("v0")
            batch.clear()
    return drawn


@pytest.mark.parametrize(("profile", "width_mm", "share"), [("default", 80, 0.6), ("POS-5890", 58, 0.3), ("TM-U220", 80, 0.1)])
def test_random_titles_hold_no_command(profile: str, width_mm: int, share: float) -> None:
    """Titles with every control byte and every dangerous command in them print as words, or as pictures of words, whatever the printer."""
    assert check(int(TITLES * share), form(profile, width_mm)) > 0


@pytest.mark.parametrize(
    "data",
    [b"\x1b@a\x10\x04\x01", b"a\x1bp\x00\x19\xfa", b"\x00", b"\x7f", b"\x1dV", b"\x1b!\x30", b"\x1dv0\x00\x01\x00\x02\x00\x10\x04", b"\x1d(k\x05\x001P0\x10\x04", b"\x1d(A\x02\x00\x00\x02", b"\x1bt\x01", b"\x1dv0\x00\x01\x00\x02\x00a"],
)  # fmt: skip
def test_the_interpreter_sees_commands(data: bytes) -> None:
    """What a title must never become is seen: the check can fail."""
    with pytest.raises(NotInTheLayout):
        read(data, form())
