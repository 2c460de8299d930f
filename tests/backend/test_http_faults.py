"""The HTTP library against servers that do everything wrong: no call outlasts its deadline, and every fault is the right error."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kiosk.backend.http import LARGEST_ANSWER, HttpLibrary
from kiosk.domain.passes import PassKey
from kiosk.ports import LibraryError, LibraryIncoherent, LibrarySilent, OutcomeUnknown
from tests.backend.raw_server import Play, RawServer, always, answer, raw_server

STATUS = json.dumps({"status": "ok", "name": "x", "version": "1"}).encode()
LOAN = json.dumps(
    {"id": "l", "item": "1", "title": "t", "due": "2026-12-15", "strips": 1, "strips_left": 4, "release_security": True}
).encode()

CALLS: dict[str, Callable[[HttpLibrary], object]] = {
    "open_visit": lambda library: library.open_visit(PassKey("20000000000011"), request_key="some-key-1"),
    "lend": lambda library: library.lend("visit", "1", request_key="some-key-1"),
    "outcome": lambda library: library.outcome("some-key-1"),
    "record": lambda library: library.record("visit"),
    "close_visit": lambda library: library.close_visit("visit"),
    "status": lambda library: library.status(),
}


@contextmanager
def against(play: Play, seconds: float = 20.0) -> Iterator[tuple[HttpLibrary, RawServer]]:
    """A library whose server plays this."""
    with raw_server(play) as server:
        library = HttpLibrary(server.url, "token", verify_seconds=seconds, lend_seconds=seconds)
        yield library, server
        library.close()


def dripping(before: bytes, drip: Callable[[int], bytes], cut: threading.Event) -> Play:
    """Sends something at once, and then a byte or a few every 20 ms for ever, until the client cuts the connection."""

    def play(connection: socket.socket, _: int) -> None:
        try:
            connection.sendall(before)
            number = 0
            while not cut.wait(0.02):
                connection.sendall(drip(number))
                number += 1
        except OSError:
            cut.set()
            raise

    return play


DRIPS: dict[str, tuple[bytes, Callable[[int], bytes]]] = {
    "status line": (b"", lambda number: b"H" if number == 0 else b"T"),
    "reason": (b"HTTP/1.1 200 ", lambda _: b"K"),
    "a header": (b"HTTP/1.1 200 OK\r\nX-Long: ", lambda _: b"x"),
    "headers": (b"HTTP/1.1 200 OK\r\n", lambda number: b"X-%d: y\r\n" % number),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", lambda _: b"x"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", lambda _: b"1\r\nx\r\n"),
    "provisional answers": (b"", lambda _: b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "nothing": (b"", lambda _: b""),
}


@pytest.mark.parametrize("drip", DRIPS)
@pytest.mark.parametrize(("call", "error"), [("status", LibrarySilent), ("lend", OutcomeUnknown)])
def test_total_deadline(drip: str, call: str, error: type[LibraryError]) -> None:
    """However slowly a server drips, the call ends at its deadline and the connection is thrown away."""
    cut = threading.Event()

    with against(dripping(*DRIPS[drip], cut), seconds=0.3) as (library, server):
        with pytest.raises(error):
            CALLS[call](library)
        if drip == "nothing":
            cut.set()  # who sends nothing does not notice
        assert cut.wait(30)
        assert len(server.requests) == 1


@pytest.mark.parametrize("call", CALLS)
def test_lost_answer(call: str) -> None:
    """When the connection ends before the answer, a question was not answered, and a loan's outcome is unknown."""

    def hang_up(connection: socket.socket, _: int) -> None:
        connection.shutdown(socket.SHUT_RDWR)

    with against(hang_up) as (library, server):
        with pytest.raises(OutcomeUnknown if call == "lend" else LibrarySilent):
            CALLS[call](library)
        assert len(server.requests) == 1  # a fresh connection that fails is not tried again


