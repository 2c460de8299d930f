"""Vicinity tags (ISO 15693) frame by frame, for readers that only carry frames: finding several, reading, writing. Not for how a reader carries them.

Source: ISO/IEC 15693-3. A request is flags, command, perhaps the UID, parameters; a response is flags and data, or flags with bit 0 set and an error
code. UIDs travel least significant byte first. The checksum of a frame is the reader's work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.errors import DeviceRefused, Fault, TagGone

Carry = Callable[[bytes], bytes]
"""Sends a frame and returns the response from its flags on, empty when no tag answered. Raises Collision when several did, TagGone, DeviceLost."""

BLOCK: Final = 4
"""Bytes of a block where the tag does not say; so it is on every tag that libraries use."""

UID_BITS: Final = 64
_UID_LENGTH = 8
_HIGH_RATE, _INVENTORY, _ADDRESSED, _ONE_SLOT = 0x02, 0x04, 0x20, 0x20
_FIND, _READ_ONE, _WRITE_ONE, _READ_SEVERAL, _WRITE_AFI, _SYSTEM_INFORMATION = 0x01, 0x20, 0x21, 0x23, 0x27, 0x2B
_ERROR = 0x01
_AT_ONCE = 16
_MOST_QUESTIONS = 1024
_FOUND_LENGTH = 10

_ERRORS: Final = {
    0x01: "it does not know the command",
    0x02: "it does not understand the command",
    0x03: "it does not know the option",
    0x0F: "it gives no reason",
    0x10: "it has no such block",
    0x11: "the block is locked already",
    0x12: "the block is locked",
    0x13: "the block was not written",
    0x14: "the block was not locked",
}


class Collision(Exception):
    """Several tags answered at once."""


@dataclass(frozen=True, slots=True)
class SystemInformation:
    """What a tag says of itself; None where it leaves something out."""

    uid: bytes
    dsfid: int | None = None
    afi: int | None = None
    blocks: int | None = None
    block_size: int | None = None


def find(carry: Carry) -> tuple[bytes, ...]:
    """The UIDs of all tags in the field, in canonical order, sorted.

    Where several answer at once the question is put to one half of them at a time, by a mask over the low bits of the UID. Raises TagGone when this
    does not come to an end, as with tags that come and go.
    """
    found: set[bytes] = set()
    masks = [(0, 0)]
    for _ in range(_MOST_QUESTIONS):
        if not masks:
            return tuple(sorted(found))
        value, bits = masks.pop()
        try:
            response = carry(_find_frame(value, bits))
        except Collision:
            if bits < UID_BITS:
                masks += [(value, bits + 1), (value | 1 << bits, bits + 1)]
            continue
        if len(response) >= _FOUND_LENGTH and not response[0] & _ERROR:
            found.add(response[2:_FOUND_LENGTH][::-1])
    raise TagGone("The tags on the reader do not lie still; leave them where they are for a moment.")


def read_memory(carry: Carry, uid: bytes, memory: bytearray, wanted: int, known: SystemInformation | None = None) -> None:
    """Append the tag's memory from block 0 on to `memory`, up to `wanted` bytes. Block by block where the tag, or the reader, cannot do more at once.

    Raises TagGone.
    """
    block_size = known.block_size or BLOCK if known else BLOCK
    blocks = -(-wanted // block_size)
    if known and known.blocks:
        blocks = min(blocks, known.blocks)
    for start in range(0, blocks, _AT_ONCE):
        count = min(_AT_ONCE, blocks - start)
        response = _said(carry(request(_READ_SEVERAL, uid, bytes((start, count - 1)))))
        if error_of(response) is not None or len(response) <= 1:
            break
        memory += response[1:]
        if len(response) != 1 + count * block_size:
            return
    while len(memory) // block_size < blocks:
        response = _said(carry(request(_READ_ONE, uid, bytes((len(memory) // block_size,)))))
        if error_of(response) is not None or len(response) <= 1:
            break
        if not memory:
            block_size = len(response) - 1
            blocks = min(blocks, -(-wanted // block_size))
        memory += response[1:]


def system_information(carry: Carry, uid: bytes) -> SystemInformation | None:
    """What the tag says of itself; None where it does not know the question. Raises TagGone."""
    response = _said(carry(request(_SYSTEM_INFORMATION, uid)))
    return None if error_of(response) is not None else parse_information(response[1:])


def parse_information(told: bytes) -> SystemInformation | None:
    """The answer to Get System Information, from its information flags on; None where it is too short for what it announces."""
    if len(told) < 1 + _UID_LENGTH:
        return None
    flags, uid, rest = told[0], told[1 : 1 + _UID_LENGTH][::-1], list(told[1 + _UID_LENGTH :])
    lengths = (1, 1, 2)
    fields: list[list[int] | None] = []
    for bit, length in enumerate(lengths):
        if not flags >> bit & 1:
            fields.append(None)
            continue
        if len(rest) < length:
            return None
        fields.append(rest[:length])
        del rest[:length]
    dsfid, afi, size = fields
    return SystemInformation(
        uid,
        dsfid[0] if dsfid else None,
        afi[0] if afi else None,
        size[0] + 1 if size else None,
        (size[1] & 0x1F) + 1 if size else None,
    )


def write_afi(carry: Carry, uid: bytes, afi: int) -> None:
    """Write the application family byte and read it back. Raises TagGone, DeviceRefused."""
    before = system_information(carry, uid)
    if before is not None and before.afi == afi:
        return
    check(carry(request(_WRITE_AFI, uid, bytes((afi,)))))
    after = system_information(carry, uid)
    if after is None or after.afi != afi:
        raise DeviceRefused(
            Fault.TAG_UNSUITABLE, "The tag's security byte is not what was written; try again, or take the item to the desk."
        )


def write_memory(carry: Carry, uid: bytes, memory: bytes, start: int) -> bytes:
    """Write `memory` from byte `start` on, the last block filled with zeros; what stands there afterwards. Raises TagGone, DeviceRefused."""
    known = system_information(carry, uid)
    size = known.block_size or BLOCK if known else BLOCK
    if start % size:
        raise DeviceRefused(Fault.TAG_UNSUITABLE, f"The tag is written in blocks of {size} bytes; begin at the beginning of one.")
    for at in range(0, len(memory), size):
        block = (start + at) // size
        check(carry(request(_WRITE_ONE, uid, bytes((block,)) + memory[at : at + size].ljust(size, b"\0"))))
    back = bytearray()
    read_memory(carry, uid, back, start + len(memory), known)
    return bytes(back[start : start + len(memory)])


def request(command: int, uid: bytes, parameters: bytes = b"") -> bytes:
    """The frame of a command to the tag with this UID, given in canonical order."""
    return bytes((_HIGH_RATE | _ADDRESSED, command)) + uid[::-1] + parameters


def error_of(response: bytes) -> int | None:
    """The tag's error code, 0x0F where it gives none; None where the response is no error."""
    if not response or not response[0] & _ERROR:
        return None
    return response[1] if len(response) > 1 else 0x0F


def refusal(code: int) -> DeviceRefused:
    """A tag's error code as an error of ours."""
    return DeviceRefused(Fault.TAG_UNSUITABLE, f"The tag refuses: {_ERRORS.get(code, f'error {code:02X}')}.")


def check(response: bytes) -> None:
    """Raises TagGone where no tag answered, DeviceRefused where it says no."""
    code = error_of(_said(response))
    if code is not None:
        raise refusal(code)


def _find_frame(value: int, bits: int) -> bytes:
    mask = value.to_bytes(-(-bits // 8), "little")
    return bytes((_HIGH_RATE | _INVENTORY | _ONE_SLOT, _FIND, bits)) + mask


def _said(response: bytes) -> bytes:
    if not response:
        raise TagGone
    return response
