"""The screen itself, without an X server: touches, keys, what changes in place, real pixels."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from kiosk.ui.page import Action, Countdown, Picture, Row, Tone
from kiosk.ui.pieces import Layer
from kiosk.ui.tokens import HIGH_CONTRAST, NORMAL
from tests.ui import samples
from tests.ui.conftest import Screen

LENDING = samples.DUTCH["lending"]


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def picture_of(screen: Screen, folder: Path) -> Image.Image:
    path = folder / "screen.png"
    screen.app.screenshot(path)
    with Image.open(path) as picture:
        return picture.copy()


def test_a_tap_tells_the_button(screen: Screen) -> None:
    """When the finger is lifted, by name, once; a touch counts as activity."""
    screen.tap("help")
    assert screen.told.taps == ["help"]
    assert screen.told.touches == ["touch"]


def test_a_tap_beside_everything_is_activity_only(screen: Screen) -> None:
    """Nothing is told but that somebody is there."""
    screen.tap_at(3, 400)
    assert (screen.told.taps, screen.told.touches) == ([], ["touch"])


def test_a_finger_that_slips_off_does_nothing(screen: Screen) -> None:
    """Down on a button, up elsewhere: no tap."""
    target = screen.target("help")
    finger = screen.finger(target.x + 20, target.y + 20)
    finger.touch_down()
    screen.frames()
    finger.touch_move(10, 700)
    finger.touch_up(10, 700)
    screen.frames()
    assert screen.told.taps == []


def test_a_button_shows_that_it_is_pressed(screen: Screen, tmp_path: Path) -> None:
    """While a finger is on it, and no longer."""
    screen.show(samples.DUTCH["refused"])
    screen.until(lambda: len(screen.app._view._motions) == 0)
    target = screen.target("stop")
    corner = (target.x + target.w - 30, target.y + 20)
    finger = screen.finger(*corner)
    finger.touch_down()
    screen.frames()
    assert picture_of(screen, tmp_path).getpixel(corner) == rgb(NORMAL.act_pressed)
    finger.touch_up()
    screen.frames()
    assert picture_of(screen, tmp_path).getpixel(corner) == rgb(NORMAL.act)


def test_a_touch_that_began_on_another_page_does_not_count(screen: Screen) -> None:
    """The page changed below the finger: what it pressed is gone, and what came in its place was not meant."""
    screen.show(samples.DUTCH["refused"])
    target = screen.target("stop")
    finger = screen.finger(target.x + 50, target.y + 50)
    finger.touch_down()
    screen.frames()
    screen.show(replace(samples.DUTCH["desk"], actions=samples.DUTCH["refused"].actions))
    finger.touch_up()
    screen.frames()
    assert screen.told.taps == []


def test_a_second_finger_is_ignored(screen: Screen) -> None:
    """One touch at a time."""
    first, second = screen.finger(5, 400), screen.finger(screen.target("help").x + 20, screen.target("help").y + 20)
    for step in (first.touch_down, second.touch_down, second.touch_up, first.touch_up):
        step()
        screen.frames()
    assert screen.told.taps == []


def test_the_last_of_several_pages_wins(screen: Screen) -> None:
    """Pages come from any thread, faster than frames; the newest is drawn, the others are not."""
    thread = threading.Thread(
        target=lambda: [screen.app.show(samples.DUTCH[name]) for name in ("reading", "checking", "lending", "farewell")]
    )
    thread.start()
    thread.join()
    screen.frames()
    assert screen.app.sheet.name == "farewell"


def test_a_new_page_can_be_read_in_its_first_frame(screen: Screen, tmp_path: Path) -> None:
    """The slide does not hide it: heading and buttons are there at once, on the way to their places."""
    screen.app.show(samples.DUTCH["refused"])
    screen.frames(1)
    first = picture_of(screen, tmp_path).convert("L")
    assert len(screen.app._view._motions) > 0
    heading = next(block for block in screen.app.sheet.blocks if block.key == "said")
    area = first.crop((heading.x, heading.y, heading.x + heading.w, heading.y + heading.h))
    darkest, brightest = area.getextrema()
    assert brightest - darkest > 100


def test_a_row_changes_in_place(screen: Screen) -> None:
    """Only the row that changed is painted anew; the others are the same things on the canvas as before."""
    screen.show(LENDING)
    before = dict(screen.app._view._painted)
    rows = (*LENDING.rows[:2], replace(LENDING.rows[2], tone=Tone.OK, details=("1 strip",)), *LENDING.rows[3:])
    screen.show(replace(LENDING, rows=rows))
    after = screen.app._view._painted
    assert {key for key in after if after[key] is not before.get(key)} == {"row:3"}
    assert len(screen.app._view._layers[Layer.FLOW].children) == len(rows)


def test_a_new_row_slides_in_and_an_old_one_does_not(screen: Screen) -> None:
    """On the same page; it can be read on its way, and then stands where the others do."""
    screen.show(replace(LENDING, rows=LENDING.rows[:2]))
    screen.until(lambda: len(screen.app._view._motions) == 0)
    screen.app.show(replace(LENDING, rows=(replace(LENDING.rows[0], aside=()), LENDING.rows[1], LENDING.rows[3])))
    screen.frames(1)
    view = screen.app._view
    assert set(view._motions._due) == {"enter:row:4"}
    assert 0.5 < view._painted["row:4"].canvas.opacity < 1
    screen.until(lambda: len(view._motions) == 0)
    assert (view._painted["row:4"].canvas.opacity, view._painted["row:4"].shift.y) == (1, 0)


def test_a_row_that_turns_stops_turning_when_it_is_settled(screen: Screen) -> None:
    """Nothing moves on a page where nothing is under way."""
    screen.show(LENDING)
    screen.until(lambda: set(screen.app._view._motions._due) == {"turn:row:3"})
    screen.show(replace(LENDING, rows=tuple(replace(row, tone=Tone.OK) for row in LENDING.rows)))
    screen.until(lambda: len(screen.app._view._motions) == 0)


def test_the_newest_row_is_in_view(screen: Screen) -> None:
    """A list that grows beyond its window scrolls to its end; a finger scrolls it back; an older row's change does not move it."""
    many = samples.DUTCH["lending_many"]
    screen.show(replace(many, rows=many.rows[:2]))
    view = screen.app._view
    assert view._scroll == 0
    screen.show(many)
    flow = screen.app.sheet.flow
    assert flow is not None
    assert view._scroll == flow.hidden
    finger = screen.finger(270, flow.y + 40)
    finger.touch_down()
    screen.frames()
    for y in (flow.y + 80, flow.y + 200):
        finger.touch_move(270, screen.app.sheet.h - y)
        screen.frames()
    scrolled = view._scroll
    assert scrolled < flow.hidden
    view._finger.last_at = 0.0  # the finger rested before it was lifted: no glide
    finger.touch_up(270, screen.app.sheet.h - flow.y - 200)
    screen.frames()
    screen.show(replace(many, rows=(replace(many.rows[0], title="Een ander boek"), *many.rows[1:])))
    assert view._scroll == scrolled
    assert screen.told.taps == []


