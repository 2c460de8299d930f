"""The Feig reader over a real TCP connection, against a reader that speaks as the manuals say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import MemoryWriter, Role, Tag, sight_items
from drivers.errors import DeviceLost, DeviceMissing, DeviceRefused, Fault, SettingWrong, TagGone
from drivers.readers import feig_line, obid
from drivers.readers.feig import FeigReader
from drivers.readers.obid import Garbled
from drivers.supervisor import Watcher
from tests.drivers import library_tags as tags
from tests.drivers.feig_by_the_manual import FeigReaderByTheManual
from tests.drivers.recording import DEADLINE, Recorder, threads_left
from tests.real.readers_by_the_manual import VicinityTag

INTERVAL = 0.005


def item(number: int, *, afi: int = 0x07, reads_several: bool = True, blocks_locked: bool = False) -> VicinityTag:
    uid = bytes.fromhex("E0040150") + number.to_bytes(4, "big")
    memory = bytearray(tags.ITEM_NO.ljust(112, b"\0"))
    return VicinityTag(uid, memory, afi, reads_several=reads_several, blocks_locked=blocks_locked, afi_locked=blocks_locked)


@pytest.fixture
def pad() -> Iterator[FeigReaderByTheManual]:
    before, files = set(threading.enumerate()), len(list(Path("/proc/self/fd").iterdir()))
    with FeigReaderByTheManual() as reader:
        yield reader
    assert not threads_left(before)
    assert len(list(Path("/proc/self/fd").iterdir())) == files


@contextmanager
def watched(pad: FeigReaderByTheManual, *, rf_reset: bool = False) -> Iterator[tuple[FeigReader, Recorder]]:
    """The reader and what it tells, from its first `up` on."""
    reader, told = FeigReader(pad.url, interval=INTERVAL, rf_reset=rf_reset), Recorder()
    watcher = Watcher(Role.ITEM_READER, reader, told, told, patience=DEADLINE)
    watcher.start()
    try:
        told.wait(lambda events: ("up", Role.ITEM_READER) in events)
        yield reader, told
    finally:
        watcher.close()


def lie(told: Recorder, *items: VicinityTag) -> tuple[Tag, ...]:
    """Wait until exactly these were told to lie there; as they were read."""
    wanted = sorted(one.uid for one in items)

    def lying(events: list[tuple[str, object]]) -> tuple[Tag, ...]:
        last = next((seen for event, seen in reversed(events) if event == "saw"), ())
        assert isinstance(last, tuple)
        return last

    return lying(told.wait(lambda events: events[-1:] != [("sensed", None)] and sorted(tag.uid for tag in lying(events)) == wanted))


def test_a_stack_comes_and_goes(pad: FeigReaderByTheManual) -> None:
    """Three items, then two of them and one more, then none; each with its number, and armed or not."""
    with watched(pad) as (_, told):
        pad.tags = [item(1), item(2, afi=0xC2), item(3, reads_several=False)]
        lying = lie(told, *pad.tags)
        found, others = sight_items(lying)
        assert (len(found), others) == (3, 0)
        assert [one.secured for one in found] == [True, False, True]
        assert all(tag.memory[:32] == tags.ITEM_NO[:32] for tag in lying)
        pad.tags = [pad.tags[0], item(4), pad.tags[2]]
        lie(told, *pad.tags)
        pad.tags = []
        assert lie(told) == ()


def test_what_lies_still_is_told_once_and_read_once(pad: FeigReaderByTheManual) -> None:
    """However many inventories follow."""
    pad.tags = [item(1)]
    with watched(pad) as (_, told):
        lie(told, *pad.tags)
        heard = len(pad.heard)
        told.wait(lambda _: True)
        while len(pad.heard) < heard + 10:
            threading.Event().wait(INTERVAL)
        assert {request[1] for request in pad.heard[heard:]} == {0x01}
        assert [event for event, _ in told.told].count("saw") <= 2


def test_a_stack_that_does_not_fit_into_one_answer_is_asked_for_more(pad: FeigReaderByTheManual) -> None:
    """Status 94, and MORE in the next request."""
    pad.at_once, pad.tags = 3, [item(number) for number in range(1, 11)]
    with watched(pad) as (_, told):
        lie(told, *pad.tags)
    assert bytes.fromhex("B00180") in pad.heard


@pytest.mark.parametrize("fault", ["advanced", "pieces"])
def test_answers_of_another_form(pad: FeigReaderByTheManual, fault: str) -> None:
    """In the long form, and byte by byte: the same."""
    setattr(pad, fault, True)
    pad.tags = [item(1), item(2)]
    with watched(pad) as (_, told):
        lie(told, *pad.tags)


def test_a_reader_that_reports_new_tags_only_is_reset_before_each_inventory(pad: FeigReaderByTheManual) -> None:
    """With the option: what lies there is reported again and again, and so stays."""
    pad.only_new, pad.tags = True, [item(1)]
    with watched(pad, rf_reset=True) as (_, told):
        lie(told, *pad.tags)
        pad.tags.append(item(2))
        lie(told, *pad.tags)


def test_the_security_byte_of_one_item_is_written_and_read_back(pad: FeigReaderByTheManual) -> None:
    """While the pad is watched; one that is right already is not written; one that is not there is gone."""
    pad.tags = [item(1), item(2)]
    with watched(pad) as (reader, told):
        lie(told, *pad.tags)
        reader.write_afi(pad.tags[1].uid, 0xC2)
        reader.write_afi(pad.tags[1].uid, 0xC2)
        assert [tag.afi for tag in pad.tags] == [0x07, 0xC2]
        assert [request[1] for request in pad.heard].count(0x27) == 1
        with pytest.raises(TagGone):
            reader.write_afi(item(9).uid, 0xC2)


def test_a_locked_tag_refuses(pad: FeigReaderByTheManual) -> None:
    """Error 12 of ISO 15693, in words."""
    pad.tags = [item(1, blocks_locked=True)]
    with watched(pad) as (reader, _):
        for attempt in (lambda: reader.write_afi(pad.tags[0].uid, 0xC2), lambda: reader.write_memory(pad.tags[0].uid, bytes(4))):
            with pytest.raises(DeviceRefused, match="locked") as refused:
                attempt()
            assert refused.value.reason is Fault.TAG_UNSUITABLE


def test_a_test_tag_is_written(pad: FeigReaderByTheManual) -> None:
    """The bytes of each block turned round on the way there and back."""
    pad.tags = [item(1)]
    with watched(pad) as (reader, _):
        assert isinstance(reader, MemoryWriter)
        assert reader.capabilities.writes_memory
        memory = bytes(range(1, 33))
        assert reader.write_memory(pad.tags[0].uid, memory, 8) == memory
        assert pad.tags[0].memory[8:40] == memory
        with pytest.raises(DeviceRefused):
            reader.write_memory(pad.tags[0].uid, memory, 6)


def test_garbled_answers_are_asked_for_again(pad: FeigReaderByTheManual) -> None:
    """Two in a row; with a third the line is taken for bad, the reader is down, and comes back by itself."""
    pad.tags = [item(1)]
    with watched(pad) as (_, told):
        lie(told, *pad.tags)
        pad.garbled = 2
        pad.tags.append(item(2))
        lie(told, *pad.tags)
        assert ("down", Fault.CONNECTION_LOST) not in told.told
        pad.garbled = 3
        told.wait(lambda events: ("down", Fault.CONNECTION_LOST) in events)
        lie(told, *pad.tags)
    assert [event for event, _ in told.told].count("down") == 1


def test_a_silent_reader_is_down_and_comes_back(pad: FeigReaderByTheManual, monkeypatch: pytest.MonkeyPatch) -> None:
    """It hears and does not answer; nothing is known to lie there meanwhile."""
    monkeypatch.setattr(feig_line, "ANSWER_WITHIN", 0.2)
    pad.tags = [item(1)]
    with watched(pad) as (_, told):
        lie(told, *pad.tags)
        pad.silent = True
        told.wait_for(("down", Fault.NO_ANSWER), ("saw", ()))
        pad.silent = False
        lie(told, *pad.tags)


def test_a_cut_line_is_down_and_comes_back(pad: FeigReaderByTheManual) -> None:
    """The connection is taken up again; what lies there is told anew."""
    pad.tags = [item(1)]
    with watched(pad) as (_, told):
        lie(told, *pad.tags)
        pad.cut()
        told.wait(lambda events: ("down", Fault.CONNECTION_LOST) in events)
        lie(told, *pad.tags)


def test_closing_does_not_wait_for_an_answer(pad: FeigReaderByTheManual) -> None:
    """A write to a silent reader ends when the reader is closed."""
    reader = FeigReader(pad.url)
    reader.open()
    pad.silent = True
    raised: list[Exception] = []

    def write() -> None:
        try:
            reader.write_afi(item(1).uid, 0xC2)
        except DeviceLost as error:
            raised.append(error)

    heard = len(pad.heard)
    writing = threading.Thread(target=write)
    writing.start()
    while len(pad.heard) == heard:
        threading.Event().wait(INTERVAL)
    reader.close()
    reader.close()
    writing.join(DEADLINE)
    assert len(raised) == 1
    with pytest.raises(DeviceLost):
        reader.write_afi(item(1).uid, 0xC2)
    reader.watch(Recorder())


def test_what_is_missing_is_told(pad: FeigReaderByTheManual, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody there, somebody who says nothing, and something that is no line at all."""
    monkeypatch.setattr(feig_line, "ANSWER_WITHIN", 0.2)
    with pytest.raises(DeviceMissing) as missing:
        FeigReader(str(tmp_path / "ttyUSB0")).open()
    assert missing.value.reason is Fault.NOT_PLUGGED_IN
    pad.silent = True
    with pytest.raises(DeviceMissing) as missing:
        FeigReader(pad.url).open()
    assert missing.value.reason is Fault.NO_ANSWER
    with pytest.raises(SettingWrong):
        FeigReader("sokcet://here").open()


