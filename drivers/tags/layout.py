"""Names every byte of a tag, for people who want to see why it was taken for what it is. Not for deciding anything: it follows a finding of identify.

Rows come in the order of the bytes. Where a tag is read with the bytes of each block of four reversed, they are shown put straight.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.tags import extension, iso28560_2, iso28560_3, ndef
from drivers.tags.finding import ISO28560_2, ISO28560_3, Finding, Kind
from drivers.tags.problems import TagError
from drivers.tags.usage import in_words

_WIDTH = 16
_LONGEST = 512
_TELLING_OIDS = frozenset({iso28560_2.Oid.CONTENT, iso28560_2.Oid.OWNER, iso28560_2.Oid.SET, iso28560_2.Oid.USAGE})


@dataclass(frozen=True, slots=True)
class Row:
    """Some bytes and what they are. `secret`: they may tell who or what the tag belongs to, so they are masked unless asked for."""

    offset: int
    data: bytes = field(repr=False)
    name: str
    meaning: str = field(default="", repr=False)
    secret: bool = False


def rows(memory: bytes, finding: Finding) -> tuple[Row, ...]:
    """Every byte of the first 512, in rows, as the model of the finding has them. Never raises."""
    memory = memory[:_LONGEST]
    before, content = memory[: finding.place], memory[finding.place :]
    if finding.turned:
        content = iso28560_3.turn_round(content)
    head = list(_plain(before, 0, "before the content: serial number, locks and capabilities"))
    match finding.model:
        case model if model == ISO28560_3:
            body = _block(content)
        case model if model == ISO28560_2:
            body = _objects(content)
        case _:
            body = _plain(content, 0, "empty") if finding.kind is Kind.BLANK else _message(content)
    return (*head, *(Row(finding.place + row.offset, row.data, row.name, row.meaning, row.secret) for row in body))


def _block(content: bytes) -> Iterator[Row]:
    """The basic block and what stands behind it."""
    first = content[:1]
    if first:
        usage = next((low if high == 1 else high for high, low in [divmod(first[0], 16)] if 1 in (high, low)), None)
        meaning = "neither half is 1" if usage is None else f"content parameter 1; usage {usage}, {in_words(usage)}"
        yield Row(0, first, "content parameter and usage", meaning)
    for offset, name in ((1, "parts in the set"), (2, "this part")):
        if piece := content[offset : offset + 1]:
            yield Row(offset, piece, name, str(piece[0]) if piece[0] else "not used")
    if piece := content[3:19]:
        yield Row(3, piece, "number", piece.rstrip(b"\0").decode("utf-8", "replace"), secret=True)
    if piece := content[19:21]:
        stored, right = int.from_bytes(piece, "little"), iso28560_3.crc(content)
        yield Row(19, piece, "CRC, low byte first", "right" if stored == right else f"wrong: the content gives {right:04X}")
    if piece := content[21:23]:
        yield Row(21, piece, "country of the owner", piece.decode("ascii", "replace"))
    if piece := content[23 : iso28560_3.SIZE]:
        yield Row(23, piece, "rest of the owner's ISIL", piece.rstrip(b"\0").decode("ascii", "replace"))
    yield from _extensions(content[iso28560_3.SIZE :])


def _extensions(behind: bytes) -> Iterator[Row]:
    try:
        blocks = extension.decode(behind)
    except TagError as failure:
        yield from _plain(behind, iso28560_3.SIZE, f"extension blocks that are not used: {failure}")
        return
    place = 0
    for block in blocks:
        while behind[place] == 1:
            yield Row(iso28560_3.SIZE + place, behind[place : place + 1], "filler")
            place += 1
        length = behind[place]
        head = length - len(block.data)
        yield Row(iso28560_3.SIZE + place, behind[place : place + head], "extension block", f"{length} bytes, id {block.id}, check right")
        texts = "; ".join(f"{name} {text}" for name, text in block.named)
        yield Row(iso28560_3.SIZE + place + head, block.data, "its data", texts, secret=True)
        place += length
    if place < len(behind):
        yield from _plain(behind[place:], iso28560_3.SIZE + place, "end of the blocks, and what lies behind")


def _objects(content: bytes) -> Iterator[Row]:
    """One row for the head of each object, one for its data, one for its padding."""
    elements, failure = iso28560_2.objects(content)
    place = 0
    for one in elements:
        padding = one.padding or b""
        head = one.size - len(one.data) - len(padding)
        name = iso28560_2.OBJECTS.get(one.oid, "not defined")
        offset = "" if one.padding is None else f", {len(padding)} bytes of padding"
        told = f"OID {one.oid}, {one.compaction.name.lower().replace('_', '-')}, {len(one.data)} bytes{offset}"
        yield Row(place, content[place : place + head], f"object: {name}", told)
        place += head
        yield Row(place, one.data, "its data", _meaning(one), secret=one.oid not in _TELLING_OIDS)
        place += len(one.data)
        if padding:
            yield Row(place, padding, "padding")
            place += len(padding)
    yield from _plain(content[place:], place, f"not understood: {failure}" if failure else "end of the objects, and what lies behind")


def _message(content: bytes) -> Iterator[Row]:
    """An NDEF message in one row, or bytes that are not understood."""
    try:
        message = ndef.decode(content)
    except TagError:
        yield from _plain(content, 0, "not understood")
        return
    yield from _plain(content[: message.start], 0, "before the NDEF message: serial number, capabilities, type and length")
    said = [f"text {text}" for text in message.texts] + [f"address {address}" for address in message.addresses]
    said += [f"{message.others} other records"] * bool(message.others)
    yield Row(message.start, content[message.start : message.end], "NDEF message", "; ".join(said), secret=True)
    yield from _plain(content[message.end :], message.end, "behind the NDEF message")


def _meaning(one: iso28560_2.Element) -> str:
    """What an object says, in words where it is a code."""
    match one.oid:
        case iso28560_2.Oid.USAGE if one.data:
            return in_words(*divmod(one.data[0], 16))
        case iso28560_2.Oid.CONTENT:
            return "there are " + ", ".join(iso28560_2.OBJECTS.get(oid, str(oid)) for oid in sorted(iso28560_2.listed(one.data)))
        case _:
            return one.text


def _plain(data: bytes, offset: int, name: str) -> Iterator[Row]:
    """Bytes of which no more is known than where they are; sixteen in a row, one row for all that are 00."""
    if data and not any(data):
        yield Row(offset, data, name, "all 00")
        return
    for place in range(0, len(data), _WIDTH):
        yield Row(offset + place, data[place : place + _WIDTH], name if not place else "", secret=True)
