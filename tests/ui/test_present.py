"""What stands on each page, in each language, for every place a visit can be in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import get_args

import pytest

from drivers.contract import Role
from drivers.errors import Fault
from kiosk.domain.items import Loan
from kiosk.domain.patrons import HomeLibrary, PatronKind, Subscription
from kiosk.domain.refusals import Cause, Reason, Refusal, Side
from kiosk.domain.wording import item_refused, visit_refused
from kiosk.engine.loop import Ring, Snapshot
from kiosk.engine.time import ZONE
from kiosk.locale import NAMES, words
from kiosk.session.events import TimerName
from kiosk.session.places import (
    Attract,
    Checking,
    Desk,
    Ending,
    Farewell,
    Gate,
    ItemRow,
    Lending,
    Paper,
    Place,
    Reading,
    Refused,
    Remark,
    RowState,
    Session,
    Settling,
)
from kiosk.ui.page import Countdown, Page, Tone
from kiosk.ui.present import Hall, present
from tests.session.visits import ANNA, BOOK, opened

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=ZONE)
LIBRARY = "Bibliotheek Waddenkust"
HOME = HomeLibrary("NL-070288", "Biblionet Groningen", "050 123 45 67", "info@bg.nl", "bg.nl", "Hoofdweg 1, Bedum")
VISIT = opened()
NAMES_OF_PAGES = {
    "attract", "reading", "checking", "pin", "lending", "settling", "farewell", "desk", "refused",
    "returning", "account", "pad_not_empty", "out_of_order", "staff",
}  # fmt: skip
NAMES_OF_BUTTONS = {
    "done", "stop", "more_time", "language", "help", "undo", "receipt", "no_receipt", "print_slip", "lend", "return",
    "account", "renew", "renew_all", "text_size", "contrast", "low_reach", "speech",
}  # fmt: skip
"""The names that stories and tests rely on."""


def loan(item: str, *, title: str = "", due: date = date(2026, 12, 14), strips: int = 1, left: int | None = 124) -> Loan:
    return Loan(f"loan-{item}", item, title, due, strips, left)


def lent(
    item: str = BOOK, *, title: str = "Oeroeg", gate: Gate = Gate.RELEASED, due: date = date(2026, 12, 14), left: int | None = 124
) -> ItemRow:
    return ItemRow(item, 1, RowState.LENT, loan(item, title=title, due=due, left=left), title, gate=gate)


ROWS = {
    "asking": ItemRow("1", 1),
    "uncertain": ItemRow("2", 2, RowState.UNCERTAIN, title="Het diner"),
    "lent": lent("3"),
    "releasing": lent("4", gate=Gate.RELEASING),
    "gate failed": lent("5", gate=Gate.FAILED),
    "lent without strips": lent("6", left=None),
    "refused": ItemRow("7", 7, RowState.REFUSED, refusals=(Refusal(Reason.RESERVED), Refusal(Reason.AGE, from_age=16))),
    "open": ItemRow("8", 8, RowState.OPEN, refusals=(Refusal(Reason.OUTCOME_UNKNOWN),)),
}
ALL_ROWS = tuple(ROWS.values())


def farewell(*rows: ItemRow, paper: Paper = Paper.ASKED) -> Farewell:
    return Farewell(ANNA, VISIT, rows, 123, Ending.DONE, paper)


PLACES: dict[str, Place] = {
    "attract": Attract(),
    "reading": Reading(),
    "checking": Checking(1, ANNA),
    "lending, empty": Lending(ANNA, VISIT, (), 125),
    "lending": Lending(ANNA, VISIT, ALL_ROWS, 123),
    "lending, warned": Lending(ANNA, VISIT, ALL_ROWS, 123, warned=True),
    "lending, no strips": Lending(ANNA, opened(strips=None), (), None),
    "settling": Settling(ANNA, VISIT, ALL_ROWS, 123, Ending.DONE),
    **{f"farewell, {paper}": farewell(*ALL_ROWS, paper=paper) for paper in Paper},
    "farewell, nothing": farewell(paper=Paper.DECLINED),
    **{f"desk, {paper}": Desk(ANNA, paper) for paper in Paper},
    **{f"refused, {reason}": Refused((Refusal(reason, HOME, Cause.FINE, 16),)) for reason in Reason},
    **{f"refused, {paper}": Refused((Refusal(Reason.BLOCKED_HERE),), paper) for paper in Paper},
}


def page_of(place: Place, language: str = "nl", *, pad: bool = True, rings: dict[TimerName, Ring] | None = None, **session: object) -> Page:
    snapshot = Snapshot(replace(Session(place=place, language=language), **session), NOW, MappingProxyType(rings or {}))
    return present(snapshot, Hall(LIBRARY, NAMES, pad=pad), words)


def text(page: Page) -> str:
    return "\n".join(page.texts())


def down(*roles: Role) -> MappingProxyType[Role, Fault]:
    return MappingProxyType(dict.fromkeys(roles, Fault.UNPLUGGED))


# -- every page


def test_every_place_is_looked_at():
    assert {type(place) for place in PLACES.values()} == set(get_args(Place))


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", PLACES)
def test_every_page(name, language):
    """A known name, the library's, a heading; known buttons of which at most one is primary; every language can be chosen, the present one is marked."""
    page = page_of(PLACES[name], language)

    assert page.name in NAMES_OF_PAGES
    assert page.name == name.partition(",")[0]
    assert page.library == LIBRARY
    assert page.heading
    assert page.language == language
    assert {action.name for action in page.actions} <= NAMES_OF_BUTTONS
    assert len({action.name for action in page.actions}) == len(page.actions)
    assert sum(action.primary for action in page.actions) <= 1
    assert all(action.label for action in page.actions)
    assert [(one.code, one.label, one.name, one.chosen) for one in page.languages] == [
        ("nl", "NL", "Nederlands", language == "nl"),
        ("en", "EN", "English", language == "en"),
    ]


