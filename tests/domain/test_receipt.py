"""What stands on paper, and what never does."""

from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.contract import Gap, Line, Pair, Qr, Rule, Text
from kiosk.domain.receipt import Entry, Receipt, Slip, receipt, shorten, slip
from kiosk.domain.refusals import Reason
from kiosk.engine.time import ZONE
from kiosk.locale import spoken, words

NUMBER = "20000000000011"
AT = datetime(2026, 11, 23, 14, 5, tzinfo=ZONE)
DUE = date(2026, 12, 14)
BOOK = Entry("30000000000018", "De avond is ongemak", DUE)

NASTY = st.one_of(
    st.text(),
    st.text(st.characters()),  # surrogates among them
    st.text(st.sampled_from("\x00\x07\x1b\x1d\r\n\t\x0b\x85\u2028\u202e\u200d\ud800\udfff{}%[] a"), max_size=400),
    st.integers(1, 3).flatmap(
        lambda n: st.sampled_from(["x", " ", "\n", "\u0301", "\U0001f469\u200d", "x "]).map(lambda sign: sign * 10_000 * n)
    ),
)


def said(lines: tuple[Line, ...]) -> list[str]:
    """Every text on the paper."""
    texts: list[str] = []
    for line in lines:
        match line:
            case Text(text):
                texts.append(text)
            case Pair(left, right):
                texts += (left, right)
            case Qr(data):
                texts.append(data)
            case Rule() | Gap():
                pass
    return texts


def paper(*entries: Entry, strips: int | None = 123, show_titles: bool = True, language: str = "nl") -> list[str]:
    return said(receipt(Receipt("Bibliotheek Waddenkust", AT, NUMBER, entries, strips, show_titles), words(language)))


def test_receipt_of_two_books():
    """Library, moment, each item with its title and due date, strips, and the pass as stars with three digits."""
    assert paper(BOOK, Entry("30000000000026", "Oeroeg", DUE)) == [
        "Bibliotheek Waddenkust",
        "23 november 2026  14:05",
        "2 exemplaren geleend",
        "De avond is ongemak",
        "30000000000018",
        "inleveren uiterlijk",
        "14 december 2026",
        "Oeroeg",
        "30000000000026",
        "inleveren uiterlijk",
        "14 december 2026",
        "Leenstrips over",
        "123",
        "Pas",
        "********011",
        "Inleveren kan hier of in uw eigen bibliotheek. Veel leesplezier!",
    ]


@pytest.mark.parametrize("language", spoken())
def test_pass_number_is_never_whole(language):
    assert not any(NUMBER in text for text in paper(BOOK, language=language))
    assert not any(NUMBER in text for text in said(slip(Slip("Hier", AT, tuple(Reason), NUMBER, ("3000",)), words(language))))
    assert NUMBER not in repr(Receipt("Hier", AT, NUMBER, ()))
    assert NUMBER not in repr(Slip("Hier", AT, (), NUMBER))


def test_titles_only_where_the_library_wants_them():
    assert "De avond is ongemak" not in paper(BOOK, show_titles=False)
    assert "30000000000018" in paper(BOOK, show_titles=False)


def test_who_needs_no_strips_reads_nothing_of_them():
    assert "Leenstrips over" not in paper(BOOK, strips=None)
    assert "0" in paper(BOOK, strips=0)


def test_loan_that_is_not_certain():
    """It is not counted as lent, has no due date, and says what to do."""
    texts = paper(BOOK, Entry("30000000000026", "Oeroeg", open=True))

    assert "1 exemplaar geleend" in texts
    assert texts.index("Niet zeker") < texts.index("Oeroeg") < texts.index("30000000000026")
    assert texts.count("inleveren uiterlijk") == 1


def test_only_uncertain_loans():
    """Nothing is said to be lent then."""
    texts = paper(Entry("30000000000026", "Oeroeg", open=True))

    assert "Niet zeker" in texts
    assert not any("geleend" in text and text[0].isdigit() for text in texts)


def test_gate_that_may_beep():
    """It is told with the item it is about, and only there."""
    texts = paper(Entry("30000000000018", due=DUE, gate=True), Entry("30000000000026", due=DUE))
    beeps = [number for number, text in enumerate(texts) if "poortje" in text]

    assert len(beeps) == 1
    assert texts.index("30000000000018") < beeps[0] < texts.index("30000000000026")


def test_slip():
    """Each reason in words with its code, the items, the pass masked; the code to scan says what the desk needs and nothing of the guest."""
    lines = slip(Slip("Bibliotheek Waddenkust", AT, (Reason.BLOCKED_HERE, Reason.RESERVED), NUMBER, ("30000000000041",)), words("nl"))
    texts = said(lines)

    assert Pair("Code", "blocked_here") in lines
    assert Pair("Code", "reserved") in lines
    assert Pair("Exemplaar", "30000000000041") in lines
    assert Pair("Pas", "********011") in lines
    assert "Uw pas is bij deze bibliotheek geblokkeerd" in texts
    assert "Gereserveerd voor iemand anders." in texts
    assert [line for line in lines if isinstance(line, Qr)] == [Qr("2026-11-23T14:05+01:00\nblocked_here\nreserved\n30000000000041")]


def test_slip_without_a_pass():
    """A card that was no pass leaves no line about one."""
    assert "Pas" not in said(slip(Slip("Hier", AT, (Reason.NOT_A_LIBRARY_PASS,)), words("nl")))


@pytest.mark.parametrize("language", spoken())
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_fits_on_a_slip(reason, language):
    assert all(text.strip() for text in said(slip(Slip("Hier", AT, (reason,)), words(language))))


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Oeroeg", "Oeroeg"),
        ("  Een\n titel\tover\r\nregels\u2028heen ", "Een titel over regels heen"),
        ("x" * 72, "x" * 72),
        ("x" * 73, "x" * 71 + "…"),
        ("woord " * 20, "woord " * 10 + "woord…"),
        ("kort " + "x" * 100, "kort " + "x" * 66 + "…"),
        ("", ""),
    ],
)
def test_titles_are_shortened(title, short):
    """One line, at most 72 characters, cut at a word unless that would leave less than half."""
    assert shorten(title) == short


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NASTY)
def test_any_title_goes_on_paper(title):
    """Surrogates, control characters, tens of thousands of characters: never an exception, never a second line, never more than 72 characters."""
    short = shorten(title)
    assert len(short) <= 72
    assert len(short.splitlines()) <= 1
    for language in spoken():
        texts = paper(Entry("30000000000018", title, DUE), Entry("30000000000026", title, open=True), language=language)
        assert texts.count("30000000000018") == 1
        assert all(len(text.splitlines()) <= 1 for text in texts)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NASTY, st.lists(NASTY, max_size=3))
def test_any_barcode_and_library_name(name, items):
    """What is scanned and what the library calls itself is text like any other."""
    receipt(Receipt(name, AT, name, tuple(Entry(item, due=DUE) for item in items)), words("nl"))
    slip(Slip(name, AT, (Reason.NO_CHIP,), name, tuple(items)), words("nl"))
