"""All models side by side: which one a tag is taken for, and models of other packages."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import models
from drivers.contract import Seen, Tag, sight, sight_items
from drivers.errors import DeviceMissing
from drivers.tags.atr import storage_atr
from drivers.tags.finding import Kind, Reading
from drivers.tags.identify import LONGEST, identify
from drivers.tags.iso28560_2 import encode as encode_objects
from drivers.tags.iso28560_2 import tag_of
from drivers.tags.iso28560_3 import Block, encode, turn_round
from drivers.tags.problems import Problem, TagError
from drivers.tags.usage import in_words
from tests.drivers import library_tags as tags

ICODE, ULTRALIGHT = storage_atr(0x0B, 0x0014), storage_atr(0x03, 0x0003)
UID = bytes.fromhex("E00401505A89BDE3")
DUTCH = b"NLv5" + b"20000000000011".ljust(28, b"\0")


def dutch(memory: bytes, uid: bytes) -> Reading | None:
    """A made-up model: four letters, then the number."""
    del uid
    if not memory.startswith(b"NLv5"):
        return None
    if len(memory) < 18:
        raise TagError(Problem.SHORT, "it is cut off", looks_alike=True, usage=8)
    return Reading(Kind.PASS, memory[4:18].decode("ascii", "replace"), "NL-070288", reasons=("It says that it is a pass.",))


@pytest.mark.parametrize("turned", [False, True], ids=["straight", "reversed"])
def test_a_pass_in_objects_is_a_pass_where_the_library_accepts_them(*, turned: bool) -> None:
    """Recognised in any case; a pass of this visit only with "iso28560-2" among the formats."""
    memory = tags.OBJECTS_PASS.ljust(64, b"\0")
    tag = Tag(UID, ICODE, turn_round(memory) if turned else memory)
    finding = sight([tag]).findings[0]
    assert (finding.kind, finding.accepted, finding.model, finding.turned) == (Kind.PASS, True, "iso28560-2", turned)
    assert sight([tag]).seen is Seen.FOREIGN
    seen = sight([tag], ("iso28560-3", "iso28560-2"))
    assert (seen.seen, seen.number, seen.owner) == (Seen.PASS, "29350000036490", "NL-070288")


def test_objects_on_page_4_are_found() -> None:
    """As a block is."""
    finding = identify(bytes.fromhex("04A1B29FC3D4E580 72480000 E1101200") + tags.OBJECTS_PASS, UID[:7], ULTRALIGHT)
    assert (finding.kind, finding.accepted, finding.place) == (Kind.PASS, True, 16)


@pytest.mark.parametrize(("memory", "parts"), [(tags.OBJECTS_EXAMPLE, (3, 12)), (tags.OBJECTS_TITLE, (3, 12)), (tags.OBJECTS_FI, (1, 1))])
def test_published_items_in_objects_are_items(memory: bytes, parts: tuple[int, int]) -> None:
    """With their set, and what was tried before is told."""
    items, others = sight_items([Tag(UID, ICODE, memory, afi=0x07)])
    assert (len(items), others, (items[0].part, items[0].parts)) == (1, 0, parts)
    assert any(reason.startswith("It is no ISO 28560-3 tag") for reason in identify(memory).reasons)


def test_the_usage_is_told_in_words() -> None:
    """Its code, and its qualifier where there is one."""
    finding = identify(encode_objects(tag_of("29350000036490", usage=8, qualifier=3)))
    assert (finding.usage, finding.qualifier) == (8, 3)
    assert any("83, patron card, child" in reason for reason in finding.reasons)
    words = [in_words(usage) for usage in range(10)]
    assert all(words)
    assert "not in the standard" in in_words(12)
    assert "not in the standard" in in_words(8, 9)
    assert in_words(1, 1) == "circulating item, for automatic sorting"


def test_a_number_alone_is_a_candidate_and_nothing_more() -> None:
    """Eight bytes that have the form by chance are not used; they are told."""
    finding = identify(bytes.fromhex("11021234").ljust(32, b"\0"), UID, ICODE)
    assert (finding.kind, finding.accepted, finding.damaged) == (Kind.UNKNOWN, False, False)
    assert finding.candidates[0] == ("4660", "iso28560-2")


def test_damaged_objects_are_damage() -> None:
    """A content parameter that names what is not there, or an end cut off: the guest is sent to the desk, not called foreign."""
    changed = bytearray(tags.OBJECTS_PASS)
    changed[10] = 0xE0
    for memory in (bytes(changed), tags.OBJECTS_PASS[:-4]):
        finding = identify(memory, UID, ICODE)
        assert (finding.accepted, finding.damaged, finding.model) == (False, True, "iso28560-2")
        assert sight([Tag(UID, ICODE, memory)]).seen is Seen.UNREADABLE


@given(
    st.builds(Block, st.from_regex(r"[0-9A-Za-z]{1,16}", fullmatch=True), st.just("NL-070288"), st.integers(0, 15)),
    st.integers(0, 33),
    st.integers(1, 255),
)
def test_a_damaged_block_is_never_taken_for_objects(block: Block, place: int, change: int) -> None:
    """Whatever one byte of a block is changed to."""
    memory = bytearray(encode(block))
    memory[place] ^= change
    finding = identify(bytes(memory).ljust(64, b"\0"), UID, ICODE)
    assert not (finding.accepted and finding.model == "iso28560-2")


def test_of_a_torn_tag_only_a_checksum_is_believed() -> None:
    """Objects that end where the reading broke off may lack their usage; a whole block says so itself."""
    cut = encode_objects(tag_of("29350000036490", "NL-070288", 8))[:19]
    whole = replace(Tag(UID, ICODE, bytes.fromhex("11061AB194538A8A") + cut[11:19]), torn=True)
    assert identify(whole.memory).accepted
    assert sight([whole], ("iso28560-2",)).seen is Seen.UNREADABLE
    assert sight_items([whole]) == ((), 1)
    assert sight([Tag(UID, ICODE, tags.PASS_18, torn=True)]).seen is Seen.PASS


def test_another_model_is_tried_after_ours() -> None:
    """Accepted where its name is among the formats; a tag that one of ours reads is not shown to it."""
    tag = Tag(UID, ICODE, DUTCH)
    seen = sight([tag], ("iso28560-3", "nl-v5"), models={"nl-v5": dutch})
    assert (seen.seen, seen.number, seen.owner) == (Seen.PASS, "20000000000011", "NL-070288")
    assert sight([tag], models={"nl-v5": dutch}).seen is Seen.FOREIGN
    assert sight([tag], ("iso28560-3", "nl-v5")).seen is Seen.FOREIGN
    told = seen.findings[0].reasons
    assert told[-2:] == ("It is a tag of the model nl-v5.", "It says that it is a pass.")
    assert identify(tags.PASS_18, models={"nl-v5": dutch}).model == "iso28560-3"


def test_another_model_may_say_that_a_tag_is_damaged() -> None:
    """By the same error as ours."""
    finding = identify(DUTCH[:10], UID, ICODE, models={"nl-v5": dutch})
    assert (finding.kind, finding.accepted, finding.damaged) == (Kind.PASS, False, True)
    assert any("looks like a tag of the model nl-v5, but it is cut off" in reason for reason in finding.reasons)


@pytest.mark.parametrize("number", ["", "12\n34", " 1"])
def test_another_model_cannot_bring_in_what_is_no_number(number: str) -> None:
    """An empty one, one with control characters, one with spaces around it."""
    finding = identify(DUTCH, UID, ICODE, models={"odd": lambda _memory, _uid: Reading(Kind.PASS, number)})
    assert (finding.accepted, finding.number) == (False, "")


def test_another_model_that_fails_does_not_bring_the_reader_down() -> None:
    """It is told, and the next one is tried."""

    def broken(memory: bytes, uid: bytes) -> Reading | None:
        raise ZeroDivisionError(memory, uid)

    finding = identify(DUTCH, UID, ICODE, models={"broken": broken, "nl-v5": dutch})
    assert finding.accepted
    assert "The model broken failed with ZeroDivisionError; tell its supplier." in finding.reasons


@pytest.mark.parametrize("byte", [0x00, 0x11, 0x01, 0xE1, 0xFF])
def test_a_memory_of_any_length_is_looked_at_in_its_first_bytes_only(byte: int) -> None:
    """Ten megabytes cost less than one; another model is not given more, either."""
    memory = bytes((byte,)) + bytes((byte, 0x01)) * 5_000_000
    given: list[int] = []

    def counting(memory: bytes, uid: bytes) -> Reading | None:
        del uid
        given.append(len(memory))
        return None

    tracemalloc.start()
    try:
        identify(memory, UID, models={"counting": counting})
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert given == [LONGEST]


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path where packages of outsiders can be installed."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(packages: Path, *rows: str) -> None:
    """What pip leaves behind of a package with these entry points."""
    metadata = packages / "acme_model-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-model\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{models.GROUP}]\n" + "\n".join(rows) + "\n")


def test_another_package_adds_a_model(packages: Path) -> None:
    """By entry point; passes of it are then read."""
    install(packages, "acme = acme_model:read", "uid = acme_model:read")
    (packages / "acme_model.py").write_text(
        "from drivers.tags.finding import Kind, Reading\n"
        "def read(memory, uid):\n"
        "    return Reading(Kind.PASS, memory[4:8].decode(), 'NL-070288') if memory[:4] == b'ACME' else None\n"
    )
    found = models.load()
    assert list(found) == ["acme"]
    seen = sight([Tag(UID, ICODE, b"ACME1234")], ("acme",), models=found)
    assert (seen.seen, seen.number) == (Seen.PASS, "1234")


def test_a_model_that_cannot_be_loaded_is_missing(packages: Path) -> None:
    """With its name and place in the sentence."""
    install(packages, "acme = nowhere_at_all:read")
    with pytest.raises(DeviceMissing, match="acme"):
        models.load()
