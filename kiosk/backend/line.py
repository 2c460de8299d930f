"""A line to a server that can be broken on purpose: a small TCP relay on 127.0.0.1, for stories and for people who try things out.

Not for real libraries. The client above it is the real one, and the server below it too: only the bytes between them are tampered with.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from enum import StrEnum
from threading import Thread
from typing import Any, TypeVar

_CHUNK = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing resets the connection

_Result = TypeVar("_Result")


class LineFault(StrEnum):
    """What can be wrong with the line."""

    DOWN = "down"  # connections are refused; those that there were are reset
    SILENT = "silent"  # connections are accepted, nothing goes through; mending it cuts them, so nothing arrives late
    REPLY_LOST = "reply_lost"  # requests arrive; an answer is swallowed, and its connection cut
    SLOW = "slow"  # answers come one byte at a time, one in each `pace` seconds


class FaultyLine:
    """Relays connections to a server at `host` and `port`; `url` is where to connect. Threads may share it. Raises OSError if no port is free.

    A fault is in force, for established connections too, when `fail` returns. Several can be in force at once.
    """

    def __init__(self, host: str, port: int, *, pace: float = 1.0) -> None:
        self._server_address = (host, port)
        self._pace = pace
        self._faults: frozenset[LineFault] = frozenset()
        self._connections: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        # Never listens. It keeps the port ours while the line is down and the listening socket is closed.
        self._place = _bound(0)
        self.url = f"http://127.0.0.1:{self._place.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="faulty-line", daemon=True)
        self._thread.start()
        self._run(self._listen())

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of the faults that the line can have."""
        return tuple(fault.value for fault in LineFault)

    def fail(self, name: str) -> None:
        """Let a fault begin. Raises ValueError for a name that is none (see LineFault)."""
        self._run(self._begin(LineFault(name)))

    def mend(self, name: str) -> None:
        """Let a fault end. Raises ValueError for a name that is none; OSError if the port was lost."""
        self._run(self._end(LineFault(name)))

    def close(self) -> None:
        """Cut all connections and end; may be called twice."""
        if self._loop.is_closed():
            return
        self._run(self._cut_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._place.close()

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._accept, sock=_bound(self._place.getsockname()[1]))

    async def _begin(self, fault: LineFault) -> None:
        self._faults |= {fault}
        if fault is LineFault.DOWN:
            await self._cut_all()

    async def _end(self, fault: LineFault) -> None:
        if fault not in self._faults:
            return
        self._faults -= {fault}
        if fault is LineFault.DOWN:
            await self._listen()
        if fault is LineFault.SILENT:
            await self._cut_connections()

    async def _cut_all(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self._cut_connections()

    async def _cut_connections(self) -> None:
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._connect(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection both ways, until one side has ended it or it is cut."""
        ends = [writer]
        try:
            from_server, to_server = await asyncio.open_connection(*self._server_address)
            ends.append(to_server)
            await self._relay(reader, writer, from_server, to_server)
            for end in ends:
                end.close()
                await end.wait_closed()
        except OSError:
            pass  # one side is gone, and so is the other in a moment
        finally:
            for end in ends:
                _reset(end)

    async def _relay(
        self,
        from_client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        from_server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        ways = [
            self._loop.create_task(self._requests(from_client, to_server)),
            self._loop.create_task(self._answers(from_server, to_client)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _requests(self, client: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while chunk := await client.read(_CHUNK):
            if LineFault.SILENT not in self._faults:
                await _pass_on(server, chunk)

    async def _answers(self, server: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        while chunk := await server.read(_CHUNK):
            for part in self._parts(chunk):
                if LineFault.REPLY_LOST in self._faults:
                    return
                if LineFault.SILENT in self._faults:
                    continue
                await _pass_on(client, part)
                if LineFault.SLOW in self._faults:
                    await asyncio.sleep(self._pace)

    def _parts(self, chunk: bytes) -> Iterator[bytes]:
        """Single bytes as long as the line is slow, then the rest in one."""
        sent = 0
        while sent < len(chunk):
            size = 1 if LineFault.SLOW in self._faults else len(chunk) - sent
            yield chunk[sent : sent + size]
            sent += size


async def _pass_on(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    writer.write(chunk)
    await writer.drain()


def _bound(port: int) -> socket.socket:
    """A socket on 127.0.0.1 that shares its port with another one of ours, as long as only one of them listens."""
    bound = socket.socket()
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound


def _reset(writer: asyncio.StreamWriter) -> None:
    """Cut a connection, unless it is closed: the other side gets a reset, and whatever was on its way is lost."""
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
