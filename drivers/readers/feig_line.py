"""The line to a Feig reader: one command and its answer at a time, over TCP or a serial port. Not for what the commands mean (obid, feig)."""

from __future__ import annotations

import errno
import importlib
import socket
import threading
import time
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from drivers.errors import DeviceLost, DeviceMissing, DeviceSilent, Fault, SettingWrong
from drivers.readers import obid
from drivers.readers.obid import Answer, Garbled

ANSWER_WITHIN: Final = 1.0
"""Seconds in which a reader must have answered, and a line must have been taken up."""

_STEP = 0.05
_ATTEMPTS = 3


class Closed(Exception):
    """`close()` was called while an answer was awaited."""


class Line:
    """The line to the reader: one command and its answer at a time, from any thread."""

    def __init__(self, port: Port, device: str) -> None:
        self.closing = threading.Event()
        self._port = port
        self._device = device
        self._lock = threading.Lock()

    def ask(self, code: int, data: bytes = b"") -> Answer:
        """A command and its answer, repeated when the answer comes in garbled. Raises DeviceLost, DeviceSilent."""
        with self._lock:
            for _ in range(_ATTEMPTS):
                if self.closing.is_set():
                    raise Closed
                try:
                    self._port.write(obid.command(code, data))
                    answer = obid.parse(self._frame())
                except Garbled:
                    self._drain()
                    continue
                except OSError as error:
                    raise DeviceLost(
                        Fault.CONNECTION_LOST, f"The line to the reader on {self._device} is cut; look at cable and power."
                    ) from error
                if answer.command == code:
                    return answer
                self._drain()
            hint = (
                f"What the reader on {self._device} sends is garbled; compare baudrate and parity with its settings, and look at the cable."
            )
            raise DeviceLost(Fault.CONNECTION_LOST, hint)

    def close(self) -> None:
        """End the command that another thread waits for, and close the line."""
        self.closing.set()
        with self._lock:
            self._port.close()

    def _frame(self) -> bytes:
        received, deadline = b"", time.monotonic() + ANSWER_WITHIN
        while need := obid.missing(received):
            if self.closing.is_set():
                raise Closed
            received += self._port.read(need)
            if time.monotonic() > deadline:
                if received:
                    raise Garbled
                raise DeviceSilent(Fault.NO_ANSWER, f"The reader on {self._device} does not answer; look at its power and its host mode.")
        return received

    def _drain(self) -> None:
        """Throw away what is still coming, so that no old answer is taken for a new one."""
        deadline = time.monotonic() + ANSWER_WITHIN
        while self._port.read(256) and time.monotonic() < deadline:
            pass


class Port(Protocol):
    """A line, of either kind."""

    def read(self, size: int) -> bytes:
        """What has come in, up to so many bytes; empty when nothing did for a moment. Raises OSError when the line is cut."""

    def write(self, data: bytes) -> object:
        """Send it all. Raises OSError."""

    def close(self) -> None:
        """Let go of it."""


class _Tcp:
    """A line over TCP. pyserial has one, too, which forgets to close its socket when the other side has hung up."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), ANSWER_WITHIN)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(_STEP)

    def read(self, size: int) -> bytes:
        """As pyserial's."""
        try:
            received = self._socket.recv(size)
        except TimeoutError:
            return b""
        if not received:
            raise ConnectionResetError(errno.ECONNRESET, "the other side has hung up")
        return received

    def write(self, data: bytes) -> None:
        """As pyserial's."""
        self._socket.sendall(data)

    def close(self) -> None:
        """As pyserial's."""
        self._socket.close()


def reach(device: str, baudrate: int, parity: str) -> Line:
    """The line, opened; `baudrate` and `parity` are for serial ports. Raises SettingWrong, DeviceMissing."""
    absent = f"There is no reader on {device}; look at its cable, power and address."
    no_line = f"'{device}' is no line to a reader; give socket://host:10001, or a path such as /dev/ttyUSB0."
    try:
        address = urlsplit(device)
        if address.scheme == "socket":
            if not address.hostname or not address.port:
                raise SettingWrong(no_line)
            return Line(_Tcp(address.hostname, address.port), device)
        serial = importlib.import_module("serial")
        port: Any = serial.serial_for_url(device, baudrate=baudrate, parity=parity, timeout=_STEP, write_timeout=ANSWER_WITHIN)
    except ImportError as error:
        raise DeviceMissing(Fault.PACKAGE_MISSING, "pyserial cannot be loaded: install the package pyserial.") from error
    except ValueError as error:
        raise SettingWrong(no_line) from error
    except OSError as error:
        if error.errno == errno.EACCES:
            raise DeviceMissing(Fault.NO_PERMISSION, f"The kiosk's user may not open {device}; add it to the group dialout.") from error
        raise DeviceMissing(Fault.NOT_PLUGGED_IN, absent) from error
    return Line(port, device)
