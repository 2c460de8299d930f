"""Which ISILs name the same institution. Numbering of Dutch codes: Gids voor Nederland, "Coderingssystematiek"."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.domain.isil import institution, same_institution


@pytest.mark.parametrize("isil", ["NL-0702881037", "NL-070288", "nl-0702881037", "NL0702881037", "nl070288", " NL-0702881037 \n"])
def test_location_does_not_count(isil):
    """The last four digits name a location: with or without them, in any case, the institution is the same."""
    assert institution(isil) == "NL-070288"


@pytest.mark.parametrize("isil", ["DE-1", "DK-718500", "BE-A0001", "OCLC-DLC", "US-DLC:m/x"])
def test_foreign_codes_stay_whole(isil):
    """How other countries number locations is not ours to know: their codes come back as they are."""
    assert institution(isil) == isil


@pytest.mark.parametrize(
    "isil",
    ["", "NL-", "NL-07028", "NL-07028810371", "NL-ABCDEF", "nl-abcdef", "Bedum", "-070288", "DE-", "DE-123456789012", "NL-070288\x00"],
)
def test_nonsense_raises(isil):
    with pytest.raises(ValueError, match="is no ISIL"):
        institution(isil)


@pytest.mark.parametrize("isil", ["NL-０７０２８８", "NL-٠٧٠٢٨٨"])
def test_digits_are_ascii(isil):
    """Digits of another script are no ISIL: they would look like the same institution and equal none."""
    with pytest.raises(ValueError, match="is no ISIL"):
        institution(isil)


def test_same_institution():
    assert same_institution("NL-0702881037", "nl-0702881045")
    assert not same_institution("NL-0702881037", "NL-0899990000")


def test_what_is_no_isil_equals_nothing():
    """Not even itself: an owner that cannot be read never makes anybody a member."""
    assert not same_institution("", "")
    assert not same_institution("Bedum", "Bedum")
    assert not same_institution("NL-0702881037", "")


@settings(deadline=None)
@given(st.text())
def test_any_text_is_an_institution_or_a_value_error(text):
    """What comes back is itself an institution."""
    try:
        found = institution(text)
    except ValueError:
        assert not same_institution(text, text)
    else:
        assert institution(found) == found
