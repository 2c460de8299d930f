"""Who stands before the kiosk, as far as the kiosk may know: no name, no address; initials, home library, subscription, strips."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class PatronKind(StrEnum):
    """A guest's home library is another one; everybody else is a regular patron."""

    GUEST = "guest"
    REGULAR = "regular"


@dataclass(frozen=True, slots=True)
class HomeLibrary:
    """The library where a guest is a member, and how to reach it; what is not known is empty."""

    isil: str
    name: str
    phone: str = ""
    email: str = ""
    web: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Patron:
    """The person as the screen may show him. `language` is a language code ("nl"), empty where the library does not know it."""

    kind: PatronKind
    initials: str = field(repr=False)
    language: str = ""
    home: HomeLibrary | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """The right to borrow. `provisional`: registered today; the real term is fetched from the home library tonight."""

    name: str
    until: date | None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class OpenVisit:
    """The library says: he may borrow. `strips` is None for who needs none; `loans` are open now, at most `loans_allowed` at once."""

    id: str
    patron: Patron
    subscription: Subscription
    strips: int | None
    loans: int
    loans_allowed: int
    notices: tuple[str, ...] = ()
