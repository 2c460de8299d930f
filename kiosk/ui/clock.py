"""A clock for Kivy's ordinary main loop that sleeps until there is something to do.

Kivy's own clock wakes sixty times a second, looks whether anything is due and sleeps again: 2 to 3 % of a core at rest, 9 ms from a thread to its
callback, and a touch waits for two turns. This one waits in `select()` on three things: the X11 connection (touches, keys), a pipe that `schedule_*`
of another thread or a signal handler writes to, and the moment the next callback is due. At rest it turns once a second
(so does Kivy's own cache, which looks for what it can drop).

It stands on the inside of Kivy 2.3.1 (`ClockBaseBehavior`, `CyClockBase`, the object behind the `Clock` proxy); with any other version, or where
the window is not an X11 one, Kivy's own clock stays. Not for the engine's time (handed in as `now`).

One thing to know, Kivy's own habit: a delay counts from the last turn of the clock. Another thread should schedule without a delay only.
"""

from __future__ import annotations

import ctypes
import logging
import os
import select
import threading
from typing import Any, Final

import kivy
from kivy.clock import Clock, ClockBaseBehavior
from kivy.context import get_current_context

from kivy._clock import CyClockBase  # isort: skip - needs kivy.clock first

KNOWN_KIVY: Final = "2.3.1"
_LONGEST_SLEEP: Final = 1.0
_FRAMES_PER_SECOND: Final = 60.0
_TURNS_AFTER_INPUT: Final = 2
"""After input one turn hands it on, and the next draws what it changed: neither may sleep."""

log = logging.getLogger(__name__)


class SelectClock(ClockBaseBehavior, CyClockBase):
    """Kivy's clock with another way of waiting. `turns` counts how often it woke."""

    def __init__(self) -> None:
        super().__init__()
        self._max_fps = _FRAMES_PER_SECOND
        self._last_tick: float
        self._thread = threading.get_ident()
        self._asleep = False
        self._awake_for = 0
        self._waker: tuple[int, int] | None = None
        self._window: Any = None
        self._x11: _X11 | None = None
        self.turns = 0

    def attach(self, window: Any) -> bool:
        """Begins to sleep on the window's X11 connection; False where it has none, and the clock then turns sixty times a second."""
        self._x11 = _X11.of(window)
        self._window = window
        if self._x11 is None:
            return False
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._waker = (reader, writer)
        for event in ("on_mouse_down", "on_mouse_up", "on_mouse_move", "on_key_down", "on_key_up", "on_textinput"):
            window.fbind(event, self._input)
        return True

    def detach(self) -> None:
        """Gives the pipe back; the clock can go on without sleeping."""
        self._x11 = None
        waker, self._waker = self._waker, None
        for end in waker or ():
            os.close(end)

    def on_schedule(self, event: Any) -> None:  # noqa: ARG002 - Kivy's signature
        """Kivy calls this for everything scheduled, in the thread that schedules it."""
        if self._waker and (self._asleep or threading.get_ident() != self._thread):
            try:
                os.write(self._waker[1], b".")
            except BlockingIOError:
                return  # the pipe is full of wake-ups: one is enough

    def usleep(self, microseconds: float) -> None:
        """Kivy's own loop would sleep here; `idle` does it."""

    def idle(self) -> float:
        """Waits for input, a wake-up or the next due moment. Called by Kivy at the beginning of each turn; returns the time."""
        self.turns += 1
        if self._awake_for:
            self._awake_for -= 1
        else:
            self._sleep()
        current: float = self.time()
        self._dt = current - self._last_tick
        self._last_tick = current
        return current

    def _sleep(self) -> None:
        frame = self._last_tick + 1.0 / self._max_fps
        x11 = self._x11
        if x11 is None or self._waker is None:
            _wait([], frame - self.time())
            return
        self._asleep = True  # before looking what is due: whatever comes later writes to the pipe
        try:
            due = self.get_min_timeout()
            at_once = due <= 0 or self._window.canvas.needs_redraw
            until = frame if at_once else max(frame, min(due, self.time() + _LONGEST_SLEEP))
            if x11.waiting():  # Xlib may have read it already while it sent a frame: the socket would stay silent
                self._awake_for = _TURNS_AFTER_INPUT
                return
            ready = _wait([self._waker[0], x11.socket], until - self.time())
        finally:
            self._asleep = False
        if self._waker[0] in ready:
            os.read(self._waker[0], 65536)
        if x11.socket in ready:
            self._awake_for = _TURNS_AFTER_INPUT

    def _input(self, *_: object) -> None:
        self._awake_for = max(self._awake_for, _TURNS_AFTER_INPUT)


def _wait(readable: list[int], seconds: float) -> list[int]:
    return select.select(readable, [], [], max(0.0, seconds))[0] if seconds > 0 or readable else []


class _X11:
    """The X11 connection below a window."""

    def __init__(self, library: ctypes.CDLL, display: int) -> None:
        self._display = ctypes.c_void_p(display)
        library.XConnectionNumber.argtypes = [ctypes.c_void_p]
        library.XPending.argtypes = [ctypes.c_void_p]
        self._pending = library.XPending
        self.socket: int = library.XConnectionNumber(self._display)

    def waiting(self) -> bool:
        """Whether events have come; sends what is still to be sent."""
        return self._pending(self._display) > 0

    @classmethod
    def of(cls, window: Any) -> _X11 | None:
        display = getattr(window.get_window_info(), "display", None)
        if not display:
            return None
        try:
            return cls(ctypes.CDLL("libX11.so.6"), int(display))
        except OSError as fault:
            log.warning("libX11.so.6 cannot be loaded (%s): the screen turns sixty times a second instead of sleeping.", fault)
            return None


def install() -> SelectClock | None:
    """Puts our clock behind Kivy's `Clock`; before anything is scheduled, so before the window is made. None where Kivy's own stays."""
    if kivy.__version__ != KNOWN_KIVY:
        log.warning(
            "Kivy is %s, our clock knows %s: Kivy's own clock is used, which takes about 2 %% of a core.", kivy.__version__, KNOWN_KIVY
        )
        return None
    clock = SelectClock()
    object.__setattr__(Clock, "_obj", clock)
    get_current_context()["Clock"] = clock
    return clock
