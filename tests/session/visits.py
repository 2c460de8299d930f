"""Makes of visits for the tests of the session: a guest, his loans, and a small driver that walks the reducer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from drivers.contract import ItemSighting, Seen
from kiosk.domain.items import Loan
from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import HomeLibrary, OpenVisit, Patron, PatronKind, Subscription
from kiosk.session.effects import AskLoan, AskVisit, Effect
from kiosk.session.events import Event, LoanMade, PadChanged, PassSeen, VisitOpened
from kiosk.session.places import Session
from kiosk.session.reducer import reduce

ANNA = PassKey("20000000000011", "e00401", "NL-0702881037")
JOKE = PassKey("20000000000020", "e00402", "NL-0899990000")
DUE = date(2026, 12, 14)
BOOK, OTHER_BOOK = "30000000000018", "30000000000026"

E = TypeVar("E", bound=Effect)


def opened(visit_id: str = "v1", *, strips: int | None = 125, language: str = "nl") -> OpenVisit:
    home = HomeLibrary("NL-070288", "Biblionet Groningen")
    return OpenVisit(
        visit_id, Patron(PatronKind.GUEST, "A.", language, home), Subscription("Gastabonnement", date(2027, 11, 23)), strips, 0, 20
    )


def loan(item: str, strips_left: int | None = 124) -> Loan:
    return Loan(f"loan-{item}", item, f"Title of {item}", DUE, 1, strips_left)


def lying(*items: str, secured: bool = True) -> PadChanged:
    return PadChanged(tuple(ItemSighting(item, bytes.fromhex(item), secured) for item in items))


@dataclass
class Walk:
    """A session that is walked on event by event; `done` is every effect so far."""

    session: Session = field(default_factory=Session)
    done: list[Effect] = field(default_factory=list)
    last: tuple[Effect, ...] = ()

    def on(self, *events: Event) -> Walk:
        for event in events:
            self.session, self.last = reduce(self.session, event)
            self.done.extend(self.last)
        return self

    def effects(self, kind: type[E]) -> list[E]:
        return [effect for effect in self.done if isinstance(effect, kind)]

    def admitted(self, key: PassKey = ANNA, visit: OpenVisit | None = None) -> Walk:
        """A pass is held, and the library says yes."""
        self.on(PassSeen(Seen.PASS, key))
        asked = self.effects(AskVisit)[-1]
        return self.on(VisitOpened(asked.visit, asked.request, visit or opened()))

    def lent(self, *items: str) -> Walk:
        """Items are put on the pad beside what lies there, and the library lends all of them."""
        here = tuple(sighting.item for sighting in self.session.pad)
        self.on(lying(*here, *items))
        for asked in self.effects(AskLoan)[-len(items) :]:
            self.on(LoanMade(asked.visit, asked.request, loan(asked.item)))
        return self
