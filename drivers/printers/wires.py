"""How bytes get to a printer and its answers back: TCP, a device file, USB, serial. Not for what the bytes mean, nor for the errors that staff see.

A wire raises OSError, and of these TimeoutError when the deadline passes. USB and serial are python-escpos' transports with deadlines put in; TCP and files
are opened here, because python-escpos leaves a refused socket open, knows no IPv6, and cannot give up on a device file that takes nothing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import importlib
import os
import select
import socket
import sys
import termios
import time
from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from drivers.contract import PrinterStatus

_MOMENT = 0.05  # seconds: the shortest wait that is asked of a device, and how often a stalled file looks whether it was closed
_PAUSE = 0.005  # seconds between looks at a line that is still sending
_ANSWER = 64
_USB_PRINTERS = 7  # USB's class for printers
_USB_IN = 0x80


class Wire(Protocol):
    """One connection. `answers` = the printer can be heard on it; `lasting` = it is kept from one receipt to the next."""

    answers: bool
    lasting: bool

    def send(self, data: bytes, until: float) -> None:
        """Send all of it before `until`, on the monotonic clock. Raises TimeoutError, OSError."""

    def receive(self, until: float) -> bytes:
        """Wait for an answer of at least one byte; none at all means that the other side has hung up. Raises TimeoutError, OSError."""

    def settle(self, until: float) -> None:
        """Wait until what was sent has left this machine, as far as that can be seen. Raises TimeoutError, OSError."""

    def hang_up(self) -> None:
        """Free whoever is sending or receiving, from any thread."""

    def close(self) -> None:
        """Let go. Never waits for bytes that the printer does not take."""


@runtime_checkable
class Reporting(Protocol):
    """A wire on which somebody between here and the printer knows how the printer is; `when_offline` = what staff then do."""

    when_offline: str

    def report(self, until: float) -> PrinterStatus:
        """Ask him. Raises TimeoutError, OSError."""


def left(until: float) -> float:
    """Seconds until a deadline, never quite none. Raises TimeoutError when it has passed."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError(errno.ETIMEDOUT, "the deadline has passed")
    return max(seconds, _MOMENT)


class SocketWire:
    """A network printer, as a rule on port 9100. Made anew for each receipt: such printers serve one host at a time and drop those who idle."""

    answers = True
    lasting = False

    def __init__(self, host: str, port: int, until: float) -> None:
        self._socket = socket.create_connection((host, port), left(until))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes, until: float) -> None:
        """Send all of it, within one time-out."""
        self._socket.settimeout(left(until))
        self._socket.sendall(data)  # its time-out is for all of it, not for each piece

    def receive(self, until: float) -> bytes:
        """Wait for bytes."""
        self._socket.settimeout(left(until))
        return self._socket.recv(_ANSWER)

    def settle(self, until: float) -> None:
        """Wait until the printer has acknowledged every byte."""
        while _unacknowledged(self._socket):
            self._socket.settimeout(min(left(until), _PAUSE))
            with contextlib.suppress(TimeoutError):
                if not self._socket.recv(_ANSWER):
                    raise ConnectionResetError(errno.ECONNRESET, "the printer hung up")

    def hang_up(self) -> None:
        """End both ways."""
        with contextlib.suppress(OSError):  # already gone
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket; what was sent still goes out, unless something unread lies here: then Linux would reset the connection."""
        self._socket.settimeout(0.0)
        with contextlib.suppress(OSError):
            while self._socket.recv(_ANSWER):
                pass
        self._socket.close()


class FileWire:
    """A device file, such as /dev/usb/lp0, or any file that is there already: one that is not is never made, or an unplugged printer would become one."""

    answers = False
    lasting = True

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY)
        self._open = True

    def send(self, data: bytes, until: float) -> None:
        """Write as the device takes it."""
        ready = select.poll()
        ready.register(self._file, select.POLLOUT)
        rest = memoryview(data)
        while rest:
            if not self._open:
                raise OSError(errno.EBADF, "closed while sending")
            left(until)
            if not ready.poll(_MOMENT * 1000):
                continue
            with contextlib.suppress(BlockingIOError):
                rest = rest[os.write(self._file, rest) :]

    def receive(self, until: float) -> bytes:
        """Say nothing: a device file is only written to."""
        left(until)
        return b""

    def settle(self, until: float) -> None:
        """Nothing to wait for: a device file keeps nothing back."""

    def hang_up(self) -> None:
        """End the sending at its next look."""
        self._open = False

    def close(self) -> None:
        """Close the file."""
        self._open = False
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class SerialWire:
    """A serial printer, by pyserial through python-escpos; hardware flow control by DTR/DSR, as Epson's are set."""

    answers = True
    lasting = True

    def __init__(self, device: str, baud: int, until: float) -> None:
        self._printer = _transport("Serial", devfile=device, baudrate=baud, timeout=left(until))
        self._port = self._printer.device

    def send(self, data: bytes, until: float) -> None:
        """Hand it to the line."""
        self._port.write_timeout = left(until)
        try:
            self._port.write(data)
        except OSError:
            left(until)  # pyserial's own time-out is no TimeoutError: the clock tells
            raise

    def receive(self, until: float) -> bytes:
        """Wait for a byte."""
        self._port.timeout = left(until)
        answer: bytes = self._port.read(1)
        if not answer:
            raise TimeoutError(errno.ETIMEDOUT, "no answer on the serial line")
        return answer

    def settle(self, until: float) -> None:
        """Wait until the line has carried it all; not by flush(), which waits for ever for a printer that takes nothing."""
        while self._port.out_waiting:
            left(until)
            time.sleep(_PAUSE)

    def hang_up(self) -> None:
        """Wake whoever reads or writes."""
        self._port.cancel_read()
        self._port.cancel_write()

    def close(self) -> None:
        """Throw away what was not sent, and close."""
        with contextlib.suppress(OSError):  # unplugged
            self._port.reset_output_buffer()  # or closing would wait for a printer that takes nothing
        self._printer.close()


