"""Pages to draw: every page that sessions lead to, in Dutch and in English, made by `present`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from drivers.contract import Role
from drivers.errors import Fault
from kiosk.domain.items import Loan
from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import HomeLibrary, OpenVisit, Patron, PatronKind, Subscription
from kiosk.domain.refusals import Cause, Reason, Refusal
from kiosk.engine.loop import Ring, Snapshot
from kiosk.locale import NAMES, words
from kiosk.session.events import TimerName
from kiosk.session.places import (
    Checking,
    Desk,
    Ending,
    Farewell,
    Gate,
    ItemRow,
    Lending,
    Paper,
    Reading,
    Refused,
    Remark,
    RowState,
    Session,
    Settling,
)
from kiosk.ui.page import Page
from kiosk.ui.present import Hall, present
from tests.ui.samples import NOW, OTHERS, nasty

LIBRARY = "Bibliotheek Waddenkust"
_AT = datetime(2026, 11, 23, 14, 3, tzinfo=ZoneInfo("Europe/Amsterdam"))
_HALL = Hall(LIBRARY, NAMES)
_HOME = HomeLibrary("NL-070288", "Biblionet Groningen, Blijham", phone="050 000 00 00", web="www.biblionetgroningen.nl")
_GUEST = OpenVisit(
    "v1",
    Patron(PatronKind.GUEST, "A.", "", _HOME),
    Subscription("Gastabonnement", date(2027, 11, 23)),
    strips=123,
    loans=2,
    loans_allowed=20,
)
_KEY = PassKey("20000000000011", "e00401", "NL-0702881037")
_DUE = date(2026, 12, 14)


def _lent(item: str, title: str, gate: Gate = Gate.RELEASED) -> ItemRow:
    return ItemRow(item, 1, RowState.LENT, Loan("l", item, title, _DUE, 1, 123), title, gate=gate)


def _refused(item: str, title: str, *reasons: Reason) -> ItemRow:
    return ItemRow(item, 1, RowState.REFUSED, title=title, refusals=tuple(Refusal(reason, from_age=16) for reason in reasons))


_ROWS = (
    _lent("30000000000001", "De avond is ongemak"),
    _lent("30000000000002", "Oeroeg"),
    ItemRow("30000000000003", 3),
    _refused("30000000000041", "Het diner", Reason.RESERVED),
)
_MANY = tuple(_lent(str(30000000000000 + n), f"Boek nummer {n}") for n in range(30))
_EVERY_STATE = (
    _lent("30000000000001", "Feroaring fan lucht", Gate.FAILED),
    _lent("30000000000002", "Кобзар", Gate.RELEASING),
    ItemRow("30000000000003", 3, RowState.UNCERTAIN, title="موسم الهجرة إلى الشمال"),
    ItemRow("30000000000004", 3, RowState.OPEN, title="Max Havelaar"),
    _refused("30000000000051", "American Psycho", Reason.AGE, Reason.NOT_FOR_GUESTS),
)


def _lending(rows: tuple[ItemRow, ...] = (), visit: OpenVisit = _GUEST, *, warned: bool = False) -> Lending:
    return Lending(_KEY, visit, rows, visit.strips, warned)


def _farewell(rows: tuple[ItemRow, ...], paper: Paper, ending: Ending = Ending.DONE) -> Farewell:
    return Farewell(_KEY, _GUEST, rows, 123, ending, paper)


_SESSIONS = {
    "attract": Session(),
    "attract_without_paper": Session(health={Role.PRINTER: Fault.PAPER_OUT}),
    "out_of_order": Session(health={Role.PASS_READER: Fault.UNPLUGGED}),
    "reading": Session(place=Reading()),
    "checking": Session(place=Checking(1, _KEY)),
    "put_items": Session(place=_lending()),
    "lending": Session(place=_lending(_ROWS)),
    "lending_many": Session(place=_lending(_MANY)),
    "lending_every_state": Session(place=_lending(_EVERY_STATE), remark=Remark.SECOND_PASS),
    "lending_provisional": Session(
        place=_lending(_ROWS[:1], replace(_GUEST, subscription=Subscription("Gastabonnement", date(2027, 2, 23), provisional=True)))
    ),
    "warned": Session(place=_lending(_ROWS, warned=True)),
    "settling": Session(place=Settling(_KEY, _GUEST, _ROWS[:3], 123, Ending.DONE)),
    "farewell": Session(place=_farewell((*_ROWS[:2], _ROWS[3]), Paper.ASKED)),
    "farewell_printed": Session(place=_farewell(_ROWS[:2], Paper.PRINTED)),
    "farewell_without_paper": Session(place=_farewell(_ROWS[:2], Paper.FAILED)),
    "farewell_nothing": Session(place=_farewell((), Paper.DECLINED)),
    "desk": Session(place=Desk(_KEY)),
    "desk_printed": Session(place=Desk(_KEY, Paper.PRINTED)),
    "refused": Session(place=Refused((Refusal(Reason.HOME_SUBSCRIPTION_INVALID, _HOME, Cause.EXPIRED),))),
    "refused_twice": Session(place=Refused((Refusal(Reason.BLOCKED_HERE), Refusal(Reason.NO_STRIPS)))),
    "refused_bank_card": Session(place=Refused((Refusal(Reason.NOT_A_LIBRARY_PASS),))),
    "refused_silent": Session(place=Refused((Refusal(Reason.LIBRARY_SILENT),), Paper.FAILED)),
}
_RINGS = {
    "warned": {TimerName.GIVE_UP: Ring(NOW + 13, 20)},
    "farewell": {TimerName.PAPER: Ring(NOW + 8, 10)},
}


def _pages(language: str) -> dict[str, Page]:
    """What `present` makes of every session above."""
    return {
        name: present(Snapshot(replace(session, language=language), _AT, _RINGS.get(name, {})), _HALL, words)
        for name, session in _SESSIONS.items()
    }


DUTCH = _pages("nl")
ENGLISH = _pages("en")


def every_page() -> dict[str, Page]:
    """All of them, and samples of other scripts and of titles that would hurt, by a name for a file."""
    real = {f"nl-{name}": page for name, page in DUTCH.items()} | {f"en-{name}": page for name, page in ENGLISH.items()}
    return real | {f"xx-{name}": page for name, page in OTHERS.items()} | {"xx-nasty": nasty()}
