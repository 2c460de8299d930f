"""Our own drawings, made with Pillow at the size they are shown: panels, signs of one colour, the ring of a countdown, and two pictures.

Everything is drawn four times as large and scaled down, so that edges are smooth without multisampling (which costs Kivy 30 MB and four fifths of
its speed) and the same on every graphics driver. Not for text (lettering) and not for textures (widgets).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import cos, radians, sin
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from kiosk.ui.page import Picture
from kiosk.ui.pieces import Sign
from kiosk.ui.tokens import CREAM, DUSK, LEAF, NIGHT, SAND, SEA, SUN, Colour, Theme

FINE: Final = 4
"""How many times larger than shown."""
EASEL_FINE: Final = 3
"""The same for the large pictures, which would take too much memory."""

Point = tuple[float, float]


class Breath(StrEnum):
    """What a part of a picture does while the picture breathes."""

    STILL = "still"
    BOB = "bob"
    PULSE = "pulse"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a picture: colours and opacity, its top left corner in pixels."""

    image: Image.Image
    x: int
    y: int
    breath: Breath


def panel(radius: int) -> Image.Image:
    """The opacity of a filled rounded rectangle as small as its corners allow: 2 * radius + 2 pixels wide."""
    side = 2 * radius + 2
    large = Image.new("L", (side * FINE, side * FINE))
    ImageDraw.Draw(large).rounded_rectangle((0, 0, side * FINE - 1, side * FINE - 1), radius * FINE, fill=255)
    return _small(large)


def outline(radius: int, width: int) -> Image.Image:
    """The opacity of the outline of `panel(radius)`."""
    side = 2 * radius + 2
    hole = Image.new("L", (side, side))
    inner = panel(max(radius - width, 0)) if radius > width else Image.new("L", (2, 2), 255)
    room = side - 2 * width
    hole.paste(inner.resize((room, room)) if inner.size != (room, room) else inner, (width, width))
    return ImageChops.subtract(panel(radius), hole)


def shadow(radius: int, blur: int) -> Image.Image:
    """The opacity of the soft shadow of `panel(radius)`, `blur` pixels wider on every side."""
    side = 2 * (radius + 2 * blur) + 2
    sharp = Image.new("L", (side, side))
    ImageDraw.Draw(sharp).rounded_rectangle((blur, blur, side - blur - 1, side - blur - 1), radius + blur, fill=255)
    return sharp.filter(ImageFilter.GaussianBlur(blur / 2))


def ring(size: int, share: float, width: float) -> Image.Image:
    """The opacity of a ring of which `share` (0 to 1) is left, from the top, clockwise, with round ends."""
    pen = _Pen(size)
    if share > 0:
        pen.arc(0.5, 0.5, 0.5 - width / 2, -90 - 360 * min(share, 1.0), -90, width)
    return pen.done()


def sign(which: Sign, size: int) -> Image.Image:
    """The opacity of a sign."""
    pen = _Pen(size)
    _SIGNS[which](pen)
    return pen.done()


def picture(which: Picture, width: int, height: int, theme: Theme) -> tuple[Part, ...]:
    """The parts of a picture, back to front. Only the two large pictures have parts; the others are signs.

    Raises:
        ValueError: `which` is shown as a sign.
    """
    match which:
        case Picture.HOLD_PASS:
            return _hold_pass(min(width / 640, height / 600), width, height, theme)
        case Picture.PUT_ITEMS:
            return _put_items(min(width / 640, height / 600), width, height, theme)
        case _:
            raise ValueError(f"{which} is a sign, not a picture")


class _Pen:
    """Draws in a square from (0, 0) to (1, 1), y down; every line has round ends."""

    def __init__(self, size: int) -> None:
        self._side = size * FINE
        self._image = Image.new("L", (self._side, self._side))
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: Sequence[Point], width: float, fill: int = 255) -> None:
        scaled = [(x * self._side, y * self._side) for x, y in points]
        self._draw.line(scaled, fill=fill, width=max(1, round(width * self._side)), joint="curve")
        for x, y in points:
            self.dot(x, y, width / 2, fill)

    def dot(self, x: float, y: float, radius: float, fill: int = 255) -> None:
        self._draw.ellipse([v * self._side for v in (x - radius, y - radius, x + radius, y + radius)], fill=fill)

    def arc(self, x: float, y: float, radius: float, start: float, end: float, width: float) -> None:
        """A part of a circle through the middle of its line; degrees clockwise from three o'clock."""
        outer = radius + width / 2
        box = [v * self._side for v in (x - outer, y - outer, x + outer, y + outer)]
        self._draw.arc(box, start, end, fill=255, width=round(width * self._side))
        for angle in (start, end):
            self.dot(x + radius * cos(radians(angle)), y + radius * sin(radians(angle)), width / 2)

    def box(self, left: float, top: float, right: float, bottom: float, radius: float, width: float = 0) -> None:
        """A rounded rectangle; filled, or with a `width` only its outline."""
        corners = [v * self._side for v in (left, top, right, bottom)]
        fill = None if width else 255
        self._draw.rounded_rectangle(corners, radius * self._side, fill=fill, outline=255, width=round(width * self._side) or 1)

    def shape(self, points: Sequence[Point], fill: int = 255) -> None:
        self._draw.polygon([(x * self._side, y * self._side) for x, y in points], fill=fill)

    def done(self) -> Image.Image:
        return _small(self._image)


