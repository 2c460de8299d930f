"""What tags are taken for, and why."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.contract import Seen, Tag, sight, sight_items
from drivers.tags.atr import Standard, storage_atr, storage_card
from drivers.tags.finding import Finding, Kind
from drivers.tags.identify import identify
from drivers.tags.iso28560_3 import Block, crc, encode, turn_round
from tests.drivers import library_tags as tags

ICODE, ULTRALIGHT, CLASSIC = storage_atr(0x0B, 0x0014), storage_atr(0x03, 0x0003), storage_atr(0x03, 0x0001)
UID = bytes.fromhex("E00401505A89BDE3")
PAGES_0_TO_3 = bytes.fromhex("04A1B2 9F C3D4E580 72 48 0000 E1101200")
NDEF_WEB_PAGE = PAGES_0_TO_3 + bytes.fromhex("0310D1010C5504") + b"example.org/" + b"\xfe" + bytes(28)


@pytest.mark.parametrize(
    "memory", [tags.PASS_18, tags.PASS_81, tags.PASS_RU, tags.PASS_LONG_OWNER], ids=["0x18", "0x81", "29 bytes", "34 bytes"]
)
@pytest.mark.parametrize("atr", [b"", ICODE])
def test_a_library_pass_is_a_pass(memory: bytes, atr: bytes) -> None:
    """Both ways of writing the first byte are a patron card, with and without an ATR."""
    finding = identify(memory.ljust(64, b"\0"), UID, atr) if len(memory) > 30 else identify(memory, UID, atr)
    assert (finding.kind, finding.accepted, finding.model, finding.usage) == (Kind.PASS, True, "iso28560-3", 8)
    assert finding.number.startswith("2935000003649")
    assert finding.candidates == ((finding.number, "iso28560-3"), (UID.hex(), "uid"))


@pytest.mark.parametrize("turned", [False, True], ids=["straight", "reversed"])
def test_a_block_on_page_4_of_an_ultralight_is_found(*, turned: bool) -> None:
    """On a Type 2 tag the block begins after the 16 bytes of serial number, locks and capabilities, in either byte order."""
    content = tags.PASS_18.ljust(48, b"\0")
    finding = identify(PAGES_0_TO_3 + (turn_round(content) if turned else content), PAGES_0_TO_3[:7], ULTRALIGHT)
    assert (finding.kind, finding.accepted) == (Kind.PASS, True)
    assert any("byte 16" in reason for reason in finding.reasons)


def test_page_4_means_nothing_on_a_vicinity_tag() -> None:
    """ISO 15693 tags begin at block 0; a block at byte 16 is not taken for one."""
    assert not identify(bytes(16) + tags.PASS_18, UID, ICODE).accepted


@pytest.mark.parametrize("usage", [0, *range(2, 8), *range(9, 16)])
def test_what_is_no_patron_card_belongs_to_items_and_its_usage_is_said(usage: int) -> None:
    """Any other type of usage than 8 is an item, never a pass."""
    finding = identify(encode(Block("30000000000018", "NL-089999", usage)))
    assert (finding.kind, finding.accepted, finding.usage) == (Kind.ITEM, True, usage)
    assert any(f"usage is {usage}," in reason for reason in finding.reasons)


@pytest.mark.parametrize(("memory", "kind"), [(tags.PASS_18, Kind.PASS), (tags.PASS_81, Kind.PASS), (tags.ITEM_DE, Kind.ITEM)])
def test_a_wrong_checksum_is_damage_and_never_accepted(memory: bytes, kind: Kind) -> None:
    """One changed byte: still recognised for what it is, its number only a candidate, nothing accepted."""
    finding = identify(tags.spoilt(memory), UID, ICODE)
    assert (finding.kind, finding.accepted, finding.damaged, finding.number) == (kind, False, True, "")
    assert len(finding.candidates) == 2
    assert sight([Tag(UID, ICODE, tags.spoilt(memory))]).seen is Seen.UNREADABLE


@pytest.mark.parametrize("place", range(32))
def test_whichever_byte_is_changed_the_tag_looks_damaged_not_foreign(place: int) -> None:
    """A guest whose pass has one wrong byte is told to go to the desk with it, not that it is no library pass."""
    assert identify(tags.spoilt(tags.PASS_18, place), UID, ICODE).damaged


def test_a_tag_that_is_read_half_is_damage() -> None:
    """The first 16 bytes of a pass look like a library tag that is not whole."""
    assert identify(tags.PASS_18[:16], UID, ICODE).damaged


def test_the_tag_whose_checksum_needs_two_more_bytes_is_damage() -> None:
    """Blocks reversed, owner cut: an item, not accepted."""
    finding = identify(tags.ITEM_CUT, UID, ICODE)
    assert (finding.kind, finding.accepted, finding.damaged) == (Kind.ITEM, False, True)


def test_a_right_checksum_without_a_number_is_not_accepted_and_not_damaged() -> None:
    """A tag that was formatted and not programmed is whole, but nobody's."""
    data = bytearray(encode(Block("1", usage=8)))
    data[3] = 0
    data[19:21] = crc(bytes(data)).to_bytes(2, "little")
    finding = identify(bytes(data), UID, ICODE)
    assert (finding.kind, finding.accepted, finding.damaged) == (Kind.PASS, False, False)


