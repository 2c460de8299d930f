"""What every reader, scanner and printer promises, as shapes only. Not for choosing a driver (registry) nor for keeping one alive (supervisor).

A driver is made without touching hardware, then `open()`ed, then used from one thread that it owns, and `close()`d from any thread.
Readers and scanners block in `watch()` until they are closed or raise; printers are called for each job. All of them raise `drivers.errors` only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from re import Pattern
from typing import Protocol, runtime_checkable

from drivers.tags.finding import ISO28560_3, Finding, Kind
from drivers.tags.identify import NO_MODELS as NO_MODELS  # noqa: PLC0414 - who sees only the contract hands models on
from drivers.tags.identify import Models as Models  # noqa: PLC0414 - as above
from drivers.tags.identify import identify


class Role(StrEnum):
    """What a device is there for."""

    PASS_READER = "pass_reader"
    ITEM_READER = "item_reader"
    SCANNER = "scanner"
    PRINTER = "printer"


# -- tags and passes ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tag:
    """One card or tag as the reader found it: bytes, no meaning yet.

    `uid` in canonical order (ISO 15693: E0 first), empty where it could not be read; `atr` as PC/SC gives it, empty where the reader has none;
    `memory` from block 0 on; `payment` = it answered SELECT PPSE; `torn` = it left, or failed, while it was being read, so `memory` may be short;
    `afi` = the application family byte, None where it is not known.
    """

    uid: bytes = b""
    atr: bytes = b""
    memory: bytes = field(default=b"", repr=False)
    payment: bool = False
    torn: bool = False
    afi: int | None = None


class Seen(StrEnum):
    """What lies on a pass reader, as far as a visit is concerned."""

    NOTHING = "nothing"
    PASS = "pass"
    UNREADABLE = "unreadable"
    ITEM = "item"
    BANK_CARD = "bank_card"
    FOREIGN = "foreign"
    SEVERAL = "several"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was found on the pass reader and why. `number`, `owner` (an ISIL) and `uid` are filled for `Seen.PASS` only.

    The fields that name a person are kept out of `repr`, so that no log line can carry them.
    """

    seen: Seen
    number: str = field(default="", repr=False)
    owner: str = ""
    uid: str = field(default="", repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)


def sight(
    tags: Sequence[Tag],
    formats: Sequence[str] = ("iso28560-3",),
    *,
    models: Models = NO_MODELS,
    ndef_number: Pattern[str] | None = None,
) -> Sighting:
    """Say what the tags on a pass reader mean for a visit.

    `formats` are the pass formats this library accepts, best first: "iso28560-3", "iso28560-2", "ndef" (with `ndef_number`, which finds the number in a
    text or address), the name of one of `models`, and "uid" where the library's system knows passes by their UID.
    """
    if not tags:
        return Sighting(Seen.NOTHING)
    findings = tuple(identify(tag.memory, tag.uid, tag.atr, payment=tag.payment, models=models, ndef_number=ndef_number) for tag in tags)
    if len(tags) > 1:
        return Sighting(Seen.SEVERAL, findings=findings)
    tag, finding = tags[0], findings[0]
    usable = _usable(tag, finding)
    if finding.kind is Kind.PASS and usable and finding.model in formats:
        return Sighting(Seen.PASS, finding.number, finding.owner, tag.uid.hex(), findings)
    if finding.kind is Kind.BANK_CARD:
        return Sighting(Seen.BANK_CARD, findings=findings)
    if finding.kind is Kind.ITEM and usable:
        return Sighting(Seen.ITEM, findings=findings)
    if tag.torn or finding.damaged:
        return Sighting(Seen.UNREADABLE, findings=findings)
    if "uid" in formats and finding.uid_identifies:
        return Sighting(Seen.PASS, uid=tag.uid.hex(), findings=findings)
    return Sighting(Seen.FOREIGN, findings=findings)


def _usable(tag: Tag, finding: Finding) -> bool:
    """Whether what was found may be used: of a tag that left while it was read, only what a checksum says is whole."""
    return finding.accepted and (not tag.torn or finding.model == ISO28560_3)


@dataclass(frozen=True, slots=True)
class ItemSighting:
    """One item on the pad: its barcode, the tag it was read from, and whether its gate bit is armed (None: not known)."""

    item: str
    uid: bytes = b""
    secured: bool | None = None
    part: int = 1
    parts: int = 1


def sight_items(tags: Sequence[Tag], secured_afi: int = 0x07, *, models: Models = NO_MODELS) -> tuple[tuple[ItemSighting, ...], int]:
    """Read the items on a pad: the items whose tags were accepted, and the number of tags that lie there and were not."""
    items: list[ItemSighting] = []
    for tag in tags:
        finding = identify(tag.memory, tag.uid, tag.atr, payment=tag.payment, models=models)
        if finding.kind is Kind.ITEM and _usable(tag, finding):
            armed = None if tag.afi is None else tag.afi == secured_afi
            items.append(ItemSighting(finding.number, tag.uid, armed, finding.part, finding.parts))
    return tuple(items), len(tags) - len(items)


# -- what drivers do ---------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a reader can do beyond reading one tag."""

    several_tags: bool = False
    writes_afi: bool = False
    writes_memory: bool = False


