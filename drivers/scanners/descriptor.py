"""What scanners behind a file descriptor share: waiting for it without a clock, and being freed from another thread. Not a driver by itself."""

from __future__ import annotations

import os
import select
import threading
from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from drivers.contract import ScanListener


class Source(Protocol):
    """What is read from: a serial port, an input device."""

    def fileno(self) -> int:
        """The descriptor that becomes readable when something was scanned."""

    def close(self) -> None:
        """Let go of it."""


S = TypeVar("S", bound=Source)


class DescriptorScanner(ABC, Generic[S]):
    """A scanner that is read when its descriptor is readable. Drivers say how it is opened and how codes are taken from it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: tuple[S, _Waker] | None = None
        self._idle = threading.Event()
        self._idle.set()
        self._watching_thread = 0

    @abstractmethod
    def _reach(self) -> S:
        """Take hold of the device. Raises SettingWrong, DeviceMissing."""

    @abstractmethod
    def _take(self, source: S) -> list[str]:
        """The codes that are complete, without waiting for more. Raises DeviceLost."""

    def open(self) -> None:
        """Take hold of the device. Raises SettingWrong, DeviceMissing."""
        self.close()
        source = self._reach()
        with self._lock:
            self._opened = (source, _Waker())

    def close(self) -> None:
        """End the watch and let go of the device."""
        with self._lock:
            opened = self._opened
            if opened is None:
                return
            source, waker = opened
            waker.wake()
            if self._watching_thread == threading.get_ident():
                return
            self._opened = None
        self._idle.wait()
        waker.close()
        source.close()

    def watch(self, listener: ScanListener) -> None:
        """Tell the listener of every scan until `close()`. Raises DeviceLost."""
        with self._lock:
            if self._opened is None:
                return
            source, waker = self._opened
            self._watching_thread = threading.get_ident()
            self._idle.clear()
        try:
            while waker.wait(source.fileno()):
                for code in self._take(source):
                    listener.scanned(code)
        finally:
            self._watching_thread = 0
            self._idle.set()


class _Waker:
    """A pipe that ends a wait for another descriptor, even a wait that has yet to begin."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def wait(self, descriptor: int) -> bool:
        """Wait until the descriptor is readable; False when woken."""
        ready, _, _ = select.select([descriptor, self._read], [], [])
        return self._read not in ready

    def wake(self) -> None:
        os.write(self._write, b"\0")

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)
