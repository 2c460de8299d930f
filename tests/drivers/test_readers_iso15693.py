"""Vicinity tags frame by frame, and the sessions that carry the frames."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Tag
from drivers.errors import DeviceError, DeviceLost, DeviceRefused, SettingWrong, TagGone
from drivers.readers import iso15693
from drivers.readers.iso15693 import Collision, SystemInformation
from drivers.readers.profiles import PROFILES, Acr1552, Generic, Identiv, pick
from drivers.readers.transparent import objects, session
from drivers.tags.atr import storage_atr
from tests.real.readers_by_the_manual import Acr1552 as Acr1552Emulator
from tests.real.readers_by_the_manual import Identiv as IdentivEmulator
from tests.real.readers_by_the_manual import VicinityTag

ICODE = storage_atr(0x0B, 0x0014)
UID = bytes.fromhex("E00401505A89BDE3")


def field(*tags: VicinityTag) -> Callable[[bytes], bytes]:
    """What carries frames to these tags."""

    def carry(frame: bytes) -> bytes:
        answers = [said for tag in tags if (said := tag.answer(frame)) is not None]
        if len(answers) > 1:
            raise Collision
        return answers[0] if answers else b""

    return carry


def tag(uid: bytes = UID, memory: bytes = bytes(range(112)), *, afi: int = 0x07, reads_several: bool = True, size: int = 4) -> VicinityTag:
    return VicinityTag(uid, bytearray(memory), afi, reads_several=reads_several, size=size)


@given(st.sets(st.binary(min_size=7, max_size=7).map(lambda rest: b"\xe0" + rest), max_size=12))
def test_all_tags_in_the_field_are_found(uids: set[bytes]) -> None:
    """However alike their UIDs are."""
    assert iso15693.find(field(*map(tag, uids))) == tuple(sorted(uids))


def test_uids_that_differ_in_one_bit_are_told_apart() -> None:
    """In the highest bit, which is the last that a mask reaches, and in the lowest."""
    uids = (bytes(8), b"\x80" + bytes(7), bytes(7) + b"\x01")
    assert set(iso15693.find(field(*map(tag, uids)))) == set(uids)


def test_a_field_in_which_every_question_collides_is_given_up() -> None:
    """Noise: the guest is asked to leave the tags where they are."""

    def noise(_: bytes) -> bytes:
        raise Collision

    with pytest.raises(TagGone):
        iso15693.find(noise)


@pytest.mark.parametrize("reads_several", [True, False])
@pytest.mark.parametrize(("length", "size"), [(112, 4), (32, 4), (256, 8), (64, 8), (20, 4)])
@pytest.mark.parametrize("known", [True, False])
def test_memory_is_read_to_its_end_or_as_far_as_wanted(length: int, size: int, *, reads_several: bool, known: bool) -> None:
    """Tags of 4 and 8 bytes a block, shorter and longer than what is wanted, in one piece or block by block."""
    one = tag(memory=bytes(range(length)) if length < 256 else bytes(range(256)), reads_several=reads_several, size=size)
    carry, memory = field(one), bytearray()
    iso15693.read_memory(carry, UID, memory, 64, iso15693.system_information(carry, UID) if known else None)
    assert memory[: min(64, length)] == one.memory[: min(64, length)]
    assert len(memory) >= min(64, length) - 3


def test_system_information_in_all_its_forms() -> None:
    """With everything, with nothing but the UID, with the security byte alone; too short for what it announces: none."""
    uid = UID[::-1]
    assert iso15693.parse_information(b"\x0f" + uid + b"\x3e\x07\x1b\x03\x01") == SystemInformation(UID, 0x3E, 0x07, 28, 4)
    assert iso15693.parse_information(b"\x00" + uid) == SystemInformation(UID)
    assert iso15693.parse_information(b"\x02" + uid + b"\xc2") == SystemInformation(UID, afi=0xC2)
    assert iso15693.parse_information(b"\x0f" + uid + b"\x3e\x07\x1b") is None
    assert iso15693.parse_information(b"\x00" + uid[:7]) is None


@pytest.mark.parametrize("code", [0x01, 0x02, 0x03, 0x0F, 0x10, 0x11, 0x12, 0x13, 0x14, 0xA5])
def test_a_tags_error_is_a_refusal_that_says_what_it_was(code: int) -> None:
    """Every code of the standard has its words; a maker's own is told by its number."""
    with pytest.raises(DeviceRefused) as refused:
        iso15693.check(bytes((0x01, code)))
    assert ("A5" in refused.value.hint) == (code == 0xA5)


def test_an_error_without_a_code_is_a_refusal_and_silence_is_a_tag_that_is_gone() -> None:
    with pytest.raises(DeviceRefused):
        iso15693.check(b"\x01")
    with pytest.raises(TagGone):
        iso15693.check(b"")


def test_a_security_byte_that_is_not_kept_is_refused() -> None:
    """The tag says yes and holds another value."""
    one = tag()
    one.afi_locked = False

    def forgetful(frame: bytes) -> bytes:
        return b"\x00" if frame[1] == 0x27 else field(one)(frame)

    with pytest.raises(DeviceRefused):
        iso15693.write_afi(forgetful, UID, 0xC2)


