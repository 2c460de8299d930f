"""Rules that say what a scanned code is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanners.rules import CheckDigit, CodeKind, Rule, deciding, luhn, mod10

PASS, ITEM = CodeKind.PASS, CodeKind.ITEM


@pytest.mark.parametrize(
    ("rule", "code", "against"),
    [
        (Rule(PASS, r"2\d{13}"), "20000000000011", ""),
        (Rule(PASS, r"2\d{13}"), "200000000000110", "it has not the form"),
        (Rule(PASS, prefix="2"), "30000000000018", "it does not begin with '2'"),
        (Rule(PASS, suffix="X"), "123X", ""),
        (Rule(PASS, suffix="X"), "1234", "it does not end with 'X'"),
        (Rule(ITEM, length=14), "30000000000018", ""),
        (Rule(ITEM, length=14), "3", "it has 1 characters, not 14"),
        (Rule(ITEM, check_digit=CheckDigit.EAN13), "9780306406157", ""),
        (Rule(ITEM, check_digit=CheckDigit.EAN13), "9780306406158", "its check digit is 8 and must be 7"),
        (Rule(ITEM, check_digit=CheckDigit.EAN13), "96385074", "it has 8 digits and an EAN-13 has 13"),
        (Rule(ITEM, check_digit=CheckDigit.MOD10), "96385074", ""),
        (Rule(ITEM, check_digit=CheckDigit.LUHN), "79927398713", ""),
        (Rule(ITEM, check_digit=CheckDigit.LUHN), "79927398710", "its check digit is 0 and must be 3"),
        (Rule(ITEM, check_digit=CheckDigit.LUHN), "7992739871a", "it has a check digit only where it is all digits"),
        (Rule(ITEM, check_digit=CheckDigit.LUHN), "７９", "it has a check digit only where it is all digits"),
        (Rule(ITEM, check_digit=CheckDigit.LUHN), "", "it has a check digit only where it is all digits"),
    ],
)
def test_a_rule_says_why_a_code_does_not_fit(rule: Rule, code: str, against: str) -> None:
    """Published numbers with their check digits, and each way not to fit."""
    assert rule.against(code).startswith(against)
    assert bool(rule.against(code)) is bool(against)


def test_the_first_rule_that_fits_decides() -> None:
    """And none where none fits."""
    rules = (Rule(PASS, r"2\d{13}"), Rule(ITEM, r"\d{14}"))
    assert deciding(rules, "20000000000011") is rules[0]
    assert deciding(rules, "30000000000018") is rules[1]
    assert deciding(rules, "abc") is None


def test_a_rule_that_can_never_work_is_refused() -> None:
    """No pattern, nothing asked."""
    with pytest.raises(ValueError, match="is no pattern"):
        Rule(PASS, "(")
    with pytest.raises(ValueError, match="every code"):
        Rule(PASS)


def test_a_rule_can_be_read_aloud() -> None:
    """All that it asks for."""
    rule = Rule(PASS, r"\d+", "2", "9", 14, CheckDigit.LUHN)
    assert str(rule) == r"pass: form \d+, begins with '2', ends with '9', 14 characters, check digit luhn"


@given(st.from_regex(r"[0-9]{1,20}", fullmatch=True), st.data())
def test_check_digits_find_any_single_wrong_digit(digits: str, data: st.DataObject) -> None:
    """Both kinds do; that is what they are for."""
    for digit, check in ((mod10, CheckDigit.MOD10), (luhn, CheckDigit.LUHN)):
        code = f"{digits}{digit(digits)}"
        place = data.draw(st.integers(0, len(code) - 1))
        wrong = code[:place] + str((int(code[place]) + data.draw(st.integers(1, 9))) % 10) + code[place + 1 :]
        rule = Rule(ITEM, check_digit=check)
        assert not rule.against(code)
        assert rule.against(wrong)
