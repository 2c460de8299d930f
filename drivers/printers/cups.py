"""A queue of CUPS as the way to a printer, by its programs lp, lpstat and cancel: the bytes go raw, CUPS says how the printer is as far as it knows.

Not for setting up queues. A job that has not come out when its time is over is cancelled: paper that comes an hour later is somebody else's. CUPS keeps
what it printed for a while; "PreserveJobFiles No" in cupsd.conf keeps it from doing so.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import subprocess
import threading
import time

from drivers.contract import Paper, PrinterStatus
from drivers.errors import DeviceMissing, Fault
from drivers.printers.wires import left

_PROGRAMS = ("lp", "lpstat", "cancel")
_PAUSE = 0.05  # seconds between looks at a job
_CANCELLING = 1.0  # seconds more than the deadline
_JOB = re.compile(r"request id is (\S+-\d+)")
_STOPPED = re.compile(r"printer \S+ disabled since|\S+ not accepting requests since")
_SEVERITY = re.compile(r"-(error|warning|report)$")
# RFC 8011, 5.4.12: printer-state-reasons
_OUT, _NEAR_END, _COVER = {"media-empty", "media-needed"}, {"media-low"}, {"cover-open", "door-open", "interlock-open"}
_OFFLINE = {"offline", "paused", "shutdown", "stopped", "stopped-partly", "timed-out", "media-jam"}
_QUEUE = re.compile(r"(?!-)[^\s/#?'\"\\\x00-\x20\x7f]{1,127}")


def may_be_queue(name: str) -> bool:
    """Whether CUPS allows a queue of this name (lpadmin(8)), and its programs would not take it for an option."""
    return _QUEUE.fullmatch(name) is not None


class CupsWire:
    """One job of a queue. The printer itself cannot be heard on it, but CUPS says what it knows; `believed` = a stopped queue ends the job."""

    answers = False
    lasting = False
    when_offline = "CUPS has stopped the queue: mend the printer, then let it go on with cupsenable and cupsaccept."

    def __init__(self, queue: str, until: float, *, believed: bool) -> None:
        """Look whether the queue is there. Raises DeviceMissing, OSError."""
        self._queue = queue
        self._believed = believed
        self._job = ""
        self._stopped_with: PrinterStatus | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._over = threading.Event()
        self._where = {name: shutil.which(name) for name in _PROGRAMS}
        if None in self._where.values():
            raise DeviceMissing(
                Fault.PACKAGE_MISSING, "Install the package cups-client: printing by CUPS needs its programs lp, lpstat and cancel."
            )
        try:
            self._run("lpstat", "-p", queue, until=until)
        except ChildProcessError as error:
            raise self._why_not(until) from error

    def send(self, data: bytes, until: float) -> None:
        """Give CUPS the job."""
        said = self._run("lp", "-d", self._queue, "-o", "raw", "-t", "receipt", until=until, data=data)
        job = _JOB.search(said)
        if job is None:
            raise OSError(errno.EPROTO, "lp did not say which job it made")
        self._job = job[1]

    def receive(self, until: float) -> bytes:
        """Say nothing: raw jobs go one way."""
        left(until)
        return b""

    def settle(self, until: float) -> None:
        """Wait until CUPS has done the job, or has stopped the queue with the job in it."""
        while self._job and self._job in self._run("lpstat", "-o", self._queue, until=until).split():
            if self._believed and not (status := self.report(until)).online:
                self._stopped_with = status
                return
            left(until)
            self._over.wait(_PAUSE)
        self._job = ""

    def report(self, until: float) -> PrinterStatus:
        """Ask CUPS, unless the job was given up: then what it was given up for. Of paper and cover CUPS often knows nothing."""
        if self._stopped_with is not None:
            return self._stopped_with
        said = self._run("lpstat", "-l", "-p", self._queue, "-a", self._queue, until=until)
        lines = said.splitlines()
        alerts = {
            _SEVERITY.sub("", alert)
            for line in lines
            if line.strip().startswith("Alerts:")
            for alert in line.partition(":")[2].replace(",", " ").split()
        }
        stopped = any(_STOPPED.match(line) for line in lines)
        return PrinterStatus(
            online=not (stopped or alerts & (_OFFLINE | _OUT | _COVER)),
            paper=Paper.OUT if alerts & _OUT else Paper.NEAR_END if alerts & _NEAR_END else Paper.UNKNOWN,
            cover_open=bool(alerts & _COVER),
            believable=True,
        )

    def hang_up(self) -> None:
        """End whichever program is running."""
        with self._starting:
            self._over.set()
            if self._child is not None:
                self._child.kill()

    def close(self) -> None:
        """Cancel the job if it is not known to be done."""
        if self._job:
            self._over.clear()
            with contextlib.suppress(OSError):  # it may be over by now, or CUPS may be
                self._run("cancel", self._job, until=time.monotonic() + _CANCELLING)
            self._job = ""

    def _run(self, program: str, *arguments: str, until: float, data: bytes = b"") -> str:
        """Run one of CUPS' programs; what it said. Raises TimeoutError, ChildProcessError (it failed), OSError."""
        seconds = left(until)
        with self._starting:
            if self._over.is_set():
                raise OSError(errno.EBADF, "closed while printing")
            child = self._child = subprocess.Popen(  # noqa: S603 - found on PATH above; the queue's name was checked with the settings
                [self._where[program] or program, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "LC_ALL": "C"},
            )
        with child:
            try:
                said, complaint = child.communicate(data, seconds)
            except subprocess.TimeoutExpired as error:
                child.kill()
                raise TimeoutError(errno.ETIMEDOUT, f"{program} took too long") from error
            finally:
                with self._starting:
                    self._child = None
        if self._over.is_set():
            raise OSError(errno.EBADF, "closed while printing")
        if child.returncode:
            raise ChildProcessError(errno.EIO, complaint.decode("utf-8", "replace").strip() or f"{program} failed")
        return said.decode("utf-8", "replace")

    def _why_not(self, until: float) -> DeviceMissing:
        """Say why the queue is not there."""
        with contextlib.suppress(OSError):
            if "not running" in self._run("lpstat", "-r", until=until):
                return DeviceMissing(Fault.SERVICE_DOWN, "CUPS is not running: start it with systemctl start cups.")
        return DeviceMissing(Fault.NOT_PLUGGED_IN, f'CUPS has no queue "{self._queue}"; lpstat -e lists those it has.')