class TagListener(Protocol):
    """Who is told what lies on a reader. Called on the reader's thread; must return at once."""

    def sensed(self) -> None:
        """Something has come near; it is being read."""

    def saw(self, tags: tuple[Tag, ...]) -> None:
        """This, all of it, lies on the reader now; an empty tuple when nothing does."""


class Device(Protocol):
    """What all drivers share."""

    def open(self) -> None:
        """Take hold of the device. Raises SettingWrong, DeviceMissing."""

    def close(self) -> None:
        """Let go, from any thread, any number of times; frees whoever is blocked in the driver."""

    def describe(self) -> str:
        """One line for staff: what this is and where it is plugged in."""


class TagReader(Device, Protocol):
    """A reader of passes or items."""

    @property
    def capabilities(self) -> Capabilities:
        """What this reader can do."""

    def watch(self, listener: TagListener) -> None:
        """Tell the listener of every change until `close()`. Raises DeviceLost, DeviceSilent."""

    def write_afi(self, uid: bytes, afi: int) -> None:
        """Write the security byte of the tag that lies there and read it back. Raises TagGone, DeviceRefused, DeviceLost, DeviceSilent."""


@runtime_checkable
class MemoryWriter(Protocol):
    """A reader that can write a tag's content, to make test passes and items; its capabilities say `writes_memory`. No visit needs it."""

    def write_memory(self, uid: bytes, memory: bytes, start: int = 0) -> bytes:
        """Write `memory`, whole blocks of four, from byte `start` on to the tag that lies there; the same bytes, read anew from the tag.

        Raises TagGone, DeviceRefused, DeviceLost, DeviceSilent.
        """


class ScanListener(Protocol):
    """Who is told what was scanned. Called on the scanner's thread; must return at once."""

    def scanned(self, code: str) -> None:
        """One complete barcode, prefix and suffix taken off."""


class Scanner(Device, Protocol):
    """A barcode scanner."""

    def watch(self, listener: ScanListener) -> None:
        """Tell the listener of every scan until `close()`. Raises DeviceLost."""


# -- paper -------------------------------------------------------------------------------------------------------------------------------------


class Align(StrEnum):
    """Where a line of text stands."""

    LEFT = "left"
    CENTER = "center"


class Size(StrEnum):
    """How big a line of text is."""

    NORMAL = "normal"
    LARGE = "large"


@dataclass(frozen=True, slots=True)
class Text:
    """Words on paper; wrapped to the paper's width. The text is data: no character in it is ever a printer command."""

    text: str
    bold: bool = False
    size: Size = Size.NORMAL
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts on one line, one at each edge; the left one is wrapped when both do not fit."""

    left: str
    right: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A line from edge to edge."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Empty lines."""

    lines: int = 1


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code, centred."""

    data: str


Line = Text | Pair | Rule | Gap | Qr


class Paper(StrEnum):
    """How much paper is left."""

    OK = "ok"
    NEAR_END = "near_end"
    OUT = "out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What the printer says of itself; `believable` is False where it does not answer status at all."""

    online: bool = True
    paper: Paper = Paper.UNKNOWN
    cover_open: bool = False
    believable: bool = False


class Printer(Device, Protocol):
    """A receipt printer."""

    def status(self) -> PrinterStatus:
        """Ask the printer. Raises DeviceLost, DeviceSilent."""

    def print(self, lines: Sequence[Line]) -> None:
        """Print the lines and cut; returns when the printer has said it is done, or at once where it cannot say.

        Raises DeviceMissing (nothing was sent), DeviceRefused (paper out, cover open), DeviceLost, DeviceSilent (part may be on paper).
        """


# -- simulated devices: what stories and the tray may do to them ---------------------------------------------------------------------------------


@runtime_checkable
class Simulated(Protocol):
    """A device that has no hardware: a person, a story or a test moves it."""

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of the faults this device can have, for example "paper_out"."""

    def fail(self, fault: str) -> None:
        """Bring the fault about. Raises ValueError for a name that is not in `faults`."""

    def mend(self, fault: str) -> None:
        """Take the fault away."""


@runtime_checkable
class SimulatedReader(Simulated, Protocol):
    """A reader on which tags are put by hand."""

    @property
    def lying(self) -> tuple[Tag, ...]:
        """What lies on it now, with the security byte as it was last written."""

    def put(self, tags: Sequence[Tag]) -> None:
        """Exactly these tags lie on the reader from now on; returns when the listener has been told, or at once while the device has a fault."""


@runtime_checkable
class SimulatedScanner(Simulated, Protocol):
    """A scanner that is handed its codes."""

    def scan(self, code: str) -> None:
        """One code is read; returns when the listener has been told."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One piece of paper: its text, as read by a person, and its picture as PNG."""

    text: str
    png: bytes = field(repr=False)


@runtime_checkable
class SimulatedPrinter(Simulated, Protocol):
    """A printer whose paper can be looked at."""

    @property
    def paper(self) -> tuple[Printed, ...]:
        """What came out since it was opened, oldest first."""

    def forget(self) -> None:
        """Throw the paper away, so that nothing of a guest stays in memory."""
