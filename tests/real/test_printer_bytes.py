"""A connection that breaks or falls silent at any byte of a receipt: always the right error, never the same receipt twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from drivers.contract import Align, Gap, Line, Pair, Rule, Size, Text
from drivers.errors import DeviceError, DeviceLost, DeviceSilent, Fault
from drivers.printers.encode import Encoder
from drivers.printers.escpos import EscposPrinter
from drivers.printers.form import form
from tests.real.tcp_printer import TcpPrinter

pytestmark = pytest.mark.real

EVERY = 7  # bytes from one try to the next; 1 tries them all
AT_ONCE = 24
_BRIEF = 0.7  # seconds, for the tries in which the deadline must pass
_QUESTIONS = 9  # bytes, before the receipt and after it
_BEGIN = b"\x1b@"
_RECEIPT: list[Line] = [
    Text("Waddenkust", bold=True, size=Size.LARGE, align=Align.CENTER),
    Rule(),
    *(
        line
        for number in range(1, 11)
        for line in (
            Text(f"Boek {number} in ëigen tiid"),
            Text(f"{30000000000000 + number}"),
            Pair("uiterlijk terug", "14-12-2026", bold=True),
            Gap(),
        )
    ),
]
_LENGTH = len(Encoder(form()).encode(_RECEIPT))
_TOTAL = _LENGTH + 2 * _QUESTIONS
_BORDERS = {
    0,
    1,
    _QUESTIONS - 1,
    _QUESTIONS,
    _QUESTIONS + 1,
    _TOTAL - _QUESTIONS - 1,
    _TOTAL - _QUESTIONS,
    _TOTAL - _QUESTIONS + 1,
    _TOTAL - 1,
    _TOTAL,
}


def offsets(every: int = EVERY) -> list[int]:
    """The places at which a connection fails: every so many bytes, and where the receipt begins and ends."""
    return sorted({*range(0, _TOTAL + 1, every), *_BORDERS})


def fails(after: int, *, reset: bool) -> str:
    """Print on a printer that fails after so many bytes, then another receipt on the same printer, mended; what was wrong, empty if nothing."""
    expected: type[DeviceError] = DeviceLost if reset else DeviceSilent
    with TcpPrinter() as paper:
        driver = EscposPrinter(host="127.0.0.1", port=paper.port, trust_status=True, timeout=30.0 if reset else _BRIEF)
        driver.open()
        if reset:
            paper.reset_after = after
        else:
            paper.stall_after = after
        try:
            driver.print(_RECEIPT)
        except expected as error:
            told = error.reason
        except DeviceError as error:
            return f"byte {after}: {type(error).__name__}"
        else:
            return f"byte {after}: no error"
        received = bytes(paper.received)
        paper.reset_after = paper.stall_after = None
        paper.roll.hang_up()
        driver._timeout = 30.0
        driver.print([Text("de volgende")])
        driver.close()
        since = bytes(paper.received)[len(received) :]
        whole = sum(sheet.text.count("30000000000010") for sheet in paper.sheets)
    checks = {
        "the reason": told is (Fault.CONNECTION_LOST if reset else Fault.NO_ANSWER),
        "what was taken": len(received) == after,
        "begun once": received.count(_BEGIN) == (after >= _QUESTIONS + len(_BEGIN)),
        "never again": since.count(_BEGIN) == 1 and b"Boek" not in since,
        "on paper once at most": whole <= 1 and (after < _QUESTIONS + _LENGTH or whole == 1),
        "connections": paper.connections == 3,
    }
    return ", ".join(f"byte {after}: {name}" for name, held in checks.items() if not held)


@pytest.mark.parametrize("reset", [True, False])
def test_a_receipt_that_fails_at_any_byte_is_told_and_never_printed_twice(reset: bool) -> None:  # noqa: FBT001 - a case of the table
    """Reset: lost; stalled: silent at the deadline. Nothing is sent again, and the next receipt comes out on a new connection."""
    with ThreadPoolExecutor(AT_ONCE) as tries:
        wrong = [what for what in tries.map(lambda after: fails(after, reset=reset), offsets()) if what]
    assert not wrong


def test_after_its_last_byte_a_receipt_is_well() -> None:
    """A printer that breaks off one byte later than all that is sent has printed the receipt once, and that is what is told."""
    with TcpPrinter() as paper:
        paper.reset_after = _TOTAL + 1
        driver = EscposPrinter(host="127.0.0.1", port=paper.port, trust_status=True, timeout=30.0)
        driver.open()
        driver.print(_RECEIPT)
        driver.close()
        assert len(paper.sheets) == 1
        assert len(paper.received) == _TOTAL
