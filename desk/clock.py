"""The only source of now, in the library's zone. Not for measuring how long something takes."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Amsterdam")


class ClockError(Exception):
    """The clock file cannot be read; the message is one sentence that says what to do."""


class Clock(Protocol):
    """Says what time it is in the library."""

    def now(self) -> datetime:
        """Date and time with the library's zone."""

    def today(self) -> date:
        """The library's date: due dates and terms are counted in it."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Date and time with the library's zone."""
        return datetime.now(ZONE)

    def today(self) -> date:
        """The library's date."""
        return self.now().date()


class FileClock:
    """A clock that a person moves: the file holds one ISO 8601 date-time with its zone and is read at every call."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Date and time with the library's zone. Raises ClockError."""
        try:
            moment = datetime.fromisoformat(self._path.read_text(encoding="ascii").strip())
        except (OSError, ValueError) as error:
            raise ClockError(f"Write a date-time such as 2026-11-24T09:00:00+01:00 into the clock file {self._path}.") from error
        if moment.tzinfo is None:
            raise ClockError(f"The date-time in the clock file {self._path} needs its zone, such as +01:00.")
        return moment.astimezone(ZONE)

    def today(self) -> date:
        """The library's date. Raises ClockError."""
        return self.now().date()
