"""The ESC/POS driver through a real CUPS of the test's own: cupsd, its programs and its socket backend, on to a printer over TCP."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.contract import PrinterStatus, Text
from drivers.errors import DeviceMissing, DeviceRefused, DeviceSilent, Fault
from drivers.printers.escpos import EscposPrinter
from tests.real.tcp_printer import TcpPrinter

_CUPSD = shutil.which("cupsd", path="/usr/sbin:/usr/local/sbin")
_LPADMIN = shutil.which("lpadmin", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        _CUPSD is None or _LPADMIN is None or os.geteuid() != 0, reason="needs the Debian package cups, and root to start one"
    ),
]

_FILES = """ServerRoot {0}/root
RequestRoot {0}/spool
CacheDir {0}/cache
StateDir {0}/state
TempDir {0}/tmp
AccessLog {0}/access
ErrorLog {0}/error
PageLog {0}/page
SystemGroup root
"""
_CONFIG = """Listen {0}/sock
Browsing No
WebInterface No
DefaultAuthType None
PreserveJobFiles No
<Policy default>
JobPrivateAccess default
JobPrivateValues default
SubscriptionPrivateAccess default
SubscriptionPrivateValues default
<Limit All>
Order deny,allow
</Limit>
</Policy>
"""


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout


@pytest.fixture(scope="module")
def cupsd() -> Iterator[str]:
    """A CUPS that listens at a socket in a folder of its own; that socket's path."""
    with tempfile.TemporaryDirectory(prefix="cups-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # its backends run as another user
        for part in ("root", "spool", "cache", "state", "tmp"):
            (folder / part).mkdir()
        (folder / "files.conf").write_text(_FILES.format(folder))
        (folder / "cupsd.conf").write_text(_CONFIG.format(folder))
        daemon = subprocess.Popen(
            [str(_CUPSD), "-f", "-c", f"{folder}/cupsd.conf", "-s", f"{folder}/files.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until = time.monotonic() + 20
            while not (folder / "sock").exists():
                assert daemon.poll() is None, (folder / "error").read_text()
                assert time.monotonic() < until
                time.sleep(0.02)
            yield f"{folder}/sock"
        finally:
            daemon.terminate()
            daemon.wait(20)


@pytest.fixture
def paper(cupsd: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TcpPrinter]:
    """A network printer with a raw queue named bon."""
    monkeypatch.setenv("CUPS_SERVER", cupsd)
    with TcpPrinter() as printer:
        _run(str(_LPADMIN), "-p", "bon", "-E", "-v", f"socket://127.0.0.1:{printer.port}")
        yield printer
        _run("cancel", "-a", "bon")
        _run(str(_LPADMIN), "-x", "bon")


def _opened(timeout: float = 30.0) -> EscposPrinter:
    printer = EscposPrinter(connection="cups", queue="bon", timeout=timeout)
    printer.open()
    return printer


def test_receipts_come_out_once_through_cups(paper: TcpPrinter) -> None:
    """What the driver gives to CUPS comes out of the printer unchanged and once, and the queue is empty when print() returns."""
    printer = _opened()
    assert printer.status() == PrinterStatus(believable=True)
    printer.print([Text("een €")])
    printer.print([Text("twee Ж")])
    assert not _run("lpstat", "-o", "bon")
    printer.close()
    paper.wait_for_sheets(2)
    assert [sheet.text for sheet in paper.sheets] == ["een €\n", "[picture]\n"]


def test_a_queue_that_was_stopped_is_refused(paper: TcpPrinter) -> None:
    """A queue after cupsdisable or cupsreject refuses; with both undone it prints."""
    printer = _opened()
    for stop, start in (("cupsdisable", "cupsenable"), ("cupsreject", "cupsaccept")):
        _run(stop, "bon")
        assert not printer.status().online
        with pytest.raises(DeviceRefused) as refusal:
            printer.print([Text("niet")])
        assert refusal.value.reason is Fault.OFFLINE
        _run(start, "bon")
    printer.print([Text("wel")])
    printer.close()
    paper.wait_for_sheets(1)
    assert [sheet.text for sheet in paper.sheets] == ["wel\n"]


def test_a_receipt_for_a_printer_that_is_off_never_comes_out_later(paper: TcpPrinter) -> None:
    """Where CUPS cannot reach the printer in time, the job is cancelled: switched on again, the printer prints the next receipt only."""
    printer = _opened(timeout=2.0)
    paper.switch_off()
    with pytest.raises(DeviceSilent):
        printer.print([Text("te laat")])
    printer.close()
    assert not _run("lpstat", "-o", "bon")
    paper.switch_on()
    printer = _opened()
    printer.print([Text("de volgende")])
    printer.close()
    paper.wait_for_sheets(1)
    assert [sheet.text for sheet in paper.sheets] == ["de volgende\n"]


def test_a_queue_that_is_not_there_and_a_cups_that_does_not_run(paper: TcpPrinter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are missing printers, told apart."""
    with pytest.raises(DeviceMissing) as missing:
        EscposPrinter(connection="cups", queue="geen").open()
    assert missing.value.reason is Fault.NOT_PLUGGED_IN
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("CUPS_SERVER", "/nowhere/cups.sock")
        with pytest.raises(DeviceMissing) as missing:
            EscposPrinter(connection="cups", queue="bon").open()
    assert missing.value.reason is Fault.SERVICE_DOWN
    assert not paper.sheets
