"""Keyboard scanners: found by their numbers, taken for the kiosk alone, read key by key. The kernel's part is played by files and a pipe."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from drivers.contract import Role
from drivers.errors import DeviceMissing, Fault, SettingWrong
from drivers.scanners import input_devices
from drivers.scanners.evdev import EvdevScanner
from drivers.supervisor import Watcher
from tests.drivers.recording import Recorder

KEYBOARD = "120013 803878f800d001 feffffdfffefffff fffffffffffffffe"
VOLUME = "3e000b00000000 0 0 0"
DIGITS = dict(zip("1234567890", range(2, 12), strict=True))


def plug(folder: Path, number: int, vendor: str, product: str, keys: str = KEYBOARD) -> None:
    """An input device as the kernel shows it."""
    device = folder / f"event{number}" / "device"
    (device / "id").mkdir(parents=True)
    (device / "capabilities").mkdir()
    (device / "id" / "vendor").write_text(vendor + "\n")
    (device / "id" / "product").write_text(product + "\n")
    (device / "capabilities" / "key").write_text(keys + "\n")


def test_a_scanner_is_found_by_vendor_and_product(tmp_path: Path) -> None:
    """The one that can type, of two that one scanner brings; the lowest number where two scanners are alike."""
    plug(tmp_path, 2, "046d", "c31c")
    plug(tmp_path, 3, "05e0", "1200", VOLUME)
    plug(tmp_path, 10, "05e0", "1200")
    plug(tmp_path, 11, "05e0", "1200")
    assert input_devices.find("05e0", "1200", tmp_path, Path("/dev/input")) == "/dev/input/event10"


def test_a_scanner_that_is_not_there_is_missing(tmp_path: Path) -> None:
    """Another product of the same maker is another device."""
    plug(tmp_path, 0, "05e0", "1300")
    with pytest.raises(DeviceMissing) as missing:
        input_devices.find("05e0", "1200", tmp_path)
    assert missing.value.reason is Fault.NOT_PLUGGED_IN
    assert "05e0:1200" in missing.value.hint


def test_a_setting_is_two_numbers_or_a_path() -> None:
    """In any case; anything else is told before the device is looked for."""
    assert input_devices.numbers("05E0:1200") == ("05e0", "1200")
    assert input_devices.numbers("/dev/input/by-id/usb-Symbol-event-kbd") is None
    for wrong in ("05e0", "05e0:12", "scanner", ""):
        with pytest.raises(SettingWrong):
            input_devices.numbers(wrong)


@dataclass
class Kernel:
    """The package evdev as far as it is used, on a pipe: a byte is a key that was pressed."""

    read_end: int
    write_end: int
    refuses: int = 0
    grabbed: int = 0
    opened: str = ""

    def device(self, path: str) -> SimpleNamespace:
        self.opened = path
        return SimpleNamespace(fileno=lambda: self.read_end, grab=self.grab, read=self.read, close=lambda: None)

    def grab(self) -> None:
        if self.refuses:
            raise OSError(self.refuses, os.strerror(self.refuses))
        self.grabbed += 1

    def read(self) -> list[SimpleNamespace]:
        keys = os.read(self.read_end, 64)
        if not keys:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
        return [SimpleNamespace(type=1, code=key, value=value) for key in keys for value in (1, 0)]


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    read_end, write_end = os.pipe()
    kernel = Kernel(read_end, write_end)
    monkeypatch.setitem(sys.modules, "evdev", SimpleNamespace(InputDevice=kernel.device))
    yield kernel
    os.close(read_end)


def test_a_scanner_is_grabbed_read_and_lost(kernel: Kernel) -> None:
    """Keys become a code at Enter; pulled out it is down."""
    told = Recorder()
    watcher = Watcher(Role.SCANNER, EvdevScanner("/dev/input/event5"), told, told)
    watcher.start()
    told.wait_for(("up", Role.SCANNER))
    assert (kernel.opened, kernel.grabbed) == ("/dev/input/event5", 1)
    os.write(kernel.write_end, bytes((*(DIGITS[digit] for digit in "2026"), 28)))
    told.wait_for(("scanned", "2026"))
    os.close(kernel.write_end)
    told.wait(lambda events: ("down", Fault.UNPLUGGED) in events)
    watcher.close()


def test_a_scanner_that_another_program_holds_is_busy(kernel: Kernel) -> None:
    """Two programs cannot have it for themselves."""
    kernel.refuses = errno.EBUSY
    with pytest.raises(DeviceMissing) as busy:
        EvdevScanner("/dev/input/event5").open()
    assert busy.value.reason is Fault.BUSY
    os.close(kernel.write_end)
