"""What a laid out page is made of, as frozen values in pixels: blocks of pieces, and what can be touched.

Not for deciding what goes where (screens) nor for drawing it (widgets). Positions count from the top left corner, down and to the right;
a piece's from its block's corner, so that a block that only moves stays equal in itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from kiosk.ui.page import Countdown, Picture
from kiosk.ui.tokens import Colour, Weight


class Align(StrEnum):
    """Where lines stand within the width of their piece."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"

    def indent(self, spare: int) -> int:
        """How far from the left a line starts that leaves `spare` pixels of its room."""
        match self:
            case Align.LEFT:
                return 0
            case Align.CENTRE:
                return spare // 2
            case Align.RIGHT:
                return spare


class Sign(StrEnum):
    """The small signs of one colour."""

    TICK = "tick"
    CROSS = "cross"
    EXCLAMATION = "exclamation"
    INFO = "info"
    CLOCK = "clock"
    BOOK = "book"
    CARD = "card"
    HOURGLASS = "hourglass"
    WRENCH = "wrench"
    MORE = "more"
    ARC = "arc"
    ORBIT = "orbit"


@dataclass(frozen=True, slots=True)
class Panel:
    """A rounded rectangle. `pressed` is its fill while a finger is on it; `shade` the darkness of its soft shadow, 0 for none."""

    x: int
    y: int
    w: int
    h: int
    radius: int
    fill: Colour
    line: Colour | None = None
    line_width: int = 0
    pressed: Colour | None = None
    shade: float = 0.0


@dataclass(frozen=True, slots=True)
class Words:
    """Lines of text set in one size; `w` is the room they have, `pitch` the distance of two baselines. Never shown in a repr: names, titles."""

    x: int
    y: int
    w: int
    lines: tuple[str, ...]
    size: int
    pitch: int
    weight: Weight
    colour: Colour
    align: Align = Align.LEFT

    @property
    def h(self) -> int:
        """The height of all lines."""
        return self.pitch * len(self.lines)

    def __repr__(self) -> str:
        return f"Words({len(self.lines)} lines at {self.x}, {self.y})"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign in a square; `turning` ones turn while motion is on."""

    x: int
    y: int
    w: int
    sign: Sign
    colour: Colour
    turning: bool = False

    @property
    def h(self) -> int:
        """The square's other side."""
        return self.w


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of ours."""

    x: int
    y: int
    w: int
    h: int
    picture: Picture | None
    breathing: bool = False


@dataclass(frozen=True, slots=True)
class Ring:
    """A countdown in a square: a full ring when it begins to run, none at its end; nothing is seen before."""

    x: int
    y: int
    w: int
    countdown: Countdown
    colour: Colour
    track: Colour

    @property
    def h(self) -> int:
        """The square's other side."""
        return self.w


@dataclass(frozen=True, slots=True)
class Veil:
    """Darkens what lies below; `strength` from 0 to 1."""

    x: int
    y: int
    w: int
    h: int
    colour: Colour
    strength: float


Piece = Panel | Words | Mark | Drawing | Ring | Veil


class Layer(StrEnum):
    """From the back to the front. STILL stays when a page changes, PAGE and FLOW come in with it; only FLOW scrolls."""

    PAGE = "page"
    FLOW = "flow"
    VEIL = "veil"
    STILL = "still"
    FRONT = "front"


@dataclass(frozen=True, slots=True)
class Block:
    """Pieces that belong together. The same `key` with other pieces is redrawn in its place; a block that `enters` slides in by itself."""

    key: str
    layer: Layer
    x: int
    y: int
    w: int
    h: int
    pieces: tuple[Piece, ...]
    enters: bool = False

    def mirrored(self, width: int) -> Block:
        """This block on a page of `width` pixels that is read from right to left."""
        pieces = tuple(_mirrored(piece, self.w) for piece in self.pieces)
        return replace(self, x=width - self.x - self.w, pieces=pieces)


@dataclass(frozen=True, slots=True)
class Target:
    """Something to touch: `name` is told when a finger is lifted inside it; `key` is the block that shows it being pressed."""

    name: str
    key: str
    x: int
    y: int
    w: int
    h: int

    @classmethod
    def on(cls, name: str, block: Block) -> Target:
        """The whole of a block as something to touch."""
        return cls(name, block.key, block.x, block.y, block.w, block.h)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x <= x < self.x + self.w and self.y <= y < self.y + self.h


@dataclass(frozen=True, slots=True)
class Flow:
    """The part of a page that scrolls when its blocks are `content` pixels high and the window onto them only `h`."""

    x: int
    y: int
    w: int
    h: int
    content: int

    @property
    def hidden(self) -> int:
        """How far it can be scrolled."""
        return max(0, self.content - self.h)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page laid out for one size of window."""

    name: str
    w: int
    h: int
    paper: Colour
    blocks: tuple[Block, ...]
    targets: tuple[Target, ...]
    flow: Flow | None = None
    newest: str = ""

    def mirrored(self) -> Sheet:
        """This sheet read from right to left."""
        targets = tuple(replace(t, x=self.w - t.x - t.w) for t in self.targets)
        flow = replace(self.flow, x=self.w - self.flow.x - self.flow.w) if self.flow else None
        return replace(self, blocks=tuple(block.mirrored(self.w) for block in self.blocks), targets=targets, flow=flow)


_OTHER = {Align.LEFT: Align.RIGHT, Align.RIGHT: Align.LEFT, Align.CENTRE: Align.CENTRE}


def _mirrored(piece: Piece, width: int) -> Piece:
    moved = replace(piece, x=width - piece.x - piece.w)
    return replace(moved, align=_OTHER[moved.align]) if isinstance(moved, Words) else moved
