"""A page of the screen as a value: what stands on it, not how it is drawn (screens) nor why it is there (present).

Every text is plain text, never markup; titles come from outside and may hold any character and any length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """The mood of a page, a row or a notice; always shown with an icon and words, never by colour alone."""

    CALM = "calm"
    OK = "ok"
    WAIT = "wait"
    NO = "no"
    INFO = "info"


class Picture(StrEnum):
    """The drawings of ours that a page may carry."""

    HOLD_PASS = "hold_pass"
    PUT_ITEMS = "put_items"
    CARD = "card"
    TICK = "tick"
    EXCLAMATION = "exclamation"
    HOURGLASS = "hourglass"
    WRENCH = "wrench"


@dataclass(frozen=True, slots=True)
class Countdown:
    """Runs from `ends_at - seconds` to `ends_at` on the engine's clock."""

    ends_at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Action:
    """A button at the foot of a page; at most one of a page is primary. With a countdown, it happens by itself when that ends."""

    name: str
    label: str
    primary: bool = False
    countdown: Countdown | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """A button of the language switch: `code` "nl", `label` "NL", `name` "Nederlands"."""

    code: str
    label: str
    name: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One item. `key` stays the same while the row changes; `aside` stands at the right edge, `details` below the title."""

    key: str
    tone: Tone
    title: str
    details: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A card on the page: a heading, paragraphs (the first in ink, the rest softer), contact chips, or a QR-like picture of a slip."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()
    slip: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One line above the buttons: something to know that does not change the page."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """A question over the page, which stays readable below it."""

    name: str
    heading: str
    text: str
    action: Action


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that stands on the screen."""

    name: str
    library: str
    heading: str
    language: str = "nl"
    tone: Tone = Tone.CALM
    picture: Picture | None = None
    greeting: str = ""
    badge: str = ""
    lead: str = ""
    chips: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    boxes: tuple[Box, ...] = ()
    notices: tuple[Notice, ...] = ()
    actions: tuple[Action, ...] = ()
    languages: tuple[Language, ...] = ()
    overlay: Overlay | None = None
    code: str = ""

    def buttons(self) -> tuple[str, ...]:
        """The names of what can be tapped now; while an overlay stands over the page, only its action and the languages."""
        names = [self.overlay.action.name] if self.overlay else [action.name for action in self.actions]
        return (*names, *(f"language:{language.code}" for language in self.languages))

    def texts(self) -> Iterator[str]:
        """Every text on the page, top to bottom."""
        yield from (self.library, self.greeting, self.badge, self.heading, self.lead, *self.chips)
        for row in self.rows:
            yield from (row.title, *row.details, *row.aside)
        for box in self.boxes:
            yield from (box.heading, *box.paragraphs, *box.chips)
        yield from (notice.text for notice in self.notices)
        yield from (action.label for action in self.actions)
        if self.overlay:
            yield from (self.overlay.heading, self.overlay.text, self.overlay.action.label)
        yield self.code
