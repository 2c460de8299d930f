"""The ESC/POS driver against a printer over TCP: what comes out, and each thing that goes wrong as the error that says what to do."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from drivers.contract import Align, Gap, Line, Pair, Paper, Printer, PrinterStatus, Qr, Rule, Size, Text
from drivers.errors import DeviceError, DeviceLost, DeviceMissing, DeviceRefused, DeviceSilent, Fault
from drivers.printers.escpos import EscposPrinter
from drivers.printers.form import form
from drivers.printers.wires import SocketWire
from tests.real.tcp_printer import TcpPrinter

pytestmark = pytest.mark.real

_BRIEF = 0.4  # seconds, for the tests in which the deadline must pass
_LONG: list[Line] = [Text(f"Regel {number} van een lange bon met veel te veel regels") for number in range(2_000)]
_ENDLESS: list[Line] = [Text("x" * 250)] * 30_000  # 7 MB: more than the network's buffers hold
_RECEIPT: list[Line] = [
    Text("Waddenkust", bold=True, size=Size.LARGE, align=Align.CENTER),
    Rule(),
    Pair("Reis om de wrâld in ëigen tiid", "€ 2,50"),
    Gap(2),
    Qr("https://bibliotheek.example/l/123"),
    Text("Tot ziens!", align=Align.CENTER),
]


@pytest.fixture
def paper() -> Iterator[TcpPrinter]:
    """A printer that is on."""
    with TcpPrinter() as printer:
        yield printer


def _driver(paper: TcpPrinter, *, trust_status: bool = True, timeout: float = 20.0, width_mm: int = 80) -> EscposPrinter:
    return EscposPrinter(host="127.0.0.1", port=paper.port, trust_status=trust_status, timeout=timeout, width_mm=width_mm)


def _opened(paper: TcpPrinter, *, trust_status: bool = True, timeout: float = 20.0) -> EscposPrinter:
    driver = _driver(paper, trust_status=trust_status, timeout=timeout)
    driver.open()
    return driver


def _questions() -> bytes:
    return b"\x10\x04\x01\x10\x04\x02\x10\x04\x04"


def test_a_receipt_comes_out_once_as_it_was_laid_out(paper: TcpPrinter) -> None:
    """The driver prints the lines, cuts, and has them on paper once when it returns."""
    driver = _opened(paper)
    driver.print(_RECEIPT)
    driver.close()
    (sheet,) = paper.sheets
    lines = sheet.text.splitlines()
    assert lines[0].strip() == "Waddenkust"
    assert lines[1] == "─" * 42
    assert lines[2] == "Reis om de wrâld in ëigen tiid      € 2,50"
    assert "[QR https://bibliotheek.example/l/123]" in lines
    assert [code.text for code in zxingcpp.read_barcodes(Image.open(io.BytesIO(paper.picture())))] == ["https://bibliotheek.example/l/123"]


def test_the_driver_is_a_printer_of_the_contract(paper: TcpPrinter) -> None:
    """The driver has the shape that the contract asks for, and says where the printer is."""
    driver: Printer = _driver(paper)
    assert f"127.0.0.1:{paper.port}" in driver.describe()


def test_a_receipt_is_framed_by_questions(paper: TcpPrinter) -> None:
    """The printer is asked how it is before the receipt and after it, and nothing else is sent."""
    driver = _opened(paper)
    driver.print([Text("a")])
    driver.close()
    received = bytes(paper.received)
    assert received.startswith(_questions() + b"\x1b@")
    assert received.endswith(b"a\n\x1dVB\x00" + _questions())


def test_status_is_what_the_printer_says(paper: TcpPrinter) -> None:
    """Paper, cover and the offline bit are read from the printer's answers."""
    driver = _opened(paper)
    assert driver.status() == PrinterStatus(online=True, paper=Paper.OK, cover_open=False, believable=True)
    paper.roll.paper = Paper.NEAR_END
    assert driver.status().paper is Paper.NEAR_END
    paper.roll.paper = Paper.OUT
    assert driver.status() == PrinterStatus(online=False, paper=Paper.OUT, cover_open=False, believable=True)
    paper.roll.paper = Paper.OK
    paper.roll.cover_open = True
    assert driver.status() == PrinterStatus(online=False, paper=Paper.OK, cover_open=True, believable=True)
    driver.close()


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [("paper", Paper.OUT, Fault.PAPER_OUT), ("cover_open", True, Fault.COVER_OPEN), ("online", False, Fault.OFFLINE)],
)
def test_a_printer_that_cannot_print_is_sent_nothing(paper: TcpPrinter, name: str, value: object, reason: Fault) -> None:
    """Paper out, cover open and offline are refusals with a hint, before a single byte of the receipt; mended, it prints."""
    driver = _opened(paper)
    before = getattr(paper.roll, name)
    setattr(paper.roll, name, value)
    with pytest.raises(DeviceRefused) as refusal:
        driver.print(_RECEIPT)
    assert refusal.value.reason is reason
    assert "Nothing was printed" in refusal.value.hint
    assert bytes(paper.received) == _questions()
    setattr(paper.roll, name, before)
    driver.print([Text("nu wel")])
    driver.close()
    assert [sheet.text for sheet in paper.sheets] == ["nu wel\n"]


