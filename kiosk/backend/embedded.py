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
from pathlib import Path

from kiosk.ports import LibrarySilent

_READY_SECONDS = 30.0


class EmbeddedDesk:
    """One desk process. Its store, its log and the kiosk's token stand in the state folder."""

    def __init__(self, state_dir: Path, kiosk_name: str, *, demo_data: bool, clock_file: Path | None = None) -> None:
        self._log = state_dir / "desk.log"
        self._clock = ("--clock-file", str(clock_file)) if clock_file else ()
        self._database = ("--db", f"sqlite:///{state_dir / 'desk.db'}")
        self.token_file = state_dir / "desk.token"
        self._command = [
            *("serve", "--port", "0", "--json", "--until-stdin-closes", "--log-faults-only"),
            *("--pair", kiosk_name, "--token-file", str(self.token_file)),
            *self._database,
            *self._clock,
            *(("--demo-data",) if demo_data else ()),
        ]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it and wait until it answers; its URL. Raises LibrarySilent when it does not come up."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, with arguments of our own
                [*_desk(), *self._command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        if line := self._first_line(self._process):
            return str(json.loads(line)["url"])
        self.close()
        raise LibrarySilent(f"The embedded desk did not start; {self._log} says why.")

    def refresh(self) -> None:
        """Let it fetch the guests' terms, as it does at night. Raises LibrarySilent."""
        command = [*_desk(), "refresh", *self._database, *self._clock, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - as above
        if done.returncode:
            raise LibrarySilent(f"The nightly refresh of the embedded desk failed: {done.stderr.strip()[-300:]}")

    def close(self) -> None:
        """End it; what it has recorded stays."""
        if self._process is None:
            return
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None

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


def _desk() -> Sequence[str]:
    return (sys.executable, "-m", "desk")