class UsbWire:
    """A USB printer, by libusb through python-escpos, with the endpoints that the printer really has."""

    answers = True
    lasting = True

    def __init__(self, vendor: int, product: int) -> None:
        self._printer = _transport("Usb", idVendor=vendor, idProduct=product)
        self._device = self._printer.device
        try:
            self._out, self._in = _endpoints(self._device)
        except OSError:
            self._printer.close()
            raise

    def send(self, data: bytes, until: float) -> None:
        """Write to the bulk endpoint."""
        with _usb_time_outs():
            while data:
                data = data[self._device.write(self._out, data, int(left(until) * 1000)) :]

    def receive(self, until: float) -> bytes:
        """Read from the bulk endpoint."""
        with _usb_time_outs():
            while not (answer := bytes(self._device.read(self._in, _ANSWER, int(left(until) * 1000)))):
                pass  # an empty packet is how some say "nothing yet"
        return answer

    def settle(self, until: float) -> None:
        """Nothing to wait for: libusb returns when the printer has taken it."""

    def hang_up(self) -> None:
        """Libusb cannot be interrupted from here: the deadline frees."""

    def close(self) -> None:
        """Give the device back."""
        self._printer.close()


def _unacknowledged(sock: socket.socket) -> int:
    """Count the bytes that the other side has not acknowledged (tcp(7), SIOCOUTQ)."""
    return int.from_bytes(fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def _transport(name: str, **options: Any) -> Any:
    """Make and open one of python-escpos' printers; imported here, because it sets up the root logger when it is. Raises OSError, ImportError."""
    printers, problems = importlib.import_module("escpos.printer"), importlib.import_module("escpos.exceptions")
    try:
        printer = getattr(printers, name)(**options)
        printer.open()
    except problems.Error as error:
        # It tells no more than that there is no device; what happened stands underneath.
        if isinstance(error.__context__, OSError):
            raise error.__context__ from error
        raise OSError(errno.ENODEV, "no such printer") from error
    except (RuntimeError, ValueError) as error:
        raise ImportError(f"pyusb, libusb or pyserial is missing: {error}") from error
    return printer


def _endpoints(device: Any) -> tuple[int, int]:
    """Find where a USB printer takes and gives bytes; python-escpos' usual places where it does not say."""
    out, into = 0x01, 0x82
    for interface in device.get_active_configuration():
        if interface.bInterfaceClass == _USB_PRINTERS:
            for endpoint in interface:
                address = int(endpoint.bEndpointAddress)
                out, into = (out, address) if address & _USB_IN else (address, into)
            break
    return out, into


@contextlib.contextmanager
def _usb_time_outs() -> Iterator[None]:
    """Make libusb's time-out a TimeoutError."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ETIMEDOUT:
            raise TimeoutError(errno.ETIMEDOUT, "no answer over USB") from error
        raise
