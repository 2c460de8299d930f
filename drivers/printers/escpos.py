"""The driver for receipt printers that speak ESC/POS, over the network, USB, a serial line or a device file. Not for deciding what a receipt says."""

from __future__ import annotations

from drivers.errors import SettingWrong
from drivers.printers.form import Form, form
from drivers.printers.wired import WiredPrinter
from drivers.printers.wires import FileWire, SerialWire, SocketWire, UsbWire, Wire

_HIGHEST = 0xFFFF
_CONNECTIONS = ("network", "usb", "serial", "file")


class EscposPrinter(WiredPrinter):
    """An ESC/POS printer.

    `connection` says which of the others count: "network" host and port, "usb" vendor and product (numbers), "serial" device and baud, "file" path.
    `profile` is a name of python-escpos; `width_mm` 80 or 58. `trust_status` False: the printer is never asked how it is; True: it must
    answer; None: it is believed from its first answer on. `timeout`: seconds for a whole receipt, from connecting to the last answer.
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
        profile: str = "default",
        width_mm: int = 80,
        trust_status: bool | None = None,
        timeout: float = 5.0,
    ) -> None:
        super().__init__(trust_status=trust_status, timeout=timeout)
        self._connection = connection
        self._host, self._port = host, port
        self._path, self._device = path, device
        self._vendor, self._product = vendor, product
        self._baud = baud
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
            case _:
                return FileWire(self._path)