def _small(large: Image.Image, fine: int = FINE) -> Image.Image:
    return large.reduce(fine)


def _tick(pen: _Pen) -> None:
    pen.line(((0.17, 0.53), (0.41, 0.76), (0.84, 0.27)), 0.135)


def _cross(pen: _Pen) -> None:
    pen.line(((0.24, 0.24), (0.76, 0.76)), 0.135)
    pen.line(((0.76, 0.24), (0.24, 0.76)), 0.135)


def _exclamation(pen: _Pen) -> None:
    pen.line(((0.5, 0.14), (0.5, 0.6)), 0.14)
    pen.dot(0.5, 0.84, 0.085)


def _info(pen: _Pen) -> None:
    pen.dot(0.5, 0.17, 0.085)
    pen.line(((0.5, 0.42), (0.5, 0.86)), 0.14)


def _clock(pen: _Pen) -> None:
    pen.arc(0.5, 0.5, 0.4, 0, 360, 0.1)
    pen.line(((0.5, 0.27), (0.5, 0.52), (0.66, 0.62)), 0.1)


def _book(pen: _Pen) -> None:
    pen.line(((0.5, 0.24), (0.34, 0.17), (0.1, 0.17), (0.1, 0.74), (0.34, 0.74), (0.5, 0.83)), 0.085)
    pen.line(((0.5, 0.24), (0.66, 0.17), (0.9, 0.17), (0.9, 0.74), (0.66, 0.74), (0.5, 0.83)), 0.085)
    pen.line(((0.5, 0.24), (0.5, 0.83)), 0.085)


def _card(pen: _Pen) -> None:
    pen.box(0.06, 0.18, 0.94, 0.82, 0.11, 0.09)
    pen.line(((0.24, 0.62), (0.5, 0.62)), 0.085)
    pen.line(((0.68, 0.62), (0.76, 0.62)), 0.085)
    pen.line(((0.1, 0.38), (0.9, 0.38)), 0.09)


def _hourglass(pen: _Pen) -> None:
    pen.line(((0.22, 0.1), (0.78, 0.1)), 0.09)
    pen.line(((0.22, 0.9), (0.78, 0.9)), 0.09)
    pen.line(((0.29, 0.1), (0.29, 0.26), (0.47, 0.5), (0.29, 0.74), (0.29, 0.9)), 0.075)
    pen.line(((0.71, 0.1), (0.71, 0.26), (0.53, 0.5), (0.71, 0.74), (0.71, 0.9)), 0.075)
    pen.shape(((0.37, 0.3), (0.63, 0.3), (0.5, 0.46)))
    pen.shape(((0.33, 0.84), (0.67, 0.84), (0.5, 0.68)))


def _wrench(pen: _Pen) -> None:
    pen.line(((0.24, 0.78), (0.58, 0.44)), 0.2)
    pen.dot(0.66, 0.35, 0.25)
    pen.shape(((0.64, 0.37), (0.79, 0.02), (1.0, 0.22)), fill=0)
    pen.dot(0.7, 0.31, 0.095, fill=0)
    pen.dot(0.24, 0.78, 0.042, fill=0)


def _more(pen: _Pen) -> None:
    for x in (0.17, 0.5, 0.83):
        pen.dot(x, 0.5, 0.1)


def _arc(pen: _Pen) -> None:
    pen.arc(0.5, 0.5, 0.43, -60, 210, 0.11)


def _orbit(pen: _Pen) -> None:
    pen.arc(0.5, 0.5, 0.475, -60, 90, 0.04)