def test_a_list_glides_on_and_comes_to_rest(screen: Screen) -> None:
    """A finger lifted in its movement lets the list go on a little, and it stops at its end at the latest."""
    screen.show(samples.DUTCH["lending_many"])
    view, flow = screen.app._view, screen.app.sheet.flow
    assert flow is not None
    screen.until(lambda: len(view._motions) == 0)
    finger = screen.finger(270, flow.y + 40)
    finger.touch_down()
    for y in (flow.y + 70, flow.y + 110, flow.y + 160):
        finger.touch_move(270, screen.app.sheet.h - y)
    finger.touch_up(270, screen.app.sheet.h - flow.y - 160)
    lifted = view._scroll
    screen.frames()
    assert "glide" in view._motions._due
    screen.until(lambda: len(view._motions) == 0)
    assert 0 <= view._scroll < lifted


def test_the_menu_of_languages(screen: Screen) -> None:
    """The dots open it, a language in it is told, a touch beside it only closes it."""
    screen.tap("menu")
    assert "menu:card" in {block.key for block in screen.app.sheet.blocks}
    screen.tap_at(20, 900)
    assert "menu:card" not in {block.key for block in screen.app.sheet.blocks}
    assert screen.told.taps == []
    screen.tap("menu")
    screen.tap("language:tr")
    assert screen.told.taps == ["language:tr"]
    assert "menu:card" not in {block.key for block in screen.app.sheet.blocks}


