"""Items and loans, as the library answers them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Loan:
    """One item lent. `strips` is what it cost, `strips_left` what remains (None: this patron needs none).

    `title` is text from outside: any length, any character. `release_security`: the gate bit is to be released now.
    """

    id: str
    item: str
    title: str = field(repr=False)
    due: date
    strips: int = 0
    strips_left: int | None = None
    release_security: bool = True


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """What the library has on record for one visit: the loans made in it and the strips that are left."""

    loans: tuple[Loan, ...]
    strips: int | None
