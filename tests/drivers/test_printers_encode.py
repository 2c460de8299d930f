"""Lines to bytes: the text is data, whatever is in it, and every line fits the paper."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from drivers.contract import Align, Gap, Line, Pair, Qr, Rule, Size, Text
from drivers.errors import SettingWrong
from drivers.printers.encode import LONGEST_QR, MOST_LINES, Encoder, wrap
from drivers.printers.form import Cut, Form, form
from drivers.printers.letters import LONGEST, Letters
from drivers.printers.paper import Code, Raster, Roll, Row

_FORMS = {
    name: form(name, width)
    for name, width in [("default", 80), ("TM-T20II", 80), ("POS-5890", 58), ("AF-240", 58), ("T-1", 80), ("TM-U220", 80)]
}
_LAYOUT = {"ESC @", "ESC R", "ESC t", "ESC E", "GS !", "ESC a", "ESC d", "GS (", "GS v", "GS V", "LF"}

_hostile = some.lists(some.sampled_from(["\x1b@", "\x1dV\x00", "\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", "\x1cp\x01\x00", "\n", "\r\n", "\x0c", "\x7f", "\x9b", "\u202e", "\u200b", "\ud800", "\udfff", "\U0001f1f3\U0001f1f1", "e\u0301", "ـ", "日本", " " * 50, "W" * 200])).map("".join)  # fmt: skip
_anything = (
    some.text(some.characters()) | some.text(some.characters(categories=["Cs", "Cc", "Cf", "Mn", "L", "Zs"]), max_size=300) | _hostile
)
_line = (
    some.builds(Text, _anything, some.booleans(), some.sampled_from(Size), some.sampled_from(Align))
    | some.builds(Pair, _anything, _anything, some.booleans())
    | some.just(Rule())
    | some.builds(Gap, some.integers(-5, 400))
    | some.builds(Qr, _anything)
)


def _printed(lines: list[Line], printer: Form | None = None) -> str:
    printer = printer or form()
    roll = Roll(printer)
    roll.feed(Encoder(printer).encode(lines))
    roll.hang_up()
    (sheet,) = roll.sheets
    return sheet.text


@given(some.lists(_line, max_size=6), some.sampled_from(sorted(_FORMS)))
def test_no_text_is_ever_a_command(lines: list[Line], name: str) -> None:
    """For any lines and any printer, the bytes hold the commands of the layout and no others, and no line runs over the edge."""
    printer = _FORMS[name]
    roll = Roll(printer)
    data = Encoder(printer).encode(lines)
    assert roll.feed(data) == b""
    assert not roll._rest
    assert {command.name for command in roll.commands} <= _LAYOUT
    names = [command.name for command in roll.commands]
    assert names.count("ESC @") == 1
    assert names.count("GS V") == (printer.cut is not Cut.NONE)
    assert names.count("LF") <= sum(2 * MOST_LINES if isinstance(line, Pair) else MOST_LINES for line in lines)
    for row in [row for sheet in roll.sheets for row in sheet.rows] + roll._rows:
        assert not isinstance(row, Row) or not row.full


@given(some.lists(some.builds(Text, _anything), min_size=1, max_size=4))
def test_the_same_commands_whatever_the_words(lines: list[Text]) -> None:
    """Plain texts give no command but the frame: reset, signs, page, line feeds, cut."""
    roll = Roll(form())
    roll.feed(Encoder(form()).encode(lines))
    names = [command.name for command in roll.commands]
    assert names[:3] == ["ESC @", "ESC R", "ESC t"]
    assert names[-1] == "GS V"
    assert set(names[3:-1]) == {"LF"}


@given(_anything, some.sampled_from(["cp858", "cp1252", "cp850", "cp437", "ascii"]))
def test_every_written_letter_is_printable_and_on_the_page(text: str, codec: str) -> None:
    """What is written can be encoded, is printable, one column a letter, with single spaces; writing it again changes nothing."""
    letters = Letters(codec)
    written = letters.write(text)
    assert len(written.encode(codec)) == len(written)
    assert written.isprintable()
    assert "  " not in written
    assert not any(unicodedata.combining(letter) for letter in written)
    assert letters.write(written) == written


@given(some.text(some.sampled_from("ab cdé"), max_size=400).map(lambda text: " ".join(text.split())), some.integers(8, 48))
def test_wrapping_loses_nothing_unless_it_says_so(text: str, columns: int) -> None:
    """At most six lines, none too wide; either all letters are there, or the last line ends in dots."""
    lines = wrap(text, columns)
    assert 1 <= len(lines) <= MOST_LINES
    assert all(len(line) <= columns for line in lines)
    if not lines[-1].endswith("..."):
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("ë é ï û â ê ô ú ì à ç ö ü Ë É Ï Û Â", "ë é ï û â ê ô ú ì à ç ö ü Ë É Ï Û Â"),
        ("e\u0301e\u0308n", "éën"),
        ("€ 2,50", "€ 2,50"),
        ("İstanbul’da güneş, ağaç, ılık", "Istanbul'da günes, agaç, ilik"),
        ("Łódź ąęść", "Lódz aesc"),
        ("Кобзар — Тарас Шевченко", "Kobzar - Taras Shevchenko"),
        ("Ґанок, їжак, є, Щука, Юрій", "Ganok, izhak, ie, Shchuka, Iurii"),
        ("ألف ليلة وليلة", "alf lyla wlyla"),
        ("مَكْتَب؟ ١٢٣", "maktab? 123"),
        ("Παπαδόπουλος", "Papadopoylos"),
        ("„Œuvre” … ﬁn № 5 ½", '"Oeuvre" ... fin No 5 ½'),
        ("日本語 한글 👍🏽", "??? ?? ??"),
        ("a\x1b@b\x00c\r\nd\u202ee\u200bf\ud800g", "a @b c def?g"),
        ("[size=20000]BOOM[/size]", "[size=20000]BOOM[/size]"),
    ],
)
def test_letters_that_the_page_lacks_are_spelled(text: str, paper: str) -> None:
    """Dutch and Frisian stay as they are; Turkish, Polish, Ukrainian, Arabic and Greek can still be read; the unknown is a question mark."""
    assert _printed([Text(text)]) == paper + "\n"


def test_a_page_without_the_euro_says_eur() -> None:
    """Where only CP437 is known the euro is spelled and Dutch lower case stays."""
    assert _printed([Text("€ 5 reële crème Ë")], form("TM-U220")) == "EUR 5 reële crème E\n"


def test_one_page_for_the_whole_receipt() -> None:
    """The code page is chosen once, at the start, by the number that the profile gives it."""
    for name, number in [("default", 19), ("KR-306", 31), ("ZJ-5870", 16), ("TM-U220", 0)]:
        data = Encoder(form(name)).encode([Text("é € Шш ş"), Pair("ğ", "ё")])
        assert data.count(b"\x1bt") == 1
        assert data[5:8] == b"\x1bt" + bytes([number])


def test_a_title_of_ten_thousand_letters_is_six_lines() -> None:
    """Neither one endless word nor endless words print a metre of paper; dots say that something is missing."""
    for title in ("x" * 10_000, "heel lang " * 1_000, "\u0301" * 10_000 + "x" * 10_000):
        lines = _printed([Text(title)]).splitlines()
        assert len(lines) <= MOST_LINES
    assert _printed([Text("x" * 10_000)]).splitlines()[-1] == "x" * 39 + "..."
    assert len(Letters("cp858").write("x" * 1_000_000)) == LONGEST


def test_a_pair_stands_at_both_edges_and_wraps_on_the_left() -> None:
    """The right text keeps its edge and its line; the left one goes on below it."""
    title = "De ontdekking van de hemel en nog veel meer"
    assert _printed([Pair(title, "15-12-2026")], form(width_mm=58)) == "De ontdekking van de  15-12-2026\nhemel en nog veel\nmeer\n"
    assert _printed([Pair("Titel", "15-12-2026")]) == "Titel" + " " * 27 + "15-12-2026\n"


def test_a_pair_whose_right_text_is_long_takes_its_own_lines() -> None:
    """Two texts that are both too long stand below each other, the right one at the right edge."""
    assert _printed([Pair("Een lange titel van een boek", "een even lange tekst ernaast")], form(width_mm=58)).splitlines() == [
        "Een lange titel van een boek",
        "    een even lange tekst ernaast",
    ]


def test_large_letters_take_two_columns() -> None:
    """Large text wraps at half the columns."""
    roll = Roll(form())
    roll.feed(Encoder(form()).encode([Text("Bibliotheek Waddenkust", size=Size.LARGE), Text("klein")]))
    rows = [row for row in roll.sheets[0].rows if isinstance(row, Row)]
    assert [row.text for row in rows] == ["Bibliotheek", "Waddenkust", "klein"]
    assert [(style.wide, style.high) for row in rows for _, style in row.pieces] == [(2, 2), (2, 2), (1, 1)]


def test_a_qr_code_is_drawn_by_the_printer_or_for_it() -> None:
    """Printers that know QR get the data, the others a picture of dots; control characters never go along."""
    for name, kind in [("default", Code), ("POS-5890", Raster)]:
        roll = Roll(form(name))
        roll.feed(Encoder(form(name)).encode([Qr("https://x/\x10\x04\x01\n1")]) + b"\x1dV\x00")
        assert [type(row) for row in roll.sheets[0].rows if not isinstance(row, Row)] == [kind]
        assert b"\x10\x04" not in Encoder(form(name)).encode([Qr("https://x/\x10\x04\x01\n1")])


def test_a_qr_code_that_would_not_fit_is_text() -> None:
    """Data too long for a code that a phone can read is printed as words; no data prints nothing."""
    assert _printed([Qr("a" * (LONGEST_QR + 1))]).startswith("aaa")
    assert _printed([Qr("\x00"), Text("b")]) == "b\n"


def test_paper_has_the_columns_of_its_printer() -> None:
    """Wide paper: what the profile says where it can be, 42 otherwise; narrow paper: 32."""
    assert form("default", 80).columns == 42
    assert form("TM-T88V", 80).columns == 42
    assert form("TM-T20II", 80).columns == 48
    assert form("NT-80-V-UL", 80).columns == 42
    assert form("TM-T88V", 58).columns == 32


def test_wrong_settings_say_what_was_meant() -> None:
    """An unknown profile is answered with the nearest one; paper is 80 or 58 mm wide."""
    with pytest.raises(SettingWrong, match='did you mean "TM-T88V"'):
        form("TM-T88-V")
    with pytest.raises(SettingWrong, match="80 or 58"):
        form(width_mm=76)


def test_a_hostile_alphabet_does_not_fill_the_memory() -> None:
    """The table of letters stays small, however many different letters come by."""
    letters = Letters("cp858")
    for start in range(0, 0x30000, 1000):
        letters.write("".join(map(chr, range(start, start + 1000))))
    assert len(letters) <= 5000