@pytest.mark.parametrize("name", [name for name in PLACES if not name.startswith(("reading", "settling", "checking", "attract"))])
def test_who_must_act_has_a_button(name):
    """Only pages that go on by themselves, and a receipt that is being printed, have none to tap."""
    assert page_of(PLACES[name]).actions or name == "farewell, printing"


@pytest.mark.parametrize("name", PLACES)
def test_no_page_names_anybody(name):
    """Neither the number nor the chip of the pass stands on any page."""
    page = page_of(PLACES[name])

    assert ANNA.number not in text(page)
    assert ANNA.uid not in text(page)


OUTSIDE = {LIBRARY, HOME.name, HOME.phone, HOME.web, HOME.address, "Oeroeg", "Het diner", *(row.item for row in ALL_ROWS)}
SAME_IN_BOTH = re.compile(r"\d+ strips?|[a-z_ ]+ · 14:05|\d+", re.ASCII)
"""What is the same in both languages: the word strip, the code at the foot, numbers."""


@pytest.mark.parametrize("remark", [None, *Remark])
@pytest.mark.parametrize("name", PLACES)
def test_dutch_page_has_no_english(name, remark):
    """Every text of ours differs between the languages; what comes from outside is the same in both."""
    dutch, english = (list(page_of(PLACES[name], language, remark=remark).texts()) for language in ("nl", "en"))

    assert len(dutch) == len(english)
    for mine, theirs in zip(dutch, english, strict=True):
        if mine and mine not in OUTSIDE and not SAME_IN_BOTH.fullmatch(mine):
            assert mine != theirs


@pytest.mark.parametrize("name", PLACES)
def test_no_text_has_a_hole(name):
    for language in ("nl", "en"):
        for part in page_of(PLACES[name], language).texts():
            assert "{" not in part
            assert "None" not in part