@pytest.mark.parametrize("call", CALLS)
def test_torn_answer(call: str) -> None:
    """The same is so when half an answer came."""

    def tear(connection: socket.socket, _: int) -> None:
        connection.sendall(answer("200 OK", LOAN)[:-5])
        connection.shutdown(socket.SHUT_RDWR)

    with against(tear) as (library, _), pytest.raises(OutcomeUnknown if call == "lend" else LibrarySilent):
        CALLS[call](library)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(answer("200 OK", b"<html>Welcome</html>"), id="a page"),
        pytest.param(answer("200 OK", b"{}"), id="an empty object"),
        pytest.param(answer("200 OK", b'{"status": "ok", "name": 5}'), id="a wrong type"),
        pytest.param(answer("200 OK", b"[" * 1_000_000), id="a deep hole"),
        pytest.param(answer("200 OK", b"9" * 5_000), id="a large number"),
        pytest.param(answer("200 OK", b"\xff\xfe"), id="no text"),
        pytest.param(answer("200 OK", b""), id="nothing"),
        pytest.param(answer("200 OK", gzip.compress(STATUS), "Content-Encoding: gzip"), id="compressed"),
        pytest.param(answer("200 OK", STATUS + b" " * LARGEST_ANSWER), id="too large"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 3_000_000, id="too large a header"),
        pytest.param(b"220 mail.example ESMTP\r\n\r\n", id="another protocol"),
        pytest.param(answer("301 Moved", b"", "Location: http://127.0.0.1:1/"), id="a redirect"),
        pytest.param(answer("401 Unauthorized", b""), id="no token"),
        pytest.param(answer("404 Not Found", b"not found"), id="a wrong address"),
        pytest.param(answer("418 Teapot", b"{}"), id="a teapot"),
        pytest.param(answer("500 Oops", b"oops"), id="a broken server"),
        pytest.param(answer("503 Down", b"{}"), id="a server that is down"),
    ],
)
@pytest.mark.parametrize("call", [call for call in CALLS if call != "lend"])
def test_nonsense(reply: bytes, call: str) -> None:
    """Whatever is no answer is incoherent, with a hint for staff; a redirect is not followed."""
    with against(always(reply)) as (library, _), pytest.raises(LibraryIncoherent) as failed:
        CALLS[call](library)

    assert failed.value.hint.endswith((".", "?"))
    assert "20000000000011" not in repr(failed.value.__cause__) + str(failed.value)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        pytest.param(answer("201 Created", b"<html>"), OutcomeUnknown, id="lent, but unreadable"),
        pytest.param(answer("201 Created", LOAN.replace(b"2026-12-15", b"soon")), OutcomeUnknown, id="lent, until nonsense"),
        pytest.param(answer("201 Created", LOAN + b" " * LARGEST_ANSWER), OutcomeUnknown, id="lent, too large"),
        pytest.param(answer("500 Oops", b"oops"), OutcomeUnknown, id="a broken server"),
        pytest.param(answer("504 Timeout", b""), OutcomeUnknown, id="a gateway's deadline"),
        pytest.param(answer("401 Unauthorized", b""), LibraryIncoherent, id="no token"),
        pytest.param(answer("404 Not Found", b""), LibraryIncoherent, id="a wrong address"),
        pytest.param(answer("409 Conflict", b"{}"), LibraryIncoherent, id="refused without a reason"),
        pytest.param(answer("302 Found", b"", "Location: /"), LibraryIncoherent, id="a redirect"),
    ],
)
def test_nonsense_to_a_loan(reply: bytes, error: type[LibraryError]) -> None:
    """A loan is unknown where it may have been made, and only there."""
    with against(always(reply)) as (library, _), pytest.raises(error):
        CALLS["lend"](library)


def test_dead_connection_is_replaced() -> None:
    """A kept connection that the server drops when the next request comes is replaced once; the key is the same, so nothing is lent twice."""

    def play(connection: socket.socket, number: int) -> None:
        if number == 1:
            connection.shutdown(socket.SHUT_RDWR)
        else:
            connection.sendall(answer("201 Created", LOAN))

    with against(play) as (library, server):
        CALLS["lend"](library)
        CALLS["lend"](library)

        assert len(server.requests) == 3
        assert server.requests[1] == server.requests[2]
        assert b"idempotency-key: some-key-1" in server.requests[1].lower()


def test_dead_connection_and_dead_server() -> None:
    """When the replacement fails as well, the loan may have been made by the first request."""

    def play(connection: socket.socket, number: int) -> None:
        if number:
            connection.shutdown(socket.SHUT_RDWR)
        else:
            connection.sendall(answer("200 OK", STATUS))

    with against(play) as (library, server):
        library.status()
        with pytest.raises(OutcomeUnknown):
            CALLS["lend"](library)
        assert len(server.requests) == 3


def test_connections_are_kept() -> None:
    """One connection serves many calls."""
    peers = set()

    def play(connection: socket.socket, _: int) -> None:
        peers.add(connection.getpeername())
        connection.sendall(answer("200 OK", STATUS))

    with against(play) as (library, server):
        for _ in range(5):
            library.status()
        assert len(server.requests) == 5
    assert len(peers) == 1


def test_requests_name_nobody_in_their_line() -> None:
    """The pass number stands in the body only, compressed answers are not asked for, and the token in its header."""
    with against(always(answer("500 Oops", b""))) as (library, server):
        for call in CALLS.values():
            with pytest.raises((LibraryIncoherent, OutcomeUnknown)):
                call(library)
        heads = [request.partition(b"\r\n\r\n")[0].lower() for request in server.requests]

    assert not [head for head in heads if b"20000000000011" in head]
    assert all(b"accept-encoding: identity" in head and b"authorization: bearer token" in head for head in heads)
