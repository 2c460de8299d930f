"""The PC/SC reader against a real pcscd with virtual readers and cards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from drivers.contract import Role, Seen, sight
from drivers.errors import DeviceMissing, DeviceRefused, Fault
from drivers.readers.pcsc import PcscReader
from drivers.readers.scard import plugged_in
from drivers.supervisor import Watcher
from drivers.tags.iso28560_3 import turn_round
from tests.drivers import library_tags as tags
from tests.drivers.recording import DEADLINE, Recorder, threads_left
from tests.real.pcscd import PrivatePcscd
from tests.real.virtual_card import BANK_CARD, CLASSIC, ULTRALIGHT, VirtualCard

pytestmark = pytest.mark.real

SECOND_UID = bytes.fromhex("E00401505A89BDE4")


@pytest.fixture
def told(pcscd: PrivatePcscd) -> Iterator[Recorder]:
    """What a pass reader on all readers of pcscd tells, from its first `up` on; afterwards no thread is left."""
    assert pcscd.running
    before = set(threading.enumerate())
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, PcscReader(), recorder, recorder, patience=DEADLINE)
    watcher.start()
    recorder.wait_for(("up", Role.PASS_READER))
    recorder.forget()
    yield recorder
    watcher.close()
    assert not threads_left(before)


@pytest.mark.parametrize(
    ("memory", "atr", "chunks"),
    [
        pytest.param(tags.PASS_18.ljust(112, b"\0"), None, (), id="content parameter first"),
        pytest.param(tags.PASS_81.ljust(112, b"\0"), None, (), id="usage first"),
        pytest.param(turn_round(tags.PASS_18).ljust(112, b"\0"), None, (), id="blocks reversed"),
        pytest.param(tags.PASS_18, None, (), id="tag of 32 bytes"),
        pytest.param(tags.PASS_18.ljust(112, b"\0"), None, (4,), id="reader of one block, says so"),
        pytest.param(tags.PASS_18.ljust(112, b"\0"), None, (4, 8), id="reader of one block, refuses more"),
        pytest.param(
            bytes.fromhex("04A1B29FC3D4E580724800 00E1101200") + tags.PASS_18 + bytes(16), ULTRALIGHT, (), id="page 4 of an Ultralight"
        ),
    ],
)
def test_a_library_pass_is_read(told: Recorder, card: VirtualCard, memory: bytes, atr: bytes | None, chunks: tuple[int, ...]) -> None:
    """Whatever the tag's size, byte order and the reader's ways: sensed first, then the number and the owner, then nothing when it is taken."""
    if atr is None:
        card.insert(memory, chunks=chunks)
    else:
        card.insert(memory, chunks=chunks, atr=atr)
    told.wait_seen(Seen.PASS)
    assert [event for event, _ in told.told] == ["sensed", "saw"]
    lying = told.told[-1][1]
    assert isinstance(lying, tuple)
    sighting = sight(lying)
    assert (sighting.number, sighting.owner) == ("29350000036490", "NL-070288")
    card.remove()
    told.wait_seen(Seen.PASS, Seen.NOTHING)


def test_a_pass_with_a_wrong_checksum_is_unreadable(told: Recorder, card: VirtualCard) -> None:
    """It is not taken for another pass, nor for a foreign card."""
    card.insert(tags.spoilt(tags.PASS_18).ljust(112, b"\0"))
    told.wait_seen(Seen.UNREADABLE)


def test_an_item_is_an_item(told: Recorder, card: VirtualCard) -> None:
    """A book held to the pass reader is not a pass."""
    card.insert(tags.ITEM_NO.ljust(112, b"\0"))
    told.wait_seen(Seen.ITEM)


def test_a_bank_card_is_asked_one_thing_only(told: Recorder, card: VirtualCard) -> None:
    """It answers SELECT PPSE, and after that nothing more is read from it: no UID, no memory."""
    card.insert(atr=BANK_CARD, payment=True)
    told.wait_seen(Seen.BANK_CARD)
    assert len(card.heard()) == 1
    assert card.heard()[0].startswith("00a404000e325041592e")


def test_a_card_that_speaks_for_itself_and_pays_nothing_is_foreign(told: Recorder, card: VirtualCard) -> None:
    """A phone or an identity card: no payment application, a random UID."""
    card.insert(atr=BANK_CARD, uid=bytes.fromhex("08A1B2C3"))
    told.wait_seen(Seen.FOREIGN)


def test_a_card_with_keys_is_foreign(told: Recorder, card: VirtualCard) -> None:
    """A MIFARE Classic refuses its memory: its UID is all there is."""
    card.insert(bytes(64), atr=CLASSIC, uid=bytes.fromhex("A1B2C3D4"), keyed=True)
    told.wait_seen(Seen.FOREIGN)


@pytest.mark.parametrize("apdus", [0, 1, 2])
def test_a_torn_card_is_told_once_and_read_when_it_is_held_again(told: Recorder, card: VirtualCard, apdus: int) -> None:
    """However far the reading was: unreadable, nothing, and then the pass."""
    card.insert(tags.PASS_18.ljust(112, b"\0"), tear_after=apdus)
    told.wait_seen(Seen.UNREADABLE, Seen.NOTHING)
    card.insert(tags.PASS_18.ljust(112, b"\0"))
    told.wait_seen(Seen.UNREADABLE, Seen.NOTHING, Seen.PASS)


def test_a_card_that_leaves_when_its_block_was_read_is_read(told: Recorder, card: VirtualCard) -> None:
    """The checksum says that the pass is whole; that the card was gone before the last question does not spoil it."""
    card.insert(tags.PASS_18.ljust(112, b"\0"), tear_after=5)
    told.wait_seen(Seen.PASS, Seen.NOTHING)


def test_the_cards_on_all_readers_are_told_together(told: Recorder, card: VirtualCard, second_card: VirtualCard) -> None:
    """Two passes are several; when one is taken the other is what lies there."""
    card.insert(tags.PASS_18.ljust(112, b"\0"))
    told.wait_seen(Seen.PASS)
    second_card.insert(tags.PASS_81.ljust(112, b"\0"), uid=SECOND_UID)
    told.wait_seen(Seen.PASS, Seen.SEVERAL)
    card.remove()
    told.wait_seen(Seen.PASS, Seen.SEVERAL, Seen.PASS)


def test_a_pattern_picks_the_reader(pcscd: PrivatePcscd, card: VirtualCard, second_card: VirtualCard) -> None:
    """A card on a reader that does not fit the pattern is not there."""
    assert pcscd.running
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, PcscReader("* 00 01"), recorder, recorder)
    watcher.start()
    recorder.wait_for(("up", Role.PASS_READER))
    assert recorder.hints == ["PC/SC: Virtual PCD 00 01"]
    card.insert(tags.ITEM_NO.ljust(112, b"\0"))
    second_card.insert(tags.PASS_18.ljust(112, b"\0"))
    recorder.wait_seen(Seen.PASS)
    watcher.close()


def test_a_pass_that_lies_there_at_the_start_is_told(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """The watch begins with what is there, not with the next change."""
    assert pcscd.running
    card.insert(tags.PASS_18.ljust(112, b"\0"))
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, PcscReader(), recorder, recorder)
    watcher.start()
    recorder.wait_seen(Seen.PASS)
    watcher.close()


def test_pcscd_may_die_and_come_back(told: Recorder, pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """Killed with a pass on the reader: down once, nothing lies there; started again: up, and the next pass is read."""
    card.insert(tags.PASS_18.ljust(112, b"\0"))
    told.wait_seen(Seen.PASS)
    pcscd.kill()
    told.wait_for(("down", Fault.SERVICE_DOWN), ("saw", ()))
    card.remove()
    pcscd.start()
    told.wait_for(("up", Role.PASS_READER))
    assert [event for event, _ in told.told].count("down") == 1
    with VirtualCard(pcscd.ports[0]) as again:
        again.insert(tags.PASS_18.ljust(112, b"\0"))
        told.wait(lambda _: told.seen()[-1] is Seen.PASS)


def test_a_card_that_never_answers_is_reported_and_comes_back(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """The transmit hangs: down with no_answer, nothing lies there. Taken away: up again, and the next pass is read by the same thread."""
    assert pcscd.running
    before = set(threading.enumerate())
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, PcscReader(), recorder, recorder, patience=0.5)
    watcher.start()
    recorder.wait_for(("up", Role.PASS_READER))
    card.insert(mute=True)
    recorder.wait_for(("down", Fault.NO_ANSWER), ("saw", ()))
    card.remove()
    recorder.wait(lambda told: ("up", Role.PASS_READER) in told[told.index(("down", Fault.NO_ANSWER)) :] and told[-1] == ("saw", ()))
    card.insert(tags.PASS_18.ljust(112, b"\0"))
    recorder.wait(lambda _: recorder.seen()[-1] is Seen.PASS)
    watcher.close()
    assert not threads_left(before)


def test_closing_does_not_wait_for_a_card_that_never_answers(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """close() comes back though the transmit does not; the thread that was left behind ends when the card is taken away."""
    assert pcscd.running
    before = set(threading.enumerate())
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, PcscReader(), recorder, recorder)
    watcher.start()
    recorder.wait_for(("up", Role.PASS_READER))
    card.insert(mute=True)
    recorder.wait_for(("sensed", None))
    watcher.close()
    card.remove()
    assert not threads_left(before)


@pytest.mark.usefixtures("told")
def test_a_reader_on_which_nothing_happens_is_not_woken() -> None:
    """The watching thread comes to rest: for half a second the kernel does not wake it once. A reader that polls would be woken."""
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "pass_reader watch"]
    for _ in range(10):
        before = _wake_ups(thread)
        threading.Event().wait(0.5)
        if _wake_ups(thread) == before:
            return
    pytest.fail("the watching thread is woken again and again")


def test_a_reader_that_is_not_there_is_told_with_those_that_are(pcscd: PrivatePcscd) -> None:
    """The hint names what is plugged in, so that the pattern can be mended."""
    assert pcscd.running
    with pytest.raises(DeviceMissing) as caught:
        PcscReader("ACS*").open()
    assert caught.value.reason is Fault.NOT_PLUGGED_IN
    assert "'ACS*'" in caught.value.hint
    assert "Virtual PCD 00 00" in caught.value.hint


def test_without_pcscd_the_hint_says_what_to_install(pcscd: PrivatePcscd) -> None:
    """Nobody answers at the socket: service_down, and the packages' names."""
    pcscd.kill()
    for attempt in (PcscReader().open, plugged_in):
        with pytest.raises(DeviceMissing) as caught:
            attempt()
        assert caught.value.reason is Fault.SERVICE_DOWN
        assert "pcscd" in caught.value.hint
        assert isinstance(caught.value.__cause__, OSError)


