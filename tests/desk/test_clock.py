"""The desk's clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from desk.clock import ZONE, ClockError, FileClock, SystemClock


def test_system_clock() -> None:
    """The system's clock says the machine's time in the library's zone."""
    now = SystemClock().now()

    assert now.tzinfo is ZONE
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)
    assert SystemClock().today() - now.date() in (timedelta(0), timedelta(days=1))


def test_moved_clock(tmp_path: Path) -> None:
    """A clock file is read at each call, whatever zone it is written in."""
    file = tmp_path / "clock"
    clock = FileClock(file)

    file.write_text("2026-11-24T09:00:00+01:00\n", encoding="ascii")
    assert clock.now() == datetime(2026, 11, 24, 9, tzinfo=ZONE)
    file.write_text("2026-06-30T22:30:00Z", encoding="ascii")
    assert clock.now().hour == 0
    assert clock.today() == date(2026, 7, 1)


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-11-24T09:00:00", "2026-13-01T00:00+01:00", None])
def test_broken_clock(tmp_path: Path, text: str | None) -> None:
    """A clock file that holds no date-time with a zone, or is not there, is said so in a sentence."""
    if text is not None:
        (tmp_path / "clock").write_text(text, encoding="ascii")

    with pytest.raises(ClockError, match=r"\.$"):
        FileClock(tmp_path / "clock").now()
