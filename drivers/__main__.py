"""The drivers on the command line, for staff who set up hardware and for testers: what is plugged in, what a reader sees, what a tag means.

Not part of the kiosk, which uses the same drivers by itself. Numbers of passes are masked unless asked for, since what stands on a screen is often
copied into a message; `explain` shows them, because it is given the bytes.
"""

from __future__ import annotations

import json
import queue
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Annotated, Final, assert_never

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from drivers import contract, registry
from drivers.contract import Role, Sighting, SimulatedPrinter, Tag, sight
from drivers.errors import DeviceError, DeviceMissing, DeviceSilent, Fault, SettingWrong
from drivers.readers import scard
from drivers.scanners import serial
from drivers.supervisor import Watcher
from drivers.tags.identify import Finding, identify

_SHOWN_SIGNS = 3
_USB_INTERFACES, _PRINTER_CLASS = Path("/sys/bus/usb/devices"), "07"
_USUAL: Final[Mapping[Role, str]] = {Role.PASS_READER: "pcsc", Role.ITEM_READER: "pcsc", Role.SCANNER: "evdev", Role.PRINTER: "escpos"}

app = typer.Typer(
    name="drivers",
    help="Readers, scanners and printers: what is there, what they see, what a tag means.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Driver = Annotated[str, typer.Option("--driver", help="Name of the driver, as 'drivers list' gives it; the usual one if left out.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="An option of the driver, name=value, for example reader='ACS*'; may be repeated.")
]
ShowNumber = Annotated[bool, typer.Option("--show-number", help="Show numbers in full instead of masked.")]


def main() -> None:
    """Run a command; a device's error is one sentence and exit code 1, a wrong setting or command 2."""
    try:
        app()
    except DeviceError as error:
        print(f"drivers: {error.hint}", file=sys.stderr)
        raise SystemExit(2 if isinstance(error, SettingWrong) else 1) from None


@app.command("list")
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
        _print_json(found)
    else:
        console = _console()
        for title, names, otherwise in (("Card readers", readers, problem), ("Serial ports", ports, ""), ("USB printers", printers, "")):
            console.print(Text(f"{title}: ", style="bold") + Text(", ".join(names) or otherwise or "none"))
        table = Table("role", "driver", "needs", "", title="Drivers", title_justify="left", box=None)
        for role, name, _ in drivers:
            table.add_row(role.value, name, _package(name) or "nothing", "ready" if _installed(_package(name)) else "not installed")
        console.print(table)


@app.command()
def watch(
    *,
    role: Annotated[Role, typer.Option(help="pass_reader, item_reader or scanner.")] = Role.PASS_READER,
    driver: Driver = "",
    settings: Settings = None,
    seconds: Annotated[float, typer.Option("--for", help="End after so many seconds; 0 = until Ctrl-C.")] = 0,
    as_json: Json = False,
    show_number: ShowNumber = False,
) -> None:
    """Tell everything a reader or scanner sees, as it comes, until Ctrl-C."""
    events = _Events()
    watcher = _watcher(role, driver, settings, events)
    until = monotonic() + seconds if seconds else None
    watcher.start()
    try:
        while (event := events.next(None if until is None else until - monotonic())) is not None:
            if isinstance(event, SettingWrong):
                raise event
            line = {"time": datetime.now().astimezone().isoformat(timespec="milliseconds"), **_told(event, show_number=show_number)}
            if as_json:
                _print_json(line, indent=None)
            else:
                _console().print(Text("  ".join(str(value) for value in line.values() if value not in ("", None))))
    except KeyboardInterrupt:
        pass
    finally:
        watcher.close()


@app.command()
def read(
    *,
    driver: Driver = "",
    settings: Settings = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for a tag.")] = 30,
    as_json: Json = False,
    show_number: ShowNumber = False,
) -> None:
    """Wait for a pass or an item and explain it, sentence by sentence."""
    events = _Events()
    watcher = _watcher(Role.PASS_READER, driver, settings, events)
    until = monotonic() + wait
    watcher.start()
    try:
        while (event := events.next(until - monotonic())) is not None:
            if isinstance(event, DeviceError):
                raise event
            if isinstance(event, tuple) and event:
                break
            if isinstance(event, _Note) and event.event == "up" and not as_json:
                _console().print("Hold a pass or an item to the reader.")
        else:
            raise DeviceSilent(Fault.NO_ANSWER, f"No tag was held to the reader within {wait:g} seconds.")
    finally:
        watcher.close()
    findings = sight(event).findings
    if as_json:
        _print_json([_as_dict(finding, show_number=show_number) for finding in findings])
        return
    for finding in findings:
        _explain(finding, show_number=show_number)


@app.command("print")
def print_receipt(*, driver: Driver = "", settings: Settings = None, as_json: Json = False) -> None:
    """Print a test receipt. Options of the driver by --set, for example --set host=192.0.2.7 or --set connection=usb."""
    printer = registry.make(Role.PRINTER, driver or _USUAL[Role.PRINTER], **_options(settings))
    printer.open()
    try:
        printer.print(_TEST_RECEIPT)
        text = printer.paper[-1].text if isinstance(printer, SimulatedPrinter) and printer.paper else ""
        description = printer.describe()
    finally:
        printer.close()
    if as_json:
        _print_json({"printed": True, "printer": description, "text": text})
    else:
        print(f"Printed on {description}.\n{text}".rstrip())


