"""Between the engine and whatever shows pages: turns each snapshot into its page, and remembers the latest. Pure of Kivy; works without a screen."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.domain.wording import Words
from kiosk.engine.loop import Snapshot
from kiosk.ui.page import Page
from kiosk.ui.present import Hall, present


class Glass:
    """The page that is to be seen now. `draw` is told every page that differs from the one before; it is called on the engine's thread."""

    def __init__(self, hall: Hall, words_of: Callable[[str], Words], draw: Callable[[Page], None] = lambda _: None) -> None:
        self._hall = hall
        self._words_of = words_of
        self._draw = draw
        self._page: Page | None = None

    @property
    def page(self) -> Page:
        """The latest page. Raises LookupError before the first one."""
        if self._page is None:
            raise LookupError("There is no page yet; the engine has not started.")
        return self._page

    def draw_on(self, draw: Callable[[Page], None]) -> None:
        """Draw from now on here, beginning with the latest page."""
        self._draw = draw
        if self._page is not None:
            draw(self._page)

    def show(self, snapshot: Snapshot) -> None:
        """Make the page of a snapshot, and have it drawn when it is another one."""
        page = present(snapshot, self._hall, self._words_of)
        if page != self._page:
            self._page = page
            self._draw(page)
