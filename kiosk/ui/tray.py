"""The tray beside the page of a demo: simulated passes, items and faults to pick from. Not part of the page and not on a guest's kiosk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from kiosk.ui.lettering import Lettering
from kiosk.ui.page import Tone
from kiosk.ui.pieces import Block, Flow, Layer, Mark, Panel, Piece, Sheet, Sign, Target
from kiosk.ui.setter import Setter, Stack
from kiosk.ui.tokens import Theme, Type, Weight

GROUPS: Final = {"passes": "Passen", "items": "Exemplaren", "faults": "Storingen"}

_UNITS: Final = 480
_HEADING: Final = Type(26, 1.3, Weight.BOLD)
_LABEL: Final = Type(27, 1.22, Weight.SEMIBOLD)
_SUBLABEL: Final = Type(22, 1.3)


@dataclass(frozen=True, slots=True)
class TrayEntry:
    """Something to pick: `group` is one of `GROUPS`. A `toggle` stays on until it is picked again, and shows whether it is."""

    group: str
    key: str
    label: str
    sublabel: str = ""
    toggle: bool = False


@dataclass(frozen=True, slots=True)
class TrayModel:
    """What lies in the tray. `picked(group, key)` is called in the screen's thread; `state(group, key)` says whether a toggle is on."""

    entries: tuple[TrayEntry, ...]
    picked: Callable[[str, str], None]
    state: Callable[[str, str], bool]

    def states(self) -> tuple[bool, ...]:
        """Of every entry, whether it is on."""
        return tuple(entry.toggle and self.state(entry.group, entry.key) for entry in self.entries)


def lay_out_tray(model: TrayModel, size: tuple[int, int], lettering: Lettering, theme: Theme) -> Sheet:
    """The sheet of the tray, `size` in pixels."""
    w, h = size
    setter = Setter(lettering, theme, w / _UNITS)
    edge, gap, pad = setter.px(24), setter.px(10), setter.px(20)
    blocks: list[Block] = []
    targets: list[Target] = []
    y = edge
    for group, heading in GROUPS.items():
        entries = [entry for entry in model.entries if entry.group == group]
        words = setter.text(heading, _HEADING, w - 2 * edge, theme.soft, most=1)
        if not entries or words is None:
            continue
        blocks.append(Block(f"heading:{group}", Layer.FLOW, edge, y, words.w, words.h, (words,)))
        y += words.h + gap
        for entry in entries:
            block = _entry(setter, entry, w - 2 * edge, pad, on=entry.toggle and model.state(group, entry.key))
            blocks.append(replace(block, x=edge, y=y))
            targets.append(Target(block.key, block.key, edge, y, block.w, block.h))
            y += block.h + gap
        y += edge
    blocks.append(Block("side", Layer.STILL, 0, 0, setter.px(3), h, (Panel(0, 0, setter.px(3), h, 0, theme.line),)))
    return Sheet("tray", w, h, theme.moods[Tone.CALM].ground, tuple(blocks), tuple(targets), Flow(0, 0, w, h, y))


def _entry(setter: Setter, entry: TrayEntry, w: int, pad: int, *, on: bool) -> Block:
    theme = setter.theme
    side = setter.px(36) if entry.toggle else 0
    room = w - 2 * pad - (side + pad if side else 0)
    stack = Stack(pad, pad * 3 // 4)
    stack.add(setter.text(entry.label, _LABEL, room, theme.ink))
    stack.add(setter.text(entry.sublabel, _SUBLABEL, room, theme.soft))
    h = stack.y + pad * 3 // 4
    mood = theme.moods[Tone.OK]
    fill = mood.ground if on else theme.card
    pieces: list[Piece] = [Panel(0, 0, w, h, setter.px(14), fill, pressed=theme.pressed), *stack.words]
    if side:
        x, y = w - pad - side, (h - side) // 2
        if on:
            pieces.append(Panel(x, y, side, side, side // 2, mood.text))
            inset = side // 4
            pieces.append(Mark(x + inset, y + inset, side - 2 * inset, Sign.TICK, theme.card))
        else:
            pieces.append(Panel(x, y, side, side, side // 2, theme.card, theme.edge, setter.px(2)))
    return Block(f"{entry.group}:{entry.key}", Layer.FLOW, 0, 0, w, h, tuple(pieces))
