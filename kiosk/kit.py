"""Simulated hardware moved by hand: what a guest could hold, put down, scan and take away, and what could break. Stories and the tray share it.

Works on any devices that keep the simulated contracts; never asks which part of the kiosk is watching.
"""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2s
from pathlib import Path
from typing import Protocol

from drivers.contract import Printed, Simulated, SimulatedPrinter, SimulatedReader, SimulatedScanner, Tag


class TagMaker(Protocol):
    """Makes the bytes of tags; handed in, for the data models belong to the drivers."""

    def library_pass(self, number: str, owner: str, uid: bytes) -> Tag:
        """A pass with a chip."""

    def item(self, number: str, owner: str, uid: bytes, *, part: int = 1, parts: int = 1) -> Tag:
        """An item, its gate bit armed."""

    def raw(self, memory: bytes, uid: bytes) -> Tag:
        """A tag with just these bytes."""

    def other(self, kind: str) -> Tag:
        """A card that is no library pass: "bank_card", "phone", "unreadable", "book" or "ov_chip". Raises KeyError for any other word."""


@dataclass(frozen=True, slots=True)
class PassProp:
    """A pass of the demo: what stands on it, what it is good for, and whether it has a chip."""

    name: str
    number: str = field(repr=False)
    owner: str
    about: str
    chip: bool = True


@dataclass(frozen=True, slots=True)
class ItemProp:
    """An item of the demo; a set has more parts than one."""

    number: str
    about: str
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Props:
    """Everything that lies ready in the demo."""

    owner: str
    passes: Mapping[str, PassProp]
    items: Mapping[str, ItemProp]
    others: Mapping[str, str]


