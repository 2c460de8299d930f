"""Texts from outside do no harm and stay in their room."""

from __future__ import annotations

import pytest
from PIL import Image

from kiosk.ui.lettering import Lettering, covered_characters, plain, right_to_left
from kiosk.ui.pieces import Align, Words
from kiosk.ui.tokens import Weight
from tests.ui.samples import NASTY_TITLES


@pytest.fixture(scope="module")
def lettering() -> Lettering:
    return Lettering()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("De avond is ongemak", "De avond is ongemak"),
        ("a\ud800b", "a\ufffdb"),
        ("\x1b@\x00a\x7f\x9bb", "@ab"),
        ("one\n\n two\u2028three\u00a0four", "one two three four"),
        ("\u202egnorw\u202c \u2066x\u2069", "gnorw x"),
        ("e" + "\u0301" * 50, "e\u0301\u0301"),
        ("[b]not markup[/b]", "[b]not markup[/b]"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\n\t ", ""),
    ],
)
def test_plain(raw: str, shown: str) -> None:
    """Surrogates are replaced; controls and directions are dropped; white space is one space; heaps of marks are cut; nothing is markup."""
    assert plain(raw) == shown


def test_a_long_text_is_cut() -> None:
    """Ten thousand characters become two hundred, and the cut is shown."""
    shown = plain("x" * 10_000)
    assert len(shown) == 200
    assert shown.endswith("…")
    assert plain("\u0301" * 10_000 + "x") == "\u0301\u0301…"


@pytest.mark.parametrize("raw", NASTY_TITLES)
@pytest.mark.parametrize("room", [40, 300])
def test_lines_stay_in_their_room(lettering: Lettering, raw: str, room: int) -> None:
    """No line of any text is wider than its room, and there are no more than asked for."""
    lines = lettering.lines(plain(raw), 19, Weight.SEMIBOLD, room, 2)
    assert len(lines) <= 2
    assert all(lettering.width(line, 19, Weight.SEMIBOLD) <= room + 1 for line in lines)


def test_what_does_not_fit_ends_in_an_ellipsis(lettering: Lettering) -> None:
    """A text that needs three lines and gets two says so."""
    lines = lettering.lines("een twee drie vier vijf zes zeven acht", 20, Weight.REGULAR, 110, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")


def test_a_heading_is_balanced(lettering: Lettering) -> None:
    """Lines of a heading are about as long as each other, and a sentence is not torn where it needs not be."""
    assert lettering.lines("Houd uw pas bij de lezer", 92, Weight.BOLD, 952, 3, balanced=True) == ("Houd uw pas", "bij de lezer")
    assert lettering.lines("2 geleend. Veel leesplezier!", 92, Weight.BOLD, 952, 3, balanced=True) == ("2 geleend.", "Veel leesplezier!")


def test_our_typeface_writes_our_languages(lettering: Lettering) -> None:
    """Dutch, Frisian, German and Turkish need no other face."""
    assert lettering._covered.issuperset("Ééuwen û â ôfskied ï ß äöü ğışçİ € “’ – … ·")


def test_another_face_writes_arabic_and_ukrainian(lettering: Lettering) -> None:
    """What ours has not is written in one that has it, wholly."""
    assert lettering._face("Кобзар", 30, Weight.BOLD).font.getname()[0] == "DejaVu Sans"
    assert lettering._face("Max Havelaar", 30, Weight.BOLD).font.getname()[0] == "Atkinson Hyperlegible Next"


def test_a_font_without_characters_is_refused() -> None:
    """A file that is no font we can read is said to be one."""
    with pytest.raises(ValueError, match="no table of characters"):
        covered_characters(bytes(4) + bytes(2) + bytes(6))


@pytest.mark.parametrize(
    ("text", "left"), [("مرحبا 12", True), ("12 مرحبا", True), ("Oeroeg", False), ("123", False), ("Oeroeg مرحبا", False)]
)
def test_the_first_letter_tells_the_direction(text: str, left: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Numbers do not count."""
    assert right_to_left(text) is left


def test_arabic_is_shaped(lettering: Lettering) -> None:
    """Letters join: a word is narrower than its letters apart. This needs libfribidi0."""
    word = "مرحبا"
    assert lettering.width(word, 40, Weight.REGULAR) < sum(lettering.width(letter, 40, Weight.REGULAR) for letter in word)


def test_a_drawn_text_has_ink_in_its_room(lettering: Lettering) -> None:
    """The bitmap is white with the letters in its opacity, two bytes a pixel, and nothing touches its edge."""
    words = Words(0, 0, 300, ("Oeroeg",), 40, 52, Weight.BOLD, "#000000", Align.LEFT)
    bitmap = lettering.draw(words)
    assert len(bitmap.data) == bitmap.w * bitmap.h * 2
    opacity = Image.frombytes("LA", (bitmap.w, bitmap.h), bitmap.data).getchannel("A")
    left, top, right, bottom = opacity.getbbox() or (0, 0, 0, 0)
    assert 0 < left < right < bitmap.w
    assert bitmap.pad <= top < bottom <= bitmap.h - bitmap.pad


def test_words_are_not_told_by_their_repr() -> None:
    """A title does not get into a log by way of a repr."""
    assert "Oeroeg" not in repr(Words(0, 0, 300, ("Oeroeg",), 40, 52, Weight.BOLD, "#000000"))
