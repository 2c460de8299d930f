"""The ESC/POS driver on a device file, a serial line (a pseudo-terminal) and USB (pyusb over a bus of the tests), and its settings."""

from __future__ import annotations

import array
import errno
import os
import threading
import tty
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import usb.backend
import usb.core

from drivers.contract import Paper, PrinterStatus, Text
from drivers.errors import DeviceLost, DeviceMissing, DeviceSilent, Fault, SettingWrong
from drivers.printers.escpos import EscposPrinter
from drivers.printers.form import form
from drivers.printers.paper import Roll

_BRIEF = 0.4


def _text(data: bytes) -> list[str]:
    roll = Roll(form())
    roll.feed(data)
    return [sheet.text for sheet in roll.sheets]


# -- device file -------------------------------------------------------------------------------------------------------------------------------


def test_a_device_file_gets_the_bytes_of_each_receipt(tmp_path: Path) -> None:
    """Receipts follow each other in the file; such a printer cannot be asked."""
    path = tmp_path / "lp0"
    path.touch()
    printer = EscposPrinter(connection="file", path=str(path))
    printer.open()
    printer.print([Text("een")])
    printer.print([Text("twee €")])
    assert printer.status() == PrinterStatus()
    printer.close()
    assert _text(path.read_bytes()) == ["een\n", "twee €\n"]
    assert b"\x10\x04" not in path.read_bytes()


