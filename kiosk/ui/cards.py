"""The things that stand on a page, each laid out by itself at (0, 0): chips, rows, boxes, notices, buttons.

Not for putting them in their places (screens).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kiosk.ui import tokens
from kiosk.ui.page import Action, Box, Notice, Picture, Row, Tone
from kiosk.ui.pieces import Align, Block, Drawing, Layer, Mark, Panel, Piece, Ring, Sign, Words
from kiosk.ui.setter import Setter, Stack
from kiosk.ui.tokens import Colour, Theme, Type

TONE_SIGNS: Final = {Tone.CALM: Sign.BOOK, Tone.OK: Sign.TICK, Tone.WAIT: Sign.ARC, Tone.NO: Sign.CROSS, Tone.INFO: Sign.INFO}
"""What a row's disc shows."""
NOTICE_SIGNS: Final = TONE_SIGNS | {Tone.WAIT: Sign.CLOCK, Tone.NO: Sign.EXCLAMATION, Tone.CALM: Sign.INFO}

_DETAILS: Final = 4
_ASIDE_SHARE: Final = 0.36


def card(theme: Theme, setter: Setter, w: int, h: int, fill: Colour | None = None) -> Panel:
    """The ground of a row, a box or an overlay: lifted by a soft shadow, or outlined where the theme has none."""
    outlined = theme.shadow == 0
    line = theme.line if outlined else None
    width = setter.px(tokens.LINE) if outlined else 0
    return Panel(0, 0, w, h, setter.px(tokens.RADIUS), fill or theme.card, line, width, shade=theme.shadow)


