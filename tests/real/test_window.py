"""The kiosk's window on a real X server: real clicks, real keys, and rest."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real

PROGRAM = Path(__file__).parent / "window_program.py"
PATIENCE = 20.0


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A virtual X server of our own, as large as the window, with a number that it picks."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "540x960x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(PATIENCE)


class Window:
    """The window's process, what it said, and hands to touch and type with."""

    def __init__(self, display: str, page: str) -> None:
        environment = {key: value for key, value in os.environ.items() if key != "SDL_VIDEODRIVER"} | {"DISPLAY": display}
        self._environment = environment
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), page], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said: queue.Queue[dict[str, Any]] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.targets: dict[str, list[int]] = self.hear("targets")
        self.sleeps: bool = self.hear("clock")

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.said.put(json.loads(line))

    def hear(self, what: str) -> Any:
        """The next thing of a kind that it says; others before it are dropped."""
        until = time.monotonic() + PATIENCE
        while True:
            message = self.said.get(timeout=max(0.01, until - time.monotonic()))
            if message["what"] == what:
                return message["value"]

    def heard(self) -> list[str]:
        """All that it has said meanwhile."""
        messages = []
        while not self.said.empty():
            messages.append(self.said.get()["what"])
        return messages

    def show(self, page: str) -> None:
        """Has another thread of the program show a page."""
        if self.process.stdin:
            self.process.stdin.write(page + "\n")
            self.process.stdin.flush()

    def xdotool(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self._environment, check=True, timeout=PATIENCE)

    def click(self, name: str, button: int = 1) -> None:
        x, y = self.targets[name]
        self.xdotool("mousemove", str(x), str(y), "click", str(button))

    def wait_until_asleep(self) -> None:
        """Returns when the main thread has not been awake for a fifth of a second."""
        status = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/status")
        until = time.monotonic() + PATIENCE
        seen = [str(number) for number in range(10)]
        while len(set(seen)) > 1:
            assert time.monotonic() < until, "the window does not sleep"
            time.sleep(0.02)
            seen = [*seen[1:], next(line for line in status.read_text().splitlines() if line.startswith("voluntary"))]

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> int:
        self.process.terminate()
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()  # a window that does not hear a signal is a failure, not a process left behind
            raise
        self._reader.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()
        return code


@pytest.fixture
def open_window(display: str) -> Iterator[Callable[[str], Window]]:
    """Opens windows and ends them."""
    opened: list[Window] = []

    def open_one(page: str) -> Window:
        opened.append(Window(display, page))
        return opened[-1]

    yield open_one
    for window in opened:
        if window.process.poll() is None:
            window.end()


def test_a_click_on_a_button_is_told(open_window: Callable[[str], Window]) -> None:
    """And it counts as activity; one on a language too."""
    window = open_window("refused")
    window.wait_until_asleep()
    window.click("stop")
    assert window.hear("tap") == "stop"
    window.click("language:en")
    assert window.hear("tap") == "language:en"


def test_a_scanner_that_types_is_told(open_window: Callable[[str], Window]) -> None:
    """Every character, in order, as fast as X takes them."""
    window = open_window("attract")
    for number in ("20000000000011", "30000000000018", "A1b2C3"):
        window.xdotool("type", "--delay", "1", number)
        window.xdotool("key", "Return")
        assert window.hear("scan") == number


def test_a_page_from_another_thread_wakes_it(open_window: Callable[[str], Window]) -> None:
    """The window sleeps; a thread shows a page; it is drawn, and so is the next."""
    window = open_window("refused")
    assert window.sleeps
    for page in ("desk", "attract", "desk"):
        window.wait_until_asleep()
        window.show(page)
        while window.hear("drawn") != page:
            continue


def test_keys_and_other_buttons_do_nothing(open_window: Callable[[str], Window]) -> None:
    """Escape, F1, F11, F12, Ctrl+E and the right button: no page of settings, no inspector, no picture, no end; the next click is told as ever."""
    window = open_window("refused")
    for key in ("Escape", "F1", "F11", "F12", "ctrl+e", "ctrl+q", "Tab", "Return"):
        window.xdotool("key", key)
    window.click("stop", button=3)
    window.click("print_slip")
    assert window.hear("tap") == "print_slip"
    assert "tap" not in window.heard()
    assert window.process.poll() is None


def test_the_window_sleeps(open_window: Callable[[str], Window]) -> None:
    """A page that lies still costs hardly anything: three seconds take less than 0.3 of processor time, where Kivy's own clock would turn 180 times."""
    window = open_window("refused")
    assert window.sleeps
    window.wait_until_asleep()
    before, begun = window.cpu(), time.monotonic()
    while time.monotonic() - begun < 3:
        assert window.process.poll() is None
        time.sleep(0.1)
    assert window.cpu() - before < 0.3


def test_a_signal_ends_it_out_of_its_sleep(open_window: Callable[[str], Window]) -> None:
    """SIGTERM is heard while nothing happens on the screen; the program ends by itself and says so."""
    window = open_window("refused")
    window.wait_until_asleep()
    assert window.end() == 0
    window.hear("ended")