def test_an_overlay_takes_the_touches(screen: Screen) -> None:
    """The page below does not answer, the overlay and the languages do."""
    screen.show(LENDING)
    stop = screen.target("stop")
    screen.show(samples.DUTCH["warned"])
    screen.tap_at(screen.app.sheet.w / 2, stop.y - 500)
    assert screen.told.taps == []
    screen.tap("more_time")
    screen.tap("language:en")
    assert screen.told.taps == ["more_time", "language:en"]


def test_a_countdown_runs_on_the_engines_clock(screen: Screen, tmp_path: Path) -> None:
    """The ring is not seen before its time, shrinks, and is gone at the end."""
    page = replace(samples.DUTCH["checking"], picture=None, actions=(Action("stop", "Sluiten", countdown=Countdown(samples.NOW + 30, 20)),))

    def dark_pixels() -> int:
        view = screen.app._view
        screen.until(lambda: "page" not in view._motions._due)
        for ring in view._painted["action:stop"].rings:
            view._begin("ring:action:stop:0", view._ring_motion(ring))
        target = screen.target("stop")
        label = view._painted["action:stop"].block.pieces[-1]
        box = (target.x + 4, target.y + 4, target.x + label.x - 2, target.y + target.h - 4)
        return sum(picture_of(screen, tmp_path).convert("L").crop(box).histogram()[:100])

    screen.show(page)
    seen = []
    for screen.told.now in (samples.NOW, samples.NOW + 12, samples.NOW + 24, samples.NOW + 31):
        seen.append(dark_pixels())
    assert seen[0] == 0
    assert seen[1] > seen[2] > 0
    assert seen[3] == 0


def test_a_scanner_that_types(screen: Screen) -> None:
    """Characters and Enter are told as a scan, and go nowhere else."""
    for character in "20000000000011":
        screen.app._window.dispatch("on_textinput", character)
    screen.press_key(13)
    assert screen.told.scans == ["20000000000011"]
    assert screen.told.taps == []


@pytest.mark.parametrize(
    ("key", "modifiers"), [(27, []), (282, []), (292, []), (293, []), (101, ["ctrl"]), (113, ["ctrl"]), (9, []), (32, [])]
)
def test_keys_do_nothing(screen: Screen, key: int, modifiers: list[str]) -> None:
    """Escape, F1, F11, F12, Ctrl+E, Ctrl+Q, Tab, space: the page stands as it stood, and nobody hears of it."""
    before = screen.app.sheet
    screen.press_key(key, modifiers)
    assert screen.app.sheet is before
    assert not screen.app._event_loop.quit
    assert screen.app._window.children == [screen.app._view]
    assert (screen.told.taps, screen.told.scans) == ([], [])


def test_a_screenshot_is_the_page(screen: Screen, tmp_path: Path) -> None:
    """Exactly its pixels: the paper at the edge, the primary action in its colour."""
    screen.show(samples.DUTCH["refused"])
    screen.until(lambda: len(screen.app._view._motions) == 0)
    picture = picture_of(screen, tmp_path)
    assert picture.size == (540, 960)
    assert picture.getpixel((2, 500)) == rgb(NORMAL.paper)
    target = screen.target("stop")
    assert picture.getpixel((target.x + 40, target.y + 12)) == rgb(NORMAL.act)


def test_a_screenshot_may_be_asked_for_by_another_thread(screen: Screen, tmp_path: Path) -> None:
    """It is taken between two frames and written where it was wanted."""
    path = tmp_path / "screen.png"
    thread = threading.Thread(target=screen.app.screenshot, args=(path,))
    thread.start()
    screen.until(lambda: not thread.is_alive())
    thread.join()
    with Image.open(path) as picture:
        assert picture.size == (540, 960)