def test_a_card_that_another_program_keeps_is_reported(pcscd: PrivatePcscd, card: VirtualCard, scard: Any) -> None:
    """Down with busy, and the hint names the reader; up and read when the other program lets go."""
    card.insert(tags.PASS_18.ljust(112, b"\0"))
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    other = _connected(scard, context, scard.SCARD_SHARE_EXCLUSIVE)
    assert pcscd.running
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, PcscReader(), recorder, recorder)
    watcher.start()
    recorder.wait_for(("down", Fault.BUSY), ("saw", ()))
    assert "Virtual PCD 00 00" in recorder.hints[-1]
    scard.SCardDisconnect(other, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)
    recorder.wait(lambda _: recorder.seen()[-1] is Seen.PASS)
    watcher.close()


def test_a_card_without_an_atr_is_unreadable(told: Recorder, card: VirtualCard) -> None:
    """It lies there and does not wake up."""
    card.insert(atr=b"\x3b")
    told.wait_seen(Seen.UNREADABLE)


def test_a_reader_may_be_closed_at_any_time(pcscd: PrivatePcscd) -> None:
    """Before it is opened, twice, and before it watches: the watch then ends at once. It may be opened again."""
    assert pcscd.running
    reader, recorder = PcscReader(), Recorder()
    reader.close()
    reader.open()
    reader.close()
    reader.close()
    reader.watch(recorder)
    reader.open()
    reader.open()
    reader.close()
    assert recorder.told == []


