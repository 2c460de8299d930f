"""What a pass says about its holder: a list of keys that the library may know him by. Never proof that he may borrow; the library decides that."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class ReadFrom(StrEnum):
    """How the pass was read. Only a chip opens self-service."""

    CHIP = "chip"
    BARCODE = "barcode"


@dataclass(frozen=True, slots=True)
class PassKey:
    """What the library is asked with: the number on the pass, the UID of its chip, the ISIL of its owner; what is not known is empty.

    Number and UID name a person and are kept out of `repr`.
    """

    number: str = field(default="", repr=False)
    uid: str = field(default="", repr=False)
    owner: str = ""
    read_from: ReadFrom = ReadFrom.CHIP

    def same_holder(self, other: PassKey) -> bool:
        """Whether both keys are of one pass: by number where both have one, else by UID."""
        if self.number and other.number:
            return self.number == other.number
        return bool(self.uid) and self.uid == other.uid


@dataclass(frozen=True, slots=True)
class NumberRule:
    """How the pass numbers of this region look. There is no public check digit, so length and letters are all that can be asked."""

    shortest: int = 4
    longest: int = 20
    pattern: str = "[0-9A-Za-z]+"

    def fits(self, number: str) -> bool:
        """Whether this can be a pass number."""
        return self.shortest <= len(number) <= self.longest and re.fullmatch(self.pattern, number) is not None


_SHOWN = 3
_LONG_ENOUGH = 8  # of a shorter number, three characters would tell too much


def mask(number: str) -> str:
    """A pass number for paper: the last three characters, the rest as stars; short numbers are all stars."""
    shown = number[-_SHOWN:] if len(number) >= _LONG_ENOUGH else ""
    return "*" * min(len(number) - len(shown), 8) + shown
