"""The driver for receipt printers that speak ESC/POS, over the network, USB, a serial line, a device file or CUPS. Not for what a receipt says.

How far the printer is believed. A printer says by DLE EOT whether its cover is open, its paper out or nearly out, and whether it is online; cheap ones
answer nothing, and many cables carry nothing back. So it shows first that it can be believed: with `trust_status` None (the default) it is asked once
before a receipt or a question, and from its first answer on silence is a fault. Until then it gets its receipts unasked, and `status()` says
`believable=False`. Once it is believed, `status()` tells of paper that is nearly out before a visit begins, and no byte of a receipt goes to a
printer that cannot print it. A device file is never asked; of a CUPS queue, CUPS says what it knows.
"""

from __future__ import annotations

from pathlib import Path

from drivers.errors import SettingWrong
from drivers.printers.cups import CupsWire, may_be_queue
from drivers.printers.form import Form, form
from drivers.printers.wired import WiredPrinter
from drivers.printers.wires import FileWire, SerialWire, SocketWire, UsbWire, Wire

_HIGHEST = 0xFFFF
_CONNECTIONS = ("network", "usb", "serial", "file", "cups")


class EscposPrinter(WiredPrinter):
    """An ESC/POS printer.

    `connection` says which of the others count: "network" host and port, "usb" vendor and product (numbers), "serial" device and baud, "file" path,
    "cups" queue.
    `profile` is a name of python-escpos; `width_mm` 80 or 58. `trust_status` False: the printer is never asked how it is; True: it must
    answer; None: it is believed from its first answer on. `timeout`: seconds for a whole receipt, from connecting to the last answer.
    `raster`: words of scripts that the printer has no letters for (Arabic, Cyrillic, ...) are printed as pictures; False, or where this machine has no
    font or Raqm for it: they are spelled in Latin letters. `logo`: a PNG above every receipt, made smaller where the paper is narrower.
    """

    def __init__(
        self,
        *,
        connection: str = "network",
        host: str = "",
        port: int = 9100,
        path: str = "",
        device: str = "",
        vendor: int = 0,
        product: int = 0,
        baud: int = 9600,
        queue: str = "",
        profile: str = "default",
        width_mm: int = 80,
        trust_status: bool | None = None,
        timeout: float = 5.0,
        raster: bool = True,
        logo: str | Path | None = None,
    ) -> None:
        super().__init__(trust_status=trust_status, timeout=timeout, raster=raster, logo=logo)
        self._connection = connection
        self._host, self._port = host, port
        self._path, self._device = path, device
        self._vendor, self._product = vendor, product
        self._baud, self._queue = baud, queue
        self._profile, self._width_mm = profile, width_mm

    def describe(self) -> str:
        """Say what this is and where it is plugged in."""
        match self._connection:
            case "network":
                place = f"{self._host}:{self._port}"
            case "usb":
                place = f"USB {self._vendor:04x}:{self._product:04x}"
            case "serial":
                place = f"{self._device}, {self._baud} baud"
            case "cups":
                place = f"CUPS queue {self._queue}"
            case _:
                place = self._path
        return f"ESC/POS printer ({self._profile}, {self._width_mm} mm) at {place}"

    def _form(self) -> Form:
        match self._connection:
            case "network" if not self._host:
                raise SettingWrong("A network printer needs its host: a name or an address.")
            case "network" if not 0 < self._port <= _HIGHEST:
                raise SettingWrong(f"port is {self._port}; network printers listen on 9100 as a rule.")
            case "usb" if not (0 < self._vendor <= _HIGHEST and 0 < self._product <= _HIGHEST):
                raise SettingWrong(
                    "A USB printer needs its vendor and product number, as lsusb shows them: vendor = 0x04b8, product = 0x0202."
                )
            case "serial" if not self._device:
                raise SettingWrong("A serial printer needs its device, for example /dev/ttyUSB0.")
            case "serial" if self._baud <= 0:
                raise SettingWrong(f"baud is {self._baud}; see the printer's self-test for its speed.")
            case "file" if not self._path:
                raise SettingWrong("A printer on a device file needs its path, for example /dev/usb/lp0.")
            case "cups" if not may_be_queue(self._queue):
                raise SettingWrong('A printer behind CUPS needs its queue, by a name as lpstat -e lists them: queue = "receipts".')
            case known if known not in _CONNECTIONS:
                raise SettingWrong(f'connection is "{known}"; known are {", ".join(_CONNECTIONS)}.')
            case _:
                pass
        if not self._timeout > 0:
            raise SettingWrong(f"timeout is {self._timeout:g} s; it must be more than nothing.")
        return form(self._profile, self._width_mm)

    def _connect(self, until: float) -> Wire:
        match self._connection:
            case "network":
                return SocketWire(self._host, self._port, until)
            case "usb":
                return UsbWire(self._vendor, self._product)
            case "serial":
                return SerialWire(self._device, self._baud, until)
            case "cups":
                return CupsWire(self._queue, until, believed=self._trust_status is not False)
            case _:
                return FileWire(self._path)
