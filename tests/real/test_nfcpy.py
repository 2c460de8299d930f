"""The nfcpy reader over nfcpy's UDP driver, with the tags in another process."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ndef
import pytest

from drivers.contract import Role, Seen, Tag, sight
from drivers.errors import DeviceMissing, DeviceRefused, Fault, SettingWrong
from drivers.readers.nfcpy import NfcpyReader
from drivers.supervisor import Watcher
from tests.drivers import library_tags as tags
from tests.drivers.recording import DEADLINE, Recorder, threads_left
from tests.real.virtual_nfc_tag import UIDS, VirtualNfcTag

pytestmark = pytest.mark.real

NUMBER = re.compile(r"Pass (\d+)")
MESSAGE = b"".join(ndef.message_encoder([ndef.TextRecord("Pass 29350000036490", "fy"), ndef.UriRecord("https://example.org/p")]))


@pytest.fixture
def field() -> Iterator[VirtualNfcTag]:
    with VirtualNfcTag() as tag:
        yield tag


@contextmanager
def watched(field: VirtualNfcTag) -> Iterator[Recorder]:
    """What the reader tells; afterwards no thread and no open file is left."""
    before, files = set(threading.enumerate()), len(list(Path("/proc/self/fd").iterdir()))
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, NfcpyReader(f"udp:127.0.0.1:{field.port}", interval=0.01), recorder, recorder, patience=DEADLINE)
    watcher.start()
    try:
        recorder.wait(lambda events: ("up", Role.PASS_READER) in events)
        yield recorder
    finally:
        watcher.close()
        assert not threads_left(before)
        assert len(list(Path("/proc/self/fd").iterdir())) == files


def first(told: Recorder) -> Tag:
    """The first tag that was told."""
    events = told.wait(lambda events: any(event == "saw" for event, _ in events))
    (tag,) = next(seen for event, seen in events if event == "saw")  # type: ignore[misc]
    assert isinstance(tag, Tag)
    return tag


def last(told: Recorder) -> Tag:
    """The last tag that was told."""
    return next(seen[0] for event, seen in reversed(told.told) if event == "saw" and isinstance(seen, tuple) and seen)


def test_a_library_pass_on_a_type_2_tag_is_read_and_taken(field: VirtualNfcTag) -> None:
    """Memory from page 0 on, as PC/SC gives it: sensed, pass, nothing."""
    field.lay("type2", bytes.fromhex("04A1B29FC3D4E58022480000 00000000") + tags.PASS_18.ljust(48, b"\0"))
    with watched(field) as told:
        # A datagram that comes late is a tag that was not heard for a moment, so what is told before the pass does not count.
        told.wait(lambda _: told.seen()[-1:] == [Seen.PASS])
        tag = last(told)
        assert tag.uid.hex().upper() == UIDS["type2"]
        assert sight((tag,)).number == "29350000036490"
        field.take()
        told.wait(lambda _: told.seen()[-1:] == [Seen.NOTHING])


def test_a_message_on_a_type_2_tag_is_read_to_its_end(field: VirtualNfcTag) -> None:
    """As far as the capability container says, beyond what a library's block needs."""
    padding = b"\x03" + bytes((len(MESSAGE),)) + MESSAGE + b"\xfe"
    field.lay("type2", bytes.fromhex("04A1B29FC3D4E58022480000 E1101200") + padding.ljust(144, b"\0"))
    with watched(field) as told:
        assert sight((first(told),), ("ndef",), ndef_number=NUMBER).number == "29350000036490"
        assert len(first(told).memory) == 160


@pytest.mark.parametrize("kind", ["type3", "type4"])
def test_the_message_of_other_tags_is_read(field: VirtualNfcTag, kind: str) -> None:
    """FeliCa and ISO-DEP: the same finding as on any tag with a message."""
    field.lay(kind, MESSAGE)
    with watched(field) as told:
        tag = first(told)
        assert tag.uid.hex().upper() == UIDS[kind]
        sighting = sight((tag,), ("ndef",), ndef_number=NUMBER)
        assert (sighting.seen, sighting.number) == (Seen.PASS, "29350000036490")
        field.take()
        told.wait(lambda events: events[-1] == ("saw", ()))


def test_a_bank_card_keeps_its_uid_to_itself(field: VirtualNfcTag) -> None:
    """It answers SELECT PPSE, and nothing more is told of it."""
    field.lay("bank")
    with watched(field) as told:
        assert first(told) == Tag(payment=True)


def test_a_classic_gives_its_uid(field: VirtualNfcTag) -> None:
    """Nfcpy knows no keys: its memory is refused, it stays where it is."""
    field.lay("classic")
    with watched(field) as told:
        assert first(told).uid.hex().upper() == UIDS["classic"]
        assert first(told).memory == b""


def test_a_tag_that_leaves_is_torn(field: VirtualNfcTag) -> None:
    """After the third of its answers; what was read is kept."""
    field.lay("type2", bytes(16) + tags.PASS_18.ljust(48, b"\0"), tear_after=3)
    with watched(field) as told:
        assert first(told).torn
        told.wait(lambda events: events[-1] == ("saw", ()))


def test_a_reader_may_be_closed_at_any_time(field: VirtualNfcTag) -> None:
    """Before it is opened, twice, and before it watches."""
    reader, told = NfcpyReader(f"udp:127.0.0.1:{field.port}"), Recorder()
    reader.close()
    reader.open()
    assert "UDP" in reader.describe()
    reader.close()
    reader.close()
    reader.watch(told)
    assert told.told == []
    with pytest.raises(DeviceRefused):
        reader.write_afi(bytes(7), 0xC2)


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reader there; a path that nfcpy does not know; nfcpy not installed."""
    with pytest.raises(DeviceMissing) as missing:
        NfcpyReader("usb:ffff:ffff").open()
    assert missing.value.reason in (Fault.NOT_PLUGGED_IN, Fault.PACKAGE_MISSING)
    with pytest.raises(SettingWrong):
        NfcpyReader("").open()
    monkeypatch.setitem(sys.modules, "nfc.clf", None)
    with pytest.raises(DeviceMissing, match="extra 'nfc'"):
        NfcpyReader().open()
