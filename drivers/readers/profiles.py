"""What kinds of PC/SC readers there are, as far as reading and writing tags goes. Pure but for the `transmit` it is given; not for finding cards.

PC/SC has common commands for reading memory, and none for vicinity tags (ISO 15693) beyond that: no security byte, and one tag at a time. Makers have
added commands of their own. A profile knows those of one maker; which one a reader has is told by its name, or by the option `profile`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final, Protocol

from drivers.contract import Capabilities, Tag
from drivers.errors import DeviceRefused, Fault, SettingWrong, TagGone
from drivers.readers import iso15693
from drivers.readers.apdu import Status, update_binary
from drivers.readers.card import WANTED, MemoryReading, Transmit, ask, ask_uid, blockwise, read_card
from drivers.readers.iso15693 import BLOCK, Collision, SystemInformation
from drivers.readers.scard import fits
from drivers.readers.transparent import session
from drivers.tags.atr import Standard, storage_card

_VICINITY_UID, _VICINITY_FIRST = 8, 0xE0
_AGAIN = "; hold the tag still and try again, or use one that is not locked."


class Profile(Protocol):
    """How tags are read and written on one kind of reader."""

    @property
    def capabilities(self) -> Capabilities:
        """What this kind of reader can do."""

    @property
    def keeps_state(self) -> bool:
        """Whether its commands belong together, so that no other program, and no other thread, may come in between."""

    def read(self, transmit: Transmit, atr: bytes) -> tuple[Tag, ...]:
        """Everything that lies on the reader; a tag that leaves meanwhile comes back torn. Raises DeviceLost."""

    def lying(self, transmit: Transmit) -> tuple[bytes, ...]:
        """The UIDs of all tags, without reading them; asked of readers of several tags only. Raises TagGone, DeviceLost."""

    def write_afi(self, transmit: Transmit, uid: bytes, afi: int) -> None:
        """Write the security byte of this tag and read it back. Raises TagGone, DeviceRefused, DeviceLost."""

    def write_memory(self, transmit: Transmit, uid: bytes, memory: bytes, start: int) -> bytes:
        """Write this tag's memory from byte `start` on; what stands there afterwards. Raises TagGone, DeviceRefused, DeviceLost."""


