"""Listeners that remember what they were told, for tests to wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.contract import Role, Seen, Tag, sight
from drivers.errors import Fault

DEADLINE = 20.0
"""Seconds after which a test gives up; generous, because it is spent only when something is broken."""

Told = tuple[str, object]


class Recorder:
    """A listener to tags, scans and health. `told` is what came in, oldest first: ("saw", tags), ("sensed", None), ("up", role), ("down", reason)..."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.threads: set[str] = set()
        self.hints: list[str] = []
        self._changed = threading.Condition()

    def sensed(self) -> None:
        self._add(("sensed", None))

    def saw(self, tags: tuple[Tag, ...]) -> None:
        self._add(("saw", tags))

    def scanned(self, code: str) -> None:
        self._add(("scanned", code))

    def up(self, role: Role, description: str) -> None:
        self.hints.append(description)
        self._add(("up", role))

    def down(self, role: Role, reason: Fault, hint: str) -> None:
        del role
        self.hints.append(hint)
        self._add(("down", reason))

    def wait(self, holds: Callable[[list[Told]], bool]) -> list[Told]:
        """Wait until `holds` for what was told; what was told then. Fails after a deadline."""
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.told), DEADLINE), f"still waiting; so far: {self.summary()}"
            return list(self.told)

    def wait_for(self, *events: Told) -> list[Told]:
        """Wait until these were told last."""
        return self.wait(lambda told: told[-len(events) :] == list(events))

    def seen(self) -> list[Seen]:
        """What the tags told so far mean."""
        with self._changed:
            return [sight(told).seen for event, told in self.told if event == "saw" and isinstance(told, tuple)]

    def wait_seen(self, *seen: Seen) -> None:
        """Wait until exactly these were seen, in this order."""
        self.wait(lambda _: self.seen() == list(seen))

    def forget(self) -> None:
        """Begin anew."""
        with self._changed:
            self.told.clear()

    def summary(self) -> list[str]:
        """What was told, without the tags' bytes."""
        return [f"{event} {len(told) if isinstance(told, tuple) else told}" for event, told in self.told]

    def _add(self, event: Told) -> None:
        with self._changed:
            self.threads.add(threading.current_thread().name)
            self.told.append(event)
            self._changed.notify_all()


def threads_left(before: set[threading.Thread]) -> set[threading.Thread]:
    """The threads that were not there before and do not end."""
    new = set(threading.enumerate()) - before
    for thread in new:
        thread.join(DEADLINE)
    return {thread for thread in new if thread.is_alive()}
