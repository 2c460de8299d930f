"""A contactless storage card that exists only as bytes, spoken to a real pcscd through the virtual reader vpcd. For tests and benches.

`VirtualCard` steers an emulator in a process of its own: pcscd waits for the card, and a client that shares the card's process may wait for pcscd.
The emulator is this file, run as `python -m tests.real.virtual_card PORT`; it takes one JSON command a line and answers each with one line.

vpcd's protocol: two bytes of length, high first, then that many bytes. One byte is a control (0 off, 1 on, 2 reset, 4 give the ATR), more are an APDU.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from drivers.tags.atr import storage_atr
from tests.real.readers_by_the_manual import Acr1552, Reader, Storage, VicinityTag, made

ISO15693 = storage_atr(0x0B, 0x0014)
ULTRALIGHT = storage_atr(0x03, 0x0003)
CLASSIC = storage_atr(0x03, 0x0001)
BANK_CARD = bytes.fromhex("3B88800100000000008187000F")
UID = bytes.fromhex("E00401505A89BDE3")

_ROOT = Path(__file__).parents[2]
_ATR, _APDU_LENGTH = 4, 4


_PLAIN: dict[str, Any] = {"tear_after": None, "mute": False, "delay": 0.0}


class VirtualCard:
    """A card that is put on and taken off the virtual reader at a TCP port of this machine."""

    def __init__(self, port: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.real.virtual_card", str(port)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def insert(
        self,
        memory: bytes = b"",
        *,
        uid: bytes = UID,
        atr: bytes = ISO15693,
        chunks: Sequence[int] = (),
        tear_after: int | None = None,
        payment: bool = False,
        mute: bool = False,
        keyed: bool = False,
        delay: float = 0.0,
    ) -> float:
        """Put the card on the reader; returns the moment on the monotonic clock.

        `chunks` are the only lengths it can be read by (empty: any). It leaves after `tear_after` APDUs. `payment`: it answers SELECT PPSE.
        `mute`: it never answers an APDU. `keyed`: its memory needs a key. `delay`: seconds each APDU takes in the air.
        """
        card = {
            "memory": memory.hex(),
            "uid": uid.hex(),
            "atr": atr.hex(),
            "chunks": list(chunks),
            "tear_after": tear_after,
            "payment": payment,
            "mute": mute,
            "keyed": keyed,
            "delay": delay,
        }
        return float(self._ask({"do": "insert", "card": card}))

    def lay(self, reader: str, *tags: dict[str, Any], atr: bytes = ISO15693, tear_after: int | None = None) -> None:
        """Lay tags on a reader of a maker: "identiv", "acr1552", "blocks", "bytes" of readers_by_the_manual; tags are the fields of its `VicinityTag`.

        All are taken off after `tear_after` APDUs.
        """
        self._ask({"do": "insert", "card": {**_PLAIN, "atr": atr.hex(), "reader": reader, "tags": _hexed(tags), "tear_after": tear_after}})

    def change(self, *tags: dict[str, Any]) -> None:
        """Other tags lie there now, while the reader goes on saying that something does."""
        self._ask({"do": "change", "tags": _hexed(tags)})

    def tags(self) -> list[tuple[bytes, int]]:
        """The memory and the security byte of each tag that lies there, as they are now."""
        return [(bytes.fromhex(memory), afi) for memory, afi in self._ask({"do": "tags"})]

    def remove(self) -> float:
        """Take it off; returns the moment on the monotonic clock."""
        return float(self._ask({"do": "remove"}))

    def heard(self) -> list[str]:
        """The APDUs it was sent since it was last put on, as hex."""
        answer = self._ask({"do": "heard"})
        assert isinstance(answer, list)
        return answer

    def close(self) -> None:
        """Take it off and end its process."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with suppress(BrokenPipeError):
            stdin.close()  # The emulator ends with its input, and the card leaves with it.
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, command: dict[str, object]) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(command) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        if "error" in answer:
            raise OSError(answer["error"])
        return answer["is"]


def _hexed(tags: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value.hex() if isinstance(value, bytes | bytearray) else value for name, value in tag.items()} for tag in tags]


