"""Reads one card that answers APDUs into a Tag. Pure but for the `transmit` it is given; not for finding cards, nor for what their bytes mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from drivers.contract import Tag
from drivers.errors import TagGone
from drivers.readers.apdu import GET_UID, SELECT_PAYMENT, Answer, Status, answer, canonical_uid, read_binary
from drivers.tags.atr import storage_card

Transmit = Callable[[bytes], bytes]
"""Sends a command and returns the response; raises TagGone when the card does not answer any more."""

WANTED: Final = 64
"""Bytes of memory: a library's block is 34, behind the 16 of a Type 2 tag's own."""

_CHUNKS = (16, 4)
_TURNS = 3


class MemoryReading(Protocol):
    """How a reader's memory commands are used."""

    def __call__(self, transmit: Transmit, memory: bytearray, wanted: int) -> None:
        """Append up to `wanted` bytes to `memory`, which keeps what was read when the card leaves. Raises TagGone."""


def read_card(transmit: Transmit, atr: bytes, block_size: int = 4, wanted: int = WANTED, reading: MemoryReading | None = None) -> Tag:
    """Read what a library may know of the card: UID and the first `wanted` bytes of memory, from block 0 on, as the reader gives them.

    The block of a library stands at byte 16 of a Type 2 tag; it is `drivers.tags.identify` that looks there. A payment card is asked for nothing
    more and keeps its UID and ATR to itself. Some readers give vicinity cards an ATR of their own, so a card that neither says that it is a storage
    card nor pays is asked for memory, too. A card that leaves while it is read comes back as a torn tag with what was read. Raises nothing of its own.

    `block_size` is the number of bytes by which the block number of FF B0 counts: 4, or 1 on readers that count bytes. `reading` takes the place of
    FF B0 on readers that have commands of their own.
    """
    uid, memory = b"", bytearray()
    read_memory = reading or blockwise(block_size)
    try:
        if storage_card(atr) is None and ask(transmit, SELECT_PAYMENT).selected:
            return Tag(payment=True)
        for _ in range(_TURNS):
            uid = ask_uid(transmit)
            memory.clear()
            read_memory(transmit, memory, wanted)
            # Two cards may have changed places while the reader saw only one; then the memory may be a mixture.
            if not memory or ask_uid(transmit) == uid:
                return Tag(uid, atr, bytes(memory))
    except TagGone:
        pass
    return Tag(uid, atr, bytes(memory), torn=True)


def blockwise(block_size: int) -> MemoryReading:
    """Reading by FF B0, with block numbers that count by `block_size` bytes."""

    def read(transmit: Transmit, memory: bytearray, wanted: int) -> None:
        for chunk in _CHUNKS:  # Some readers hand out one block of four at a time.
            length = chunk
            while len(memory) < wanted:
                response = ask(transmit, read_binary(len(memory) // block_size, length))
                if response.status not in (Status.DONE, Status.END_OF_MEMORY):
                    break
                memory += response.data
                length = min(length, len(response.data))
                if response.status is Status.END_OF_MEMORY or not length or length % block_size:
                    return
            else:
                return

    return read


def ask(transmit: Transmit, command: bytes) -> Answer:
    """One command, repeated once with the length the card asks for. Raises TagGone."""
    response = _checked(transmit(command))
    if response.status is Status.OTHER_LENGTH:
        response = _checked(transmit(command[:-1] + bytes((response.sw2,))))
    return response


def ask_uid(transmit: Transmit) -> bytes:
    """The UID in canonical order, empty where the reader does not give one. Raises TagGone."""
    response = ask(transmit, GET_UID)
    return canonical_uid(response.data) if response.status in (Status.DONE, Status.END_OF_MEMORY) else b""


def _checked(response: bytes) -> Answer:
    taken_apart = answer(response)
    if taken_apart is None:
        raise TagGone
    return taken_apart
