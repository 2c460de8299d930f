"""The one widget of the screen: shows a sheet, changes it in place into the next, moves what moves, and tells what was touched.

Not for laying out (screens), not for painting (brush), not for the window (app).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import pi, sin
from typing import Any, Final

from kivy.clock import Clock
from kivy.graphics import Canvas, Color, PopMatrix, PushMatrix, Rectangle, ScissorPop, ScissorPush, Translate
from kivy.uix.widget import Widget

from kiosk.ui import tokens
from kiosk.ui.brush import Brush, Painted, PictureParts, RingParts, rgba, show_ring
from kiosk.ui.motion import Motion, Motions, eased
from kiosk.ui.pictures import Breath
from kiosk.ui.pieces import Block, Flow, Layer, Sheet, Target

_BREATH_SECONDS: Final = 4.0
_TURN_SECONDS: Final = 1.1
_DRAG_BEGINS: Final = 14
_FRAME: Final = 1 / 60
_GLIDE: Final = 0.06
"""How much of its speed a let go list loses each frame."""
_WHEEL: Final = 120


@dataclass(slots=True)
class _Finger:
    """The one touch that counts; others are ignored until it is lifted."""

    uid: object
    page: str
    target: Target | None
    down_y: float
    last_y: float
    last_at: float
    speed: float = 0.0
    dragging: bool = False


class SheetView(Widget):
    """Shows sheets. `touched(name)` is told on the lifting of a finger inside the target where it came down, on the same page."""

    def __init__(
        self,
        brush: Brush,
        *,
        touched: Callable[[str], None],
        now: Callable[[], float],
        active: Callable[[], None] | None = None,
        still: bool = False,
    ) -> None:
        super().__init__(size_hint=(None, None))
        self._brush = brush
        self._touched = touched
        self._now = now
        self._active = active
        self._still = still
        self._motions = Motions(time.monotonic, self._wake)
        self._step = Clock.create_trigger(lambda _: self._motions.step())
        self._painted: dict[str, Painted] = {}
        self._finger: _Finger | None = None
        self._scroll = 0
        self.sheet = Sheet("", 0, 0, brush.theme.paper, (), ())
        self._build()

    def show(self, sheet: Sheet, brush: Brush | None = None) -> None:
        """Makes the screen this sheet, with the next frame. What is equal stays untouched; a new page or row slides in."""
        before, self.sheet = self.sheet, sheet
        if brush and brush is not self._brush:
            self._clear()
            self._brush = brush
        self.size = (sheet.w, sheet.h)
        self._ground_colour.rgba = rgba(sheet.paper)
        self._ground.size = self.size
        turned = sheet.name != before.name
        fresh: list[Painted] = []
        changed: set[str] = set()
        keys = {block.key for block in sheet.blocks}
        for key in [key for key in self._painted if key not in keys]:
            self._drop(key)
        for block in sheet.blocks:
            if self._place(block):
                changed.add(block.key)
                if block.enters and block.key not in {one.key for one in before.blocks}:
                    fresh.append(self._painted[block.key])
        self._scrolled(before, turned=turned, changed=changed)
        if turned:
            self._motions.end("enter:")
            self._begin("page", self._page_motion(time.monotonic()))
        else:
            for painted in fresh:
                self._begin(f"enter:{painted.block.key}", self._enter_motion(painted, time.monotonic()))
        self._mark_pressed()

    def rest(self) -> None:
        """Lets nothing move any more; for the end of the program."""
        self._motions.end("")
        self._step.cancel()

    def on_touch_down(self, touch: Any) -> bool:
        """Kivy calls this."""
        if not self.collide_point(*touch.pos):
            return False
        button = getattr(touch, "button", "left") if "button" in touch.profile else "left"
        if button in {"scrollup", "scrolldown"}:
            self._scroll_to(self._scroll + (_WHEEL if button == "scrollup" else -_WHEEL))
            return True
        if button != "left":
            return True
        if self._active:
            self._active()
        if self._finger is None:
            x, y = self._inside(touch)
            target = self._target_at(x, y)
            self._finger = _Finger(touch.uid, self.sheet.name, target, y, y, time.monotonic())
            self._motions.end("glide")
            self._mark_pressed()
            self._breathe()
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Kivy calls this."""
        finger = self._finger
        if finger is None or finger.uid != touch.uid:
            return False
        _, y = self._inside(touch)
        flow = self.sheet.flow
        scrolls = flow is not None and flow.hidden > 0 and (finger.target is None or self._flows(finger.target))
        if scrolls and not finger.dragging and abs(y - finger.down_y) > _DRAG_BEGINS * self._brush.scale:
            finger.dragging = True
            self._let_go(finger)
        at = time.monotonic()
        if finger.dragging:
            self._scroll_to(self._scroll + finger.last_y - y)
            finger.speed = (finger.last_y - y) / max(at - finger.last_at, 0.004)
        finger.last_y, finger.last_at = y, at
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Kivy calls this."""
        finger = self._finger
        if finger is None or finger.uid != touch.uid:
            return False
        self._finger = None
        x, y = self._inside(touch)
        target = finger.target
        self._let_go(finger)
        if finger.dragging and time.monotonic() - finger.last_at < 0.1:  # noqa: PLR2004 - it was still moving
            self._begin("glide", self._glide_motion(finger.speed))
        over = self._target_at(x, y)
        if target and over and over.name == target.name and finger.page == self.sheet.name:
            self._touched(target.name)
        return True

    def _target_at(self, x: float, y: float) -> Target | None:
        """What can be touched at a point; of things over each other the front one."""
        flow = self.sheet.flow
        for target in reversed(self.sheet.targets):
            flows = self._flows(target)
            if flows and flow and not flow.y <= y < flow.y + flow.h:
                continue
            if target.holds(x, y + (self._scroll if flows else 0)):
                return target
        return None

    def _flows(self, target: Target) -> bool:
        painted = self._painted.get(target.key)
        return painted is not None and painted.block.layer is Layer.FLOW

    def _let_go(self, finger: _Finger) -> None:
        """The finger presses nothing any more."""
        if finger.target and finger.target.key in self._painted:
            self._painted[finger.target.key].press(down=False)
        finger.target = None

    def _build(self) -> None:
        self._ground_colour = Color(*rgba(self.sheet.paper))
        self._ground = Rectangle(pos=(0, 0), size=(0, 0))
        self._slides = (Translate(0, 0, 0), Translate(0, 0, 0))
        self._layers = {layer: Canvas() for layer in Layer}
        self._page, self._flow = Canvas(), Canvas()
        self._clip = ScissorPush(x=0, y=0, width=1, height=1)
        self._scroll_by = Translate(0, 0, 0)
        fade = self._brush.gradient(round(48 * self._brush.scale))
        self._fades = [(Color(1, 1, 1, 0), Rectangle(texture=fade)) for _ in range(2)]
        self._thumb = (Color(1, 1, 1, 0), Rectangle())
        self._corner = Translate(0, 0, 0)
        for instruction in (PushMatrix(), self._corner, self._ground_colour, self._ground, self._page, self._flow):
            self.canvas.add(instruction)
        for instruction in (PushMatrix(), self._slides[0], self._layers[Layer.PAGE], PopMatrix()):
            self._page.add(instruction)
        inside = (PushMatrix(), self._clip, self._slides[1], PushMatrix(), self._scroll_by, self._layers[Layer.FLOW], PopMatrix())
        edges = [one for pair in (*self._fades, self._thumb) for one in pair]
        for instruction in (*inside, *edges, ScissorPop(), PopMatrix()):
            self._flow.add(instruction)
        for layer in (Layer.VEIL, Layer.STILL, Layer.FRONT):
            self.canvas.add(self._layers[layer])
        self.canvas.add(PopMatrix())
        self.fbind("pos", self._moved)

    def _moved(self, *_: object) -> None:
        self._corner.xy = self.pos
        self._scroll_to(self._scroll)

    def _inside(self, touch: Any) -> tuple[float, float]:
        return touch.x - self.x, self.sheet.h - (touch.y - self.y)

    def _place(self, block: Block) -> bool:
        """Puts a block on the canvas, or moves the one that is there; whether anything of it was drawn anew."""
        painted = self._painted.get(block.key)
        same = painted is not None and painted.block.pieces == block.pieces and painted.block.layer is block.layer
        if painted is None or not same:
            if painted:
                self._drop(block.key)
            painted = self._painted[block.key] = self._brush.paint(block)
            self._layers[block.layer].add(painted.canvas)
            self._animate(painted)
        painted.block = block
        painted.place.xy = (block.x, self.sheet.h - block.y - block.h)
        return not same

    def _drop(self, key: str) -> None:
        painted = self._painted.pop(key)
        self._layers[painted.block.layer].remove(painted.canvas)
        for kind in ("enter", "turn", "ring", "breath"):
            self._motions.end(f"{kind}:{key}")

    def _clear(self) -> None:
        for key in list(self._painted):
            self._drop(key)

    def _mark_pressed(self) -> None:
        finger = self._finger
        if finger and finger.target and finger.target.key in self._painted:
            self._painted[finger.target.key].press(down=finger.page == self.sheet.name)

    # What moves

    def _wake(self, seconds: float) -> None:
        self._step.cancel()
        self._step.timeout = seconds
        self._step()

    def _begin(self, key: str, motion: Motion) -> None:
        self._motions.begin(key, motion)

    def _animate(self, painted: Painted) -> None:
        key = painted.block.key
        for number, ring in enumerate(painted.rings):
            self._begin(f"ring:{key}:{number}", self._ring_motion(ring))
        if self._still:
            return
        if painted.turning:
            self._begin(f"turn:{key}", _turning(painted.turning))
        for picture in painted.breathing:
            self._begin(f"breath:{key}", _breathing(picture, time.monotonic()))

    def _breathe(self) -> None:
        """A touch lets a picture that came to rest move again."""
        if self._still:
            return
        for key, painted in self._painted.items():
            for picture in painted.breathing:
                self._begin(f"breath:{key}", _breathing(picture, time.monotonic()))

    def _page_motion(self, start: float) -> Motion:
        way = tokens.SLIDE * self._brush.scale

        def move(now: float) -> float | None:
            share = 1.0 if self._still else eased(start, now, tokens.SLIDE_SECONDS)
            for slide in self._slides:
                slide.y = -round(way * (1 - share))
            self._page.opacity = self._flow.opacity = tokens.FIRST_OPACITY + (1 - tokens.FIRST_OPACITY) * share
            return now + _FRAME if share < 1.0 else None

        return move

    def _enter_motion(self, painted: Painted, start: float) -> Motion:
        way = tokens.SLIDE * self._brush.scale

        def move(now: float) -> float | None:
            share = 1.0 if self._still else eased(start, now, tokens.SLIDE_SECONDS)
            painted.shift.y = -round(way * (1 - share))
            painted.canvas.opacity = tokens.FIRST_OPACITY + (1 - tokens.FIRST_OPACITY) * share
            return now + _FRAME if share < 1.0 else None

        return move

    def _ring_motion(self, parts: RingParts) -> Motion:
        shown = -1.0

        def move(now: float) -> float | None:
            nonlocal shown
            countdown = parts.ring.countdown
            left = countdown.ends_at - self._now()
            share = max(0.0, round(left / countdown.seconds, 3)) if countdown.seconds > 0 else 0.0
            if share != shown:
                show_ring(parts, share)
                shown = share
            if share == 0.0:
                return None
            return now + (1 / tokens.RING_STEPS_PER_SECOND if share <= 1.0 else min(left - countdown.seconds, 1.0))

        return move

    def _glide_motion(self, speed: float) -> Motion:
        def move(now: float) -> float | None:
            nonlocal speed
            before = self._scroll
            self._scroll_to(self._scroll + speed * _FRAME)
            speed *= 1 - _GLIDE
            return now + _FRAME if abs(speed) > 30 and self._scroll != before else None  # noqa: PLR2004 - slower than half a pixel a frame

        return move

    # What scrolls

    def _scrolled(self, before: Sheet, *, turned: bool, changed: set[str]) -> None:
        """Keeps the list where it was, unless its newest row is new or other than before: then that is in view."""
        sheet, flow = self.sheet, self.sheet.flow
        if flow is None:
            self._scroll_to(0)
            return
        scroll = 0 if turned else self._scroll
        if sheet.newest and (turned or sheet.newest != before.newest or sheet.newest in changed):
            newest = self._painted[sheet.newest].block
            scroll = max(scroll, newest.y + newest.h - flow.y - flow.h)
            scroll = min(scroll, newest.y - flow.y)
        self._scroll_to(scroll)

    def _scroll_to(self, scroll: float) -> None:
        flow = self.sheet.flow
        hidden = flow.hidden if flow else 0
        self._scroll = round(min(max(scroll, 0), hidden))
        self._scroll_by.y = self._scroll
        if flow is None or not hidden:
            self._clip.x, self._clip.y, self._clip.width, self._clip.height = (*(round(v) for v in self.pos), self.sheet.w, self.sheet.h)
            for colour, _ in (*self._fades, self._thumb):
                colour.a = 0
            return
        bottom = self.sheet.h - flow.y - flow.h
        self._clip.x, self._clip.y = round(self.x) + flow.x, round(self.y) + bottom
        self._clip.width, self._clip.height = flow.w, flow.h
        self._show_edges(flow, bottom, hidden)

    def _show_edges(self, flow: Flow, bottom: int, hidden: int) -> None:
        """A fade where the list goes on, and a thumb that shows how much."""
        high = round(48 * self._brush.scale)
        paper = self.sheet.paper
        (above, top), (below, base) = self._fades
        above.rgba, below.rgba = rgba(paper, float(self._scroll > 0)), rgba(paper, float(self._scroll < hidden))
        top.pos, top.size = (flow.x, bottom + flow.h - high), (flow.w, high)
        base.pos, base.size = (flow.x, bottom + high), (flow.w, -high)
        colour, thumb = self._thumb
        colour.rgba = rgba(self._brush.theme.edge)
        wide, length = max(3, round(8 * self._brush.scale)), round(flow.h * flow.h / flow.content)
        thumb.size = (wide, length)
        thumb.pos = (flow.x + flow.w - 2 * wide, bottom + round((flow.h - length) * (1 - self._scroll / hidden)))


def _turning(turns: list[Any]) -> Motion:
    def move(now: float) -> float | None:
        for turn in turns:
            turn.angle = -360 * (now % _TURN_SECONDS) / _TURN_SECONDS
        return now + 1 / tokens.TURNS_PER_SECOND

    return move


def _breathing(picture: PictureParts, start: float) -> Motion:
    def move(now: float) -> float | None:
        resting = now - start > tokens.REST_SECONDS
        phase = 0.0 if resting else sin(2 * pi * (now - start) / _BREATH_SECONDS)
        for breath, colour, rectangle, (x, y) in picture.parts:
            match breath:
                case Breath.BOB:
                    rectangle.pos = (x, y + round(10 * picture.unit * phase))
                case Breath.PULSE:
                    colour.a = 0.8 - 0.2 * phase if not resting else 1.0
                case Breath.STILL:
                    pass
        return None if resting else now + 1 / tokens.BREATHS_PER_SECOND

    return move
