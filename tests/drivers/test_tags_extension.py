"""The extension blocks of ISO 28560-3."""

from __future__ import annotations

from functools import reduce
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.tags.extension import ACQUISITION, LIBRARY, Extension, decode, encode
from drivers.tags.identify import identify
from drivers.tags.problems import Problem, TagError
from tests.drivers import library_tags as tags

BEHIND = tags.ITEM_DK_EXTENDED[34:]

ids = st.integers(0, 0xFEFF) | st.integers(0, 0xFFFFFF).map(lambda value: value & 0xFF00FF | 0xFF00)
blocks = st.lists(st.builds(Extension, ids, st.binary(max_size=60)), max_size=6).map(tuple)


def test_the_published_blocks_are_read() -> None:
    """Annex B.2: a library extension of one byte, and the four texts of an acquisition extension, one of them empty."""
    library, acquisition = decode(BEHIND)
    assert (library.id, library.media_format, library.texts) == (LIBRARY, 1, ())
    assert (acquisition.id, acquisition.media_format) == (ACQUISITION, None)
    assert acquisition.named == (
        ("supplier", "Bogvognen"),
        ("local product number", "1234567890"),
        ("order number", ""),
        ("invoice number", "a789656c"),
    )


def test_the_published_blocks_are_written_as_they_were() -> None:
    """With their lengths and checks."""
    assert encode(decode(BEHIND)) == BEHIND


def test_fillers_are_skipped_and_nothing_is_read_behind_the_end() -> None:
    """01 is a filler of one byte, 00 the end."""
    assert decode(b"\x01\x01" + BEHIND[:5] + b"\x01\x00\x99") == decode(BEHIND)[:1]
    assert decode(b"") == ()


@given(blocks)
def test_what_is_written_is_read(written: tuple[Extension, ...]) -> None:
    """Ids of two bytes and, with FF in the high one, of three."""
    assert decode(encode(written)) == written


@given(st.binary(max_size=80))
def test_any_bytes_are_blocks_or_a_tag_error(memory: bytes) -> None:
    """No other error, and every text can be shown."""
    try:
        found = decode(memory)
    except TagError:
        return
    for block in found:
        assert len(block.named) == len(block.texts)


@pytest.mark.parametrize(
    ("memory", "what"),
    [
        (BEHIND[:4], Problem.SHORT),
        (BEHIND[:5] + BEHIND[5:20], Problem.SHORT),
        (b"\x03\x01\x02", Problem.MALFORMED),
        (b"\x04\x01\xff\xfa", Problem.MALFORMED),
        (b"\x05\x01\x00\x05\x02", Problem.BAD_CRC),
    ],
)
def test_damage_is_told(memory: bytes, what: Problem) -> None:
    """Cut off, too short for its head, a wrong check."""
    with pytest.raises(TagError) as caught:
        decode(memory)
    assert caught.value.problem is what


def test_what_cannot_be_written_is_refused() -> None:
    """Ids that no reader would read back, and blocks longer than their length can say."""
    for wrong in (Extension(-1), Extension(0x1000000), Extension(0x010000), Extension(1, bytes(252))):
        with pytest.raises(ValueError, match="extension block"):
            encode((wrong,))


def test_each_block_is_checked_by_its_own_bytes() -> None:
    """The XOR over a written block is 0."""
    assert reduce(xor, encode((Extension(7, b"abc"),))[:-1]) == 0


def test_a_damaged_extension_leaves_the_number_good() -> None:
    """It is told, and not used; the block before it has a checksum of its own."""
    good, bad = identify(tags.ITEM_DK_EXTENDED), identify(tags.ITEM_DK_EXTENDED[:40] + b"\xff" + tags.ITEM_DK_EXTENDED[41:])
    assert good.accepted
    assert any("Extension blocks stand behind it: 1, 2." in reason for reason in good.reasons)
    assert (bad.accepted, bad.number) == (True, good.number)
    assert any("is not used" in reason for reason in bad.reasons)
