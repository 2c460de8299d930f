"""The roll of paper: what comes out of bytes, and what it looks like."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from drivers.contract import Align, Paper, Qr, Size, Text
from drivers.printers.encode import Encoder
from drivers.printers.form import form
from drivers.printers.paper import Code, Command, Raster, Roll, Row, Sheet, Style
from drivers.printers.picture import draw


def _roll(data: bytes) -> Roll:
    roll = Roll(form())
    roll.feed(data)
    return roll


@given(some.binary(max_size=400))
def test_a_roll_takes_any_bytes_in_any_pieces(data: bytes) -> None:
    """No bytes make it fail, and it makes the same of them whole or one by one."""
    whole, pieces = Roll(form()), Roll(form())
    answer = whole.feed(data)
    assert b"".join(pieces.feed(data[at : at + 1]) for at in range(len(data))) == answer
    assert (pieces.sheets, pieces.commands) == (whole.sheets, whole.commands)


_fragments = some.binary(max_size=12) | some.sampled_from(
    [
        b"\x1b@", b"\x1d!\x77", b"\x1d!\x20", b"\x1bE\x01", b"\x1ba1", b"\x1bd\x03", b"\x1bt\x25", b"tekst", b"\n", b"\x1d(k\x02\x001C", b"\x1d(k\x03\x001C\x00",
        b"\x1d(k\x08\x001P0vijf!", b"\x1d(k\xff\x0f1P0" + b"\xff" * 4092, b"\x1d(k\x03\x001Q0", b"\x1dv0\x00\x00\x00\x02\x00",
        b"\x1dv0\x00\x01\x00\x02\x00ab",
    ]
)  # fmt: skip


@settings(deadline=None, max_examples=50)
@given(some.lists(_fragments, max_size=12))
def test_whatever_is_on_a_sheet_can_be_read_and_drawn(fragments: list[bytes]) -> None:
    """Any mixture of commands gives sheets with a text and a picture."""
    for sheet in _roll(b"".join(fragments) + b"\n\x1dV\x00").sheets:
        assert sheet.text.endswith("\n")
        assert draw(sheet, form()).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (b"\x1bp\x00\x19\x19", "ESC p"),
        (b"\x1b*\x21\x02\x00abcdef", "ESC *"),
        (b"\x1b(A\x02\x00ab", "ESC ("),
        (b"\x1b$ab", "ESC $"),
        (b"\x1bDabc\x00", "ESC D"),
        (b"\x1dkEabc\x00"[:3] + b"\x03abc", "GS k"),
        (b"\x1dk\x04abc\x00", "GS k"),
        (b"\x1dh\x50", "GS h"),
        (b"\x1dLab", "GS L"),
        (b"\x1d*\x01\x01abcdefgh", "GS *"),
        (b"\x1d8L\x02\x00\x00\x00ab", "GS 8"),
        (b"\x1c.", "FS ."),
        (b"\x1cpab", "FS p"),
        (b"\x10\x14\x01\x00\x01", "DLE 14"),
        (b"\x10\x05\x01", "DLE 05"),
        (b"\x07", "07"),
    ],
)
def test_commands_that_it_does_not_follow_are_remembered_whole(command: bytes, name: str) -> None:
    """Other commands of ESC/POS are taken with all their bytes, so that none of these end up on paper."""
    roll = _roll(b"voor " + command + b"na\n\x1dV\x00")
    assert [sheet.text for sheet in roll.sheets] == ["voor na\n"]
    assert [known.name for known in roll.commands] == [name, "LF", "GS V"]


def test_a_command_shows_no_data_in_its_repr() -> None:
    """What stands on a guest's paper is in no repr of commands and pictures."""
    row = Row((("abc", Style()),))
    for thing in (Command("GS (", b"abc"), Raster(1, 3, b"abc"), Code(b"abc", 3, Align.LEFT), row, Sheet((row,))):
        assert "abc" not in repr(thing)


def test_a_line_that_is_too_long_goes_on_below_and_is_known() -> None:
    """The edge of the paper wraps letters, and the row says so."""
    rows = _roll(b"x" * 50 + b"\n\x1dV\x00").sheets[0].rows
    assert rows == (Row((("x" * 42, Style()),), full=True), Row((("x" * 8, Style()),)))


def test_style_and_place_are_followed() -> None:
    """Bold, size and centring are part of what is printed, until they are switched off or reset."""
    rows = _roll(b"\x1ba\x01\x1bE\x01\x1d!\x11A\x1bE\x00B\n\x1b@C\n\x1dV\x00").sheets[0].rows
    assert rows == (Row((("A", Style(bold=True, wide=2, high=2)), ("B", Style(wide=2, high=2))), Align.CENTER), Row((("C", Style()),)))


def test_page_numbers_mean_what_the_profile_says() -> None:
    """The same byte is another letter on another page."""
    assert _roll(b"\x1bt\x13\xd5\x1bt\x10\x80\x1bt\x00\x82\n\x1dV\x00").sheets[0].text == "€€é\n"


