"""Reads and arms stacks of items on Feig readers (OBID i-scan, classic-pro) over TCP or a serial line, in ISO host mode. Not for Feig readers with PC/SC.

Such a reader tells nobody when tags come: it is asked for an inventory every `interval` seconds. Source: as obid.py, and the field's reports for the
order of bytes: a block arrives with its bytes reversed, and is put straight here.

From the manuals only, not tried on a device. Not confirmed: what readers with other tags than ISO 15693 in the field say; those are left out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from drivers.contract import Capabilities, Tag, TagListener
from drivers.errors import DeviceError, DeviceLost, DeviceMissing, DeviceRefused, DeviceSilent, Fault, TagGone
from drivers.readers import iso15693
from drivers.readers.apdu import canonical_uid
from drivers.readers.card import WANTED
from drivers.readers.feig_line import Closed, Line, reach
from drivers.readers.obid import HOST, RF_RESET, Answer, Status

_INVENTORY, _READ, _WRITE, _WRITE_AFI, _INFORMATION = 0x01, 0x23, 0x24, 0x27, 0x2B
_NEW, _MORE, _ADDRESSED = 0x00, 0x80, 0x01
_ISO15693, _TYPE_NUMBER, _DATA_SET, _UID_AT = 0x03, 0x3F, 10, 2
_MOST_ROUNDS = 64
_ATTEMPTS = 3
_MISSED: Final = 2
"""Inventories in which a tag must be missing before it is taken for gone: one of a stack is overheard now and then."""


class FeigReader:
    """`device` is "socket://host:10001" or a serial port such as "/dev/ttyUSB0", with `baudrate` and `parity` as the reader is set up.

    `interval` is the number of seconds between two inventories. `rf_reset`: for readers that are set up to report new tags only; the field is then
    switched off and on before each inventory. `reversed_blocks`: False for a reader that was set up to give blocks as they stand on the tag.
    """

    capabilities = Capabilities(several_tags=True, writes_afi=True, writes_memory=True)

    def __init__(
        self,
        device: str,
        baudrate: int = 38400,
        parity: str = "E",
        interval: float = 0.25,
        *,
        rf_reset: bool = False,
        reversed_blocks: bool = True,
    ) -> None:
        self._device = device
        self._reach = partial(reach, device, baudrate, parity)
        self._interval = interval
        self._rf_reset = rf_reset
        self._reversed = reversed_blocks
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._idle = threading.Event()
        self._idle.set()
        self._watching_thread = 0

    def open(self) -> None:
        """Reach the reader and hear one answer from it. Raises SettingWrong, DeviceMissing."""
        self.close()
        line = self._reach()
        try:
            _Tags(line, self._reversed).inventory()
        except (DeviceLost, DeviceSilent) as error:
            line.close()
            raise DeviceMissing(error.reason, error.hint) from error
        except BaseException:
            line.close()
            raise
        with self._lock:
            self._line = line

    def close(self) -> None:
        """End the watch and let go of the line."""
        with self._lock:
            line = self._line
            if line is None:
                return
            line.closing.set()
            if self._watching_thread == threading.get_ident():
                return
            self._line = None
        self._idle.wait()
        line.close()

    def describe(self) -> str:
        """Where it is plugged in."""
        return f"Feig reader on {self._device}"

    def watch(self, listener: TagListener) -> None:
        """Tell the listener of every change until `close()`. Raises DeviceLost, DeviceSilent."""
        with self._lock:
            line = self._line
            if line is None:
                return
            self._watching_thread = threading.get_ident()
            self._idle.clear()
        try:
            self._watch(_Tags(line, self._reversed), line.closing, listener)
        except Closed:
            pass
        finally:
            self._watching_thread = 0
            self._idle.set()

    def write_afi(self, uid: bytes, afi: int) -> None:
        """Write the security byte of the tag that lies there and read it back. Raises TagGone, DeviceRefused, DeviceLost, DeviceSilent."""
        with self._at_work() as tags:
            tags.write_afi(uid, afi)

    def write_memory(self, uid: bytes, memory: bytes, start: int = 0) -> bytes:
        """Write whole blocks of four from byte `start` on; the same bytes, read anew. Raises as `write_afi`."""
        with self._at_work() as tags:
            return tags.write_memory(uid, memory, start)

    @contextmanager
    def _at_work(self) -> Iterator[_Tags]:
        line = self._line
        gone = DeviceLost(Fault.CONNECTION_LOST, f"The reader on {self._device} is not open.")
        if line is None:
            raise gone
        try:
            yield _Tags(line, self._reversed)
        except Closed as error:
            raise gone from error

    def _watch(self, tags: _Tags, closing: threading.Event, listener: TagListener) -> None:
        lying: dict[bytes, _Lying] = {}
        told: tuple[Tag, ...] = ()
        while not closing.is_set():
            if self._rf_reset:
                tags.reset_field()
            found = tags.inventory()
            for uid in [uid for uid in lying if uid not in found]:
                lying[uid].missed += 1
                if lying[uid].missed >= _MISSED:
                    del lying[uid]
            fresh = [uid for uid in found if uid not in lying or lying[uid].try_again]
            if fresh:
                listener.sensed()
            for uid in found:
                known = lying.setdefault(uid, _Lying())
                known.missed = 0
                if uid in fresh:
                    known.tag, known.tries = tags.read(uid), known.tries + 1
            now = tuple(known.tag for _, known in sorted(lying.items()))
            if fresh or now != told:
                told = now
                listener.saw(now)
            closing.wait(self._interval)


@dataclass(slots=True)
class _Lying:
    """A tag in the field: what was read of it, how often that was tried, and in how many inventories it has been missing."""

    tag: Tag = field(default_factory=Tag)
    tries: int = 0
    missed: int = 0

    @property
    def try_again(self) -> bool:
        """Whether it was torn and may lie still now."""
        return self.tag.torn and self.tries < _ATTEMPTS


class _Tags:
    """The commands of ISO host mode that are used here, on one line."""

    def __init__(self, line: Line, reversed_blocks: bool) -> None:  # noqa: FBT001  handed through from the reader's options
        self._line = line
        self._reversed = reversed_blocks

    def reset_field(self) -> None:
        """Switch the field off and on, so that all tags answer again."""
        self._line.ask(RF_RESET)

    def inventory(self) -> tuple[bytes, ...]:
        """The UIDs of all vicinity tags, in canonical order. Raises DeviceLost, DeviceSilent."""
        found: dict[bytes, None] = {}
        mode = _NEW
        for _ in range(_MOST_ROUNDS):
            said = self._line.ask(HOST, bytes((_INVENTORY, mode)))
            if said.status not in (Status.OK, Status.NO_TAG, Status.DATA_FALSE, Status.MORE_DATA):
                hint = f"The reader refuses an inventory (status {said.status:02X}); set it to ISO host mode."
                raise DeviceLost(Fault.BROKEN, hint)
            sets = said.data[1:] if said.status in (Status.OK, Status.MORE_DATA) else b""
            for start in range(0, len(sets) - _DATA_SET + 1, _DATA_SET):
                one = sets[start : start + _DATA_SET]
                if one[0] & _TYPE_NUMBER != _ISO15693:
                    break  # The sets of other technologies have other lengths.
                found[canonical_uid(one[_UID_AT:])] = None
            if said.status != Status.MORE_DATA:
                break
            mode = _MORE
        return tuple(found)

    def read(self, uid: bytes) -> Tag:
        """The tag with its memory and its security byte; torn where it left meanwhile. Raises DeviceLost, DeviceSilent."""
        memory = bytearray()
        try:
            known = self._information(uid)
            self._read(uid, memory, WANTED, known)
        except TagGone:
            return Tag(uid, memory=bytes(memory), torn=True)
        except DeviceRefused:
            return Tag(uid, memory=bytes(memory))
        return Tag(uid, memory=bytes(memory), afi=known.afi)

    def write_afi(self, uid: bytes, afi: int) -> None:
        """Only where it is another, and read back. Raises TagGone, DeviceRefused, DeviceLost, DeviceSilent."""
        if self._information(uid).afi == afi:
            return
        self._do(_WRITE_AFI, uid, bytes((afi,)))
        if self._information(uid).afi != afi:
            raise DeviceRefused(
                Fault.TAG_UNSUITABLE, "The tag's security byte is not what was written; try again, or take the item to the desk."
            )

    def write_memory(self, uid: bytes, memory: bytes, start: int) -> bytes:
        """Block by block; what stands there afterwards. Raises TagGone, DeviceRefused, DeviceLost, DeviceSilent."""
        known = self._information(uid)
        size = known.block_size or iso15693.BLOCK
        if start % size:
            raise DeviceRefused(Fault.TAG_UNSUITABLE, f"The tag is written in blocks of {size} bytes; begin at the beginning of one.")
        for at in range(0, len(memory), size):
            block = self._turned(memory[at : at + size].ljust(size, b"\0"))
            self._do(_WRITE, uid, bytes(((start + at) // size, 1, size)) + block)
        back = bytearray()
        self._read(uid, back, start + len(memory), known)
        return bytes(back[start : start + len(memory)])

    def _read(self, uid: bytes, memory: bytearray, wanted: int, known: iso15693.SystemInformation) -> None:
        size = known.block_size or iso15693.BLOCK
        blocks = min(-(-wanted // size), known.blocks or 256)
        try:
            memory += self._blocks(uid, 0, blocks)
        except DeviceRefused:  # Some tags hand out one block at a time, and some readers have a short buffer.
            for block in range(blocks):
                memory += self._blocks(uid, block, 1)

    def _blocks(self, uid: bytes, first: int, count: int) -> bytes:
        """Each comes with a byte about its lock before it."""
        data = self._do(_READ, uid, bytes((first, count)))
        if len(data) < 2 or not data[1] or len(data) != 2 + data[0] * (1 + data[1]):  # noqa: PLR2004  number and size of blocks
            raise TagGone
        step = 1 + data[1]
        return b"".join(self._turned(data[at + 1 : at + step]) for at in range(2, len(data), step))

    def _information(self, uid: bytes) -> iso15693.SystemInformation:
        data = self._do(_INFORMATION, uid)
        if len(data) < 12:  # noqa: PLR2004  DSFID, UID, security byte, block size and number of blocks, each less one
            raise TagGone
        return iso15693.SystemInformation(uid, data[0], data[9], data[11] + 1, (data[10] & 0x1F) + 1)

    def _do(self, code: int, uid: bytes, parameters: bytes = b"") -> bytes:
        """A command to one tag. Raises TagGone, DeviceRefused, DeviceLost, DeviceSilent."""
        said = self._line.ask(HOST, bytes((code, _ADDRESSED)) + uid + parameters)
        if said.status == Status.OK:
            return said.data
        raise _refused(said)

    def _turned(self, block: bytes) -> bytes:
        return block[::-1] if self._reversed else block


def _refused(said: Answer) -> DeviceError:
    match said.status:
        case Status.NO_TAG | Status.DATA_FALSE:
            return TagGone()
        case Status.TAG_ERROR if said.data:
            return iso15693.refusal(said.data[0])
        case _:
            hint = f"The reader refuses (status {said.status:02X}); hold the tag still and try again, or use one that is not locked."
            return DeviceRefused(Fault.TAG_UNSUITABLE, hint)