@pytest.mark.parametrize("trust_status", [True, None])
def test_paper_that_is_nearly_out_is_told_before_and_after_a_receipt(paper: TcpPrinter, trust_status: bool | None) -> None:  # noqa: FBT001 - a case of the table
    """A believed printer says that its roll is nearly empty, while it is otherwise well, until a new roll is in; asking leaves nothing on paper."""
    driver = EscposPrinter(host="127.0.0.1", port=paper.port, trust_status=trust_status, timeout=20)
    driver.open()
    near_end = PrinterStatus(online=True, paper=Paper.NEAR_END, cover_open=False, believable=True)
    paper.roll.paper = Paper.NEAR_END
    assert driver.status() == near_end
    assert not paper.sheets
    driver.print([Text("bijna op")])
    assert driver.status() == near_end
    paper.roll.paper = Paper.OK
    assert driver.status().paper is Paper.OK
    driver.close()
    assert [sheet.text for sheet in paper.sheets] == ["bijna op\n"]


def test_a_printer_that_answers_nothing_does_not_say_how_much_paper_it_has(paper: TcpPrinter) -> None:
    """Before its first answer a printer is not believed, so its paper is unknown, not fine."""
    paper.roll.paper = Paper.NEAR_END
    paper.mute = True
    driver = EscposPrinter(host="127.0.0.1", port=paper.port)
    driver.open()
    assert driver.status() == PrinterStatus(paper=Paper.UNKNOWN, believable=False)
    paper.mute = False
    assert driver.status().paper is Paper.NEAR_END
    driver.close()


def test_words_of_another_script_and_a_logo_reach_the_printer_as_pictures(paper: TcpPrinter, tmp_path: Path) -> None:
    """The logo comes first, Arabic and Ukrainian lines come as pictures between lines in letters, and status is right after them all the same."""
    Image.new("L", (160, 80), 0).save(tmp_path / "logo.png")
    driver = EscposPrinter(host="127.0.0.1", port=paper.port, trust_status=True, timeout=20, logo=tmp_path / "logo.png")
    driver.open()
    driver.print([Text("Titels"), Text("موسم الهجرة إلى الشمال"), Text("30000000000018"), Text("Кобзар", bold=True), Text("Tot ziens")])
    driver.close()
    assert paper.sheets[0].text.splitlines() == ["[picture]", "Titels", "[picture]", "30000000000018", "[picture]", "Tot ziens"]
    assert paper.picture().startswith(b"\x89PNG")


def test_paper_that_is_nearly_out_still_prints(paper: TcpPrinter) -> None:
    """Near the end of the roll a receipt is printed."""
    paper.roll.paper = Paper.NEAR_END
    driver = _opened(paper)
    driver.print([Text("nog net")])
    driver.close()
    assert len(paper.sheets) == 1


