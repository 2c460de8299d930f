"""A printer without hardware: the bytes of the real driver, on a wire that ends in a roll of paper in memory. For demos, stories and the drivers' own tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from drivers.contract import Align, Paper, Printed, Size
from drivers.printers.dots import Dots, Drawing
from drivers.printers.form import Form, form
from drivers.printers.paper import Roll
from drivers.printers.picture import draw
from drivers.printers.wired import WiredPrinter
from drivers.printers.wires import Wire

_QUESTION = 3  # bytes of DLE EOT n
_FAULTS = ("paper_out", "paper_near_end", "cover_open", "offline", "silent", "reset")


class SimulatedPrinter(WiredPrinter):
    """A simulated ESC/POS printer; `profile`, `width_mm`, `raster` and `logo` as for a real one.

    Its paper can be read where it shows a picture of words too: it remembers what was drawn, which no real printer could.

    Its faults: "paper_out", "paper_near_end", "cover_open" and "offline" are what the printer says of itself; "silent" = no answer (told at once, without the wait);
    "reset" = the connection breaks in the middle of a receipt, the first half of which is on paper.
    """

    def __init__(self, *, width_mm: int = 80, profile: str = "default", raster: bool = True, logo: str | Path | None = None) -> None:
        super().__init__(trust_status=True, timeout=5.0, raster=raster, logo=logo)
        self._width_mm, self._profile = width_mm, profile
        self._out: set[str] = set()
        self._roll = Roll(Form())
        self._words: dict[bytes, str] = {}
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
            sheets, form, words = tuple(self._roll.sheets), self._roll.form, dict(self._words)
        return tuple(Printed(sheet.read(words), draw(sheet, form)) for sheet in sheets)

    def forget(self) -> None:
        """Throw the paper away."""
        with self._moving:
            self._roll.forget()
            self._words.clear()

    def _move(self, fault: str, *, out: bool) -> None:
        if fault not in _FAULTS:
            raise ValueError(f'A simulated printer has no fault "{fault}"; it has {", ".join(_FAULTS)}.')
        with self._moving:
            (self._out.add if out else self._out.discard)(fault)
            self._set(self._roll)

    def _set(self, roll: Roll) -> None:
        roll.paper = Paper.OUT if "paper_out" in self._out else Paper.NEAR_END if "paper_near_end" in self._out else Paper.OK
        roll.cover_open = "cover_open" in self._out
        roll.online = "offline" not in self._out

    def _form(self) -> Form:
        known = form(self._profile, self._width_mm)
        with self._moving:
            self._roll = Roll(known)
            self._words.clear()
            self._set(self._roll)
        return known

    def _drawing(self, form: Form) -> Drawing | None:
        drawing = super()._drawing(form)
        return drawing and _Noted(drawing, self._note)

    def _note(self, drawn: tuple[Dots, ...]) -> None:
        with self._moving:
            self._words.update((dots.bits, dots.text) for dots in drawn)

    def _connect(self, until: float) -> Wire:  # noqa: ARG002 - nothing here takes time
        return _MemoryWire(self._roll, self._out, self._moving)


class _Noted:
    """Draws as another does, and tells what was drawn."""

    def __init__(self, drawing: Drawing, note: Callable[[tuple[Dots, ...]], None]) -> None:
        self._drawing, self._note = drawing, note

    def text(self, text: str, *, bold: bool = False, size: Size = Size.NORMAL, align: Align = Align.LEFT) -> tuple[Dots, ...]:
        drawn = self._drawing.text(text, bold=bold, size=size, align=align)
        self._note(drawn)
        return drawn

    def pair(self, left: str, right: str, *, bold: bool = False) -> tuple[Dots, ...]:
        drawn = self._drawing.pair(left, right, bold=bold)
        self._note(drawn)
        return drawn


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
