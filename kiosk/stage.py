"""Joins kiosk and screen: for guests, and as a stage for stories, with a fresh kiosk each and the clock in the story's hands.

Without a screen no window is opened at all. Not for playing stories (stories), nor for wiring devices and library (bootstrap).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from kiosk.bootstrap import Extras, Kiosk
from kiosk.demo import Tray
from kiosk.domain.items import VisitRecord
from kiosk.engine.time import StoryTime
from kiosk.journal import SqliteJournal
from kiosk.kit import Kit
from kiosk.locale import NAMES, words
from kiosk.settings import Backend, Settings
from kiosk.stories import Story
from kiosk.ui.glass import Glass
from kiosk.ui.page import Page
from kiosk.ui.present import Hall


def hall(settings: Settings) -> Hall:
    """What surrounds every visit at this kiosk."""
    return Hall(settings.library.name, NAMES, pad=settings.item_reader.driver != "none")


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen that a story may use: it is handed the kiosk that it shows and its pages, and leaves pictures."""

    take: Callable[[Kiosk], None]
    draw: Callable[[Page], None]
    picture: Callable[[Path], bool]


class KioskStage:
    """One kiosk for one story; implements kiosk.stories.Stage."""

    def __init__(self, kiosk: Kiosk, glass: Glass, screen: Screen | None) -> None:
        self._kiosk = kiosk
        self._glass = glass
        self._screen = screen

    @property
    def kit(self) -> Kit:
        """The simulated hardware."""
        return self._kiosk.kit

    @property
    def time(self) -> StoryTime:
        """The story's clock."""
        if not isinstance(self._kiosk.time, StoryTime):
            raise TypeError("A story needs a clock that it can move.")
        return self._kiosk.time

    @property
    def journal(self) -> SqliteJournal:
        """What happened and why."""
        return self._kiosk.journal

    @property
    def visit(self) -> int:
        """The number of the current or last visit."""
        return self._kiosk.visit

    def page(self) -> Page:
        """What stands on the screen now."""
        return self._glass.page

    def tap(self, button: str) -> None:
        """Tap a button."""
        self._kiosk.tap(button)

    def busy(self) -> bool:
        """Whether something is under way."""
        return self._kiosk.busy()

    def record(self) -> VisitRecord | None:
        """What the library has on record for the last visit."""
        return self._kiosk.record()

    def clock_moved(self) -> None:
        """The library's clock follows."""
        self._kiosk.clock_moved()

    def nightly(self) -> None:
        """The library refreshes its guests."""
        self._kiosk.nightly()

    def picture(self, file: Path) -> bool:
        """Leave a picture of the screen."""
        return self._screen.picture(file) if self._screen else False


SetUp = Callable[[Story], AbstractContextManager[KioskStage]]


@contextmanager
def stage(settings: Settings, story: Story, screen: Screen | None = None) -> Iterator[KioskStage]:
    """A stage with a state folder of its own, so that no story sees what another left. Raises LibraryError, SettingWrong, OSError."""
    with TemporaryDirectory(prefix="kiosk-story-") as folder:
        own = settings.kiosk.model_copy(update={"state_dir": Path(folder)})
        # the embedded library of a story always has the demo's people and items
        library = settings.library.model_copy(update={"demo_data": settings.library.backend is Backend.EMBEDDED})
        glass = Glass(hall(settings), words, screen.draw if screen else lambda _: None)
        extras = Extras(StoryTime(), language=story.language)
        kiosk = Kiosk(settings.model_copy(update={"kiosk": own, "library": library}), watch=glass.show, extras=extras)
        with kiosk:
            if screen:
                screen.take(kiosk)
            yield KioskStage(kiosk, glass, screen)


_Result = TypeVar("_Result")


def on_screen(settings: Settings, work: Callable[[Screen], _Result]) -> _Result:
    """Open a window, let `work` use it from a thread of its own, and close it; gives what `work` gives and raises what it raises."""
    from kiosk.ui.app import PAGE_UNITS, KioskApp  # noqa: PLC0415 - Kivy takes terminal and display when it is loaded; only who wants a window does

    shown: list[Kiosk] = []
    size = PAGE_UNITS[settings.kiosk.orientation]
    app = KioskApp(
        tap=lambda button: shown[-1].tap(button),  # noqa: PLW0108 - the kiosk changes with each story
        now=lambda: shown[-1].time.monotonic() if shown else 0.0,
        active=lambda: shown[-1].touched(),  # noqa: PLW0108 - as above
        orientation=settings.kiosk.orientation,
        size=size,
        reduced_motion=True,  # a picture of a page should not depend on when it is taken
    )

    def take(kiosk: Kiosk) -> None:
        shown[:] = [kiosk]

    def picture(file: Path) -> bool:
        app.screenshot(file)
        return True

    with ThreadPoolExecutor(1, thread_name_prefix="stories") as pool:
        result = pool.submit(work, Screen(take, app.show, picture))
        result.add_done_callback(lambda _: app.stop())
        app.run()
        return result.result()


def run(settings: Settings, *, windowed: bool, demo: bool) -> None:
    """Run a kiosk in its window until that is closed. Raises LibraryError, drivers.errors.DeviceError, OSError."""
    from kiosk.ui.app import KioskApp  # noqa: PLC0415 - as above

    if not any(os.environ.get(name) for name in ("DISPLAY", "SDL_VIDEODRIVER")) and not Path("/dev/dri").exists():
        raise OSError("there is no screen; start it in a desktop session or set DISPLAY")
    glass = Glass(hall(settings), words)
    kiosk = Kiosk(settings, watch=glass.show)
    with ExitStack() as stack:
        stack.callback(kiosk.close)
        # the library may take a second to start; the window opens meanwhile
        starting = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="start")).submit(kiosk.start)
        if demo:
            starting.result()  # the tray is made of what the kiosk simulates
        app = KioskApp(
            tap=kiosk.tap,
            now=kiosk.time.monotonic,
            active=kiosk.touched,
            ready=lambda: kiosk.journal.write(0, "screen_ready"),
            scanned=kiosk.scanned if settings.scanner.driver == "keyboard" else None,
            orientation=settings.kiosk.orientation,
            fullscreen=settings.kiosk.fullscreen and not windowed,
            reduced_motion=settings.kiosk.reduced_motion,
            tray=Tray(kiosk.kit).model() if demo else None,
        )
        starting.result()
        glass.draw_on(app.show)
        app.run()
