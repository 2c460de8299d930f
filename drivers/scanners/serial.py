"""A barcode scanner on a serial port: RS-232, USB in serial mode (/dev/ttyACM0), or a network port (socket://host:port). Not for keyboard scanners."""

from __future__ import annotations

import errno
import importlib
from typing import Any

from drivers.errors import DeviceLost, DeviceMissing, Fault, SettingWrong
from drivers.scanners.descriptor import DescriptorScanner
from drivers.scanners.framing import Codes

_AT_ONCE = 4096


class SerialScanner(DescriptorScanner[Any]):
    """`device` is a path or a pyserial URL; `prefix` and `suffix` are what the scanner was set up to send around a code, besides CR or LF.

    The codes are text in UTF-8; what is not comes out with replacement characters and is no code that anybody knows.
    """

    def __init__(self, device: str, baudrate: int = 9600, prefix: str = "", suffix: str = "") -> None:
        super().__init__()
        self._device = device
        self._baudrate = baudrate
        self._framing = (prefix, suffix)
        self._codes = Codes(*self._framing)

    def describe(self) -> str:
        """Where it is plugged in."""
        return f"serial scanner on {self._device}"

    def _reach(self) -> Any:
        try:
            serial = importlib.import_module("serial")
        except ImportError as error:
            raise DeviceMissing(Fault.PACKAGE_MISSING, "pyserial cannot be loaded: install the package pyserial.") from error
        self._codes = Codes(*self._framing)
        try:
            return serial.serial_for_url(self._device, baudrate=self._baudrate, timeout=0)
        except ValueError as error:
            raise SettingWrong(f"'{self._device}' at {self._baudrate} baud is no serial port; give a path such as /dev/ttyACM0.") from error
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                hint = f"The kiosk's user may not open {self._device}; add it to the group dialout."
                raise DeviceMissing(Fault.NO_PERMISSION, hint) from error
            hint = f"There is no serial scanner on {self._device}; plug it in, or set the scanner to serial mode."
            raise DeviceMissing(Fault.NOT_PLUGGED_IN, hint) from error

    def _take(self, source: Any) -> list[str]:
        try:
            received: bytes = source.read(_AT_ONCE)
        except OSError as error:
            raise DeviceLost(Fault.UNPLUGGED, f"The serial scanner on {self._device} is gone; plug it in again.") from error
        return self._codes.feed(received.decode(errors="replace"))


def plugged_in() -> tuple[str, ...]:
    """The serial ports of this machine with what is known of them, one line each. Raises DeviceMissing when pyserial cannot be loaded."""
    try:
        list_ports = importlib.import_module("serial.tools.list_ports")
    except ImportError as error:
        raise DeviceMissing(Fault.PACKAGE_MISSING, "pyserial cannot be loaded: install the package pyserial.") from error
    return tuple(f"{port.device}: {port.description}" for port in sorted(list_ports.comports()))
