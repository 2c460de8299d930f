"""What a story may say, and reading it from a file. Not for playing it (player)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Held(_Told):
    """What is held to the reader: a pass of the demo, a barcode, another kind of card, or bytes given by hand."""

    pass_: str = Field("", alias="pass")
    barcode: str = ""
    kind: str = ""
    chip: Literal["", "iso28560-3"] = ""
    hex: str = ""

    @model_validator(mode="after")
    def _one(self) -> Held:
        given = [bool(self.pass_), bool(self.barcode), bool(self.kind), bool(self.hex)]
        if sum(given) != 1:
            raise ValueError("say exactly one of pass, barcode, kind or hex")
        if self.hex:
            bytes.fromhex(self.hex)
        return self


class DeskRecord(_Told):
    """What the library has on record for the last visit: exactly these loans, so many strips left."""

    loans: tuple[str, ...] | None = None
    strips: int | None = None


class Step(_Told):
    """One step: first what is done, then what must be so."""

    now: datetime | None = None
    nightly: bool = False
    fault: str = ""
    clear: str = ""
    hold: Held | tuple[Held, ...] | None = None
    place: tuple[str, ...] = ()
    scan: str = ""
    take: Literal["pass"] | tuple[str, ...] = ()
    tap: str = ""
    wait: float = Field(0, ge=0, le=86_400)

    within: float | None = Field(None, gt=0, le=600)
    sees: str = ""
    sees_not: str | tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    shows_not: tuple[str, ...] = ()
    receipt: tuple[str, ...] | None = None
    secured: dict[str, bool] = {}
    desk: DeskRecord | None = None
    journal: dict[str, str | int | bool] = {}


class Story(_Told):
    """A story as its file tells it."""

    name: str
    about: str = ""
    language: str = ""
    step: tuple[Step, ...] = Field(min_length=1)


class StoryWrong(Exception):
    """A story file cannot be played; `faults` are sentences with file and line."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def load_story(file: Path) -> Story:
    """Read a story file. Raises StoryWrong with every fault and its line."""
    try:
        text = file.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise StoryWrong((f"{file}: the story cannot be read: {error.strerror}.",)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StoryWrong((f"{file}: this is not TOML: {error}.",)) from error
    try:
        return Story.model_validate(data)
    except ValidationError as error:
        raise StoryWrong(_fault(fault, file, text) for fault in error.errors() if _tells(fault, data)) from error


def _tells(fault: Any, data: dict[str, Any]) -> bool:
    """Whether a fault is one of the story's, and not the echo of another: a step that is wrong counts as missing, a thing as no list of things."""
    if fault["loc"] == ("step",) and fault["type"] == "too_short":
        return not data.get("step")
    of_one_way = "[" in str(fault["loc"][-1])  # to write a value that can be a thing or a list of things
    return not (of_one_way and (fault["type"] == "tuple_type" or isinstance(fault["input"], list)))


def _fault(fault: Any, file: Path, text: str) -> str:
    # a value that may be written in two ways has in its place a name of pydantic's, with brackets
    names = [str(part) for part in fault["loc"] if "[" not in str(part)]
    line = _line(text, names)
    if names[0] == "step" and len(names) > 1 and names[1].isdigit():
        names[:2] = [f"step {int(names[1]) + 1}"]
    what = "is no word of a story" if fault["type"] == "extra_forbidden" else fault["msg"].removeprefix("Value error, ")
    return f"{file}, line {line}: {', '.join(names)}: {what}."


def _line(text: str, names: list[str]) -> int:
    """The line that a fault belongs to: that of its step and name, as near as can be found."""
    lines = text.splitlines()
    wanted_step = int(names[1]) if len(names) > 1 and names[0] == "step" and names[1].isdigit() else None
    if wanted_step is None:
        named = (number for number, line in enumerate(lines, 1) if names and re.match(rf"\s*\[*{re.escape(names[0])}\b", line))
        return next(named, 1)
    starts = [number for number, line in enumerate(lines, 1) if re.match(r"\s*\[\[\s*step\s*\]\]", line)]
    if wanted_step >= len(starts):
        return next((number for number, line in enumerate(lines, 1) if re.match(r"\s*step\s*=", line)), 1)
    start = starts[wanted_step]
    end = starts[wanted_step + 1] if wanted_step + 1 < len(starts) else len(lines) + 1
    if len(names) > 2:  # noqa: PLR2004 - step, its number, and a name in it
        for number in range(start + 1, end):
            if re.match(rf"\s*{re.escape(names[2])}\b", lines[number - 1]):
                return number
    return start
