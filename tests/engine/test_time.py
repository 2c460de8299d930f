"""The engine's clock, run by the machine and moved by hand."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.engine.time import ZONE, StoryTime, SystemTime
from tests.drivers.recording import DEADLINE
from tests.engine.parts import no_thread_left, wait_until

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=ZONE)


@pytest.fixture
def story() -> Iterator[StoryTime]:
    with no_thread_left():
        time = StoryTime(NOW)
        yield time
        time.close()


def about(one: datetime, other: datetime) -> bool:
    return abs(one - other) < timedelta(seconds=DEADLINE)


def test_machine_time() -> None:
    """Actions happen on a thread of the clock's own; wall time has the library's zone; after closing nothing happens and nothing is left."""
    with no_thread_left():
        time = SystemTime()
        happened = threading.Event()
        threads: list[str] = []
        never = time.after(3600, happened.clear)
        time.after(0, lambda: (threads.append(threading.current_thread().name), happened.set()))
        assert happened.wait(DEADLINE)
        assert threads == ["timers"]
        assert about(time.wall(), datetime.now(UTC))
        assert time.wall().tzinfo is ZONE
        never.cancel()
        time.close()


def test_cancelled_action_does_not_happen(story):
    done: list[int] = []
    timers = [story.after(10, lambda number=number: done.append(number)) for number in range(3)]
    timers[1].cancel()
    timers[1].cancel()
    story.move(11)
    wait_until(lambda: done == [0, 2])

    assert story.until_next() is None


def test_moving_runs_what_comes_due_in_its_order(story):
    """By the moment it is due, not by when it was set; what is due at one moment in the order in which it was set; the rest waits."""
    done: list[str] = []
    for seconds, name in ((30, "late"), (10, "early"), (20, "middle"), (3600, "not yet")):
        story.after(seconds, lambda name=name: done.append(name))
    story.move(60)
    wait_until(lambda: len(done) == 3)

    assert done == ["early", "middle", "late"]
    assert 3600 - 60 - DEADLINE < story.until_next() <= 3600 - 60


def test_moving_wakes_who_sleeps(story):
    """The clock's thread sleeps until the next thing is due by the machine's time; a move does not wait for that."""
    done = threading.Event()
    story.after(3600, done.set)
    wait_until(lambda: bool(story._changed._waiters))
    story.move(3600)

    assert done.wait(DEADLINE)


def test_nothing_comes_due_before_its_time(story):
    """An action a little after the move is still waiting when one that is due has happened."""
    done: list[str] = []
    story.after(1000, lambda: done.append("later"))
    story.after(500, lambda: done.append("due"))
    story.move(500)
    wait_until(lambda: bool(done))

    assert done == ["due"]


def test_what_is_set_by_an_action_comes_due_too(story):
    """An action may set the next one, as a warning does with the end of a visit."""
    done: list[str] = []
    story.after(10, lambda: story.after(0, lambda: done.append("next")))
    story.move(10)

    wait_until(lambda: done == ["next"])


def test_both_clocks_are_moved(story):
    before = story.monotonic()
    story.move(3600)

    assert 3600 <= story.monotonic() - before < 3600 + DEADLINE
    assert about(story.wall(), NOW + timedelta(hours=1))


def test_saying_what_day_it_is_touches_no_timer(story):
    """A story that jumps to the next morning does not ring a guest's timers."""
    story.after(60, lambda: None)
    before = story.monotonic()
    story.set_wall(NOW + timedelta(days=1))

    assert about(story.wall(), NOW + timedelta(days=1))
    assert story.monotonic() - before < DEADLINE
    assert story.until_next() > 60 - DEADLINE


@pytest.mark.parametrize("set_later", [True, False])
def test_hour_that_comes_twice(set_later):
    """Hours are real hours, also in the night in which summer time ends: three hours after half past midnight it is half past two."""
    evening = datetime(2026, 10, 25, 0, 30, tzinfo=ZONE)
    with no_thread_left():
        time = StoryTime(NOW if set_later else evening)
        if set_later:
            time.set_wall(evening)
        time.move(3 * 3600)
        wall = time.wall()
        time.close()

    assert about(wall.astimezone(UTC), evening.astimezone(UTC) + timedelta(hours=3))
    assert (wall.hour, wall.minute, wall.utcoffset()) == (2, 30, timedelta(hours=1))


def test_wall_time_has_the_librarys_zone(story):
    story.set_wall(datetime(2026, 7, 1, 12, tzinfo=UTC))

    assert (story.wall().hour, story.wall().tzinfo) == (14, ZONE)
