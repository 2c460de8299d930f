"""A barcode scanner that types like a keyboard, grabbed for the kiosk alone, so that no code reaches another program. Not for keyboards of people.

Source of the numbers: linux/input-event-codes.h. The scanner must be set to the US layout, which is how scanners leave the factory.
"""

from __future__ import annotations

import errno
import importlib
from typing import Any, Final

from drivers.errors import DeviceLost, DeviceMissing, Fault
from drivers.scanners import input_devices
from drivers.scanners.descriptor import DescriptorScanner
from drivers.scanners.framing import Codes

EV_KEY: Final = 1
_RELEASED, _PRESSED = 0, 1
_SHIFTS = frozenset({42, 54})
_ROWS: Final = (
    # first key code, signs without shift, signs with shift
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (15, "\tqwertyuiop[]\n", "\tQWERTYUIOP{}\n"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (55, "*", "*"),
    (57, " ", " "),
    (71, "789-456+1230.", "789-456+1230."),
    (96, "\n", "\n"),
    (98, "/", "/"),
)


class Keys:
    """Turns key events into text. Pure."""

    def __init__(self) -> None:
        self._shifts: set[int] = set()
        self._plain = {first + step: sign for first, signs, _ in _ROWS for step, sign in enumerate(signs)}
        self._shifted = {first + step: sign for first, _, signs in _ROWS for step, sign in enumerate(signs)}

    def typed(self, code: int, value: int) -> str:
        """The sign that this event types, or nothing: `value` 0 is a release, 1 a press, 2 a repeat, which scanners do not mean."""
        if code in _SHIFTS:
            (self._shifts.discard if value == _RELEASED else self._shifts.add)(code)
            return ""
        if value != _PRESSED:
            return ""
        return (self._shifted if self._shifts else self._plain).get(code, "")


class EvdevScanner(DescriptorScanner[Any]):
    """`device` is vendor and product as `lsusb` shows them ("05e0:1200"), or a path under /dev/input, best one of by-id.

    `prefix` and `suffix` are what the scanner types around a code, besides Enter.
    """

    def __init__(self, device: str, prefix: str = "", suffix: str = "") -> None:
        super().__init__()
        self._device = device
        self._framing = (prefix, suffix)
        self._keys = Keys()
        self._codes = Codes(*self._framing)

    def describe(self) -> str:
        """Where it is plugged in."""
        return f"keyboard scanner on {self._device}"

    def _reach(self) -> Any:
        try:
            evdev = importlib.import_module("evdev")
        except ImportError as error:
            hint = "evdev cannot be loaded: install it with the extra 'evdev' of this program, or set the scanner to serial mode."
            raise DeviceMissing(Fault.PACKAGE_MISSING, hint) from error
        self._keys = Keys()
        self._codes = Codes(*self._framing)
        by_numbers = input_devices.numbers(self._device)
        path = input_devices.find(*by_numbers) if by_numbers else self._device
        try:
            source = evdev.InputDevice(path)
        except PermissionError as error:
            hint = f"The kiosk's user may not open {path}; see config/linux/70-gastlenen.rules."
            raise DeviceMissing(Fault.NO_PERMISSION, hint) from error
        except OSError as error:
            hint = f"There is no scanner on {self._device}; plug it in, or set it to keyboard mode."
            raise DeviceMissing(Fault.NOT_PLUGGED_IN, hint) from error
        try:
            source.grab()
        except OSError as error:
            source.close()
            reason = Fault.BUSY if error.errno == errno.EBUSY else Fault.NOT_PLUGGED_IN
            raise DeviceMissing(reason, f"{self._device} cannot be taken for the kiosk alone; end the program that holds it.") from error
        return source

    def _take(self, source: Any) -> list[str]:
        try:
            typed = "".join(self._keys.typed(event.code, event.value) for event in source.read() if event.type == EV_KEY)
        except BlockingIOError:
            return []
        except OSError as error:
            raise DeviceLost(Fault.UNPLUGGED, f"The scanner on {self._device} is gone; plug it in again.") from error
        return self._codes.feed(typed)
