"""The basic block of ISO 28560-3, byte by byte."""

from __future__ import annotations

import string
from binascii import crc_hqx

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.tags.iso28560_3 import Block, Order, crc, decode, encode, turn_round
from drivers.tags.problems import Problem, TagError
from tests.drivers import library_tags as tags

GOOD = {
    "published item, Germany": (tags.ITEM_DE, Block("11223344", "DE-705")),
    "published pass, Russia, 29 bytes": (tags.PASS_RU, Block("2935000003649", "RU-293", 8, usage_first=True)),
    "published item, Norway": (tags.ITEM_NO, Block("03010034815003", "NO-02030000", part=2, parts=2)),
    "Annex B.1": (tags.ITEM_DK, Block("1000000056", "DK-718500")),
    "Annex B.2, extension blocks behind it": (tags.ITEM_DK_EXTENDED, Block("1000000136", "DK-718500")),
    "published item, Finland": (tags.ITEM_FI, Block("1620154429", "FI-Mamk-M")),
    "pass, content parameter first": (tags.PASS_18, Block("29350000036490", "NL-070288", 8)),
    "pass, usage first": (tags.PASS_81, Block("29350000036490", "NL-070288", 8, usage_first=True)),
    "pass, long owner": (tags.PASS_LONG_OWNER, Block("29350000036490", "NL-0702881037", 8)),
}

characters = st.text(string.ascii_letters + string.digits + "-./:é€", min_size=1, max_size=16).filter(lambda text: len(text.encode()) <= 16)
owners = st.builds(
    lambda country, rest: f"{country}-{rest}",
    st.text(string.ascii_uppercase, min_size=2, max_size=2),
    st.text(string.ascii_letters + string.digits + ":/-", min_size=1, max_size=11),
)
parts = st.tuples(st.integers(1, 255), st.integers(1, 255)).map(sorted)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    part, parts_in_all = draw(parts)
    usage = draw(st.integers(0, 15))
    # 0x11 is the same both ways round.
    usage_first = draw(st.booleans()) and usage != 1
    return Block(draw(characters), draw(st.just("") | owners), usage, part, parts_in_all, usage_first)


def test_the_checksum_is_the_one_of_the_standard() -> None:
    """CRC-16/CCITT-FALSE of "RFID tag data model" is 0x1AEE, and a block's leaves the two bytes at 19 out and counts 32."""
    text = b"RFID tag data model"
    assert crc_hqx(text, 0xFFFF) == 0x1AEE
    assert crc(text) == crc(text + b"??") == crc_hqx(text.ljust(32, b"\0"), 0xFFFF)


@pytest.mark.parametrize(("memory", "block"), GOOD.values(), ids=GOOD)
def test_published_tags_are_read(memory: bytes, block: Block) -> None:
    """Every vector decodes to the number, owner, usage and part that its source gives."""
    assert decode(memory) == block


@pytest.mark.parametrize(
    ("memory", "block"), [row for row in GOOD.values() if len(row[0]) <= 34], ids=[name for name, row in GOOD.items() if len(row[0]) <= 34]
)
def test_published_tags_are_written_as_they_were(memory: bytes, block: Block) -> None:
    """What is encoded from the decoded block is the tag itself, bit by bit."""
    assert encode(block, len(memory)) == memory


@pytest.mark.parametrize("memory", [row[0] for row in GOOD.values()], ids=GOOD)
def test_the_checksum_finds_blocks_that_stand_the_other_way_round(memory: bytes) -> None:
    """A tag whose blocks of four are reversed is read in the order REVERSED and refused in the other."""
    whole = memory.ljust(36, b"\0") if len(memory) < 36 else memory
    turned = turn_round(whole)
    assert decode(turned, Order.REVERSED) == decode(whole)
    with pytest.raises(TagError):
        decode(turned)


@pytest.mark.parametrize("order", Order)
def test_a_checksum_over_bytes_that_the_tag_does_not_hold_is_wrong(order: Order) -> None:
    """The 32 bytes of a 34-byte block with an owner that needs them all are refused in both orders."""
    with pytest.raises(TagError):
        decode(tags.ITEM_CUT, order)


