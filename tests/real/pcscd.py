"""A real pcscd of one's own: private socket, private configuration, two virtual readers (vpcd) at a port that was free. For tests and benches.

Needs Debian's pcscd and vsmartcard-vpcd, no root, and touches nothing of a pcscd that the machine may run. libpcsclite reads its socket's name once
for each process, so a process has one private pcscd at most: the fixture `pcscd` of tests/real, which may be killed and started again.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PCSCD = "/usr/sbin/pcscd"
DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
_FASTPOLL = Path(__file__).with_name("fastpoll.c")
_DEADLINE = 20.0


class PrivatePcscd:
    """pcscd with the readers "Virtual PCD 00 00" and "Virtual PCD 00 01"; cards connect to `ports`."""

    def __init__(self) -> None:
        for needed in (PCSCD, DRIVER):
            if not Path(needed).exists():
                raise FileNotFoundError(f"{needed} is missing: install the packages pcscd and vsmartcard-vpcd ('make test' does)")
        self.folder = Path(tempfile.mkdtemp(prefix="pcscd-"))
        self.socket = self.folder / "comm"
        self.ports = (0, 0)
        self._process: subprocess.Popen[bytes] | None = None
        self._preload = _compiled(_FASTPOLL, self.folder)

    def start(self) -> None:
        """Start it, with its readers ready for cards; again at the same socket and the same ports if it ran before."""
        deadline = time.monotonic() + _DEADLINE
        while time.monotonic() < deadline:
            self._launch()
            if self._ready(min(deadline, time.monotonic() + 5)):
                return
            self.kill()
        raise TimeoutError("pcscd did not come up with its virtual readers: " + (self.folder / "log").read_text()[-2000:])

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def wait_until_empty(self) -> None:
        """Wait until pcscd has noticed that no card lies on its readers. Only in a process whose environment names this pcscd's socket."""
        self._wait_for("SCARD_STATE_EMPTY", len(self.ports), "a card stays on the virtual readers")

    def wait_until_present(self) -> None:
        """Wait until pcscd has noticed a card on one of its readers. As above."""
        self._wait_for("SCARD_STATE_PRESENT", 1, "no card comes to the virtual readers")

    def _wait_for(self, state_name: str, readers: int, failure: str) -> None:
        scard = importlib.import_module("smartcard.scard")
        deadline = time.monotonic() + _DEADLINE
        _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        try:
            while time.monotonic() < deadline:
                _, names = scard.SCardListReaders(context, [])
                _, states = scard.SCardGetStatusChange(context, 0, [(name, scard.SCARD_STATE_UNAWARE) for name in names])
                if sum(bool(state & getattr(scard, state_name)) for _, state, _ in states) >= readers:
                    return
                time.sleep(0.002)
        finally:
            scard.SCardReleaseContext(context)
        raise TimeoutError(failure)

    def kill(self) -> None:
        """End it without warning, as a crash does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    @contextmanager
    def hung(self) -> Iterator[None]:
        """It hangs meanwhile: it is there and answers nobody."""
        process = self._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it and remove its files."""
        self.kill()
        shutil.rmtree(self.folder)

    def _launch(self) -> None:
        if not self.ports[0]:
            self.ports = _free_ports()
        conf = self.folder / "conf"
        conf.mkdir(exist_ok=True)
        port = f"0x{self.ports[0]:X}"
        (conf / "vpcd").write_text(f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME /dev/null:{port}\nLIBPATH {DRIVER}\nCHANNELID {port}\n')
        self.socket.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listening, (self.folder / "log").open("wb") as log:
            listening.bind(str(self.socket))
            listening.listen(16)
            # Socket activation as systemd does it: descriptor 3, and the number of the process that it is meant for. pcscd alone keeps it open,
            # so that clients are refused when pcscd is gone.
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$0" -f -c "$1" 3<&0 </dev/null', PCSCD, str(conf)],
                env={**os.environ, "LISTEN_FDS": "1", **self._preload},
                stdin=listening.fileno(),
                stdout=log,
                stderr=log,
            )

    def _ready(self, deadline: float) -> bool:
        process = self._process
        while process is not None and process.poll() is None and time.monotonic() < deadline:
            if all(_listens(port) for port in self.ports):
                return True
            time.sleep(0.005)
        self.ports = (0, 0)
        return False


def _free_ports() -> tuple[int, int]:
    """Two neighbouring ports that nobody has; vpcd takes the second by itself."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("0.0.0.0", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("0.0.0.0", port + 1))
            except (OSError, OverflowError):
                continue
            return port, port + 1


def _listens(port: int) -> bool:
    """Whether somebody listens at the port, found without knocking: a connection would be a card."""
    wanted = f":{port:04X}"
    return any(row[1].endswith(wanted) and row[3] == "0A" for row in map(str.split, Path("/proc/net/tcp").read_text().splitlines()[1:]))


def _compiled(source: Path, folder: Path) -> dict[str, str]:
    """The environment that preloads a C file; empty where there is no compiler, and then cards are merely noticed later."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return {}
    library = folder / f"{source.stem}.so"
    built = subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], capture_output=True, check=False)
    return {"LD_PRELOAD": str(library)} if built.returncode == 0 else {}
