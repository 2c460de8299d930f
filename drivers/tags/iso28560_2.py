"""Reads and writes the content of ISO 28560-2: a list of objects, each with a number that says what it is. Not for ISO 28560-3, and not for directories.

    object     precursor | [further part of the OID] | [pad count] | length | data | padding
    precursor  bit 7: a pad count follows; bits 6-4: compaction; bits 3-0: the OID, where 15 = 15 plus the byte that follows
    end        a precursor of 00, or the end of the memory

There is no checksum. Therefore the form is checked strictly: the primary item identifier stands first, nothing stands twice, the content parameter
names exactly what there is, an owner is an ISIL, every text is packed as the standard says. Proven on the standard's worked example and two more
published tags. Not proven on any: the set information (taken as two numbers of equal length, how many parts and which one; the example's 1203 fits), and
lengths above 127 bytes, which are refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NoReturn

from drivers.tags import isil_coding
from drivers.tags.compaction import Compaction, best, compact, expand
from drivers.tags.problems import Problem, TagError
from drivers.tags.usage import CIRCULATING_ITEM, USAGES


class Oid(IntEnum):
    """What an object is; the numbers that this program uses."""

    NUMBER = 1
    CONTENT = 2
    OWNER = 3
    SET = 4
    USAGE = 5
    BORROWER = 11


OBJECTS: Final = {
    1: "primary item identifier",
    2: "content parameter",
    3: "owner institution",
    4: "set information",
    5: "type of usage",
    6: "shelf location",
    7: "ONIX media format",
    8: "MARC media format",
    9: "supplier identifier",
    10: "order number",
    11: "borrowing institution",
    12: "interlibrary loan number",
    13: "GS1 product identifier",
    14: "alternative unique item identifier",
    15: "local data A",
    16: "local data B",
    17: "title",
    18: "local product identifier",
    19: "other media format",
    20: "supply chain stage",
    21: "supplier invoice number",
    22: "alternative item identifier",
    23: "alternative owner institution",
    24: "subsidiary of the owner",
    25: "alternative borrowing institution",
    26: "local data C",
}

_ISILS = (Oid.OWNER, Oid.BORROWER)
_TELLING = (Oid.CONTENT, Oid.OWNER, Oid.USAGE)
_FIRST_LISTED, _LAST = 3, 31
_EXTENDED, _OFFSET = 15, 0x80
_OID_BITS, _COMPACTION_BITS = 0x0F, 0x70
_LONGEST = 127
_LONGEST_NUMBER = 40
_BLOCK = 4


@dataclass(frozen=True, slots=True)
class Element:
    """One object as it stands on the tag. `padding` are the bytes behind it, None where its precursor announces no pad count."""

    oid: int
    compaction: Compaction
    data: bytes = field(repr=False)
    padding: bytes | None = field(default=None, repr=False)

    @property
    def text(self) -> str:
        """What it says; hex digits where it is no text. Raises TagError where it is not packed as the standard says."""
        if self.compaction is Compaction.APPLICATION and self.oid in _ISILS:
            return isil_coding.unpack(self.data)
        return expand(self.compaction, self.data)

    @property
    def size(self) -> int:
        """Bytes on the tag."""
        return 2 + (self.oid >= _EXTENDED) + (0 if self.padding is None else 1 + len(self.padding)) + len(self.data)


@dataclass(frozen=True, slots=True)
class Content:
    """What a tag says. `owner` is an ISIL or empty; `usage` and `qualifier` are the halves of its type of usage, None and 0 where it says none.

    `listed`: the OIDs that its content parameter names, None without one. `certain`: more than a number speaks for this data model.
    """

    elements: tuple[Element, ...]
    number: str = field(repr=False)
    owner: str = ""
    usage: int | None = None
    qualifier: int = 0
    part: int = 1
    parts: int = 1
    listed: frozenset[int] | None = None

    @property
    def certain(self) -> bool:
        """Whether a content parameter, an owner or a type of usage stands beside the number."""
        return any(element.oid in _TELLING for element in self.elements)


def decode(memory: bytes) -> Content:
    """Read the objects from the first byte on. Raises TagError; what is not wholly in the form of the standard is never returned."""
    if not memory or memory[0] & _OID_BITS != Oid.NUMBER or not memory[0] & _COMPACTION_BITS:
        raise TagError(Problem.OTHER_MODEL, "no primary item identifier stands at its first byte")
    elements: list[Element] = []
    try:
        _read(memory, elements)
        return _content(elements)
    except TagError as error:
        if not elements:
            raise
        _refuse(error, elements)


def objects(memory: bytes) -> tuple[tuple[Element, ...], TagError | None]:
    """The objects from the first byte on as far as they can be read, and the fault that ends them, None at a proper end."""
    elements: list[Element] = []
    try:
        _read(memory, elements)
    except TagError as error:
        return tuple(elements), error
    return tuple(elements), None


def encode(elements: Iterable[Element], size: int | None = None) -> bytes:
    """Write the objects in their order, filled up with 00 to `size` bytes, or to whole blocks of four with an end if None.

    Raises ValueError where an object cannot be written or does not fit.
    """
    written = bytearray()
    for element in elements:
        if not 1 <= element.oid <= _LAST or len(element.data) > _LONGEST or len(element.padding or b"") > _LONGEST:
            raise ValueError(f"object {element.oid} cannot be written: its number or its length is out of range")
        extended = element.oid >= _EXTENDED
        written.append(_OFFSET * (element.padding is not None) | element.compaction << 4 | (_EXTENDED if extended else element.oid))
        if extended:
            written.append(element.oid - _EXTENDED)
        if element.padding is not None:
            written.append(len(element.padding))
        written.append(len(element.data))
        written += element.data + (element.padding or b"")
    if size is None:
        size = len(written) + _BLOCK - len(written) % _BLOCK
    if len(written) > size:
        raise ValueError(f"the content has {len(written)} bytes and the tag {size}")
    return bytes(written.ljust(size, b"\0"))


def element(oid: int, text: str, compaction: Compaction | None = None) -> Element:
    """An object that says `text`, packed as the standard would or as told. Raises ValueError where it cannot be packed so."""
    if oid in _ISILS and compaction in (None, Compaction.APPLICATION):
        return Element(oid, Compaction.APPLICATION, isil_coding.pack(text))
    chosen = best(text) if compaction is None else compaction
    return Element(oid, chosen, compact(chosen, text))


def tag_of(
    number: str, owner: str = "", usage: int = CIRCULATING_ITEM, qualifier: int = 0, *, part: int = 1, parts: int = 1
) -> tuple[Element, ...]:
    """The objects of a pass or an item: number, content parameter, owner, set, type of usage. Raises ValueError for what cannot be written."""
    if not _is_number(number):
        raise ValueError(f"the number must be 1 to {_LONGEST_NUMBER} printable characters")
    if owner and not isil_coding.FORM.fullmatch(owner):
        raise ValueError("the owner must be an ISIL, for example NL-070288")
    if usage not in range(16) or qualifier not in range(16) or not 1 <= part <= parts <= 255:  # noqa: PLR2004  nibbles; a byte in the other model
        raise ValueError(f"usage {usage}, qualifier {qualifier}, part {part} of {parts} cannot be written")
    others = [Element(Oid.USAGE, Compaction.APPLICATION, bytes((usage << 4 | qualifier,)))]
    if parts > 1:
        width = len(str(parts))
        others.insert(0, element(Oid.SET, f"{parts}{part:0{width}}"))
    if owner:
        others.insert(0, element(Oid.OWNER, owner))
    return (element(Oid.NUMBER, number), Element(Oid.CONTENT, Compaction.APPLICATION, bitmap(other.oid for other in others)), *others)


def bitmap(oids: Iterable[int]) -> bytes:
    """A content parameter that names these OIDs, 3 to 31."""
    value = sum(1 << (_LAST + _FIRST_LISTED - oid) for oid in set(oids))
    return value.to_bytes(4, "big").rstrip(b"\0") or b"\0"


def listed(data: bytes) -> frozenset[int]:
    """The OIDs that a content parameter names: its bits from the highest on stand for OID 3, 4 and so on."""
    return frozenset(_FIRST_LISTED + place for place in range(len(data) * 8) if data[place // 8] & 0x80 >> place % 8)


def _read(memory: bytes, elements: list[Element]) -> None:
    """Append the objects to `elements`, so that those before a fault are known. Raises TagError."""
    place = 0
    seen = set()
    while place < len(memory) and (precursor := memory[place]):
        begun = place
        place += 1
        oid, padding_length = precursor & 0x0F, None
        # A byte that is missing counts as 00; that there were too few is found at the data.
        if oid == _EXTENDED:
            oid += _byte(memory, place)
            place += 1
        if precursor & _OFFSET:
            padding_length = _byte(memory, place)
            place += 1
        length = _byte(memory, place)
        end = place + 1 + length
        if not 1 <= oid <= _LAST or oid in seen:
            raise TagError(Problem.MALFORMED, f"the object at byte {begun} is none of the standard, or stands there twice")
        if length > _LONGEST:
            raise TagError(Problem.MALFORMED, f"the object at byte {begun} is longer than {_LONGEST} bytes")
        if end + (padding_length or 0) > len(memory):
            raise TagError(Problem.SHORT, f"the object at byte {begun} goes on behind the {len(memory)} bytes that were read")
        padding = None if padding_length is None else memory[end : end + padding_length]
        found = Element(oid, Compaction(precursor >> 4 & 7), memory[place + 1 : end], padding)
        _ = found.text  # refuses what is not packed as the standard says
        elements.append(found)
        seen.add(oid)
        place = end + (padding_length or 0)


def _content(elements: Sequence[Element]) -> Content:
    """What the objects, of which the first is the number, say together. Raises TagError where they contradict each other or the standard."""
    number = elements[0].text
    if not _is_number(number):
        raise TagError(Problem.NO_NUMBER, "no readable number stands in it")
    owner, usage, qualifier, part, parts, named = "", None, 0, 1, 1, None
    for found in elements[1:]:
        match found.oid:
            case Oid.CONTENT if found.compaction is Compaction.APPLICATION:
                named = listed(found.data)
            case Oid.CONTENT:
                raise TagError(Problem.MALFORMED, "its content parameter is no bit map")
            case Oid.OWNER:
                owner = found.text
                if not isil_coding.FORM.fullmatch(owner):
                    raise TagError(Problem.MALFORMED, "its owner is no ISIL")
            case Oid.USAGE:
                usage, qualifier = _usage(found)
            case Oid.SET:
                part, parts = _set(found.text)
    if named is not None and named != {found.oid for found in elements} - {Oid.NUMBER, Oid.CONTENT}:
        raise TagError(Problem.MALFORMED, "its content parameter names other objects than there are")
    return Content(tuple(elements), number, owner, usage, qualifier, part, parts, named)


def _refuse(error: TagError, elements: Sequence[Element]) -> NoReturn:
    """Raise the error again, with what the objects before the fault, of which the first is the number, say."""
    number = elements[0].text if _is_number(elements[0].text) else ""
    usage = next((found.data[0] >> 4 for found in elements if found.oid == Oid.USAGE and found.data), None)
    believable = any(found.oid in _TELLING for found in elements) and (usage is None or usage in USAGES)
    raise TagError(error.problem, str(error), looks_alike=believable, usage=usage, number=number) from error


def _usage(found: Element) -> tuple[int, int]:
    """The halves of the one byte. Raises TagError."""
    if found.compaction is not Compaction.APPLICATION or len(found.data) != 1:
        raise TagError(Problem.MALFORMED, "its type of usage is not one byte")
    return divmod(found.data[0], 16)


def _set(text: str) -> tuple[int, int]:
    """Part and parts. Raises TagError where the text is not two numbers of equal length, the second not above the first."""
    half = len(text) // 2
    if len(text) % 2 or not text.isascii() or not text.isdecimal() or not 1 <= int(text[half:]) <= int(text[:half]):
        raise TagError(Problem.MALFORMED, "its set information does not say how many parts there are and which one this is")
    return int(text[half:]), int(text[:half])


def _is_number(text: str) -> bool:
    return 1 <= len(text) <= _LONGEST_NUMBER and text.isprintable() and text == text.strip()


def _byte(memory: bytes, place: int) -> int:
    return memory[place] if place < len(memory) else 0
