"""What moves is looked at when it has to be, and not more often."""

from __future__ import annotations

import pytest

from kiosk.ui.motion import Motions, eased


def test_the_next_look_is_the_earliest_asked_for() -> None:
    """Two motions, one slow and one quick: the clock is asked for the quick one's moment."""
    wakes: list[float] = []
    motions = Motions(lambda: 10.0, wakes.append)
    motions.begin("slow", lambda now: now + 1.0)
    motions.begin("quick", lambda now: now + 0.05)
    assert wakes == pytest.approx([1.0, 0.05])


def test_a_motion_that_rests_is_forgotten() -> None:
    """None means: not again."""
    now = [0.0]
    seen: list[float] = []
    wakes: list[float] = []

    def move(at: float) -> float | None:
        seen.append(at)
        return at + 1 if at < 2 else None

    motions = Motions(lambda: now[0], wakes.append)
    motions.begin("one", move)
    for now[0] in (0.5, 1.0, 2.0, 3.0):
        motions.step()
    assert seen == [0.0, 1.0, 2.0]
    assert len(motions) == 0


def test_a_motion_can_be_ended() -> None:
    """By the beginning of its name, so that all of a block end with the block."""
    motions = Motions(lambda: 0.0, lambda _: None)
    for key in ("ring:a:0", "ring:a:1", "ring:b:0"):
        motions.begin(key, lambda now: now + 1)
    motions.end("ring:a")
    assert len(motions) == 1


def test_easing_begins_at_nothing_and_ends_at_all() -> None:
    """And does not go beyond."""
    assert [eased(1.0, at, 2.0) for at in (0.0, 1.0, 3.0, 9.0)] == [0.0, 0.0, 1.0, 1.0]
    assert eased(0.0, 0.5, 1.0) > 0.5
