"""A screen with a tray, touched and scrolled: prints what was picked, as JSON. Run as a program, for Kivy lives once in a process."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kiosk.ui.app import KioskApp
from kiosk.ui.tray import TrayEntry, TrayModel
from tests.ui.samples import DUTCH, NOW


def main() -> None:
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    on: set[tuple[str, str]] = set()
    picked: list[tuple[str, str]] = []
    taps: list[str] = []

    def pick(group: str, key: str) -> None:
        picked.append((group, key))
        on.symmetric_difference_update({(group, key)})

    items = tuple(TrayEntry("items", str(number), f"Boek {number}", toggle=True) for number in range(40))
    entries = (
        TrayEntry("passes", "anna", "Anna", "gast van Bedum"),
        *items,
        TrayEntry("faults", "printer.paper_out", "papier op", toggle=True),
    )
    app = KioskApp(
        tap=taps.append, now=lambda: NOW, size=(540, 960), reduced_motion=True, tray=TrayModel(entries, pick, lambda *which: which in on)
    )
    app.show(DUTCH["attract"])
    app.warm_up()
    tray = app._tray_view
    from kivy.tests.common import UnitTestTouch  # noqa: PLC0415 - Kivy is there when the screen is

    def touch(name: str, drag: int = 0) -> None:
        target = next(target for target in tray.sheet.targets if target.name == name)
        x, y = tray.x + target.x + target.w / 2, 960 - (target.y - tray._scroll + target.h / 2)
        finger = UnitTestTouch(x, y)
        finger.touch_down()
        app.draw_frame()
        if drag:
            finger.touch_move(x, y + drag)
            app.draw_frame()
        tray._finger.last_at = 0.0  # the finger rests before it is lifted: no glide
        finger.touch_up(x, y + drag)
        app.draw_frame()
        app.draw_frame()

    touch("passes:anna")
    touch("items:3")
    on_there = [block.key for block in tray.sheet.blocks if len(block.pieces) > 3]
    touch("items:5", drag=400)
    scrolled = tray._scroll
    touch("items:12")
    app._tray_view._scroll_to(10_000)
    touch("faults:printer.paper_out")
    picture = app._take_picture()
    app.close()
    print(
        json.dumps(
            {
                "picked": picked,
                "taps": taps,
                "on": on_there,
                "scrolled": scrolled,
                "window": list(app._window.size),
                "picture": list(picture.size),
            }
        )
    )


if __name__ == "__main__":
    main()
