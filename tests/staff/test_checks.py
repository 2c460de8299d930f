"""What `kiosk check` and the staff pages say of devices and library: a sentence each, and nothing changed, opened or printed afterwards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from drivers.contract import Gap, Paper, PrinterStatus, Role, Text
from drivers.errors import DeviceError, DeviceLost, DeviceMissing, DeviceSilent, Fault, SettingWrong
from drivers.printers.simulated import SimulatedPrinter
from drivers.readers.simulated import SimulatedTagReader
from drivers.scanners.simulated import SimulatedBarcodeScanner
from kiosk.ports import LibraryIncoherent, LibrarySilent, LibraryStatus
from kiosk.staff.checks import Check, check_device, check_library, check_printer, check_secret, verdict
from tests.engine.parts import FakeLibrary, no_thread_left


def raising(error: Exception) -> Callable[[], None]:
    """A maker that cannot make anything."""

    def make() -> None:
        raise error

    return make


# -- readers and scanners


def test_device_that_works():
    """It is opened, and let go of again: the kiosk that runs beside it keeps its reader."""
    reader = SimulatedTagReader()
    with no_thread_left():
        check = check_device(Role.PASS_READER, lambda: reader, needed=True)

    assert check == Check("pass_reader", True, "Simulated tag reader.", True)
    assert not reader._open


def test_device_that_is_not_plugged_in():
    """What to do about it, as its driver says; it is let go of all the same."""
    scanner = SimulatedBarcodeScanner()
    scanner.fail("unplugged")
    check = check_device(Role.SCANNER, lambda: scanner, needed=False)

    assert check == Check("scanner", False, "The simulated scanner is unplugged; plug it in again.", False)
    assert not scanner._open


def test_driver_that_does_not_exist():
    error = SettingWrong("There is no driver 'pcsk'; did you mean pcsc?")

    assert check_device(Role.PASS_READER, raising(error), needed=True) == Check("pass_reader", False, error.hint, True)


@pytest.mark.parametrize("needed", [True, False])
def test_device_that_the_settings_do_not_name(needed):
    """That is a fault only where a guest needs it."""
    check = check_device(Role.ITEM_READER, lambda: None, needed=needed)

    assert check.well is not needed
    assert check.says == "The settings name none."


# -- the printer


@dataclass
class FakePrinter:
    """A printer that says of itself what the test wants; implements drivers.contract.Printer."""

    says: PrinterStatus | DeviceError
    calls: list[str] = field(default_factory=list)

    def open(self) -> None:
        self.calls.append("open")

    def close(self) -> None:
        self.calls.append("close")

    def describe(self) -> str:
        return "a printer on port 9100"

    def status(self) -> PrinterStatus:
        self.calls.append("status")
        if isinstance(self.says, DeviceError):
            raise self.says
        return self.says

    def print(self, lines: object) -> None:
        raise AssertionError(lines)


WELL = "A printer on port 9100."
OFFLINE = "The printer is offline; look at its lamp or switch it off and on."
OUT = "The paper is out; put in a new roll."
COVER = "The cover is open; close it."


@pytest.mark.parametrize(
    ("status", "well", "says"),
    [
        (PrinterStatus(paper=Paper.OK, believable=True), True, WELL),
        (PrinterStatus(), True, WELL),
        (PrinterStatus(paper=Paper.NEAR_END, believable=True), True, "A printer on port 9100. The paper is nearly out."),
        (PrinterStatus(paper=Paper.OUT, believable=True), False, OUT),
        (PrinterStatus(cover_open=True, paper=Paper.OUT, online=False, believable=True), False, COVER),
        (PrinterStatus(online=False, paper=Paper.OUT, believable=True), False, OUT),
        (PrinterStatus(online=False, paper=Paper.OK, believable=True), False, OFFLINE),
        (PrinterStatus(online=False, paper=Paper.NEAR_END, believable=True), False, OFFLINE),
        (PrinterStatus(online=False), True, WELL),
    ],
    ids=[
        "well",
        "says nothing",
        "near end",
        "out",
        "cover first",
        "out of paper and so offline",
        "offline",
        "offline, near end",
        "not believable",
    ],
)
def test_printer(status, well, says):
    """One sentence: what a person should do first. A printer that does not really answer is not called broken. It is let go of afterwards."""
    printer = FakePrinter(status)
    check = check_printer(lambda: printer)

    assert check == Check("printer", well, says, needed=False)
    assert printer.calls == ["open", "status", "close"]


@pytest.mark.parametrize(
    "error", [DeviceSilent(Fault.NO_ANSWER, "Switch it off and on."), DeviceLost(Fault.CONNECTION_LOST, "Look at the cable.")]
)
def test_printer_that_does_not_answer(error):
    printer = FakePrinter(error)

    assert check_printer(lambda: printer) == Check("printer", False, error.hint, needed=False)
    assert printer.calls[-1] == "close"


def test_printer_that_is_not_there():
    error = DeviceMissing(Fault.NOT_PLUGGED_IN, "Plug it in.")

    assert check_printer(raising(error)) == Check("printer", False, "Plug it in.", needed=False)


def test_kiosk_without_a_printer():
    """That is well: guests read their due dates on the screen."""
    assert check_printer(lambda: None).well


@pytest.mark.parametrize(("fault", "says"), [("paper_out", OUT), ("cover_open", COVER), ("offline", OFFLINE)])
def test_real_driver(fault, says):
    """The status bytes of the real driver lead to the same sentences; what was printed before is untouched, and nothing is added."""
    with closing(SimulatedPrinter()) as printer:
        printer.open()
        printer.print((Text("Oeroeg"), Gap(1)))
        printer.fail(fault)

        assert check_printer(lambda: printer) == Check("printer", False, says, needed=False)
        printer.mend(fault)
        assert check_printer(lambda: printer).well


# -- the library


class FakeStatus(FakeLibrary):
    """A library that says how it is, or does not."""

    def __init__(self, says: LibraryStatus | Exception) -> None:
        super().__init__()
        self._says = says

    def status(self) -> LibraryStatus:
        if isinstance(self._says, Exception):
            raise self._says
        return self._says


def test_library_that_answers():
    check = check_library(lambda: FakeStatus(LibraryStatus("Bibliotheek Waddenkust", "0.1.0")))

    assert check == Check("library", True, "Bibliotheek Waddenkust answers (desk 0.1.0).")


@pytest.mark.parametrize("error", [LibrarySilent("There is no connection."), LibraryIncoherent("The token is wrong.")])
def test_library_that_does_not(error):
    """Whether it says nothing or nonsense, and whether that shows when it is opened or asked."""
    assert check_library(lambda: FakeStatus(error)) == Check("library", False, error.hint)
    assert check_library(raising(error)) == Check("library", False, error.hint)


def test_token_that_cannot_be_read():
    check = check_library(raising(FileNotFoundError(2, "No such file or directory", "/etc/kiosk.token")))

    assert check == Check("library", False, "/etc/kiosk.token cannot be used: No such file or directory.")


# -- the token


@pytest.mark.parametrize(("mode", "well"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False), (0o620, False)])
def test_secret_is_its_owners_alone(tmp_path, mode, well):
    """Others who can read or write the token are told of, with the command that mends it; a guest can be helped all the same."""
    token = tmp_path / "kiosk.token"
    token.write_text("0123456789abcdef", encoding="ascii")
    token.chmod(mode)
    check = check_secret(token)

    assert check.well is well
    assert "0123456789abcdef" not in check.says
    assert (f"chmod 600 {token}" in check.says) is not well
    assert verdict((check,))


def test_secret_that_is_not_there(tmp_path):
    check = check_secret(tmp_path / "kiosk.token")

    assert not verdict((check,))
    assert "`desk pair` makes it" in check.says


# -- together


@pytest.mark.parametrize(
    ("checks", "well"),
    [
        ((), True),
        ((Check("a", True, ""), Check("b", False, "", needed=False)), True),
        ((Check("a", True, ""), Check("b", False, "")), False),
    ],
)
def test_verdict(checks, well):
    """Only what a guest needs counts."""
    assert verdict(checks) is well
    assert verdict(iter(checks)) is well
