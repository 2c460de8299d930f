"""pcscd that hangs, dies and comes back, with the reader under its supervisor."""

from __future__ import annotations

import threading
import time

import pytest

from drivers.contract import Role, Seen
from drivers.errors import Fault
from drivers.readers.pcsc import PcscReader
from drivers.scanners.simulated import SimulatedBarcodeScanner
from drivers.supervisor import Watcher
from tests.drivers import library_tags as tags
from tests.drivers.recording import DEADLINE, Recorder, threads_left
from tests.real.pcscd import PrivatePcscd
from tests.real.virtual_card import VirtualCard

pytestmark = pytest.mark.real

PASS = tags.PASS_18.ljust(112, b"\0")
RESTARTS = 20


def test_closing_does_not_wait_for_a_pcscd_that_hangs(pcscd: PrivatePcscd) -> None:
    """close() comes back, another device works on, and the threads that were left behind end when pcscd goes on."""
    before = set(threading.enumerate())
    told, scanned = Recorder(), Recorder()
    scanner = SimulatedBarcodeScanner()
    reading, scanning = Watcher(Role.PASS_READER, PcscReader(), told, told), Watcher(Role.SCANNER, scanner, scanned, scanned)
    for watcher in (reading, scanning):
        watcher.start()
    told.wait_for(("up", Role.PASS_READER))
    scanned.wait_for(("up", Role.SCANNER))
    with pcscd.hung():
        reading.close()
        scanner.scan("30000000000018")
        scanned.wait_for(("scanned", "30000000000018"))
        scanning.close()
    assert not threads_left(before)


def test_a_pcscd_that_hangs_from_the_start_is_told_and_left(pcscd: PrivatePcscd) -> None:
    """No answer within the patience: down; the reader can be closed nevertheless; when pcscd goes on nothing is left."""
    before = set(threading.enumerate())
    told = Recorder()
    watcher = Watcher(Role.PASS_READER, PcscReader(), told, told, patience=0.2)
    with pcscd.hung():
        watcher.start()
        told.wait_for(("down", Fault.NO_ANSWER))
        watcher.close()
    assert not threads_left(before)


def test_a_pcscd_that_hangs_and_goes_on_reads_the_next_pass(pcscd: PrivatePcscd, card: VirtualCard) -> None:
    """A pass that is held meanwhile is read when it goes on."""
    told = Recorder()
    watcher = Watcher(Role.PASS_READER, PcscReader(), told, told, patience=DEADLINE)
    watcher.start()
    told.wait_for(("up", Role.PASS_READER))
    with pcscd.hung():
        card.insert(PASS)
    told.wait_seen(Seen.PASS)
    watcher.close()


def test_pcscd_may_be_started_anew_many_times(pcscd: PrivatePcscd) -> None:
    """Each time: down, once for each reason, up again, and the next pass is read; in the end no thread more than at the beginning."""
    before = set(threading.enumerate())
    told = Recorder()
    watcher = Watcher(Role.PASS_READER, PcscReader(), told, told, patience=DEADLINE)
    watcher.start()
    told.wait_for(("up", Role.PASS_READER))
    threads = len(threading.enumerate())
    for _ in range(RESTARTS):
        told.forget()
        pcscd.kill()
        told.wait(lambda events: ("down", Fault.SERVICE_DOWN) in events)
        pcscd.start()
        watcher.retry()
        told.wait(lambda events: ("up", Role.PASS_READER) in events)
        with VirtualCard(pcscd.ports[0]) as card:
            card.insert(PASS)
            told.wait(lambda _: Seen.PASS in told.seen())
        # Under load pcscd may be back a moment before its readers, which is an outage for another reason; never the same one twice.
        downs = [reason for event, reason in told.told if event == "down"]
        assert len(downs) == len(set(downs))
    told.wait(lambda _: told.seen()[-1] is Seen.NOTHING)
    deadline = time.monotonic() + DEADLINE
    while len(threading.enumerate()) > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(threading.enumerate()) == threads
    watcher.close()
    assert not threads_left(before)
