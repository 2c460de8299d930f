"""Readers with commands of their own, as their manuals say, through a real pcscd."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from drivers.contract import Capabilities, MemoryWriter, Role, Seen, Tag, sight, sight_items
from drivers.errors import DeviceRefused, DeviceSilent, Fault, SettingWrong, TagGone
from drivers.readers import pcsc
from drivers.readers.pcsc import PcscReader
from drivers.supervisor import Watcher
from tests.drivers import library_tags as tags
from tests.drivers.recording import DEADLINE, Recorder, threads_left
from tests.real.pcscd import PrivatePcscd
from tests.real.virtual_card import ISO15693, ULTRALIGHT, VirtualCard

pytestmark = pytest.mark.real

INTERVAL = 0.01


def tag(number: int = 1, memory: bytes = tags.PASS_18, **facts: Any) -> dict[str, Any]:
    """A tag of ISO 15693 with 28 blocks of four."""
    return {"uid": bytes.fromhex("E0040150") + number.to_bytes(4, "big"), "memory": memory.ljust(112, b"\0"), **facts}


@contextmanager
def watched(profile: str) -> Iterator[tuple[PcscReader, Recorder]]:
    """A reader on the first virtual reader with this profile, and what it tells; afterwards no thread is left."""
    before = set(threading.enumerate())
    reader, recorder = PcscReader("* 00 00", profile=profile, interval=INTERVAL), Recorder()
    watcher = Watcher(Role.ITEM_READER, reader, recorder, recorder, patience=DEADLINE)
    watcher.start()
    try:
        recorder.wait(lambda events: ("up", Role.ITEM_READER) in events)
        yield reader, recorder
    finally:
        watcher.close()
        assert not threads_left(before)


def lying(recorder: Recorder) -> tuple[Tag, ...]:
    """What was told last."""
    told = next((told for event, told in reversed(recorder.told) if event == "saw"), ())
    assert isinstance(told, tuple)
    return told


def lies(recorder: Recorder, wanted: list[bytes], _: object) -> bool:
    """Whether exactly these UIDs were told last."""
    return sorted(one.uid for one in lying(recorder)) == wanted


@pytest.mark.parametrize(
    ("profile", "kind", "facts"),
    [
        ("generic", "blocks", {}),
        ("bytes", "bytes", {}),
        ("identiv", "identiv", {}),
        ("identiv", "identiv", {"reads_several": False}),
        ("acr1552", "acr1552", {}),
        ("acr1552", "acr1552", {"reads_several": False}),
        ("acr1552", "acr1552", {"reads_several": False, "informs": False}),
        ("acr1552", "acr1552", {"informs": False}),
    ],
)
def test_a_pass_is_read(pcscd: PrivatePcscd, card: VirtualCard, profile: str, kind: str, facts: dict[str, Any]) -> None:
    """With the commands of each maker, with Read Multiple Blocks or without, with system information or without."""
    assert pcscd.running
    with watched(profile) as (_, told):
        card.lay(kind, tag(**facts))
        told.wait_seen(Seen.PASS)
        (one,) = lying(told)
        assert sight((one,)).number == "29350000036490"
        assert one.uid == tag()["uid"]
        knows = kind in ("identiv", "acr1552") and facts.get("informs", True)
        assert one.afi == (0x07 if knows else None)
        card.remove()
        told.wait_seen(Seen.PASS, Seen.NOTHING)


@pytest.mark.parametrize("kind", ["identiv", "acr1552"])
def test_the_security_byte_is_written_and_read_back(pcscd: PrivatePcscd, card: VirtualCard, kind: str) -> None:
    """On loan and in stock again; the tag holds what was written, and one that is right already is not written."""
    assert pcscd.running
    with watched(kind) as (reader, told):
        assert reader.capabilities.writes_afi
        card.lay(kind, tag())
        told.wait_seen(Seen.PASS)
        for afi in (0xC2, 0x07):
            reader.write_afi(tag()["uid"], afi)
            assert card.tags()[0][1] == afi
        writing = {"identiv": "fffc00000227", "acr1552": "2227" + tag()["uid"][::-1].hex()}[kind]
        reader.write_afi(tag()["uid"], 0x07)
        assert sum(writing in apdu for apdu in card.heard()) == 2
        with pytest.raises(TagGone):
            reader.write_afi(tag(2)["uid"], 0xC2)


@pytest.mark.parametrize("kind", ["identiv", "acr1552"])
def test_a_tag_that_cannot_be_written_refuses(pcscd: PrivatePcscd, card: VirtualCard, kind: str) -> None:
    """Its security byte or its blocks are locked: refused, with a hint; the ACR1552U says which error of ISO 15693 it was."""
    assert pcscd.running
    with watched(kind) as (reader, told):
        card.lay(kind, tag(afi_locked=True, blocks_locked=True))
        told.wait_seen(Seen.PASS)
        with pytest.raises(DeviceRefused) as afi:
            reader.write_afi(tag()["uid"], 0xC2)
        with pytest.raises(DeviceRefused) as memory:
            reader.write_memory(tag()["uid"], tags.ITEM_NO)
        for refused in (afi, memory):
            assert refused.value.reason is Fault.TAG_UNSUITABLE
            assert "locked" in refused.value.hint
        assert card.tags() == [(tag()["memory"], 0x07)]


@pytest.mark.parametrize("kind", ["identiv", "acr1552", "blocks", "bytes"])
def test_a_test_tag_is_written(pcscd: PrivatePcscd, card: VirtualCard, kind: str) -> None:
    """From byte 8 on, and given back as it stands there; what lies before and behind stays."""
    assert pcscd.running
    with watched("generic" if kind == "blocks" else kind) as (reader, told):
        card.lay(kind, tag(memory=b"\xaa" * 112))
        told.wait(lambda events: events[-1][0] == "saw")
        memory = tags.PASS_18[:28]
        assert isinstance(reader, MemoryWriter)
        assert reader.capabilities.writes_memory
        assert reader.write_memory(tag()["uid"], memory, 8) == memory
        assert card.tags()[0][0] == b"\xaa" * 8 + memory + b"\xaa" * 76
        with pytest.raises(TagGone):
            reader.write_memory(tag(2)["uid"], memory)


def test_a_type_2_tag_is_written_behind_its_own_pages(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """By the common commands, since it is no vicinity tag: from page 4 on; serial number, locks and capabilities stay."""
    assert pcscd.running
    with watched("acr1552") as (reader, told):
        ultralight = {"uid": bytes.fromhex("04A1B2C3D4E580"), "memory": b"\x55" * 64}
        card.lay("blocks", ultralight, atr=ULTRALIGHT)
        told.wait(lambda events: events[-1][0] == "saw")
        assert reader.write_memory(ultralight["uid"], tags.PASS_18[:32], 16) == tags.PASS_18[:32]
        assert card.tags()[0][0] == b"\x55" * 16 + tags.PASS_18[:32] + b"\x55" * 16


def test_a_stack_on_an_acr1552_is_read_and_followed(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """Ten items at once; some are taken and others laid down, of which pcscd hears nothing; each can be written by itself."""
    assert pcscd.running
    stack = [tag(number, tags.ITEM_NO) for number in (1, 2, 3, 5, 8, 9, 12, 0x01000000, 0x80000000, 0xFFFFFFFF)]
    with watched("acr1552") as (reader, told):
        assert reader.capabilities == Capabilities(several_tags=True, writes_afi=True, writes_memory=True)
        card.lay("acr1552", *stack)
        told.wait(partial(lies, told, sorted(one["uid"] for one in stack)))
        items, others = sight_items(lying(told))
        assert sorted(item.uid for item in items) == sorted(one["uid"] for one in stack)
        assert (others, {item.secured for item in items}) == (0, {True})
        reader.write_afi(stack[4]["uid"], 0xC2)
        assert [afi for _, afi in card.tags()] == [0x07] * 4 + [0xC2] + [0x07] * 5
        for change in (stack[:3], [*stack[1:3], tag(77, tags.ITEM_NO)], []):
            card.change(*change)
            wanted = sorted(one["uid"] for one in change)
            told.wait(partial(lies, told, wanted))
        card.remove()


@pytest.mark.parametrize("kind", ["identiv", "acr1552", "blocks", "bytes"])
def test_tags_torn_off_at_any_apdu_are_told_and_the_next_pass_is_read(pcscd: PrivatePcscd, card: VirtualCard, kind: str) -> None:
    """However far the reading was: something unreadable or the whole pass, then nothing, then the next pass, whole."""
    assert pcscd.running
    with watched("generic" if kind == "blocks" else kind) as (_, told):
        for apdus in range(10):
            told.forget()
            card.lay(kind, tag(), tear_after=apdus)
            told.wait(lambda _: told.seen()[-1:] == [Seen.NOTHING] or told.seen()[-1:] == [Seen.PASS])
            card.remove()
            told.wait(lambda _: told.seen()[-1:] == [Seen.NOTHING])
            assert set(told.seen()) <= {Seen.UNREADABLE, Seen.PASS, Seen.NOTHING}
            card.lay(kind, tag())
            told.wait(lambda _: told.seen()[-1:] == [Seen.PASS])
            card.remove()
            told.wait(lambda _: told.seen()[-1:] == [Seen.NOTHING])
        assert not any(event == "down" for event, _ in told.told)


def test_an_acr1552_with_no_session_for_iso_15693_is_down_and_says_what_to_set(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """Another reader under its profile: the hint names the setting."""
    assert pcscd.running
    with watched("acr1552") as (_, told):
        card.lay("identiv", tag())
        told.wait(lambda events: ("down", Fault.BROKEN) in events)
        assert "profile = 'generic'" in told.hints[-1]
        card.remove()


def test_a_card_of_iso_14443_on_an_acr1552_is_read_by_the_common_commands(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """An Ultralight: FF CA and FF B0, no session."""
    assert pcscd.running
    with watched("acr1552") as (_, told):
        card.insert(bytes(16) + tags.PASS_18, atr=ULTRALIGHT, uid=bytes.fromhex("04A1B2C3D4E580"))
        told.wait_seen(Seen.PASS)
        assert not any(apdu.startswith("ffc2") for apdu in card.heard())


def test_a_vicinity_tag_with_an_atr_of_the_readers_own_is_found_by_its_uid(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """The ACR1552U may make up an ATR without the storage card's mark: the tag does not pay, its UID begins with E0, so it is read in a session."""
    assert pcscd.running
    with watched("acr1552") as (_, told):
        card.lay("acr1552", tag(), atr=bytes.fromhex("3B80800101"))
        told.wait_seen(Seen.PASS)


def test_a_write_to_a_reader_that_never_answers_comes_back(pcscd: PrivatePcscd, card: VirtualCard, monkeypatch: pytest.MonkeyPatch) -> None:
    """DeviceSilent after a while; the thread that was left behind ends when the tag is taken away."""
    assert pcscd.running
    monkeypatch.setattr(pcsc, "_WRITE_SECONDS", 0.2)
    before = set(threading.enumerate())
    reader = PcscReader("* 00 00", profile="identiv")
    reader.open()
    card.insert(mute=True, atr=ISO15693)
    pcscd.wait_until_present()
    with pytest.raises(DeviceSilent) as caught:
        reader.write_afi(tag()["uid"], 0xC2)
    assert caught.value.reason is Fault.NO_ANSWER
    card.remove()
    reader.close()
    assert not threads_left(before)


def test_a_profile_that_does_not_exist_is_told(pcscd: PrivatePcscd) -> None:
    """With those that do."""
    assert pcscd.running
    with pytest.raises(SettingWrong) as caught:
        PcscReader(profile="acr1552u").open()
    assert "acr1552" in caught.value.hint