@app.command()
def explain(
    *,
    memory: Annotated[str, typer.Option(help="The tag's memory from block 0 on, as hex; spaces do not matter.")],
    uid: Annotated[str, typer.Option(help="The UID as hex.")] = "",
    atr: Annotated[str, typer.Option(help="The ATR as hex.")] = "",
    afi: Annotated[str, typer.Option(help="The application family byte as hex.")] = "",
    as_json: Json = False,
) -> None:
    """Explain a tag whose bytes are given by hand."""
    family = _hex("afi", afi)
    if len(family) > 1:
        raise SettingWrong("--afi is one byte, two hexadecimal digits.")
    finding = identify(_hex("memory", memory), _hex("uid", uid), _hex("atr", atr), afi=family[0] if family else None)
    if as_json:
        _print_json(_as_dict(finding, show_number=True))
    else:
        _explain(finding, show_number=True)


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


@dataclass(frozen=True, slots=True)
class _Note:
    """Something a device told besides what lies on it: "up" with its description, "near", or "scan" with the code."""

    event: str
    description: str = ""
    code: str = field(default="", repr=False)


Event = tuple[Tag, ...] | _Note | DeviceError
"""What a device told: what lies there, a note, or why it is down."""


class _Events:
    """Takes what all listeners are told, from the device's thread to this one."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def next(self, seconds: float | None) -> Event | None:
        """The next event, None when there was none in time."""
        try:
            return self._queue.get(timeout=None if seconds is None else max(seconds, 0))
        except queue.Empty:
            return None

    def sensed(self) -> None:
        self._queue.put(_Note("near"))

    def saw(self, tags: tuple[Tag, ...]) -> None:
        self._queue.put(tags)

    def scanned(self, code: str) -> None:
        self._queue.put(_Note("scan", code=code))

    def up(self, role: Role, description: str) -> None:  # noqa: ARG002  Health's signature; one device is watched
        self._queue.put(_Note("up", description))

    def down(self, role: Role, reason: Fault, hint: str) -> None:  # noqa: ARG002  see up
        self._queue.put(SettingWrong(hint) if reason is Fault.WRONG_SETTING else DeviceMissing(reason, hint))


def _watcher(role: Role, driver: str, settings: list[str] | None, events: _Events) -> Watcher:
    name, options = driver or _USUAL[role], _options(settings)
    match role:
        case Role.PASS_READER | Role.ITEM_READER:
            return Watcher(role, registry.make(role, name, **options), events, events)
        case Role.SCANNER:
            return Watcher(role, registry.make(role, name, **options), events, events)
        case Role.PRINTER:
            raise SettingWrong("A printer sees nothing; use 'drivers print'.")
        case _:
            assert_never(role)


def _told(event: Event, *, show_number: bool) -> dict[str, object]:
    """An event as a line of output."""
    if isinstance(event, DeviceError):
        return {"event": "down", "reason": event.reason.value, "hint": event.hint}
    if isinstance(event, _Note):
        told = {"event": event.event, "description": event.description, "code": _masked(event.code, show=show_number)}
        return {name: text for name, text in told.items() if text}
    seen: Sighting = sight(event)
    return {"event": "lies", "seen": seen.seen.value, "number": _masked(seen.number, show=show_number), "owner": seen.owner}


def _as_dict(finding: Finding, *, show_number: bool) -> dict[str, object]:
    """A finding as JSON, numbers masked unless they are to be shown."""
    return {
        "kind": finding.kind.value,
        "accepted": finding.accepted,
        "model": finding.model,
        "number": _masked(finding.number, show=show_number),
        "owner": finding.owner,
        "usage": finding.usage,
        "parts": finding.parts,
        "part": finding.part,
        "secured": finding.secured,
        "candidates": [{"number": _masked(number, show=show_number), "model": model} for number, model in finding.candidates],
        "reasons": list(finding.reasons),
    }


def _explain(finding: Finding, *, show_number: bool) -> None:
    console = _console()
    verdict = "may be used" if finding.accepted else "damaged" if finding.damaged else "not used"
    console.print(Text(finding.kind.value.replace("_", " "), style="bold") + Text(f": {verdict}"))
    for number, model in finding.candidates:
        console.print(Text(f"  {model:<12} {_masked(number, show=show_number)}"))
    for reason in finding.reasons:
        console.print(Text(f"  - {reason}"))


def _masked(number: str, *, show: bool) -> str:
    """A number with all but its end hidden; a short one is hidden whole."""
    if show:
        return number
    shown = number[-_SHOWN_SIGNS:] if len(number) > 2 * _SHOWN_SIGNS else ""
    return "*" * (len(number) - len(shown)) + shown


def _options(settings: list[str] | None) -> dict[str, object]:
    """`name=value` as a driver's options; values as in a settings file, text where they are none. Raises SettingWrong."""
    options: dict[str, object] = {}
    for setting in settings or ():
        name, equals, value = setting.partition("=")
        if not equals:
            raise SettingWrong(f"--set takes name=value, not '{setting}'.")
        try:
            options[name.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            options[name.strip()] = value
    return options


def _hex(option: str, text: str) -> bytes:
    """Raises SettingWrong."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise SettingWrong(f"--{option} must be hexadecimal digits, two for each byte.") from error


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


def _print_json(value: object, indent: int | None = 2) -> None:
    print(json.dumps(value, indent=indent, ensure_ascii=False), flush=True)


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True, emoji=False)


if __name__ == "__main__":
    main()
