"""What the encoder must know of a printer: columns, code page, cutter, QR. Read from the profiles that come with python-escpos; not for talking to it.

The profiles are read as data, without importing python-escpos: importing it sets up the root logger, makes a temporary folder and takes 0.2 s.
"""

from __future__ import annotations

import difflib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from drivers.errors import DeviceMissing, Fault, SettingWrong

# The pages that have the letters of Dutch and Frisian, best first. CP858 has the euro, every accent and an unbroken rule, and printers agree on it;
# one page for the whole receipt, because changing pages inside a word is where printers differ.
PAGES = {"CP858": "cp858", "CP1252": "cp1252", "CP850": "cp850", "CP437": "cp437"}
_NARROW, _WIDE = 58, 80
_NARROW_COLUMNS = 32
_WIDE_COLUMNS = (42, 48)
_DOTS = 12


class Cut(Enum):
    """How the paper is cut: the argument of GS V, which also feeds to the knife; None where there is no knife."""

    PARTIAL = 66
    FULL = 65
    NONE = None


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of printer with one width of paper.

    `columns` of font A on a line; `page` the number of ESC t for `codec`, None where no page is known (then ASCII only);
    `qr` = it draws QR codes itself; `codecs` = what each page number means, as far as Python knows the page.
    """

    width_mm: int = _WIDE
    columns: int = _WIDE_COLUMNS[0]
    page: int | None = 19
    codec: str = "cp858"
    cut: Cut = Cut.PARTIAL
    qr: bool = True
    codecs: Mapping[int, str] = field(default_factory=dict, repr=False)

    @property
    def dots(self) -> int:
        """How wide a line is: font A is twelve dots wide, and a picture should be no wider than the words."""
        return self.columns * _DOTS


def form(profile: str = "default", width_mm: int = _WIDE) -> Form:
    """Look up a profile by its name in python-escpos, with paper 80 or 58 mm wide. Raises SettingWrong, DeviceMissing (python-escpos is not there)."""
    if width_mm not in {_WIDE, _NARROW}:
        raise SettingWrong(f"width_mm is {width_mm}; receipt paper is {_WIDE} or {_NARROW} mm wide.")
    database = _database()
    profiles: dict[str, Any] = database["profiles"]
    if profile not in profiles:
        close = difflib.get_close_matches(profile, profiles, n=1, cutoff=0.4) or ["default"]
        raise SettingWrong(f'There is no printer profile "{profile}"; did you mean "{close[0]}"?')
    data = profiles[profile]
    names = {name: int(number) for number, name in data["codePages"].items()}
    page, codec = next(((names[name], codec) for name, codec in PAGES.items() if name in names), (None, "ascii"))
    encodings = database["encodings"]
    features = data["features"]
    return Form(
        width_mm=width_mm,
        columns=_columns(data, width_mm),
        page=page,
        codec=codec,
        cut=Cut.PARTIAL if features.get("paperPartCut") else Cut.FULL if features.get("paperFullCut") else Cut.NONE,
        qr=bool(features.get("qrCode")),
        codecs={number: known for name, number in names.items() if (known := encodings.get(name, {}).get("python_encode"))},
    )


def _columns(data: dict[str, Any], width_mm: int) -> int:
    """Count the columns of font A: 32 on narrow paper; on wide paper what the profile says, where that can be (42 to 48)."""
    if width_mm == _NARROW:
        return _NARROW_COLUMNS
    fewest, most = _WIDE_COLUMNS
    columns = int(data["fonts"]["0"]["columns"])
    return columns if fewest <= columns <= most else fewest


def _database() -> dict[str, Any]:
    package = importlib.util.find_spec("escpos")
    if package is None or package.origin is None:
        raise DeviceMissing(Fault.PACKAGE_MISSING, "Install the package python-escpos: it knows the kinds of printers.")
    try:
        database: dict[str, Any] = json.loads((Path(package.origin).parent / "capabilities.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DeviceMissing(
            Fault.PACKAGE_MISSING, "Install the package python-escpos 3.1 again: its list of printers cannot be read."
        ) from error
    return database
