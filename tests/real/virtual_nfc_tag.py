"""NFC tags that exist only as datagrams of nfcpy's UDP driver, in a process of their own. For tests.

The driver sends "<technology> <frame in hex>" and expects the answer in the same form; a tag that is not there says nothing. `VirtualNfcTag` steers the
process; it is this file, run as `python -m tests.real.virtual_nfc_tag`, which takes one JSON command a line and answers each with one line.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from functools import reduce
from operator import xor
from pathlib import Path
from typing import Any, Self

_ROOT = Path(__file__).parents[2]
UIDS = {"type2": "04A1B2C3D4E580", "type3": "02FE010203040506", "type4": "05A1B2C3D4E580", "bank": "08A1B2C3", "classic": "A1B2C3D4"}


class VirtualNfcTag:
    """A tag that is laid on and taken off the reader at `port`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.real.virtual_nfc_tag"], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.port = int(self._ask({"do": "port"}))

    def lay(self, kind: str, content: bytes = b"", tear_after: int | None = None) -> None:
        """A "type2" tag with this memory, a "type3" or "type4" one with this message, a "bank" card, a "classic"; it leaves after so many frames."""
        self._ask({"do": "lay", "kind": kind, "content": content.hex(), "tear_after": tear_after})

    def take(self) -> None:
        """Nothing lies there any more."""
        self._ask({"do": "lay", "kind": "", "content": "", "tear_after": None})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.close()
        self._process.wait(5)
        stdout.close()

    def _ask(self, command: dict[str, object]) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(command) + "\n")
        stdin.flush()
        return json.loads(stdout.readline())


class Field:
    """What answers the frames."""

    def __init__(self) -> None:
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.bind(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._kind, self._content, self._left = "", b"", -1
        self._file = b""

    def lay(self, kind: str, content: bytes, tear_after: int | None) -> None:
        with self._lock:
            self._kind, self._content, self._left = kind, content, -1 if tear_after is None else tear_after

    def serve(self) -> None:
        while True:
            words, sender = self.line.recvfrom(1024)
            technology, _, frame = words.decode().partition(" ")
            with self._lock:
                said = self._answer(technology, bytes.fromhex(frame)) if frame else None
            if said is not None:
                self.line.sendto(f"{technology} {said.hex()}".encode(), sender)

    def _answer(self, technology: str, frame: bytes) -> bytes | None:
        if not self._kind or technology != ("212F" if self._kind == "type3" else "106A"):
            return None
        uid = bytes.fromhex(UIDS[self._kind])
        if self._kind == "type3":
            return self._felica(uid, frame)
        if (selecting := self._select(uid, frame)) is not None:
            return selecting
        if self._left == 0:
            return None
        self._left -= 1
        if self._kind == "type2":
            at = frame[1] * 4 if frame[0] == 0x30 else len(self._content)
            return (self._content[at:] + self._content)[:16] if at < len(self._content) else b"\x00"
        if self._kind == "classic":
            return b"\x00"
        if frame[0] == 0xE0:
            return bytes.fromhex("0578807002")
        if frame[0] & 0xF0 == 0xB0:
            return bytes((0xA2 | frame[0] & 1,))
        return frame[:1] + self._apdu(frame[1:])

    def _select(self, uid: bytes, frame: bytes) -> bytes | None:
        """Anticollision of ISO 14443-3 A in one or two levels."""
        if frame == b"\x26":
            return b"\x44\x00" if len(uid) > 4 else b"\x04\x00"
        levels = [b"\x88" + uid[:3], uid[3:]] if len(uid) > 4 else [uid]
        level = {0x93: 0, 0x95: 1}.get(frame[0], 2)
        if level >= len(levels) or frame[1:2] not in (b"\x20", b"\x70"):
            return None
        part = levels[level]
        if frame[1] == 0x20:
            return part + bytes((reduce(xor, part),))
        last = {"type2": 0x00, "classic": 0x08}.get(self._kind, 0x20)
        return bytes((0x04 if level + 1 < len(levels) else last,))

    def _apdu(self, apdu: bytes) -> bytes:
        """A Type 4 tag: application, capability container, message; a bank card knows its payment environment only."""
        capabilities = bytes.fromhex("000F20003B00340406E10401000000")
        match apdu[1]:
            case 0xA4 if apdu[2] == 0x04:
                known = b"2PAY.SYS.DDF01" if self._kind == "bank" else bytes.fromhex("D2760000850101")
                return b"\x90\x00" if known in apdu else b"\x6a\x82"
            case 0xA4:
                message = len(self._content).to_bytes(2, "big") + self._content
                self._file = {b"\xe1\x03": capabilities, b"\xe1\x04": message}.get(apdu[5:7], b"")
                return b"\x90\x00" if self._file else b"\x6a\x82"
            case 0xB0:
                start = int.from_bytes(apdu[2:4], "big")
                return self._file[start : start + (apdu[4] or 256)] + b"\x90\x00"
            case _:
                return b"\x6d\x00"

    def _felica(self, uid: bytes, frame: bytes) -> bytes | None:
        """A Type 3 tag: polling, and reading of its attribute block and its message."""
        if frame[1] == 0x00:
            return bytes((20, 0x01)) + uid + bytes.fromhex("FFFFFFFFFFFFFFFF12FC")
        if self._left == 0:
            return None
        self._left -= 1
        if frame[1] != 0x06 or frame[2:10] != uid:
            return None
        blocks = 13
        attributes = bytes((0x10, 4, 1, 0, blocks, 0, 0, 0, 0, 0, 0)) + len(self._content).to_bytes(3, "big")
        area = (attributes + sum(attributes).to_bytes(2, "big") + self._content).ljust(16 * (blocks + 1), b"\0")
        services = frame[10]
        listed = frame[11 + 2 * services + 1 :]
        data = b"".join(area[16 * number :][:16] for number in listed[1::2])
        body = b"\x07" + uid + b"\x00\x00" + bytes((len(data) // 16,)) + data
        return bytes((len(body) + 1,)) + body


def main() -> None:
    """Serve datagrams until the input ends."""
    field = Field()
    threading.Thread(target=field.serve, daemon=True).start()
    for line in sys.stdin:
        command = json.loads(line)
        if command["do"] == "lay":
            field.lay(command["kind"], bytes.fromhex(command["content"]), command["tear_after"])
        print(json.dumps(field.line.getsockname()[1]), flush=True)


if __name__ == "__main__":
    main()
