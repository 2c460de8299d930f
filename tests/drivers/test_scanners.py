"""Scanners: simulated, on a serial line (a real pseudo-terminal, a real TCP port), and by key codes."""

from __future__ import annotations

import os
import pty
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Role, Scanner, SimulatedScanner
from drivers.errors import DeviceMissing, Fault, SettingWrong
from drivers.scanners.evdev import EvdevScanner, Keys
from drivers.scanners.framing import LONGEST, Codes
from drivers.scanners.serial import SerialScanner, plugged_in
from drivers.scanners.simulated import SimulatedBarcodeScanner
from drivers.supervisor import Watcher
from tests.drivers.recording import Recorder, threads_left

SHIFT = 42


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Every test here ends with the threads and the open files it began with."""
    before, files = set(threading.enumerate()), len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert not threads_left(before)
    assert len(list(Path("/proc/self/fd").iterdir())) == files


@contextmanager
def watched(scanner: Scanner) -> Iterator[Recorder]:
    """What the scanner tells from its first `up` on, until it is closed."""
    recorder = Recorder()
    watcher = Watcher(Role.SCANNER, scanner, recorder, recorder)
    watcher.start()
    try:
        recorder.wait_for(("up", Role.SCANNER))
        yield recorder
    finally:
        watcher.close()


def test_codes_on_a_serial_line_are_told_without_prefix_and_suffix() -> None:
    """Ended by CR, LF or both, in pieces or several at once; empty ones are left out; pulled out is down."""
    master, line = pty.openpty()
    tty.setraw(line)
    path = os.ttyname(line)
    os.close(line)
    with watched(SerialScanner(path, prefix="]C1", suffix="#")) as told:
        assert told.hints == [f"serial scanner on {path}"]
        for piece in (b"]C1300000", b"00000018#\r", b"\n\r\n30000000000026\r]C1x\n"):
            os.write(master, piece)
        told.wait_for(("scanned", "30000000000018"), ("scanned", "30000000000026"), ("scanned", "x"))
        os.close(master)
        told.wait_for(("down", Fault.UNPLUGGED))


def test_a_scanner_on_a_network_port_is_told_and_lost() -> None:
    """socket://: codes come in; the other side hangs up: down."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        watched(SerialScanner(f"socket://127.0.0.1:{server.getsockname()[1]}")) as told,
    ):
        connection, _ = server.accept()
        with connection:
            connection.sendall("30000000000018\ré\xff\r".encode("latin-1"))
            told.wait_for(("scanned", "30000000000018"), ("scanned", "\ufffd\ufffd"))
        told.wait(lambda events: ("down", Fault.UNPLUGGED) in events)


def test_a_serial_scanner_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """No such file: not plugged in; nobody listens: not plugged in; no such kind of address: the setting is wrong."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for device in (str(tmp_path / "ttyACM0"), f"socket://127.0.0.1:{port}"):
        with pytest.raises(DeviceMissing) as missing:
            SerialScanner(device).open()
        assert missing.value.reason is Fault.NOT_PLUGGED_IN
        assert missing.value.__cause__ is not None
    with pytest.raises(SettingWrong):
        SerialScanner("sokcet://here").open()


def test_a_file_that_is_no_input_device_is_no_scanner(tmp_path: Path) -> None:
    """With or without the package evdev: missing, and the hint says what to do."""
    with pytest.raises(DeviceMissing) as missing:
        EvdevScanner(str(tmp_path / "event0")).open()
    assert missing.value.reason in (Fault.PACKAGE_MISSING, Fault.NOT_PLUGGED_IN)
    assert "install" in missing.value.hint or "plug" in missing.value.hint


def test_the_serial_ports_are_listed_in_lines() -> None:
    """Whatever this machine has, a line each."""
    assert all(": " in line for line in plugged_in())


@pytest.mark.parametrize("scanner", [SerialScanner("/dev/null/none"), EvdevScanner("/dev/null/none"), SimulatedBarcodeScanner()])
def test_a_scanner_may_be_closed_at_any_time(scanner: Scanner) -> None:
    """Before it is opened and twice; a watch of a closed scanner ends at once."""
    scanner.close()
    scanner.close()
    recorder = Recorder()
    scanner.watch(recorder)
    assert recorder.told == []


def test_a_serial_scanner_may_be_closed_before_it_watches() -> None:
    """The wait that has yet to begin ends at once, and the port can be opened again."""
    master, line = pty.openpty()
    tty.setraw(line)
    scanner, recorder = SerialScanner(os.ttyname(line)), Recorder()
    scanner.open()
    scanner.close()
    scanner.watch(recorder)
    scanner.open()
    scanner.open()
    scanner.close()
    os.close(line)
    os.close(master)
    assert recorder.told == []


def test_a_scan_is_told_when_scan_returns() -> None:
    """The simulated scanner hands each code to the listener before it goes on; what is scanned while unplugged is lost."""
    scanner = SimulatedBarcodeScanner()
    assert isinstance(scanner, SimulatedScanner)
    with watched(scanner) as told:
        scanner.scan("first")
        told.wait_for(("scanned", "first"))
        for number in range(500):
            scanner.scan(str(number))
            assert told.told[-1] == ("scanned", str(number))
        scanner.fail("unplugged")
        told.wait_for(("down", Fault.UNPLUGGED))
        scanner.scan("lost")
        scanner.mend("unplugged")
        told.wait_for(("up", Role.SCANNER))
    assert ("scanned", "lost") not in told.told
    for change in (scanner.fail, scanner.mend):
        with pytest.raises(ValueError, match="unplugged"):
            change("paper_out")


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([(2, 1), (2, 0), (3, 1), (3, 2), (3, 0), (11, 1), (28, 1)], "120\n"),
        ([(SHIFT, 1), (30, 1), (30, 0), (SHIFT, 0), (30, 1)], "Aa"),
        ([(54, 1), (9, 1), (54, 0), (12, 1)], "*-"),
        ([(79, 1), (82, 1), (96, 1), (1, 1), (255, 1)], "10\n"),
    ],
    ids=["digits and Enter, repeats left out", "left shift", "right shift", "keypad; unknown keys say nothing"],
)
def test_keys_become_text(events: list[tuple[int, int]], text: str) -> None:
    """Key codes of the US layout, with shift."""
    keys = Keys()
    assert "".join(keys.typed(code, value) for code, value in events) == text


def test_every_letter_and_digit_has_its_key() -> None:
    """26 letters in both cases and ten digits are among what can be typed."""
    plain, shifted = Keys(), Keys()
    shifted.typed(SHIFT, 1)
    typed = {keys.typed(code, 1) for keys in (plain, shifted) for code in range(128) if code not in (SHIFT, 54)}
    assert set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") <= typed


def test_endless_input_without_an_end_of_line_is_thrown_away() -> None:
    """Noise does not fill the memory, and its last piece is no code; the next code is read."""
    codes = Codes()
    for _ in range(1000):
        assert codes.feed("x" * 100) == []
    assert codes.feed("tail\r30000000000018\r") == ["30000000000018"]
    assert codes.feed("y" * (LONGEST + 1) + "\rz\n") == ["z"]


@given(st.lists(st.text("0123456789ABC-", min_size=1, max_size=20), max_size=8), st.data())
def test_codes_do_not_depend_on_how_they_arrive(codes: list[str], data: st.DataObject) -> None:
    """Cut anywhere, the same codes come out."""
    stream, collector, found = "".join(f"{code}\r\n" for code in codes), Codes(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        found += collector.feed(stream[:cut])
        stream = stream[cut:]
    assert found == codes
