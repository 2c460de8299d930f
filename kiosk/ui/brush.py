"""Turns pieces into textures and canvas instructions: Kivy's graphics, and nothing of the page's life.

Keeps textures of panels, signs and pictures, which are few and tell nothing about anybody. A texture of words lives as long as its block.
Not for arranging, moving or touching (screens, motion, widgets).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from kivy.graphics import BorderImage, Canvas, Color, PopMatrix, PushMatrix, Rectangle, Rotate, Translate
from kivy.graphics.texture import Texture
from PIL import Image

from kiosk.ui import pictures
from kiosk.ui.lettering import Lettering
from kiosk.ui.page import Picture
from kiosk.ui.pictures import Breath
from kiosk.ui.pieces import Block, Drawing, Mark, Panel, Piece, Ring, Veil, Words
from kiosk.ui.tokens import Colour, Theme

_RING_WIDTH: Final = 0.13
_SHADOW: Final = 14


def rgba(colour: Colour, opacity: float = 1.0) -> tuple[float, float, float, float]:
    """A colour as Kivy wants it."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue, opacity


@dataclass(slots=True)
class RingParts:
    """A countdown on the canvas: its texture is drawn anew at each step."""

    ring: Ring
    texture: Any
    colours: tuple[Any, Any]


@dataclass(slots=True)
class PictureParts:
    """A breathing picture on the canvas: for each part what it does, its colour, its rectangle and where that rests."""

    parts: list[tuple[Breath, Any, Any, tuple[float, float]]]
    unit: float


@dataclass(slots=True)
class Painted:
    """A block on the canvas, with the handles that change it afterwards."""

    block: Block
    canvas: Any
    place: Any
    shift: Any
    pressables: list[tuple[Any, Panel]] = field(default_factory=list)
    turning: list[Any] = field(default_factory=list)
    rings: list[RingParts] = field(default_factory=list)
    breathing: list[PictureParts] = field(default_factory=list)

    def press(self, *, down: bool) -> None:
        """Shows a finger on it, or none."""
        for colour, panel in self.pressables:
            colour.rgba = rgba(panel.pressed if down and panel.pressed else panel.fill)