class Emulator:
    """The card itself, in its own process."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._line: socket.socket | None = None
        self._card: dict[str, Any] = {}
        self._reader: Reader | None = None
        self._heard: list[str] = []
        self._left = threading.Event()

    def do(self, command: dict[str, Any]) -> object:
        """Carry out one command of `VirtualCard`."""
        match command["do"]:
            case "insert":
                self._leave()
                self._card, self._heard = command["card"], []
                self._reader = made(self._card["reader"], self._card["tags"]) if "reader" in self._card else None
                self._left = threading.Event()
                self._line = socket.create_connection(("127.0.0.1", self._port), timeout=5)
                self._line.settimeout(None)
                self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                moment = time.monotonic()
                threading.Thread(target=self._serve, args=(self._line,), daemon=True).start()
                return moment
            case "change":
                assert isinstance(self._reader, Acr1552)
                self._reader.tags[:] = [VicinityTag(**tag) for tag in _unhexed(command["tags"])]
                return None
            case "tags":
                reader = self._reader
                if isinstance(reader, Storage):
                    return [(reader.memory.hex(), 0)]
                return [(tag.memory.hex(), tag.afi) for tag in reader.tags] if reader else []
            case "remove":
                moment = time.monotonic()
                self._leave()
                return moment
            case _:
                return self._heard

    def _leave(self) -> None:
        line, self._line = self._line, None
        self._left.set()
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _serve(self, line: socket.socket) -> None:
        atr, left = bytes.fromhex(self._card["atr"]), self._left
        with suppress(OSError):
            while True:
                message = _receive(line, int.from_bytes(_receive(line, 2), "big"))
                if len(message) == 1:
                    if message[0] == _ATR:
                        line.sendall(len(atr).to_bytes(2, "big") + atr)
                    continue
                if self._card["mute"]:
                    left.wait()
                    return
                if self._card["delay"]:
                    left.wait(self._card["delay"])
                if self._card["tear_after"] is not None and len(self._heard) >= self._card["tear_after"]:
                    self._leave()
                    return
                self._heard.append(message.hex())
                answer = self._answer(message)
                line.sendall(len(answer).to_bytes(2, "big") + answer)

    def _answer(self, apdu: bytes) -> bytes:
        """PC/SC part 3, as a reader would carry it out; memory in blocks of four."""
        card = self._card
        if self._reader is not None:
            return self._reader.answer(apdu)
        memory, uid = bytes.fromhex(card["memory"]), bytes.fromhex(card["uid"])
        if apdu[0] == 0x00:
            return bytes.fromhex("6F00 9000") if card["payment"] and apdu[1] == 0xA4 else bytes.fromhex("6A82")
        if apdu[:2] == b"\xff\xca":
            return uid + b"\x90\x00" if uid else b"\x6a\x81"
        if apdu[:2] != b"\xff\xb0":
            return b"\x6d\x00"
        if card["keyed"]:
            return b"\x69\x82"
        start, length = int.from_bytes(apdu[2:4], "big") * 4, apdu[_APDU_LENGTH]
        if card["chunks"] and length not in card["chunks"]:
            return bytes((0x6C, card["chunks"][0])) if len(card["chunks"]) == 1 else b"\x67\x00"
        if start >= len(memory):
            return b"\x6a\x82"
        data = memory[start : start + length]
        return data + (b"\x90\x00" if len(data) == length else b"\x62\x82")


def _unhexed(tags: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**tag, "uid": bytes.fromhex(tag["uid"]), "memory": bytearray.fromhex(tag["memory"])} for tag in tags]


def _receive(line: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        # vpcd sends length and body apart; acknowledging at once spares 40 ms for each APDU.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = line.recv(length - len(received))
        if not part:
            raise ConnectionError
        received += part
    return received


def main() -> None:
    """Answer commands until the input ends."""
    emulator = Emulator(int(sys.argv[1]))
    for line in sys.stdin:
        try:
            answer: dict[str, object] = {"is": emulator.do(json.loads(line))}
        except OSError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
