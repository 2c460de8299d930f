"""A receipt printer on 127.0.0.1 for tests: it answers status, prints on a roll that can be looked at, and misbehaves when told to. Not a mock of the driver."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
from types import TracebackType
from typing import Self

from drivers.printers.form import Form, form
from drivers.printers.paper import Roll, Sheet
from drivers.printers.picture import draw

_WINDOW = 4096  # bytes: small, so that a printer that does not read is soon full


class TcpPrinter:
    """A network printer, as a context manager; on as soon as it is entered.

    `greeting` = what it says unasked to everybody; `mute` = never answers; `stalled` = accepts and never reads; `reset_after` = breaks the connection after so many bytes on it; `stall_after` = takes and says no more after so many. Paper, cover and the
    offline switch are on `roll`. All may be moved at any time; `stalled` counts for new connections.
    """

    def __init__(self, printer_form: Form | None = None) -> None:
        self.roll = Roll(printer_form or form())
        self.greeting = b""
        self.mute = False
        self.stalled = False
        self.reset_after: int | None = None
        self.stall_after: int | None = None
        self.received = bytearray()
        self.connections = 0
        self.ends: list[str] = []
        self.port = 0
        self._moved = threading.Condition()
        self._thread: threading.Thread | None = None
        self._end, self._wake = socket.socketpair()

    def __enter__(self) -> Self:
        self.switch_on()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.switch_off()
        self._end.close()
        self._wake.close()

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """What it has cut off so far."""
        with self._moved:
            return tuple(self.roll.sheets)

    def picture(self, number: int = -1) -> bytes:
        """One of its sheets as PNG."""
        return draw(self.sheets[number], self.roll.form)

    def wait_for_sheets(self, count: int, within: float = 10.0) -> None:
        """Wait until so many sheets were cut. Raises AssertionError."""
        with self._moved:
            if not self._moved.wait_for(lambda: len(self.roll.sheets) >= count, within):
                raise AssertionError(f"{len(self.roll.sheets)} sheets came out, not {count}")

    def wait_for_ends(self, count: int, within: float = 10.0) -> None:
        """Wait until so many connections have ended; how stands in `ends`. Raises AssertionError."""
        with self._moved:
            if not self._moved.wait_for(lambda: len(self.ends) >= count, within):
                raise AssertionError(f"{len(self.ends)} connections have ended, not {count}")

    def switch_on(self) -> None:
        """Listen, at the same port as before."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WINDOW)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listener,), name="tcp-printer")
        self._thread.start()

    def switch_off(self) -> None:
        """Break all connections and listen no more."""
        if self._thread is not None:
            self._end.send(b"!")
            self._thread.join()
            self._thread = None
            self.roll.hang_up()

    def _run(self, listener: socket.socket) -> None:
        taken: dict[socket.socket, int] = {}
        with selectors.DefaultSelector() as ready, listener:
            ready.register(listener, selectors.EVENT_READ)
            ready.register(self._wake, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    if key.fileobj is self._wake:
                        self._wake.recv(1)
                        for guest in taken:
                            _reset(guest)
                        return
                    if key.fileobj is listener:
                        guest, _ = listener.accept()
                        self.connections += 1
                        taken[guest] = 0
                        guest.sendall(self.greeting)
                        if not self.stalled:
                            ready.register(guest, selectors.EVENT_READ, guest)
                        continue
                    guest = key.data
                    if not self._serve(guest, taken):
                        ready.unregister(guest)
                        del taken[guest]
                    elif self.stall_after is not None and taken[guest] >= self.stall_after:
                        ready.unregister(guest)

    def _serve(self, guest: socket.socket, taken: dict[socket.socket, int]) -> bool:
        """Take what has come; False when the connection is over."""
        try:
            data = guest.recv(1024)
            last = self.stall_after if self.reset_after is None else self.reset_after
            rest = None if last is None else max(0, last - taken[guest])
            taken[guest] += len(data)
            with self._moved:
                self.received += data[:rest]
                answer = self.roll.feed(data[:rest])
                self._moved.notify_all()
            if rest is not None and rest <= len(data):
                if self.reset_after is None:
                    return True
                _reset(guest)
                return self._ended(guest, "reset")
            if not data:
                return self._ended(guest, "closed by the host")
            if answer and not self.mute:
                guest.sendall(answer)
        except OSError:
            return self._ended(guest, "reset by the host")
        return True

    def _ended(self, guest: socket.socket, how: str) -> bool:
        guest.close()
        with self._moved:
            self.roll.hang_up()
            self.ends.append(how)
            self._moved.notify_all()
        return False


def _reset(guest: socket.socket) -> None:
    guest.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    guest.close()
