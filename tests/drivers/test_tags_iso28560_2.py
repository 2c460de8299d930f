"""The objects of ISO 28560-2, bit by bit."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.tags import isil_coding
from drivers.tags.compaction import Compaction, best, compact, expand
from drivers.tags.iso28560_2 import Content, Element, bitmap, decode, element, encode, listed, tag_of
from drivers.tags.problems import Problem, TagError
from tests.drivers import library_tags as tags

PUBLISHED = {
    "the standard's example": (
        tags.OBJECTS_EXAMPLE,
        ("123456789012", "US-InU-Mu", None, 3, 12),
        {1: "123456789012", 2: "d0", 3: "US-InU-Mu", 4: "1203", 6: "QA268.L55"},
    ),
    "with a title": (
        tags.OBJECTS_TITLE,
        ("123456789012", "US-InU-Mu", None, 3, 12),
        {1: "123456789012", 2: "d002", 3: "US-InU-Mu", 4: "1203", 6: "QA268.L55", 17: "test"},
    ),
    "Finland": (
        tags.OBJECTS_FI,
        ("1620168259", "FI-Mamk-M", 1, 1, 1),
        {1: "1620168259", 2: "a8", 3: "FI-Mamk-M", 5: "10", 7: "BA"},
    ),
}
PACKED = [
    (Compaction.INTEGER, "123456789012", "1CBE991A14"),
    (Compaction.NUMERIC, "010", "010F"),
    (Compaction.FIVE_BIT, "ABC", "0886"),
    (Compaction.SIX_BIT, "ABC123456", "0420F1CB3D35DA"),
    (Compaction.SIX_BIT, "ABC1234", "0420F1CB3D20"),
    (Compaction.SEVEN_BIT, "12345678", "62C99B46AD9BB8"),
    (Compaction.OCTETS, "BA", "4241"),
    (Compaction.UTF8, "test", "74657374"),
]

texts = (
    st.text(max_size=30)
    | st.text(st.characters(min_codepoint=0x20, max_codepoint=0x5F), max_size=40)
    | st.from_regex(r"[0-9]{1,25}", fullmatch=True)
)
isils = st.from_regex(r"[A-Z]{2}-[A-Za-z0-9:/-]{1,11}", fullmatch=True)


@st.composite
def elements(draw: st.DrawFn) -> tuple[Element, ...]:
    """Objects as any writer might leave them: in any order behind the number, with and without padding."""
    number = draw(st.from_regex(r"[0-9A-Za-z.]{1,20}", fullmatch=True))
    others = draw(st.lists(st.sampled_from([3, 5, *range(6, 11), *range(12, 23), 26, 31]), unique=True))
    found = [element(1, number)]
    for oid in others:
        if oid == 3:
            found.append(element(3, draw(isils)))
        elif oid == 5:
            found.append(Element(5, Compaction.APPLICATION, draw(st.binary(min_size=1, max_size=1))))
        else:
            found.append(element(oid, draw(texts)))
    if draw(st.booleans()):
        found.insert(draw(st.integers(1, len(found))), Element(2, Compaction.APPLICATION, bitmap(others)))
    paddings = draw(st.lists(st.none() | st.binary(max_size=5), min_size=len(found), max_size=len(found)))
    return tuple(Element(one.oid, one.compaction, one.data, padding) for one, padding in zip(found, paddings, strict=True))


def problem(memory: bytes) -> TagError:
    with pytest.raises(TagError) as caught:
        decode(memory)
    return caught.value


@pytest.mark.parametrize(("memory", "says", "objects"), PUBLISHED.values(), ids=PUBLISHED)
def test_published_tags_are_read(memory: bytes, says: tuple[str, str, int | None, int, int], objects: dict[int, str]) -> None:
    """Every object of every published tag, and what they say together."""
    content = decode(memory)
    assert (content.number, content.owner, content.usage, content.part, content.parts) == says
    assert {one.oid: one.text for one in content.elements} == objects
    assert content.certain


@pytest.mark.parametrize("memory", [row[0] for row in PUBLISHED.values()], ids=PUBLISHED)
def test_published_tags_are_written_as_they_were(memory: bytes) -> None:
    """What is encoded from the decoded objects is the tag itself, paddings and all."""
    assert encode(decode(memory).elements, len(memory)) == memory


@pytest.mark.parametrize(("compaction", "text", "packed"), PACKED)
def test_published_compactions(compaction: Compaction, text: str, packed: str) -> None:
    """Each is packed and unpacked as in the tests of a public program."""
    assert compact(compaction, text) == bytes.fromhex(packed)
    assert expand(compaction, bytes.fromhex(packed)) == text


@pytest.mark.parametrize(
    ("text", "compaction"),
    [
        ("9", Compaction.NUMERIC),
        ("10", Compaction.INTEGER),
        ("010", Compaction.NUMERIC),
        ("9999999999999999999", Compaction.INTEGER),
        ("10000000000000000000", Compaction.NUMERIC),
        ("AB", Compaction.OCTETS),
        ("ABC", Compaction.FIVE_BIT),
        ("A-1", Compaction.OCTETS),
        ("A-12", Compaction.SIX_BIT),
        ("A-1 ", Compaction.OCTETS),
        ("a-123456", Compaction.SEVEN_BIT),
        ("café", Compaction.OCTETS),
        ("€", Compaction.UTF8),
        ("", Compaction.OCTETS),
    ],
)
def test_the_compaction_that_is_picked(text: str, compaction: Compaction) -> None:
    """The first that holds the text, with a least length for each; a space that would be taken for padding is avoided."""
    assert best(text) is compaction
    assert expand(compaction, compact(compaction, text)) == text


@pytest.mark.parametrize(("text", "packed"), [("US-InU-Mu", "ACC09EBAA06F6B"), ("FI-Mamk-M", "3240DE05AB075B")])
def test_published_isils(text: str, packed: str) -> None:
    """Packed and unpacked as on the published tags."""
    assert isil_coding.pack(text) == bytes.fromhex(packed)
    assert isil_coding.unpack(bytes.fromhex(packed)) == text


@pytest.mark.parametrize("packed", ["ACC09EBAA06F6A", "3240DE05AB075A", "00"])
def test_an_isil_that_is_not_filled_up_with_ones_is_refused(packed: str) -> None:
    """A bit that is wrong in the padding tells of damage."""
    with pytest.raises(TagError, match="filled up with 1 bits"):
        isil_coding.unpack(bytes.fromhex(packed))


@pytest.mark.parametrize(
    ("compaction", "packed"),
    [
        (Compaction.FIVE_BIT, "0887"),
        (Compaction.FIVE_BIT, "00"),
        (Compaction.SIX_BIT, "0420F1CB3D35D9"),
        (Compaction.SIX_BIT, "042C"),
        (Compaction.SEVEN_BIT, "C2"),
    ],
)
def test_a_text_that_is_not_filled_up_is_refused(compaction: Compaction, packed: str) -> None:
    """Each compaction has its own padding."""
    with pytest.raises(TagError, match="filled up"):
        expand(compaction, bytes.fromhex(packed))


@given(isils | st.text(string.ascii_letters + string.digits + "-:/", max_size=40))
def test_isils_come_back(text: str) -> None:
    """Whatever the letters, with any shifts between the tables."""
    assert isil_coding.unpack(isil_coding.pack(text)) == text


@given(texts)
@example("ABC ")
@example("A" * 7)
def test_texts_come_back(text: str) -> None:
    """In the compaction picked for them, and in every other that holds them."""
    assert expand(best(text), compact(best(text), text)) == text
    for compaction in Compaction:
        if compaction is Compaction.APPLICATION:
            continue
        try:
            packed = compact(compaction, text)
        except ValueError:
            continue
        assert expand(compaction, packed) == text


@given(elements(), st.integers(0, 9))
def test_what_is_written_is_read(written: tuple[Element, ...], more: int) -> None:
    """Objects come back as they were, at the end of the memory, with an end behind them, and in whole blocks."""
    length = sum(one.size for one in written)
    assert len(encode(written, length)) == length
    for memory in (encode(written, length), encode(written, length + more), encode(written)):
        assert decode(memory).elements == written
    assert len(encode(written)) % 4 == 0


@given(
    st.binary(max_size=80)
    | st.builds(lambda head, tail: head + tail, st.sampled_from([row[0] for row in PUBLISHED.values()]), st.binary(max_size=20))
)
def test_any_bytes_are_content_or_a_tag_error(memory: bytes) -> None:
    """No bytes bring about any other error, and no error's sentence holds the number."""
    found: Content | TagError
    try:
        found = decode(memory)
    except TagError as error:
        found = error
        assert len(found.number) < 6 or found.number not in str(found)
    assert found.number.isprintable()


