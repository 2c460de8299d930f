"""A virtual X screen of our own, and hands that touch and type on it. For tests and benches."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE = 20.0


class Display:
    """A running X server; `environment` is what a program needs to open its window there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.environment = {key: value for key, value in os.environ.items() if key != "SDL_VIDEODRIVER"} | {"DISPLAY": name}

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Touch the screen at a place."""
        self.xdotool("mousemove", str(x), str(y), "click", str(button))

    def type(self, text: str) -> None:
        """Type as a scanner does: fast, ended by Enter."""
        self.xdotool("type", "--delay", "2", text)
        self.xdotool("key", "Return")

    def xdotool(self, *arguments: str) -> None:
        """Move the mouse or press keys."""
        subprocess.run(["xdotool", *arguments], env=self.environment, check=True, timeout=_PATIENCE)


@contextmanager
def virtual_display(width: int = 1080, height: int = 1920) -> Iterator[Display]:
    """An X server with a number that it picks, ended afterwards."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        yield Display(f":{number}")
    finally:
        server.terminate()
        server.wait(_PATIENCE)
