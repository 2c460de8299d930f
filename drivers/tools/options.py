"""What the commands share: their options, how numbers are masked, how lines and JSON are printed. No command of its own."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from re import Pattern
from typing import Annotated, Final

import typer
from rich.console import Console

from drivers.contract import Role
from drivers.errors import SettingWrong

USUAL: Final[Mapping[Role, str]] = {Role.PASS_READER: "pcsc", Role.ITEM_READER: "pcsc", Role.SCANNER: "evdev", Role.PRINTER: "escpos"}
"""The driver of each role where none is named."""

_SHOWN_SIGNS = 3

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Driver = Annotated[str, typer.Option("--driver", help="Name of the driver, as 'drivers list' gives it; the usual one if left out.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="An option of the driver, name=value, for example reader='ACS*'; may be repeated.")
]
ShowNumber = Annotated[bool, typer.Option("--show-number", help="Show numbers in full instead of masked.")]
NdefNumber = Annotated[
    str, typer.Option("--ndef-number", help="A pattern that finds the pass number in the text or address of an NFC tag.")
]


def masked(number: str, *, show: bool) -> str:
    """A number with all but its end hidden; a short one is hidden whole."""
    if show:
        return number
    shown = number[-_SHOWN_SIGNS:] if len(number) > 2 * _SHOWN_SIGNS else ""
    return "*" * (len(number) - len(shown)) + shown


def options_of(settings: list[str] | None) -> dict[str, object]:
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


def hex_bytes(option: str, text: str) -> bytes:
    """Raises SettingWrong."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise SettingWrong(f"--{option} must be hexadecimal digits, two for each byte.") from error


def pattern_of(option: str, text: str) -> Pattern[str] | None:
    """None where it is empty. Raises SettingWrong."""
    try:
        return re.compile(text) if text else None
    except re.error as error:
        raise SettingWrong(f"--{option} is no pattern: {error}.") from error


def one_byte(option: str, text: str) -> int | None:
    """None where it is empty. Raises SettingWrong."""
    found = hex_bytes(option, text)
    if len(found) > 1:
        raise SettingWrong(f"--{option} is one byte, two hexadecimal digits.")
    return found[0] if found else None


def print_json(value: object, indent: int | None = 2) -> None:
    """To standard output, at once."""
    typer.echo(json.dumps(value, indent=indent, ensure_ascii=False))


def console() -> Console:
    """Standard output for people; nothing in a text is taken for markup."""
    return Console(highlight=False, soft_wrap=True, emoji=False)