@given(st.sampled_from(Compaction), st.binary(max_size=40))
def test_any_bytes_are_a_text_or_a_tag_error(compaction: Compaction, data: bytes) -> None:
    """And what is read as a text packs to the same bytes again: every packing is accepted in one form only."""
    try:
        text = expand(compaction, data)
    except TagError as error:
        assert error.problem is Problem.MALFORMED  # noqa: PT017  the text is looked at where there is one
        return
    if compaction is Compaction.NUMERIC or not data:
        return
    assert compact(compaction, text) == data


@given(st.binary(max_size=20))
def test_any_bytes_are_an_isil_or_a_tag_error(data: bytes) -> None:
    """No other error."""
    try:
        assert isil_coding.unpack(data).isascii()
    except TagError as error:
        assert error.problem is Problem.MALFORMED  # noqa: PT017  see above


@given(st.frozensets(st.integers(3, 31)))
def test_content_parameters_come_back(oids: frozenset[int]) -> None:
    """Bit by bit from OID 3 on."""
    assert listed(bitmap(oids)) == oids


@pytest.mark.parametrize(
    ("memory", "what"),
    [
        ("", Problem.OTHER_MODEL),
        ("00" * 32, Problem.OTHER_MODEL),
        ("0201D0", Problem.OTHER_MODEL),
        ("01026162", Problem.OTHER_MODEL),
        ("1101", Problem.SHORT),
        ("91", Problem.SHORT),
        ("9105021234", Problem.SHORT),
        ("11021234 11021234", Problem.MALFORMED),
        ("110109", Problem.MALFORMED),
        ("1102000A", Problem.MALFORMED),
        ("2102A123", Problem.MALFORMED),
        ("3101", Problem.SHORT),
        ("31020887", Problem.MALFORMED),
        ("6103310A32", Problem.NO_NUMBER),
        ("71 01 FF", Problem.MALFORMED),
        ("11021234 0201E0 050110", Problem.MALFORMED),
        ("11021234 050110 0201A0", Problem.MALFORMED),
        ("11021234 05021011", Problem.MALFORMED),
        ("11021234 150110", Problem.MALFORMED),
        ("11021234 0303FFFFFF", Problem.MALFORMED),
        ("11021234 63024142", Problem.MALFORMED),
        ("11021234 140204B2 0201", Problem.SHORT),
        ("11021234 1402007B", Problem.MALFORMED),
        ("11021234 140204BD", Problem.MALFORMED),
        ("11021234 7F1100", Problem.MALFORMED),
        ("11021234 6680" + "41" * 128, Problem.MALFORMED),
        ("11021234 42020010", Problem.MALFORMED),
    ],
)
def test_what_is_not_in_the_form_of_the_standard_is_refused(memory: str, what: Problem) -> None:
    """There is no checksum, so every rule of form stands in for it."""
    assert problem(bytes.fromhex(memory)).problem is what