def test_a_device_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """A missing device file is a missing printer, never a new file on the disk."""
    path = tmp_path / "lp0"
    with pytest.raises(DeviceMissing) as missing:
        EscposPrinter(connection="file", path=str(path)).open()
    assert missing.value.reason is Fault.NOT_PLUGGED_IN
    assert not path.exists()


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.EACCES, Fault.NO_PERMISSION), (errno.EBUSY, Fault.BUSY), (errno.ENXIO, Fault.NOT_PLUGGED_IN)]
)
def test_why_a_device_file_cannot_be_opened(monkeypatch: pytest.MonkeyPatch, number: int, reason: Fault) -> None:
    """No right, in use and not plugged in are three different things to mend."""

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("drivers.printers.wires.os.open", refuse)
    with pytest.raises(DeviceMissing) as missing:
        EscposPrinter(connection="file", path="/dev/usb/lp0").open()
    assert missing.value.reason is reason


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A device file that holds only so much: its path and the end at which it is read."""
    path = tmp_path / "lp0"
    os.mkfifo(path)
    end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield str(path), end
    os.close(end)


def test_a_device_file_that_takes_nothing_is_silent(pipe: tuple[str, int]) -> None:
    """When the device takes no more bytes the job ends at its deadline."""
    path, _ = pipe
    printer = EscposPrinter(connection="file", path=path, timeout=_BRIEF)
    printer.open()
    with pytest.raises(DeviceSilent):
        printer.print([Text(f"regel {number}") for number in range(20_000)])
    printer.close()


def test_a_device_file_that_goes_away_is_lost(pipe: tuple[str, int]) -> None:
    """When nobody is at the other end any more the printer is lost, and missing at the next try."""
    path, end = pipe
    printer = EscposPrinter(connection="file", path=path)
    printer.open()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, end)
    os.close(null)
    with pytest.raises(DeviceLost):
        printer.print([Text("weg")])
    with pytest.raises(DeviceMissing):
        printer.print([Text("weg")])
    printer.close()


def test_closing_frees_who_writes_to_a_stalled_device(pipe: tuple[str, int]) -> None:
    """close() ends a job that a device file does not take, long before its deadline."""
    path, end = pipe
    printer = EscposPrinter(connection="file", path=path, timeout=60)
    printer.open()
    raised: list[BaseException] = []

    def job() -> None:
        try:
            printer.print([Text(f"regel {number}") for number in range(20_000)])
        except DeviceLost as error:
            raised.append(error)

    thread = threading.Thread(target=job)
    thread.start()
    while True:
        try:
            os.read(end, 1)
            break
        except BlockingIOError:
            continue
    printer.close()
    thread.join(30)
    assert not thread.is_alive()
    assert len(raised) == 1


# -- serial ------------------------------------------------------------------------------------------------------------------------------------


class _Line:
    """A serial printer at the far end of a pseudo-terminal."""

    def __init__(self, *, mute: bool = False) -> None:
        self.roll = Roll(form())
        self.mute = mute
        self._far, self._near = os.openpty()
        tty.setraw(self._near)
        self.device = os.ttyname(self._near)
        self._thread = threading.Thread(target=self._run, name="serial-printer")
        self._thread.start()

    def _run(self) -> None:
        try:
            while data := os.read(self._far, 1024):
                if data.endswith(b"\x04end"):
                    return
                answer = self.roll.feed(data)
                if answer and not self.mute:
                    os.write(self._far, answer)
        except OSError:
            return

    def say(self, data: bytes) -> None:
        os.write(self._far, data)

    def end(self) -> None:
        os.write(self._near, b"\x04end")
        self._thread.join()
        os.close(self._near)
        os.close(self._far)


@pytest.fixture
def line() -> Iterator[_Line]:
    """A serial line with a printer on it."""
    line = _Line()
    yield line
    line.end()


def test_a_serial_printer_prints_and_answers(line: _Line) -> None:
    """Over a serial line a receipt is printed once and status is believed."""
    printer = EscposPrinter(connection="serial", device=line.device, baud=115200, timeout=20)
    printer.open()
    printer.print([Text("langs de draad")])
    assert [sheet.text for sheet in line.roll.sheets] == ["langs de draad\n"]
    line.roll.paper = Paper.NEAR_END
    assert printer.status() == PrinterStatus(online=True, paper=Paper.NEAR_END, cover_open=False, believable=True)
    printer.close()


def test_a_serial_printer_that_does_not_answer_is_silent(line: _Line) -> None:
    """No answer on the line is silence; an answer that comes too late is not taken for the next one."""
    printer = EscposPrinter(connection="serial", device=line.device, trust_status=True, timeout=_BRIEF)
    printer.open()
    line.mute = True
    with pytest.raises(DeviceSilent):
        printer.print([Text("hallo?")])
    assert not line.roll.sheets
    line.say(b"\x1a")
    line.mute = False
    assert printer.status().online
    printer.close()


def test_a_serial_printer_that_takes_nothing_is_silent() -> None:
    """When the line takes no more bytes the job ends at its deadline."""
    far, near = os.openpty()
    tty.setraw(near)
    printer = EscposPrinter(connection="serial", device=os.ttyname(near), trust_status=False, timeout=_BRIEF)
    printer.open()
    with pytest.raises(DeviceSilent):
        printer.print([Text(f"regel {number}") for number in range(20_000)])
    printer.close()
    os.close(near)
    os.close(far)


def test_a_serial_printer_is_not_asked_where_it_is_not_trusted(line: _Line) -> None:
    """Without trust in its status it is only sent the receipt."""
    printer = EscposPrinter(connection="serial", device=line.device, trust_status=False)
    printer.open()
    printer.print([Text("zonder vragen")])
    printer.close()


def test_a_serial_device_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """A wrong device name, and a file that is no serial line, are missing printers."""
    (tmp_path / "file").touch()
    for name in ("ttyUSB9", "file"):
        with pytest.raises(DeviceMissing):
            EscposPrinter(connection="serial", device=str(tmp_path / name)).open()


# -- usb ---------------------------------------------------------------------------------------------------------------------------------------


class _Bus(usb.backend.IBackend):  # type: ignore[misc]  # pyusb is not typed
    """A USB bus of the tests, below pyusb: one printer with endpoints of its own, not the usual ones."""

    OUT, IN = 0x03, 0x84

    def __init__(self) -> None:
        super().__init__()
        self.roll = Roll(form())
        self.plugged = True
        self.mute = False
        self.allowed = True
        self._answers = bytearray()

    def _there(self) -> None:
        if not self.plugged:
            raise usb.core.USBError("No such device", -4, errno.ENODEV)

    def enumerate_devices(self) -> Iterator[str]:
        return iter(["printer"] if self.plugged else [])

    def get_device_descriptor(self, _: Any) -> Any:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0, bMaxPacketSize0=64, idVendor=0x04B8,
            idProduct=0x0202, bcdDevice=0x100, iManufacturer=0, iProduct=0, iSerialNumber=0, bNumConfigurations=1, address=1, bus=1, port_number=1,
            port_numbers=(1,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, _: Any, __: int) -> Any:
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0, bmAttributes=0xC0, bMaxPower=1,
            extra_descriptors=b"",
        )  # fmt: skip

    def get_interface_descriptor(self, _: Any, interface: int, alternate: int, __: int) -> Any:
        if interface or alternate:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2, bInterfaceClass=7, bInterfaceSubClass=1,
            bInterfaceProtocol=2, iInterface=0, extra_descriptors=b"",
        )  # fmt: skip

    def get_endpoint_descriptor(self, _: Any, endpoint: int, *__: int) -> Any:
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(self.OUT, self.IN)[endpoint], bmAttributes=2, wMaxPacketSize=64, bInterval=0, bRefresh=0,
            bSynchAddress=0, extra_descriptors=b"",
        )  # fmt: skip

    def open_device(self, _: Any) -> str:
        if not self.allowed:
            raise usb.core.USBError("Access denied (insufficient permissions)", -3, errno.EACCES)
        return "handle"

    def close_device(self, _: Any) -> None: ...

    def set_configuration(self, _: Any, __: int) -> None: ...

    def get_configuration(self, _: Any) -> int:
        return 1

    def claim_interface(self, *_: Any) -> None: ...

    def release_interface(self, *_: Any) -> None: ...

    def reset_device(self, _: Any) -> None: ...

    def is_kernel_driver_active(self, *_: Any) -> bool:
        return False

    def bulk_write(self, _: Any, endpoint: int, __: int, data: Any, ___: int) -> int:
        self._there()
        assert endpoint == self.OUT
        taken = bytes(data)[:64]
        self._answers += self.roll.feed(taken)
        return len(taken)

    def bulk_read(self, _: Any, endpoint: int, __: int, buffer: array.array[int], timeout: int) -> int:
        self._there()
        assert endpoint == self.IN
        if self.mute or not self._answers:
            threading.Event().wait(timeout / 1000)
            raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT)
        count = min(len(self._answers), len(buffer))
        buffer[:count] = array.array("B", self._answers[:count])
        del self._answers[:count]
        return count


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> _Bus:
    """A USB bus with a printer on it, in the place of libusb."""
    bus = _Bus()
    monkeypatch.setattr("usb.backend.libusb1.get_backend", lambda *_, **__: bus)
    return bus


def _usb(timeout: float = 20.0) -> EscposPrinter:
    return EscposPrinter(connection="usb", vendor=0x04B8, product=0x0202, trust_status=True, timeout=timeout)


def test_a_usb_printer_prints_and_answers_at_its_own_endpoints(bus: _Bus) -> None:
    """The endpoints are read from the printer; a long receipt goes in pieces and comes out whole."""
    printer = _usb()
    printer.open()
    printer.print([Text(f"regel {number}") for number in range(50)])
    assert [len(sheet.rows) for sheet in bus.roll.sheets] == [50]
    bus.roll.cover_open = True
    assert printer.status() == PrinterStatus(online=False, paper=Paper.OK, cover_open=True, believable=True)
    printer.close()


def test_a_usb_printer_that_is_pulled_out_is_lost_and_then_missing(bus: _Bus) -> None:
    """Unplugged while open: lost; at the next try: missing; plugged in again: it prints."""
    printer = _usb()
    printer.open()
    bus.plugged = False
    with pytest.raises(DeviceLost):
        printer.print([Text("weg")])
    with pytest.raises(DeviceMissing):
        printer.print([Text("weg")])
    bus.plugged = True
    printer.print([Text("terug")])
    printer.close()
    assert [sheet.text for sheet in bus.roll.sheets] == ["terug\n"]


def test_a_usb_printer_that_does_not_answer_is_silent(bus: _Bus) -> None:
    """Libusb's time-out is silence."""
    printer = _usb(_BRIEF)
    printer.open()
    bus.mute = True
    with pytest.raises(DeviceSilent):
        printer.status()
    printer.close()


