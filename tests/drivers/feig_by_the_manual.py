"""A Feig reader on a TCP port that exists only as bytes, as its maker's manuals describe it. For tests; it knows nothing of the driver."""

from __future__ import annotations

import binascii
import socket
import threading
from contextlib import suppress
from typing import Self

from tests.real.readers_by_the_manual import VicinityTag


class FeigReaderByTheManual:
    """ISO host mode over TCP on a port of this machine. Faults are attributes, set at any time.

    `garbled`: so many answers come with a wrong checksum. `silent`: it hears and says nothing. `at_once`: data sets in one answer of an inventory.
    `only_new`: a tag is reported once until the field was reset. `advanced`: answers in the long form. `pieces`: answers arrive byte by byte.
    """

    def __init__(self, *tags: VicinityTag) -> None:
        self.tags = list(tags)
        self.garbled, self.at_once = 0, 200
        self.silent = self.only_new = self.advanced = self.pieces = False
        self.heard: list[bytes] = []
        self._quiet: set[bytes] = set()
        self._waiting: list[VicinityTag] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def cut(self) -> None:
        """Cut the connection; a new one is taken."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        server, self._server = self._server, None  # type: ignore[assignment]
        server.shutdown(socket.SHUT_RDWR)
        self.cut()
        self._thread.join()
        server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self) -> None:
        while (server := self._server) is not None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                self._connection = connection
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while (head := connection.recv(1)) and self._server is not None:
                    frame = head
                    while len(frame) < head[0]:
                        frame += connection.recv(head[0] - len(frame))
                    self._hear(connection, frame)

    def _hear(self, connection: socket.socket, frame: bytes) -> None:
        assert _crc(frame) == 0, "the checksum of a frame and its checksum is zero"
        assert frame[1] == 0xFF
        self.heard.append(frame[2:-2])
        if self.silent:
            return
        status, data = self._carry_out(frame[2], frame[3:-2])
        body = bytes((0x00, frame[2], status)) + data
        long = self.advanced or len(body) + 3 > 255
        whole = (b"\x02" + (len(body) + 5).to_bytes(2, "big") if long else bytes((len(body) + 3,))) + body
        crc = _crc(whole)
        if self.garbled:
            self.garbled, crc = self.garbled - 1, crc ^ 0x0100
        whole += crc.to_bytes(2, "little")
        for piece in [whole[at : at + 1] for at in range(len(whole))] if self.pieces else [whole]:
            connection.sendall(piece)

    def _carry_out(self, command: int, request: bytes) -> tuple[int, bytes]:
        if command == 0x69:
            self._quiet.clear()
            return 0x00, b""
        if command != 0xB0:
            return 0x80, b""
        if request[0] == 0x01:
            return self._inventory(request[1])
        tag = next((tag for tag in self.tags if tag.uid == request[2:10]), None)
        if tag is None or request[1] != 0x01:
            return 0x01, b""
        return self._to_tag(tag, request[0], request[10:])

    def _inventory(self, mode: int) -> tuple[int, bytes]:
        if mode == 0x00:
            self._waiting = [tag for tag in self.tags if tag.uid not in self._quiet]
        now, self._waiting = self._waiting[: self.at_once], self._waiting[self.at_once :]
        if self.only_new:
            self._quiet |= {tag.uid for tag in now}
        if not now:
            return 0x01, b""
        sets = b"".join(bytes((0x03, tag.dsfid)) + tag.uid for tag in now)
        return (0x94 if self._waiting else 0x00), bytes((len(now),)) + sets

    def _to_tag(self, tag: VicinityTag, command: int, parameters: bytes) -> tuple[int, bytes]:
        match command:
            case 0x23:
                first, count = parameters
                if count > 1 and not tag.reads_several:
                    return 0x95, b"\x01"
                if (first + count) * tag.size > len(tag.memory):
                    return 0x95, b"\x10"
                blocks = [bytes(tag.memory[n * tag.size : (n + 1) * tag.size]) for n in range(first, first + count)]
                return 0x00, bytes((count, tag.size)) + b"".join(b"\x00" + block[::-1] for block in blocks)
            case 0x24:
                first, count, size = parameters[:3]
                assert (count, size, len(parameters)) == (1, tag.size, 3 + tag.size)
                said = tag.answer(b"\x02\x21" + bytes((first,)) + parameters[3:][::-1])
            case 0x27:
                said = tag.answer(b"\x02\x27" + parameters)
            case 0x2B if tag.informs:
                size = bytes((tag.size - 1, len(tag.memory) // tag.size - 1))
                return 0x00, bytes((tag.dsfid,)) + tag.uid + bytes((tag.afi,)) + size + b"\x01"
            case _:
                return 0x95, b"\x01"
        assert said is not None
        return (0x95, said[1:]) if said[0] & 1 else (0x00, b"")


def _crc(frame: bytes) -> int:
    """CRC-16 of 8408 from FFFF, by way of the common one of 1021: the same with every byte's, and the result's, bits turned round."""
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in frame)
    return int(f"{binascii.crc_hqx(turned, 0xFFFF):016b}"[::-1], 2)
