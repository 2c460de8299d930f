"""The simulated reader."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from drivers.contract import Role, Seen, SimulatedReader, Tag, TagReader, sight
from drivers.errors import DeviceLost, DeviceMissing, DeviceRefused, DeviceSilent, Fault, TagGone
from drivers.readers.simulated import SimulatedTagReader
from drivers.supervisor import Watcher
from tests.drivers import library_tags as tags
from tests.drivers.recording import Recorder, threads_left

ANNA, BOOK = Tag(b"\xe0" + bytes(7), memory=tags.PASS_18), Tag(b"\xe0" + bytes(6) + b"\x01", memory=tags.ITEM_NO, afi=0x07)


@pytest.fixture
def reader() -> SimulatedTagReader:
    return SimulatedTagReader()


@pytest.fixture
def told(reader: SimulatedTagReader) -> Iterator[Recorder]:
    """What the watched reader tells."""
    before = set(threading.enumerate())
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, reader, recorder, recorder, patience=60)
    watcher.start()
    recorder.wait_for(("up", Role.PASS_READER))
    yield recorder
    watcher.close()
    assert not threads_left(before)


def test_it_keeps_both_contracts() -> None:
    """It is a reader, and one that can be moved by hand."""
    reader: TagReader = SimulatedTagReader()
    assert isinstance(reader, SimulatedReader)
    assert reader.capabilities.several_tags
    assert reader.capabilities.writes_afi
    assert not SimulatedTagReader(several_tags=False, writes_afi=False).capabilities.several_tags


def test_put_returns_when_the_listener_has_been_told(reader: SimulatedTagReader, told: Recorder) -> None:
    """A thousand times: what was put is the last thing told when put() returns."""
    reader.put([BOOK])
    told.wait_for(("saw", (BOOK,)))
    for turn in range(1000):
        lying = (ANNA,) if turn % 2 else (ANNA, BOOK)
        reader.put(lying)
        assert told.told[-2:] == [("sensed", None), ("saw", lying)]
        assert reader.lying == lying
    reader.put([])
    assert told.told[-1] == ("saw", ())


def test_what_was_put_before_the_watch_is_told_when_it_begins(reader: SimulatedTagReader) -> None:
    """put() on a reader that nobody watches returns at once."""
    reader.put([ANNA])
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, reader, recorder, recorder)
    watcher.start()
    recorder.wait_for(("sensed", None), ("saw", (ANNA,)))
    watcher.close()


def test_a_listener_may_put(reader: SimulatedTagReader) -> None:
    """put() from the listener's own call does not wait for itself."""

    class Greedy(Recorder):
        def saw(self, tags: tuple[Tag, ...]) -> None:
            super().saw(tags)
            if tags:
                reader.put([])

    recorder = Greedy()
    watcher = Watcher(Role.PASS_READER, reader, recorder, recorder)
    watcher.start()
    recorder.wait_for(("up", Role.PASS_READER))
    reader.put([ANNA])
    recorder.wait_for(("saw", (ANNA,)), ("saw", ()))
    watcher.close()


def test_torn_tags_come_half_read(reader: SimulatedTagReader, told: Recorder) -> None:
    """With the fault "torn" a pass is unreadable; mended, the next one is read."""
    reader.fail("torn")
    reader.put([ANNA])
    told.wait(lambda _: told.seen() == [Seen.UNREADABLE])
    reader.mend("torn")
    reader.put([ANNA])
    told.wait(lambda _: told.seen() == [Seen.UNREADABLE, Seen.PASS])


def test_unplugged_it_cannot_be_opened_nor_written(reader: SimulatedTagReader) -> None:
    """DeviceMissing from open, DeviceLost from write_afi; put returns at once."""
    reader.fail("unplugged")
    with pytest.raises(DeviceMissing) as missing:
        reader.open()
    assert missing.value.reason is Fault.NOT_PLUGGED_IN
    with pytest.raises(DeviceLost):
        reader.write_afi(BOOK.uid, 0xC2)
    reader.put([ANNA])
    reader.mend("unplugged")
    reader.open()
    reader.close()


def test_the_security_byte_stays_on_the_tag(reader: SimulatedTagReader, told: Recorder) -> None:
    """Written for the tag with that UID only, and there when the tag is looked at."""
    reader.put([ANNA, BOOK])
    reader.write_afi(BOOK.uid, 0xC2)
    assert [tag.afi for tag in reader.lying] == [None, 0xC2]
    assert told.told[-1] == ("saw", (ANNA, BOOK))


def test_writing_can_fail_in_each_way(reader: SimulatedTagReader, told: Recorder) -> None:
    """The tag is gone, it refuses, the reader cannot write, the reader is silent: an error each, and nothing is written."""
    reader.put([BOOK])
    told.wait_for(("saw", (BOOK,)))
    with pytest.raises(TagGone):
        reader.write_afi(b"another", 0xC2)
    reader.fail("write_fails")
    with pytest.raises(DeviceRefused) as refused:
        reader.write_afi(BOOK.uid, 0xC2)
    assert refused.value.reason is Fault.TAG_UNSUITABLE
    reader.mend("write_fails")
    reader.fail("silent")
    with pytest.raises(DeviceSilent):
        reader.write_afi(BOOK.uid, 0xC2)
    reader.mend("silent")
    assert reader.lying == (BOOK,)


def test_a_reader_without_write_refuses(reader: SimulatedTagReader) -> None:
    """As PC/SC readers do."""
    reader = SimulatedTagReader(writes_afi=False)
    reader.open()
    reader.put([BOOK])
    with pytest.raises(DeviceRefused):
        reader.write_afi(BOOK.uid, 0xC2)
    reader.close()


def test_faults_have_names(reader: SimulatedTagReader) -> None:
    """Each one can be brought about and mended; another name is refused with those that exist."""
    for fault in reader.faults:
        reader.fail(fault)
        reader.mend(fault)
    for change in (reader.fail, reader.mend):
        with pytest.raises(ValueError, match="unplugged"):
            change("paper_out")


def test_the_bytes_of_the_tag_are_read_as_those_of_a_real_one(reader: SimulatedTagReader) -> None:
    """A simulated tag has bytes, not a ready meaning."""
    reader.put([ANNA])
    assert sight(reader.lying).number == "29350000036490"
