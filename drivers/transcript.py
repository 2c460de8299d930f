"""What a reader told, or what went over its wire, as lines of JSON that can be played again. Not for recording by itself: `drivers record` does that.

A transcript has one object in a line, in the order in which it happened; `at` are seconds since the beginning:

    {"transcript": 1, "device": "..."}                                             the first line
    {"at": 0.512, "event": "up"}                                                   and "sensed"
    {"at": 0.530, "event": "saw", "tags": [{"uid": "E004...", "memory": "..."}]}   and "atr", "afi", "payment", "torn" where they say something
    {"at": 9.001, "event": "down", "reason": "unplugged", "hint": "..."}
    {"sent": "FFCA000000", "received": "E0045A...9000"}                            one command to a card and its answer
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, assert_never

from drivers.contract import Capabilities, Tag, TagListener
from drivers.errors import DeviceLost, DeviceRefused, Fault, SettingWrong, TagGone
from drivers.tags.disguise import Disguise

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Up:
    """The device works."""

    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Sensed:
    """Something came near."""

    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Saw:
    """Exactly these tags lay on the reader."""

    tags: tuple[Tag, ...]
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Down:
    """The device did not work."""

    reason: Fault
    hint: str
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command and its answer."""

    sent: bytes = field(repr=False)
    received: bytes = field(repr=False)


Entry = Up | Sensed | Saw | Down | Exchange


def head(device: str) -> str:
    """The first line of a transcript."""
    return json.dumps({"transcript": VERSION, "device": device})


def line(entry: Entry, disguise: Disguise | None = None) -> str:
    """An entry as a line; with a disguise, its tags are those of nobody, but the payment cards, of which nothing is kept in any case."""
    said: dict[str, object]
    match entry:
        case Up() | Sensed():
            said = {"at": round(entry.at, 3), "event": type(entry).__name__.lower()}
        case Saw():
            tags = [_tag_said(tag if disguise is None else disguised(tag, disguise)) for tag in entry.tags]
            said = {"at": round(entry.at, 3), "event": "saw", "tags": tags}
        case Down():
            said = {"at": round(entry.at, 3), "event": "down", "reason": entry.reason.value, "hint": entry.hint}
        case Exchange():
            said = {"sent": entry.sent.hex().upper(), "received": entry.received.hex().upper()}
        case _:
            assert_never(entry)
    return json.dumps(said, ensure_ascii=False)


def disguised(tag: Tag, disguise: Disguise) -> Tag:
    """A tag of the same kind that belongs to nobody."""
    return replace(tag, uid=disguise.uid(tag.uid), memory=disguise.memory(tag.memory, tag.uid, tag.atr))


def read(lines: Iterable[str]) -> tuple[Entry, ...]:
    """The entries of a transcript. Raises SettingWrong with the number of the line that is none."""
    entries: list[Entry] = []
    for number, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            said = json.loads(text)
            if number == 1:
                if said["transcript"] != VERSION:
                    raise SettingWrong(f"The transcript is of version {said['transcript']}; this program plays version {VERSION}.")
                continue
            entries.append(_entry(said))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise SettingWrong(f"Line {number} is no line of a transcript; record it again.") from error
    return tuple(entries)


def load(path: Path) -> tuple[Entry, ...]:
    """The entries of a transcript in a file. Raises SettingWrong."""
    try:
        with path.open(encoding="utf-8") as file:
            return read(file)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingWrong(f"The transcript {path} cannot be read; give the path of a file that 'drivers record' wrote.") from error


