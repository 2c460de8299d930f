"""What moves on the screen and when it has to be looked at again, without a window: each motion is a function of the time.

Not for deciding what moves (widgets) and not for drawing it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Motion(Protocol):
    """Draws itself as it is at `now` (seconds, monotonic) and says when it wants to be called again; None when it has come to rest."""

    def __call__(self, now: float) -> float | None:
        """Moves to where it is at `now`."""
        ...


class Motions:
    """All motions that are under way. Asks to be called by `wake(seconds)`, once, at the earliest moment one of them needs."""

    def __init__(self, now: Callable[[], float], wake: Callable[[float], None]) -> None:
        self._now = now
        self._wake = wake
        self._due: dict[str, tuple[float, Motion]] = {}

    def __len__(self) -> int:
        return len(self._due)

    def begin(self, key: str, motion: Motion) -> None:
        """Starts a motion at once, in the place of one of the same key."""
        self._turn(key, motion, self._now())
        self._ask()

    def end(self, prefix: str) -> None:
        """Forgets every motion whose key begins so."""
        for key in [key for key in self._due if key.startswith(prefix)]:
            del self._due[key]

    def step(self) -> None:
        """Moves what is due."""
        now = self._now()
        for key, (due, motion) in list(self._due.items()):
            if due <= now and key in self._due:
                self._turn(key, motion, now)
        self._ask()

    def _turn(self, key: str, motion: Motion, now: float) -> None:
        again = motion(now)
        if again is None:
            self._due.pop(key, None)
        else:
            self._due[key] = (again, motion)

    def _ask(self) -> None:
        if self._due:
            self._wake(max(0.0, min(due for due, _ in self._due.values()) - self._now()))


def eased(start: float, now: float, seconds: float) -> float:
    """How far a movement has come, 0 to 1, quick at first and gentle at the end."""
    share = min(1.0, max(0.0, (now - start) / seconds))
    return 1.0 - (1.0 - share) ** 3
