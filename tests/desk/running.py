"""A desk on loopback for tests: the real application on a real server, in a thread, with a clock that the test moves."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog.testing

from desk import demo, devices
from desk.api import Desk
from desk.app import create_app
from desk.clock import ZONE, FileClock
from desk.server import Server, listen
from desk.store import Store, database_url

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=ZONE)

PASSES = {
    name: {"number": f"200000000000{last}", "owner": owner, "read_from": "chip"}
    for name, last, owner in (
        ("anna", 11, "NL-0702881037"),
        ("bram", 12, "NL-0702881045"),
        ("chris", 13, "NL-0702881046"),
        ("dewi", 14, "NL-089998"),
        ("emre", 15, "NL-0702881037"),
        ("femke", 16, "NL-0702881037"),
        ("gijs", 17, "NL-0702881045"),
        ("hanna", 18, "NL-0702881046"),
        ("ivo", 19, "NL-0702881046"),
        ("joke", 20, "NL-0899990000"),
        ("kees", 21, "NL-089998"),
        ("lotte", 22, "NL-0702881037"),
    )
}


def item(last: int) -> str:
    """The number of an item of the demonstration library."""
    return str(30000000000000 + last)


@dataclass
class Kiosk:
    """A paired device, as plain HTTP."""

    client: httpx.Client
    keys: Iterator[int] = field(default_factory=itertools.count)

    def post(self, path: str, body: Any, key: str = "") -> httpx.Response:
        return self.client.post(path, json=body, headers={"Idempotency-Key": key or f"key-{next(self.keys):08}"})

    def ask_visit(self, name: str, key: str = "", **other: str) -> httpx.Response:
        return self.post("/v1/visits", {"pass": PASSES[name] | other}, key)

    def visit(self, name: str) -> str:
        answer = self.ask_visit(name)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def lend(self, visit: str, number: str, key: str = "") -> httpx.Response:
        return self.post(f"/v1/visits/{visit}/loans", {"item": number}, key)


@dataclass
class RunningDesk:
    """The desk's address, and its inside."""

    url: str
    store: Store
    clock_file: Path
    _log: list[Any]
    _clients: list[httpx.Client] = field(default_factory=list)

    def move_clock(self, by: timedelta) -> None:
        now = FileClock(self.clock_file).now()
        self.clock_file.write_text((now + by).isoformat(), encoding="ascii")

    def log(self, lines: int) -> list[Any]:
        """What was logged, once it is so many lines: a line comes after its answer."""
        until = time.monotonic() + 30
        while len(self._log) < lines and time.monotonic() < until:
            time.sleep(0.005)
        return list(self._log)

    def token(self, name: str = "a kiosk") -> str:
        with self.store.write() as connection:
            return devices.pair(connection, name, MORNING)

    def client(self, token: str | None = None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False)
        self._clients.append(client)
        return client

    def kiosk(self, name: str = "a kiosk") -> Kiosk:
        return Kiosk(self.client(self.token(name)))

    def close_clients(self) -> None:
        for client in self._clients:
            client.close()


@contextmanager
def running_desk(folder: Path) -> Iterator[RunningDesk]:
    """Start a desk with the demonstration library; it is ended, and its thread with it, when the block ends."""
    clock_file = folder / "clock"
    clock_file.write_text(MORNING.isoformat(), encoding="ascii")
    clock = FileClock(clock_file)
    store = Store(database_url(str(folder / "desk.db")))
    demo.lay_out(store, clock)
    ready = threading.Event()
    with structlog.testing.capture_logs() as log, listen("127.0.0.1", 0) as listener:
        server = Server(create_app(Desk(store, clock, "0.0-test")), ready.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        desk = RunningDesk(f"http://127.0.0.1:{listener.getsockname()[1]}", store, clock_file, log)
        try:
            assert ready.wait(30)
            yield desk
        finally:
            desk.close_clients()
            server.stop()
            thread.join()
            store.close()
