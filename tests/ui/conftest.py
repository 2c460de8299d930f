"""The screen that tests share: Kivy lives once in a process, here without an X server (SDL's offscreen driver, real pixels)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from kiosk.ui.app import KioskApp
from kiosk.ui.page import Page
from kiosk.ui.pieces import Target
from tests.ui import samples


@dataclass
class Told:
    """What a screen told, and the time it is told."""

    taps: list[str] = field(default_factory=list)
    scans: list[str] = field(default_factory=list)
    touches: list[str] = field(default_factory=list)
    now: float = samples.NOW


@dataclass
class Screen:
    """A running screen and a finger to touch it with."""

    app: KioskApp
    told: Told

    def show(self, page: Page) -> None:
        self.app.show(page)
        self.frames()

    def frames(self, count: int = 2) -> None:
        for _ in range(count):
            self.app.draw_frame()

    def until(self, holds: Callable[[], bool], most: int = 600) -> None:
        for _ in range(most):
            if holds():
                return
            self.app.draw_frame()
        raise AssertionError("it did not come about")

    def target(self, name: str) -> Target:
        return next(target for target in self.app.sheet.targets if target.name == name)

    def finger(self, x: float, y: float) -> Any:
        """A touch at a point of the page, y down, not begun yet."""
        from kivy.tests.common import UnitTestTouch  # noqa: PLC0415 - Kivy is there when the screen is

        return UnitTestTouch(x, self.app.sheet.h - y)

    def tap(self, name: str) -> None:
        target = self.target(name)
        self.tap_at(target.x + target.w / 2, target.y + target.h / 2)

    def tap_at(self, x: float, y: float) -> None:
        finger = self.finger(x, y)
        finger.touch_down()
        self.frames()
        finger.touch_up()
        self.frames()

    def press_key(self, key: int, modifiers: list[str] | None = None) -> None:
        window = self.app._window
        if not window.dispatch("on_key_down", key, 0, None, modifiers or []):
            window.dispatch("on_keyboard", key, 0, None, modifiers or [])
        window.dispatch("on_key_up", key, 0)
        self.frames()


@pytest.fixture(scope="session")
def one_screen() -> Iterator[Screen]:
    """The screen of this process."""
    told = Told()
    with pytest.MonkeyPatch.context() as environment:  # read when the window opens, and not to be inherited by other tests' processes
        environment.setenv("SDL_VIDEODRIVER", "offscreen")
        environment.delenv("DISPLAY", raising=False)
        app = KioskApp(
            tap=told.taps.append,
            scanned=told.scans.append,
            active=lambda: told.touches.append("touch"),
            now=lambda: told.now,
            size=(540, 960),
        )
    app.warm_up()
    yield Screen(app, told)
    app.close()


@pytest.fixture
def screen(one_screen: Screen) -> Screen:
    """The screen, showing the attract page, with nothing told yet."""
    one_screen.told.now = samples.NOW
    one_screen.app.use_theme("normal")
    one_screen.show(samples.DUTCH["attract"])
    for told in (one_screen.told.taps, one_screen.told.scans, one_screen.told.touches):
        told.clear()
    return one_screen