def test_status_is_answered_and_nothing_is_printed_while_it_cannot() -> None:
    """Questions are answered by the roll, the cover and the switch; bytes that come meanwhile leave no ink."""
    roll = Roll(form())
    assert roll.feed(b"\x10\x04\x01\x10\x04\x02\x10\x04\x04\x10\x04\x03") == b"\x12\x12\x12"
    roll.paper, roll.cover_open = Paper.OUT, True
    assert roll.feed(b"weg\n\x10\x04\x01\x10\x04\x02\x10\x04\x04") == b"\x1a\x36\x7e"
    roll.paper, roll.cover_open = Paper.NEAR_END, False
    assert roll.feed(b"\x10\x04\x01\x10\x04\x04daar\n\x1dV\x00") == b"\x12\x1e"
    assert [sheet.text for sheet in roll.sheets] == ["daar\n"]


def test_commands_of_the_moment_are_obeyed_in_pictures_too() -> None:
    """DLE EOT in the data of another command is answered, and remembered: a driver must not let a picture ask."""
    roll = Roll(form())
    assert roll.feed(b"\x1dv0\x00\x03\x00\x01\x00\x10\x04\x01ja\n") == b"\x12"
    assert [command.name for command in roll.commands] == ["GS v", "DLE 04", "LF"]


def test_paper_without_a_knife_is_torn_off() -> None:
    """Where there is no knife a person tears the paper off when the sender has gone."""
    roll = Roll(form("POS-5890", 58))
    roll.feed(Encoder(roll.form).encode([Text("gescheurd")]))
    assert not roll.sheets
    roll.hang_up()
    assert [sheet.text for sheet in roll.sheets] == ["gescheurd\n"]


def test_forgetting_leaves_nothing() -> None:
    """After forget() neither sheets nor half a line of anybody are left."""
    roll = _roll(b"\x1d(k\x06\x001P0abceerste\n\x1dV\x00tweede\nhalf \x1b")
    roll.forget()
    assert roll.feed(b"derde\n\x1d(k\x03\x001Q0\x1dV\x00") == b""
    assert [sheet.text for sheet in roll.sheets] == ["derde\n"]


def _shades(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("L")


@pytest.mark.parametrize(("profile", "width_mm"), [("default", 80), ("default", 58), ("POS-5890", 58), ("TM-T20II", 80)])
def test_a_code_on_paper_can_be_scanned(profile: str, width_mm: int) -> None:
    """A QR code, drawn by the printer or for it, small or long, is read back from the picture."""
    printer = form(profile, width_mm)
    for data in ("https://bibliotheek.example/l/1", "x" * 390):
        roll = Roll(printer)
        roll.feed(Encoder(printer).encode([Text("boven"), Qr(data), Text("onder")]) + b"\x1dV\x00")
        assert [code.text for code in zxingcpp.read_barcodes(_shades(draw(roll.sheets[0], printer)))] == [data]


def _ink(picture: Image.Image) -> tuple[int, int, int, int]:
    box = picture.crop((40, 40, picture.width - 40, picture.height - 40)).point(lambda shade: 255 * (shade < 120)).getbbox()
    assert box is not None
    return box


def _ink_of(text: Text) -> tuple[int, int, int, int]:
    roll = Roll(form())
    roll.feed(Encoder(form()).encode([text]))
    return _ink(_shades(draw(roll.sheets[0], form())))


def test_the_picture_has_the_measures_of_the_paper() -> None:
    """80 mm of paper is 640 dots wide, 58 mm 464, with a table around."""
    sheet = Sheet((Row((("a", Style()),)),))
    assert _shades(draw(sheet, form(width_mm=80))).width == 640 + 32
    assert _shades(draw(sheet, form(width_mm=58))).width == 464 + 32


def test_large_is_twice_as_big_and_the_middle_is_the_middle() -> None:
    """Large letters are twice as wide and high; centred text has the same room on both sides."""
    small, large = _ink_of(Text("HHHH")), _ink_of(Text("HHHH", size=Size.LARGE))
    assert (large[2] - large[0]) / (small[2] - small[0]) == pytest.approx(2, abs=0.15)
    assert (large[3] - large[1]) / (small[3] - small[1]) == pytest.approx(2, abs=0.15)
    left, _, right, _ = _ink_of(Text("HHHH", align=Align.CENTER))
    assert left == pytest.approx(640 + 32 - 80 - right, abs=2)


def test_bold_has_more_ink() -> None:
    """Bold letters are darker."""

    def dark(*, bold: bool) -> int:
        roll = Roll(form())
        roll.feed(Encoder(form()).encode([Text("Bibliotheek", bold=bold)]))
        return sum(_shades(draw(roll.sheets[0], form())).histogram()[:100])

    assert dark(bold=True) > 1.15 * dark(bold=False)


def test_wide_and_high_letters_a_picture_and_unknown_letters_are_drawn() -> None:
    """Letters stretched one way, pictures, blocks and letters that no font has leave ink and do not fail."""
    style = Style(wide=2, high=1)
    rows = (
        Row((("Wat ", style), ("░█─?", Style(wide=1, high=3, bold=True)))),
        Row(),
        Raster(2, 8, b"\xff\x00" * 8),
        Code(b"a", 3, Align.LEFT),
    )
    left, top, right, bottom = _ink(_shades(draw(Sheet(rows), form())))
    assert right - left > 100
    assert bottom - top > 100


def test_without_kivy_the_paper_is_drawn_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Kivy's fonts are not there Pillow's own font serves."""
    printer = form()
    monkeypatch.setattr("drivers.printers.fonts.importlib.util.find_spec", lambda _: None)
    _ink(_shades(draw(Sheet((Row((("Leesbaar", Style()),)),)), printer)))
