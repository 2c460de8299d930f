"""The simulated printer: the real driver's bytes on paper that can be looked at, and the faults that stories ask for."""

from __future__ import annotations

import io

import pytest
import zxingcpp
from PIL import Image

from drivers.contract import Line, Pair, Paper, Printer, PrinterStatus, Qr, Rule, Simulated, SimulatedPrinter, Text
from drivers.errors import DeviceError, DeviceLost, DeviceMissing, DeviceRefused, DeviceSilent, Fault, SettingWrong
from drivers.printers import simulated

_RECEIPT: list[Line] = [
    Text("U hebt geleend", bold=True),
    Rule(),
    Pair("De avonden", "15-12-2026"),
    Qr("https://x/1"),
    Text("30000000000018"),
]


def _opened() -> simulated.SimulatedPrinter:
    printer = simulated.SimulatedPrinter()
    printer.open()
    return printer


def _texts(printer: simulated.SimulatedPrinter) -> list[str]:
    return [paper.text for paper in printer.paper]


def test_it_has_the_shape_of_the_contract() -> None:
    """It is a printer and a simulated device of the contract, and says what it is."""
    printer: Printer = simulated.SimulatedPrinter()
    assert "80 mm" in printer.describe()
    parts: list[object] = [simulated.SimulatedPrinter()]
    assert isinstance(parts[0], Simulated)
    assert isinstance(parts[0], SimulatedPrinter)


def test_its_paper_can_be_read_and_looked_at() -> None:
    """Each receipt is one piece of paper: its text, and a PNG whose QR code can be scanned."""
    printer = _opened()
    printer.print(_RECEIPT)
    printer.print([Text("tweede")])
    first, second = printer.paper
    assert first.text.splitlines() == [
        "U hebt geleend",
        "─" * 42,
        "De avonden" + " " * 22 + "15-12-2026",
        "[QR https://x/1]",
        "30000000000018",
    ]
    assert second.text == "tweede\n"
    assert [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(first.png)))] == ["https://x/1"]
    printer.close()


def test_forgotten_paper_is_gone() -> None:
    """forget() leaves nothing; opening again begins with no paper."""
    printer = _opened()
    printer.print(_RECEIPT)
    printer.forget()
    assert not _texts(printer)
    printer.print(_RECEIPT)
    printer.close()
    printer.open()
    assert not _texts(printer)


@pytest.mark.parametrize(
    ("fault", "error", "reason"),
    [
        ("paper_out", DeviceRefused, Fault.PAPER_OUT),
        ("cover_open", DeviceRefused, Fault.COVER_OPEN),
        ("offline", DeviceRefused, Fault.OFFLINE),
        ("silent", DeviceSilent, Fault.NO_ANSWER),
        ("reset", DeviceLost, Fault.CONNECTION_LOST),
    ],
)
def test_each_fault_is_the_error_that_the_real_printer_gives(fault: str, error: type[DeviceError], reason: Fault) -> None:
    """A fault makes printing fail as it would, with no whole receipt on paper; mended, the printer prints on without being opened again."""
    printer = _opened()
    printer.fail(fault)
    with pytest.raises(error) as raised:
        printer.print(_RECEIPT)
    assert raised.value.reason is reason
    assert not _texts(printer)
    printer.mend(fault)
    printer.print([Text("weer goed")])
    (paper,) = printer.paper
    assert "weer goed" in paper.text
    printer.close()


def test_faults_are_listed_and_others_are_errors() -> None:
    """Every fault has a name in the list; a name that is not there is a ValueError that names them."""
    printer = simulated.SimulatedPrinter()
    assert set(printer.faults) == {"paper_out", "paper_near_end", "cover_open", "offline", "silent", "reset"}
    with pytest.raises(ValueError, match="paper_out"):
        printer.fail("on_fire")
    with pytest.raises(ValueError, match="paper_out"):
        printer.mend("on_fire")


def test_a_fault_before_opening_holds() -> None:
    """A fault brought about before the printer is opened is there when it is."""
    printer = simulated.SimulatedPrinter()
    printer.fail("paper_out")
    printer.open()
    status = printer.status()
    assert status.paper is Paper.OUT
    assert not status.online
    assert status.believable


def test_paper_that_is_nearly_out_is_told_and_prints() -> None:
    """Near the end of the roll the status says so, a receipt comes out all the same; without any paper that counts more."""
    printer = _opened()
    printer.fail("paper_near_end")
    assert printer.status() == PrinterStatus(online=True, paper=Paper.NEAR_END, cover_open=False, believable=True)
    printer.print([Text("nog net")])
    assert _texts(printer) == ["nog net\n"]
    printer.fail("paper_out")
    assert printer.status().paper is Paper.OUT
    printer.mend("paper_out")
    printer.mend("paper_near_end")
    assert printer.status().paper is Paper.OK
    printer.close()


def test_a_reset_leaves_half_a_receipt_on_the_roll() -> None:
    """What was printed before the connection broke stands above the next receipt, as it would."""
    printer = _opened()
    printer.fail("reset")
    with pytest.raises(DeviceLost):
        printer.print(_RECEIPT)
    printer.mend("reset")
    printer.print([Text("volgende")])
    (paper,) = printer.paper
    assert paper.text.startswith("U hebt geleend\n")
    assert paper.text.endswith("volgende\n")


def test_a_closed_printer_prints_nothing() -> None:
    """Before opening and after closing there is no printer."""
    printer = simulated.SimulatedPrinter()
    with pytest.raises(DeviceMissing):
        printer.print(_RECEIPT)
    printer.open()
    printer.close()
    printer.close()
    with pytest.raises(DeviceMissing):
        printer.print(_RECEIPT)


def test_wrong_settings_are_told_when_it_is_opened() -> None:
    """Width and profile are checked as for a real printer."""
    with pytest.raises(SettingWrong):
        simulated.SimulatedPrinter(width_mm=70).open()
    with pytest.raises(SettingWrong):
        simulated.SimulatedPrinter(profile="TM-T99").open()
