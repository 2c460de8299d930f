"""Words of scripts that a printer has no letters for: drawn where this machine can, spelled in Latin letters where it cannot."""

from __future__ import annotations

import io
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image, ImageFont, features

from drivers.contract import Align, Line, Pair, Qr, Rule, Size, Text
from drivers.printers.brush import MOST_LINES, Brush, brush
from drivers.printers.dots import Dots, harmless
from drivers.printers.encode import Encoder
from drivers.printers.fonts import for_other_scripts, of_kivy
from drivers.printers.form import form
from drivers.printers.letters import Letters, tidy
from drivers.printers.paper import Raster, Roll, Row
from drivers.printers.simulated import SimulatedPrinter

_DOTS = form().dots
_REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")
_ARABIC, _UKRAINIAN, _GREEK, _HEBREW = "موسم الهجرة إلى الشمال", "Тіні забутих предків", "Παπαδόπουλος", "שלום עולם"


@pytest.fixture(scope="module")
def drawing() -> Brush:
    """A brush with the fonts of this machine."""
    made = brush(_DOTS, for_other_scripts())
    assert made is not None
    return made


def _rows(lines: list[Line], drawing: Brush | None) -> tuple[object, ...]:
    roll = Roll(form())
    roll.feed(Encoder(form(), drawing).encode(lines))
    (sheet,) = roll.sheets
    return sheet.rows


def _picture(dots: Dots) -> Image.Image:
    return Image.frombytes("1", (dots.width * 8, dots.height), dots.bits)


def _ink(dots: Dots) -> tuple[int, int, int, int]:
    box = _picture(dots).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("title", [_ARABIC, _UKRAINIAN, _GREEK, _HEBREW, "Tolstoj / Толстой", "Ёлка", "ﻻ", "Աշուն"])
def test_words_of_another_script_are_a_picture(drawing: Brush, title: str) -> None:
    """Where the page lacks a letter of another script, the whole line is drawn in one go, with its Latin words."""
    (row,) = _rows([Text(title)], drawing)
    assert isinstance(row, Raster)
    assert row.width * 8 <= _DOTS


@pytest.mark.parametrize(
    "title", ["Reis om de wrâld", "İstanbul’da güneş", "Łódź", "„Œuvre” … № 5", "€ 2,50 ½ ×", "١٢٣", "👍", "ﬁn", "Ǆ", "\u0301", ""]
)
def test_latin_letters_signs_and_numbers_stay_letters(drawing: Brush, title: str) -> None:
    """What can be written with the printer's own letters, accents taken off at most, is."""
    assert not any(isinstance(row, Raster) for row in _rows([Text(title)], drawing))


def test_letters_that_the_page_has_are_not_drawn() -> None:
    """A page with Greek letters prints them itself."""
    assert Letters("cp858").respells("Ωmega")
    assert not Letters("cp869").respells("Ωmega")


def test_without_a_font_or_raqm_words_are_spelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be drawn, the line is written in Latin letters as before."""
    assert brush(_DOTS, ()) is None
    monkeypatch.setattr(features, "check", lambda _: False)
    assert brush(_DOTS, for_other_scripts()) is None
    (row,) = _rows([Text("Кобзар")], None)
    assert isinstance(row, Row)
    assert row.text == "Kobzar"


def test_letters_that_no_font_has_are_spelled(drawing: Brush) -> None:
    """A script of which no font here has the letters (cuneiform) is not drawn as a row of boxes."""
    title = next(letter for letter in map(chr, range(0x12000, 0x12400)) if not any(font.has(letter) for font in drawing._fonts))
    (row,) = _rows([Text(title)], drawing)
    assert isinstance(row, Row)
    assert row.text == "?"


def test_the_first_font_that_has_all_letters_draws() -> None:
    """A font without the letters is passed over for the next one that has them; where each has some only, the words are spelled."""
    mono, everything = of_kivy("RobotoMono-Regular.ttf"), of_kivy("DejaVuSans.ttf")
    assert mono is not None
    assert everything is not None
    assert not Brush(_DOTS, [mono]).text("سلام")
    assert Brush(_DOTS, [mono, everything]).text("سلام") == Brush(_DOTS, [everything]).text("سلام")
    assert Brush(_DOTS, [mono, everything]).text("Ж") == Brush(_DOTS, [mono]).text("Ж")
    assert not Brush(_DOTS, [mono, everything]).text("Ж\U00012000")


def test_fonts_are_found_without_kivy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Kivy is not there, fonts that Debian installs serve; where there are none either, nothing is drawn."""
    monkeypatch.setattr("drivers.printers.fonts.importlib.util.find_spec", lambda _: None)
    assert of_kivy("DejaVuSans.ttf") is None
    assert all(path.is_absolute() for path in for_other_scripts())
    monkeypatch.setattr("drivers.printers.fonts._INSTALLED", ())
    assert for_other_scripts() == ()


