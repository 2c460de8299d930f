"""The measures of the screen: colours, type, spaces, motion, each stated once and frozen.

Not for layout (screens) and not for drawing (widgets, pictures). All lengths are page units: 1080 of them are the width of a portrait page,
1920 the width of a landscape page, whatever the window's size in pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from kiosk.ui.page import Tone

Colour = str
"""An opaque colour as "#RRGGBB"."""


class Weight(IntEnum):
    """The weights of the typeface that are on board."""

    REGULAR = 400
    MEDIUM = 500
    SEMIBOLD = 600
    BOLD = 700


@dataclass(frozen=True, slots=True)
class Type:
    """A way of setting text: size and line pitch in page units; `smallest` is how far it may shrink before it wraps or is cut; `balanced` lines are about equally long."""

    size: int
    pitch: float
    weight: Weight = Weight.REGULAR
    smallest: int = 0
    balanced: bool = False


TITLE: Final = Type(92, 1.08, Weight.BOLD, smallest=48, balanced=True)
SIDE_TITLE: Final = Type(76, 1.1, Weight.BOLD, smallest=40, balanced=True)
"""A title in the narrower column of a landscape page."""
HEADING: Final = Type(52, 1.16, Weight.BOLD, smallest=40, balanced=True)
LEAD: Final = Type(40, 1.42, balanced=True)
BODY: Final = Type(36, 1.42)
OVERLAY: Final = Type(36, 1.42, balanced=True)
BODY_HEADING: Final = Type(36, 1.3, Weight.BOLD)
ROW: Final = Type(38, 1.24, Weight.SEMIBOLD)
SECOND: Final = Type(30, 1.36)
ASIDE: Final = Type(30, 1.36, Weight.SEMIBOLD)
CHIP: Final = Type(30, 1.3, Weight.SEMIBOLD)
NOTICE: Final = Type(32, 1.36, Weight.MEDIUM)
HEADER: Final = Type(34, 1.25, Weight.BOLD)
PILL: Final = Type(32, 1.25, Weight.MEDIUM)
PILL_CHOSEN: Final = Type(32, 1.25, Weight.SEMIBOLD)
BUTTON: Final = Type(44, 1.16, Weight.BOLD, smallest=36, balanced=True)
CODE: Final = Type(22, 1.3, Weight.MEDIUM)


@dataclass(frozen=True, slots=True)
class Mood:
    """What a tone looks like: `text` stands on `ground`, on the card and on the paper."""

    text: Colour
    ground: Colour


@dataclass(frozen=True, slots=True)
class Theme:
    """One dress of the same page. `text_scale` enlarges all type; the spaces stay."""

    name: str
    paper: Colour
    card: Colour
    line: Colour
    edge: Colour
    ink: Colour
    soft: Colour
    act: Colour
    act_pressed: Colour
    on_act: Colour
    pressed: Colour
    moods: MappingProxyType[Tone, Mood]
    shadow: float = 0.07
    text_scale: float = 1.0

    def mood(self, tone: Tone) -> Mood:
        """The colours of a tone."""
        return self.moods[tone]


NORMAL: Final = Theme(
    name="normal",
    paper="#FAF6EF",
    card="#FFFFFF",
    line="#E3DBCD",
    edge="#958B7C",
    ink="#15263A",
    soft="#5A6B7D",
    act="#C8481A",
    act_pressed="#A63A13",
    on_act="#FFFFFF",
    pressed="#F1EADD",
    moods=MappingProxyType(
        {
            Tone.CALM: Mood("#15263A", "#EFE8DB"),
            Tone.OK: Mood("#1F7A4D", "#E4F2EA"),
            Tone.WAIT: Mood("#8A6100", "#FBF0D5"),
            Tone.NO: Mood("#9C2B2B", "#F8E7E4"),
            Tone.INFO: Mood("#1D4F7C", "#E3EDF6"),
        }
    ),
)

HIGH_CONTRAST: Final = Theme(
    name="high_contrast",
    paper="#FFFFFF",
    card="#FFFFFF",
    line="#000000",
    edge="#000000",
    ink="#000000",
    soft="#1F2933",
    act="#8A2A06",
    act_pressed="#5E1B02",
    on_act="#FFFFFF",
    pressed="#E0E0E0",
    moods=MappingProxyType(
        {
            Tone.CALM: Mood("#000000", "#EEEEEE"),
            Tone.OK: Mood("#00491F", "#E6F5EC"),
            Tone.WAIT: Mood("#4D3600", "#FFF3D1"),
            Tone.NO: Mood("#6E0A0A", "#FDE9E6"),
            Tone.INFO: Mood("#062F57", "#E3EFFA"),
        }
    ),
    shadow=0.0,
)

THEMES: Final = MappingProxyType({theme.name: theme for theme in (NORMAL, HIGH_CONTRAST)})

# What the pictures are drawn with, beside the theme's own colours. Nothing is told by these alone.
SUN: Final = "#F5B50A"
NIGHT: Final = "#15263A"
DUSK: Final = "#22384F"
SAND: Final = "#EFE7D8"
SEA: Final = "#2C6E8F"
LEAF: Final = "#3F8F6B"
CREAM: Final = "#F6E3BE"

EDGE: Final = 64
"""From the page's edge to what stands on it."""
GAP: Final = 24
"""Between rows, between buttons."""
RADIUS: Final = 28
BUTTON_HEIGHT: Final = 144
TARGET: Final = 96
"""The smallest thing to touch."""
DISC: Final = 132
ROW_DISC: Final = 84
LINE: Final = 3
"""The width of an outline."""

SLIDE: Final = 24
"""How far a new page or row comes, in page units."""
SLIDE_SECONDS: Final = 0.16
FIRST_OPACITY: Final = 0.55
"""A new page's first frame is already there to be read."""
BREATHS_PER_SECOND: Final = 5
TURNS_PER_SECOND: Final = 20
RING_STEPS_PER_SECOND: Final = 5
REST_SECONDS: Final = 600.0
"""After this long on one page its picture lies still."""


_LINEAR_BELOW: Final = 0.04045


def luminance(colour: Colour) -> float:
    """The relative luminance of a colour, as WCAG 2.2 defines it."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= _LINEAR_BELOW else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_pairs(theme: Theme) -> Iterator[tuple[Colour, Colour]]:
    """Every text colour with every ground it is set on."""
    for ground in (theme.paper, theme.card, theme.pressed):
        yield theme.ink, ground
    yield from ((theme.soft, theme.paper), (theme.soft, theme.card), (theme.card, theme.ink))
    yield from ((theme.on_act, theme.act), (theme.on_act, theme.act_pressed))
    for mood in theme.moods.values():
        yield mood.text, mood.ground
        yield mood.text, theme.card


def graphic_pairs(theme: Theme) -> Iterator[tuple[Colour, Colour]]:
    """Every sign that has to be seen, with its ground: outlines of what can be touched, icons, the ring of a countdown."""
    yield from ((theme.edge, theme.paper), (theme.edge, theme.card), (theme.act, theme.paper), (theme.act, theme.card))
    for mood in theme.moods.values():
        yield mood.text, mood.ground
        yield mood.text, theme.card
