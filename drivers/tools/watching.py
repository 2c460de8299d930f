"""Commands that wait for what a reader or scanner tells: watch, read and record."""

from __future__ import annotations

import secrets
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.text import Text

from drivers import models, transcript
from drivers.contract import Role, Sighting, sight
from drivers.errors import DeviceError, DeviceMissing, Fault, SettingWrong
from drivers.supervisor import Watcher
from drivers.tags.disguise import Disguise
from drivers.tags.identify import identify
from drivers.tools.events import Event, Events, Note, first_tags, reader_of, running, watcher_of
from drivers.tools.options import Driver, Json, NdefNumber, Settings, ShowNumber, console, masked, pattern_of, print_json
from drivers.tools.showing import Bytes, as_dict, show

Seconds = Annotated[float, typer.Option("--for", help="End after so many seconds; 0 = until Ctrl-C.")]
Wait = Annotated[float, typer.Option("--wait", help="Seconds to wait for a tag.")]


def watch(
    *,
    role: Annotated[Role, typer.Option(help="pass_reader, item_reader or scanner.")] = Role.PASS_READER,
    driver: Driver = "",
    settings: Settings = None,
    seconds: Seconds = 0,
    as_json: Json = False,
    show_number: ShowNumber = False,
) -> None:
    """Tell everything a reader or scanner sees, as it comes, until Ctrl-C."""
    events = Events()
    until = monotonic() + seconds if seconds else None
    try:
        with running(watcher_of(role, driver, settings, events)):
            while (event := events.next(None if until is None else until - monotonic())) is not None:
                if isinstance(event, SettingWrong):
                    raise event
                line = {"time": datetime.now().astimezone().isoformat(timespec="milliseconds"), **_told(event, show_number=show_number)}
                if as_json:
                    print_json(line, indent=None)
                else:
                    console().print(Text("  ".join(str(value) for value in line.values() if value not in ("", None))))
    except KeyboardInterrupt:
        pass


def read(
    *,
    driver: Driver = "",
    settings: Settings = None,
    wait: Wait = 30,
    ndef_number: NdefNumber = "",
    as_json: Json = False,
    with_bytes: Bytes = False,
    show_number: ShowNumber = False,
) -> None:
    """Wait for a pass or an item and explain it, sentence by sentence and byte by byte."""
    events, added, pattern = Events(), models.load(), pattern_of("ndef-number", ndef_number)
    reader = reader_of(driver, settings)
    with running(Watcher(Role.PASS_READER, reader, events, events)):
        tags = first_tags(events, wait, lambda: None if as_json else console().print("Hold a pass or an item to the reader."))
    found = [
        (identify(tag.memory, tag.uid, tag.atr, payment=tag.payment, afi=tag.afi, models=added, ndef_number=pattern), tag.memory)
        for tag in tags
    ]
    if as_json:
        print_json([as_dict(finding, memory, show_number=show_number, with_bytes=with_bytes) for finding, memory in found])
        return
    for finding, memory in found:
        show(finding, memory, show_number=show_number)


def record(
    file: Annotated[Path, typer.Argument(help="Where the transcript is written; it must not be there yet.")],
    *,
    driver: Driver = "",
    settings: Settings = None,
    seconds: Seconds = 0,
    as_json: Json = False,
    show_number: ShowNumber = False,
) -> None:
    """Write down what a reader tells, for a bug report: numbers and UIDs become others, and what is on the tags stays readable as what it is."""
    events = Events()
    began = monotonic()
    disguise = None if show_number else Disguise(secrets.token_bytes(32))
    watcher = Watcher(Role.PASS_READER, reader_of(driver, settings), events, events)
    lines = 0
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(transcript.head(driver or "the usual reader") + "\n")
            try:
                with running(watcher):
                    while (event := events.next(began + seconds - monotonic() if seconds else None)) is not None:
                        entry = _entry(event, monotonic() - began)
                        if entry is not None:
                            out.write(transcript.line(entry, disguise) + "\n")
                            out.flush()
                            lines += 1
            except KeyboardInterrupt:
                pass
    except OSError as error:
        hint = f"{file} cannot be written ({error.strerror}); give the path of a file that is not there yet."
        raise DeviceMissing(Fault.NO_PERMISSION, hint) from error
    if as_json:
        print_json({"file": str(file), "lines": lines, "masked": disguise is not None})
    else:
        typer.echo(f"{lines} lines in {file}. Play them with: drivers watch --driver transcript --set file={file}")


def _entry(event: Event, at: float) -> transcript.Entry | None:
    """An event as a transcript has it. Raises SettingWrong."""
    match event:
        case SettingWrong():
            raise event
        case DeviceError():
            return transcript.Down(event.reason, event.hint, at)
        case Note(event="up"):
            return transcript.Up(at)
        case Note(event="near"):
            return transcript.Sensed(at)
        case Note():
            return None
        case _:
            return transcript.Saw(event, at)


def _told(event: Event, *, show_number: bool) -> dict[str, object]:
    """An event as a line of output."""
    if isinstance(event, DeviceError):
        return {"event": "down", "reason": event.reason.value, "hint": event.hint}
    if isinstance(event, Note):
        told = {"event": event.event, "description": event.description, "code": masked(event.code, show=show_number)}
        return {name: text for name, text in told.items() if text}
    seen: Sighting = sight(event)
    return {"event": "lies", "seen": seen.seen.value, "number": masked(seen.number, show=show_number), "owner": seen.owner}