def load_props(file: Path) -> Props:
    """Read the demo's passes and items from TOML; `others` maps the other cards to what they are."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    passes = {name: PassProp(name=name, **values) for name, values in data["passes"].items()}
    items = {number: ItemProp(number, **values) for number, values in data["items"].items()}
    return Props(data["owner"], passes, items, data["others"])


class KitError(ValueError):
    """Something was asked for that the kit does not have; one sentence."""


class Kit:
    """The hands of the demo. Without an item reader, items are scanned instead of put down."""

    def __init__(
        self,
        props: Props,
        make: TagMaker,
        *,
        pass_reader: SimulatedReader | None = None,
        item_reader: SimulatedReader | None = None,
        scanner: SimulatedScanner | None = None,
        printer: SimulatedPrinter | None = None,
        line: Simulated | None = None,
        secured_afi: int = 0x07,
    ) -> None:
        self.props = props
        self.secured_afi = secured_afi
        self._make = make
        self._pass_reader = pass_reader
        self._item_reader = item_reader
        self._scanner = scanner
        self._printer = printer
        self._devices: dict[str, Simulated] = {
            name: device
            for name, device in {
                "pass_reader": pass_reader,
                "item_reader": item_reader,
                "scanner": scanner,
                "printer": printer,
                "library": line,
            }.items()
            if device is not None
        }
        self._failing: set[str] = set()
        self._hands = threading.Lock()

    # -- passes

    def named_pass(self, name: str) -> PassProp:
        """A pass of the demo by name. Raises KitError."""
        return _find(name, self.props.passes, "pass")

    def pass_tag(self, prop: PassProp) -> Tag:
        """The chip of a pass."""
        return self._make.library_pass(prop.number, prop.owner, _uid("pass", prop.number))

    def other_tag(self, kind: str) -> Tag:
        """A card that is no library pass. Raises KitError."""
        try:
            return self._make.other(kind)
        except KeyError:
            raise KitError(f"there is no card {kind!r}; there is {', '.join(self.props.others)}") from None

    def raw_tag(self, memory: bytes) -> Tag:
        """A card with just these bytes."""
        return self._make.raw(memory, _uid("raw", memory.hex()))

    def hold(self, tags: Sequence[Tag]) -> None:
        """Hold these to the pass reader, instead of what was there. Raises KitError."""
        if self._pass_reader is None:
            raise KitError("this kiosk's pass reader is not simulated, so nothing can be held to it from here")
        with self._hands:
            self._pass_reader.put(tags)

    def take_pass(self) -> None:
        """Take away what lies on the pass reader."""
        self.hold(())

    # -- items

    def place(self, items: Sequence[str]) -> None:
        """Put items on the pad, beside what lies there. Raises KitError."""
        pad = self._pad()
        with self._hands:
            lying = pad.lying
            here = {tag.uid for tag in lying}
            new = [tag for item in dict.fromkeys(items) for tag in self._item_tags(item) if tag.uid not in here]
            pad.put((*lying, *new))

    def take_items(self, items: Sequence[str]) -> None:
        """Take items off the pad. Raises KitError for one that does not lie there."""
        pad = self._pad()
        with self._hands:
            lying = pad.lying
            here = {tag.uid for tag in lying}
            taken = {item: {tag.uid for tag in self._item_tags(item)} for item in items}
            if missing := [item for item, uids in taken.items() if not uids & here]:
                raise KitError(f"{', '.join(missing)}: that does not lie on the pad")
            away = set().union(*taken.values())
            pad.put(tuple(tag for tag in lying if tag.uid not in away))

    def clear_pad(self) -> None:
        """Take everything off the pad."""
        with self._hands:
            self._pad().put(())

    def on_pad(self, item: str) -> bool:
        """Whether (a part of) the item lies on the pad."""
        return bool({tag.uid for tag in self._item_tags(item)} & {tag.uid for tag in self._pad().lying})

    def afi(self, item: str) -> int | None:
        """The security byte of an item on the pad as it was last written; None when it does not lie there."""
        uids = {tag.uid for tag in self._item_tags(item)}
        return next((tag.afi for tag in self._pad().lying if tag.uid in uids), None)

    def scan(self, code: str) -> None:
        """Hold a barcode under the scanner. Raises KitError."""
        if self._scanner is None:
            raise KitError("this kiosk's scanner is not simulated, so nothing can be scanned from here")
        self._scanner.scan(code)

    def _pad(self) -> SimulatedReader:
        if self._item_reader is None:
            raise KitError("this kiosk's item reader is not simulated, so nothing can be put on it from here")
        return self._item_reader

    def _item_tags(self, item: str) -> tuple[Tag, ...]:
        prop = self.props.items.get(item, ItemProp(item, ""))
        parts = range(1, prop.parts + 1)
        try:
            return tuple(self._make.item(item, self.props.owner, _uid(f"item {part}", item), part=part, parts=prop.parts) for part in parts)
        except ValueError as error:
            raise KitError(f"{item!r} cannot stand on an item's tag: {error}") from error

    # -- faults

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of all faults that can be brought about, "printer.paper_out" for example."""
        return tuple(f"{name}.{fault}" for name, device in self._devices.items() for fault in device.faults)

    @property
    def failing(self) -> frozenset[str]:
        """The faults that are there now."""
        return frozenset(self._failing)

    def fail(self, fault: str) -> None:
        """Bring a fault about. Raises KitError."""
        self._fault(fault, lambda device, name: device.fail(name))
        self._failing.add(fault)

    def mend(self, fault: str) -> None:
        """Take a fault away. Raises KitError."""
        self._fault(fault, lambda device, name: device.mend(name))
        self._failing.discard(fault)

    def _fault(self, fault: str, do: Callable[[Simulated, str], None]) -> None:
        device, _, name = fault.partition(".")
        if fault not in self.faults:
            raise KitError(f"there is no fault {fault!r}; there is {', '.join(self.faults)}")
        do(self._devices[device], name)

    # -- paper

    @property
    def paper(self) -> tuple[Printed, ...]:
        """What the printer printed."""
        return self._printer.paper if self._printer else ()


def _uid(kind: str, text: str) -> bytes:
    """A UID that is the same each time: E0 04, as an ISO 15693 tag of NXP has, and six more bytes."""
    return b"\xe0\x04" + blake2s(f"{kind} {text}".encode(errors="replace"), digest_size=6).digest()


def _find(name: str, known: Mapping[str, PassProp], what: str) -> PassProp:
    try:
        return known[name]
    except KeyError:
        raise KitError(f"there is no {what} {name!r}; there is {', '.join(known)}") from None