NASTY = ["{initials}", "[b]x[/b]", "\x00\x1b[31m", "\ud800", "x" * 10_000, "regel\nregel", "\u202eomgekeerd", "%s", "&amp;<b>", " "]


@pytest.mark.parametrize("title", NASTY)
def test_titles_pass_through(title):
    """A title from outside stands on the page as it came; shortening and drawing are the screen's work."""
    rows = (
        lent("1", title=title),
        lent("2", title=title, gate=Gate.FAILED),
        ItemRow("3", 3, RowState.REFUSED, title=title, refusals=(Refusal(Reason.RESERVED),)),
        ItemRow("4", 4, title=title),
    )
    assert [row.title for row in page_of(Lending(ANNA, VISIT, rows, 1)).rows] == [title] * 4
    boxes = page_of(farewell(*rows)).boxes
    assert boxes[0].paragraphs[0].startswith(f"{title} · ")
    assert title in boxes[1].paragraphs


@pytest.mark.parametrize("name", NASTY)
def test_names_pass_through(name):
    """So do initials, subscription and the name of the home library."""
    home = replace(HOME, name=name)
    visit = replace(VISIT, patron=replace(VISIT.patron, initials=name, home=home), subscription=Subscription(name, date(2027, 1, 2)))
    page = page_of(Lending(ANNA, visit, (), 1))

    assert page.greeting == f"Dag {name}"
    assert page.badge == f"Gast van {name}"
    assert page.chips[-1] == f"{name} t/m 2 januari 2027"


# -- attract


def test_attract():
    page = page_of(Attract())

    assert (page.name, page.heading, page.notices, page.code) == ("attract", "Houd uw pas bij de lezer", (), "")


def test_printer_that_is_down():
    """Guests may borrow all the same, and are told beforehand."""
    page = page_of(Attract(), health=down(Role.PRINTER))

    assert page.name == "attract"
    assert [notice.text for notice in page.notices] == ["Printen lukt nu niet. U ziet op het scherm wanneer u moet inleveren."]


def test_pass_reader_that_is_down():
    """Nobody is invited to hold a pass then; the desk can look up the code."""
    page = page_of(Attract(), health=down(Role.PASS_READER, Role.PRINTER))

    assert page.name == "out_of_order"
    assert page.code == "reader_down · 14:05"
    assert "balie" in page.lead


@pytest.mark.parametrize("role", [Role.ITEM_READER, Role.SCANNER])
def test_other_devices_stop_nobody(role):
    assert page_of(Attract(), health=down(role)).name == "attract"


@pytest.mark.parametrize("name", [name for name in PLACES if name != "attract"])
def test_visit_goes_on_while_devices_are_down(name):
    """A reader that fails in the middle of a visit does not take the page away."""
    assert page_of(PLACES[name], health=down(*Role)).name == name.partition(",")[0]


# -- lending


def test_rights():
    """Strips left, items still allowed, subscription and until when."""
    page = page_of(Lending(ANNA, replace(VISIT, loans=3), (lent(),), 124))

    assert page.chips == ("124 leenstrips", "nog 16 exemplaren", "Gastabonnement t/m 23 november 2027")
    assert page.badge == "Gast van Biblionet Groningen"
    assert page.greeting == "Dag A."


def test_rights_of_who_has_few():
    """One is one; who has more than he may is not told a negative number; a subscription without an end has none."""
    visit = replace(VISIT, loans=25, subscription=Subscription("Gastabonnement", None))

    assert page_of(Lending(ANNA, visit, (), 1)).chips == ("1 leenstrip", "nog 0 exemplaren", "Gastabonnement")
    assert page_of(Lending(ANNA, replace(VISIT, loans=19), (), None)).chips[0] == "nog 1 exemplaar"


