"""Finds a keyboard scanner among the input devices by the numbers of its maker and product. Not for reading it (evdev).

Source: /sys/class/input/eventN/device/id/{vendor,product}, four hexadecimal digits each, as `lsusb` shows them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from drivers.errors import DeviceMissing, Fault, SettingWrong

CLASS: Final = Path("/sys/class/input")
FOLDER: Final = Path("/dev/input")

_NUMBERS = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})")
_KEYS_OF_A_KEYBOARD = 32
"""A scanner can type letters and digits; its other input devices, such as volume keys, know few keys."""


def numbers(device: str) -> tuple[str, str] | None:
    """Vendor and product of a setting such as "05e0:1200", in lower case; None where it is a path. Raises SettingWrong."""
    if "/" in device:
        return None
    found = _NUMBERS.fullmatch(device)
    if found is None:
        raise SettingWrong(f"'{device}' is no scanner: give vendor and product as 'lsusb' shows them, for example 05e0:1200, or a path.")
    return found[1].lower(), found[2].lower()


def find(vendor: str, product: str, sys_class: Path = CLASS, folder: Path = FOLDER) -> str:
    """The path of the input device with these numbers that can type; of several the first. Raises DeviceMissing."""
    for event in sorted(sys_class.glob("event*"), key=lambda path: int(path.name.removeprefix("event") or 0)):
        identity = event / "device" / "id"
        if (_read(identity / "vendor"), _read(identity / "product")) == (vendor, product) and _types(event):
            return str(folder / event.name)
    hint = f"No keyboard scanner {vendor}:{product} is plugged in; plug it in, or set it to keyboard mode."
    raise DeviceMissing(Fault.NOT_PLUGGED_IN, hint)


def _types(event: Path) -> bool:
    """Whether the device has the keys of a keyboard: the kernel gives a map of bits, the lowest word last."""
    return sum(int(word, 16).bit_count() for word in _read(event / "device" / "capabilities" / "key").split()) >= _KEYS_OF_A_KEYBOARD


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:  # It may have been unplugged just now.
        return ""