@dataclass(frozen=True, slots=True)
class Generic:
    """Readers with the common commands only: FF CA, FF B0, FF D6. `block_size` is the number of bytes by which they count blocks."""

    block_size: int = BLOCK
    capabilities: ClassVar[Capabilities] = Capabilities(writes_memory=True)
    keeps_state: ClassVar[bool] = False

    def read(self, transmit: Transmit, atr: bytes) -> tuple[Tag, ...]:
        """The one tag that the reader has picked."""
        return (read_card(transmit, atr, self.block_size),)

    def lying(self, transmit: Transmit) -> tuple[bytes, ...]:
        """The one tag that the reader has picked."""
        return (ask_uid(transmit),)

    def write_afi(self, transmit: Transmit, uid: bytes, afi: int) -> None:  # noqa: ARG002  whichever the tag is
        """PC/SC has no common command for the security byte. Raises DeviceRefused."""
        raise DeviceRefused(Fault.TAG_UNSUITABLE, f"This reader cannot write the security byte {afi:02X}; use one whose driver can.")

    def write_memory(self, transmit: Transmit, uid: bytes, memory: bytes, start: int) -> bytes:
        """Block by block with FF D6."""
        _same(transmit, uid)
        for at in range(0, len(memory), BLOCK):
            _done(transmit, update_binary((start + at) // self.block_size, memory[at : at + BLOCK].ljust(BLOCK, b"\0")))
        return _read_back(transmit, blockwise(self.block_size), start, len(memory))


@dataclass(frozen=True, slots=True)
class Identiv:
    """Identiv uTrust 3720 F and 3721 F: FF FC carries the commands of ISO 15693 to the one tag that the reader has picked.

    Source: the reference manual of these two. Not confirmed: which status words it gives for a tag's errors, and whether the response's own flags stand
    before the system information; it is found by the UID within. Whether the 3700 F is alike is not known: it is taken for a generic reader.
    """

    capabilities: ClassVar[Capabilities] = Capabilities(writes_afi=True, writes_memory=True)
    keeps_state: ClassVar[bool] = False

    def read(self, transmit: Transmit, atr: bytes) -> tuple[Tag, ...]:
        """The one tag that the reader has picked; vicinity tags with their security byte."""
        card = storage_card(atr)
        if card is None or card.standard is not Standard.ISO15693:
            return Generic().read(transmit, atr)
        tag = read_card(transmit, atr, reading=self._read_memory)
        try:
            known = None if tag.torn else self._information(transmit, tag.uid)
        except TagGone:
            known = None
        return (Tag(tag.uid, atr, tag.memory, torn=tag.torn, afi=known.afi if known else None),)

    def lying(self, transmit: Transmit) -> tuple[bytes, ...]:
        """The one tag that the reader has picked."""
        return (ask_uid(transmit),)

    def write_afi(self, transmit: Transmit, uid: bytes, afi: int) -> None:
        """FF FC 27, then FF FC 2B to read it back."""
        _same(transmit, uid)
        before = self._information(transmit, uid)
        if before is not None and before.afi == afi:
            return
        _done(transmit, _fc(0x27, afi))
        after = self._information(transmit, uid)
        if after is None or after.afi != afi:
            raise DeviceRefused(Fault.TAG_UNSUITABLE, "The tag's security byte is not what was written" + _AGAIN)
        _same(transmit, uid)

    def write_memory(self, transmit: Transmit, uid: bytes, memory: bytes, start: int) -> bytes:
        """FF FC 21 block by block on vicinity tags, FF D6 on others."""
        if not _vicinity(uid):
            return Generic().write_memory(transmit, uid, memory, start)
        _same(transmit, uid)
        for at in range(0, len(memory), BLOCK):
            _done(transmit, _fc(0x21, (start + at) // BLOCK, *memory[at : at + BLOCK].ljust(BLOCK, b"\0")))
        return _read_back(transmit, self._read_memory, start, len(memory))

    def _read_memory(self, transmit: Transmit, memory: bytearray, wanted: int) -> None:
        blocks = -(-wanted // BLOCK)
        several = ask(transmit, _fc(0x23, 0, blocks - 1) + b"\0")
        if several.status is Status.DONE and len(several.data) == blocks * BLOCK:
            memory += several.data
            return
        while len(memory) < wanted:
            one = ask(transmit, _fc(0x20, len(memory) // BLOCK) + b"\0")
            if one.status is not Status.DONE or len(one.data) != BLOCK:
                return
            memory += one.data

    def _information(self, transmit: Transmit, uid: bytes) -> SystemInformation | None:
        said = ask(transmit, _fc(0x2B, 0x00))
        where = said.data.find(uid[::-1]) if uid else -1
        return iso15693.parse_information(said.data[where - 1 :]) if said.status is Status.DONE and where > 0 else None


@dataclass(frozen=True, slots=True)
class Acr1552:
    """ACS ACR1552U: vicinity tags through a transparent session, as many as lie there; cards of ISO 14443 by the common commands.

    Source: the reference manual; see transparent.py for what is not confirmed.
    """

    capabilities: ClassVar[Capabilities] = Capabilities(several_tags=True, writes_afi=True, writes_memory=True)
    keeps_state: ClassVar[bool] = True

    def read(self, transmit: Transmit, atr: bytes) -> tuple[Tag, ...]:
        """All vicinity tags with their security bytes, or the one card of another kind."""
        card = storage_card(atr)
        if card is not None and card.standard not in (Standard.ISO15693, Standard.UNSAID):
            return Generic().read(transmit, atr)
        if card is None:
            tag = read_card(transmit, atr)
            if not _vicinity(tag.uid):
                return (tag,)
        try:
            with session(transmit) as carry:
                return tuple(_read_vicinity(carry, uid, atr) for uid in iso15693.find(carry))
        except TagGone:
            return (Tag(atr=atr, torn=True),)

    def lying(self, transmit: Transmit) -> tuple[bytes, ...]:
        """An inventory."""
        with session(transmit) as carry:
            return iso15693.find(carry)

    def write_afi(self, transmit: Transmit, uid: bytes, afi: int) -> None:
        """Addressed to this tag among all that lie there."""
        with _addressed(transmit) as carry:
            iso15693.write_afi(carry, uid, afi)

    def write_memory(self, transmit: Transmit, uid: bytes, memory: bytes, start: int) -> bytes:
        """Addressed to this tag among all that lie there; others by the common commands."""
        if not _vicinity(uid):
            return Generic().write_memory(transmit, uid, memory, start)
        with _addressed(transmit) as carry:
            return iso15693.write_memory(carry, uid, memory, start)


@dataclass(frozen=True, slots=True)
class WithKeys:
    """A reader of any kind that has been told where the content of keyed cards stands, and the key to it."""

    plain: Profile
    classic: MemoryReading | None = None
    desfire: MemoryReading | None = None
    keeps_state: ClassVar[bool] = True

    @property
    def capabilities(self) -> Capabilities:
        """As without keys."""
        return self.plain.capabilities

    def read(self, transmit: Transmit, atr: bytes) -> tuple[Tag, ...]:
        """A Classic by its sector, a card with applications by its file, and all others as without keys."""
        card = storage_card(atr)
        reading = self.desfire if card is None else self.classic if card.keyed else None
        return (read_card(transmit, atr, reading=reading),) if reading else self.plain.read(transmit, atr)

    def lying(self, transmit: Transmit) -> tuple[bytes, ...]:
        """As without keys."""
        return self.plain.lying(transmit)

    def write_afi(self, transmit: Transmit, uid: bytes, afi: int) -> None:
        """As without keys."""
        self.plain.write_afi(transmit, uid, afi)

    def write_memory(self, transmit: Transmit, uid: bytes, memory: bytes, start: int) -> bytes:
        """As without keys: nothing is written with a key."""
        return self.plain.write_memory(transmit, uid, memory, start)


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {"generic": Generic(), "bytes": Generic(1), "identiv": Identiv(), "acr1552": Acr1552()}
)

_BY_NAME: Final = (("*ubisys*", "bytes"), ("*uTrust 372*", "identiv"), ("*ACR1552*", "acr1552"))


def pick(reader: str, profile: str = "auto", block_size: int = BLOCK) -> Profile:
    """The profile of the reader with this name, or the one that is asked for. Raises SettingWrong."""
    if profile == "auto":
        profile = next((name for pattern, name in _BY_NAME if fits(reader.lower(), pattern.lower())), "generic")
    if profile not in PROFILES:
        raise SettingWrong(f"There is no reader profile '{profile}'; there is auto, {', '.join(PROFILES)}.")
    return Generic(block_size) if profile == "generic" and block_size != BLOCK else PROFILES[profile]


def _read_vicinity(carry: iso15693.Carry, uid: bytes, atr: bytes) -> Tag:
    memory = bytearray()
    try:
        known = iso15693.system_information(carry, uid)
        iso15693.read_memory(carry, uid, memory, WANTED, known)
    except (TagGone, Collision):
        return Tag(uid, atr, bytes(memory), torn=True)
    return Tag(uid, atr, bytes(memory), afi=known.afi if known else None)


@contextmanager
def _addressed(transmit: Transmit) -> Iterator[iso15693.Carry]:
    """A session for one tag; a disturbed answer is taken for a tag that was moved. Raises TagGone."""
    try:
        with session(transmit) as carry:
            yield carry
    except Collision as error:
        raise TagGone from error


def _fc(*command: int) -> bytes:
    return bytes((0xFF, 0xFC, 0x00, 0x00, len(command), *command))


def _vicinity(uid: bytes) -> bool:
    return len(uid) == _VICINITY_UID and uid[0] == _VICINITY_FIRST


def _same(transmit: Transmit, uid: bytes) -> None:
    """Raises TagGone where another tag lies there, or none."""
    if ask_uid(transmit) != uid:
        raise TagGone


def _done(transmit: Transmit, command: bytes) -> None:
    said = ask(transmit, command)
    if said.status is not Status.DONE:
        raise DeviceRefused(Fault.TAG_UNSUITABLE, f"The tag was not written (status {said.sw1:02X}{said.sw2:02X})" + _AGAIN)


def _read_back(transmit: Transmit, reading: MemoryReading, start: int, length: int) -> bytes:
    memory = bytearray()
    reading(transmit, memory, start + length)
    return bytes(memory[start : start + length])