def test_regular_patron():
    """He is nobody's guest, and is greeted also where the library tells no initials."""
    patron = replace(VISIT.patron, kind=PatronKind.REGULAR, initials="")
    page = page_of(Lending(ANNA, replace(VISIT, patron=patron), (), None))

    assert page.badge == ""
    assert page.greeting == "Welkom"


def test_provisional_subscription():
    """The end date on the screen is not the real one, and the guest is told so."""
    visit = replace(VISIT, subscription=Subscription("Gastabonnement", date(2027, 2, 23), provisional=True))

    assert any("Vannacht" in notice.text for notice in page_of(Lending(ANNA, visit, (), 1)).notices)
    assert page_of(PLACES["lending"]).notices == ()


def test_done_counts_what_was_lent():
    """Only what was lent, not what was asked or refused."""
    assert [action.label for action in page_of(PLACES["lending, empty"]).actions] == ["Stoppen", "Klaar"]
    assert [action.label for action in page_of(PLACES["lending"]).actions] == ["Stoppen", "Klaar, 4 geleend"]


def test_kiosk_without_a_pad():
    """Items are scanned there, and nothing speaks of a shelf."""
    assert page_of(PLACES["lending, empty"], pad=False).heading == "Scan de streepjescode van uw boeken"
    assert "plank" not in text(page_of(PLACES["lending, empty"], pad=False, remark=Remark.ITEM_ON_PASS_READER))
    assert "plank" in text(page_of(PLACES["lending, empty"], remark=Remark.ITEM_ON_PASS_READER))


@pytest.mark.parametrize(
    ("row", "tone", "title", "details", "aside"),
    [
        ("asking", Tone.WAIT, "1", ("even vragen …",), ()),
        ("uncertain", Tone.WAIT, "Het diner", ("Het antwoord kwam niet aan; we zoeken dit na …",), ()),
        ("lent", Tone.OK, "Oeroeg", ("1 strip",), ("uiterlijk terug", "14 december")),
        ("releasing", Tone.OK, "Oeroeg", ("1 strip", "Laat het nog even liggen …"), ("uiterlijk terug", "14 december")),
        (
            "gate failed",
            Tone.INFO,
            "Oeroeg",
            ("1 strip", "Het poortje kan piepen. Leg het nog eens neer, of laat het zien aan de balie."),
            ("uiterlijk terug", "14 december"),
        ),
        ("lent without strips", Tone.OK, "Oeroeg", ("geleend",), ("uiterlijk terug", "14 december")),
        (
            "refused",
            Tone.NO,
            "7",
            ("Gereserveerd voor iemand anders.", "Dit is voor 16 jaar en ouder.", "Leg het op de kar naast de kiosk."),
            (),
        ),
        ("open", Tone.INFO, "8", ("We weten niet zeker of dit is uitgeleend.", "Laat het zien aan de balie."), ()),
    ],
)
def test_rows(row, tone, title, details, aside):
    """Each state in words, not in colour alone; every reason that holds, and one next step; the barcode where there is no title."""
    (shown,) = page_of(Lending(ANNA, VISIT, (ROWS[row],), 1)).rows

    assert (shown.key, shown.tone, shown.title, shown.details, shown.aside) == (ROWS[row].item, tone, title, details, aside)


@pytest.mark.parametrize("reason", Reason)
def test_item_refused_for_any_reason(reason):
    refusal = Refusal(reason)
    (row,) = page_of(Lending(ANNA, VISIT, (ItemRow("7", 7, RowState.REFUSED, refusals=(refusal,)),), 1)).rows

    assert row.details == item_refused(refusal, words("nl"))


def test_refused_without_a_reason():
    """A row is never without words."""
    (row,) = page_of(Lending(ANNA, VISIT, (ItemRow("7", 7, RowState.REFUSED),), 1)).rows

    assert all(row.details)


