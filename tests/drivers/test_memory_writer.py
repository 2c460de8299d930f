"""Readers that can write a tag's content."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.contract import MemoryWriter, Seen, Tag, sight
from drivers.errors import DeviceError, DeviceLost, DeviceRefused, DeviceSilent, SettingWrong, TagGone
from drivers.readers.pcsc import PcscReader
from drivers.readers.simulated import SimulatedTagReader
from drivers.transcript import PlayedReader
from tests.drivers import library_tags as tags

PASS = tags.PASS_18.ljust(64, b"\0")


@pytest.fixture
def reader() -> Iterator[SimulatedTagReader]:
    """With an empty tag of 64 bytes on it."""
    made = SimulatedTagReader(memory="00" * 64)
    made.open()
    yield made
    made.close()


def test_the_capability_says_who_can_write() -> None:
    """The simulated reader does, unless told otherwise; a played one does not."""
    assert isinstance(SimulatedTagReader(), MemoryWriter)
    assert SimulatedTagReader().capabilities.writes_memory
    assert not SimulatedTagReader(writes_memory=False).capabilities.writes_memory
    assert not isinstance(PlayedReader("x"), MemoryWriter)
    assert PcscReader().capabilities.writes_memory == isinstance(PcscReader(), MemoryWriter)


def test_what_is_written_lies_there(reader: SimulatedTagReader) -> None:
    """And comes back as it is read anew."""
    (empty,) = reader.lying
    assert reader.write_memory(empty.uid, PASS) == PASS
    assert sight(reader.lying).seen is Seen.PASS


def test_a_part_can_be_written(reader: SimulatedTagReader) -> None:
    """From a byte on, as on tags whose first pages are their own."""
    (empty,) = reader.lying
    assert reader.write_memory(empty.uid, b"abcd", 16) == b"abcd"
    assert reader.lying[0].memory == bytes(16) + b"abcd" + bytes(44)


@pytest.mark.parametrize(("memory", "start"), [(b"abc", 0), (b"abcd", 2), (bytes(68), 0), (b"abcd", 64)])
def test_only_whole_blocks_that_are_there_are_written(reader: SimulatedTagReader, memory: bytes, start: int) -> None:
    """Blocks of four, inside the memory."""
    with pytest.raises(DeviceRefused):
        reader.write_memory(reader.lying[0].uid, memory, start)


@pytest.mark.parametrize(("fault", "error"), [("write_fails", DeviceRefused), ("silent", DeviceSilent), ("unplugged", DeviceLost)])
def test_writing_can_fail_in_each_way(reader: SimulatedTagReader, fault: str, error: type[DeviceError]) -> None:
    """Nothing is written then."""
    (empty,) = reader.lying
    reader.fail(fault)
    with pytest.raises(error):
        reader.write_memory(empty.uid, PASS)
    assert reader.lying == (empty,)


def test_a_tag_that_is_not_there_is_gone(reader: SimulatedTagReader) -> None:
    """By its UID."""
    with pytest.raises(TagGone):
        reader.write_memory(b"another", PASS)


def test_a_tag_can_lie_there_from_the_beginning() -> None:
    """Given as hex digits; what is none is a wrong setting."""
    assert sight(SimulatedTagReader(memory=tags.PASS_18.hex()).lying).number == "29350000036490"
    assert SimulatedTagReader().lying == ()
    for wrong in ("1", "xyz"):
        with pytest.raises(SettingWrong):
            SimulatedTagReader(memory=wrong)


def test_a_tag_lies_where_it_is(reader: SimulatedTagReader) -> None:
    """Other tags keep their bytes."""
    other = Tag(b"\xe0other..", memory=bytes(8))
    reader.put([*reader.lying, other])
    reader.write_memory(reader.lying[0].uid, PASS)
    assert reader.lying[1] == other
