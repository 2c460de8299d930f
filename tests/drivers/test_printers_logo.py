"""The library's logo above every receipt."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from drivers.contract import Align, Text
from drivers.errors import SettingWrong
from drivers.printers.escpos import EscposPrinter
from drivers.printers.form import form
from drivers.printers.logo import HIGHEST, logo
from drivers.printers.paper import Raster, Roll, Row
from drivers.printers.simulated import SimulatedPrinter

_DOTS = form().dots


def _png(folder: Path, picture: Image.Image) -> Path:
    path = folder / "logo.png"
    picture.save(path)
    return path


def _black(bits: bytes) -> int:
    return sum(map(int.bit_count, bits))


def test_a_logo_stands_above_the_first_line_of_every_receipt(tmp_path: Path) -> None:
    """Each receipt begins with the logo, centred; it was read once, when the printer was opened."""
    path = _png(tmp_path, Image.new("L", (64, 40), 0))
    device = tmp_path / "lp0"
    device.touch()
    printer = EscposPrinter(connection="file", path=str(device), logo=path)
    printer.open()
    path.unlink()
    printer.print([Text("een")])
    printer.print([Text("twee")])
    printer.close()
    roll = Roll(form())
    roll.feed(device.read_bytes())
    assert len(roll.sheets) == 2
    for sheet in roll.sheets:
        first, second = sheet.rows
        assert first == Raster(8, 40, b"\xff" * 320, Align.CENTER)
        assert isinstance(second, Row)
        assert second.align is Align.LEFT


@pytest.mark.parametrize(
    ("size", "fits"), [((2000, 400), (504, 100)), ((100, 3200), (16, 320)), ((100, 50), (104, 50)), ((5000, 1), (504, 1))]
)
def test_a_logo_is_made_smaller_but_never_bigger(tmp_path: Path, size: tuple[int, int], fits: tuple[int, int]) -> None:
    """It is no wider than the paper's words and four centimetres high at most; its shape stays."""
    dots = logo(_png(tmp_path, Image.new("L", size, 0)), _DOTS)
    assert (dots.width * 8, dots.height) == fits
    assert dots.height <= HIGHEST


def test_grey_is_dithered_and_transparent_is_white(tmp_path: Path) -> None:
    """Half grey is about half of the dots; where nothing is painted nothing is printed."""
    half = logo(_png(tmp_path, Image.new("L", (80, 80), 128)), _DOTS)
    assert _black(half.bits) == pytest.approx(3200, rel=0.1)
    assert not _black(logo(_png(tmp_path, Image.new("RGBA", (80, 80), (0, 0, 0, 0))), _DOTS).bits)
    assert not _black(logo(_png(tmp_path, Image.new("1", (80, 80), 1)), _DOTS).bits)
    assert _black(logo(_png(tmp_path, Image.new("P", (80, 80))), _DOTS).bits) == 6400


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def _announcing(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", _announcing(10, 10)[:40], _announcing(10, 10), _announcing(9000, 9000), _announcing(10_000, 10_000), _announcing(60_000, 60_000), None],
)  # fmt: skip
def test_a_file_that_is_no_logo_is_a_wrong_setting(tmp_path: Path, content: bytes | None) -> None:
    """Missing, empty, cut off, another kind of file, or a picture of a billion dots: told when the printer is opened, with the file's name."""
    path = tmp_path / "logo.png"
    if content is not None:
        path.write_bytes(content)
    printer = SimulatedPrinter(logo=str(path))
    with pytest.raises(SettingWrong, match=r"logo\.png"):
        printer.open()


def test_another_kind_of_picture_is_not_taken(tmp_path: Path) -> None:
    """Only PNG is read: each further format is a further way to break in."""
    path = tmp_path / "logo.png"
    Image.new("L", (8, 8)).save(path, "BMP")
    with pytest.raises(SettingWrong):
        logo(path, _DOTS)
