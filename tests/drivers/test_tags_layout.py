"""Every byte of a tag named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.tags.atr import storage_atr
from drivers.tags.identify import identify
from drivers.tags.iso28560_3 import turn_round
from drivers.tags.layout import rows
from tests.drivers import library_tags as tags

KNOWN = [tags.PASS_18, tags.PASS_RU, tags.ITEM_DK_EXTENDED, tags.ITEM_CUT, tags.OBJECTS_EXAMPLE, tags.OBJECTS_FI, bytes(16) + tags.PASS_18]


def named(memory: bytes) -> dict[str, str]:
    return {row.name: row.meaning for row in rows(memory, identify(memory))}


@pytest.mark.parametrize("memory", KNOWN)
def test_every_byte_stands_in_one_row(memory: bytes) -> None:
    """In order, none left out, none twice."""
    found = rows(memory, identify(memory))
    assert b"".join(row.data for row in found) == (turn_round(memory) if memory == tags.ITEM_CUT else memory)
    assert [row.offset for row in found] == [sum(len(row.data) for row in found[:place]) for place in range(len(found))]


def test_a_pass_is_explained() -> None:
    """Usage in words, the number, the CRC, the owner."""
    found = named(tags.PASS_18)
    assert found["content parameter and usage"] == "content parameter 1; usage 8, patron card"
    assert found["number"] == "29350000036490"
    assert found["CRC, low byte first"] == "right"
    assert found["country of the owner"] == "NL"


def test_a_wrong_checksum_is_told_with_the_right_one() -> None:
    """So that one sees what the tag should have."""
    assert named(tags.ITEM_CUT)["CRC, low byte first"] == "wrong: the content gives 0A8F"


def test_objects_are_explained() -> None:
    """By their names; the content parameter names what there is."""
    found = rows(tags.OBJECTS_FI, identify(tags.OBJECTS_FI))
    assert [row.name for row in found if row.name.startswith("object")] == [
        "object: primary item identifier",
        "object: content parameter",
        "object: type of usage",
        "object: ONIX media format",
        "object: owner institution",
    ]
    assert any(row.meaning == "there are owner institution, type of usage, ONIX media format" for row in found)
    assert any(row.name == "padding" and row.data == b"\x80" for row in found)


@pytest.mark.parametrize("memory", KNOWN)
def test_numbers_are_in_secret_rows_only(memory: bytes) -> None:
    """What may be about a person is marked, and no repr tells it."""
    number = identify(memory).candidates[0][0]
    for row in rows(memory, identify(memory)):
        assert number not in repr(row)
        assert row.secret or number not in row.meaning


@given(
    st.binary(max_size=700)
    | st.sampled_from(KNOWN).flatmap(
        lambda tag: st.builds(lambda place, byte: tag[:place] + bytes((byte,)) + tag[place + 1 :], st.integers(0, 40), st.integers(0, 255))
    ),
    st.sampled_from([b"", storage_atr(3, 3)]),
)
def test_any_memory_has_rows(memory: bytes, atr: bytes) -> None:
    """For whatever is found, all of the first 512 bytes that are whole blocks."""
    found = identify(memory, b"", atr)
    length = sum(len(row.data) for row in rows(memory, found))
    assert length == min(len(memory), 512) or found.turned
