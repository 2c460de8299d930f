"""The engine's clock: seconds that never jump back, wall time in the library's zone, and actions that come due.

`SystemTime` runs with the machine; `StoryTime` can besides be moved forward by hand. Not for the desk's clock: that is its own.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Amsterdam")


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class SystemTime:
    """The machine's clock, with one thread for all actions; implements kiosk.ports.Time."""

    def __init__(self) -> None:
        self._due: list[_Due] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
        self._thread.start()

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def wall(self) -> datetime:
        """Date and time in the library."""
        return datetime.now(ZONE)

    def after(self, seconds: float, action: Callable[[], None]) -> _Due:
        """Do something later, on the timers' thread; it must return at once."""
        due = _Due(self.monotonic() + seconds, next(self._numbers), action)
        with self._changed:
            heapq.heappush(self._due, due)
            self._changed.notify()
        return due

    def close(self) -> None:
        """Nothing comes due any more."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _next(self) -> _Due | None:
        while self._due and self._due[0].cancelled:
            heapq.heappop(self._due)
        return self._due[0] if self._due else None

    def _run(self) -> None:
        while True:
            with self._changed:
                first = self._next()
                if self._closing:
                    return
                wait = None if first is None else first.at - self.monotonic()
                if first is None or (wait is not None and wait > 0):
                    self._changed.wait(wait)
                    continue
                heapq.heappop(self._due)
            first.action()


class StoryTime(SystemTime):
    """Runs with the machine and can be moved on by hand, so that a story of minutes plays in a moment."""

    def __init__(self, now: datetime | None = None) -> None:
        self._ahead = 0.0
        self._began = (now or datetime.now(ZONE)).astimezone(UTC)  # hours are added in UTC: a local day may have 23 or 25
        self._origin = time.monotonic()
        super().__init__()

    def monotonic(self) -> float:
        """Seconds since some moment, those moved by hand among them."""
        return time.monotonic() + self._ahead

    def wall(self) -> datetime:
        """Date and time in the story."""
        return (self._began + timedelta(seconds=self.monotonic() - self._origin)).astimezone(ZONE)

    def until_next(self) -> float | None:
        """Seconds until something comes due, None when nothing will."""
        with self._changed:
            first = self._next()
        return None if first is None else max(first.at - self.monotonic(), 0.0)

    def move(self, seconds: float) -> None:
        """Move the clock on; what comes due in between happens at once, in its order."""
        with self._changed:
            self._ahead += seconds
            self._changed.notify()

    def set_wall(self, now: datetime) -> None:
        """Say what date and time it is; timers are not touched."""
        with self._changed:
            self._began = now.astimezone(UTC) - timedelta(seconds=self.monotonic() - self._origin)
