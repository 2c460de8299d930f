"""The table of drivers: which driver names each role knows, and where their classes are. Not for opening devices, nor for keeping them open (supervisor).

Other packages add drivers by entry points of the group "gastlenen.drivers", named "<role>.<driver>", for example "pass_reader.acme".
"""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Final, Literal, cast, overload

from drivers.contract import Device, Printer, Role, Scanner, TagReader
from drivers.errors import DeviceMissing, Fault, SettingWrong

GROUP: Final = "gastlenen.drivers"

_READERS: Final = MappingProxyType(
    {
        "feig": "drivers.readers.feig:FeigReader",
        "nfcpy": "drivers.readers.nfcpy:NfcpyReader",
        "pcsc": "drivers.readers.pcsc:PcscReader",
        "simulated": "drivers.readers.simulated:SimulatedTagReader",
        "transcript": "drivers.transcript:PlayedReader",
    }
)

DRIVERS: Final[Mapping[Role, Mapping[str, str]]] = MappingProxyType(
    {
        Role.PASS_READER: _READERS,
        Role.ITEM_READER: _READERS,
        Role.SCANNER: MappingProxyType(
            {
                "evdev": "drivers.scanners.evdev:EvdevScanner",
                "serial": "drivers.scanners.serial:SerialScanner",
                "simulated": "drivers.scanners.simulated:SimulatedBarcodeScanner",
            }
        ),
        Role.PRINTER: MappingProxyType(
            {"escpos": "drivers.printers.escpos:EscposPrinter", "simulated": "drivers.printers.simulated:SimulatedPrinter"}
        ),
    }
)

PACKAGES: Final[Mapping[str, str]] = MappingProxyType(
    {"pcsc": "smartcard", "nfcpy": "nfc", "feig": "serial", "evdev": "evdev", "serial": "serial", "escpos": "escpos"}
)
"""The module that a driver of ours needs when it is opened, by driver name."""


def available(role: Role) -> Mapping[str, str]:
    """Every driver of a role, ours and those that other packages add: name -> "module:Class". Ours cannot be replaced by another of the same name."""
    added = {entry.name.removeprefix(f"{role}."): entry.value for entry in entry_points(group=GROUP) if entry.name.startswith(f"{role}.")}
    return {**added, **DRIVERS[role]}


@overload
def make(role: Literal[Role.PASS_READER, Role.ITEM_READER], driver: str, **options: object) -> TagReader: ...
@overload
def make(role: Literal[Role.SCANNER], driver: str, **options: object) -> Scanner: ...
@overload
def make(role: Literal[Role.PRINTER], driver: str, **options: object) -> Printer: ...
@overload
def make(role: Role, driver: str, **options: object) -> Device: ...
def make(role: Role, driver: str, **options: object) -> Device:
    """Make a driver; no device is touched yet. `options` are those of the driver's class.

    Raises SettingWrong for a driver or an option that does not exist or is left out, DeviceMissing when the driver's own package cannot be loaded.
    """
    where = DRIVERS[role].get(driver) or available(role).get(driver)
    if where is None:
        raise SettingWrong(f"There is no {role} driver '{driver}'{_did_you_mean(driver, available(role))}")
    module, _, name = where.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        hint = f"The {role} driver '{driver}' cannot be loaded from {where}; install its package again."
        raise DeviceMissing(Fault.PACKAGE_MISSING, hint) from error
    known = inspect.signature(found).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
    for option in options:
        if option not in known and not takes_any:
            raise SettingWrong(f"The {role} driver '{driver}' has no option '{option}'{_did_you_mean(option, known)}")
    for parameter in known.values():
        needed = parameter.default is parameter.empty and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if needed and parameter.name not in options:
            raise SettingWrong(f"The {role} driver '{driver}' needs the option '{parameter.name}'.")
    return cast("Device", found(**options))


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about a word that does not exist."""
    names = sorted(known)
    if not names:
        return "; it has none."
    near = difflib.get_close_matches(word.lower(), names, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; there is {', '.join(names)}."
