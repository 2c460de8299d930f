"""Commands about devices as such: what is plugged in and which drivers are there, and a test receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import typer
from rich.table import Table
from rich.text import Text

from drivers import contract, registry
from drivers.contract import Role, SimulatedPrinter
from drivers.errors import DeviceMissing
from drivers.readers import scard
from drivers.scanners import serial
from drivers.tools.options import USUAL, Driver, Json, Settings, console, options_of, print_json

_USB_INTERFACES, _PRINTER_CLASS = Path("/sys/bus/usb/devices"), "07"

_TEST_RECEIPT: Final[Sequence[contract.Line]] = (
    contract.Text("Test", bold=True, size=contract.Size.LARGE, align=contract.Align.CENTER),
    contract.Gap(),
    contract.Text("Dit is een proefbon. Staat alles recht en leesbaar op het papier, dan werkt de printer."),
    contract.Rule(),
    contract.Pair("Links", "rechts"),
    contract.Pair("Een lange titel die op een volgende regel verder moet gaan", "14-12-2026", bold=True),
    contract.Text("Tekens: é ë ï ö ü ŷ ş ğ € “”"),
    contract.Qr("https://example.org/"),
)


def list_devices(*, as_json: Json = False) -> None:
    """List what is plugged in and the drivers that are there; if pcscd does not answer, why."""
    readers, problem = _ask(scard.plugged_in)
    ports, _ = _ask(serial.plugged_in)
    printers = _usb_printers()
    drivers = [(role, name, where) for role in Role for name, where in sorted(registry.available(role).items())]
    if as_json:
        rows = [
            {"role": role.value, "driver": name, "class": where, "package": _package(name), "ready": _installed(_package(name))}
            for role, name, where in drivers
        ]
        found = {"card_readers": readers, "card_readers_problem": problem, "serial_ports": ports, "usb_printers": printers, "drivers": rows}
        print_json(found)
    else:
        out = console()
        for title, names, otherwise in (("Card readers", readers, problem), ("Serial ports", ports, ""), ("USB printers", printers, "")):
            out.print(Text(f"{title}: ", style="bold") + Text(", ".join(names) or otherwise or "none"))
        table = Table("role", "driver", "needs", "", title="Drivers", title_justify="left", box=None)
        for role, name, _ in drivers:
            table.add_row(role.value, name, _package(name) or "nothing", "ready" if _installed(_package(name)) else "not installed")
        out.print(table)


def print_receipt(*, driver: Driver = "", settings: Settings = None, as_json: Json = False) -> None:
    """Print a test receipt. Options of the driver by --set, for example --set host=192.0.2.7 or --set connection=usb."""
    printer = registry.make(Role.PRINTER, driver or USUAL[Role.PRINTER], **options_of(settings))
    printer.open()
    try:
        printer.print(_TEST_RECEIPT)
        text = printer.paper[-1].text if isinstance(printer, SimulatedPrinter) and printer.paper else ""
        description = printer.describe()
    finally:
        printer.close()
    if as_json:
        print_json({"printed": True, "printer": description, "text": text})
    else:
        typer.echo(f"Printed on {description}.\n{text}".rstrip())


def _ask(what: Callable[[], tuple[str, ...]]) -> tuple[tuple[str, ...], str]:
    """What is plugged in, or why that is not known."""
    try:
        return what(), ""
    except DeviceMissing as error:
        return (), error.hint


def _package(driver: str) -> str:
    """The module that a driver of ours needs, empty where it needs none or is another's."""
    return registry.PACKAGES.get(driver, "")


def _installed(package: str) -> bool:
    return not package or find_spec(package) is not None


def _usb_printers() -> tuple[str, ...]:
    """USB devices with an interface of the printer class, by their maker's and product's names."""
    found: list[str] = []
    for kind in sorted(_USB_INTERFACES.glob("*/bInterfaceClass")):
        if kind.read_text().strip() == _PRINTER_CLASS:
            device = kind.parent.resolve().parent
            words = (device / part for part in ("manufacturer", "product", "idVendor", "idProduct"))
            found.append(" ".join(word.read_text().strip() for word in words if word.exists()))
    return tuple(found)
