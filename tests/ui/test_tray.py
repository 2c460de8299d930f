"""The tray of a demo: what lies in it can be picked, scrolled, and seen to be on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk.ui.lettering import Lettering
from kiosk.ui.pieces import Mark, Sheet, Sign
from kiosk.ui.tokens import NORMAL
from kiosk.ui.tray import TrayEntry, TrayModel, lay_out_tray

ENTRIES = (
    TrayEntry("passes", "anna", "Anna", "gast van Bedum, 125 strips"),
    TrayEntry("items", "30000000000001", "Max Havelaar", "30000000000001", toggle=True),
    TrayEntry(
        "faults", "printer.paper_out", "Het papier is op en daar is iets heel langs over te vertellen", "printer.paper_out", toggle=True
    ),
)


def tray(on: set[tuple[str, str]]) -> Sheet:
    model = TrayModel(ENTRIES, lambda *_: None, lambda *which: which in on)
    return lay_out_tray(model, (270, 960), Lettering(), NORMAL)


@pytest.fixture(scope="module")
def played() -> dict[str, Any]:
    """What came of a tray beside a page, touched."""
    program = Path(__file__).parent / "draw_tray.py"
    done = subprocess.run([sys.executable, str(program)], check=True, timeout=60, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_every_entry_can_be_touched() -> None:
    """By the name of its group and its key, inside the tray."""
    sheet = tray(set())
    assert [target.name for target in sheet.targets] == ["passes:anna", "items:30000000000001", "faults:printer.paper_out"]
    assert all(target.x >= 0 and target.x + target.w <= sheet.w and target.h >= 40 for target in sheet.targets)


def test_a_toggle_shows_that_it_is_on() -> None:
    """With a tick; one that is off has an empty ring, and what is no toggle has neither."""
    ticked = {
        block.key
        for block in tray({("items", "30000000000001")}).blocks
        for piece in block.pieces
        if isinstance(piece, Mark) and piece.sign is Sign.TICK
    }
    assert ticked == {"items:30000000000001"}


def test_headings_stand_over_groups_that_have_something() -> None:
    """A demo without faults has no heading for them."""
    model = TrayModel(ENTRIES[:2], lambda *_: None, lambda *_: False)
    keys = [block.key for block in lay_out_tray(model, (270, 960), Lettering(), NORMAL).blocks]
    assert [key for key in keys if key.startswith("heading:")] == ["heading:passes", "heading:items"]


def test_what_is_touched_is_picked(played: dict[str, Any]) -> None:
    """Where it stands now, also after scrolling; a drag over an entry scrolls and picks nothing."""
    assert played["picked"] == [["passes", "anna"], ["items", "3"], ["items", "12"], ["faults", "printer.paper_out"]]
    assert played["scrolled"] == 400
    assert "items:3" in played["on"]


def test_the_tray_is_no_part_of_the_page(played: dict[str, Any]) -> None:
    """The window is wider by it; a picture of the page is not; its touches are no taps."""
    assert played["window"] == [540 + 270, 960]
    assert played["picture"] == [540, 960]
    assert played["taps"] == []
