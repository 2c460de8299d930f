"""Draws every page of the gallery in one orientation, half as large as a page, nothing moving: run as a program, for Kivy lives once in a process.

python tests/ui/draw_gallery.py portrait FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kiosk.ui.app import PAGE_UNITS, KioskApp, Orientation
from tests.ui.pages import NOW, every_page


def draw(orientation: Orientation, folder: Path) -> None:
    """Writes `<page>-<orientation>.png` for each page."""
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    wide, high = PAGE_UNITS[orientation]
    app = KioskApp(tap=lambda _: None, now=lambda: NOW, orientation=orientation, size=(wide // 2, high // 2), reduced_motion=True)
    app.warm_up()
    for name, page in every_page().items():
        app.show(page)
        app.screenshot(folder / f"{name}-{orientation}.png")
    app.close()


if __name__ == "__main__":
    draw("landscape" if sys.argv[1] == "landscape" else "portrait", Path(sys.argv[2]))
