"""Lays a page out: from a `Page` and the size of a window to a `Sheet` of blocks, in one pass, without a window.

Portrait: one column, from the header down to the actions at the foot. Landscape: what the page says on the left, its rows and boxes on the
right, the actions at the foot all the same. A page in a language that runs to the left is the mirror of the same page.

Not for deciding what stands on a page (present) and not for drawing it (widgets).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from kiosk.ui import tokens
from kiosk.ui.cards import PAGE_SIGNS, SMALL_PICTURES, box_block, button_block, button_width, chips, disc, notice_block, row_block
from kiosk.ui.lettering import Lettering
from kiosk.ui.page import Action, Page, Picture
from kiosk.ui.pieces import Align, Block, Drawing, Flow, Layer, Mark, Piece, Sheet, Sign, Target
from kiosk.ui.setter import Setter, Stack
from kiosk.ui.still import header, menu, overlay
from kiosk.ui.tokens import Theme, Type

RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})
"""Languages whose pages are mirrored."""
LARGE_PICTURES: Final = frozenset({Picture.HOLD_PASS, Picture.PUT_ITEMS})

_HEADER_BOTTOM: Final = 168
_PICTURE: Final = (640, 600)
_SMALLEST_PICTURE: Final = 220
_LANDSCAPE_GAP: Final = 96
_LEFT_SHARE: Final = 0.44


@dataclass(frozen=True, slots=True)
class _Area:
    """A rectangle of the page, in pixels."""

    x: int
    y: int
    w: int
    h: int

    @property
    def bottom(self) -> int:
        return self.y + self.h


def scale_of(size: tuple[int, int], *, landscape: bool) -> float:
    """How many pixels a page unit has in a window of `size` pixels."""
    w, h = size
    return min(w / 1920, h / 1000) if landscape else min(w / 1080, h / 1500)


def lay_out(page: Page, size: tuple[int, int], lettering: Lettering, theme: Theme, *, landscape: bool, menu_open: bool = False) -> Sheet:
    """The sheet of a page for a window of `size` pixels."""
    w, h = size
    setter = Setter(lettering, theme, scale_of(size, landscape=landscape))
    edge = setter.px(tokens.EDGE)
    still, targets = header(setter, page, w)
    foot = _foot(setter, page, _Area(edge, 0, w - 2 * edge, h - edge), landscape=landscape)
    top = setter.px(_HEADER_BOTTOM)
    beside = landscape and page.rows  # then the notices stand below the heading and leave the rows their whole height
    foot_top = min((block.y for block in foot if not (beside and block.key.startswith("notice:"))), default=h - edge)
    room = _Area(edge, top, w - 2 * edge, foot_top - setter.px(36) - top)
    body, flow = (_landscape if landscape else _portrait)(setter, page, room)
    blocks = [*body, *foot, *still, *_code(setter, page, h)]
    if page.overlay:
        front, front_targets = overlay(setter, page.overlay, w, h)
        blocks.extend(front)
        targets.extend(front_targets)
    else:
        targets.extend(_targets(foot, page.actions))
    if menu_open:
        front, front_targets = menu(setter, page, w, h)
        blocks.extend(front)
        targets.extend(front_targets)
    newest = f"row:{page.rows[-1].key}" if page.rows else ""
    sheet = Sheet(page.name, w, h, theme.paper, tuple(blocks), tuple(targets), flow, newest)
    return sheet.mirrored() if page.language in RIGHT_TO_LEFT else sheet


def _targets(blocks: Iterable[Block], actions: Iterable[Action]) -> list[Target]:
    places = {block.key: block for block in blocks}
    return [Target.on(action.name, places[f"action:{action.name}"]) for action in actions]


def _code(setter: Setter, page: Page, h: int) -> tuple[Block, ...]:
    """The small print below the actions, for the desk."""
    edge = setter.px(tokens.EDGE)
    words = setter.text(page.code, tokens.CODE, setter.px(940), setter.theme.soft, most=1)
    if words is None:
        return ()
    return (Block("code", Layer.PAGE, edge, h - edge + setter.px(16), words.w, words.h, (words,)),)


def _foot(setter: Setter, page: Page, area: _Area, *, landscape: bool) -> list[Block]:
    """Actions and the notices above them, up from the bottom of the area."""
    gap = setter.px(tokens.GAP)
    blocks: list[Block] = []
    y = area.bottom
    for line in reversed(_button_lines(setter, page.actions, area.w, landscape=landscape)):
        y -= setter.px(tokens.BUTTON_HEIGHT)
        x = area.x + (area.w - sum(w + gap for _, w in line) + gap) // 2
        for action, w in line:
            blocks.append(replace(button_block(setter, action, w), x=x, y=y))
            x += w + gap
        y -= gap
    w = area.w
    if landscape:
        left = int((area.w - setter.px(_LANDSCAPE_GAP)) * _LEFT_SHARE)
        w = left if page.rows else area.w - left - setter.px(_LANDSCAPE_GAP)
    x = area.x if page.rows else area.x + area.w - w
    for number, notice in reversed(list(enumerate(page.notices))):
        block = notice_block(setter, notice, number, w)
        y -= block.h
        blocks.append(replace(block, x=x, y=y))
        y -= gap
    return blocks


def _button_lines(setter: Setter, actions: tuple[Action, ...], room: int, *, landscape: bool) -> list[list[tuple[Action, int]]]:
    """Which buttons stand beside each other, and how wide. The primary one is last and takes what the others leave."""
    if not actions:
        return []
    gap = setter.px(tokens.GAP)
    ordered = sorted(actions, key=lambda action: action.primary)
    primary = ordered[-1] if ordered[-1].primary else None
    others = [action for action in ordered if action is not primary]
    if landscape:
        right = int((room - setter.px(_LANDSCAPE_GAP)) * (1 - _LEFT_SHARE))
        if primary is None:
            return [_even(others, room if len(others) > 1 else right, gap)]
        if not others:
            return [[(primary, right)]]
        return [[*_even(others, room - right - gap, gap), (primary, right)]]
    natural = {action.name: max(button_width(setter, action), setter.px(236)) for action in ordered}
    if primary is None:
        return _shared(others, natural, room, gap)
    used = sum(natural[action.name] + gap for action in others)
    if used + max(natural[primary.name], setter.px(420)) <= room:
        return [[*((action, natural[action.name]) for action in others), (primary, room - used)]]
    if len(others) == 1 and button_width(setter, primary) * 0.86 <= room * 0.56:
        narrow = int(room * 0.44) - gap
        return [[(others[0], narrow), (primary, room - narrow - gap)]]
    return [*_button_lines(setter, tuple(others), room, landscape=False), [(primary, room)]]


def _shared(actions: list[Action], natural: dict[str, int], room: int, gap: int) -> list[list[tuple[Action, int]]]:
    """Buttons of equal rank: equally wide where that is wide enough, else each as wide as it needs and a share of the rest; else on two lines."""
    spare = room - gap * (len(actions) - 1) - sum(natural[action.name] for action in actions)
    if max(natural.values()) * len(actions) + gap * (len(actions) - 1) <= room:
        return [_even(actions, room, gap)]
    if spare >= 0:
        return [[(action, natural[action.name] + spare // len(actions)) for action in actions]]
    return [_even(part, room, gap) for part in _halves(actions)]


def _even(actions: list[Action], room: int, gap: int) -> list[tuple[Action, int]]:
    each = (room - gap * (len(actions) - 1)) // len(actions)
    return [(action, each) for action in actions]


def _halves(actions: list[Action]) -> list[list[Action]]:
    middle = (len(actions) + 1) // 2
    return [part for part in (actions[:middle], actions[middle:]) if part]


def _portrait(setter: Setter, page: Page, room: _Area) -> tuple[list[Block], Flow | None]:
    cards = _cards(setter, page, room.w)
    cards_high = _height(setter, cards)
    between = setter.px(40)
    if page.rows:
        room = _Area(room.x, room.y + setter.px(20), room.w, room.h - setter.px(20))
        said, said_high = _said(setter, page, room.w, compact=True)
        head = [Block("said", Layer.PAGE, room.x, room.y, room.w, said_high, said)]
        top = room.y + said_high + (between if said_high else 0)
        return _flowing(setter, head, cards, _Area(room.x, top, room.w, room.bottom - top), full=room)
    large = page.picture in LARGE_PICTURES
    align = Align.CENTRE if large else Align.LEFT
    said, said_high = _said(setter, page, room.w, align=align)
    picture_high = min(setter.px(_PICTURE[1]), room.h - said_high - cards_high - between * 2) if large else 0
    if picture_high < setter.px(_SMALLEST_PICTURE):
        picture_high = 0
    above = picture_high + setter.px(56) if picture_high else 0
    used = above + said_high + (between + cards_high if cards else 0)
    spare = max(0, room.h - used)
    y = room.y + int(spare * (0.42 if picture_high else 0.26))
    head = _picture(setter, page, _Area(room.x, y, room.w, picture_high)) if picture_high else []
    head.append(Block("said", Layer.PAGE, room.x, y + above, room.w, said_high, said))
    top = y + above + said_high + between
    return _flowing(setter, head, cards, _Area(room.x, top, room.w, room.bottom - top), full=room)


def _landscape(setter: Setter, page: Page, room: _Area) -> tuple[list[Block], Flow | None]:
    gap = setter.px(_LANDSCAPE_GAP)
    left = _Area(room.x, room.y, int((room.w - gap) * _LEFT_SHARE), room.h)
    right = _Area(left.x + left.w + gap, room.y, room.w - gap - left.w, room.h)
    cards = _cards(setter, page, right.w)
    large = page.picture in LARGE_PICTURES
    if not cards:
        if large:
            said, high = _said(setter, page, right.w)
            head = _picture(setter, page, left)
            head.append(Block("said", Layer.PAGE, right.x, room.y + (room.h - high) // 2, right.w, high, said))
            return head, None
        inset = room.w // 8
        said, high = _said(setter, page, room.w - 2 * inset, align=Align.CENTRE)
        y = room.y + int(max(0, room.h - high) * 0.44)
        return [Block("said", Layer.PAGE, room.x + inset, y, room.w - 2 * inset, high, said)], None
    said, high = _said(setter, page, left.w, compact=bool(page.rows), title=tokens.SIDE_TITLE)
    drop = setter.px(12) if page.rows else int(max(0, room.h - max(high, _height(setter, cards))) * 0.3)
    head = [Block("said", Layer.PAGE, left.x, left.y + drop, left.w, high, said)]
    below = left.y + drop + high + setter.px(48)
    if large and left.bottom - below >= setter.px(_SMALLEST_PICTURE):
        head.extend(_picture(setter, page, _Area(left.x, below, left.w, left.bottom - below)))
    return _flowing(setter, head, cards, _Area(right.x, right.y + drop, right.w, right.h - drop), full=right)


def _said(
    setter: Setter, page: Page, w: int, *, align: Align = Align.LEFT, compact: bool = False, title: Type = tokens.TITLE
) -> tuple[tuple[Piece, ...], int]:
    """What the page says: its sign, heading, lead and chips; `compact` above rows. And how high that is."""
    theme = setter.theme
    pieces: list[Piece] = []
    y = 0
    sign = SMALL_PICTURES.get(page.picture) if page.picture else None
    sign = sign or (PAGE_SIGNS.get(page.tone) if page.picture is None else None)
    if sign and not compact:
        side = setter.px(tokens.DISC)
        x = (w - side) // 2 if align is Align.CENTRE else 0
        mood = theme.mood(page.tone)
        pieces.extend(disc(x, 0, side, sign, mood.text, mood.ground))
        if sign is Sign.HOURGLASS:
            pieces.append(Mark(x, 0, side, Sign.ORBIT, mood.text, turning=True))
        y = side + setter.px(44)
    stack = Stack(0, y)
    stack.add(setter.text(page.heading, tokens.HEADING if compact else title, w, theme.ink, most=2 if compact else 3, align=align))
    lead_room = w if align is Align.LEFT else min(w, setter.px(860))
    lead = setter.text(
        page.lead, tokens.BODY if compact else tokens.LEAD, lead_room, theme.soft, most=3 if compact else 6, align=align, prose=True
    )
    stack.add(lead, setter.px(12 if compact else 28))
    if lead:
        stack.words[-1] = replace(stack.words[-1], x=(w - lead_room) // 2 if align is Align.CENTRE else 0)
    pieces.extend(stack.words)
    badge = (page.badge,) if page.badge else ()
    facts, high = chips(setter, (*badge, *page.chips), w, align=align)
    y = stack.y
    if facts:
        y += setter.px((24 if compact else 40) if stack.words else 0)
        pieces.extend(replace(piece, y=piece.y + y) for piece in facts)
        y += high
    return tuple(pieces), y


def _picture(setter: Setter, page: Page, area: _Area) -> list[Block]:
    w, h = min(area.w, setter.px(_PICTURE[0])), min(area.h, setter.px(_PICTURE[1]))
    drawing = Drawing(0, 0, w, h, page.picture, breathing=True)
    return [Block("picture", Layer.PAGE, area.x + (area.w - w) // 2, area.y + (area.h - h) // 2, w, h, (drawing,))]


def _cards(setter: Setter, page: Page, w: int) -> list[Block]:
    rows = [row_block(setter, row, w) for row in page.rows]
    return [*rows, *(box_block(setter, box, number, w) for number, box in enumerate(page.boxes))]


def _height(setter: Setter, cards: list[Block]) -> int:
    return sum(block.h for block in cards) + setter.px(tokens.GAP) * max(0, len(cards) - 1)


def _flowing(setter: Setter, head: list[Block], cards: list[Block], area: _Area, *, full: _Area) -> tuple[list[Block], Flow | None]:
    """Cards below each other in the area; they scroll where they do not fit. The window is wider than they are, for their shadows."""
    if not cards:
        return head, None
    blocks, y = list(head), area.y
    for block in cards:
        blocks.append(replace(block, x=area.x, y=y))
        y += block.h + setter.px(tokens.GAP)
    margin = min(setter.px(40), full.x)
    return blocks, Flow(area.x - margin, area.y, area.w + 2 * margin, max(area.h, 1), y - setter.px(tokens.GAP) - area.y)
