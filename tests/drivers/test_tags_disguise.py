"""Tags that belong to nobody any more, and mean the same."""

from __future__ import annotations

import re

import ndef as library
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.tags import extension, iso28560_2
from drivers.tags.atr import storage_atr
from drivers.tags.disguise import Disguise
from drivers.tags.identify import identify
from drivers.tags.iso28560_3 import turn_round
from drivers.tags.ndef import decode, encode
from tests.drivers import library_tags as tags

ICODE, ULTRALIGHT = storage_atr(0x0B, 0x0014), storage_atr(0x03, 0x0003)
UID = bytes.fromhex("E00401505A89BDE3")
DISGUISE = Disguise(b"a key of this test")
PAGES_0_TO_3 = bytes.fromhex("04A1B29FC3D4E580 72480000 E1101200")
KNOWN = {
    "pass 0x18": tags.PASS_18,
    "pass 0x81": tags.PASS_81,
    "29 bytes": tags.PASS_RU,
    "34 bytes": tags.PASS_LONG_OWNER,
    "reversed": turn_round(tags.PASS_18.ljust(64, b"\0")),
    "part 2 of 2": tags.ITEM_NO,
    "extended": tags.ITEM_DK_EXTENDED,
    "damaged": tags.spoilt(tags.PASS_18),
    "damaged and reversed": tags.ITEM_CUT,
    "half read": tags.PASS_18[:16],
    "objects": tags.OBJECTS_EXAMPLE,
    "objects with a title": tags.OBJECTS_TITLE,
    "objects, Finland": tags.OBJECTS_FI,
    "objects, pass": tags.OBJECTS_PASS,
    "objects, damaged": tags.OBJECTS_PASS[:-4],
    "blank": bytes(64),
    "unknown": bytes(range(64)),
    "nothing": b"",
}


def told(memory: bytes) -> tuple[object, ...]:
    """What is said of a tag, but its numbers and the values of its checksum."""
    found = identify(memory, UID, ICODE)
    reasons = tuple(re.sub(r"\b[0-9A-F]{4}\b", "", reason) for reason in found.reasons)
    return found.kind, found.accepted, found.model, found.owner, found.usage, found.part, found.parts, found.damaged, found.turned, reasons


@pytest.mark.parametrize("memory", KNOWN.values(), ids=KNOWN)
def test_a_tag_stays_what_it_is(memory: bytes) -> None:
    """Same length, same kind, same reasons, good or damaged; the same key makes the same of it again."""
    other = DISGUISE.memory(memory, UID, ICODE)
    assert len(other) == len(memory)
    if memory != KNOWN["unknown"]:
        assert told(other) == told(memory)
    assert DISGUISE.memory(memory, UID, ICODE) == other


@pytest.mark.parametrize("name", [name for name in KNOWN if name not in ("blank", "nothing")])
def test_no_number_is_left(name: str) -> None:
    """Every candidate is another one, of the same length and with the same first sign."""
    before = identify(KNOWN[name], UID, ICODE).candidates
    after = identify(DISGUISE.memory(KNOWN[name], UID, ICODE), DISGUISE.uid(UID), ICODE).candidates
    for (old, model), (new, same_model) in zip(before, after, strict=True):
        assert (len(old), old[0], model) == (len(new), new[0], same_model)
        assert old != new


def test_the_texts_behind_the_number_are_others_too() -> None:
    """Extension blocks, titles, shelf marks."""
    _, acquisition = extension.decode(DISGUISE.memory(tags.ITEM_DK_EXTENDED)[34:])
    assert len(acquisition.texts) == 4
    assert not {"Bogvognen", "1234567890", "a789656c"} & set(acquisition.texts)
    texts = {one.oid: one.text for one in iso28560_2.decode(DISGUISE.memory(tags.OBJECTS_TITLE)).elements}
    assert texts[3] == "US-InU-Mu"
    assert texts[17] != "test"
    assert texts[6] != "QA268.L55"


def test_an_nfc_message_keeps_its_form() -> None:
    """Other letters in texts, other digits in addresses."""
    message = b"".join(
        library.message_encoder([library.TextRecord("Jan Jansen 12"), library.UriRecord("https://example.org/pas/29350000036490")])
    )
    found = decode(DISGUISE.memory(encode(message)))
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{5} \d\d", found.texts[0])
    assert found.texts[0] != "Jan Jansen 12"
    assert re.fullmatch(r"https://example\.org/pas/\d{14}", found.addresses[0])
    assert "29350000036490" not in found.addresses[0]


def test_a_type_2_tag_does_not_tell_its_uid_in_its_memory() -> None:
    """The first pages get the other UID, with right check bytes."""
    uid = PAGES_0_TO_3[:3] + PAGES_0_TO_3[4:8]
    memory = DISGUISE.memory(PAGES_0_TO_3 + tags.PASS_18, uid, ULTRALIGHT)
    assert memory[:3] + memory[4:8] == DISGUISE.uid(uid) != uid
    assert memory[3] == 0x88 ^ memory[0] ^ memory[1] ^ memory[2]
    assert memory[8] == memory[4] ^ memory[5] ^ memory[6] ^ memory[7]
    assert identify(memory, DISGUISE.uid(uid), ULTRALIGHT).accepted


@pytest.mark.parametrize("uid", [UID, b"\x08abc", b"\x04abcdef", b""])
def test_uids_stay_of_their_kind(uid: bytes) -> None:
    """Maker and the mark of a random one stay."""
    other = DISGUISE.uid(uid)
    assert (len(other), other[: 2 if len(uid) == 8 else 1]) == (len(uid), uid[: 2 if len(uid) == 8 else 1])
    assert other != uid or not uid
    assert Disguise(b"another key").uid(UID) != DISGUISE.uid(UID)


@given(st.integers(10, 9_999_999_999_999_999_999))
def test_any_integer_finds_another_of_its_length(number: int) -> None:
    """Digits and bytes stay as many as they were."""
    memory = iso28560_2.encode(iso28560_2.tag_of(str(number), "NL-070288", 8))
    found = iso28560_2.decode(DISGUISE.memory(memory))
    assert len(found.number) == len(str(number))
    assert found.owner == "NL-070288"


@given(st.binary(max_size=100), st.binary(max_size=10))
def test_any_memory_can_be_disguised(memory: bytes, uid: bytes) -> None:
    """Of any length, whatever stands in it."""
    assert len(DISGUISE.memory(memory, uid)) == len(memory)
