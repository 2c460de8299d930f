"""Readers that exist only as bytes, as their makers' manuals and ISO 15693-3 describe them. For the virtual card, and for tests without pcscd.

A field holds tags; a reader answers APDUs about them. Nothing here knows the drivers: what both know stands in the manuals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

OK, NOT_SUPPORTED, NO_TAG = b"\x90\x00", b"\x6a\x81", b"\x64\x01"


@dataclass
class VicinityTag:
    """A tag of ISO 15693: answers frames, from the flags on and without checksums. `afi_locked`, `blocks_locked`: it refuses to be written."""

    uid: bytes
    memory: bytearray
    afi: int = 0x07
    dsfid: int = 0x3E
    reads_several: bool = True
    informs: bool = True
    afi_locked: bool = False
    blocks_locked: bool = False
    size: int = 4

    def answer(self, frame: bytes) -> bytes | None:
        """The response; None where the frame is not for this tag."""
        flags, command, rest = frame[0], frame[1], frame[2:]
        if flags & 0x04:
            return self._found(rest) if command == 0x01 else None
        if flags & 0x20:
            if rest[:8] != self.uid[::-1]:
                return None
            rest = rest[8:]
        match command:
            case 0x20:
                return self._blocks(rest[0], 1)
            case 0x23:
                return self._blocks(rest[0], rest[1] + 1) if self.reads_several else b"\x01\x01"
            case 0x21:
                if self.blocks_locked:
                    return b"\x01\x12"
                if len(rest) != 1 + self.size or (rest[0] + 1) * self.size > len(self.memory):
                    return b"\x01\x10"
                self.memory[rest[0] * self.size : (rest[0] + 1) * self.size] = rest[1:]
                return b"\x00"
            case 0x27:
                if self.afi_locked:
                    return b"\x01\x12"
                self.afi = rest[0]
                return b"\x00"
            case 0x2B if self.informs:
                size = bytes((len(self.memory) // self.size - 1, self.size - 1))
                return b"\x00\x0f" + self.uid[::-1] + bytes((self.dsfid, self.afi)) + size + b"\x01"
            case _:
                return b"\x01\x01"

    def _found(self, rest: bytes) -> bytes | None:
        bits, mask = rest[0], int.from_bytes(rest[1:], "little")
        number = int.from_bytes(self.uid, "big")
        if len(rest) != 1 + -(-bits // 8) or number & ((1 << bits) - 1) != mask:
            return None
        return bytes((0x00, self.dsfid)) + self.uid[::-1]

    def _blocks(self, first: int, count: int) -> bytes:
        if (first + count) * self.size > len(self.memory):
            return b"\x01\x10"
        return b"\x00" + self.memory[first * self.size : (first + count) * self.size]


@dataclass
class Identiv:
    """Identiv uTrust 3720 F: FF FC with one command of ISO 15693 behind it, for the one tag that it has picked."""

    tags: list[VicinityTag]

    def answer(self, apdu: bytes) -> bytes:
        """The response with its status word."""
        if apdu[:2] == b"\x00\xa4":
            return b"\x6a\x82"
        if not self.tags:
            return NO_TAG
        tag = self.tags[0]
        if apdu[:4] == b"\xff\xca\x00\x00":
            return tag.uid[::-1] + OK
        if apdu[:4] != b"\xff\xfc\x00\x00":
            return NOT_SUPPORTED
        body = apdu[5 : 5 + apdu[4]]
        if len(apdu) not in (5 + len(body), 6 + len(body)) or len(body) != apdu[4]:
            return b"\x67\x00"
        parameters = b"" if body[0] == 0x2B else body[1:]
        response = tag.answer(bytes((0x02, body[0])) + parameters)
        assert response is not None
        if response[0] & 1:
            return b"\x69\x86"
        return (response if body[0] == 0x2B else response[1:]) + OK


@dataclass
class Acr1552:
    """ACS ACR1552U: transparent sessions by FF C2. Several answers at once are a collision, none is status word 64 01."""

    tags: list[VicinityTag]
    has_sessions: bool = True
    _open: bool = False
    _protocol: bytes = b""
    frames: int = 0

    def answer(self, apdu: bytes) -> bytes:
        """The response with its status word."""
        if apdu[:2] == b"\x00\xa4":
            return b"\x6a\x82"
        if apdu[:4] == b"\xff\xca\x00\x00":
            return self.tags[0].uid + OK if self.tags else NO_TAG
        if apdu[:3] != b"\xff\xc2\x00" or not self.has_sessions:
            return NOT_SUPPORTED
        body = apdu[5 : 5 + apdu[4]]
        match apdu[3], body:
            case 0x00, b"\x81\x00":
                if self._open:
                    return b"\xc0\x03\x01\x69\x85" + OK
                self._open = True
            case 0x00, b"\x82\x00":
                self._open, self._protocol = False, b""
            case 0x02, b"\x8f\x02\x02\x03" if self._open:
                self._protocol = body[2:]
            case 0x01, _ if self._open and self._protocol:
                return self._exchange(body)
            case _:
                return b"\xc0\x03\x01\x69\x85" + OK
        return b"\xc0\x03\x00\x90\x00" + OK

    def _exchange(self, body: bytes) -> bytes:
        objects: dict[int, bytes] = {}
        while body:
            wide = body[0] & 0x1F == 0x1F
            tag, body = (int.from_bytes(body[:2], "big"), body[2:]) if wide else (body[0], body[1:])
            objects[tag], body = body[1 : 1 + body[0]], body[1 + body[0] :]
        if len(objects[0x5F46]) != 4:
            return b"\xc0\x03\x01\x67\x00" + OK
        self.frames += 1
        answers = [said for tag in self.tags if (said := tag.answer(objects[0x95])) is not None]
        if not answers:
            return b"\xc0\x03\x01" + NO_TAG + OK
        if len(answers) > 1:
            return b"\xc0\x03\x00\x90\x00\x96\x02\x02\x00" + OK
        (said,) = answers
        length = bytes((len(said),)) if len(said) < 0x80 else bytes((0x81, len(said)))
        return b"\xc0\x03\x00\x90\x00\x96\x02\x00\x00\x92\x01\x00\x97" + length + said + OK


@dataclass
class Storage:
    """A reader with the common commands only; `step` is the number of bytes by which it counts blocks. Type 2 tags are memory from their page 0 on."""

    uid: bytes
    memory: bytearray
    step: int = 4

    def answer(self, apdu: bytes) -> bytes:
        """The response with its status word."""
        if apdu[:2] == b"\x00\xa4":
            return b"\x6a\x82"
        if apdu[:2] == b"\xff\xca":
            return self.uid + OK
        start = int.from_bytes(apdu[2:4], "big") * self.step
        if apdu[:2] == b"\xff\xd6" and start + apdu[4] <= len(self.memory) and len(apdu) == 5 + apdu[4]:
            self.memory[start : start + apdu[4]] = apdu[5:]
            return OK
        if apdu[:2] != b"\xff\xb0" or start >= len(self.memory):
            return b"\x6a\x82"
        data = bytes(self.memory[start : start + apdu[4]])
        return data + (OK if len(data) == apdu[4] else b"\x62\x82")


Reader = Identiv | Acr1552 | Storage


def made(kind: str, tags: list[dict[str, Any]]) -> Reader:
    """A reader of this kind with these tags: the fields of `VicinityTag`, bytes as hex."""
    fields = [{**tag, "uid": bytes.fromhex(tag["uid"]), "memory": bytearray.fromhex(tag["memory"])} for tag in tags]
    match kind:
        case "identiv":
            return Identiv([VicinityTag(**tag) for tag in fields])
        case "acr1552":
            return Acr1552([VicinityTag(**tag) for tag in fields])
        case "bytes" | "blocks":
            return Storage(fields[0]["uid"], fields[0]["memory"], 1 if kind == "bytes" else 4)
        case _:
            raise ValueError(kind)
