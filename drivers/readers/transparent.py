"""Carries frames of ISO 15693 through the transparent session of a PC/SC reader (FF C2), as the ACR1552U has it. Not for what the frames mean.

Source: PC/SC Workgroup, part 3, transparent exchange; ACR1552U reference manual. A reply is a row of tag, length, value: C0 = which object failed
(00: none) and its status word, 96 = how the response came in, 92 = bits in its last byte, 97 = the response.

From the manual only, not tried on the device: that several answering tags show as an error in 96, and silence as status word 64 01 in C0.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from drivers.errors import DeviceLost, Fault, TagGone
from drivers.readers.apdu import Status
from drivers.readers.card import Transmit, ask
from drivers.readers.iso15693 import Carry, Collision

_BEGIN: Final = bytes.fromhex("FFC20000028100")
_END: Final = bytes.fromhex("FFC20000028200")
_TO_ISO15693: Final = bytes.fromhex("FFC20002048F020203")
_EXCHANGE: Final = bytes.fromhex("FFC20001")
_WAIT: Final = bytes.fromhex("5F460400010100")
"""Microseconds to wait for a response: 65,792, the same in either byte order, since sources disagree about it."""

_FRAME, _FAILED, _HOW, _RESPONSE = 0x95, 0xC0, 0x96, 0x97
_ALL_WELL, _NO_TAG = bytes.fromhex("009000"), bytes.fromhex("6401")
_FAULTY = 0x0F
_LONG_TAG, _LONG_LENGTH = 0x1F, 0x80


@contextmanager
def session(transmit: Transmit) -> Iterator[Carry]:
    """A session in which frames of ISO 15693 can be sent. Raises TagGone, and DeviceLost where the reader has no such session."""
    if not _managed(transmit, _BEGIN):
        transmit(_END)  # A program before us may have left its session open.
        if not _managed(transmit, _BEGIN):
            raise _none()
    try:
        if not _managed(transmit, _TO_ISO15693):
            raise _none()
        yield lambda frame: _exchange(transmit, frame)
    finally:
        with suppress(TagGone):
            transmit(_END)


def objects(reply: bytes) -> dict[int, bytes]:
    """The row of tag, length, value, as far as it is whole; of two with one tag the last."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 1 < len(reply):
        tag, at = reply[at], at + 1
        while tag & _LONG_TAG == _LONG_TAG and at < len(reply):
            tag, at = tag << 8 | reply[at], at + 1
            if not tag & 0x80:
                break
        if at >= len(reply):
            break
        length, at = reply[at], at + 1
        if length & _LONG_LENGTH:
            digits = length & ~_LONG_LENGTH
            length, at = int.from_bytes(reply[at : at + digits], "big"), at + digits
        if at + length > len(reply):
            break
        found[tag], at = reply[at : at + length], at + length
    return found


def _managed(transmit: Transmit, command: bytes) -> bool:
    """Whether the reader did as it was told. Raises TagGone where it says that there is no tag."""
    reply = ask(transmit, command)
    failed = objects(reply.data).get(_FAILED, _ALL_WELL)
    if failed[1:] == _NO_TAG:
        raise TagGone
    return reply.status is Status.DONE and failed == _ALL_WELL


def _none() -> DeviceLost:
    return DeviceLost(Fault.BROKEN, "The reader has no transparent session for ISO 15693; set profile = 'generic' for this reader.")


def _exchange(transmit: Transmit, frame: bytes) -> bytes:
    body = _WAIT + bytes((_FRAME, len(frame))) + frame
    reply = objects(ask(transmit, _EXCHANGE + bytes((len(body),)) + body + b"\0").data)
    how = reply.get(_HOW, b"\0")
    if how and how[0] & _FAULTY:
        raise Collision
    return reply.get(_RESPONSE, b"")