def test_another_theme_dresses_the_same_page(screen: Screen, tmp_path: Path) -> None:
    """High contrast: the same blocks, other colours."""
    screen.show(samples.DUTCH["refused"])
    keys = [block.key for block in screen.app.sheet.blocks]
    screen.app.use_theme("high_contrast")
    screen.frames()
    screen.until(lambda: len(screen.app._view._motions) == 0)
    target = screen.target("stop")
    assert [block.key for block in screen.app.sheet.blocks] == keys
    assert picture_of(screen, tmp_path).getpixel((target.x + 40, target.y + 12)) == rgb(HIGH_CONTRAST.act)


def test_an_unknown_theme_is_refused(screen: Screen) -> None:
    """By its name, at once."""
    with pytest.raises(KeyError, match="rainbow"):
        screen.app.use_theme("rainbow")


def test_titles_that_would_hurt_do_not(screen: Screen, tmp_path: Path) -> None:
    """They are drawn within their page: paper at both edges, buttons where they belong."""
    screen.show(samples.nasty())
    screen.until(lambda: set(screen.app._view._motions._due) <= {key for key in screen.app._view._motions._due if key.startswith("turn:")})
    picture = picture_of(screen, tmp_path)
    assert {picture.getpixel((x, y)) for x in (2, 537) for y in range(90, 860, 7)} == {rgb(NORMAL.paper)}
    target = screen.target("done")
    assert picture.getpixel((target.x + 40, target.y + 12)) == rgb(NORMAL.act)


@pytest.mark.parametrize("title", samples.NASTY_TITLES, ids=range(len(samples.NASTY_TITLES)))
def test_each_nasty_text_can_stand_anywhere(screen: Screen, title: str) -> None:
    """As a heading, a lead, a chip, a title, a label of a button, a language."""
    page = replace(
        samples.DUTCH["desk"],
        library=title,
        heading=title,
        lead=title,
        chips=(title,),
        code=title,
        boxes=tuple(replace(box, heading=title, paragraphs=(title,), chips=(title,)) for box in samples.DUTCH["desk"].boxes),
        rows=(Row("1", Tone.NO, title, (title,), (title,)),),
        actions=(Action("stop", title), Action("done", title, primary=True)),
    )
    screen.show(page)
    assert screen.app.sheet.name == "desk"
    assert screen.target("stop").w > 0


def test_pages_come_and_go_without_a_trace(screen: Screen) -> None:
    """After many rounds the canvas holds what the page has, no motion is left over, and the pictures are kept once."""
    around = ("attract", "lending", "warned", "refused", "put_items")
    view = screen.app._view
    for _ in range(3):
        for name in around:
            screen.show(samples.DUTCH[name])
    screen.show(samples.DUTCH["refused"])
    screen.until(lambda: len(view._motions) == 0)
    assert set(view._painted) == {block.key for block in screen.app.sheet.blocks}
    assert sum(len(layer.children) for layer in view._layers.values()) == len(screen.app.sheet.blocks)
    assert len(screen.app._brush._pictures) <= 4


def test_a_picture_rests_after_ten_minutes(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """And breathes again when somebody touches the screen."""
    motions = screen.app._view._motions
    assert "breath:picture" in motions._due
    real = motions._now
    monkeypatch.setattr(motions, "_now", lambda: real() + 601)
    motions.step()
    assert "breath:picture" not in motions._due
    monkeypatch.setattr(motions, "_now", real)
    screen.tap_at(3, 400)
    assert "breath:picture" in motions._due


def test_a_picture_that_is_no_large_one_is_a_sign(screen: Screen) -> None:
    """Each has its drawing, on a page of any tone."""
    for picture in Picture:
        for tone in Tone:
            screen.show(replace(samples.DUTCH["checking"], name=f"{picture}-{tone}", picture=picture, tone=tone))
            assert screen.app.sheet.name == f"{picture}-{tone}"


def test_kivy_leaves_the_programs_logging_alone(screen: Screen) -> None:
    """No handler of Kivy's at the root, standard error is not taken over."""
    assert screen.app.sheet.name == "attract"
    assert not [handler for handler in logging.getLogger().handlers if type(handler).__module__.startswith("kivy")]
    assert not type(sys.stderr).__module__.startswith("kivy")


def test_importing_the_screen_does_not_import_kivy() -> None:
    """A window is made when a screen is made, not before: stories are played without one."""
    code = "import sys, kiosk.ui.app, kiosk.ui.screens; sys.exit('kivy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
