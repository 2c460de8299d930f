"""A reader without hardware, for the demo, stories and tests: tags are put on it by hand. An ordinary driver in the registry, not a test's stand-in."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from drivers.contract import Capabilities, Tag, TagListener
from drivers.errors import DeviceLost, DeviceMissing, DeviceRefused, DeviceSilent, Fault, SettingWrong, TagGone
from drivers.tags.atr import storage_atr

_UNPLUGGED, _TORN, _SILENT, _WRITE_FAILS = "unplugged", "torn", "silent", "write_fails"
_TORN_BYTES = 8
_BLOCK = 4
_UID = bytes.fromhex("E004015000000001")
_PLUG_IN = "The simulated reader is unplugged; plug it in again."


class SimulatedTagReader:
    """A reader that reports exactly the tags that were put on it.

    Faults: "unplugged"; "torn" (tags come half read); "silent" (a tag is sensed and then nothing is heard of it until the fault is mended);
    "write_fails" (neither the security byte nor the memory is written).

    `memory` is a tag that lies on it from the beginning, as hex digits from block 0 on, for trying out commands; none if empty.
    """

    faults: Final = (_UNPLUGGED, _TORN, _SILENT, _WRITE_FAILS)

    def __init__(self, *, several_tags: bool = True, writes_afi: bool = True, writes_memory: bool = True, memory: str = "") -> None:
        self._capabilities = Capabilities(several_tags, writes_afi, writes_memory)
        self._changed = threading.Condition()
        self._tags: tuple[Tag, ...] = _lying(memory)
        self._failing: set[str] = set()
        self._open = False
        self._watching_thread = 0
        self._put = 0
        self._told = 0

    @property
    def capabilities(self) -> Capabilities:
        """As given when it was made."""
        return self._capabilities

    @property
    def lying(self) -> tuple[Tag, ...]:
        """What lies on it now, with the security byte as it was last written."""
        with self._changed:
            return self._tags

    def open(self) -> None:
        """Begin. Raises DeviceMissing while unplugged."""
        with self._changed:
            if _UNPLUGGED in self._failing:
                raise DeviceMissing(Fault.NOT_PLUGGED_IN, _PLUG_IN)
            self._open = True

    def close(self) -> None:
        """End the watch; what lies on the reader stays there."""
        with self._changed:
            self._open = False
            self._changed.notify_all()

    def describe(self) -> str:
        """What it is."""
        return "simulated tag reader"

    def watch(self, listener: TagListener) -> None:
        """Tell the listener of what lies there now and of every change until `close()`. Raises DeviceLost when it is unplugged."""
        with self._changed:
            self._watching_thread = threading.get_ident()
            self._told = -1 if self._tags else self._put
        try:
            while (news := self._next()) is not None:
                turn, tags = news
                if tags:
                    listener.sensed()
                    if not self._answers():
                        continue
                listener.saw(tags)
                with self._changed:
                    self._told = max(self._told, turn)
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._watching_thread = 0
                self._changed.notify_all()

    def put(self, tags: Sequence[Tag]) -> None:
        """Exactly these tags lie on the reader from now on; returns when the listener has been told.

        Returns at once while the device is unplugged or silent, while nobody watches it, and when called from the listener; a watch that begins later
        tells of what lies there then.
        """
        with self._changed:
            self._tags = tuple(tags)
            self._put += 1
            mine = self._put
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: (
                    self._told >= mine
                    or not self._open
                    or self._failing & {_UNPLUGGED, _SILENT}
                    or self._watching_thread in (0, threading.get_ident())
                )
            )

    def fail(self, fault: str) -> None:
        """Bring the fault about. Raises ValueError for a name that is not in `faults`."""
        with self._changed:
            self._failing.add(self._known(fault))
            self._changed.notify_all()

    def mend(self, fault: str) -> None:
        """Take the fault away. Raises ValueError for a name that is not in `faults`."""
        with self._changed:
            self._failing.discard(self._known(fault))
            self._changed.notify_all()

    def write_afi(self, uid: bytes, afi: int) -> None:
        """Write the security byte of a tag that lies there. Raises TagGone, DeviceRefused, DeviceLost, DeviceSilent."""
        with self._changed:
            self._to_write(uid)
            if _WRITE_FAILS in self._failing or not self._capabilities.writes_afi:
                raise DeviceRefused(Fault.TAG_UNSUITABLE, "The tag's security byte cannot be written; take the item to the desk.")
            self._tags = tuple(replace(tag, afi=afi) if tag.uid == uid else tag for tag in self._tags)

    def write_memory(self, uid: bytes, memory: bytes, start: int = 0) -> bytes:
        """Write over the memory of a tag that lies there, from byte `start` on. Raises TagGone, DeviceRefused, DeviceLost, DeviceSilent."""
        with self._changed:
            old = self._to_write(uid).memory
            end = start + len(memory)
            whole_blocks = start % _BLOCK == len(memory) % _BLOCK == 0 and end <= len(old)
            if _WRITE_FAILS in self._failing or not self._capabilities.writes_memory or not whole_blocks:
                raise DeviceRefused(
                    Fault.TAG_UNSUITABLE, "The tag's memory cannot be written; take a tag that is not locked and long enough."
                )
            new = old[:start] + memory + old[end:]
            self._tags = tuple(replace(tag, memory=new) if tag.uid == uid else tag for tag in self._tags)
            return new[start:end]

    def _to_write(self, uid: bytes) -> Tag:
        """The tag with this UID. Raises TagGone, DeviceLost, DeviceSilent."""
        if _UNPLUGGED in self._failing or not self._open:
            raise DeviceLost(Fault.UNPLUGGED, _PLUG_IN)
        if _SILENT in self._failing:
            raise DeviceSilent(Fault.NO_ANSWER, "The simulated reader does not answer; mend the fault 'silent'.")
        found = next((tag for tag in self._tags if tag.uid == uid), None)
        if found is None:
            raise TagGone
        return found

    def _known(self, fault: str) -> str:
        if fault not in self.faults:
            raise ValueError(f"'{fault}' is no fault of a simulated reader; it has {', '.join(self.faults)}")
        return fault

    def _next(self) -> tuple[int, tuple[Tag, ...]] | None:
        """Wait for the next thing to tell; None when closed. Raises DeviceLost."""
        with self._changed:
            self._changed.wait_for(lambda: self._told != self._put or not self._open or _UNPLUGGED in self._failing)
            if not self._open:
                return None
            if _UNPLUGGED in self._failing:
                raise DeviceLost(Fault.UNPLUGGED, _PLUG_IN)
            if _TORN in self._failing:
                return self._put, tuple(replace(tag, memory=tag.memory[:_TORN_BYTES], torn=True) for tag in self._tags)
            return self._put, self._tags

    def _answers(self) -> bool:
        """Wait while the reader is silent; False when something else came up meanwhile."""
        with self._changed:
            waited = _SILENT in self._failing
            self._changed.wait_for(lambda: _SILENT not in self._failing or _UNPLUGGED in self._failing or not self._open)
            return not waited


def _lying(memory: str) -> tuple[Tag, ...]:
    """The tag that lies on a reader from the beginning. Raises SettingWrong."""
    try:
        content = bytes.fromhex(memory)
    except (ValueError, TypeError) as error:
        hint = "The simulated reader's memory must be hexadecimal digits, two for each byte, in quotes where they look like a number."
        raise SettingWrong(hint) from error
    return (Tag(_UID, storage_atr(), content),) if content else ()