def test_paper_that_runs_out_during_the_receipt_is_told(paper: TcpPrinter, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the paper ends while printing, the answer afterwards is a refusal that says that the receipt may not be whole."""
    driver = _opened(paper)
    feed = paper.roll.feed

    def runs_out(data: bytes) -> bytes:
        if b"\x1b@" in data:
            paper.roll.paper = Paper.OUT
        return feed(data)

    monkeypatch.setattr(paper.roll, "feed", runs_out)
    with pytest.raises(DeviceRefused) as refusal:
        driver.print(_RECEIPT)
    driver.close()
    assert refusal.value.reason is Fault.PAPER_OUT
    assert "not printed again" in refusal.value.hint


def test_a_printer_that_is_off_is_missing(paper: TcpPrinter) -> None:
    """Refused connections are a missing device at open and at print, and a lost one for a question; switched on again, it prints."""
    driver = _opened(paper)
    paper.switch_off()
    with pytest.raises(DeviceMissing) as missing:
        driver.print(_RECEIPT)
    assert missing.value.reason is Fault.NOT_PLUGGED_IN
    assert isinstance(missing.value.__cause__, ConnectionRefusedError)
    with pytest.raises(DeviceLost):
        driver.status()
    with pytest.raises(DeviceMissing):
        _opened(paper)
    paper.switch_on()
    driver.print([Text("weer aan")])
    driver.close()
    assert [sheet.text for sheet in paper.sheets] == ["weer aan\n"]


def test_a_printer_that_lets_nobody_in_is_missing() -> None:
    """Where no connection comes about before the deadline, nothing was begun."""
    with socket.socket() as listener, contextlib.ExitStack() as crowd:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            other = crowd.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(listener.getsockname())
        with pytest.raises(DeviceMissing) as missing:
            EscposPrinter(host="127.0.0.1", port=listener.getsockname()[1], timeout=_BRIEF).open()
    assert isinstance(missing.value.__cause__, TimeoutError)


def test_a_name_that_the_network_does_not_know_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint for an unknown name speaks of the name."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(DeviceMissing, match="name"):
        EscposPrinter(host="printer.invalid").open()


@pytest.mark.parametrize("after", [0, 4, 9, 30, 200])
def test_a_connection_that_breaks_is_a_lost_device(paper: TcpPrinter, after: int) -> None:
    """A reset at any byte is a lost device; the receipt is not sent again, the next one is."""
    driver = _opened(paper)
    paper.reset_after = after
    with pytest.raises(DeviceLost) as lost:
        driver.print(_RECEIPT)
    assert lost.value.reason is Fault.CONNECTION_LOST
    assert isinstance(lost.value.__cause__, OSError)
    assert len(paper.received) == after
    paper.reset_after = None
    driver.print([Text("de volgende")])
    driver.close()
    assert "de volgende" in paper.sheets[-1].text


def test_a_connection_that_breaks_is_noticed_without_status_too(paper: TcpPrinter) -> None:
    """A receipt too long for the network's buffers, to a printer that breaks off, is a lost device even where it is not asked."""
    driver = _opened(paper, trust_status=False)
    paper.reset_after = 1000
    with pytest.raises(DeviceLost):
        driver.print(_LONG)
    driver.close()


def test_a_mute_printer_is_silent(paper: TcpPrinter) -> None:
    """A printer that answers nothing is silent after the deadline, sent nothing of the receipt, and met again on a new connection."""
    driver = _opened(paper, timeout=_BRIEF)
    paper.mute = True
    with pytest.raises(DeviceSilent) as silent:
        driver.print(_RECEIPT)
    assert silent.value.reason is Fault.NO_ANSWER
    assert "trust_status" in silent.value.hint
    assert bytes(paper.received) == _questions()[:3]
    with pytest.raises(DeviceSilent):
        driver.status()
    driver.close()


@pytest.mark.parametrize(("trust_status", "lines"), [(True, _RECEIPT), (False, _LONG), (False, _ENDLESS)])
def test_a_printer_that_never_reads_is_silent(paper: TcpPrinter, trust_status: bool, lines: list[Line]) -> None:  # noqa: FBT001 - a case of the table
    """A printer that accepts and never reads is silent within the deadline, asked or not, however much is sent."""
    driver = _opened(paper, trust_status=trust_status, timeout=_BRIEF)
    paper.stalled = True
    with pytest.raises(DeviceSilent):
        driver.print(lines)
    driver.close()
    assert not paper.sheets


def test_a_printer_that_answers_nothing_prints_when_it_is_not_asked(paper: TcpPrinter) -> None:
    """With trust_status off nothing is asked, nothing is believed, and the receipt is sent as it is."""
    paper.mute = True
    driver = _opened(paper, trust_status=False)
    assert driver.status() == PrinterStatus()
    driver.print([Text("zonder vragen")])
    driver.close()
    paper.wait_for_sheets(1)
    assert paper.sheets[0].text == "zonder vragen\n"
    assert b"\x10\x04" not in paper.received


def test_a_printer_that_never_answered_prints_all_the_same(paper: TcpPrinter) -> None:
    """Where trust is to be found out, a printer that never answers a question gets its receipt, and only one."""
    paper.mute = True
    driver = EscposPrinter(host="127.0.0.1", port=paper.port)
    driver.open()
    assert not driver.status().believable
    driver.print([Text("op goed geluk")])
    driver.close()
    paper.wait_for_sheets(1)
    assert [sheet.text for sheet in paper.sheets] == ["op goed geluk\n"]


def test_a_printer_that_once_answered_is_believed(paper: TcpPrinter) -> None:
    """Where trust is to be found out, silence after the first answer is a fault, and nothing is sent into it."""
    driver = EscposPrinter(host="127.0.0.1", port=paper.port, timeout=_BRIEF)
    driver.open()
    assert driver.status().believable
    paper.mute = True
    with pytest.raises(DeviceSilent):
        driver.print(_RECEIPT)
    driver.close()
    assert not paper.sheets


def test_a_printer_that_speaks_unasked_prints(paper: TcpPrinter) -> None:
    """Reports that come unasked do not confuse the answers."""
    paper.greeting = b"\x14\x00\x00\x0f" * 8
    driver = _opened(paper)
    driver.print([Text("goedendag")])
    driver.close()
    assert [sheet.text for sheet in paper.sheets] == ["goedendag\n"]


def test_what_was_not_read_does_not_break_the_connection(paper: TcpPrinter) -> None:
    """A connection is closed, not reset, though a report lies unread in it: a reset could lose the end of a receipt."""
    paper.greeting = b"\x14\x00\x00\x0f"
    until = time.monotonic() + 20
    wire = SocketWire("127.0.0.1", paper.port, until)
    assert wire._socket.recv(1, socket.MSG_PEEK)
    wire.send(b"einde\n\x1dV\x00", until)
    wire.close()
    paper.wait_for_ends(1)
    assert paper.ends == ["closed by the host"]


def test_closing_frees_who_is_printing(paper: TcpPrinter) -> None:
    """close() from another thread ends a job that waits for a mute printer, long before its deadline; a closed printer is missing."""
    driver = _opened(paper, timeout=60)
    paper.mute = True
    ended: list[DeviceError] = []

    def job() -> None:
        try:
            driver.print(_RECEIPT)
        except DeviceError as error:
            ended.append(error)

    thread = threading.Thread(target=job)
    thread.start()
    until = time.monotonic() + 10
    while not paper.received and time.monotonic() < until:
        time.sleep(0.002)
    driver.close()
    driver.close()
    thread.join(30)
    assert not thread.is_alive()
    assert [type(error) for error in ended] == [DeviceLost]
    with pytest.raises(DeviceMissing):
        driver.print(_RECEIPT)
    with pytest.raises(DeviceLost):
        driver.status()


def test_receipts_of_several_threads_do_not_mix(paper: TcpPrinter) -> None:
    """Jobs that come at once are printed one after the other, each whole."""
    driver = _opened(paper, timeout=60)
    threads = [threading.Thread(target=driver.print, args=([Text(f"bon {number}"), Text(f"einde {number}")],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    driver.close()
    assert sorted(sheet.text for sheet in paper.sheets) == [f"bon {number}\neinde {number}\n" for number in range(8)]


def test_noise_between_the_answers_is_passed_over(paper: TcpPrinter, monkeypatch: pytest.MonkeyPatch) -> None:
    """XON, XOFF and reports that nobody asked for are not taken for answers."""
    driver = _opened(paper)
    feed = paper.roll.feed
    noise = b"\x11\x13\x14\x00\x00\x0f"

    def noisy(data: bytes) -> bytes:
        answer = feed(data)
        return noise + answer if answer else b""

    monkeypatch.setattr(paper.roll, "feed", noisy)
    paper.roll.paper = Paper.NEAR_END
    assert driver.status() == PrinterStatus(online=True, paper=Paper.NEAR_END, cover_open=False, believable=True)
    driver.close()


def test_narrow_paper_is_filled_to_its_edge() -> None:
    """On 58 mm paper a rule is 32 columns wide and nothing runs over."""
    with TcpPrinter(form(width_mm=58)) as paper:
        driver = _driver(paper, width_mm=58)
        driver.open()
        driver.print(_RECEIPT)
        driver.close()
        assert "─" * 32 + "\n" in paper.sheets[0].text
