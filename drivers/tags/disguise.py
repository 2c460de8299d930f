"""Makes of a tag one that means the same and belongs to nobody, so that it can be sent to a maker of drivers. Not for secrecy beyond that.

Digits become other digits and letters other letters, the first sign of a number stays, checks are made anew: a good tag stays good, a damaged one damaged
in the same way. Owner, usage and parts stay. The same number becomes the same other number as long as the key is the same; without the key there is no way back.
"""

from __future__ import annotations

import string
from dataclasses import replace
from functools import reduce
from hashlib import blake2b
from itertools import count
from operator import xor
from typing import Final

from drivers.tags import extension, iso28560_2, iso28560_3, ndef
from drivers.tags.compaction import Compaction, compact
from drivers.tags.finding import ISO28560_2, ISO28560_3, Kind
from drivers.tags.identify import identify
from drivers.tags.problems import TagError

_ALPHABETS: Final = (string.digits, string.ascii_uppercase, string.ascii_lowercase)
_KEPT_OIDS = frozenset({iso28560_2.Oid.CONTENT, iso28560_2.Oid.OWNER, iso28560_2.Oid.SET, iso28560_2.Oid.USAGE})
_NUMBER, _CRC = slice(3, 19), slice(19, 21)
_LONG_UID, _TYPE_2_UID = 8, 7
_MODEL_BYTES = 4


class Disguise:
    """One key, and what it makes of UIDs and memories."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def uid(self, uid: bytes) -> bytes:
        """Another UID of the same kind: what says who made the chip, and the 08 of a random one, stay."""
        kept = 2 if len(uid) == _LONG_UID else 1
        return uid[:kept] + self._stream(b"uid" + uid, len(uid[kept:]))

    def memory(self, memory: bytes, uid: bytes = b"", atr: bytes = b"") -> bytes:
        """Another memory of the same length that is identified as the same kind of thing, for the same reasons."""
        finding = identify(memory, uid, atr)
        if finding.kind is Kind.BLANK:
            return memory
        whole = self._serial(memory, uid)
        if finding.model not in (ISO28560_3, ISO28560_2):
            return self._other_content(whole)
        before, content = whole[: finding.place], whole[finding.place :]
        change = self._block if finding.model == ISO28560_3 else self._objects
        if not finding.turned:
            return before + change(content)
        turned = iso28560_3.turn_round(change(iso28560_3.turn_round(content)))
        return before + turned + bytes(len(content) - len(turned))

    def text(self, text: str, turn: int = 0) -> str:
        """Another text of the same form; its first sign stays."""
        return text[:1] + self._signs(text, turn)[1:]

    def _block(self, content: bytes) -> bytes:
        """A basic block with other signs in its number; its CRC differs from the right one by what it differed before."""
        changed = bytearray(content)
        changed[_NUMBER] = self._bytes(content[_NUMBER], keep=1)
        behind = iso28560_3.SIZE
        changed[behind:] = self._extensions(content[behind:])
        if len(content) >= _CRC.stop:
            wrong = iso28560_3.crc(content) ^ int.from_bytes(content[_CRC], "little")
            changed[_CRC] = (iso28560_3.crc(bytes(changed)) ^ wrong).to_bytes(2, "little")
        return bytes(changed)

    def _extensions(self, behind: bytes) -> bytes:
        """The blocks with other signs in their data and right checks; what is no block loses its signs too."""
        try:
            blocks = extension.decode(behind)
        except TagError:
            return self._bytes(behind)
        changed = bytearray(behind)
        place = 0
        for block in blocks:
            while behind[place] == 1:
                place += 1
            length = behind[place]
            data = slice(place + length - len(block.data), place + length)
            changed[data] = self._bytes(block.data)
            changed[data.start - 1] ^= reduce(xor, changed[data] + block.data, 0)
            place += length
        changed[place:] = self._bytes(behind[place:])
        return bytes(changed)

    def _objects(self, content: bytes) -> bytes:
        """Objects with other signs; each as long as it was."""
        elements, _ = iso28560_2.objects(content)
        length = sum(one.size for one in elements)
        return iso28560_2.encode(map(self._object, elements), length) + self._bytes(content[length:])

    def _object(self, one: iso28560_2.Element) -> iso28560_2.Element:
        if one.oid in _KEPT_OIDS:
            return one
        if one.compaction is Compaction.APPLICATION:
            return replace(one, data=self._stream(one.data, len(one.data)))
        text = one.text
        # An integer may need a byte more or less with other digits; a few turns find one that does not.
        packed = (compact(one.compaction, self.text(text, turn)) for turn in count())
        return replace(one, data=next(data for data in packed if len(data) == len(one.data)))

    def _other_content(self, memory: bytes) -> bytes:
        """An NDEF message with other signs in its texts and other digits in its addresses; of anything else the first bytes only."""
        try:
            message = ndef.decode(memory)
        except TagError:
            return memory[:_MODEL_BYTES] + self._stream(memory, len(memory[_MODEL_BYTES:]))
        changed = memory[message.start : message.end]
        for text in message.texts:
            changed = changed.replace(text.encode(), self._signs(text).encode())
        for address in message.addresses:
            # The beginning may be packed into one byte, so the longest end that stands there is the one to change.
            end = next((address[cut:] for cut in range(len(address)) if address[cut:].encode() in changed), "")
            digits = "".join(other if sign.isdigit() else sign for sign, other in zip(end, self._signs(end), strict=True))
            changed = changed.replace(end.encode(), digits.encode()) if end else changed
        return memory[: message.start] + changed + self._stream(memory, len(memory[message.end :]))

    def _serial(self, memory: bytes, uid: bytes) -> bytes:
        """The memory with the other UID where a Type 2 tag has its own, check bytes made anew."""
        if len(uid) != _TYPE_2_UID or memory[:3] + memory[4:8] != uid:
            return memory
        other = self.uid(uid)
        first = other[:3] + bytes((0x88 ^ reduce(xor, other[:3]),))
        return first + other[3:] + bytes((reduce(xor, other[3:]),)) + memory[9:]

    def _bytes(self, data: bytes, keep: int = 0) -> bytes:
        """The same bytes with other ASCII letters and digits; those of the first `keep` bytes stay."""
        text = data.decode("latin-1")
        return (text[:keep] + self._signs(text)[keep:]).encode("latin-1")

    def _signs(self, text: str, turn: int = 0) -> str:
        stream = self._stream(f"{turn} {text}".encode(), len(text))
        return "".join(_other(sign, byte) for sign, byte in zip(text, stream, strict=True))

    def _stream(self, seed: bytes, length: int) -> bytes:
        """So many bytes that depend on the key and the seed only."""
        found = b""
        for turn in range(length // 64 + 1):
            found += blake2b(turn.to_bytes(4, "big") + seed, key=self._key).digest()
        return found[:length]


def _other(sign: str, byte: int) -> str:
    alphabet = next((alphabet for alphabet in _ALPHABETS if sign in alphabet), "")
    return alphabet[byte % len(alphabet)] if alphabet else sign