def test_frames_by_the_manual() -> None:
    """An inventory to any reader; the checksum over a frame and its checksum is zero; the self-check of the checksum's family."""
    frame = obid.command(0xB0, b"\x01\x00")
    assert frame[:-2] == bytes.fromhex("07FFB00100")
    assert obid.crc(frame) == 0
    assert obid.crc(b"123456789") == 0x6F91


@given(st.binary(max_size=80))
def test_no_bytes_bring_the_parser_down(received: bytes) -> None:
    """A frame, or Garbled."""
    try:
        assert obid.missing(received) >= 0
        obid.parse(received)
    except Garbled:
        return


@given(st.binary(max_size=240), st.integers(0, 255), st.booleans())
def test_answers_are_taken_apart(data: bytes, status: int, advanced: bool) -> None:  # noqa: FBT001  hypothesis hands it in
    """In both forms; cut anywhere they are not whole, and with any byte changed they are garbled."""
    body = bytes((0x00, 0xB0, status)) + data
    whole = (b"\x02" + (len(body) + 5).to_bytes(2, "big") if advanced else bytes((len(body) + 3,))) + body
    whole += obid.crc(whole).to_bytes(2, "little")
    assert obid.parse(whole) == obid.Answer(0xB0, status, data)
    assert obid.missing(whole[:-1]) == 1
    with pytest.raises(Garbled):
        obid.parse(whole[:-1] + bytes((whole[-1] ^ 1,)))
