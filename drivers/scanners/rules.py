"""Says what a scanned code is, by rules that a library writes: its beginning, end, length, form and check digit. Pure; not for taking codes off a scanner.

A rule fits a code when all that it asks for holds; the first rule that fits decides. Nothing is taken off the code: the number is the code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class CodeKind(StrEnum):
    """What a code belongs to."""

    PASS = "pass"
    ITEM = "item"


class CheckDigit(StrEnum):
    """How the last digit is made of those before it."""

    NONE = "none"
    MOD10 = "mod10"
    EAN13 = "ean13"
    LUHN = "luhn"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code must be. `pattern` fits the whole code; `length` in characters; what is empty, or 0, asks for nothing.

    Check digits: "mod10" weighs the digits before it 3, 1, 3... from the right, "ean13" is the same with 13 digits, "luhn" doubles every second one.
    Raises ValueError for a pattern that is none, and for a rule that asks for nothing.
    """

    kind: CodeKind
    pattern: str = ""
    prefix: str = ""
    suffix: str = ""
    length: int = 0
    check_digit: CheckDigit = CheckDigit.NONE

    def __post_init__(self) -> None:
        """Refuse what can never work."""
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"'{self.pattern}' is no pattern: {error}") from error
        if not (self.pattern or self.prefix or self.suffix or self.length or self.check_digit is not CheckDigit.NONE):
            raise ValueError("the rule asks for nothing, so every code would fit it")

    def against(self, code: str) -> str:
        """Why the code does not fit, as the end of a sentence; empty where it fits."""
        if self.prefix and not code.startswith(self.prefix):
            return f"it does not begin with '{self.prefix}'"
        if self.suffix and not code.endswith(self.suffix):
            return f"it does not end with '{self.suffix}'"
        if self.length and len(code) != self.length:
            return f"it has {len(code)} characters, not {self.length}"
        if self.pattern and not re.fullmatch(self.pattern, code):
            return f"it has not the form {self.pattern}"
        return _CHECKS[self.check_digit](code)

    def __str__(self) -> str:
        asked = [f"form {self.pattern}"] * bool(self.pattern)
        asked += [f"begins with '{self.prefix}'"] * bool(self.prefix) + [f"ends with '{self.suffix}'"] * bool(self.suffix)
        asked += [f"{self.length} characters"] * bool(self.length)
        asked += [f"check digit {self.check_digit}"] * (self.check_digit is not CheckDigit.NONE)
        return f"{self.kind}: {', '.join(asked)}"


def deciding(rules: Sequence[Rule], code: str) -> Rule | None:
    """The first rule that the code fits, None where it fits none."""
    return next((rule for rule in rules if not rule.against(code)), None)


def mod10(digits: str) -> int:
    """The check digit that belongs behind these digits, as in EAN and GTIN of any length (GS1 General Specifications, 7.9)."""
    return -sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(digits))) % 10


def luhn(digits: str) -> int:
    """The check digit that belongs behind these digits (ISO/IEC 7812-1, annex B)."""
    return -sum(sum(divmod(int(digit) * (2, 1)[place % 2], 10)) for place, digit in enumerate(reversed(digits))) % 10


_EAN13 = 13
_FEWEST = 2


def _check(code: str, right: Callable[[str], int]) -> str:
    if len(code) < _FEWEST or not code.isascii() or not code.isdecimal():
        return "it has a check digit only where it is all digits"
    digit = right(code[:-1])
    return "" if int(code[-1]) == digit else f"its check digit is {code[-1]} and must be {digit}"


def _check_ean13(code: str) -> str:
    return _check(code, mod10) if len(code) == _EAN13 else f"it has {len(code)} digits and an EAN-13 has {_EAN13}"


_CHECKS: Final[dict[CheckDigit, Callable[[str], str]]] = {
    CheckDigit.NONE: lambda _: "",
    CheckDigit.MOD10: lambda code: _check(code, mod10),
    CheckDigit.EAN13: _check_ean13,
    CheckDigit.LUHN: lambda code: _check(code, luhn),
}
