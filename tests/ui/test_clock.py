"""When our clock stays out of the way. How it sleeps and wakes is tested on a real X server (tests/real/test_window.py)."""

from __future__ import annotations

import logging
import threading

import pytest

from tests.ui.conftest import Screen


def test_another_kivy_keeps_its_own_clock(screen: Screen, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Ours knows the inside of one version; with any other it says so and changes nothing."""
    import kivy  # noqa: PLC0415 - there when the screen is
    from kivy.clock import Clock  # noqa: PLC0415

    from kiosk.ui import clock  # noqa: PLC0415

    before = object.__getattribute__(Clock, "_obj")
    assert before is screen.app.clock
    monkeypatch.setattr(kivy, "__version__", "2.4.0")
    with caplog.at_level(logging.WARNING):
        assert clock.install() is None
    assert object.__getattribute__(Clock, "_obj") is before
    assert "2.4.0" in caplog.text


def test_without_x11_it_turns_sixty_times_a_second(screen: Screen) -> None:
    """There is nothing to sleep on: no pipe is opened, and what is scheduled happens all the same."""
    clock = screen.app.clock
    assert clock is not None
    assert clock._waker is None
    happened = threading.Event()
    screen.app._soon(lambda _: happened.set())
    screen.until(happened.is_set)


def test_a_thread_can_schedule(screen: Screen) -> None:
    """What another thread schedules happens in the screen's thread."""
    seen: list[int] = []
    thread = threading.Thread(target=lambda: screen.app._soon(lambda _: seen.append(threading.get_ident())))
    thread.start()
    thread.join()
    screen.until(lambda: bool(seen))
    assert seen == [threading.get_ident()]