@pytest.mark.parametrize(
    ("memory", "atr"), [(bytes(64), ICODE), (b"\xff" * 64, ICODE), (bytes(64), b""), (PAGES_0_TO_3 + bytes(48), ULTRALIGHT)]
)
def test_a_tag_on_which_nothing_is_written_is_blank(memory: bytes, atr: bytes) -> None:
    """All 00 or all FF, after page 4 on a Type 2 tag."""
    assert identify(memory, UID, atr).kind is Kind.BLANK


@pytest.mark.parametrize(
    "memory",
    [
        NDEF_WEB_PAGE,
        b"\x11" * 64,
        bytes(range(64)),
    ],
)
def test_other_content_is_unknown_and_not_damaged(memory: bytes) -> None:
    """A web address, a pattern, a count: none of them looks like a damaged library tag."""
    finding = identify(memory, UID, b"")
    assert (finding.kind, finding.accepted, finding.damaged) == (Kind.UNKNOWN, False, False)


def test_a_bank_card_is_a_bank_card_and_nothing_is_kept_of_it() -> None:
    """What answers as a payment card is not looked at, even if bytes were given."""
    finding = identify(tags.PASS_18, UID, b"", payment=True)
    assert (finding.kind, finding.accepted, finding.candidates, finding.uid_identifies) == (Kind.BANK_CARD, False, (), False)


@pytest.mark.parametrize(
    ("uid", "atr", "identifies"),
    [
        (UID, ICODE, True),
        (bytes.fromhex("04A1B2C3D4E580"), CLASSIC, True),
        (bytes.fromhex("A1B2C3D4"), CLASSIC, True),
        (bytes.fromhex("08B2C3D4"), b"", False),
        (b"", ICODE, False),
        (bytes(7), CLASSIC, False),
        (b"\x04\x01", CLASSIC, False),
        (bytes.fromhex("A1B2C3D4"), storage_atr(0x07, 0), False),
    ],
)
def test_only_a_fixed_uid_identifies(uid: bytes, atr: bytes, *, identifies: bool) -> None:
    """Random UIDs (4 bytes from 08 on, the short ones of ISO 14443 B), none, and malformed ones identify nobody."""
    assert identify(b"", uid, atr).uid_identifies is identifies
    expected = Seen.PASS if identifies else Seen.FOREIGN
    assert sight([Tag(uid, atr)], formats=("iso28560-3", "uid")).seen is expected


