"""Reads and writes the extension blocks that may stand behind the basic block of ISO 28560-3 (DS/INF 163-1). Not for the basic block itself.

    0      length of this block, itself counted; 00 ends the list, 01 is a filler of one byte
    1, 2   what the block is, low byte first
    3      check: the XOR of all bytes of the block is 0
    4..    data

Ids 1 (library) and 2 (acquisition) hold texts, each ended by 00 or by the end of the block. Proven on one published vector, which has both. Known from
secondary sources only, and on no vector: which text means what, and the long form, where the high byte FF of the id announces a third byte of it before the check.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import xor
from typing import Final

from drivers.tags.problems import Problem, TagError

LIBRARY: Final = 1
ACQUISITION: Final = 2
FIELDS: Final = {
    LIBRARY: ("alternative item number", "interlibrary loan number"),
    ACQUISITION: ("supplier", "local product number", "order number", "invoice number"),
}

_END, _FILLER, _SHORT_HEAD, _LONG_HEAD, _LONGEST, _ESCAPE = 0, 1, 4, 5, 0xFF, 0xFF
_BIGGEST_ID = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension block: its id and its data, which may be about a person or an item and so stays out of `repr`."""

    id: int
    data: bytes = field(default=b"", repr=False)

    @property
    def media_format(self) -> int | None:
        """The first byte of a library extension; None in others. Its codes are not public."""
        return self.data[0] if self.id == LIBRARY and self.data else None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of an acquisition extension, or those behind the media format of a library extension; none in others. What is no text is replaced."""
        if self.id not in FIELDS:
            return ()
        stored = self.data[1:] if self.id == LIBRARY else self.data
        stored = stored.removesuffix(b"\0")
        return tuple(text.decode(errors="replace") for text in stored.split(b"\0")) if stored else ()

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """The texts with what they are."""
        names = FIELDS.get(self.id, ())
        return tuple((names[place] if place < len(names) else "further text", text) for place, text in enumerate(self.texts))


def decode(memory: bytes) -> tuple[Extension, ...]:
    """Read the blocks from the byte behind the basic block on. Raises TagError where a block is cut off or its check is wrong."""
    found: list[Extension] = []
    place = 0
    while place < len(memory) and (length := memory[place]) != _END:
        if length == _FILLER:
            place += 1
            continue
        block = memory[place : place + length]
        long = block[2:3] == bytes((_ESCAPE,))
        head = _LONG_HEAD if long else _SHORT_HEAD
        if length < head:
            raise TagError(Problem.MALFORMED, f"the extension block at byte {place} says that it has {length} bytes, which is too few")
        if len(block) < length:
            raise TagError(Problem.SHORT, f"the extension block at byte {place} has {length} bytes and only {len(block)} were read")
        if reduce(xor, block):
            raise TagError(Problem.BAD_CRC, f"the check of the extension block at byte {place} is wrong")
        found.append(Extension(int.from_bytes(block[1 : head - 1], "little"), block[head:]))
        place += length
    return tuple(found)


def encode(blocks: tuple[Extension, ...]) -> bytes:
    """Write the blocks one behind the other and end the list. Raises ValueError for an id or a length that cannot be written."""
    written = bytearray()
    for block in blocks:
        long = block.id >> 8 & 0xFF == _ESCAPE
        if not 0 <= block.id <= _BIGGEST_ID or (block.id > 0xFFFF) > long:  # noqa: PLR2004  two bytes
            raise ValueError(f"an extension block cannot have the id {block.id:X}")
        head = _LONG_HEAD if long else _SHORT_HEAD
        length = head + len(block.data)
        if length > _LONGEST:
            raise ValueError(f"an extension block has at most {_LONGEST} bytes, not {length}")
        begun = bytes((length,)) + block.id.to_bytes(head - 2, "little")
        written += begun + bytes((reduce(xor, begun + block.data),)) + block.data
    return bytes(written) + bytes((_END,))