def test_an_owner_that_fills_a_short_tag_may_be_cut() -> None:
    """NL-0702881037 on a tag of 32 bytes comes back as NL-070288103, marked as cut; on 34 bytes it is whole."""
    block = Block("29350000036490", "NL-0702881037", 8)
    short = decode(encode(block, 32))
    assert (short.owner, short.owner_cut) == ("NL-070288103", True)
    whole = decode(encode(block))
    assert (whole.owner, whole.owner_cut) == ("NL-0702881037", False)


def test_swapped_part_bytes_are_understood() -> None:
    """Part 3 of 1 cannot be: some writers swap the bytes, so it is part 1 of 3."""
    data = bytearray(encode(Block("123", part=1, parts=3)))
    data[1:3] = (1, 3)
    data[19:21] = crc(bytes(data)).to_bytes(2, "little")
    assert (decode(bytes(data)).part, decode(bytes(data)).parts) == (1, 3)


@pytest.mark.parametrize(
    ("memory", "problem"),
    [
        (b"", Problem.SHORT),
        (tags.PASS_18[:28], Problem.SHORT),
        (tags.spoilt(tags.PASS_18), Problem.BAD_CRC),
        (bytes(34), Problem.OTHER_MODEL),
        (b"\x22" * 34, Problem.OTHER_MODEL),
    ],
)
def test_bad_data_says_what_is_wrong_with_it(memory: bytes, problem: Problem) -> None:
    """Each kind of bad data has its own problem."""
    with pytest.raises(TagError) as caught:
        decode(memory)
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    "number", [b"", b"12\x0034", b"12\x1b34", b"12\xff34"], ids=["none", "goes on after its end", "control", "no text"]
)
def test_a_number_that_is_no_text_is_refused_though_the_checksum_is_right(number: bytes) -> None:
    """A right CRC does not make bytes a number."""
    data = bytearray(tags.PASS_18)
    data[3:19] = number.ljust(16, b"\0")
    data[19:21] = crc(bytes(data)).to_bytes(2, "little")
    with pytest.raises(TagError) as caught:
        decode(bytes(data))
    assert caught.value.problem is Problem.NO_NUMBER


@pytest.mark.parametrize("byte", range(32))
def test_no_single_changed_byte_is_accepted(byte: int) -> None:
    """The number read is never another than the one written, whichever byte of the tag changes."""
    for change in range(1, 256):
        changed = tags.PASS_18[:byte] + bytes((tags.PASS_18[byte] ^ change,)) + tags.PASS_18[byte + 1 :]
        with pytest.raises(TagError):
            decode(changed)


@given(blocks())
def test_what_is_written_is_read(block: Block) -> None:
    """A block of 34 bytes comes back as it was, in both byte orders."""
    data = encode(block)
    assert len(data) == 34
    assert decode(data) == block
    assert decode(turn_round(data + bytes(2)), Order.REVERSED) == block


@given(blocks(), st.integers(29, 33))
def test_a_short_tag_loses_no_more_than_the_end_of_the_owner(block: Block, size: int) -> None:
    """On shorter tags everything but the owner's end comes back."""
    read = decode(encode(block, size))
    assert (read.number, read.usage, read.part, read.parts) == (block.number, block.usage, block.part, block.parts)
    assert block.owner.startswith(read.owner)
    assert read.owner == block.owner or read.owner_cut


@given(st.binary(max_size=80), st.sampled_from(Order))
def test_any_bytes_are_a_block_or_a_tag_error(memory: bytes, order: Order) -> None:
    """No bytes bring about any other error, and no error's sentence holds the number."""
    found: Block | TagError
    try:
        found = decode(memory, order)
    except TagError as error:
        found = error
    assert found.number.isprintable()
    assert len(found.number) < 6 or found.number not in str(found)


@pytest.mark.parametrize(
    "block",
    [
        Block(""),
        Block("1" * 17),
        Block("1\n"),
        Block(" 1"),
        Block("1", "070288"),
        Block("1", "NL-123456789012"),
        Block("1", usage=16),
        Block("1", part=2),
    ],
)
def test_what_cannot_be_written_is_refused(block: Block) -> None:
    """An empty or long number, an owner without a country, a usage or part out of range raise ValueError."""
    with pytest.raises(ValueError, match=r"must be|cannot be"):
        encode(block)


def test_a_block_has_29_to_34_bytes() -> None:
    """Other sizes raise ValueError."""
    for size in (0, 28, 35):
        with pytest.raises(ValueError, match=str(size)):
            encode(Block("1"), size)
