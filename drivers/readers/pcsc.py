"""Reads passes and items through PC/SC: any reader that pcscd knows. Not for commands of one maker's readers, nor for staying alive (supervisor).

One thread waits in SCardGetStatusChange for cards and for readers that come and go. It waits without a limit and asks nothing meanwhile, so that a
reader on which nothing lies costs no processor time; SCardCancel ends the wait. pyscard's own monitor is not used: its thread ends when pcscd does.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

from drivers.contract import Capabilities, Tag, TagListener
from drivers.errors import DeviceLost, DeviceMissing, DeviceRefused, Fault
from drivers.readers.card import read_card
from drivers.readers.scard import CardWasReset, Service, no_reader

_READERS_COME_AND_GO: Final = "\\\\?PnP?\\Notification"
_TURNS = 3
_CANCEL_EVERY, _CANCELS = 0.02, 50


class PcscReader:
    """All PC/SC readers whose name fits `reader`, a pattern such as "ACS*" ("*" stands for any text); what lies on them is reported together.

    `block_size` is the number of bytes by which the reader counts blocks when its memory is read: 4, or 1 on the few readers that count bytes.
    """

    capabilities = Capabilities()

    def __init__(self, reader: str = "*", block_size: int = 4) -> None:
        self._pattern = reader
        self._block_size = max(1, block_size)
        self._lock = threading.Lock()
        self._service: Service | None = None
        self._closing = threading.Event()
        self._idle = threading.Event()
        self._watching_thread = 0
        self._names: tuple[str, ...] = ()

    def open(self) -> None:
        """Reach pcscd and find the readers. Raises DeviceMissing."""
        self.close()
        service = Service.reach()
        try:
            self._names = _find(service, self._pattern)
        except BaseException:
            service.release()
            raise
        with self._lock:
            self._service = service
            # New ones: a watch that was left behind in a card that never answers must stay closed.
            self._closing, self._idle = threading.Event(), threading.Event()
            self._idle.set()

    def close(self) -> None:
        """End the watch and let go of pcscd. A thread that waits for a card that never answers is left behind; it ends when the card is taken away."""
        with self._lock:
            self._closing.set()
            service, idle = self._service, self._idle
            if service is None or self._watching_thread == threading.get_ident():
                return
            self._service = None
        # A cancel that comes just before the wait is lost, so it is given until the watch has ended.
        for _ in range(_CANCELS):
            if idle.is_set():
                service.release()
                return
            service.cancel()
            idle.wait(_CANCEL_EVERY)

    def describe(self) -> str:
        """The readers' names as pcscd gives them."""
        return f"PC/SC: {', '.join(self._names) or self._pattern}"

    def watch(self, listener: TagListener) -> None:
        """Tell the listener of every change until `close()`. Raises DeviceLost."""
        with self._lock:
            service, closing, idle = self._service, self._closing, self._idle
            if service is None:
                return
            self._watching_thread = threading.get_ident()
            idle.clear()
        try:
            _Watch(service, self._pattern, self._block_size, closing).run(listener)
        finally:
            self._watching_thread = 0
            idle.set()

    def write_afi(self, uid: bytes, afi: int) -> None:  # noqa: ARG002  the contract's name; no tag can be written, whichever it is
        """PC/SC has no common command for the security byte. Always raises DeviceRefused."""
        raise DeviceRefused(Fault.TAG_UNSUITABLE, f"This reader cannot write the security byte {afi:02X}; use one whose driver can.")


@dataclass(slots=True)
class _Lying:
    """A card on a reader: the reader's count of insertions, which tells a new card from the old one, and what was read from it."""

    count: int
    tag: Tag


class _Watch:
    """One watch, from `PcscReader.watch` to its end: what is known of each reader, and what lies on it."""

    def __init__(self, service: Service, pattern: str, block_size: int, closing: threading.Event) -> None:
        self._service = service
        self._pattern = pattern
        self._block_size = block_size
        self._closing = closing
        self._states: dict[str, int] = {}
        self._cards: dict[str, _Lying] = {}

    def run(self, listener: TagListener) -> None:
        """Wait, read, tell. Raises DeviceLost."""
        scard = self._service.scard
        while not self._closing.is_set():
            if self._readers_left():
                self._tell(listener)
            fresh: list[tuple[str, int, bytes, bool]] = []
            gone = False
            for name, event, made_up in self._service.wait(self._states):
                self._states[name] = event & ~scard.SCARD_STATE_CHANGED
                if name == _READERS_COME_AND_GO:
                    continue
                atr = bytes(made_up)
                count, lies_there = event >> 16, bool(event & scard.SCARD_STATE_PRESENT)
                if not lies_there:
                    gone |= self._cards.pop(name, None) is not None
                elif name not in self._cards or self._cards[name].count != count:
                    fresh.append((name, count, atr, bool(event & scard.SCARD_STATE_MUTE)))
            if fresh:
                listener.sensed()
            for name, count, atr, mute in fresh:
                self._cards[name] = _Lying(count, Tag(atr=atr, torn=True) if mute else self._read(name, atr))
            if fresh or gone:
                self._tell(listener)

    def _tell(self, listener: TagListener) -> None:
        listener.saw(tuple(lying.tag for _, lying in sorted(self._cards.items())))

    def _readers_left(self) -> bool:
        """Follow readers that came or went; whether a card went with one. Raises DeviceLost when none is left."""
        names = self._service.readers(self._pattern)
        if not names:
            raise DeviceLost(Fault.UNPLUGGED, no_reader(self._pattern, self._service.readers("*")))
        unaware = self._service.scard.SCARD_STATE_UNAWARE
        watched = (_READERS_COME_AND_GO, *names)
        self._states = {name: self._states.get(name, unaware) for name in watched}
        vanished = self._cards.keys() - set(names)
        for name in vanished:
            del self._cards[name]
        return bool(vanished)

    def _read(self, name: str, atr: bytes) -> Tag:
        """Read the card on a reader; torn where it left or does not speak. Raises DeviceLost when another program keeps the card to itself."""
        for _ in range(_TURNS):
            connection = self._service.connect(name)
            if connection is None:
                break
            try:
                return read_card(connection.transmit, atr, self._block_size)
            except CardWasReset:
                continue
            finally:
                connection.release()
        return Tag(atr=atr, torn=True)


def _find(service: Service, pattern: str) -> tuple[str, ...]:
    """The readers that fit, at least one. Raises DeviceMissing."""
    try:
        names = service.readers(pattern)
        present = names or service.readers("*")
    except DeviceLost as error:
        raise DeviceMissing(error.reason, error.hint) from error
    if not names:
        raise DeviceMissing(Fault.NOT_PLUGGED_IN, no_reader(pattern, present))
    return names
