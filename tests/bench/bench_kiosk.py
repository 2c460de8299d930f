"""The whole kiosk with its screen: P2 (pass to first page change), P11 (memory after a hundred visits), P12 (start to the first page). Prints JSON.

python -m tests.bench.bench_kiosk            every figure, each in a process of its own, on a virtual screen
python -m tests.bench.bench_kiosk tapped     one of them, on the screen that DISPLAY names
"""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kiosk.bootstrap import Extras, Kiosk, config_folder
from kiosk.engine.time import StoryTime
from kiosk.locale import words
from kiosk.session.events import Tapped
from kiosk.settings import Settings, load
from kiosk.stage import hall
from kiosk.ui.app import KioskApp
from kiosk.ui.glass import Glass
from kiosk.ui.page import Page
from tests.bench.bench_screen import beside, pss
from tests.real.display import virtual_display

Figures = dict[str, float]
VISITS = 100
SIZE = (1080, 1920)
STARTS = 7
CHROMIUM = "/usr/bin/chromium"


def _percentiles(name: str, seconds: list[float]) -> Figures:
    ordered = sorted(seconds)
    return {f"{name}_ms_p50": 1000 * ordered[len(ordered) // 2], f"{name}_ms_p99": 1000 * ordered[int(len(ordered) * 0.99)]}


def _settings(folder: str) -> Settings:
    settings = load(config_folder() / "demo.toml", {}).settings
    return settings.model_copy(update={"kiosk": settings.kiosk.model_copy(update={"state_dir": Path(folder)})})


def _with_screen(work: Callable[[Kiosk, Callable[[], Page], threading.Event], None]) -> None:
    """Run a whole kiosk in a window as large as a page, and `work` beside it: the kiosk, its page, and an event set by every flipped frame."""
    with TemporaryDirectory(prefix="kiosk-bench-") as folder:
        settings = _settings(folder)
        glass = Glass(hall(settings), words)
        with Kiosk(settings, watch=glass.show, extras=Extras(StoryTime(), faulty_line=False)) as kiosk:
            app = KioskApp(tap=kiosk.tap, now=kiosk.time.monotonic, active=kiosk.touched, size=SIZE)
            glass.draw_on(app.show)
            flipped = threading.Event()
            app._window.bind(on_flip=lambda *_: flipped.set())
            beside(app, lambda: work(kiosk, lambda: glass.page, flipped))


def _wait(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError("the kiosk did not get there")
        time.sleep(0.002)


def _visit(kiosk: Kiosk, page: Callable[[], Page], number: int, flipped: threading.Event | None = None) -> float:
    """One visit with a loan; the seconds from the pass to the first frame that shows another page."""
    tag = kiosk.kit.pass_tag(kiosk.kit.named_pass("joke"))
    _wait(lambda: page().name == "attract" and not kiosk.busy())
    time.sleep(0.06 + number % 7 * 0.011)  # past the slide of the page, and at no fixed place in a frame
    if flipped:
        flipped.clear()
    began = time.perf_counter()
    kiosk.kit.hold((tag,))
    if flipped and not flipped.wait(5):
        raise TimeoutError("no frame was drawn")
    took = time.perf_counter() - began
    _wait(lambda: page().name == "lending")
    kiosk.kit.place((str(30000000000001 + number % 8),))
    _wait(lambda: bool(page().rows) and not kiosk.busy())
    kiosk.kit.clear_pad()
    kiosk.post(Tapped("done"))
    _wait(lambda: page().name == "farewell")
    kiosk.post(Tapped("no_receipt"))
    kiosk.post(Tapped("done"))
    kiosk.kit.take_pass()
    return took


def tapped() -> Figures:
    """P2: from the pass on the simulated reader to the first flipped frame of another page."""
    took: list[float] = []

    def work(kiosk: Kiosk, page: Callable[[], Page], flipped: threading.Event) -> None:
        took.extend(_visit(kiosk, page, number, flipped) for number in range(VISITS))

    _with_screen(work)
    return _percentiles("P2", took[5:])


def memory() -> Figures:
    """P11: what the kiosk's process holds after a hundred visits, and what the second half of them added."""
    figures: Figures = {}

    def work(kiosk: Kiosk, page: Callable[[], Page], _: threading.Event) -> None:
        for number in range(VISITS):
            _visit(kiosk, page, number)
            if number == VISITS // 2:
                figures["P11_pss_mb_halfway"] = pss()
        figures["P11_pss_mb"] = pss()

    _with_screen(work)
    return figures


# -- start


def start() -> Figures:
    """P12: from `kiosk run` to its first page, with a desk that runs already; the floor is Chromium in kiosk mode with one static page."""
    with TemporaryDirectory(prefix="kiosk-bench-") as folder, _desk(Path(folder)) as config:
        ours = sorted(_start_kiosk(config) for _ in range(STARTS))
        figures: Figures = {"P12_kiosk_ms": 1000 * ours[len(ours) // 2]}
        if shutil.which(CHROMIUM):
            theirs = sorted(_start_chromium() for _ in range(STARTS))
            figures["P12_floor_chromium_ms"] = 1000 * theirs[len(theirs) // 2]
            figures["P12_ratio"] = figures["P12_kiosk_ms"] / figures["P12_floor_chromium_ms"]
    return figures


@contextmanager
def _desk(folder: Path) -> Iterator[Path]:
    """A desk that runs, and the settings of a kiosk that uses it."""
    command = [sys.executable, "-m", "desk", "serve", "--port", "0", "--db", str(folder / "desk.db"), "--demo-data", "--json"]
    command += ["--pair", "bench", "--token-file", str(folder / "token"), "--until-stdin-closes", "--log-faults-only"]
    desk = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    url = json.loads(desk.stdout.readline() if desk.stdout else "")["url"]
    config = folder / "kiosk.toml"
    config.write_text(
        f'[kiosk]\nfullscreen = false\nstate_dir = "state"\n[library]\nbackend = "http"\nurl = "{url}"\ntoken_file = "token"\n'
        '[pass_reader]\ndriver = "simulated"\n[scanner]\ndriver = "none"\n'
    )
    try:
        yield config
    finally:
        if desk.stdin:
            desk.stdin.close()
        desk.wait(10)
        if desk.stdout:
            desk.stdout.close()


def _start_kiosk(config: Path) -> float:
    began = time.time()
    kiosk = subprocess.Popen([sys.executable, "-m", "kiosk", "run", "--config", str(config)])
    try:
        return _first_page(config.parent / "state" / "journal.db", began) - began
    finally:
        kiosk.terminate()
        kiosk.wait(10)


def _first_page(file: Path, since: float) -> float:
    """When the kiosk wrote down that its first page stands on the screen."""
    from kiosk.journal import SqliteJournal  # noqa: PLC0415 - read by this program only

    until = time.monotonic() + 30
    while time.monotonic() < until:
        if file.exists():
            journal = SqliteJournal(file, datetime.now().astimezone)
            moments = [entry.at.timestamp() for entry in journal.read() if entry.what == "screen_ready"]
            journal.close()
            if moments and moments[-1] > since:
                return moments[-1]
        time.sleep(0.1)
    raise TimeoutError("the kiosk showed no page")


class _Page(http.server.BaseHTTPRequestHandler):
    """One static page that tells when it has been painted."""

    painted = threading.Event()
    at = 0.0

    def do_GET(self) -> None:
        with suppress(BrokenPipeError):  # the browser is ended as soon as it has painted
            self._answer()

    def _answer(self) -> None:
        if self.path == "/painted":
            _Page.at = time.time()
            _Page.painted.set()
            self.send_response(204)
            self.end_headers()
            return
        body = b"<!doctype html><body style='font:92px sans-serif;background:#FAF6EF'>Houd uw pas bij de lezer<script>"
        body += b"requestAnimationFrame(()=>requestAnimationFrame(()=>fetch('/painted')))</script>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _start_chromium() -> float:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _Page.painted.clear()
    with TemporaryDirectory(prefix="chromium-bench-") as profile:
        quiet = [
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
        began = time.time()
        command = [CHROMIUM, "--kiosk", *quiet, f"--user-data-dir={profile}", f"http://127.0.0.1:{server.server_port}/"]
        browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            if not _Page.painted.wait(30):
                raise TimeoutError("Chromium painted nothing")
            return _Page.at - began
        finally:
            browser.terminate()
            browser.wait(10)
            server.shutdown()
            server.server_close()


FIGURES: dict[str, Callable[[], Figures]] = {one.__name__: one for one in (tapped, memory, start)}


def measure(*names: str) -> dict[str, Any]:
    """The named figures, or all, each in a process of its own: Kivy lives once in a process."""
    results: dict[str, Any] = {}
    with virtual_display(*SIZE) as display:
        for name in names or FIGURES:
            command = [sys.executable, "-m", "tests.bench.bench_kiosk", name]
            done = subprocess.run(command, env=display.environment, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
            results[name] = json.loads(done.stdout)
    return results


if __name__ == "__main__":
    wanted = sys.argv[1:]
    figures = FIGURES[wanted[0]]() if len(wanted) == 1 and os.environ.get("DISPLAY") else measure(*wanted)
    print(json.dumps(figures, indent=2))
