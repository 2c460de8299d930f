"""A scanner that types."""

from __future__ import annotations

from kiosk.ui.scanning import Wedge


class HandClock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def typed(text: str, pause: float = 0.01) -> list[str]:
    scans: list[str] = []
    clock = HandClock()
    wedge = Wedge(scans.append, clock)
    for character in text:
        clock.now += pause
        wedge.enter() if character == "\n" else wedge.typed(character)
    return scans


def test_fast_characters_and_enter_are_a_scan() -> None:
    """What is told is what was typed, without the Enter."""
    assert typed("20000000000011\n30000000000018\n") == ["20000000000011", "30000000000018"]


def test_a_person_at_a_keyboard_is_no_scanner() -> None:
    """Characters half a second apart are forgotten."""
    assert typed("20000000000011\n", pause=0.5) == []


def test_a_lone_enter_is_nothing() -> None:
    """Neither is a key or two with one."""
    assert typed("\n\nab\n") == []


def test_a_scan_has_an_end() -> None:
    """A scanner gone mad fills no memory and tells nothing."""
    assert typed("9" * 100_000 + "\n") == []


def test_control_characters_are_no_part_of_a_scan() -> None:
    """Some scanners send a group separator."""
    assert typed("2000\x1d0011\n") == ["20000011"]