def test_idle_warning():
    """It stands over the page with its countdown; while it does, only "more time" and the languages can be tapped."""
    page = page_of(PLACES["lending, warned"], rings={TimerName.GIVE_UP: Ring(1020.0, 20.0), TimerName.REMARK: Ring(1001.0, 8.0)})

    assert page.overlay is not None
    assert page.overlay.action.name == "more_time"
    assert page.overlay.action.countdown == Countdown(1020.0, 20.0)
    assert page.overlay.heading == "Bent u er nog?"
    assert page.buttons() == ("more_time", "language:nl", "language:en")
    assert page.rows == page_of(PLACES["lending"]).rows
    assert {"Bent u er nog?", "Meer tijd"} <= set(page.texts())


def test_without_a_warning():
    page = page_of(PLACES["lending"], rings={TimerName.IDLE: Ring(1040.0, 40.0)})

    assert page.overlay is None
    assert page.buttons() == ("stop", "done", "language:nl", "language:en")


@pytest.mark.parametrize("remark", Remark)
def test_remark_is_told_beside_the_page(remark):
    """The page stays what it is, and has one notice more."""
    page, plain = page_of(PLACES["lending"], remark=remark), page_of(PLACES["lending"])

    assert len(page.notices) == len(plain.notices) + 1
    assert replace(page, notices=()) == replace(plain, notices=())


# -- farewell


def test_farewell():
    """What was lent and until when; the receipt is printed by itself when the countdown ends."""
    page = page_of(farewell(lent()), rings={TimerName.PAPER: Ring(1010.0, 10.0)})

    assert page.heading == "1 geleend. Veel leesplezier!"
    assert page.lead == "Inleveren uiterlijk 14 december, hier of in uw eigen bibliotheek."
    assert page.boxes == ()
    assert [(action.name, action.primary, action.countdown) for action in page.actions] == [
        ("no_receipt", False, None),
        ("receipt", True, Countdown(1010.0, 10.0)),
    ]


def test_first_due_date():
    """Where they differ, the first one is told."""
    page = page_of(farewell(lent("1"), lent("2", due=date(2026, 12, 2))))

    assert page.lead == "Het eerste uiterlijk 2 december inleveren, hier of in uw eigen bibliotheek."


def test_what_did_not_go_well():
    """What was not lent, with its reason, and what may beep; what was lent well is in neither box."""
    boxes = page_of(farewell(*ALL_ROWS)).boxes

    assert [box.heading for box in boxes] == ["2 exemplaren zijn niet geleend", "Het poortje kan piepen"]
    assert boxes[0].paragraphs == ("7 · Gereserveerd voor iemand anders.", "8 · We weten niet zeker of dit is uitgeleend.")
    assert boxes[1].paragraphs == ("Laat deze zien aan de balie voordat u weggaat.", "Oeroeg")


def test_nothing_borrowed():
    page = page_of(PLACES["farewell, nothing"])

    assert page.heading == "Er is niets geleend"
    assert [action.name for action in page.actions] == ["done"]


@pytest.mark.parametrize(
    ("paper", "buttons", "tone"),
    [
        (Paper.ASKED, ["no_receipt", "receipt"], None),
        (Paper.PRINTING, [], Tone.WAIT),
        (Paper.PRINTED, ["done"], Tone.OK),
        (Paper.FAILED, ["receipt", "done"], Tone.INFO),
        (Paper.DECLINED, ["done"], Tone.INFO),
    ],
)
def test_receipt(paper, buttons, tone):
    page = page_of(farewell(lent(), paper=paper))

    assert [action.name for action in page.actions] == buttons
    assert [notice.tone for notice in page.notices] == ([tone] if tone else [])


def test_paper_that_did_not_come():
    """The screen stands in for the paper: each loan with its due date, and the code for the desk."""
    page = page_of(farewell(*ALL_ROWS, paper=Paper.FAILED))

    assert [row.key for row in page.rows] == ["3", "4", "5", "6"]
    assert all(row.aside == ("uiterlijk terug", "14 december") for row in page.rows)
    assert page.code == "printer_down · 14:05"