def test_a_font_knows_its_letters(drawing: Brush) -> None:
    """The first font has Latin, Cyrillic, Greek and Arabic, and no cuneiform; a space and a joiner are never missing."""
    font = drawing._fonts[0]
    assert all(font.has(sign) for sign in "aéЖҐїΩضپ \u200c5")
    assert not font.has("\U00012000")
    assert not font.has("\U0010ffff")


def test_arabic_is_joined_and_reads_from_the_right(drawing: Brush) -> None:
    """Joined letters are narrower than the same letters apart; the words stand at the right edge, and an English word in them keeps its order."""
    (joined,) = drawing.text("سلسلة")
    (apart,) = drawing.text("\u200c".join("سلسلة"))
    assert _ink(joined)[2] - _ink(joined)[0] < _ink(apart)[2] - _ink(apart)[0]
    assert joined.width * 8 == _DOTS
    assert _ink(joined)[2] > _DOTS - 8
    assert _ink(joined)[0] > _DOTS // 2
    (mixed,) = drawing.text("ص ABC")
    abc = _picture(drawing.text("ABC Ж")[0]).crop((0, 0, 40, 30))
    assert _same_ink(_picture(mixed).crop((_ink(mixed)[0] - _ink_of(abc)[0], 0, _ink(mixed)[0] - _ink_of(abc)[0] + 40, 30)), abc)


def _ink_of(picture: Image.Image) -> tuple[int, int, int, int]:
    box = picture.getbbox()
    assert box is not None
    return box


def _same_ink(one: Image.Image, other: Image.Image) -> bool:
    different = sum(a != b for a, b in zip(one.tobytes(), other.tobytes(), strict=True))
    return different <= len(one.tobytes()) // 20


def test_cyrillic_reads_from_the_left_and_is_as_wide_as_its_words(drawing: Brush) -> None:
    """Words from left to right begin at the left edge and send no more dots than they need."""
    (dots,) = drawing.text("Кобзар")
    assert _ink(dots)[0] < 8
    assert dots.width * 8 < _ink(dots)[2] + 16


def test_size_weight_and_place_are_those_of_the_line(drawing: Brush) -> None:
    """Large is twice as high and wide, bold has more ink, centred is narrow and sent as centred."""
    (small,), (large,), (bold,) = drawing.text("ЖЖЖ"), drawing.text("ЖЖЖ", size=Size.LARGE), drawing.text("ЖЖЖ", bold=True)
    assert (_ink(large)[2] - _ink(large)[0]) / (_ink(small)[2] - _ink(small)[0]) == pytest.approx(2, abs=0.2)
    assert (_ink(large)[3] - _ink(large)[1]) / (_ink(small)[3] - _ink(small)[1]) == pytest.approx(2, abs=0.2)
    assert sum(map(int.bit_count, bold.bits)) > 1.2 * sum(map(int.bit_count, small.bits))
    for title in ("ЖЖЖ", "سلام"):
        (row,) = _rows([Text(title, align=Align.CENTER)], drawing)
        assert isinstance(row, Raster)
        assert row.align is Align.CENTER
        assert row.width * 8 < _DOTS // 2


def test_capitals_are_as_high_as_the_printers(drawing: Brush) -> None:
    """Drawn capitals are 16 to 19 dots high, as those of a font of 12 by 24 dots."""
    (dots,) = drawing.text("Н")
    assert 16 <= _ink(dots)[3] - _ink(dots)[1] <= 19


def test_long_titles_are_wrapped_at_words_and_bounded(drawing: Brush) -> None:
    """Words go to the next line whole; an endless title is six lines, the last of them dotted, whatever it is made of."""
    lines = drawing.text("Захар Беркут, образ громадського життя Карпатської Русі")
    assert [dots.text for dots in lines] == ["Захар Беркут, образ громадського", "життя Карпатської Русі"]
    for title in ("Ж" * 10_000, "кобзар " * 2_000, "ж" + "\u0301" * 10_000, "سلام " * 2_000, "ж \u0301" * 3_000, "ж\u200d" * 5_000):
        lines = drawing.text(title)
        assert 1 <= len(lines) <= MOST_LINES
        assert all(dots.height == 30 and dots.width * 8 <= _DOTS for dots in lines)
    assert drawing.text("Ж" * 10_000)[-1].text.endswith("Ж…")


