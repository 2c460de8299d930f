"""A scanner without hardware, for the demo, stories and tests: it is handed its codes. An ordinary driver in the registry, not a test's stand-in."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from drivers.contract import ScanListener
from drivers.errors import DeviceLost, DeviceMissing, Fault

_UNPLUGGED = "unplugged"
_PLUG_IN = "The simulated scanner is unplugged; plug it in again."


class SimulatedBarcodeScanner:
    """A scanner that reports each code it is handed. Its one fault is "unplugged"."""

    faults: Final = (_UNPLUGGED,)

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[tuple[int, str]] = deque()
        self._taken = 0
        self._told = 0
        self._unplugged = False
        self._open = False
        self._watching_thread = 0

    def open(self) -> None:
        """Begin. Raises DeviceMissing while unplugged."""
        with self._changed:
            if self._unplugged:
                raise DeviceMissing(Fault.NOT_PLUGGED_IN, _PLUG_IN)
            self._open = True

    def close(self) -> None:
        """End the watch."""
        with self._changed:
            self._open = False
            self._forget()
            self._changed.notify_all()

    def describe(self) -> str:
        """What it is."""
        return "simulated barcode scanner"

    def watch(self, listener: ScanListener) -> None:
        """Tell the listener of every code until `close()`. Raises DeviceLost when it is unplugged."""
        with self._changed:
            self._watching_thread = threading.get_ident()
        try:
            while (news := self._next()) is not None:
                turn, code = news
                listener.scanned(code)
                with self._changed:
                    self._told = max(self._told, turn)
                    self._changed.notify_all()
        finally:
            with self._changed:
                self._watching_thread = 0
                self._changed.notify_all()

    def scan(self, code: str) -> None:
        """One code is read; returns when the listener has been told.

        Returns at once when called from the listener and while nobody watches; a watch of the open scanner tells of it when it begins. Lost, as with a
        real one, while unplugged or closed.
        """
        with self._changed:
            if self._unplugged or not self._open:
                return
            self._taken += 1
            mine = self._taken
            self._waiting.append((mine, code))
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._told >= mine or not self._open or self._watching_thread in (0, threading.get_ident()))

    def fail(self, fault: str) -> None:
        """Unplug it. Raises ValueError for a name that is not in `faults`."""
        self._plug(fault, unplugged=True)

    def mend(self, fault: str) -> None:
        """Plug it in again. Raises ValueError for a name that is not in `faults`."""
        self._plug(fault, unplugged=False)

    def _plug(self, fault: str, *, unplugged: bool) -> None:
        if fault not in self.faults:
            raise ValueError(f"'{fault}' is no fault of a simulated scanner; it has {', '.join(self.faults)}")
        with self._changed:
            self._unplugged = unplugged
            if unplugged:
                self._forget()
            self._changed.notify_all()

    def _forget(self) -> None:
        """What was not told yet never will be; nobody waits for it any more."""
        self._waiting.clear()
        self._told = self._taken

    def _next(self) -> tuple[int, str] | None:
        """Wait for the next code; None when closed. Raises DeviceLost."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._open or self._unplugged)
            if not self._open:
                return None
            if self._unplugged:
                raise DeviceLost(Fault.UNPLUGGED, _PLUG_IN)
            return self._waiting.popleft()
