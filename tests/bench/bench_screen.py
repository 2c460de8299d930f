"""What the screen costs: how soon it wakes, what it takes at rest, how fast a page is shown, what it keeps. Prints JSON.

python tests/bench/bench_screen.py            every figure, each in a process of its own, on a virtual screen that it starts and ends
python tests/bench/bench_screen.py idle       one of them, on the screen that DISPLAY names
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from kiosk.ui.app import KioskApp  # noqa: E402 - found by the path above
from kiosk.ui.page import Page  # noqa: E402
from tests.ui import pages  # noqa: E402

Figures = dict[str, float]
ROUNDS = 200
SIZE = (540, 960)


def _app(size: tuple[int, int] = SIZE, *, still: bool = True) -> KioskApp:
    return KioskApp(tap=lambda _: None, now=lambda: pages.NOW, size=size, reduced_motion=still)


def _percentiles(seconds: list[float]) -> Figures:
    ordered = sorted(seconds)
    return {
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 3),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 3),
        "max_ms": round(ordered[-1] * 1000, 3),
    }


def beside(app: KioskApp, work: Callable[[], None], *, settle: float = 1.5) -> None:
    """Runs the screen in this thread and `work` in another, then ends the screen."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            time.sleep(settle)
            work()
        except BaseException as failure:  # noqa: BLE001 - told in the main thread
            failures.append(failure)
        finally:
            app.stop()

    thread = threading.Thread(target=run)
    thread.start()
    app.run()
    thread.join()
    if failures:
        raise failures[0]


def wake() -> Figures:
    """P8: from another thread to a callback in the screen's, out of rest."""
    app = _app()
    app.show(pages.DUTCH["attract"])
    took: list[float] = []

    def work() -> None:
        for number in range(ROUNDS):
            done = threading.Event()
            begun = time.perf_counter()

            def there(_: float, begun: float = begun, done: threading.Event = done) -> None:
                took.append(time.perf_counter() - begun)
                done.set()

            app._soon(there)
            if not done.wait(5):
                raise TimeoutError("the screen did not wake")
            time.sleep(0.02 + number % 7 * 0.003)

    beside(app, work)
    return _percentiles(took[5:])


def idle(seconds: float = 20.0) -> Figures:
    """P9: the attract page lying still."""
    return _at_rest(_app(), seconds)


def breathing(seconds: float = 15.0) -> Figures:
    """P10: the attract page breathing."""
    return _at_rest(_app(still=False), seconds)


def _at_rest(app: KioskApp, seconds: float) -> Figures:
    app.show(pages.DUTCH["attract"])
    figures: Figures = {}

    def work() -> None:
        before, turns, begun = resource.getrusage(resource.RUSAGE_SELF), app.clock.turns if app.clock else 0, time.perf_counter()
        time.sleep(seconds)
        after, took = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - begun
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        figures["cpu_percent"] = round(100 * used / took, 3)
        figures["turns_per_second"] = round(((app.clock.turns if app.clock else 0) - turns) / took, 2)
        figures["wakeups_per_second"] = round((after.ru_nvcsw - before.ru_nvcsw) / took, 2)

    beside(app, work, settle=3.0)
    return figures


def page_change(size: tuple[int, int] = SIZE) -> Figures:
    """Part of P2: from `show(page)` in another thread to the frame that has been flipped, from page to page."""
    app = _app(size)
    app.show(pages.DUTCH["farewell"])  # another than the first of the names: an equal page is not drawn again
    flipped = threading.Event()
    app._window.bind(on_flip=lambda *_: flipped.set())
    took: dict[str, list[float]] = {}
    names = ("attract", "checking", "lending", "refused", "attract", "checking", "put_items", "lending", "farewell")

    def work() -> None:
        for number in range(ROUNDS):
            name = names[number % len(names)]
            time.sleep(0.05 + number % 5 * 0.007)
            flipped.clear()
            begun = time.perf_counter()
            app.show(pages.DUTCH[name])
            if not flipped.wait(5):
                raise TimeoutError("no frame was drawn")
            took.setdefault(name, []).append(time.perf_counter() - begun)

    beside(app, work)
    every = [one for name, seconds in took.items() for one in seconds[1:] if name]
    return _percentiles(every) | {f"{name}_p50_ms": _percentiles(seconds)["p50_ms"] for name, seconds in took.items()}


def page_change_full() -> Figures:
    """The same in a window as large as a page: 1080 x 1920."""
    return page_change((1080, 1920))


def start() -> Figures:
    """From the beginning of the process to the first frame flipped (the interpreter's own start included)."""
    app = _app()
    app.show(pages.DUTCH["attract"])
    seen: list[float] = []

    def first(*_: object) -> None:
        if not seen:
            seen.append(_age())
            app.stop()

    app._window.bind(on_flip=first)
    app.run()
    return {"first_frame_ms": round(seen[0] * 1000, 1)}


def _age() -> float:
    """How long this process has lived, in seconds; the kernel counts in hundredths."""
    born = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.clock_gettime(time.CLOCK_BOOTTIME) - born


def memory(size: tuple[int, int] = SIZE) -> Figures:
    """P11: what the process holds after a hundred rounds of pages, and what the second half of them added."""
    app = _app(size)
    figures: Figures = {}
    seen = threading.Event()
    app._window.bind(on_flip=lambda *_: seen.set())
    around: tuple[Page, ...] = tuple(
        pages.DUTCH[name] for name in ("attract", "checking", "put_items", "lending", "refused", "desk", "farewell")
    )

    def work() -> None:
        for number in range(100):
            for page in around:
                seen.clear()
                app.show(page)
                seen.wait(5)
            if number == 49:
                figures["pss_mb_after_50"] = pss()
        figures["pss_mb"] = pss()

    beside(app, work)
    return figures


def memory_full() -> Figures:
    """The same in a window as large as a page: 1080 x 1920."""
    return memory((1080, 1920))


def pss() -> float:
    """The proportional share of memory of this process, in MB."""
    line = next(line for line in Path("/proc/self/smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
    return round(int(line.split()[1]) / 1024, 1)


FIGURES: dict[str, Callable[[], Figures]] = {
    one.__name__: one for one in (wake, idle, breathing, page_change, page_change_full, start, memory, memory_full)
}


@contextmanager
def virtual_screen() -> Iterator[str]:
    """A virtual X11 screen of our own; its name for DISPLAY."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1080x1920x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def measure(*names: str) -> dict[str, Any]:
    """The named figures, or all, each in a process of its own: Kivy lives once in a process."""
    results: dict[str, Any] = {}
    with virtual_screen() as display:
        for name in names or FIGURES:
            done = subprocess.run(
                [sys.executable, __file__, name],
                env=os.environ | {"DISPLAY": display},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                timeout=300,
            )
            results[name] = json.loads(done.stdout)
    return results


if __name__ == "__main__":
    wanted = sys.argv[1:]
    figures = FIGURES[wanted[0]]() if len(wanted) == 1 and os.environ.get("DISPLAY") else measure(*wanted)
    print(json.dumps(figures, indent=2))
