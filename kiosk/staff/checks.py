"""Looks at settings, devices and library one by one and says in a sentence what is wrong and how to mend it. Changes nothing, prints nothing on paper."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from drivers.contract import Device, Paper, Printer, Role
from drivers.errors import DeviceError
from kiosk.ports import Library, LibraryError


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `needed`: without it no guest can be helped."""

    what: str
    well: bool
    says: str
    needed: bool = True


def check_device(role: Role, make: Callable[[], Device | None], *, needed: bool) -> Check:
    """Open a device and close it again."""
    try:
        device = make()
        if device is None:
            return Check(role.value, not needed, "The settings name none.", needed)
        try:
            device.open()
            return Check(role.value, True, _describe(device), needed)
        finally:
            device.close()
    except DeviceError as error:
        return Check(role.value, False, error.hint, needed)


def check_printer(make: Callable[[], Printer | None]) -> Check:
    """Open the printer, ask how it is, and close it again. A guest can be helped without one."""
    try:
        printer = make()
        if printer is None:
            return Check(Role.PRINTER.value, True, "The settings name none; guests see their due dates on the screen.", needed=False)
        try:
            printer.open()
            status = printer.status()
        finally:
            printer.close()
    except DeviceError as error:
        return Check(Role.PRINTER.value, False, error.hint, needed=False)
    if status.cover_open:
        return Check(Role.PRINTER.value, False, "The cover is open; close it.", needed=False)
    if status.paper is Paper.OUT:
        return Check(Role.PRINTER.value, False, "The paper is out; put in a new roll.", needed=False)
    if status.believable and not status.online:
        return Check(Role.PRINTER.value, False, "The printer is offline; look at its lamp or switch it off and on.", needed=False)
    says = _describe(printer)
    if status.paper is Paper.NEAR_END:
        says += " The paper is nearly out."
    return Check(Role.PRINTER.value, True, says, needed=False)


def check_secret(file: Path) -> Check:
    """Look whether a secret stands where only the kiosk's user can read it."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        return Check("token", False, f"{file} cannot be read: {error.strerror}. `desk pair` makes it.")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Check("token", False, f"Others can read {file}; run: chmod 600 {file}", needed=False)
    return Check("token", True, f"{file} can be read by the kiosk's user only.")


def check_library(open_library: Callable[[], Library]) -> Check:
    """Ask the library whether it is there."""
    try:
        status = open_library().status()
    except LibraryError as error:
        return Check("library", False, error.hint)
    except OSError as error:
        return Check("library", False, f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.")
    return Check("library", True, f"{status.name or 'The library'} answers (desk {status.version}).")


def verdict(checks: Iterable[Check]) -> bool:
    """Whether everything that a guest needs is there."""
    return all(check.well or not check.needed for check in checks)


def _describe(device: Device) -> str:
    text = device.describe()
    return text[:1].upper() + text[1:] + "."