class PlayedReader:
    """A reader that tells what a transcript says, once, and then lies still; a driver like any other. `file` is the transcript's path.

    `pace` is how fast: 1 as it was, 2 twice as fast, 0 without any pause. An outage in the transcript is one of this reader: opened again it goes on behind it.
    """

    capabilities: Final = Capabilities(several_tags=True)

    def __init__(self, file: str, *, pace: float = 0.0) -> None:
        self._path = Path(file)
        self._pace = pace
        self._entries: tuple[Entry, ...] = ()
        self._next = 0
        self._at = 0.0
        self._loaded = False
        self._closed = threading.Event()

    def open(self) -> None:
        """Read the transcript, the first time. Raises SettingWrong."""
        if not self._loaded:
            self._entries = load(self._path)
            self._loaded = True
        self._closed.clear()

    def close(self) -> None:
        """End the watch."""
        self._closed.set()

    def describe(self) -> str:
        """Which transcript it plays."""
        return f"transcript {self._path.name}"

    def watch(self, listener: TagListener) -> None:
        """Tell the listener what the transcript says until `close()`. Raises DeviceLost where it says that the device was lost."""
        while self._next < len(self._entries):
            entry = self._entries[self._next]
            self._next += 1
            if self._pause(entry):
                return
            match entry:
                case Sensed():
                    listener.sensed()
                case Saw(tags):
                    listener.saw(tags)
                case Down(reason, hint):
                    raise DeviceLost(reason, hint)
                case Up() | Exchange():
                    pass
        self._closed.wait()

    def write_afi(self, uid: bytes, afi: int) -> None:
        """Raises DeviceRefused: what is past cannot be changed."""
        del uid, afi
        raise DeviceRefused(Fault.TAG_UNSUITABLE, "A transcript is played here; nothing can be written.")

    def _pause(self, entry: Entry) -> bool:
        """Wait as long as it took then; whether the reader was closed meanwhile."""
        at = self._at if isinstance(entry, Exchange) else entry.at
        wait, self._at = at - self._at, at
        if self._pace <= 0 or wait <= 0:
            return self._closed.is_set()
        return self._closed.wait(wait / self._pace)


class PlayedCard:
    """A card that answers as one did in a transcript: the same commands in the same order. Behind the last it is gone."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._exchanges = [entry for entry in entries if isinstance(entry, Exchange)]
        self.asked = 0

    @property
    def finished(self) -> bool:
        """Whether every command was asked."""
        return self.asked == len(self._exchanges)

    def transmit(self, command: bytes) -> bytes:
        """The recorded answer. Raises TagGone behind the last one, DeviceRefused where another command was sent then."""
        if self.finished:
            raise TagGone
        exchange = self._exchanges[self.asked]
        if command != exchange.sent:
            raise DeviceRefused(
                Fault.BROKEN, f"Command {self.asked + 1} was {exchange.sent.hex()} in the transcript and is {command.hex()} now."
            )
        self.asked += 1
        return exchange.received


def noting(transmit: Callable[[bytes], bytes], note: Callable[[Exchange], None]) -> Callable[[bytes], bytes]:
    """`transmit` that notes what goes to and fro; an answer that never came is not noted. The bytes are those of the card, not disguised."""

    def noted(command: bytes) -> bytes:
        response = transmit(command)
        note(Exchange(command, response))
        return response

    return noted


def _tag_said(tag: Tag) -> dict[str, object]:
    said: dict[str, object] = {"uid": tag.uid.hex().upper(), "atr": tag.atr.hex().upper(), "memory": tag.memory.hex().upper()}
    said |= {"afi": None if tag.afi is None else f"{tag.afi:02X}", "payment": tag.payment, "torn": tag.torn}
    return {name: value for name, value in said.items() if value}


def _entry(said: Mapping[str, Any]) -> Entry:
    """Raises LookupError, TypeError, ValueError."""
    if "sent" in said:
        return Exchange(bytes.fromhex(said["sent"]), bytes.fromhex(said["received"]))
    at = float(said["at"])
    match said["event"]:
        case "up":
            return Up(at)
        case "sensed":
            return Sensed(at)
        case "saw":
            return Saw(tuple(_tag(tag) for tag in said["tags"]), at)
        case "down":
            return Down(Fault(said["reason"]), str(said["hint"]), at)
        case other:
            raise ValueError(other)


def _tag(said: Mapping[str, Any]) -> Tag:
    uid, atr, memory = (bytes.fromhex(said.get(name, "")) for name in ("uid", "atr", "memory"))
    afi = int(said["afi"], 16) if "afi" in said else None
    return Tag(uid, atr, memory, payment=bool(said.get("payment")), torn=bool(said.get("torn")), afi=afi)
