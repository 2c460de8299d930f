"""The whole chain on real parts: a card on a real pcscd, the kiosk's window on a real X server, a desk process on its own port, a printer over TCP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.tags.iso28560_3 import CIRCULATING_ITEM, PATRON_CARD, Block, encode
from kiosk.backend.line import FaultyLine
from tests.real.display import Display, virtual_display
from tests.real.tcp_printer import TcpPrinter
from tests.real.virtual_card import BANK_CARD, VirtualCard

pytestmark = pytest.mark.real

PATIENCE = 40.0
WIDTH, HEIGHT = 540, 960
PRIMARY = (round(WIDTH * 0.66), round(HEIGHT * 0.908))  # the primary action, at the foot of every page

SETTINGS = """
[kiosk]
state_dir = "state"
fullscreen = false
reduced_motion = true

[library]
name = "Bibliotheek Waddenkust"
backend = "http"
url = "{url}"
token_file = "token"

[pass_reader]
driver = "pcsc"
reader = "Virtual PCD 00 00"

[item_reader]
driver = "pcsc"
reader = "Virtual PCD 00 01"

[scanner]
driver = "keyboard"
rules = [{{ kind = "pass", pattern = "2\\\\d{{13}}" }}]

[printer]
driver = "escpos"
connection = "network"
host = "127.0.0.1"
port = {port}
"""


def _pass(number: int, owner: str = "NL-0702881037") -> bytes:
    return encode(Block(number=str(20000000000000 + number), owner=owner, usage=PATRON_CARD)).ljust(112, b"\0")


def _item(number: int) -> bytes:
    return encode(Block(number=str(30000000000000 + number), owner="NL-0899990000", usage=CIRCULATING_ITEM)).ljust(112, b"\0")


@dataclass
class Hall:
    """Everything in the hall, and what the kiosk has written down."""

    display: Display
    printer: TcpPrinter
    pass_card: VirtualCard
    item_card: VirtualCard
    folder: Path
    line: FaultyLine
    kiosk: subprocess.Popen[bytes] | None = None

    def start_kiosk(self) -> None:
        command = [sys.executable, "-m", "kiosk", "run", "--config", str(self.folder / "kiosk.toml")]
        self.kiosk = subprocess.Popen(command, env=self.display.environment)

    def end_kiosk(self, signal_number: int = signal.SIGTERM) -> None:
        assert self.kiosk
        self.kiosk.send_signal(signal_number)
        self.kiosk.wait(PATIENCE)

    def journal(self) -> list[dict[str, Any]]:
        command = [sys.executable, "-m", "kiosk", "journal", "--config", str(self.folder / "kiosk.toml"), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else []

    def wait_for(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first entry of the journal for which this holds."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self.kiosk
            assert self.kiosk.poll() is None, "the kiosk has ended"
            if found := next((entry for entry in self.journal() if holds(entry)), None):
                return found
            time.sleep(0.1)
        raise AssertionError(f"it did not happen; the journal has {[entry['what'] for entry in self.journal()]}")


@pytest.fixture
def hall(card: VirtualCard, second_card: VirtualCard, tmp_path: Path) -> Iterator[Hall]:
    desk_command = [sys.executable, "-m", "desk", "serve", "--port", "0", "--db", f"sqlite:///{tmp_path / 'desk.db'}", "--demo-data"]
    desk_command += ["--pair", "hall", "--token-file", str(tmp_path / "token"), "--until-stdin-closes", "--json"]
    desk = subprocess.Popen(desk_command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert desk.stdin
    assert desk.stdout
    url = json.loads(desk.stdout.readline())["url"]
    line = FaultyLine("127.0.0.1", int(url.rpartition(":")[2]))
    with TcpPrinter() as printer, virtual_display(WIDTH, HEIGHT) as display:
        (tmp_path / "kiosk.toml").write_text(SETTINGS.format(url=line.url, port=printer.port))
        everything = Hall(display, printer, card, second_card, tmp_path, line)
        everything.start_kiosk()
        try:
            yield everything
        finally:
            everything.end_kiosk()
            line.close()
            desk.stdin.close()
            desk.wait(PATIENCE)
            desk.stdout.close()


def test_guest_borrows(hall):
    """A guest holds her pass, puts down one item, scans another, taps done and receipt: lent at the library, printed on paper, nobody named."""
    hall.pass_card.insert(_pass(11))
    hall.wait_for(lambda entry: entry["what"] == "visit_opened")

    hall.item_card.insert(_item(18), uid=bytes.fromhex("E004010000000018"))
    hall.wait_for(lambda entry: entry["what"] == "lent" and entry["item"] == "30000000000018")
    hall.display.type("30000000000026")
    hall.wait_for(lambda entry: entry["what"] == "lent" and entry["item"] == "30000000000026")

    hall.display.click(*PRIMARY)
    hall.wait_for(lambda entry: entry["what"] == "ending" and entry["how"] == "done")
    hall.display.click(*PRIMARY)
    hall.wait_for(lambda entry: entry["what"] == "receipt_printed")
    (sheet,) = hall.printer.sheets
    assert "30000000000018" in sheet.text
    assert "30000000000026" in sheet.text
    assert "123" in sheet.text
    assert "20000000000011" not in sheet.text

    written = b"".join(file.read_bytes() for file in (hall.folder / "state").iterdir())
    assert b"20000000000011" not in written


def test_bank_card_then_refused_guest_then_slip(hall):
    """A bank card is told apart; a guest whose subscription at home has expired is refused and prints a slip with the code."""
    hall.pass_card.insert(atr=BANK_CARD, payment=True)
    hall.wait_for(lambda entry: entry["what"] == "visit_refused" and entry["reasons"] == "not_a_library_pass")
    hall.pass_card.remove()
    hall.pass_card.insert(_pass(13, "NL-0702881046"))
    hall.wait_for(lambda entry: entry["what"] == "visit_refused" and entry["reasons"] == "home_subscription_invalid")

    hall.display.click(round(WIDTH * 0.2), PRIMARY[1])
    hall.printer.wait_for_sheets(1, within=PATIENCE)
    assert "home_subscription_invalid" in hall.printer.sheets[0].text


def test_pass_without_chip_is_scanned(hall):
    """The barcode of a pass under the scanner goes to the desk, with a slip."""
    hall.wait_for(lambda entry: entry["what"] == "screen_ready")
    hall.display.type("20000000000018")
    hall.wait_for(lambda entry: entry["what"] == "desk")

    hall.display.click(*PRIMARY)
    hall.printer.wait_for_sheets(1, within=PATIENCE)
    assert "no_chip" in hall.printer.sheets[0].text


def test_pcscd_is_killed_during_a_visit(hall, pcscd):
    """Pcscd dies and comes back: the visit goes on, and the next pass is read."""
    hall.pass_card.insert(_pass(20, "NL-0899990000"))
    hall.wait_for(lambda entry: entry["what"] == "visit_opened")
    pcscd.kill()
    hall.wait_for(lambda entry: entry["what"] == "device_down" and entry["device"] == "pass_reader")

    hall.display.type("30000000000031")
    hall.wait_for(lambda entry: entry["what"] == "lent" and entry["item"] == "30000000000031")
    hall.display.click(*PRIMARY)
    hall.display.click(*PRIMARY)
    pcscd.start()
    hall.wait_for(lambda entry: entry["what"] == "device_up" and entry["device"] == "pass_reader")
    hall.wait_for(lambda entry: entry["what"] == "receipt_printed")

    visits = [entry["visit"] for entry in hall.journal() if entry["what"] == "visit_opened"]
    hall.pass_card.insert(_pass(11))
    hall.wait_for(lambda entry: entry["what"] == "visit_opened" and entry["visit"] not in visits)


def test_killed_in_the_middle_of_a_loan(hall):
    """The answer to a loan is lost and the kiosk is killed: the next one finds out what became of it before it serves anybody, and lends nothing twice."""
    hall.pass_card.insert(_pass(11))
    hall.wait_for(lambda entry: entry["what"] == "visit_opened")
    hall.line.fail("reply_lost")
    hall.display.type("30000000000033")
    intent = hall.wait_for(lambda entry: entry["what"] == "loan_intent")
    hall.wait_for(lambda entry: entry["what"] == "loan_uncertain")
    hall.end_kiosk(signal.SIGKILL)

    hall.pass_card.remove()
    hall.line.mend("reply_lost")
    hall.start_kiosk()
    outcome = hall.wait_for(lambda entry: entry["what"] == "loan_outcome")
    assert (outcome["key"], outcome["outcome"]) == (intent["key"], "lent")
    assert [entry["what"] for entry in hall.journal()].count("loan_intent") == 1
