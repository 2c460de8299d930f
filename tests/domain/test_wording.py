"""Every reason that the kiosk can give has a side and words, in every language it speaks."""

import itertools
from dataclasses import fields
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.patrons import HomeLibrary
from kiosk.domain.refusals import Cause, Reason, Refusal, Side
from kiosk.domain.wording import item_refused, visit_refused, who_helps
from kiosk.locale import spoken, words

BEDUM = HomeLibrary("NL-070288", "Biblionet Groningen", phone="050 - 123 45 67")

SIDES = {
    Side.PASS: "no_chip chip_unreadable not_a_library_pass item_not_pass several_passes",
    Side.HOME: "home_subscription_invalid",
    Side.DESK: "not_registered subscription_ended blocked_here card_lost pin_wrong no_strips limit_reached fees_open",
    Side.ITEM: "unknown_item reserved on_loan_to_other already_yours not_for_loan not_for_guests age incomplete_set",
    Side.TECHNICAL: "library_silent outcome_unknown security_not_released reader_down printer_down",
}
"""The codes as desks know them. They are printed on slips: a code that is gone, or that changed sides, is a fault here and not in this table."""


def test_codes_and_sides_are_stable():
    assert {reason.value: reason.side for reason in Reason} == {code: side for side, codes in SIDES.items() for code in codes.split()}


@pytest.mark.parametrize("language", spoken())
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason, language):
    """A visit and an item can be refused for any reason, with any facts or none; no sentence is empty or has a hole in it."""
    say = words(language)
    for home, cause, age in itertools.product((None, BEDUM, HomeLibrary("NL-070288", "")), (None, *Cause), (None, 0, 16)):
        refusal = Refusal(reason, home, cause, age)
        wording = visit_refused(refusal, say)
        for sentence in (wording.heading, wording.why, wording.step, *item_refused(refusal, say)):
            assert sentence.strip()
            assert "{" not in sentence
            assert "None" not in sentence


@pytest.mark.parametrize("reason", Reason)
def test_dutch_is_not_english(reason):
    """No sentence falls back to its English id."""
    refusal = Refusal(reason, BEDUM, Cause.FINE, 16)
    dutch, english = words("nl"), words("en")

    for field in fields(visit_refused(refusal, dutch)):
        assert getattr(visit_refused(refusal, dutch), field.name) != getattr(visit_refused(refusal, english), field.name)
    for mine, theirs in zip(item_refused(refusal, dutch), item_refused(refusal, english), strict=True):
        assert mine != theirs


@pytest.mark.parametrize("language", spoken())
def test_each_side_has_its_own_words(language):
    assert len({who_helps(side, words(language)) for side in Side}) == len(Side)


def test_each_reason_of_a_visit_has_its_own_words():
    """Nobody is told the general sentence where the code says more; those of items and devices never stop a visit by themselves."""
    stops = [reason for reason in Reason if reason.side in {Side.PASS, Side.HOME, Side.DESK} or reason is Reason.LIBRARY_SILENT]

    assert len({visit_refused(Refusal(reason), words("nl")).heading for reason in stops}) == len(stops)


@pytest.mark.parametrize("cause", [None, *Cause])
def test_home_library_is_named(cause):
    """Who is refused by his home library reads which one that is, in the reason and in the next step."""
    wording = visit_refused(Refusal(Reason.HOME_SUBSCRIPTION_INVALID, BEDUM, cause), words("nl"))

    assert "Biblionet Groningen" in wording.why
    assert "Biblionet Groningen" in wording.step


def test_home_causes_differ():
    """Expired and a fine are told apart; that it said another cause is no more than that it said none."""
    why = {cause: visit_refused(Refusal(Reason.HOME_SUBSCRIPTION_INVALID, BEDUM, cause), words("nl")).why for cause in (None, *Cause)}

    assert len({why[Cause.EXPIRED], why[Cause.FINE], why[Cause.OTHER]}) == 3
    assert why[None] == why[Cause.OTHER]


def test_age_is_told_where_it_is_known():
    assert "16" in item_refused(Refusal(Reason.AGE, from_age=16), words("nl"))[0]
    assert item_refused(Refusal(Reason.AGE), words("nl"))[0] == "U bent te jong voor dit exemplaar."


@settings(deadline=None)
@given(st.text())
def test_name_from_outside_is_no_template(name):
    """A library may be called anything, braces and percent signs among it."""
    wording = visit_refused(Refusal(Reason.HOME_SUBSCRIPTION_INVALID, HomeLibrary("NL-070288", name)), words("nl"))

    assert (name or "uw eigen bibliotheek") in wording.why


@pytest.mark.parametrize("name", ["{library}", "{0}", "{", "}", "{library.__class__}", "%s", "%(library)s"])
def test_braces_from_outside_stay(name):
    wording = visit_refused(Refusal(Reason.HOME_SUBSCRIPTION_INVALID, HomeLibrary("NL-070288", name)), words("en"))

    assert wording.step == f"Contact {name}. As soon as it is settled there, you can borrow here again."


def test_days():
    """A day is told as people say it, in each language."""
    day = date(2026, 12, 4)

    assert words("nl").day(day) == "4 december"
    assert words("nl").day_and_year(day) == "4 december 2026"
    assert words("en").day(day) == "4 December"
    assert words("en").day_and_year(day) == "4 December 2026"
