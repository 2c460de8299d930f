"""The way through CUPS, with programs of the tests named lp, lpstat and cancel in its place: real processes, pipes and deadlines."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from drivers.contract import Paper, PrinterStatus, Text
from drivers.errors import DeviceError, DeviceLost, DeviceMissing, DeviceRefused, DeviceSilent, Fault, SettingWrong
from drivers.printers.cups import may_be_queue
from drivers.printers.escpos import EscposPrinter
from drivers.printers.form import form
from drivers.printers.paper import Roll

_BRIEF = 0.8
_IDLE = "printer bon is idle.  enabled since Mon Nov 23 21:34:51 2026\n\tForm mounted:\n\tAlerts: {}\n\tLocation: \nbon accepting requests since Mon\n"
_STOPPED = "printer bon disabled since Mon Nov 23 21:34:52 2026 -\n\treason unknown\n\tAlerts: paused\nbon accepting requests since Mon\n"
_REFUSING = "printer bon is idle.  enabled since Mon\n\tAlerts: none\nbon not accepting requests since Mon -\n\tRejecting Jobs\n"

_LP = """#!/bin/sh
printf '%s ' "$@" >> {folder}/asked
[ -e {folder}/stuck ] && exec sleep 60
[ -e {folder}/broken ] && echo "lp: broken" >&2 && exit 1
[ -e {folder}/vague ] && exit 0
cat >> {folder}/bytes
[ -e {folder}/keeps ] && echo "bon-7  root  1024  Mon Nov 23" > {folder}/jobs
[ -e {folder}/stops ] && cp {folder}/stops {folder}/state
echo "request id is bon-7 (0 file(s))"
"""
_LPSTAT = """#!/bin/sh
case "$*" in
"-r") cat {folder}/scheduler ;;
"-p bon" | "-l -p bon -a bon") [ -e {folder}/state ] && cat {folder}/state && {{ ! grep -q disabled {folder}/state || cp {folder}/recovers {folder}/state 2> /dev/null || true; }} || {{ echo "lpstat: Invalid destination name" >&2; exit 1; }} ;;
"-o bon") touch {folder}/looked; cat {folder}/jobs 2> /dev/null; true ;;
*) exit 2 ;;
esac
"""
_CANCEL = """#!/bin/sh
echo "$@" >> {folder}/cancelled
[ ! -e {folder}/late ]
"""


class _Cups:
    """What the programs see and leave behind: files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.say(state=_IDLE.format("none"), scheduler="scheduler is running\n")

    def say(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / name).write_text(text)

    def left(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    @property
    def sheets(self) -> list[str]:
        path = self.folder / "bytes"
        roll = Roll(form())
        roll.feed(path.read_bytes() if path.exists() else b"")
        return [sheet.text for sheet in roll.sheets]


@pytest.fixture
def cups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Cups:
    """Programs of CUPS at the head of PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, script in (("lp", _LP), ("lpstat", _LPSTAT), ("cancel", _CANCEL)):
        (programs / name).write_text(script.format(folder=tmp_path))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    return _Cups(tmp_path)


def _opened(*, timeout: float = 20.0, trust_status: bool | None = None) -> EscposPrinter:
    printer = EscposPrinter(connection="cups", queue="bon", timeout=timeout, trust_status=trust_status)
    printer.open()
    return printer


def test_a_receipt_goes_raw_to_its_queue(cups: _Cups) -> None:
    """Each receipt is one raw job of the queue, under a title that says nothing of the guest, its bytes unchanged; nothing is cancelled."""
    printer = _opened()
    printer.print([Text("een €")])
    printer.print([Text("twee")])
    printer.close()
    assert cups.sheets == ["een €\n", "twee\n"]
    assert cups.left("asked") == "-d bon -o raw -t receipt " * 2
    assert b"\x10\x04" not in (cups.folder / "bytes").read_bytes()
    assert not cups.left("cancelled")
    assert "CUPS queue bon" in printer.describe()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (_IDLE.format("none"), PrinterStatus(believable=True)),
        (_IDLE.format("media-low-report"), PrinterStatus(paper=Paper.NEAR_END, believable=True)),
        (_IDLE.format("media-empty-error"), PrinterStatus(online=False, paper=Paper.OUT, believable=True)),
        (_IDLE.format("media-low,media-empty-error"), PrinterStatus(online=False, paper=Paper.OUT, believable=True)),
        (_IDLE.format("cover-open"), PrinterStatus(online=False, cover_open=True, believable=True)),
        (_IDLE.format("offline-report"), PrinterStatus(online=False, believable=True)),
        (_STOPPED, PrinterStatus(online=False, believable=True)),
        (_REFUSING, PrinterStatus(online=False, believable=True)),
    ],
)
def test_status_is_what_cups_says(cups: _Cups, said: str, status: PrinterStatus) -> None:
    """Paper, cover and offline are read from the reasons that CUPS lists; a queue that is stopped or refuses is offline."""
    printer = _opened()
    cups.say(state=said)
    assert printer.status() == status
    printer.close()


def test_cups_is_not_believed_where_status_is_not_trusted(cups: _Cups) -> None:
    """With trust_status off the state of the queue stops nothing."""
    printer = _opened(trust_status=False)
    cups.say(state=_IDLE.format("offline-report"))
    assert printer.status() == PrinterStatus()
    printer.print([Text("toch")])
    printer.close()
    assert cups.sheets == ["toch\n"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [(_STOPPED, Fault.OFFLINE), (_REFUSING, Fault.OFFLINE), (_IDLE.format("media-empty"), Fault.PAPER_OUT), (_IDLE.format("door-open"), Fault.COVER_OPEN)],
)  # fmt: skip
def test_a_stopped_queue_is_given_nothing(cups: _Cups, said: str, reason: Fault) -> None:
    """A queue that cannot print is a refusal before a byte is handed over; the hint of a stopped queue names the command that mends it."""
    printer = _opened()
    cups.say(state=said)
    with pytest.raises(DeviceRefused, match="Nothing was printed") as refusal:
        printer.print([Text("niet")])
    assert refusal.value.reason is reason
    assert reason is not Fault.OFFLINE or "cupsenable" in refusal.value.hint
    assert not cups.left("asked")
    printer.close()


def test_a_queue_that_stops_with_the_receipt_in_it_is_told_and_emptied(cups: _Cups) -> None:
    """When CUPS stops the queue during the job, the job is cancelled, so that nobody finds it on paper later."""
    printer = _opened()
    cups.say(keeps="", stops=_STOPPED)
    with pytest.raises(DeviceRefused, match="not printed again"):
        printer.print([Text("half")])
    assert cups.left("cancelled") == "bon-7\n"
    printer.close()


def test_a_queue_that_stops_for_a_moment_never_loses_a_receipt_in_silence(cups: _Cups) -> None:
    """A job that was given up for a stopped queue is a refusal, though the queue goes on right after."""
    printer = _opened()
    cups.say(keeps="", stops=_STOPPED, recovers=_IDLE.format("none"))
    with pytest.raises(DeviceRefused, match="not printed again"):
        printer.print([Text("half")])
    assert cups.left("state") == _IDLE.format("none")
    assert cups.left("cancelled") == "bon-7\n"
    printer.close()


def test_a_queue_that_is_not_believed_gets_all_its_time(cups: _Cups) -> None:
    """With trust_status off a job in a queue that calls itself offline is waited for until the deadline, then it is silence, and cancelled."""
    printer = _opened(timeout=_BRIEF, trust_status=False)
    cups.say(keeps="", state=_IDLE.format("offline-report"))
    with pytest.raises(DeviceSilent):
        printer.print([Text("misschien")])
    assert cups.left("cancelled") == "bon-7\n"
    printer.close()


@pytest.mark.parametrize("late", [False, True])
def test_a_receipt_that_does_not_come_out_in_time_is_cancelled(cups: _Cups, late: bool) -> None:  # noqa: FBT001 - a case of the table
    """A job that is still there at the deadline is silence, and is cancelled once, even where it is too late for that."""
    printer = _opened(timeout=_BRIEF)
    cups.say(keeps="", **({"late": ""} if late else {}))
    with pytest.raises(DeviceSilent):
        printer.print([Text("straks")])
    assert cups.left("cancelled") == "bon-7\n"
    assert cups.sheets == ["straks\n"]
    printer.close()


def test_a_program_that_hangs_is_silence(cups: _Cups) -> None:
    """When lp takes nothing, however much there is to take, the job ends at its deadline and lp with it."""
    printer = _opened(timeout=_BRIEF)
    cups.say(stuck="")
    with pytest.raises(DeviceSilent):
        printer.print([Text(f"regel {number}") for number in range(20_000)])
    printer.close()


@pytest.mark.parametrize("how", ["broken", "vague"])
def test_a_program_that_fails_is_a_lost_printer(cups: _Cups, how: str) -> None:
    """When lp fails, or does not say which job it made, the printer is lost; the cause stands underneath."""
    printer = _opened()
    cups.say(**{how: ""})
    with pytest.raises(DeviceLost) as lost:
        printer.print([Text("weg")])
    assert isinstance(lost.value.__cause__, OSError)
    printer.close()


def test_without_its_programs_a_package_is_missing(cups: _Cups, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where lp, lpstat or cancel is not on PATH the hint names the package."""
    monkeypatch.setenv("PATH", str(cups.folder))
    with pytest.raises(DeviceMissing, match="cups-client") as missing:
        _opened()
    assert missing.value.reason is Fault.PACKAGE_MISSING


@pytest.mark.parametrize(
    ("scheduler", "reason", "says"),
    [("scheduler is running\n", Fault.NOT_PLUGGED_IN, "lpstat -e"), ("scheduler is not running\n", Fault.SERVICE_DOWN, "systemctl")],
)
def test_no_queue_and_no_cups_are_told_apart(cups: _Cups, scheduler: str, reason: Fault, says: str) -> None:
    """A queue that CUPS does not know and a CUPS that does not run are both missing, each with its own hint, at open and at print."""
    printer = _opened()
    cups.say(scheduler=scheduler)
    (cups.folder / "state").unlink()
    for attempt in (_opened, lambda: printer.print([Text("weg")])):
        with pytest.raises(DeviceMissing, match=says) as missing:
            attempt()
        assert missing.value.reason is reason
    with pytest.raises(DeviceLost):
        printer.status()
    printer.close()


def _wait_for(there: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not there():
        if time.monotonic() > until:
            raise AssertionError("it did not come about")
        time.sleep(0.005)


@pytest.mark.parametrize(("state", "sign"), [("stuck", "asked"), ("keeps", "looked")])
def test_closing_frees_who_is_printing(cups: _Cups, state: str, sign: str) -> None:
    """close() ends a job that hangs in lp or waits in the queue, long before its deadline."""
    printer = _opened(timeout=60)
    cups.say(**{state: ""})
    ended: list[DeviceError] = []

    def job() -> None:
        try:
            printer.print([Text("hangt")])
        except DeviceError as error:
            ended.append(error)

    thread = threading.Thread(target=job)
    thread.start()
    _wait_for((cups.folder / sign).exists)
    printer.close()
    thread.join(30)
    assert not thread.is_alive()
    assert [type(error) for error in ended] == [DeviceLost]
    assert cups.left("cancelled") == ("bon-7\n" if state == "keeps" else "")


@pytest.mark.parametrize("name", ["", "-d", "a b", "a/b", "a#b", "a'b", "a\nb", "x" * 128])
def test_a_name_that_no_queue_can_have_is_a_wrong_setting(name: str) -> None:
    """Names that CUPS does not allow, and such as its programs would take for options, are refused before anything runs."""
    assert not may_be_queue(name)
    with pytest.raises(SettingWrong, match="lpstat -e"):
        EscposPrinter(connection="cups", queue=name).open()


def _children() -> set[int]:
    """The processes whose parent this one is."""
    stats = (folder / "stat" for folder in Path("/proc").iterdir() if folder.name.isdigit())
    found = set()
    for stat in stats:
        with suppress(OSError):  # it has ended meanwhile
            if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(stat.parent.name))
    return found


def test_no_process_is_left(cups: _Cups) -> None:
    """After printing and closing no child is there, dead or alive, that was not there before."""
    before = _children()
    printer = _opened()
    printer.print([Text("klaar")])
    printer.close()
    assert cups.sheets == ["klaar\n"]
    assert _children() <= before
