"""A printer without hardware: the bytes of the real driver, on a wire that ends in a roll of paper in memory. For demos, stories and the drivers' own tests."""

from __future__ import annotations

import threading

from drivers.contract import Paper, Printed
from drivers.printers.form import Form, form
from drivers.printers.paper import Roll
from drivers.printers.picture import draw
from drivers.printers.wired import WiredPrinter
from drivers.printers.wires import Wire

_QUESTION = 3  # bytes of DLE EOT n
_FAULTS = ("paper_out", "cover_open", "offline", "silent", "reset")


class SimulatedPrinter(WiredPrinter):
    """A simulated ESC/POS printer; `profile` and `width_mm` as for a real one.

    Its faults: "paper_out", "cover_open" and "offline" are what the printer says of itself; "silent" = no answer (told at once, without the wait);
    "reset" = the connection breaks in the middle of a receipt, the first half of which is on paper.
    """

    def __init__(self, *, width_mm: int = 80, profile: str = "default") -> None:
        super().__init__(trust_status=True, timeout=5.0)
        self._width_mm, self._profile = width_mm, profile
        self._out: set[str] = set()
        self._roll = Roll(Form())
        self._moving = threading.Lock()  # the roll: printed on by one thread, looked at by others

    def describe(self) -> str:
        """Say what this is and what paper is in it."""
        return f"Simulated receipt printer ({self._profile}, {self._width_mm} mm)"

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of its faults."""
        return _FAULTS

    def fail(self, fault: str) -> None:
        """Bring a fault about. Raises ValueError for a name that is not in `faults`."""
        self._move(fault, out=True)

    def mend(self, fault: str) -> None:
        """Take a fault away. Raises ValueError for a name that is not in `faults`."""
        self._move(fault, out=False)

    @property
    def paper(self) -> tuple[Printed, ...]:
        """What came out since it was opened or last forgotten, oldest first; drawn when asked for."""
        with self._moving:
            sheets, form = tuple(self._roll.sheets), self._roll.form
        return tuple(Printed(sheet.text, draw(sheet, form)) for sheet in sheets)

    def forget(self) -> None:
        """Throw the paper away."""
        with self._moving:
            self._roll.forget()

    def _move(self, fault: str, *, out: bool) -> None:
        if fault not in _FAULTS:
            raise ValueError(f'A simulated printer has no fault "{fault}"; it has {", ".join(_FAULTS)}.')
        with self._moving:
            (self._out.add if out else self._out.discard)(fault)
            self._set(self._roll)

    def _set(self, roll: Roll) -> None:
        roll.paper = Paper.OUT if "paper_out" in self._out else Paper.OK
        roll.cover_open = "cover_open" in self._out
        roll.online = "offline" not in self._out

    def _form(self) -> Form:
        known = form(self._profile, self._width_mm)
        with self._moving:
            self._roll = Roll(known)
            self._set(self._roll)
        return known

    def _connect(self, until: float) -> Wire:  # noqa: ARG002 - nothing here takes time
        return _MemoryWire(self._roll, self._out, self._moving)


class _MemoryWire:
    """The wire from the driver to the roll, and what can go wrong with it."""

    answers = True
    lasting = False

    def __init__(self, roll: Roll, faults: set[str], moving: threading.Lock) -> None:
        self._roll, self._faults, self._moving = roll, faults, moving
        self._answers = b""

    def send(self, data: bytes, until: float) -> None:  # noqa: ARG002 - nothing here takes time
        with self._moving:
            if "reset" in self._faults and len(data) > _QUESTION:
                self._roll.feed(data[: len(data) // 2])
                raise ConnectionResetError
            self._answers += self._roll.feed(data)

    def receive(self, until: float) -> bytes:  # noqa: ARG002 - a simulated silence is told at once
        with self._moving:
            answers, self._answers = self._answers, b""
            if "silent" in self._faults or not answers:
                raise TimeoutError
            return answers

    def settle(self, until: float) -> None:
        """Nothing to wait for."""

    def hang_up(self) -> None:
        """Nobody ever waits here."""

    def close(self) -> None:
        with self._moving:
            self._roll.hang_up()