# -- refused, and the desk


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("reason", Reason)
def test_refused(reason, language):
    """Heading, why and the next step in the guest's words; the code and the time at the foot."""
    refusal = Refusal(reason, HOME)
    page, wording = page_of(Refused((refusal,)), language), visit_refused(refusal, words(language))

    assert (page.heading, page.lead) == (wording.heading, wording.why)
    assert wording.step in page.boxes[0].paragraphs
    assert page.code == f"{reason} · 14:05"


def test_all_reasons_that_hold():
    """Not only the first: each with its words, all codes at the foot."""
    reasons = (Reason.BLOCKED_HERE, Reason.NO_STRIPS, Reason.HOME_SUBSCRIPTION_INVALID, Reason.FEES_OPEN)
    refusals = tuple(Refusal(reason, HOME if reason.side is Side.HOME else None) for reason in reasons)
    page = page_of(Refused(refusals))

    for refusal in refusals:
        wording = visit_refused(refusal, words("nl"))
        for sentence in (wording.heading, wording.why, wording.step):
            assert sentence in text(page)
    assert page.code == "blocked_here no_strips home_subscription_invalid fees_open · 14:05"


@pytest.mark.parametrize("first", [True, False])
def test_home_library_and_how_to_reach_it(first):
    """Its name, phone, site and address, as it gave them, with the reason that is its own; nobody else's reason has them."""
    refusals = (Refusal(Reason.HOME_SUBSCRIPTION_INVALID, HOME, Cause.EXPIRED), Refusal(Reason.BLOCKED_HERE))
    page = page_of(Refused(refusals if first else refusals[::-1]))
    mine, other = page.boxes if first else page.boxes[::-1]

    assert mine.chips == (HOME.name, HOME.phone, HOME.web, HOME.address)
    assert other.chips == ()
    assert f"Uw abonnement bij {HOME.name} is verlopen" in text(page)


def test_home_library_of_which_little_is_known():
    """What it did not give leaves no empty place; without a site its mail address stands there."""
    page = page_of(Refused((Refusal(Reason.HOME_SUBSCRIPTION_INVALID, HomeLibrary("NL-070288", "Bedum", email="a@b.nl")),)))

    assert page.boxes[0].chips == ("Bedum", "a@b.nl")


@pytest.mark.parametrize("reason", Reason)
def test_slip_where_people_can_help(reason):
    """Who holds a wrong card needs no paper, and neither does an item; all others can take a slip along, and "close" is what most will tap."""
    actions = {action.name: action.primary for action in page_of(Refused((Refusal(reason),))).actions}

    assert actions["done"]
    assert ("print_slip" in actions) == (reason.side in {Side.DESK, Side.HOME, Side.TECHNICAL})


def test_pass_without_a_chip():
    """No refusal: people lend at the desk, the slip is what most will tap, and the code is there."""
    page = page_of(Desk(ANNA))

    assert page.name == "desk"
    assert page.code == "no_chip · 14:05"
    assert {action.name: action.primary for action in page.actions} == {"done": False, "print_slip": True}
    assert [box.slip for box in page.boxes] == [True, False]


@pytest.mark.parametrize("place", [Desk(ANNA), Refused((Refusal(Reason.BLOCKED_HERE),))])
@pytest.mark.parametrize(
    ("paper", "again", "tones"),
    [
        (Paper.ASKED, True, []),
        (Paper.PRINTING, False, [Tone.WAIT]),
        (Paper.PRINTED, False, [Tone.OK]),
        (Paper.FAILED, True, [Tone.INFO]),
        (Paper.DECLINED, True, []),
    ],
)
def test_slip(place, paper, again, tones):
    """It can be asked for until it comes; who gets none can tell the code."""
    page = page_of(replace(place, slip=paper))

    assert ("print_slip" in page.buttons()) is again
    assert [notice.tone for notice in page.notices] == tones
    assert page.code
