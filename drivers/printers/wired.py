"""A printer at the end of a wire: opens it, asks how the printer is, sends one receipt at a time. For real and simulated printers alike.

Not for encoding (encode) nor for sockets and cables (wires). A receipt is sent once: whatever goes wrong, it is never sent again from here.
"""

from __future__ import annotations

import errno
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from drivers.contract import Line, Paper, PrinterStatus
from drivers.errors import DeviceLost, DeviceMissing, DeviceRefused, DeviceSilent, Fault
from drivers.printers.brush import brush
from drivers.printers.dots import Drawing
from drivers.printers.encode import Encoder
from drivers.printers.fonts import for_other_scripts
from drivers.printers.form import Form
from drivers.printers.logo import logo as read_logo
from drivers.printers.wires import Reporting, Wire

_PRINTER, _OFFLINE_CAUSE, _PAPER_SENSOR = 1, 2, 4  # DLE EOT n
_IS_STATUS, _STATUS = 0x93, 0x12  # the bits that are the same in every status byte, unlike XON, XOFF and unasked-for reports
_OFFLINE, _COVER_OPEN, _STOPPED_BY_PAPER_END, _NEAR_END, _PAPER_END = 0x08, 0x04, 0x20, 0x0C, 0x60
_PROBE = 1.0  # seconds that a printer which never answered gets to show that it can


