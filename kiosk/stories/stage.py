"""What a story is played on, as a shape: a kiosk with simulated hardware, a clock that can be moved, and a look into the library's records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from kiosk.domain.items import VisitRecord
from kiosk.engine.time import StoryTime
from kiosk.journal import SqliteJournal
from kiosk.kit import Kit


class Shown(Protocol):
    """A page, as far as a story looks at it."""

    @property
    def name(self) -> str:
        """The page's name."""

    def texts(self) -> Iterator[str]:
        """Every text on it."""

    def buttons(self) -> tuple[str, ...]:
        """What can be tapped."""


class Stage(Protocol):
    """A kiosk with simulated hardware, a clock that can be moved, and a look into the library's records."""

    @property
    def kit(self) -> Kit:
        """The simulated hardware."""

    @property
    def time(self) -> StoryTime:
        """The story's clock."""

    @property
    def journal(self) -> SqliteJournal:
        """What happened and why."""

    @property
    def visit(self) -> int:
        """The number of the current or last visit."""

    def page(self) -> Shown:
        """What stands on the screen now."""

    def tap(self, button: str) -> None:
        """Tap a button."""

    def busy(self) -> bool:
        """Whether something is under way that will change the page by itself."""

    def record(self) -> VisitRecord | None:
        """What the library has on record for the last visit; None when no visit was opened."""

    def clock_moved(self) -> None:
        """The clock was moved: the library's side must follow."""

    def nightly(self) -> None:
        """Let the library do its nightly refresh."""

    def picture(self, file: Path) -> bool:
        """Leave a picture of the screen; False where there is none."""
