"""The kiosk's settings: one TOML file, checked whole; every fault is told at once, with file, line and what was probably meant.

Paths in the file are relative to it; KIOSK_<SECTION>_<NAME> in the environment overrides a value. Not for secrets: those stand in files of their own.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

APP = "gastlenen-kiosk"
Byte = Annotated[int, Field(ge=0, le=255)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KioskSection(_Section):
    """[kiosk]: the machine in the hall."""

    name: str = "kiosk"
    language: str = "nl"
    languages: tuple[str, ...] = ("nl", "en")
    orientation: Literal["portrait", "landscape"] = "portrait"
    fullscreen: bool = True
    reduced_motion: bool = False
    state_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_state_dir(APP)))
    idle_seconds: float = Field(60, ge=10, le=600)
    take_pass_ends_visit: bool = False


class Backend(StrEnum):
    """Which library system the kiosk asks. `embedded` is a desk of its own, on this machine."""

    EMBEDDED = "embedded"
    HTTP = "http"


class LibrarySection(_Section):
    """[library]: the library's system."""

    name: str = "Bibliotheek"
    backend: Backend = Backend.EMBEDDED
    url: str = ""
    token_file: Path | None = None
    ca_file: Path | None = None
    demo_data: bool = False
    verify_seconds: float = Field(4, gt=0, le=60)
    lend_seconds: float = Field(8, gt=0, le=60)
    settle_seconds: float = Field(15, gt=0, le=120)


class NumberSection(_Section):
    """pass_reader.number: how pass numbers look here."""

    min: int = Field(4, ge=1, le=64)
    max: int = Field(20, ge=1, le=64)
    pattern: str = "[0-9A-Za-z]+"

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        return _pattern(value)


