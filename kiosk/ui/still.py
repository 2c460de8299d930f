"""What stands still while pages come and go: the header with the language switch; and what stands in front of a page: its menu, an overlay.

Not for the page itself (screens).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.ui import tokens
from kiosk.ui.cards import button_block, card
from kiosk.ui.page import Language, Overlay, Page
from kiosk.ui.pieces import Align, Block, Layer, Mark, Panel, Piece, Sign, Target, Veil
from kiosk.ui.setter import Setter, Stack

MENU: Final = "menu"
"""The name of the target that opens the list of languages; it is not told to anybody."""
MENU_CLOSE: Final = "menu:close"
_PILLS: Final = 4
_PILL: Final = (120, 96)
_TOP: Final = 40
_VEIL: Final = 0.36


def header(setter: Setter, page: Page, w: int) -> tuple[list[Block], list[Target]]:
    """Whose kiosk this is, or who is here; and the languages at the other side, with what of them can be touched."""
    theme = setter.theme
    edge, gap, top = setter.px(tokens.EDGE), setter.px(16), setter.px(_TOP)
    pill_w, pill_h = setter.px(_PILL[0]), setter.px(_PILL[1])
    blocks: list[Block] = []
    targets: list[Target] = []
    shown = _first(page.languages)
    folded = len(shown) < len(page.languages)
    x = w - edge - (len(shown) + folded) * (pill_w + gap) + gap
    name_room = max(x - edge - setter.px(32), setter.px(200)) if page.languages else w - 2 * edge
    name = setter.text(page.greeting or page.library, tokens.HEADER, name_room, theme.ink)
    if name:
        blocks.append(Block("header", Layer.STILL, edge, top + (pill_h - name.h) // 2, name.w, name.h, (name,)))
    for language in shown:
        kind = tokens.PILL_CHOSEN if language.chosen else tokens.PILL
        label = setter.text(language.label, kind, pill_w, theme.card if language.chosen else theme.ink, most=1, align=Align.CENTRE)
        fill, line = (theme.ink, None) if language.chosen else (theme.card, theme.edge)
        pressed = theme.soft if language.chosen else theme.pressed
        panel = Panel(0, 0, pill_w, pill_h, pill_h // 2, fill, line, setter.px(2) if line else 0, pressed)
        pieces: tuple[Piece, ...] = (panel, replace(label, y=(pill_h - label.h) // 2)) if label else (panel,)
        block = Block(f"language:{language.code}", Layer.STILL, x, top, pill_w, pill_h, pieces)
        blocks.append(block)
        targets.append(Target.on(block.key, block))
        x += pill_w + gap
    if folded:
        side = setter.px(44)
        panel = Panel(0, 0, pill_w, pill_h, pill_h // 2, theme.card, theme.edge, setter.px(2), theme.pressed)
        dots = Mark((pill_w - side) // 2, (pill_h - side) // 2, side, Sign.MORE, theme.ink)
        blocks.append(Block(MENU, Layer.STILL, x, top, pill_w, pill_h, (panel, dots)))
        targets.append(Target(MENU, MENU, x, top, pill_w, pill_h))
    return blocks, targets


def _first(languages: tuple[Language, ...]) -> tuple[Language, ...]:
    """The languages that get a button of their own: all if they are few, else the first and the chosen one."""
    if len(languages) <= _PILLS:
        return languages
    first = languages[: _PILLS - 1]
    chosen = next((language for language in languages[_PILLS - 1 :] if language.chosen), None)
    return (*first[:-1], chosen) if chosen else first


def menu(setter: Setter, page: Page, w: int, h: int) -> tuple[list[Block], list[Target]]:
    """Every language by its own name, in a card below the header; a touch beside it closes it."""
    theme = setter.theme
    edge, pad, line = setter.px(tokens.EDGE), setter.px(16), setter.px(104)
    columns = 1 if len(page.languages) * line < h * 0.6 else 2
    rows = -(-len(page.languages) // columns)
    each = setter.px(400)
    card_w, card_h = each * columns + 2 * pad, rows * line + 2 * pad
    x, y = w - edge - card_w, setter.px(_TOP + _PILL[1] + 20)
    veil = Block("menu:veil", Layer.FRONT, 0, 0, w, h, (Veil(0, 0, w, h, theme.ink, _VEIL / 3),))
    blocks = [veil, Block("menu:card", Layer.FRONT, x, y, card_w, card_h, (card(theme, setter, card_w, card_h),))]
    targets = [Target(MENU_CLOSE, "menu:veil", 0, 0, w, h)]
    for number, language in enumerate(page.languages):
        left, top = x + pad + each * (number // rows), y + pad + line * (number % rows)
        label = setter.text(language.name, tokens.ROW, each - 2 * setter.px(32), theme.card if language.chosen else theme.ink, most=1)
        fill = theme.ink if language.chosen else theme.card
        pieces: list[Piece] = [Panel(0, 0, each, line, setter.px(20), fill, pressed=theme.soft if language.chosen else theme.pressed)]
        if label:
            pieces.append(replace(label, x=setter.px(32), y=(line - label.h) // 2))
        key = f"menu:{language.code}"
        blocks.append(Block(key, Layer.FRONT, left, top, each, line, tuple(pieces)))
        targets.append(Target(f"language:{language.code}", key, left, top, each, line))
    return blocks, targets


def overlay(setter: Setter, asked: Overlay, w: int, h: int) -> tuple[list[Block], list[Target]]:
    """A question in a card at the foot of the page, where the hand already is; the page stays readable behind it."""
    theme = setter.theme
    edge, pad = setter.px(tokens.EDGE // 2), setter.px(60)  # wider than what it covers: no corner of a button looks out
    card_w = min(w - 2 * edge, setter.px(1016))
    stack = Stack(pad, pad)
    stack.add(setter.text(asked.heading, tokens.HEADING, card_w - 2 * pad, theme.ink, most=3))
    stack.add(setter.text(asked.text, tokens.OVERLAY, card_w - 2 * pad, theme.soft, most=5, prose=True), setter.px(12))
    button_top = stack.y + setter.px(40)
    card_h = button_top + setter.px(tokens.BUTTON_HEIGHT) + pad
    x, y = (w - card_w) // 2, h - edge - card_h
    ground = replace(card(theme, setter, card_w, card_h), radius=setter.px(40), shade=0.0)
    button = button_block(setter, replace(asked.action, primary=True), card_w - 2 * pad, Layer.FRONT)
    button = replace(button, key=f"overlay:{button.key}", x=x + pad, y=y + button_top)
    blocks = [
        Block("veil", Layer.VEIL, 0, 0, w, h, (Veil(0, 0, w, h, theme.ink, _VEIL),)),
        Block(f"overlay:{asked.name}", Layer.FRONT, x, y, card_w, card_h, (ground, *stack.words)),
        button,
    ]
    return blocks, [Target.on(asked.action.name, button)]