@pytest.mark.parametrize(("afi", "secured"), [(0x07, True), (0xC2, False), (0x00, None), (None, None)])
def test_the_security_byte_says_whether_the_gate_would_ring(afi: int | None, *, secured: bool | None) -> None:
    """07 is secured, C2 is not, anything else is not known."""
    assert identify(tags.ITEM_DE, UID, ICODE, afi=afi).secured is secured


def test_the_sentences_and_the_repr_hold_no_number() -> None:
    """What goes to logs and staff never carries the number or the UID."""
    for memory in (tags.PASS_18, tags.spoilt(tags.PASS_18), tags.ITEM_NO):
        finding = identify(memory, UID, ICODE)
        shown = " ".join(finding.reasons) + repr(finding) + repr(sight([Tag(UID, ICODE, memory)]))
        assert "2935" not in shown
        assert "0301003" not in shown
        assert UID.hex() not in shown


@given(
    st.binary(max_size=200),
    st.binary(max_size=12),
    st.binary(max_size=24) | st.builds(storage_atr, st.integers(0, 255), st.integers(0, 0xFFFF)),
    st.booleans(),
    st.none() | st.integers(-1, 300),
)
@example(tags.ITEM_CUT, UID, ICODE, False, None)
def test_no_bytes_bring_it_down(memory: bytes, uid: bytes, atr: bytes, payment: bool, afi: int | None) -> None:  # noqa: FBT001
    """For any bytes there is a finding, and what is not accepted has no number."""
    finding = identify(memory, uid, atr, payment=payment, afi=afi)
    assert isinstance(finding, Finding)
    assert finding.accepted == bool(finding.number)
    assert finding.reasons


@given(st.binary(min_size=1, max_size=64))
def test_half_a_pass_with_any_ending_is_never_another_pass(ending: bytes) -> None:
    """A tag torn in mid-read and filled up with anything is accepted only if it is the same number."""
    finding = identify(tags.PASS_18[:12] + ending, UID, ICODE)
    assert not finding.accepted or finding.number.startswith("293500000")


def test_atrs_are_known_by_their_parts() -> None:
    """The class of a card comes from the standard and the product in its ATR, for historical bytes of any length around them."""
    card = storage_card(bytes.fromhex("3B8F8001804F0CA000000306030003000000 0068"))
    assert card is not None
    assert (card.standard, card.product) == (Standard.ISO14443A, "MIFARE Ultralight")
    vicinity = storage_card(storage_atr(0x0B, 0x0035))
    assert vicinity is not None
    assert (vicinity.standard, vicinity.product) == (Standard.ISO15693, "ICODE SLI2")


@pytest.mark.parametrize(
    "atr",
    [
        "",
        "3B8180018080",
        "3B88800100000000008187000F",
        "3B8E800131806 6B1840C016E018300FFFF8C".replace(" ", ""),
        "3B8F8001804F0CA00000030603",
    ],
)
def test_other_cards_are_no_storage_cards(atr: str) -> None:
    """Bank cards, DESFire, and an ATR that is cut off have no class."""
    assert storage_card(bytes.fromhex(atr)) is None


def test_a_made_up_atr_has_a_right_check_byte() -> None:
    """The simulated ATR of a MIFARE Classic 1K is the one that real readers give."""
    assert storage_atr(0x03, 0x0001) == bytes.fromhex("3B8F8001804F0CA0000003060300010000 00006A")


def test_items_on_a_pad_are_told_from_what_else_lies_there() -> None:
    """Accepted items are listed with their security byte; a pass and a damaged tag are counted."""
    pad = [Tag(UID, ICODE, tags.ITEM_NO, afi=0x07), Tag(b"2", ICODE, tags.PASS_18), Tag(b"3", ICODE, tags.spoilt(tags.ITEM_DE))]
    items, others = sight_items(pad)
    assert [(item.item, item.secured, item.part, item.parts) for item in items] == [("03010034815003", True, 2, 2)]
    assert others == 2