@pytest.mark.parametrize("title", ["Ж" * 10_000, "кобзар " * 2_000, "ж" + "\u0301" * 10_000, "س" * 10_000, "ж " * 5_000])
def test_the_work_for_a_title_is_bounded(drawing: Brush, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a title is, no more than 60,000 letters are measured to wrap it."""
    measured: list[int] = []
    measure = ImageFont.FreeTypeFont.getlength

    def counting(font: ImageFont.FreeTypeFont, text: str) -> float:
        measured.append(len(text))
        return measure(font, text)

    monkeypatch.setattr(ImageFont.FreeTypeFont, "getlength", counting)
    drawing.text(title)
    assert sum(measured) < 60_000


def test_a_pair_stands_at_both_edges(drawing: Brush) -> None:
    """The right text keeps its edge and its line, the left one goes on below; labels from right to left change the edges."""
    (first, second) = drawing.pair("Повернути не пізніше ніж через три тижні", "14-12-2026", bold=True)
    assert first.text.endswith("14-12-2026")
    assert "14" not in second.text
    assert _ink(first)[0] < 8
    assert _ink(first)[2] > _DOTS - 8
    (mirrored,) = drawing.pair("سلام", "1")
    middle = _picture(mirrored).crop((_DOTS // 4, 0, _DOTS * 3 // 4, 30))
    assert middle.getbbox() is None
    assert _ink(mirrored)[0] < 16
    assert [dots.text for dots in drawing.pair("", "Ж")] == ["Ж"]
    assert [dots.text for dots in drawing.pair("Ж", "")] == ["Ж"]


def test_a_pair_whose_right_text_is_long_takes_its_own_lines(drawing: Brush) -> None:
    """Two texts that are both too long stand below each other, the second at the other edge."""
    left, right = "Довга назва книжки про все на світі", "і ще одна довга назва поруч"
    above, below = drawing.pair(left, right)
    assert (above.text, below.text) == (left, right)
    assert _ink(above)[0] < 8
    assert _ink(below)[2] > _DOTS - 8
    assert [dots.text for dots in drawing.pair("", right + right)][-1].endswith("поруч")


def test_pairs_on_a_receipt_are_drawn_where_either_text_needs_it(drawing: Brush) -> None:
    """A label or a value of another script draws the line; other pairs stay letters."""
    kinds = [type(row) for row in _rows([Pair("Пас", "12"), Pair("Pas", "Київ"), Pair("Pas", "12"), Rule()], drawing)]
    assert kinds == [Raster, Raster, Row, Row]


_wild = some.text(some.characters(exclude_categories=[]) | some.sampled_from("Жسא\x10\x04\x05\x14\x1b\u200d\u202e\ud800"), max_size=120)


@settings(deadline=None, max_examples=60)
@given(_wild, _wild, some.booleans(), some.sampled_from(Size), some.sampled_from(Align))
def test_any_words_can_be_drawn_and_none_are_a_command(text: str, other: str, bold: bool, size: Size, align: Align) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Whatever the words, the pictures fit the paper, their size is what they say, and no byte of them is what printers obey in real time."""
    drawing = Brush(_DOTS, for_other_scripts())
    drawn = (*drawing.text("Ж" + text, bold=bold, size=size, align=align), *drawing.pair(text, other, bold=bold))
    for dots in drawn:
        assert len(dots.bits) == dots.width * dots.height
        assert dots.width * 8 <= _DOTS
        assert not any(command in dots.bits for command in _REAL_TIME)
        assert dots.text.isprintable() or any(unicodedata.category(sign) == "Cf" for sign in dots.text)


def test_pictures_hold_no_command() -> None:
    """The bytes that printers obey anywhere get one dot more; the rest of the picture stays."""
    assert harmless(b"\x10\x04\x00\x10\x05\x10\x14\x10\x10\x04\x11\x04") == b"\x18\x04\x00\x18\x05\x18\x14\x10\x18\x04\x11\x04"


def test_tidy_keeps_what_can_be_seen() -> None:
    """Control characters become spaces, marks of direction go, joiners stay, halves of characters are question marks."""
    assert tidy("a\x1b@\u202eb\ud800\u200cc\u2029  d\x7f") == "a @b?\u200cc d"
    assert len(tidy("x" * 100_000)) <= 4096


def test_simulated_paper_says_what_was_drawn() -> None:
    """A story reads the words of a drawn line on the simulated paper; what no font has is a question mark there too, and forgotten words are gone."""
    printer = SimulatedPrinter()
    printer.open()
    printer.print([Text("Titels"), Text(_ARABIC), Text("Кобзар 👍"), Pair("Повернути до", "14-12-2026"), Qr("https://x/1")])
    (paper,) = printer.paper
    assert paper.text.splitlines() == ["Titels", _ARABIC, "Кобзар ?", "Повернути до 14-12-2026", "[QR https://x/1]"]
    assert Image.open(io.BytesIO(paper.png)).width == 640 + 32
    printer.forget()
    assert not printer._words
    printer.close()


def test_pictures_of_words_can_be_switched_off() -> None:
    """With raster off the words are spelled."""
    printer = SimulatedPrinter(raster=False)
    printer.open()
    printer.print([Text("Кобзар")])
    assert [paper.text for paper in printer.paper] == ["Kobzar\n"]
    printer.close()
