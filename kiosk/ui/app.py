"""The screen as the rest of the kiosk sees it: a window that shows pages and tells what was touched or scanned.

Kivy, and with it the window, comes into being when a `KioskApp` is made, not when this file is imported. Not for what a page says (present), where
things stand on it (screens) or how they are drawn (widgets).
"""

from __future__ import annotations

import ctypes
import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal

from PIL import Image

from kiosk.ui import tokens
from kiosk.ui.lettering import Lettering
from kiosk.ui.page import Action, Box, Notice, Page, Picture, Row, Tone
from kiosk.ui.pieces import Sheet
from kiosk.ui.scanning import Wedge
from kiosk.ui.screens import lay_out, scale_of
from kiosk.ui.still import MENU, MENU_CLOSE
from kiosk.ui.tokens import THEMES
from kiosk.ui.tray import TrayModel, lay_out_tray

Orientation = Literal["portrait", "landscape"]

PAGE_UNITS: Final = MappingProxyType({"portrait": (1080, 1920), "landscape": (1920, 1080)})
_ENTER: Final = frozenset({13, 271})
_PICTURE_TIMEOUT: Final = 10.0
_MMAP_THRESHOLD: Final = -3
"""M_MMAP_THRESHOLD in glibc's malloc.h."""
_LARGE_BLOCK: Final = 256 * 1024

log = logging.getLogger(__name__)


def prepare_kivy(size: tuple[int, int], *, fullscreen: bool) -> None:
    """Tells Kivy to leave command line, configuration files, log files and the root logger alone, and what window to make. Before its first import.

    Kivy reads its settings from the environment and makes its window while it is imported; a program has one Kivy.
    """
    os.environ.update(KIVY_NO_ARGS="1", KIVY_NO_CONFIG="1", KIVY_NO_FILELOG="1", KIVY_LOG_MODE="PYTHON", KIVY_WINDOW="sdl2")
    os.environ["SDL_MOUSE_FOCUS_CLICKTHROUGH"] = "1"  # else SDL swallows the first touch after the window got its focus
    logging.getLogger("kivy").setLevel(logging.WARNING)
    from kivy.config import Config  # noqa: PLC0415 - importing it reads the environment set above

    settings = {
        "graphics": {
            "width": str(size[0]),
            "height": str(size[1]),
            "fullscreen": "auto" if fullscreen else "0",
            "borderless": "1" if fullscreen else "0",
            "resizable": "0",
            "multisamples": "0",
            "maxfps": "60",
            "show_cursor": "0" if fullscreen else "1",
        },
        "kivy": {"exit_on_escape": "0", "keyboard_mode": "system", "pause_on_minimize": "0", "log_level": "warning"},
    }
    for section, values in settings.items():
        for key, value in values.items():
            Config.set(section, key, value)
    for key, _ in Config.items("input"):
        Config.remove_option("input", key)  # no second reader of the touch screen beside SDL: each touch would come twice
    Config.set("input", "mouse", "mouse,disable_multitouch")