class Brush:
    """Paints blocks in one theme at one scale."""

    def __init__(self, lettering: Lettering, theme: Theme, scale: float) -> None:
        self._lettering = lettering
        self.theme = theme
        self.scale = scale
        self._masks: dict[tuple[object, ...], Any] = {}
        self._pictures: dict[tuple[Picture | None, int, int], list[tuple[Any, pictures.Part]]] = {}

    def paint(self, block: Block) -> Painted:
        """A block as a canvas of its own, not yet on any other."""
        canvas = Canvas()
        place, shift = Translate(0, 0, 0), Translate(0, 0, 0)
        painted = Painted(block, canvas, place, shift)
        for instruction in (PushMatrix(), place, shift):
            canvas.add(instruction)
        for piece in block.pieces:
            self._piece(painted, piece, block.h - piece.y - piece.h)
        canvas.add(PopMatrix())
        return painted

    def warm(self, picture: Picture, width: int, height: int) -> None:
        """Draws a picture before it is needed."""
        self._parts(picture, width, height)

    def gradient(self, height: int) -> Any:
        """From nothing at the bottom to opaque at the top, one pixel wide."""
        return self._mask(("gradient", height), lambda: Image.linear_gradient("L").rotate(180).resize((1, max(1, height))))

    def _piece(self, painted: Painted, piece: Piece, y: int) -> None:
        canvas = painted.canvas
        match piece:
            case Panel():
                self._panel(painted, piece, y)
            case Words():
                self._words(canvas, piece, y)
            case Mark():
                self._mark(painted, piece, y)
            case Drawing():
                self._drawing(painted, piece, y)
            case Ring():
                self._ring(painted, piece, y)
            case Veil():
                canvas.add(Color(*rgba(piece.colour, piece.strength)))
                canvas.add(Rectangle(pos=(piece.x, y), size=(piece.w, piece.h)))

    def _panel(self, painted: Painted, panel: Panel, y: int) -> None:
        canvas = painted.canvas
        radius = min(panel.radius, panel.w // 2, panel.h // 2)
        if panel.shade:
            blur = max(2, round(_SHADOW * self.scale))
            low = blur // 3
            texture = self._mask(("shadow", radius, blur), lambda: pictures.shadow(radius, blur))
            canvas.add(Color(*rgba(self.theme.ink, panel.shade)))
            canvas.add(_stretched(texture, (panel.x - blur, y - blur - low, panel.w + 2 * blur, panel.h + 2 * blur), radius + 2 * blur))
        colour = Color(*rgba(panel.fill))
        canvas.add(colour)
        texture = self._mask(("panel", radius), lambda: pictures.panel(radius))
        canvas.add(_stretched(texture, (panel.x, y, panel.w, panel.h), radius))
        if panel.pressed:
            painted.pressables.append((colour, panel))
        if panel.line and panel.line_width:
            texture = self._mask(("outline", radius, panel.line_width), lambda: pictures.outline(radius, panel.line_width))
            canvas.add(Color(*rgba(panel.line)))
            canvas.add(_stretched(texture, (panel.x, y, panel.w, panel.h), radius))

    def _words(self, canvas: Any, words: Words, y: int) -> None:
        bitmap = self._lettering.draw(words)
        texture = _texture(bitmap.data, (bitmap.w, bitmap.h), "luminance_alpha")
        indent = words.align.indent(words.w - (bitmap.w - 2 * bitmap.pad))
        canvas.add(Color(*rgba(words.colour)))
        canvas.add(Rectangle(texture=texture, pos=(words.x + indent - bitmap.pad, y - bitmap.pad), size=texture.size))

    def _mark(self, painted: Painted, mark: Mark, y: int) -> None:
        texture = self._mask(("sign", mark.sign, mark.w), lambda: pictures.sign(mark.sign, mark.w))
        canvas = painted.canvas
        canvas.add(Color(*rgba(mark.colour)))
        rectangle = Rectangle(texture=texture, pos=(mark.x, y), size=(mark.w, mark.w))
        if not mark.turning:
            canvas.add(rectangle)
            return
        turn = Rotate(angle=0, axis=(0, 0, 1), origin=(mark.x + mark.w / 2, y + mark.w / 2))
        for instruction in (PushMatrix(), turn, rectangle, PopMatrix()):
            canvas.add(instruction)
        painted.turning.append(turn)

    def _drawing(self, painted: Painted, drawing: Drawing, y: int) -> None:
        parts: list[tuple[Breath, Any, Any, tuple[float, float]]] = []
        unit = min(drawing.w / 640, drawing.h / 600)
        for texture, part in self._parts(drawing.picture, drawing.w, drawing.h):
            colour = Color(1, 1, 1, 1)
            pos = (drawing.x + part.x, y + drawing.h - part.y - part.image.height)
            rectangle = Rectangle(texture=texture, pos=pos, size=texture.size)
            painted.canvas.add(colour)
            painted.canvas.add(rectangle)
            parts.append((part.breath, colour, rectangle, pos))
        if drawing.breathing:
            painted.breathing.append(PictureParts(parts, unit))

    def _ring(self, painted: Painted, ring: Ring, y: int) -> None:
        track = self._mask(("ring", ring.w), lambda: pictures.ring(ring.w, 1.0, _RING_WIDTH))
        texture = Texture.create(size=(ring.w, ring.w), colorfmt="luminance_alpha")
        texture.flip_vertical()
        colours = (Color(*rgba(ring.track, 0.0)), Color(*rgba(ring.colour, 0.0)))
        for colour, face in zip(colours, (track, texture), strict=True):
            painted.canvas.add(colour)
            painted.canvas.add(Rectangle(texture=face, pos=(ring.x, y), size=(ring.w, ring.w)))
        painted.rings.append(RingParts(ring, texture, colours))

    def _parts(self, picture: Picture | None, width: int, height: int) -> list[tuple[Any, pictures.Part]]:
        key = (picture, width, height)
        if key not in self._pictures:
            if len(self._pictures) >= 4:  # noqa: PLR2004 - two pictures, two sizes
                self._pictures.pop(next(iter(self._pictures)))
            drawn = pictures.picture(picture, width, height, self.theme) if picture else pictures.slip(width, height, self.theme)
            self._pictures[key] = [(_texture(part.image.tobytes(), part.image.size, "rgba"), part) for part in drawn]
        return self._pictures[key]

    def _mask(self, key: tuple[object, ...], draw: Callable[[], Image.Image]) -> Any:
        if key not in self._masks:
            image = draw()
            self._masks[key] = _texture(_white(image), image.size, "luminance_alpha")
        return self._masks[key]


def show_ring(parts: RingParts, share: float) -> None:
    """Draws what is left of a countdown: 1 at its beginning, 0 at its end; above 1 it has not begun and is not seen."""
    seen = 1.0 if share <= 1.0 else 0.0
    parts.colours[0].a = parts.colours[1].a = seen
    if seen:
        image = pictures.ring(parts.ring.w, share, _RING_WIDTH)
        parts.texture.blit_buffer(_white(image), colorfmt="luminance_alpha", bufferfmt="ubyte")


def _white(opacity: Image.Image) -> bytes:
    return Image.merge("LA", (Image.new("L", opacity.size, 255), opacity)).tobytes()


def _texture(data: bytes, size: tuple[int, int], colours: str) -> Any:
    texture = Texture.create(size=size, colorfmt=colours)
    texture.blit_buffer(data, colorfmt=colours, bufferfmt="ubyte")
    texture.flip_vertical()
    return texture


def _stretched(texture: Any, box: tuple[int, int, int, int], border: int) -> Any:
    x, y, w, h = box
    return BorderImage(texture=texture, pos=(x, y), size=(w, h), border=(border, border, border, border))
