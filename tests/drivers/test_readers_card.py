"""How one card is read, as a transcript of the bytes that go to and fro."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Tag
from drivers.errors import TagGone
from drivers.readers.apdu import Status, answer, canonical_uid, read_binary, update_binary
from drivers.readers.card import read_card
from drivers.readers.scard import fits
from drivers.tags.atr import storage_atr

ICODE = storage_atr(0x0B, 0x0014)
PHONE = bytes.fromhex("3B80800101")
UID, OTHER_UID = "E00401505A89BDE3", "E00401505A89BDE4"
ASK_UID, ASK_PAYMENT = "FFCA000000", "00A404000E325041592E5359532E444446303100"
MEMORY = bytes(range(64))


def transcript(*lines: tuple[str, str]) -> Callable[[bytes], bytes]:
    """A card that expects exactly these commands in this order, and is gone after the last."""
    remaining: Iterator[tuple[str, str]] = iter(lines)

    def transmit(command: bytes) -> bytes:
        line = next(remaining, None)
        if line is None:
            raise TagGone
        assert command == bytes.fromhex(line[0])
        return bytes.fromhex(line[1])

    return transmit


def hexed(start: int, length: int) -> str:
    return MEMORY[start : start + length].hex()


def test_four_reads_of_16_bytes_between_two_of_the_uid() -> None:
    """The usual reader: block numbers count by four bytes, and the UID is asked again at the end."""
    card = transcript(
        (ASK_UID, UID + "9000"),
        ("FFB0000010", hexed(0, 16) + "9000"),
        ("FFB0000410", hexed(16, 16) + "9000"),
        ("FFB0000810", hexed(32, 16) + "9000"),
        ("FFB0000C10", hexed(48, 16) + "9000"),
        (ASK_UID, UID + "9000"),
    )
    assert read_card(card, ICODE) == Tag(bytes.fromhex(UID), ICODE, MEMORY)


def test_a_reader_that_names_the_length_is_asked_for_that_length_from_then_on() -> None:
    """6C 04: the command again with 4, and 4 for all that follow; 62 82 ends the memory and its data count."""
    card = transcript(
        (ASK_UID, UID + "9000"),
        ("FFB0000010", "6C04"),
        ("FFB0000004", hexed(0, 4) + "9000"),
        ("FFB0000104", hexed(4, 4) + "6282"),
        (ASK_UID, UID + "9000"),
    )
    assert read_card(card, ICODE).memory == MEMORY[:8]


def test_a_reader_that_refuses_16_bytes_is_asked_for_4() -> None:
    """67 00 at first, single blocks then, until the memory ends with 6A 82: what was read is the memory."""
    card = transcript(
        (ASK_UID, UID + "9000"),
        ("FFB0000010", "6700"),
        ("FFB0000004", hexed(0, 4) + "9000"),
        ("FFB0000104", hexed(4, 4) + "9000"),
        ("FFB0000204", "6A82"),
        (ASK_UID, UID + "9000"),
    )
    assert read_card(card, ICODE) == Tag(bytes.fromhex(UID), ICODE, MEMORY[:8])


def test_a_reader_that_counts_bytes_is_asked_by_bytes() -> None:
    """With block_size 1 the second read begins at 16, not at 4."""
    card = transcript(
        (ASK_UID, UID + "9000"), ("FFB0000010", hexed(0, 16) + "9000"), ("FFB0001010", hexed(16, 16) + "9000"), (ASK_UID, UID + "9000")
    )
    assert read_card(card, ICODE, block_size=1, wanted=32).memory == MEMORY[:32]


def test_another_uid_at_the_end_begins_the_reading_anew() -> None:
    """Two cards changed places: the memory of the first is thrown away."""
    card = transcript(
        (ASK_UID, UID + "9000"),
        ("FFB0000010", "11" * 16 + "6282"),
        (ASK_UID, OTHER_UID + "9000"),
        (ASK_UID, OTHER_UID + "9000"),
        ("FFB0000010", hexed(0, 16) + "6282"),
        (ASK_UID, OTHER_UID + "9000"),
    )
    assert read_card(card, ICODE) == Tag(bytes.fromhex(OTHER_UID), ICODE, MEMORY[:16])


def test_a_uid_that_never_stays_is_a_torn_tag() -> None:
    """After three turns it is given up; the guest is asked to hold one card."""
    lines = [(ASK_UID, UID + "9000"), ("FFB0000010", hexed(0, 16) + "6282"), (ASK_UID, OTHER_UID + "9000")] * 3
    assert read_card(transcript(*lines), ICODE).torn


def test_a_card_that_leaves_is_torn_and_keeps_what_was_read() -> None:
    """16 bytes came, then nothing."""
    card = transcript((ASK_UID, UID + "9000"), ("FFB0000010", hexed(0, 16) + "9000"))
    assert read_card(card, ICODE) == Tag(bytes.fromhex(UID), ICODE, MEMORY[:16], torn=True)


def test_an_answer_without_a_status_word_is_a_torn_card() -> None:
    """Some readers answer with nothing, and with success, when the card has just left."""
    assert read_card(transcript((ASK_UID, "")), ICODE).torn


@pytest.mark.parametrize("status", ["9000", "6F008407A00000000410109000", "6110", "6283"])
def test_a_payment_card_is_asked_nothing_more(status: str) -> None:
    """Whatever way it says yes: no UID is asked and none is kept."""
    assert read_card(transcript((ASK_PAYMENT, status)), PHONE) == Tag(payment=True)


def test_a_phone_that_pays_nothing_gives_its_uid() -> None:
    """No payment application: the UID is asked, the memory is refused in both lengths, and nothing more is asked."""
    phone = transcript((ASK_PAYMENT, "6A82"), (ASK_UID, "08A1B2C39000"), ("FFB0000010", "6A81"), ("FFB0000004", "6A81"))
    assert read_card(phone, PHONE) == Tag(bytes.fromhex("08A1B2C3"), PHONE)


def test_a_vicinity_card_with_an_atr_of_the_readers_own_is_read() -> None:
    """It does not pay, so its memory is read as that of any other storage card, between two questions for its UID."""
    card = transcript((ASK_PAYMENT, "6A81"), (ASK_UID, UID + "9000"), ("FFB0000010", hexed(0, 16) + "6282"), (ASK_UID, UID + "9000"))
    assert read_card(card, PHONE) == Tag(bytes.fromhex(UID), PHONE, MEMORY[:16])


@pytest.mark.parametrize("given", [UID, bytes.fromhex(UID)[::-1].hex()])
def test_uids_of_iso15693_begin_with_e0(given: str) -> None:
    """Whichever way round the reader gives them."""
    assert canonical_uid(bytes.fromhex(given)) == bytes.fromhex(UID)


@pytest.mark.parametrize("given", ["04A1B2C3D4E5E0", "E0A1B2C3D4E5F6E0", "A1B2C3D4", ""])
def test_other_uids_stay_as_they_are(given: str) -> None:
    """Seven bytes that end with E0, eight that begin and end with it, four, none."""
    assert canonical_uid(bytes.fromhex(given)) == bytes.fromhex(given)


def test_commands_have_their_block_number_high_byte_first() -> None:
    """FF B0 and FF D6, block 0x0102."""
    assert read_binary(0x0102, 4) == bytes.fromhex("FFB0010204")
    assert update_binary(0x0102, b"abcd") == bytes.fromhex("FFD6010204") + b"abcd"


@pytest.mark.parametrize(
    ("response", "status"),
    [
        ("019000", Status.DONE),
        ("6282", Status.END_OF_MEMORY),
        ("6C10", Status.OTHER_LENGTH),
        ("6A82", Status.REFUSED),
        ("6281", Status.REFUSED),
        ("9001", Status.REFUSED),
    ],
)
def test_status_words(response: str, status: Status) -> None:
    """Only 90 00 is done and only 62 82 is the end of the memory."""
    taken_apart = answer(bytes.fromhex(response))
    assert taken_apart is not None
    assert taken_apart.status is status


@given(st.lists(st.binary(max_size=24), max_size=80), st.sampled_from((ICODE, PHONE)), st.sampled_from((1, 4)))
def test_no_answers_bring_the_reading_down(answers: list[bytes], atr: bytes, block_size: int) -> None:
    """Whatever the card answers, there is a tag, and after a bounded number of commands."""
    asked: list[bytes] = []

    def transmit(command: bytes) -> bytes:
        asked.append(command)
        return answers[len(asked) % len(answers)] if answers else b""

    assert isinstance(read_card(transmit, atr, block_size), Tag)
    assert len(asked) < 1000


@pytest.mark.parametrize(
    ("name", "pattern", "fitting"),
    [
        ("ACS ACR1552 1S CL Reader [ACR1552 PICC] 00 00", "*", True),
        ("ACS ACR1552 1S CL Reader [ACR1552 PICC] 00 00", "ACS*", True),
        ("ACS ACR1552 1S CL Reader [ACR1552 PICC] 00 00", "ACS ACR1552 1S CL Reader [ACR1552 PICC] 00 00", True),
        ("ACS ACR1552 1S CL Reader [ACR1552 PICC] 00 00", "*[ACR1552 PICC]*", True),
        ("ACS ACR1552 1S CL Reader [ACR1552 SAM] 01 00", "*[ACR1552 PICC]*", False),
        ("Identiv uTrust 3700 F", "ACS*", False),
    ],
)
def test_patterns_of_reader_names(name: str, pattern: str, *, fitting: bool) -> None:
    """A name copied from `drivers list` fits itself, brackets and all."""
    assert fits(name, pattern) is fitting