def keep_memory_small() -> None:
    """Tells glibc to return large blocks when they are freed, and what it holds by now; other C libraries are left alone.

    Pictures take 60 MB for a moment when they are drawn, and glibc would keep that, and more with each larger block, for good.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt") and hasattr(library, "malloc_trim"):
        library.mallopt(_MMAP_THRESHOLD, _LARGE_BLOCK)
        library.malloc_trim(0)


class KioskApp:
    """The window of the kiosk. Made, run and ended in the main thread; `show`, `use_theme`, `screenshot` and `stop` may be called from any.

    tap: the name of a button, "language:en" for a language. scanned: what a scanner that acts as a keyboard typed, without its Enter; a kiosk that
    has no such scanner gives None and keys do nothing. now: the engine's clock, which countdowns run on. active: somebody touched the screen.
    ready: the first page stands on the screen; called in the main thread. size: the window in pixels; half a page's units if not given, the whole screen if `fullscreen`. A tray takes its own place beside the page.
    """

    def __init__(
        self,
        *,
        tap: Callable[[str], None],
        now: Callable[[], float] = time.monotonic,
        scanned: Callable[[str], None] | None = None,
        active: Callable[[], None] | None = None,
        ready: Callable[[], None] | None = None,
        orientation: Orientation = "portrait",
        fullscreen: bool = False,
        size: tuple[int, int] | None = None,
        reduced_motion: bool = False,
        tray: TrayModel | None = None,
        theme: str = tokens.NORMAL.name,
    ) -> None:
        self._tap, self._active, self._ready = tap, active, ready
        self._landscape = orientation == "landscape"
        wide, high = PAGE_UNITS[orientation]
        self._size = size or (wide // 2, high // 2)
        self._tray = tray
        self._theme = THEMES[theme]
        self._page: Page | None = None
        self._shown: tuple[object, ...] | None = None
        self._tray_shown: tuple[object, ...] | None = None
        self._menu_open = False
        self._warm = False
        self._thread = threading.get_ident()
        self._lettering = Lettering()
        self._wedge = Wedge(scanned, time.monotonic) if scanned else None
        tray_width = self._tray_width(self._size[1])
        prepare_kivy((self._size[0] + tray_width, self._size[1]), fullscreen=fullscreen)
        keep_memory_small()
        self._open_window(now, fullscreen=fullscreen, still=reduced_motion)

    def _open_window(self, now: Callable[[], float], *, fullscreen: bool, still: bool) -> None:
        # Imported here because importing them opens the window.
        from kiosk.ui import clock  # noqa: PLC0415

        self.clock = clock.install()
        from kivy.base import EventLoop  # noqa: PLC0415
        from kivy.clock import Clock  # noqa: PLC0415
        from kivy.core.window import Window  # noqa: PLC0415

        from kiosk.ui.brush import Brush  # noqa: PLC0415
        from kiosk.ui.widgets import SheetView  # noqa: PLC0415

        if Window is None:
            raise RuntimeError("No window could be opened: Kivy found neither an X11 display nor a screen of its own. Is DISPLAY set?")
        self._window: Any = Window
        self._event_loop: Any = EventLoop
        self._make_brush = Brush
        self._draw_soon: Any = Clock.create_trigger(lambda _: self._draw(), 0)
        self._soon: Callable[[Callable[[float], None]], Any] = Clock.schedule_once
        if fullscreen:
            self._size = (Window.width - self._tray_width(Window.height), Window.height)
        self._brush = Brush(self._lettering, self._theme, self._scale())
        self._view = SheetView(self._brush, touched=self._touched, now=now, active=self._active, still=still)
        Window.add_widget(self._view)
        if self._tray:
            self._tray_view = SheetView(self._brush, touched=self._picked, now=now, active=None, still=True)
            Window.add_widget(self._tray_view)
        Window.clearcolor = (0, 0, 0, 1)
        Window.bind(on_key_down=self._key, on_textinput=self._typed, on_resize=self._resized)
        if self.clock:
            self.clock.attach(Window)

    # From any thread

    def show(self, page: Page) -> None:
        """Makes the screen show this page with its next frame; of several since then, the last."""
        self._page = page
        self._draw_soon()

    def use_theme(self, name: str) -> None:
        """Dresses the page in another theme.

        Raises:
            KeyError: there is no such theme.
        """
        self._theme = THEMES[name]
        self._draw_soon()

    def stop(self) -> None:
        """Ends `run`."""
        self._soon(lambda _: self._event_loop.close())

    def screenshot(self, path: Path) -> None:
        """Writes a PNG of the page as it is drawn now, without the tray, as many pixels as it has.

        Raises:
            TimeoutError: called from another thread, and the screen does not run.
            OSError: the file cannot be written.
        """
        if threading.get_ident() == self._thread:
            self._take_picture().save(path)
            return
        taken: list[Image.Image] = []
        done = threading.Event()

        def take(_: float) -> None:
            taken.append(self._take_picture())
            done.set()

        self._soon(take)
        if not done.wait(_PICTURE_TIMEOUT):
            raise TimeoutError("The screen took no picture: it does not run.")
        taken[0].save(path)

    # In the main thread

    def run(self) -> None:
        """Shows pages until `stop`, or until the window is closed."""
        from kivy.base import runTouchApp  # noqa: PLC0415 - Kivy is prepared by now

        if not self._warm:
            self.warm_up()
        self._window.bind(on_flip=self._first_flip)
        try:
            runTouchApp()
        finally:
            self.close()

    def _first_flip(self, *_: object) -> None:
        self._window.unbind(on_flip=self._first_flip)
        if self._ready:
            self._ready()

    def close(self) -> None:
        """Lets go of what the screen holds; `run` does so at its end."""
        for view in self._views():
            view.rest()
        if self.clock:
            self.clock.detach()

    def warm_up(self) -> None:
        """Draws once what the first pages will need, so that the first guest does not wait for it: pictures, fonts, the driver's shaders."""
        for picture in (Picture.HOLD_PASS, Picture.PUT_ITEMS):
            self._brush.warm(picture, *(round(side * self._brush.scale) for side in (640, 600)))
        page, self._page = self._page, _SAMPLE
        self._draw()
        self._window.dispatch("on_draw")
        self._page = page or Page("start", "", "")
        self._draw()
        keep_memory_small()
        self._warm = True

    def draw_frame(self) -> None:
        """One turn of the loop by hand, for tests and figures: what is due happens, what changed is drawn."""
        self._event_loop.idle()

    @property
    def sheet(self) -> Sheet:
        """What stands on the screen, laid out."""
        return self._view.sheet

    def _views(self) -> tuple[Any, ...]:
        return (self._view, self._tray_view) if self._tray else (self._view,)

    def _scale(self) -> float:
        return scale_of(self._size, landscape=self._landscape)

    def _tray_width(self, height: int) -> int:
        return round(420 * height / 1920) + 60 if self._tray else 0

    def _draw(self) -> None:
        page = self._page
        if page is None:
            return
        wanted = (page, self._size, self._theme, self._menu_open)
        if self._menu_open and self._view.sheet.name != page.name:
            self._menu_open = False
        if wanted != self._shown:
            if self._brush.theme is not self._theme or self._brush.scale != self._scale():
                self._brush = self._make_brush(self._lettering, self._theme, self._scale())
            sheet = lay_out(page, self._size, self._lettering, self._theme, landscape=self._landscape, menu_open=self._menu_open)
            self._view.show(sheet, self._brush)
            self._shown = wanted
        self._draw_tray()

    def _draw_tray(self) -> None:
        if self._tray is None:
            return
        size = (self._window.width - self._size[0], self._size[1])
        wanted = (size, self._theme, self._tray.states())
        if wanted != self._tray_shown:
            self._tray_view.pos = (self._size[0], 0)
            self._tray_view.show(lay_out_tray(self._tray, size, self._lettering, self._theme))
            self._tray_shown = wanted

    def _take_picture(self) -> Image.Image:
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels  # noqa: PLC0415 - Kivy is prepared by now

        self._draw()
        self._window.dispatch("on_draw")
        w, h = self._size
        pixels = b"".join(glReadPixels(0, row, w, 1, GL_RGB, GL_UNSIGNED_BYTE) for row in range(h - 1, -1, -1))
        return Image.frombytes("RGB", (w, h), pixels)

    def _touched(self, name: str) -> None:
        opened, self._menu_open = self._menu_open, name == MENU and not self._menu_open
        if opened != self._menu_open:
            self._draw()
        if name not in {MENU, MENU_CLOSE}:
            self._tap(name)

    def _picked(self, name: str) -> None:
        if self._tray:
            group, _, key = name.partition(":")
            self._tray.picked(group, key)
            self._draw_soon()

    def _key(self, _window: object, key: int, *_: object) -> bool:
        if self._wedge and key in _ENTER:
            self._wedge.enter()
        return True  # nothing else a key could do is wanted: not Escape, not F1, not Ctrl+E

    def _typed(self, _window: object, text: str) -> bool:
        if self._wedge:
            self._wedge.typed(text)
        return True

    def _resized(self, _window: object, width: int, height: int) -> None:
        self._size = (width - self._tray_width(height), height)
        self._draw_soon()


_SAMPLE: Final = Page(
    "warm_up",
    "Aa",
    "Aa",
    picture=Picture.HOLD_PASS,
    tone=Tone.WAIT,
    lead="Aa",
    chips=("Aa",),
    rows=tuple(Row(str(tone), tone, "Aa", ("Aa",), ("Aa",)) for tone in Tone),
    boxes=(Box("Aa", ("Aa",), ("Aa",)),),
    notices=(Notice(Tone.INFO, "Aa"),),
    actions=(Action("one", "Aa"), Action("two", "Aa", primary=True)),
)
"""Has one of each, so that all fonts, signs and shaders are used once."""
