"""Commands to storage cards as bytes, and what their answers mean. Not for sending them (card), nor for the readers' own commands.

Source: PC/SC Workgroup, part 3 (class FF, carried out by the reader), and EMV Contactless Book B for the payment environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

GET_UID: Final = bytes.fromhex("FFCA000000")
SELECT_PAYMENT: Final = bytes.fromhex("00A404000E") + b"2PAY.SYS.DDF01" + b"\0"

_STATUS_LENGTH = 2
_ISO15693_UID, _ISO15693_FIRST = 8, 0xE0


def read_binary(block: int, length: int) -> bytes:
    """Read `length` bytes (1 to 255) from block number `block` (0 to 65535) on."""
    return bytes((0xFF, 0xB0, block >> 8, block & 0xFF, length))


def update_binary(block: int, data: bytes) -> bytes:
    """Write `data` (1 to 255 bytes) from block number `block` on."""
    return bytes((0xFF, 0xD6, block >> 8, block & 0xFF, len(data))) + data


class Status(Enum):
    """What a status word means for reading on."""

    DONE = auto()
    END_OF_MEMORY = auto()
    OTHER_LENGTH = auto()
    REFUSED = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the card answered: its data, and the two bytes of the status word."""

    data: bytes = field(repr=False)
    sw1: int
    sw2: int

    @property
    def status(self) -> Status:
        """The status word's meaning; with `OTHER_LENGTH`, `sw2` is the length to ask for."""
        match self.sw1, self.sw2:
            case (0x90, 0x00):
                return Status.DONE
            case (0x62, 0x82):
                return Status.END_OF_MEMORY
            case (0x6C, _):
                return Status.OTHER_LENGTH
            case _:
                return Status.REFUSED

    @property
    def selected(self) -> bool:
        """Whether an application was found: done, with a warning (a locked one), or with more to fetch."""
        return self.status is Status.DONE or self.sw1 in (0x61, 0x62)


def answer(response: bytes) -> Answer | None:
    """Take a response apart; None where it is too short to be one, as when the card left on the way."""
    if len(response) < _STATUS_LENGTH:
        return None
    return Answer(bytes(response[:-_STATUS_LENGTH]), response[-2], response[-1])


def canonical_uid(uid: bytes) -> bytes:
    """A UID in the order in which it is printed: readers give those of ISO 15693 either way round, and they begin with E0."""
    if len(uid) == _ISO15693_UID and uid[-1] == _ISO15693_FIRST != uid[0]:
        return uid[::-1]
    return uid