def disc(x: int, y: int, side: int, sign: Sign, ink: Colour, ground: Colour, *, turning: bool = False) -> tuple[Piece, ...]:
    """A sign on a round ground."""
    inner = round(side * 0.46)
    inset = (side - inner) // 2
    return (Panel(x, y, side, side, side // 2, ground), Mark(x + inset, y + inset, inner, sign, ink, turning))


def chips(setter: Setter, texts: Sequence[str], room: int, *, align: Align = Align.LEFT) -> tuple[tuple[Piece, ...], int]:
    """Short facts on tinted ground, as many on a line as fit; and how high they are together."""
    mood = setter.theme.mood(Tone.INFO)
    high, inset, gap = setter.px(64 * setter.theme.text_scale), setter.px(28), setter.px(16)
    lines: list[list[tuple[Words, int]]] = []
    used = 0
    for text in texts:
        words = setter.text(text, tokens.CHIP, room - 2 * inset, mood.text, most=1)
        if words is None:
            continue
        wide = min(setter.natural_width(text, tokens.CHIP) + 2 * inset, room)
        if not lines or used + gap + wide > room:
            lines.append([])
            used = -gap
        lines[-1].append((words, wide))
        used += gap + wide
    pieces: list[Piece] = []
    for number, line in enumerate(lines):
        top = number * (high + gap)
        whole = sum(wide for _, wide in line) + gap * (len(line) - 1)
        left = (room - whole) // 2 if align is Align.CENTRE else 0
        for words, wide in line:
            pieces.append(Panel(left, top, wide, high, high // 2, mood.ground))
            pieces.append(replace(words, x=left + inset, y=top + (high - words.h) // 2, w=wide - 2 * inset))
            left += wide + gap
    return tuple(pieces), max(0, len(lines) * (high + gap) - gap)


def row_block(setter: Setter, row: Row, w: int) -> Block:
    """One item: what became of it on the left, its title and details, what is at its edge on the right."""
    theme, mood = setter.theme, setter.theme.mood(row.tone)
    pad, side, gap = setter.px(32), setter.px(tokens.ROW_DISC), setter.px(28)
    left = pad + side + gap
    aside = _aside(setter, row, int(w * _ASIDE_SHARE))
    room = w - left - pad - (aside[0].w + gap if aside else 0)
    refused = row.tone is Tone.NO
    stack = Stack(left)
    stack.add(setter.text(row.title, tokens.ROW, room, theme.ink))
    for detail in row.details[:_DETAILS]:
        stack.add(setter.text(detail, tokens.SECOND, room, mood.text if refused else theme.soft, most=3, prose=True), setter.px(4))
    aside_high = sum(words.h for words in aside)
    h = max(stack.y, side, aside_high) + 2 * setter.px(36)
    drop = (h - stack.y) // 2
    words = [replace(one, y=one.y + drop) for one in stack.words]
    top = (h - aside_high) // 2
    for one in aside:
        words.append(replace(one, x=w - pad - one.w, y=top))
        top += one.h
    ground = theme.card if refused else mood.ground
    sign = disc(pad, (h - side) // 2, side, TONE_SIGNS[row.tone], mood.text, ground, turning=row.tone is Tone.WAIT)
    fill = mood.ground if refused else theme.card
    return Block(f"row:{row.key}", Layer.FLOW, 0, 0, w, h, (card(theme, setter, w, h, fill), *sign, *words), enters=True)


def _aside(setter: Setter, row: Row, most: int) -> tuple[Words, ...]:
    colour = setter.theme.soft if row.tone is Tone.CALM else setter.theme.mood(row.tone).text
    room = min(most, max((setter.natural_width(text, tokens.ASIDE) for text in row.aside), default=0) + 1)
    set_texts = (setter.text(text, tokens.ASIDE, room, colour, align=Align.RIGHT) for text in row.aside[:_DETAILS])
    return tuple(words for words in set_texts if words)


def box_block(setter: Setter, box: Box, number: int, w: int) -> Block:
    """A card that explains: a heading, paragraphs, ways to reach somebody; with the picture of a slip where one is meant."""
    theme = setter.theme
    pad = setter.px(44)
    slip_w, slip_h = (setter.px(150), setter.px(192)) if box.slip else (0, 0)
    left = pad + (slip_w + setter.px(40) if box.slip else 0)
    room = w - left - pad
    stack = Stack(left, pad)
    stack.add(setter.text(box.heading, tokens.BODY_HEADING, room, theme.ink, most=3))
    for place, paragraph in enumerate(box.paragraphs):
        colour = theme.soft if place else theme.ink
        stack.add(setter.text(paragraph, tokens.BODY, room, colour, most=8, prose=True), setter.px(6 if place == 0 else 12))
    pieces: list[Piece] = list(stack.words)
    bottom = stack.y
    facts, facts_high = chips(setter, box.chips, room)
    if facts:
        top = bottom + setter.px(28 if stack.words else 0)
        pieces.extend(replace(piece, x=piece.x + left, y=piece.y + top) for piece in facts)
        bottom = top + facts_high
    h = max(bottom, pad + slip_h) + pad
    if box.slip:
        if bottom + pad < h:
            pieces = [replace(piece, y=piece.y + (h - bottom - pad) // 2) for piece in pieces]
        pieces.append(Drawing(pad, (h - slip_h) // 2, slip_w, slip_h, None))
    return Block(f"box:{number}", Layer.FLOW, 0, 0, w, h, (card(theme, setter, w, h), *pieces))


def notice_block(setter: Setter, notice: Notice, number: int, w: int) -> Block:
    """One thing to know, on the ground of its tone."""
    mood = setter.theme.mood(notice.tone)
    pad, side = setter.px(28), setter.px(40)
    left = pad + side + setter.px(24)
    words = setter.text(notice.text, tokens.NOTICE, w - left - pad, mood.text, most=3, prose=True)
    high = words.h if words else 0
    h = max(high, side) + 2 * setter.px(24)
    pieces: list[Piece] = [Panel(0, 0, w, h, setter.px(tokens.RADIUS), mood.ground)]
    pieces.append(Mark(pad, (h - side) // 2, side, NOTICE_SIGNS[notice.tone], mood.text))
    if words:
        pieces.append(replace(words, x=left, y=(h - high) // 2))
    return Block(f"notice:{number}", Layer.PAGE, 0, 0, w, h, tuple(pieces), enters=True)


def button_width(setter: Setter, action: Action) -> int:
    """How wide a button would like to be, its label on one line."""
    ring = setter.px(68 + 22) if action.countdown else 0
    return setter.natural_width(action.label, tokens.BUTTON) + ring + 2 * setter.px(44)


def button_block(setter: Setter, action: Action, w: int, layer: Layer = Layer.PAGE) -> Block:
    """A button; filled if it is the one thing to do on the page, outlined if it is another. A countdown runs in a ring before the label."""
    theme = setter.theme
    h = setter.px(tokens.BUTTON_HEIGHT)
    ink = theme.on_act if action.primary else theme.ink
    radius, side, gap = setter.px(tokens.RADIUS), setter.px(68), setter.px(22)
    ring = side + gap if action.countdown else 0
    if action.primary:
        panel = Panel(0, 0, w, h, radius, theme.act, pressed=theme.act_pressed)
    else:
        panel = Panel(0, 0, w, h, radius, theme.card, theme.edge, setter.px(tokens.LINE), pressed=theme.pressed)
    room = w - 2 * setter.px(24) - ring
    words = _label(setter, action.label, room, ink)
    pieces: list[Piece] = [panel]
    wide = min(room, setter.natural_width_of(words)) if words else 0
    left = (w - wide - ring) // 2
    if action.countdown:
        track = theme.act_pressed if action.primary else theme.line
        pieces.append(Ring(left, (h - side) // 2, side, action.countdown, ink, track))
    if words:
        pieces.append(replace(words, x=left + ring, y=(h - words.h) // 2, w=wide))
    return Block(f"action:{action.name}", layer, 0, 0, w, h, tuple(pieces))


def _label(setter: Setter, text: str, room: int, ink: Colour) -> Words | None:
    """One line if it can be without shrinking far, else two smaller ones."""
    if setter.natural_width(text, tokens.BUTTON) <= room or setter.natural_width(text, _SMALL_BUTTON) <= room:
        return setter.text(text, tokens.BUTTON, room, ink, most=1, align=Align.CENTRE)
    return setter.text(text, _SMALL_BUTTON, room, ink, most=2, align=Align.CENTRE)


_SMALL_BUTTON: Final = Type(38, 1.16, tokens.BUTTON.weight, smallest=30, balanced=True)

SMALL_PICTURES: Final = {
    Picture.CARD: Sign.CARD,
    Picture.TICK: Sign.TICK,
    Picture.EXCLAMATION: Sign.EXCLAMATION,
    Picture.HOURGLASS: Sign.HOURGLASS,
    Picture.WRENCH: Sign.WRENCH,
}
"""The pictures that are a sign on a disc, in the page's tone."""
PAGE_SIGNS: Final = {Tone.OK: Sign.TICK, Tone.WAIT: Sign.HOURGLASS, Tone.NO: Sign.EXCLAMATION, Tone.INFO: Sign.INFO}