class PassReaderSection(_Section):
    """[pass_reader]: where passes are held."""

    driver: str = "pcsc"
    reader: str = "*"
    formats: tuple[str, ...] = ("iso28560-3",)
    ndef_pattern: str = ""
    number: NumberSection = NumberSection()
    options: dict[str, Any] = {}

    @field_validator("ndef_pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        return _pattern(value)


class ItemReaderSection(_Section):
    """[item_reader]: where items are put; driver "none" where items are only scanned."""

    driver: str = "none"
    reader: str = "*"
    secured: Byte = 0x07
    lent: Byte = 0xC2
    write_security: bool = True
    options: dict[str, Any] = {}


class RuleSection(_Section):
    """scanner.rules: which codes are passes, which are items."""

    kind: Literal["pass", "item"]
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        return _pattern(value)


class ScannerSection(_Section):
    """[scanner]: barcodes. `keyboard` is a scanner that types."""

    driver: str = "keyboard"
    device: str = ""
    rules: tuple[RuleSection, ...] = ()
    options: dict[str, Any] = {}


class PrinterSection(_Section):
    """[printer]: receipts and slips."""

    driver: str = "none"
    connection: Literal["network", "usb", "serial", "file", "cups"] = "network"
    host: str = ""
    port: int = Field(9100, ge=1, le=65535)
    device: str = ""
    path: Path | None = None
    queue: str = ""
    logo: Path | None = None
    raster: bool = True
    profile: str = "default"
    width_mm: Literal[58, 80] = 80
    trust_status: bool | Literal["auto"] = "auto"
    options: dict[str, Any] = {}


class PrivacySection(_Section):
    """[privacy]: what is kept, and what stands on paper."""

    journal_days: int = Field(30, ge=1, le=3650)
    show_titles_on_receipt: bool = True


class Settings(_Section):
    """All sections of a settings file."""

    kiosk: KioskSection = Field(default_factory=KioskSection)
    library: LibrarySection = LibrarySection()
    pass_reader: PassReaderSection = PassReaderSection()
    item_reader: ItemReaderSection = ItemReaderSection()
    scanner: ScannerSection = ScannerSection()
    printer: PrinterSection = PrinterSection()
    privacy: PrivacySection = PrivacySection()


class SettingsWrong(Exception):
    """The settings cannot be used; `faults` are sentences, each with file and line where there is one."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, the file they came from (None: built in), and where each given value came from ("kiosk.name": "kiosk.toml, line 3")."""

    settings: Settings
    file: Path | None
    origins: Mapping[str, str]


_PATHS = (("kiosk", "state_dir"), ("library", "token_file"), ("library", "ca_file"), ("printer", "path"), ("printer", "logo"))


def load(file: Path, environment: Mapping[str, str] = os.environ) -> Loaded:
    """Read a settings file and the environment. Raises SettingsWrong with every fault there is."""
    try:
        text = file.read_text(encoding="utf-8")
        data: dict[str, Any] = tomllib.loads(text)
    except OSError as error:
        raise SettingsWrong((f"{file}: the settings file cannot be read: {error.strerror}.",)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsWrong((f"{file}: this is not TOML: {error}.",)) from error
    origins = {
        f"{section}.{name}": f"{file.name}, line {_line(text, section, name)}"
        for section, values in data.items()
        if isinstance(values, dict)
        for name in values
    }
    faults = _paths(data, origins, file.parent)
    faults += _override(data, origins, environment)
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        faults += [_sentence(fault, file, text, origins) for fault in error.errors()]
        raise SettingsWrong(tuple(faults)) from error
    if faults:
        raise SettingsWrong(tuple(faults))
    _check_together(settings, file)
    return Loaded(settings, file, origins)


def _paths(data: dict[str, Any], origins: Mapping[str, str], folder: Path) -> list[str]:
    """Make paths relative to the file's folder; what is wrong with them."""
    faults = []
    for section, name in _PATHS:
        value = data.get(section, {}).get(name) if isinstance(data.get(section, {}), dict) else None
        if isinstance(value, str):
            try:
                data[section][name] = str(folder / Path(value).expanduser())
            except RuntimeError:
                faults.append(f"{origins[f'{section}.{name}']}: {section}.{name}: there is no such user (given: {json.dumps(value)}).")
    return faults


def _override(data: dict[str, Any], origins: dict[str, str], environment: Mapping[str, str]) -> list[str]:
    faults = []
    known = {
        f"KIOSK_{section}_{name}".upper(): (section, name, inner.annotation is str)
        for section, field in Settings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for name, inner in field.annotation.model_fields.items()
    }
    for variable, value in environment.items():
        if not variable.startswith("KIOSK_"):
            continue
        if variable not in known:
            faults.append(f"{variable}: there is no such setting.{_did_you_mean(variable, known)}")
            continue
        section, name, text = known[variable]
        values = data.setdefault(section, {})
        if not isinstance(values, dict):
            continue  # the section itself is wrong, and that is told
        given = _from_text(value)
        values[name] = value if text and not isinstance(given, str) else given
        origins[f"{section}.{name}"] = f"environment, {variable}"
    return faults


def _from_text(value: str) -> object:
    """Numbers, booleans and lists as in TOML; anything else is text."""
    try:
        return tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return value


def _sentence(fault: Any, file: Path, text: str, origins: Mapping[str, str]) -> str:
    names = [str(part) for part in fault["loc"]]
    where = ".".join(names)
    section, name = names[0], names[1] if len(names) > 1 else ""
    origin = origins.get(f"{section}.{name}", f"{file.name}, line {_line(text, section, name)}")
    if fault["type"] == "extra_forbidden":
        known = _known(names[:-1])
        return f"{origin}: there is no setting {where}.{_did_you_mean(names[-1], known)}"
    if fault["type"] == "missing":
        return f"{origin}: {where} is missing."
    given = fault["input"]
    shown = f" (given: {json.dumps(given, default=str)})" if isinstance(given, str | int | float | bool) else ""
    return f"{origin}: {where}: {fault['msg'].removeprefix('Value error, ')}{shown}."


def _known(path: list[str]) -> tuple[str, ...]:
    model: type[BaseModel] = Settings
    for name in path:
        if name.isdigit():
            continue
        field = model.model_fields.get(name)
        inner = field.annotation if field else None
        arguments = [argument for argument in getattr(inner, "__args__", ()) if isinstance(argument, type)]
        candidate = arguments[0] if arguments else inner
        if not (isinstance(candidate, type) and issubclass(candidate, BaseModel)):
            return ()
        model = candidate
    return tuple(model.model_fields)


def _did_you_mean(word: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean {close[0]}?" if close else ""


def _line(text: str, section: str, name: str) -> int:
    """The line on which a value stands; that of its section, or 1, where it is not to be found."""
    here, found = False, 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([\w.]+)", line):
            here = header[1].split(".")[0] == section
            if here and header[1] in {section, f"{section}.{name}"}:
                found = number
        elif here and name and re.match(rf"\s*{re.escape(name)}\s*[.=]", line):
            return number
    return found


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from error
    return value


def _check_together(settings: Settings, file: Path) -> None:
    """What no single value shows."""
    faults = []
    if settings.kiosk.language not in settings.kiosk.languages:
        faults.append(f"{file.name}: kiosk.language {settings.kiosk.language!r} is not among kiosk.languages.")
    if settings.pass_reader.number.min > settings.pass_reader.number.max:
        faults.append(f"{file.name}: pass_reader.number.min is more than its max, so no pass would ever fit.")
    if settings.library.backend is Backend.HTTP:
        if not settings.library.url:
            faults.append(f'{file.name}: library.backend is "http", so library.url must say where the library answers.')
        if settings.library.token_file is None:
            faults.append(f'{file.name}: library.backend is "http", so library.token_file must name the file with this kiosk\'s token.')
        url = urlsplit(settings.library.url)
        if url.scheme == "http" and not re.fullmatch(r"127(\.\d+){3}|localhost|::1", url.hostname or ""):
            faults.append(f"{file.name}: library.url is not encrypted; use https:// for a library on another machine.")
    if settings.printer.driver == "escpos" and settings.printer.connection == "network" and not settings.printer.host:
        faults.append(f'{file.name}: printer.connection is "network", so printer.host must say which printer.')
    if faults:
        raise SettingsWrong(tuple(faults))
