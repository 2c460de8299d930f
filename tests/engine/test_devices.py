"""What becomes of what devices report: real bytes in, events out."""

from __future__ import annotations

import pytest

from drivers.contract import ItemSighting, Role, Seen, Tag
from drivers.errors import Fault
from drivers.tags.iso28560_3 import CIRCULATING_ITEM, PATRON_CARD, Block, encode
from kiosk.domain.passes import NumberRule, PassKey, ReadFrom
from kiosk.engine.devices import CodeKind, CodeRule, HealthReports, PadReports, PassReports, ScanReports
from kiosk.session.events import DeviceDown, DeviceUp, Event, ItemScanned, PadChanged, PassScanned, PassSeen, PassSensed

UID = bytes.fromhex("E004010000000011")
NUMBER, OWNER = "20000000000011", "NL-0702881037"


def library_pass(number: str = NUMBER, uid: bytes = UID) -> Tag:
    return Tag(uid, memory=encode(Block(number=number, owner=OWNER, usage=PATRON_CARD)))


def book(number: str, uid: bytes, *, afi: int | None = 0x07, part: int = 1, parts: int = 1) -> Tag:
    return Tag(uid, memory=encode(Block(number=number, owner=OWNER, usage=CIRCULATING_ITEM, part=part, parts=parts)), afi=afi)


def seen(*tags: Tag, formats: tuple[str, ...] = ("iso28560-3",), rule: NumberRule | None = None) -> list[Event]:
    events: list[Event] = []
    PassReports(events.append, formats, rule or NumberRule()).saw(tags)
    return events


def test_pass():
    """Number, UID and owner of a pass, read from its chip."""
    assert seen(library_pass()) == [PassSeen(Seen.PASS, PassKey(NUMBER, UID.hex(), OWNER, ReadFrom.CHIP))]


def test_pass_that_is_being_read():
    """It is told before it is known what it is, so that the screen answers at once."""
    events: list[Event] = []
    PassReports(events.append, ("iso28560-3",), NumberRule()).sensed()

    assert events == [PassSensed()]


@pytest.mark.parametrize("number", ["123", "2000000000001111", "30000000000011"])
def test_number_that_cannot_be_a_pass_of_here(number):
    """Its CRC may be right: a number that does not fit the rule is no pass, and nothing of it goes on."""
    rule = NumberRule(14, 14, r"2\d+")

    assert seen(library_pass(number), rule=rule) == [PassSeen(Seen.FOREIGN)]
    assert seen(library_pass(), rule=rule)[0].seen is Seen.PASS


@pytest.mark.parametrize(
    ("tags", "what"),
    [
        ((), Seen.NOTHING),
        ((book("30000000000018", UID),), Seen.ITEM),
        ((library_pass(), library_pass("20000000000012", bytes.fromhex("E004010000000012"))), Seen.SEVERAL),
        ((Tag(UID, payment=True),), Seen.BANK_CARD),
        ((Tag(UID, memory=library_pass().memory[:12], torn=True),), Seen.UNREADABLE),
        ((Tag(UID, memory=bytes(34)),), Seen.FOREIGN),
    ],
    ids=["nothing", "item", "several", "bank card", "torn", "blank"],
)
def test_what_is_no_pass_names_nobody(tags, what):
    """The event has no number, no UID and no owner then."""
    assert seen(*tags) == [PassSeen(what, PassKey())]


def test_uid_alone():
    """Only where the library knows passes by their UID; the number rule says nothing of it."""
    blank = Tag(UID, memory=bytes(34))

    assert seen(blank, formats=("iso28560-3", "uid")) == [PassSeen(Seen.PASS, PassKey("", UID.hex()))]


def test_items_on_the_pad():
    """Each with its tag, its part and its gate bit; a pass that lies among them counts as unreadable."""
    events: list[Event] = []
    pad = PadReports(events.append, 0x07)
    pad.sensed()
    pad.saw((book("30000000000018", b"\x01" * 8), book("30000000000053", b"\x02" * 8, afi=0xC2, part=2, parts=3), library_pass()))
    pad.saw(())

    assert events == [
        PadChanged((ItemSighting("30000000000018", b"\x01" * 8, True), ItemSighting("30000000000053", b"\x02" * 8, False, 2, 3)), 1),
        PadChanged(()),
    ]


@pytest.mark.parametrize(("afi", "armed"), [(0x9E, True), (0x07, False), (None, None)])
def test_gate_bit_of_this_library(afi, armed):
    """Which byte means armed is the library's own choice; one that was not read is not known."""
    events: list[Event] = []
    PadReports(events.append, 0x9E).saw((book("30000000000018", UID, afi=afi),))

    assert events == [PadChanged((ItemSighting("30000000000018", UID, armed),))]


RULES = (CodeRule(CodeKind.PASS, r"2\d{13}"), CodeRule(CodeKind.ITEM, r"3\d{13}"), CodeRule(CodeKind.PASS, r".{14}"))


@pytest.mark.parametrize(
    ("code", "event"),
    [
        (NUMBER, PassScanned(PassKey(NUMBER, read_from=ReadFrom.BARCODE))),
        (f"  {NUMBER}\r\n", PassScanned(PassKey(NUMBER, read_from=ReadFrom.BARCODE))),
        ("30000000000018", ItemScanned("30000000000018")),
        ("A0000000000018", PassScanned(PassKey("A0000000000018", read_from=ReadFrom.BARCODE))),
        ("2000000000001", ItemScanned("2000000000001")),
        (NUMBER + "1", ItemScanned(NUMBER + "1")),
    ],
    ids=["pass", "with spaces", "item", "first rule that matches", "too short for a pass", "only a whole match counts"],
)
def test_scanned(code, event):
    """The first rule that matches the whole code says what it is; without one it is an item. A pass that was scanned says so."""
    events: list[Event] = []
    ScanReports(events.append, RULES).scanned(code)

    assert events == [event]


@pytest.mark.parametrize("code", ["", "  ", "\r\n"])
def test_empty_scan_is_nothing(code):
    events: list[Event] = []
    ScanReports(events.append, ()).scanned(code)

    assert events == []


def test_without_rules_everything_is_an_item():
    events: list[Event] = []
    ScanReports(events.append, ()).scanned(NUMBER)

    assert events == [ItemScanned(NUMBER)]


def test_health():
    events: list[Event] = []
    health = HealthReports(events.append)
    health.up(Role.PASS_READER, "a reader")
    health.down(Role.SCANNER, Fault.UNPLUGGED, "Plug it in.")

    assert events == [DeviceUp(Role.PASS_READER), DeviceDown(Role.SCANNER, Fault.UNPLUGGED, "Plug it in.")]
