"""Waiting for what a reader or scanner tells, for the commands that watch one. Not for what they then do with it."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import assert_never

from drivers import registry
from drivers.contract import Role, Tag, TagReader
from drivers.errors import DeviceError, DeviceMissing, DeviceSilent, Fault, SettingWrong
from drivers.supervisor import Watcher
from drivers.tools.options import USUAL, options_of


@dataclass(frozen=True, slots=True)
class Note:
    """Something a device told besides what lies on it: "up" with its description, "near", or "scan" with the code."""

    event: str
    description: str = ""
    code: str = field(default="", repr=False)


Event = tuple[Tag, ...] | Note | DeviceError
"""What a device told: what lies there, a note, or why it is down."""


class Events:
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
        """Something came near."""
        self._queue.put(Note("near"))

    def saw(self, tags: tuple[Tag, ...]) -> None:
        """This lies there now."""
        self._queue.put(tags)

    def scanned(self, code: str) -> None:
        """One code."""
        self._queue.put(Note("scan", code=code))

    def up(self, role: Role, description: str) -> None:  # noqa: ARG002  Health's signature; one device is watched
        """The device works."""
        self._queue.put(Note("up", description))

    def down(self, role: Role, reason: Fault, hint: str) -> None:  # noqa: ARG002  see up
        """The device does not work."""
        self._queue.put(SettingWrong(hint) if reason is Fault.WRONG_SETTING else DeviceMissing(reason, hint))


def reader_of(driver: str, settings: list[str] | None) -> TagReader:
    """The reader of passes that the options name. Raises SettingWrong, DeviceMissing."""
    return registry.make(Role.PASS_READER, driver or USUAL[Role.PASS_READER], **options_of(settings))


def watcher_of(role: Role, driver: str, settings: list[str] | None, events: Events) -> Watcher:
    """A watcher of the reader or scanner that the options name. Raises SettingWrong, DeviceMissing."""
    name, options = driver or USUAL[role], options_of(settings)
    match role:
        case Role.PASS_READER | Role.ITEM_READER:
            return Watcher(role, registry.make(role, name, **options), events, events)
        case Role.SCANNER:
            return Watcher(role, registry.make(role, name, **options), events, events)
        case Role.PRINTER:
            raise SettingWrong("A printer sees nothing; use 'drivers print'.")
        case _:
            assert_never(role)


@contextmanager
def running(watcher: Watcher) -> Iterator[None]:
    """The watcher at work, and ended whatever happens."""
    watcher.start()
    try:
        yield
    finally:
        watcher.close()


def first_tags(events: Events, seconds: float, when_up: Callable[[], None]) -> tuple[Tag, ...]:
    """The first tags that lie there; `when_up` is called when the reader works. Raises DeviceError where it does not, or where none came in time."""
    until = monotonic() + seconds
    while (event := events.next(until - monotonic())) is not None:
        match event:
            case DeviceError():
                raise event
            case Note(event="up"):
                when_up()
            case tuple() if event:
                return event
    raise DeviceSilent(Fault.NO_ANSWER, f"No tag was held to the reader within {seconds:g} seconds.")