def test_a_usb_printer_needs_a_right_and_libusb(bus: _Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """No right to the device, and no libusb on the machine, are told apart."""
    bus.allowed = False
    with pytest.raises(DeviceMissing) as missing:
        _usb().open()
    assert missing.value.reason is Fault.NO_PERMISSION
    for backend in ("libusb1", "libusb0", "openusb"):
        monkeypatch.setattr(f"usb.backend.{backend}.get_backend", lambda *_, **__: None)
    with pytest.raises(DeviceMissing) as missing:
        _usb().open()
    assert missing.value.reason is Fault.PACKAGE_MISSING


# -- settings ----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "host"),
        ({"host": "127.0.0.1", "port": 0}, "port is 0"),
        ({"connection": "usb"}, "vendor"),
        ({"connection": "usb", "vendor": 0x04B8}, "lsusb"),
        ({"connection": "serial"}, "device"),
        ({"connection": "serial", "device": "/dev/ttyS0", "baud": 0}, "baud is 0"),
        ({"connection": "file"}, "path"),
        ({"connection": "wifi"}, 'connection is "wifi"'),
        ({"host": "127.0.0.1", "timeout": 0}, "timeout is 0"),
        ({"host": "127.0.0.1", "profile": "tm-t88v"}, "TM-T88V"),
        ({"host": "127.0.0.1", "width_mm": 8}, "width_mm is 8"),
    ],
)
def test_settings_that_cannot_be_are_told_before_anything_is_touched(options: dict[str, Any], says: str) -> None:
    """Each wrong setting is one sentence that names it."""
    with pytest.raises(SettingWrong, match=says):
        EscposPrinter(**options).open()


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"host": "10.0.0.7"}, "10.0.0.7:9100"),
        ({"connection": "usb", "vendor": 0x04B8, "product": 0x202}, "USB 04b8:0202"),
        ({"connection": "serial", "device": "/dev/ttyS0"}, "/dev/ttyS0, 9600 baud"),
        ({"connection": "file", "path": "/dev/usb/lp0"}, "/dev/usb/lp0"),
    ],
)
def test_a_printer_says_where_it_is(options: dict[str, Any], place: str) -> None:
    """The line for staff names the place."""
    assert place in EscposPrinter(**options).describe()
