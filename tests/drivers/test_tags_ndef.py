"""NDEF messages on Type 2 and Type 5 tags."""

from __future__ import annotations

import re

import ndef as library
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Seen, Tag, sight
from drivers.tags.atr import storage_atr
from drivers.tags.finding import Kind
from drivers.tags.identify import identify
from drivers.tags.layout import rows
from drivers.tags.ndef import Message, decode, encode
from drivers.tags.problems import Problem, TagError

ULTRALIGHT, ICODE = storage_atr(0x03, 0x0003), storage_atr(0x0B, 0x0014)
PAGES_0_TO_3 = bytes.fromhex("04A1B29FC3D4E580 72480000 E1101200")
UID = PAGES_0_TO_3[:7]
PASS = re.compile(r"/pas/(\d{14})$")


def message(*records: library.Record) -> bytes:
    return b"".join(library.message_encoder(records))


ADDRESS = message(library.UriRecord("https://example.org/pas/29350000036490"))
TEXT = message(library.TextRecord("Bibliotheek", "nl"), library.UriRecord("https://example.org/"), library.Record("text/plain", "", b"x"))


@pytest.mark.parametrize(
    "memory",
    [
        encode(ADDRESS, PAGES_0_TO_3),
        encode(ADDRESS),
        encode(ADDRESS, bytes.fromhex("E1400801 0103A01044")),
        encode(ADDRESS, bytes.fromhex("E24000010000 0100")),
        bytes.fromhex("E1400801 03FF00") + bytes((len(ADDRESS),)) + ADDRESS,
    ],
    ids=["page 4", "behind a container of 4", "behind a lock TLV", "behind a container of 8", "length of three bytes"],
)
def test_an_address_is_found(memory: bytes) -> None:
    """Wherever the tag types allow it to stand, in full, with its beginning spelt out."""
    assert decode(memory).addresses == ("https://example.org/pas/29350000036490",)


def test_texts_addresses_and_others_are_told_apart() -> None:
    """One of each; the bytes of the message are known."""
    found = decode(encode(TEXT))
    assert (found.texts, found.addresses, found.others) == (("Bibliotheek",), ("https://example.org/",), 1)
    assert encode(TEXT)[found.start : found.end] == TEXT


def test_numbers_are_found_by_the_pattern_only() -> None:
    """Its first group, or all of it; each number once."""
    found = Message(("29350000036490", "29350000036490"), ("https://example.org/pas/29350000036491",))
    assert found.numbers(PASS) == ("29350000036491",)
    assert found.numbers(re.compile(r"\d{14}")) == ("29350000036490", "29350000036491")


def test_a_text_is_no_pass_unless_the_library_says_so() -> None:
    """Accepted only with a pattern and with "ndef" among the formats; told in every case, without the number."""
    tag = Tag(UID, ULTRALIGHT, encode(ADDRESS, PAGES_0_TO_3))
    assert sight([tag]).seen is Seen.FOREIGN
    assert sight([tag], ("iso28560-3", "ndef")).seen is Seen.FOREIGN
    assert sight([tag], ndef_number=PASS).seen is Seen.FOREIGN
    seen = sight([tag], ("iso28560-3", "ndef"), ndef_number=PASS)
    assert (seen.seen, seen.number, seen.uid) == (Seen.PASS, "29350000036490", UID.hex())
    for finding, told in ((seen.findings[0], "with 0 texts, 1 addresses"), (sight([tag]).findings[0], f"of {len(ADDRESS)} bytes")):
        assert any(f"NDEF message {told}" in reason for reason in finding.reasons)
        assert not any("2935" in reason for reason in finding.reasons)


def test_a_whole_message_is_not_the_remains_of_a_pass() -> None:
    """Though its letters may look like those of a number that is read the other way round: foreign, not unreadable."""
    tag = Tag(UID, ULTRALIGHT, encode(TEXT, PAGES_0_TO_3))
    assert sight([tag]).seen is Seen.FOREIGN
    assert not identify(tag.memory, UID, ULTRALIGHT).damaged


def test_every_byte_of_a_message_is_named() -> None:
    """Its texts and addresses stand in one secret row."""
    memory = encode(TEXT, PAGES_0_TO_3)
    found = rows(memory, identify(memory, UID, ULTRALIGHT))
    assert b"".join(row.data for row in found) == memory
    (message,) = (row for row in found if row.name == "NDEF message")
    assert (message.secret, message.meaning) == (True, "text Bibliotheek; address https://example.org/; 1 other records")


def test_two_numbers_are_none() -> None:
    """Both are candidates, neither is used."""
    memory = encode(message(library.TextRecord("1234"), library.TextRecord("5678")))
    finding = identify(memory, UID, ICODE, ndef_number=re.compile(r"\d{4}"))
    assert (finding.kind, finding.accepted, finding.number) == (Kind.UNKNOWN, False, "")
    assert finding.candidates[:2] == (("1234", "ndef"), ("5678", "ndef"))


@pytest.mark.parametrize(
    ("memory", "what"),
    [
        (b"", Problem.OTHER_MODEL),
        (bytes(64), Problem.OTHER_MODEL),
        (bytes.fromhex("E1400801FE00"), Problem.OTHER_MODEL),
        (bytes.fromhex("E1400801 03"), Problem.SHORT),
        (encode(ADDRESS)[:20], Problem.SHORT),
        (bytes.fromhex("E1400801 0302D101FE"), Problem.MALFORMED),
        (bytes.fromhex("E1400801 0305D1010154 9FFE"), Problem.MALFORMED),
    ],
)
def test_what_is_no_message_is_a_tag_error(memory: bytes, what: Problem) -> None:
    """No container, no message, one that is cut off, one that is broken."""
    with pytest.raises(TagError) as caught:
        decode(memory)
    assert caught.value.problem is what


@given(st.binary(max_size=120), st.sampled_from([bytes.fromhex("E1400801"), PAGES_0_TO_3]))
def test_any_message_is_read_or_a_tag_error(content: bytes, before: bytes) -> None:
    """Whatever stands in the message, no other error."""
    try:
        decode(encode(content, before))
    except TagError as error:
        assert error.problem in Problem  # noqa: PT017  other errors are the failure


@given(st.sampled_from([ADDRESS, TEXT]), st.integers(0, 200), st.integers(0, 255))
def test_any_changed_message_is_read_or_a_tag_error(content: bytes, place: int, byte: int) -> None:
    """One byte of a good tag changed."""
    memory = bytearray(encode(content))
    memory[place % len(memory)] = byte
    assert identify(bytes(memory), UID, ICODE, ndef_number=PASS).reasons


def test_a_long_message_is_not_written() -> None:
    """Library tags have no room for it."""
    with pytest.raises(ValueError, match="does not fit"):
        encode(bytes(255))
