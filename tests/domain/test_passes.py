"""What a pass says about its holder, and what of it may be seen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.passes import NumberRule, PassKey, mask

ANNA = PassKey("20000000000011", "e00401", "NL-0702881037")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (PassKey("20000000000011"), True),
        (PassKey("20000000000011", "e00499", "NL-0899990000"), True),
        (PassKey("20000000000012", "e00401", "NL-0702881037"), False),
        (PassKey("", "e00401"), True),
        (PassKey("", "e00402"), False),
        (PassKey(), False),
    ],
    ids=["number", "number, other chip", "other number, same chip", "chip alone", "other chip", "nothing known"],
)
def test_same_holder(other, same):
    """Two keys are of one pass by their numbers where both have one, else by their chips; the owner decides nothing."""
    assert ANNA.same_holder(other) is same
    assert other.same_holder(ANNA) is same


def test_keys_that_say_nothing_are_of_nobody():
    assert not PassKey().same_holder(PassKey())
    assert not PassKey(owner="NL-070288").same_holder(PassKey(owner="NL-070288"))


def test_repr_names_nobody():
    assert "20000000000011" not in repr(ANNA)
    assert "e00401" not in repr(ANNA)
    assert "NL-0702881037" in repr(ANNA)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("20000000000011", "********011"),
        ("2000000000001112345678", "********678"),
        ("12345678", "*****678"),
        ("1234567", "*******"),
        ("1", "*"),
        ("", ""),
    ],
)
def test_mask(number, masked):
    """Three characters of a long number, none of a short one; the stars do not tell how long a long one is."""
    assert mask(number) == masked


@settings(deadline=None)
@given(st.text(min_size=8))
def test_mask_shows_the_last_three_at_most(number):
    assert mask(number).endswith(number[-3:])
    assert mask(number)[:-3].strip("*") == ""


@pytest.mark.parametrize("number", ["1234", "20000000000011", "A" * 20, "ab12"])
def test_number_that_fits(number):
    assert NumberRule().fits(number)


@pytest.mark.parametrize("number", ["", "123", "A" * 21, "1234 5678", "1234-5", "1234\n", "\uff11\uff12\uff13\uff14"])
def test_number_that_does_not_fit(number):
    assert not NumberRule().fits(number)


def test_pattern_is_of_the_whole_number():
    """A pattern that fits a part of the number is not enough."""
    rule = NumberRule(10, 14, r"2\d+")

    assert rule.fits("20000000000011")
    assert not rule.fits("30000000000011")
    assert not rule.fits("2000000000001x")
    assert not rule.fits("200000000")
