"""A barcode scanner that acts as a keyboard: characters that come fast, ended by Enter. Not for scanners with a driver of their own (drivers.scanners)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_LONGEST_PAUSE: Final = 0.3
"""Seconds between two characters of one scan; a person who looks for keys is slower."""
_SHORTEST: Final = 3
_LONGEST: Final = 128


class Wedge:
    """Collects what is typed and tells it at Enter, if it looks like a scan. `now` in seconds."""

    def __init__(self, scanned: Callable[[str], None], now: Callable[[], float]) -> None:
        self._scanned = scanned
        self._now = now
        self._characters = ""
        self._last = 0.0

    def typed(self, text: str) -> None:
        """Characters came."""
        now = self._now()
        if now - self._last > _LONGEST_PAUSE:
            self._characters = ""
        self._last = now
        self._characters = (self._characters + "".join(c for c in text if c.isprintable()))[: _LONGEST + 1]

    def enter(self) -> None:
        """Enter came."""
        scan, self._characters = self._characters, ""
        if self._now() - self._last <= _LONGEST_PAUSE and _SHORTEST <= len(scan) <= _LONGEST:
            self._scanned(scan)
