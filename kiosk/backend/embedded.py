"""The embedded library: a `desk serve` process that the kiosk starts on loopback and that ends with it, also when the kiosk is killed.

Not for talking to it: that goes over HTTP as with any other desk (backend.http).
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from kiosk.ports import LibrarySilent

_READY_SECONDS = 30.0
_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class EmbeddedDesk:
    """One desk process. Its store, its log and the kiosk's token stand in the state folder."""

    def __init__(self, state_dir: Path, kiosk_name: str, *, demo_data: bool, clock_file: Path | None = None) -> None:
        self._log = state_dir / "desk.log"
        self._clock = ("--clock-file", str(clock_file)) if clock_file else ()
        self._database = ("--db", f"sqlite:///{state_dir / 'desk.db'}")
        self.token_file = state_dir / "desk.token"
        self._command = [
            *("serve", "--json", "--until-stdin-closes", "--log-faults-only"),
            *("--pair", kiosk_name, "--token-file", str(self.token_file)),
            *self._database,
            *self._clock,
            *(("--demo-data",) if demo_data else ()),
        ]
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="embedded-desk", daemon=True)

    def start(self) -> str:
        """Start it and wait until it answers; its URL. Should it end by itself, it is started again there. Raises LibrarySilent."""
        url = self._launch()
        self._port = int(url.rpartition(":")[2])
        self._keeper.start()
        return url

    def _launch(self) -> str:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a", encoding="utf-8") as log:
            self._process = process = subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
                [*_desk(), *self._command, "--port", str(self._port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        if line := self._first_line(process):
            return str(json.loads(line)["url"])
        _end(process)
        last = self._log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
        raise LibrarySilent(f"The embedded desk did not start: {last[:300] or 'it said nothing'}")

    def _keep(self) -> None:
        """Start it again whenever it has ended, with growing pauses, until the kiosk closes."""
        pause = _PAUSE
        while not self._closing.is_set():
            process = self._process
            if process is not None and process.poll() is None:
                process.wait()
                pause = _PAUSE
                continue
            if process is not None:
                _end(process)
            if self._closing.wait(pause):
                return
            pause = min(pause * 2, _LONGEST_PAUSE)
            with suppress(LibrarySilent, OSError):
                self._launch()

    def refresh(self) -> None:
        """Let it fetch the guests' terms, as it does at night. Raises LibrarySilent."""
        command = [*_desk(), "refresh", *self._database, *self._clock, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - as above
        if done.returncode:
            raise LibrarySilent(f"The nightly refresh of the embedded desk failed: {done.stderr.strip()[-300:]}")

    def close(self) -> None:
        """End it; what it has recorded stays."""
        self._closing.set()
        if self._process is not None:
            _end(self._process)
        if self._keeper.is_alive():
            self._keeper.join()
            if self._process is not None:
                _end(self._process)  # it may have been started again meanwhile

    @staticmethod
    def _first_line(process: subprocess.Popen[str]) -> str:
        """The line that says where it answers; empty when it ended or took too long."""
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        reader = threading.Thread(target=lambda: lines.put(process.stdout.readline() if process.stdout else ""), daemon=True)
        reader.start()
        try:
            return lines.get(timeout=_READY_SECONDS)
        except queue.Empty:
            process.kill()
            return ""


def _end(process: subprocess.Popen[str]) -> None:
    """Let it end by closing what it reads, and make it end when it does not."""
    if process.stdin and not process.stdin.closed:
        with suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _desk() -> Sequence[str]:
    return (sys.executable, "-m", "desk")
