"""Runs a web application on a socket until it is told to stop. Knows nothing of what the application does."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

_KEEP_ALIVE = 75  # seconds; longer than our clients keep a connection, so that it is they who close it


class Server(uvicorn.Server):
    """Ends without a trace on SIGTERM, on SIGINT and on `stop()`; `ready` is called once connections are really accepted."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=5,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, and say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  the base class's signature
        """End with the exit code 0; uvicorn would end by the signal."""
        self.stop()

    def stop(self) -> None:
        """End; may be called from any thread."""
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A socket on this address; port 0 lets the system choose. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def when_stdin_closes(action: Callable[[], None]) -> None:
    """Do something when standard input ends: so a desk ends with the program that started it, however that one ends."""
    stdin = sys.stdin.fileno()

    def wait() -> None:
        while os.read(stdin, 4096):  # not sys.stdin: its lock would stop the interpreter from ending while this thread waits
            pass
        action()

    threading.Thread(target=wait, name="stdin", daemon=True).start()