def test_a_fault_behind_good_objects_looks_like_a_damaged_tag() -> None:
    """The number and the usage read so far are told, though nothing is accepted."""
    error = problem(tags.OBJECTS_PASS[:-4])
    assert (error.looks_alike, error.number, error.usage) == (True, "29350000036490", None)
    assert not problem(tags.OBJECTS_PASS[:6]).looks_alike


def test_a_number_alone_is_not_certain() -> None:
    """Eight bytes of chance may be a number; a content parameter, an owner or a usage must stand beside it."""
    assert not decode(bytes.fromhex("11021234")).certain
    assert decode(bytes.fromhex("11021234 050180")).certain


def test_a_made_up_pass_is_written_byte_by_byte() -> None:
    """Number as an integer, content parameter for 3 and 5, owner, usage 80."""
    written = encode(tag_of("29350000036490", "NL-070288", 8), len(tags.OBJECTS_PASS))
    assert written == tags.OBJECTS_PASS
    content = decode(written)
    assert (content.usage, content.qualifier, content.owner) == (8, 0, "NL-070288")


@given(st.integers(1, 255), st.integers(1, 255))
def test_sets_come_back(one: int, other: int) -> None:
    """Part and parts, of one to three digits each."""
    part, parts = sorted((one, other))
    content = decode(encode(tag_of("30000000000018", part=part, parts=parts)))
    assert (content.part, content.parts) == (part, parts)


def test_what_cannot_be_written_is_refused() -> None:
    """Each with ValueError."""
    for wrong in (
        lambda: tag_of(""),
        lambda: tag_of("1\n"),
        lambda: tag_of("1" * 41),
        lambda: tag_of("1", "070288"),
        lambda: tag_of("1", usage=16),
        lambda: tag_of("1", part=2),
        lambda: encode([Element(0, Compaction.OCTETS, b"")]),
        lambda: encode([Element(32, Compaction.OCTETS, b"")]),
        lambda: encode([Element(1, Compaction.OCTETS, bytes(128))]),
        lambda: encode(tag_of("29350000036490"), 8),
        lambda: element(1, "abc", Compaction.INTEGER),
        lambda: element(3, "NL_1"),
        lambda: element(6, "ABC ", Compaction.SIX_BIT),
    ):
        with pytest.raises(ValueError, match=r"must|cannot|bytes|has"):
            wrong()
