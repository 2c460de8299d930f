"""P14: the bytes of a receipt of ten items, and the first of them on the wire; and a hundred thousand hostile titles through the encoder. No hardware.

The floor of the encoding is joining and encoding the same words without any layout, in the same run; of the first byte, a bare socket that connects and
sends, in turn with the driver.
"""

from __future__ import annotations

import json
import socket
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from drivers.contract import Align, Gap, Line, Pair, Rule, Size, Text
from drivers.printers.brush import brush
from drivers.printers.encode import Encoder
from drivers.printers.escpos import EscposPrinter
from drivers.printers.fonts import for_other_scripts
from drivers.printers.form import form
from tests.drivers.test_printers_titles import check

ENCODINGS = 2_000
PRINTS = 200
TITLES = 100_000
_LATIN: Final = (
    "De ontdekking van de hemel",
    "Reis om de wrâld in ëigen tiid",
    "İstanbul’da güneş",
    "The Remains of the Day",
    "Oeroeg",
) * 2
_MIXED: Final = (*_LATIN[:5], "موسم الهجرة إلى الشمال", "Кобзар", "Тіні забутих предків", "رجال في الشمس", "Лісова пісня")


def receipt(titles: Sequence[str]) -> list[Line]:
    """A receipt as the kiosk lays it out, one entry for each title."""
    lines: list[Line] = [Text("Bibliotheek Waddenkust", bold=True, size=Size.LARGE, align=Align.CENTER), Text("23 november 2026  14:05", align=Align.CENTER), Rule()]  # fmt: skip
    for number, title in enumerate(titles):
        lines += [Text(title), Text(f"{30000000000001 + number}"), Pair("uiterlijk terug", "14 december 2026", bold=True), Gap()]
    return [
        *lines,
        Rule(),
        Pair("Leenstrippen over", "115"),
        Pair("Pas", "•••• 0011"),
        Gap(),
        Text("Veel leesplezier!", align=Align.CENTER),
    ]


def _percentiles(seconds: list[float], factor: float) -> tuple[float, float]:
    ordered = sorted(seconds)
    return statistics.median(ordered) * factor, ordered[int(len(ordered) * 0.99)] * factor


def encoding() -> dict[str, float]:
    """Microseconds for the bytes of ten items: in the printer's own letters, and with five titles drawn as pictures."""
    printer = form()
    encoder = Encoder(printer, brush(printer.dots, for_other_scripts()))
    latin, mixed = receipt(_LATIN), receipt(_MIXED)
    words = [getattr(line, "text", "") for line in latin]

    def timed(work: Callable[[], object], rounds: int) -> list[float]:
        taken: list[float] = []
        for turn in range(rounds + 20):
            began = time.perf_counter()
            work()
            if turn >= 20:
                taken.append(time.perf_counter() - began)
        return taken

    p50, p99 = _percentiles(timed(lambda: encoder.encode(latin), ENCODINGS), 1e6)
    drawn, _ = _percentiles(timed(lambda: encoder.encode(mixed), ENCODINGS // 20), 1e6)
    floor, _ = _percentiles(timed(lambda: "\n".join(words).encode("cp858", "replace"), ENCODINGS), 1e6)
    return {"P14_encode_us_p50": p50, "P14_encode_us_p99": p99, "P14_encode_five_drawn_us_p50": drawn, "floor_join_us_p50": floor}


class _Ear:
    """A printer that only notes when the first byte of each connection came."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[float] = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="ear")
        self._thread.start()

    def _run(self) -> None:
        while True:
            guest, _ = self._listener.accept()
            with guest:
                first = guest.recv(1)
                at = time.perf_counter()
                if first == b"!":
                    return
                while guest.recv(65536):
                    pass
            if first:
                with self._changed:
                    self.heard.append(at)
                    self._changed.notify_all()

    def wait(self, count: int) -> float:
        """When the connection of this number was first heard."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.heard) >= count, 10):
                raise TimeoutError
            return self.heard[count - 1]

    def close(self) -> None:
        """End it."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"!")
        self._thread.join()
        self._listener.close()


def first_byte() -> dict[str, float]:
    """Milliseconds from print() to the first byte at the printer, and of a bare socket that connects and sends the same."""
    ear = _Ear()
    driver = EscposPrinter(host="127.0.0.1", port=ear.port, trust_status=False)
    lines = receipt(_LATIN)
    data = Encoder(form()).encode(lines)
    own: list[float] = []
    bare: list[float] = []
    try:
        driver.open()
        for turn in range(PRINTS):
            began = time.perf_counter()
            driver.print(lines)
            own.append(ear.wait(2 * turn + 1) - began)
            began = time.perf_counter()
            with socket.create_connection(("127.0.0.1", ear.port)) as plain:
                plain.sendall(data)
            bare.append(ear.wait(2 * turn + 2) - began)
    finally:
        driver.close()
        ear.close()
    p50, p99 = _percentiles(own, 1e3)
    floor, _ = _percentiles(bare, 1e3)
    return {"P14_first_byte_ms_p50": p50, "P14_first_byte_ms_p99": p99, "floor_bare_socket_ms_p50": floor}


def hostile(count: int = TITLES) -> dict[str, float]:
    """Titles with every control byte, read back by a strict interpreter: how many, how many lines were drawn, how long it took. Raises NotInTheLayout."""
    began = time.perf_counter()
    drawn = check(count, form(), seed=2026)
    return {"titles": count, "titles_lines_drawn": drawn, "titles_seconds": time.perf_counter() - began}


if __name__ == "__main__":
    print(json.dumps({**encoding(), **first_byte(), **hostile()}, indent=2))
