"""Frames of the OBID host protocol of Feig readers, as bytes. Pure; not for the line they travel on, nor for watching a reader (feig).

Source: Feig's system manuals (ID ISC.MR200, LR200, PR101, CPR30). A standard frame is length, address, command, data, checksum, where the length counts
all of it; an advanced one is 02, length in two bytes (high first), and the rest alike. An answer has its status before the data. The checksum is
CRC-16 with the reflected polynomial 8408 from FFFF, low byte first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

ANY_READER: Final = 0xFF
HOST: Final = 0xB0
RF_RESET: Final = 0x69

_ADVANCED, _POLYNOMIAL = 0x02, 0x8408
_SHORTEST, _LONGEST_STANDARD = 6, 255


class Status(IntEnum):
    """What the reader says of a command; other values are faults of the command or of the reader's settings."""

    OK = 0x00
    NO_TAG = 0x01
    DATA_FALSE = 0x02
    WRITE_ERROR = 0x03
    ADDRESS_ERROR = 0x04
    WRONG_TAG = 0x05
    MORE_DATA = 0x94
    TAG_ERROR = 0x95


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command; `data` without status and checksum."""

    command: int
    status: int
    data: bytes = field(repr=False)


class Garbled(Exception):
    """What came in is no frame: a wrong checksum, or a length that cannot be."""


def crc(frame: bytes) -> int:
    """The checksum of all bytes of a frame before it."""
    value = 0xFFFF
    for byte in frame:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ _POLYNOMIAL if value & 1 else value >> 1
    return value


def command(code: int, data: bytes = b"", address: int = ANY_READER) -> bytes:
    """The frame of a command; `data` up to 250 bytes."""
    body = bytes((len(data) + 5, address, code)) + data
    return body + crc(body).to_bytes(2, "little")


def missing(received: bytes) -> int:
    """How many bytes are still to come, at least, until a frame is whole; 0 when it is. Raises Garbled."""
    if not received:
        return 1
    if received[0] != _ADVANCED:
        length = received[0]
    elif len(received) < 3:  # noqa: PLR2004  02 and its two bytes of length
        return 3 - len(received)
    else:
        length = int.from_bytes(received[1:3], "big")
    if length < _SHORTEST or len(received) > length:
        raise Garbled
    return length - len(received)


def parse(frame: bytes) -> Answer:
    """A whole frame from the reader. Raises Garbled."""
    if missing(frame) or crc(frame[:-2]) != int.from_bytes(frame[-2:], "little"):
        raise Garbled
    head = 3 if frame[0] == _ADVANCED else 1
    body = frame[head + 1 : -2]
    if len(body) < 2:  # noqa: PLR2004  command and status
        raise Garbled
    return Answer(body[0], body[1], bytes(body[2:]))
