"""Pages are laid out so that everything can be read and touched, in any language and shape of window."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from kiosk.ui import tokens
from kiosk.ui.lettering import Lettering
from kiosk.ui.page import Action, Box, Page, Row, Tone
from kiosk.ui.pieces import Block, Layer, Panel, Sheet, Words
from kiosk.ui.screens import lay_out, scale_of
from kiosk.ui.tokens import HIGH_CONTRAST, NORMAL, Theme
from tests.ui import pages, samples

LETTERING = Lettering()
PAGES = samples.every_page() | {
    f"{page.language}-real-{name}": page for every in (pages.DUTCH, pages.ENGLISH) for name, page in every.items()
}
SHAPES = {"portrait": (1080, 1920), "landscape": (1920, 1080), "half": (540, 960), "tall": (1080, 2400), "tablet": (1200, 1600)}
LARGE_TEXT = replace(NORMAL, name="large_text", text_scale=1.2)
LONG_WORD = "Meervoudigepersoonlijkheidsstoornisbehandelingscentrum"


def sheet_of(page: Page, shape: str = "portrait", theme: Theme = NORMAL, *, menu_open: bool = False) -> Sheet:
    return lay_out(page, SHAPES[shape], LETTERING, theme, landscape=shape == "landscape", menu_open=menu_open)


def block_of(sheet: Sheet, key: str) -> Block:
    return next(block for block in sheet.blocks if block.key == key)


def overlap(one: Block, other: Block) -> bool:
    return one.x < other.x + other.w and other.x < one.x + one.w and one.y < other.y + other.h and other.y < one.y + one.h


@pytest.mark.parametrize("theme", [NORMAL, HIGH_CONTRAST, LARGE_TEXT], ids=lambda theme: theme.name)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_overflows(name: str, shape: str, theme: Theme) -> None:
    """Every piece is inside its block, every line inside its piece, every block inside the page; blocks beside each other do not overlap."""
    sheet = sheet_of(PAGES[name], shape, theme)
    for block in sheet.blocks:
        assert block.x >= 0
        assert block.x + block.w <= sheet.w
        assert block.layer is Layer.FLOW or (block.y >= 0 and block.y + block.h <= sheet.h), block.key
        for piece in block.pieces:
            assert piece.x >= 0, block.key
            assert piece.y >= 0, block.key
            assert piece.x + piece.w <= block.w + 1, block.key
            assert piece.y + piece.h <= block.h + 1, block.key
            if isinstance(piece, Words):
                assert all(LETTERING.width(line, piece.size, piece.weight) <= piece.w + 1 for line in piece.lines), block.key
    for layer in (Layer.FLOW, Layer.STILL):
        for one, other in combinations([block for block in sheet.blocks if block.layer is layer], 2):
            assert not overlap(one, other), (one.key, other.key)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", [name for name in PAGES if name != "xx-nasty"])
def test_what_a_page_says_is_not_covered(name: str, shape: str) -> None:
    """Heading, picture, notices, buttons and the window onto the list stand apart."""
    sheet = sheet_of(PAGES[name], shape)
    standing = [block for block in sheet.blocks if block.layer in {Layer.PAGE, Layer.STILL}]
    for one, other in combinations(standing, 2):
        assert not overlap(one, other), (one.key, other.key)
    if sheet.flow:
        window = Block("window", Layer.PAGE, sheet.flow.x, sheet.flow.y, sheet.flow.w, sheet.flow.h, ())
        assert not [block.key for block in standing if overlap(window, block)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", PAGES)
def test_everything_to_touch_is_large_enough(name: str, shape: str) -> None:
    """Targets are at least 96 page units high and wide, lie on the page, and there is one for each button the page has."""
    page, sheet = PAGES[name], sheet_of(PAGES[name], shape)
    least = round(tokens.TARGET * scale_of(SHAPES[shape], landscape=shape == "landscape"))
    for target in sheet.targets:
        assert target.w >= least, target.name
        assert target.h >= least, target.name
        assert target.x >= 0
        assert target.x + target.w <= sheet.w
        assert target.y + target.h <= sheet.h
        assert target.key in {block.key for block in sheet.blocks}
    names = {target.name for target in sheet.targets}
    with_menu = names | {target.name for target in sheet_of(page, shape, menu_open=True).targets}
    assert with_menu - {"menu", "menu:close"} == set(page.buttons())


@pytest.mark.parametrize("shape", ["portrait", "landscape"])
def test_only_one_thing_is_filled_with_the_colour_of_acting(shape: str) -> None:
    """The primary action has it, nothing else on the page."""
    filled = {
        block.key
        for block in sheet_of(PAGES["nl-refused"], shape).blocks
        for piece in block.pieces
        if isinstance(piece, Panel) and piece.fill == NORMAL.act
    }
    assert filled == {"action:stop"}


def test_text_is_large() -> None:
    """All but the small code for the desk is at least 28 pixels high on a page 1080 wide."""
    for name, page in PAGES.items():
        for block in sheet_of(page).blocks:
            sizes = [piece.size for piece in block.pieces if isinstance(piece, Words)]
            assert block.key == "code" or min(sizes, default=99) >= 28, (name, block.key)


def test_while_an_overlay_stands_only_its_action_and_the_languages_can_be_touched() -> None:
    """The page below is seen but does not answer."""
    names = [target.name for target in sheet_of(PAGES["nl-warned"]).targets]
    assert [name for name in names if not name.startswith(("language:", "menu"))] == ["more_time"]


def test_a_page_to_the_left_is_a_mirror() -> None:
    """The Arabic page has its header on the other side, and the languages first."""
    sheet = sheet_of(PAGES["xx-arabic"])
    header = block_of(sheet, "header")
    assert header.x + header.w == sheet.w - tokens.EDGE
    assert block_of(sheet, "language:ar").x < sheet.w / 2


def test_many_languages_fold_into_a_menu() -> None:
    """The chosen language always has a button of its own; all stand in the menu by their own names."""
    page = replace(PAGES["nl-attract"], languages=samples.languages("uk", "nl", "en", "fy", "de", "tr", "ar", "uk"))
    names = [target.name for target in sheet_of(page).targets if target.name.startswith(("language:", "menu"))]
    assert names == ["language:nl", "language:en", "language:uk", "menu"]
    opened = sheet_of(page, menu_open=True)
    assert {f"menu:{code}" for code in ("nl", "en", "fy", "de", "tr", "ar", "uk")} <= {block.key for block in opened.blocks}


def test_few_languages_need_no_menu() -> None:
    """Four fit beside each other."""
    page = replace(PAGES["nl-attract"], languages=samples.languages("nl", "nl", "en", "fy", "de"))
    assert "menu" not in {target.name for target in sheet_of(page).targets}


@pytest.mark.parametrize("shape", ["portrait", "landscape"])
def test_a_long_dutch_word_makes_a_heading_smaller(shape: str) -> None:
    """A heading shrinks before a word of it is broken."""
    page = replace(PAGES["nl-refused"], heading="Uw bibliotheekabonnementsgegevens kloppen niet")
    heading = next(p for p in block_of(sheet_of(page, shape), "said").pieces if isinstance(p, Words))
    assert heading.size < tokens.TITLE.size
    assert any("bibliotheekabonnementsgegevens" in line for line in heading.lines)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_word_that_fits_nowhere_is_broken(shape: str) -> None:
    """In titles, boxes, chips and buttons alike."""
    page = replace(
        PAGES["nl-lending"],
        heading=LONG_WORD,
        chips=(LONG_WORD * 2,),
        rows=(Row("1", Tone.NO, LONG_WORD * 2, (LONG_WORD,) * 3, (LONG_WORD,)),),
        boxes=(Box(LONG_WORD, (LONG_WORD,), (LONG_WORD,), slip=True),),
        actions=(Action("stop", LONG_WORD), Action("done", LONG_WORD, primary=True)),
    )
    sheet = sheet_of(page, shape)
    for block in sheet.blocks:
        for piece in block.pieces:
            if isinstance(piece, Words):
                assert all(LETTERING.width(line, piece.size, piece.weight) <= piece.w + 1 for line in piece.lines), block.key


def test_a_list_that_is_too_long_scrolls() -> None:
    """Thirty rows are higher than their window, and the last of them is the newest."""
    sheet = sheet_of(PAGES["nl-lending_many"])
    assert sheet.flow is not None
    assert sheet.flow.hidden > 0
    assert sheet.newest == "row:29"


def test_the_same_page_gives_the_same_sheet() -> None:
    """What is laid out is a value: equal pages, equal sheets."""
    assert sheet_of(PAGES["nl-lending"]) == sheet_of(PAGES["nl-lending"])


def test_a_row_that_changes_leaves_the_others_equal() -> None:
    """Only the block of the row that changed differs, so only that is drawn anew."""
    page = PAGES["nl-lending"]
    rows = (*page.rows[:2], replace(page.rows[2], tone=Tone.OK, details=("1 strip",)), *page.rows[3:])
    before, after = sheet_of(page), sheet_of(replace(page, rows=rows))
    assert [one.key for one, other in zip(before.blocks, after.blocks, strict=True) if one != other] == ["row:3"]