def test_memory_is_given_back_as_it_stands_on_the_tag() -> None:
    """A tag that says yes and keeps nothing is found out by what is given back; a block is written whole."""

    def forgetful(frame: bytes) -> bytes:
        return b"\x00" if frame[1] == 0x21 else field(tag())(frame)

    assert iso15693.write_memory(forgetful, UID, b"\xff" * 8, 4) == bytes(range(4, 12))
    one = tag(size=8)
    assert iso15693.write_memory(field(one), UID, b"\xff" * 12, 8) == b"\xff" * 12
    assert one.memory == bytes(range(8)) + b"\xff" * 12 + bytes(4) + bytes(range(24, 112))
    with pytest.raises(DeviceRefused):
        iso15693.write_memory(field(one), UID, b"\xff" * 8, 4)


def test_rows_of_objects() -> None:
    """One and two bytes of tag, short and long lengths; what is cut off is left out."""
    assert objects(bytes.fromhex("C003009000 96020000 920100 97020001")) == {0xC0: b"\0\x90\0", 0x96: b"\0\0", 0x92: b"\0", 0x97: b"\0\1"}
    assert objects(bytes.fromhex("5F46 01 AA 97 8102 BBCC")) == {0x5F46: b"\xaa", 0x97: b"\xbb\xcc"}
    assert objects(bytes.fromhex("C003009000 9705AA")) == {0xC0: b"\0\x90\0"}


@given(st.binary(max_size=64))
def test_no_row_brings_the_parser_down(row: bytes) -> None:
    assert sum(map(len, objects(row).values())) <= len(row)


def test_a_session_that_another_program_left_open_is_ended_first() -> None:
    """Begun again, and ended after use."""
    reader = Acr1552Emulator([tag()])
    reader.answer(bytes.fromhex("FFC20000028100"))
    with session(reader.answer) as carry:
        assert iso15693.find(carry) == (UID,)
    with session(reader.answer):
        pass


def test_a_session_is_ended_when_the_tag_leaves() -> None:
    """An empty field: silence, and the next session begins without trouble."""
    reader = Acr1552Emulator([])
    with pytest.raises(TagGone), session(reader.answer) as carry:
        iso15693.check(carry(iso15693.request(0x20, UID, b"\0")))
    with session(reader.answer) as carry:
        assert iso15693.find(carry) == ()


def test_a_reader_without_sessions_is_told() -> None:
    with pytest.raises(DeviceLost), session(Acr1552Emulator([], has_sessions=False).answer):
        pass


@pytest.mark.parametrize(
    ("reader", "profile"),
    [
        ("ACS ACR1552 1S CL Reader [ACR1552 PICC] 00 00", Acr1552()),
        ("ACS ACR122U PICC Interface 00 00", Generic()),
        ("Identiv uTrust 3720 Contactless Reader [uTrust 3720 CL] (1) 00 00", Identiv()),
        ("Identiv uTrust 3721 F CL Reader 00 00", Identiv()),
        ("Identiv uTrust 3700 F CL Reader 00 00", Generic()),
        ("ubisys 7047 CL 00 00", Generic(1)),
        ("Virtual PCD 00 00", Generic()),
    ],
)
def test_the_profile_is_told_by_the_readers_name(reader: str, profile: object) -> None:
    """And can be set, whatever the name is."""
    assert pick(reader) == profile
    assert pick(reader, "generic") == Generic()
    assert pick(reader, "generic", 1) == Generic(1)
    assert pick(reader, "identiv") == Identiv()


def test_a_profile_that_does_not_exist_is_a_wrong_setting() -> None:
    with pytest.raises(SettingWrong):
        pick("ACS", "acs")


@pytest.mark.parametrize("profile", [Identiv(), Acr1552()], ids=["identiv", "acr1552"])
@pytest.mark.parametrize("fault", [None, b"", b"\x90", b"\x90\x00", b"\x6a\x81", b"\x6f\x00", b"\xc0\x03\x01\x64\x01\x90\x00"], ids=repr)
def test_a_fault_at_any_command_leaves_a_tag_that_is_torn_short_or_whole(profile: Identiv | Acr1552, fault: bytes | None) -> None:
    """The tag leaves (None), or the reader answers nonsense once: what was read is a beginning of the memory, never something else."""
    for place in range(12):
        one = tag()
        reader = IdentivEmulator([one]) if isinstance(profile, Identiv) else Acr1552Emulator([one])
        asked = 0

        def transmit(command: bytes, reader: IdentivEmulator | Acr1552Emulator = reader, place: int = place) -> bytes:
            nonlocal asked
            asked += 1
            if asked > place and fault is None:
                raise TagGone
            return fault if asked == place + 1 and fault is not None else reader.answer(command)

        try:
            found = profile.read(transmit, ICODE)
        except DeviceLost:
            continue
        assert all(bytes(one.memory).startswith(seen.memory) and seen.uid in (UID, b"") for seen in found)


@given(st.sampled_from(sorted(PROFILES)), st.lists(st.binary(max_size=24), max_size=40), st.sampled_from((ICODE, b"\x3b\x80\x80\x01\x01")))
def test_no_answers_bring_a_profile_down(name: str, answers: list[bytes], atr: bytes) -> None:
    """Whatever the reader answers: tags, or an error of ours, after a bounded number of commands."""
    asked: list[bytes] = []

    def transmit(command: bytes) -> bytes:
        asked.append(command)
        return answers[len(asked) % len(answers)] if answers else b""

    profile = PROFILES[name]
    for attempt in (
        lambda: profile.read(transmit, atr),
        lambda: profile.lying(transmit),
        lambda: profile.write_afi(transmit, UID, 0xC2),
        lambda: profile.write_memory(transmit, UID, bytes(36), 0),
    ):
        try:
            found = attempt()
        except DeviceError:
            continue
        assert found is None or isinstance(found, bytes) or all(isinstance(one, Tag | bytes) for one in found)
    assert len(asked) < 10_000
