"""HTTP with a total deadline, as a transport for httpx. Not for what the answers mean.

httpx and httpcore have timeouts for each single read: a server that sends one byte a second is never cut off. Here every wait on the network,
from looking up the name to the last byte, gets only what is left of the call's time, because it passes through `_Stream`, which knows the call.
The same place counts the bytes received and sees whether anything was sent. No thread is needed, except for looking up names.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Thread
from typing import Any

import httpcore
import httpx

_IDLE = 55.0  # seconds an unused connection is kept
_CONNECTIONS = 16
SECONDS = "kiosk.seconds"  # the request extension that holds the call's time


class LineFailed(Exception):
    """No whole answer came. `sent`: the request, or a part of it, may have reached the server; the message says what happened."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.sent = sent


class AnswerUnusable(Exception):
    """An answer came that is not to be read: too large, compressed, or not HTTP."""


@dataclass(slots=True)
class _Call:
    """One request and its fate, seen from the network."""

    ends: float
    most: int
    received: int = 0
    sent: bool = False
    connected: bool = False
    ended: bool = False

    def left(self, error: type[Exception]) -> float:
        """Seconds that are left; raises this error when there are none."""
        seconds = self.ends - time.monotonic()
        if seconds <= 0:
            raise error("the call's time is over")
        return seconds


_call: ContextVar[_Call] = ContextVar("_call")


class DeadlineTransport(httpx.BaseTransport):
    """A pool of connections; the request extension `SECONDS` is the total time of a call, `most` the largest answer in bytes, headers included.

    Threads may share it. Answers come whole. Raises LineFailed, AnswerUnusable.
    """

    def __init__(self, *, most: int, tls: ssl.SSLContext | None) -> None:
        self._most = most
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=_IDLE,
            network_backend=_Network(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send and receive; once more if a kept connection turned out to be dead. So every request has to be one that may be repeated."""
        call = _Call(time.monotonic() + float(request.extensions[SECONDS]), self._most)
        token = _call.set(call)
        try:
            try:
                return self._exchange(request, call)
            except (httpcore.NetworkError, httpcore.RemoteProtocolError):
                if call.connected or call.received:
                    raise
            return self._exchange(request, call)
        except httpcore.RemoteProtocolError as error:
            if call.received and not call.ended:
                raise AnswerUnusable("it is not HTTP") from error
            raise LineFailed("the connection was closed before the whole answer was there", sent=call.sent) from error
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise LineFailed(str(error) or type(error).__name__, sent=call.sent) from error
        finally:
            _call.reset(token)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _exchange(self, request: httpx.Request, call: _Call) -> httpx.Response:
        url = httpcore.URL(scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path)
        waits = {"pool": call.left(httpcore.PoolTimeout)}  # all other waits are _Stream's
        sent = httpcore.Request(request.method, url, headers=request.headers.raw, content=request.read(), extensions={"timeout": waits})
        answer = self._pool.handle_request(sent)
        try:
            body = answer.read()
        finally:
            answer.close()
        headers = httpx.Headers(answer.headers)
        if headers.get("content-encoding", "identity") != "identity":
            raise AnswerUnusable("the answer is compressed")
        return httpx.Response(answer.status, headers=headers, content=body, request=request)


class _Network(httpcore.NetworkBackend):
    """Opens connections within the time of the call that needs them."""

    def __init__(self) -> None:
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002  the call knows better
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Try each address of the host in turn."""
        call = _call.get()
        call.connected = True
        error: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in _addresses(host, port, call):
            try:
                left = call.left(httpcore.ConnectTimeout)
                return _Stream(self._sockets.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the call that is using it."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002  the call knows better
        call = _call.get()
        chunk = self._stream.read(max_bytes, call.left(httpcore.ReadTimeout))
        call.received += len(chunk)
        call.ended = not chunk
        if call.received > call.most:
            raise AnswerUnusable(f"the answer is larger than {call.most} bytes")
        return chunk

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002  the call knows better
        call = _call.get()
        left = call.left(httpcore.WriteTimeout)
        call.sent = call.sent or bool(buffer)
        self._stream.write(buffer, left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002  the call knows better
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, _call.get().left(httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _addresses(host: str, port: int, call: _Call) -> list[str]:
    """The host's addresses. The system's look-up knows no deadline, so it waits on a thread, which is left behind if it is too slow."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()
    Thread(target=_look_up, args=(host, port, found.put), name="look-up", daemon=True).start()
    try:
        answer = found.get(timeout=call.left(httpcore.ConnectTimeout))
    except queue.Empty as error:
        raise httpcore.ConnectTimeout(f"the name {host} could not be looked up in time") from error
    if isinstance(answer, OSError):
        raise httpcore.ConnectError(f"the name {host} is not known") from answer
    return answer


def _look_up(host: str, port: int, tell: Callable[[list[str] | OSError], None]) -> None:
    try:
        tell([str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)])
    except OSError as error:
        tell(error)