class WiredPrinter(ABC):
    """What all printers at the end of a wire do. `timeout`: seconds for a whole receipt, from connecting to the last answer.

    `trust_status` None: the printer is believed from its first answer on; as long as it never gave one, it is tried briefly before each receipt, and
    printed on all the same. `raster`: words of a script that the printer has no letters for are printed as pictures, where this machine can draw
    them; otherwise they are spelled in Latin letters. `logo`: a PNG that is printed above every receipt.
    """

    def __init__(self, *, trust_status: bool | None, timeout: float, raster: bool, logo: str | Path | None) -> None:
        self._trust_status = trust_status
        self._timeout = timeout
        self._raster = raster
        self._logo = logo
        self._encoder: Encoder | None = None
        self._wire: Wire | None = None
        self._job = threading.Lock()  # one receipt, or one question, at a time

    @abstractmethod
    def describe(self) -> str:
        """Say what this is and where it is plugged in."""

    @abstractmethod
    def _form(self) -> Form:
        """Check the settings and give the printer's form. Raises SettingWrong, DeviceMissing."""

    @abstractmethod
    def _connect(self, until: float) -> Wire:
        """Open the wire. Raises OSError, ImportError, DeviceMissing."""

    def _drawing(self, form: Form) -> Drawing | None:
        """Give who draws words of other scripts; None where nobody is to, or nobody can."""
        return brush(form.dots, for_other_scripts()) if self._raster else None

    def open(self) -> None:
        """Check the settings and whether the printer can be reached. Raises SettingWrong, DeviceMissing."""
        form = self._form()
        encoder = Encoder(form, self._drawing(form), read_logo(Path(self._logo), form.dots) if self._logo else None)
        with self._job:
            self._encoder = encoder
            try:
                self._hold(self._deadline())
            except DeviceMissing:
                self._encoder = None
                raise
            self._settle()

    def close(self) -> None:
        """Let go, from any thread. Who is printing is freed: over TCP, files and serial at once, over USB and while connecting at the deadline."""
        wire = self._wire
        if wire is not None:
            wire.hang_up()
        with self._job:
            self._encoder = None
            self._drop()

    def status(self) -> PrinterStatus:
        """Ask the printer; not believable where it is not asked. Raises DeviceLost, DeviceSilent."""
        with self._job:
            until = self._deadline()
            try:
                wire = self._hold(until)
            except DeviceMissing as error:
                raise DeviceLost(Fault.CONNECTION_LOST, error.hint) from error
            with self._telling():
                return self._ask(self._try_out(wire, until), until)

    def print(self, lines: Sequence[Line]) -> None:
        """Print the lines and cut; returns when the printer, asked afterwards, still is well, or when it has taken the bytes where it is not asked.

        Raises DeviceMissing (nothing was sent), DeviceRefused, DeviceLost, DeviceSilent. A refusal before the receipt means that nothing was sent; one
        afterwards says in its hint that part of the receipt may be on paper.
        """
        with self._job:
            if self._encoder is None:
                raise DeviceMissing(Fault.NOT_PLUGGED_IN, "The printer has not been opened, or was closed.")
            data = self._encoder.encode(lines)
            until = self._deadline()
            wire = self._hold(until)
            with self._telling():
                wire = self._try_out(wire, until)
                _refuse(wire, self._ask(wire, until), "Nothing was printed.")
                wire.send(data, until)
                if not self._asks(wire):
                    wire.settle(until)  # where it is asked, its answer says more, and sooner
                _refuse(wire, self._ask(wire, until), "Look whether the last receipt came out whole; it is not printed again by itself.")

    def _deadline(self) -> float:
        return time.monotonic() + self._timeout

    def _hold(self, until: float) -> Wire:
        """Give the wire, connected. Raises DeviceMissing."""
        if self._encoder is None:
            raise DeviceMissing(Fault.NOT_PLUGGED_IN, "The printer has not been opened, or was closed.")
        if self._wire is None:
            try:
                self._wire = self._connect(until)
            except ImportError as error:
                raise DeviceMissing(Fault.PACKAGE_MISSING, "Install python-escpos with its USB and serial extras.") from error
            except OSError as error:
                raise _missing(error) from error
        return self._wire

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn what a wire raises into the errors of the contract. After any of these the wire is dropped: a late answer must not meet the next question."""
        try:
            yield
        except TimeoutError as error:
            self._drop()
            hint = f"The printer did not answer within {self._timeout:g} s: look whether it is on and free; if it never answers, set trust_status = false."
            raise DeviceSilent(Fault.NO_ANSWER, hint) from error
        except OSError as error:
            self._drop()
            raise DeviceLost(Fault.CONNECTION_LOST, "The connection to the printer broke: check its cable and power.") from error
        finally:
            self._settle()

    def _settle(self) -> None:
        if self._wire is not None and not self._wire.lasting:
            self._drop()

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    def _asks(self, wire: Wire) -> bool:
        return bool(self._trust_status) and wire.answers

    def _try_out(self, wire: Wire, until: float) -> Wire:
        """See whether a printer of which that is not known answers; gives a wire on which no late answer can come."""
        if self._trust_status is not None or not wire.answers:
            return wire
        try:
            self._question(wire, _PRINTER, min(until, time.monotonic() + _PROBE))
        except TimeoutError:
            self._drop()
            return self._hold(until)
        self._trust_status = True
        return wire

    def _ask(self, wire: Wire, until: float) -> PrinterStatus:
        if isinstance(wire, Reporting) and self._trust_status is not False:
            return wire.report(until)
        if not self._asks(wire):
            return PrinterStatus()
        printer, cause, paper = (self._question(wire, number, until) for number in (_PRINTER, _OFFLINE_CAUSE, _PAPER_SENSOR))
        out = paper & _PAPER_END or cause & _STOPPED_BY_PAPER_END
        return PrinterStatus(
            online=not printer & _OFFLINE,
            paper=Paper.OUT if out else Paper.NEAR_END if paper & _NEAR_END else Paper.OK,
            cover_open=bool(cause & _COVER_OPEN),
            believable=True,
        )

    @staticmethod
    def _question(wire: Wire, number: int, until: float) -> int:
        """Ask DLE EOT `number`; the answer is one byte, which must look like one."""
        wire.send(bytes([0x10, 0x04, number]), until)
        while True:
            answer = wire.receive(until)
            if not answer:
                raise ConnectionResetError(errno.ECONNRESET, "the printer hung up")
            for byte in answer:
                if byte & _IS_STATUS == _STATUS:
                    return byte


def _refuse(wire: Wire, status: PrinterStatus, so: str) -> None:
    """Raise DeviceRefused unless the printer can print, as far as it says; the cause that a person can see comes first."""
    if status.cover_open:
        raise DeviceRefused(Fault.COVER_OPEN, f"Close the cover of the printer. {so}")
    if status.paper is Paper.OUT:
        raise DeviceRefused(Fault.PAPER_OUT, f"Put a new roll of paper in the printer. {so}")
    if not status.online:
        what = (
            wire.when_offline
            if isinstance(wire, Reporting)
            else "The printer says it is offline: look for a blinking light, switch it off and on."
        )
        raise DeviceRefused(Fault.OFFLINE, f"{what} {so}")


def _missing(error: OSError) -> DeviceMissing:
    """Say why a printer could not be reached."""
    if error.errno in {errno.EACCES, errno.EPERM}:
        return DeviceMissing(Fault.NO_PERMISSION, "The kiosk's user may not use the printer: add it to the groups lp and dialout.")
    if error.errno == errno.EBUSY:
        return DeviceMissing(Fault.BUSY, "Another program has the printer: stop it (often CUPS).")
    if isinstance(error, socket.gaierror):
        return DeviceMissing(Fault.NOT_PLUGGED_IN, "The network does not know the printer's name: check host, or give its address.")
    return DeviceMissing(Fault.NOT_PLUGGED_IN, "The printer cannot be reached: check its power, its cable and its address in the settings.")