_SIGNS: Final[dict[Sign, Callable[[_Pen], None]]] = {
    Sign.TICK: _tick,
    Sign.CROSS: _cross,
    Sign.EXCLAMATION: _exclamation,
    Sign.INFO: _info,
    Sign.CLOCK: _clock,
    Sign.BOOK: _book,
    Sign.CARD: _card,
    Sign.HOURGLASS: _hourglass,
    Sign.WRENCH: _wrench,
    Sign.MORE: _more,
    Sign.ARC: _arc,
    Sign.ORBIT: _orbit,
}


class _Easel:
    """A transparent sheet of a picture's own units, `unit` pixels each, that ends up as one `Part`."""

    def __init__(self, unit: float, width: float, height: float) -> None:
        self.unit = unit * EASEL_FINE
        self.image = Image.new("RGBA", (round(width * unit) * EASEL_FINE, round(height * unit) * EASEL_FINE))
        self._draw = ImageDraw.Draw(self.image)

    def box(self, x: float, y: float, w: float, h: float, radius: float, fill: Colour) -> None:
        corners = [v * self.unit for v in (x, y, x + w, y + h)]
        self._draw.rounded_rectangle(corners, radius * self.unit, fill=fill)

    def oval(self, x: float, y: float, w: float, h: float, fill: Colour) -> None:
        self._draw.ellipse([v * self.unit for v in (x, y, x + w, y + h)], fill=fill)

    def line(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        scaled = [(x * self.unit, y * self.unit) for x, y in points]
        self._draw.line(scaled, fill=fill, width=round(width * self.unit), joint="curve")
        for x, y in points:
            self.oval(x - width / 2, y - width / 2, width, width, fill)

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        self._draw.polygon([(x * self.unit, y * self.unit) for x, y in points], fill=fill)

    def path(self, points: Sequence[Point], width: float, fill: Colour) -> None:
        """A closed line."""
        self.line([*points, points[0]], width, fill)

    def arc(self, x: float, y: float, radius: float, start: float, end: float, width: float, fill: str) -> None:
        outer = radius + width / 2
        box = [v * self.unit for v in (x - outer, y - outer, x + outer, y + outer)]
        self._draw.arc(box, start, end, fill=fill, width=round(width * self.unit))
        for angle in (start, end):
            cx, cy = x + radius * cos(radians(angle)), y + radius * sin(radians(angle))
            self._draw.ellipse([v * self.unit for v in (cx - width / 2, cy - width / 2, cx + width / 2, cy + width / 2)], fill=fill)

    def part(self, x: float, y: float, breath: Breath, *, turn: float = 0.0) -> Part:
        """As shown, turned by degrees against the clock about its middle; (x, y) is where the corner was before the turn, in pixels."""
        image, size = self.image, self.image.size
        if turn:
            image = image.rotate(turn, Image.Resampling.BICUBIC, expand=True)
        dx, dy = (image.width - size[0]) / 2 / EASEL_FINE, (image.height - size[1]) / 2 / EASEL_FINE
        even = Image.new("RGBA", (-(-image.width // EASEL_FINE) * EASEL_FINE, -(-image.height // EASEL_FINE) * EASEL_FINE))
        even.paste(image)
        return Part(_small(even.convert("RGBa"), EASEL_FINE).convert("RGBA"), round(x - dx), round(y - dy), breath)


def _waves(unit: float, ox: float, oy: float, fill: Colour) -> Part:
    """Three arcs over a dot; the picture's middle is at 320."""
    waves = _Easel(unit, 300, 170)
    for number, opacity in enumerate(("FF", "B4", "64")):
        waves.arc(150, 150, 52 + 44 * number, 232, 308, 11, fill + opacity)
    waves.oval(136, 136, 28, 28, fill)
    return waves.part(ox + 170 * unit, oy + 296 * unit, Breath.PULSE)


def _hold_pass(unit: float, width: int, height: int, theme: Theme) -> tuple[Part, ...]:
    ox, oy = (width - 640 * unit) / 2, (height - 600 * unit) / 2
    base = _Easel(unit, 640, 600)
    base.oval(30, 508, 580, 84, SAND)
    base.box(110, 330, 420, 226, 40, NIGHT)
    base.box(138, 354, 364, 150, 26, DUSK)
    base.box(292, 524, 56, 10, 5, SUN)
    card = _Easel(unit, 372, 236)
    card.box(0, 0, 372, 236, 26, theme.act_pressed)
    card.box(3, 3, 366, 230, 24, theme.act)
    card.box(34, 42, 76, 58, 10, CREAM)
    for y in (61, 81):
        card.line(((34, y), (56, y)), 3, "#B98B4E")
        card.line(((88, y), (110, y)), 3, "#B98B4E")
    card.box(56, 42, 32, 58, 8, "#B98B4E")
    card.box(59, 42, 26, 58, 6, CREAM)
    card.box(34, 148, 150, 14, 7, "#FFFFFF")
    card.box(34, 180, 96, 14, 7, "#F3C4AE")
    _open_book(card, 262, 62, 76)
    return (
        base.part(ox, oy, Breath.STILL),
        _waves(unit, ox, oy, SUN),
        card.part(ox + 134 * unit, oy + 52 * unit, Breath.BOB, turn=8),
    )


def _open_book(easel: _Easel, x: float, y: float, side: float) -> None:
    """The emblem on the pass."""
    middle = x + side / 2
    for edge in (x, x + side):
        easel.line(((middle, y + 12), (edge, y), (edge, y + side * 0.62), (middle, y + side * 0.78), (middle, y + 12)), 7, "#FFFFFF")


def _put_items(unit: float, width: int, height: int, theme: Theme) -> tuple[Part, ...]:
    ox, oy = (width - 640 * unit) / 2, (height - 600 * unit) / 2
    base = _Easel(unit, 640, 600)
    base.oval(20, 516, 600, 78, SAND)
    base.box(60, 474, 520, 88, 34, NIGHT)
    base.box(86, 474, 468, 44, 22, DUSK)
    base.box(292, 534, 56, 10, 5, SUN)
    _lying_book(base, 142, 412, 356, 66, SEA)
    _lying_book(base, 168, 348, 312, 64, LEAF)
    falling = _Easel(unit, 336, 70)
    _lying_book(falling, 0, 0, 336, 70, theme.act)
    waves = _Easel(unit, 300, 170)
    for number, opacity in enumerate(("FF", "B4", "64")):
        waves.arc(150, 210, 96 + 42 * number, 232, 308, 11, SUN + opacity)
    return (
        base.part(ox, oy, Breath.STILL),
        waves.part(ox + 170 * unit, oy + 172 * unit, Breath.PULSE),
        falling.part(ox + 152 * unit, oy + 84 * unit, Breath.BOB, turn=9),
    )


def _lying_book(easel: _Easel, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    """A book seen from its spine's side: a cover of three boards, the pages between them, bands on the spine."""
    easel.box(x + w * 0.2, y + 9, w * 0.8 - 9, h - 18, 5, "#FFFDF8")
    for line in (0.36, 0.5, 0.64):
        easel.line(((x + w * 0.34, y + h * line), (x + w - 16, y + h * line)), 2, "#DCCFB8")
    easel.box(x, y, w, 11, 5.5, colour)
    easel.box(x, y + h - 11, w, 11, 5.5, colour)
    easel.box(x, y, w * 0.29, h, 15, colour)
    easel.box(x + w * 0.2, y, w * 0.09, h, 3, colour)
    easel.box(x + 26, y + 14, 12, h - 28, 5, CREAM)
    easel.box(x + 50, y + 14, 5, h - 28, 2, CREAM)


def slip(width: int, height: int, theme: Theme) -> tuple[Part, ...]:
    """A printed slip with a code on it; the code says nothing, it only looks like one."""
    unit = min(width / 172, height / 220)
    paper = _Easel(unit, 172, 220)
    teeth = 8
    step = 160 / teeth
    edge = [(6 + step * (number / 2), 212 if number % 2 == 0 else 202) for number in range(2 * teeth + 1)]
    outer = [(6, 8), (166, 8), *reversed(edge)]
    paper.shape(outer, theme.pressed)
    paper.path(outer, 3, theme.edge)
    cell = 9
    left, top = 86 - 5.5 * cell, 26
    for row, pattern in enumerate(_CODE):
        for column, dot in enumerate(pattern):
            if dot == "#":
                paper.box(left + column * cell, top + row * cell, cell + 0.5, cell + 0.5, 0, theme.ink)
    paper.box(34, 148, 104, 9, 4, theme.soft)
    paper.box(34, 170, 68, 9, 4, theme.soft)
    return (paper.part((width - 172 * unit) / 2, (height - 220 * unit) / 2, Breath.STILL),)


_CODE: Final = (
    "####.#.####",
    "#..#..##..#",
    "#..#.#.#..#",
    "####.#.####",
    ".....##....",
    "#.##.#.#.##",
    ".#..##.##..",
    "####.#..#.#",
    "#..#..##.#.",
    "#..#.#..##.",
    "####.##.#.#",
)