def test_the_security_byte_cannot_be_written_and_the_capabilities_say_so(pcscd: PrivatePcscd) -> None:
    """PC/SC has no command for it: refused, not forgotten."""
    assert pcscd.running
    reader = PcscReader()
    assert not reader.capabilities.writes_afi
    with pytest.raises(DeviceRefused) as caught:
        reader.write_afi(SECOND_UID, 0xC2)
    assert caught.value.reason is Fault.TAG_UNSUITABLE


def test_the_command_line_reads_a_pass_and_masks_its_number(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """`drivers read --json` in a process of its own gives the finding, with the number masked; --show-number shows it."""
    card.insert(tags.PASS_18.ljust(112, b"\0"))
    masked, shown = (json.loads(_drivers(pcscd, "read", "--json", *more).stdout) for more in ((), ("--show-number",)))
    assert (masked[0]["kind"], masked[0]["number"]) == ("pass", "***********490")
    assert shown[0]["number"] == "29350000036490"


def test_the_command_line_lists_the_readers(pcscd: PrivatePcscd) -> None:
    """`drivers list` gives the names as pcscd has them."""
    assert json.loads(_drivers(pcscd, "list", "--json").stdout)["card_readers"] == ["Virtual PCD 00 00", "Virtual PCD 00 01"]


@pytest.fixture
def scard(pcscd: PrivatePcscd) -> Any:
    """Pyscard itself, to play another program on the same pcscd."""
    assert pcscd.running
    return import_module("smartcard.scard")


def _connected(scard: Any, context: Any, share: int) -> Any:
    """Another program's connection to the card on the first reader, as soon as pcscd has noticed the card."""
    found: list[Any] = []

    def connected() -> bool:
        code, connection, _ = scard.SCardConnect(context, "Virtual PCD 00 00", share, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1)
        found.append(connection)
        return bool(code == scard.SCARD_S_SUCCESS)

    _poll(connected)
    return found[-1]


def _poll(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def _drivers(pcscd: PrivatePcscd, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "drivers", *arguments],
        env={**os.environ, "PCSCLITE_CSOCK_NAME": str(pcscd.socket)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def _wake_ups(thread: threading.Thread) -> int:
    """How often the kernel gave the processor to this thread after it had waited."""
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    return int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
