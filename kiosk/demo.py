"""What the tray of the demo offers: its passes, items and faults, and what picking one does. Not for drawing the tray (ui.tray)."""

from __future__ import annotations

from drivers.contract import Tag
from kiosk.kit import Kit, KitError
from kiosk.ui.tray import TrayEntry, TrayModel

_PASS, _ITEM, _FAULT = "passes", "items", "faults"
_FAULT_NAMES = {
    "pass_reader.unplugged": "paslezer los",
    "pass_reader.torn": "pas te kort erbij",
    "item_reader.unplugged": "plank los",
    "item_reader.write_fails": "beveiliging gaat er niet af",
    "printer.paper_near_end": "papier bijna op",
    "printer.paper_out": "papier op",
    "printer.cover_open": "printerklep open",
    "printer.offline": "printer uit",
    "library.down": "geen verbinding",
    "library.silent": "bibliotheek zwijgt",
    "library.reply_lost": "antwoord raakt weg",
    "library.slow": "één byte per seconde",
}


class Tray:
    """The hands of whoever tries the demo; one pass at a time, any number of items."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._held = ""

    def model(self) -> TrayModel:
        """Everything to pick from."""
        props = self._kit.props
        passes = [TrayEntry(_PASS, name, name.capitalize(), prop.about, toggle=prop.chip) for name, prop in props.passes.items()]
        others = [TrayEntry(_PASS, kind, about.capitalize(), toggle=True) for kind, about in props.others.items()]
        items = [TrayEntry(_ITEM, number, f"…{number[-4:]}", prop.about, toggle=True) for number, prop in props.items.items()]
        known = self._kit.faults
        faults = [TrayEntry(_FAULT, fault, name.capitalize(), fault, toggle=True) for fault, name in _FAULT_NAMES.items() if fault in known]
        return TrayModel((*passes, *others, *items, *faults), self.picked, self.state)

    def state(self, group: str, key: str) -> bool:
        """Whether this pass is held, this item lies on the pad, this fault is there."""
        if group == _PASS:
            return self._held == key
        if group == _ITEM:
            return self._kit.on_pad(key)
        return key in self._kit.failing

    def picked(self, group: str, key: str) -> None:
        """Hold it or take it away, put it down or take it up, break it or mend it."""
        there = self.state(group, key)
        if group == _PASS:
            self._hold("" if there else key)
        elif group == _ITEM:
            (self._kit.take_items if there else self._kit.place)((key,))
        elif there:
            self._kit.mend(key)
        else:
            self._kit.fail(key)

    def _hold(self, name: str) -> None:
        self._held = ""
        if not name:
            self._kit.take_pass()
            return
        tag = self._tag(name)
        if tag is None:
            self._kit.take_pass()
            self._kit.scan(self._kit.named_pass(name).number)
            return
        self._held = name
        self._kit.hold((tag,))

    def _tag(self, name: str) -> Tag | None:
        """The chip that is held; None for a pass without one."""
        try:
            prop = self._kit.named_pass(name)
        except KitError:
            return self._kit.other_tag(name)
        return self._kit.pass_tag(prop) if prop.chip else None
