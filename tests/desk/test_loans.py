"""Which items are lent to whom, and what a loan costs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from desk.store import items, loans, patrons, strip_movements
from tests.desk.running import RunningDesk, item


@pytest.mark.parametrize(
    ("name", "last", "codes"),
    [
        pytest.param("anna", 1, [], id="an ordinary book"),
        pytest.param("anna", 40, [], id="the last ordinary book"),
        pytest.param("anna", 41, ["reserved"], id="reserved for somebody else"),
        pytest.param("anna", 44, ["reserved"], id="the last reserved one"),
        pytest.param("anna", 45, ["on_loan_to_other"], id="on loan to somebody else"),
        pytest.param("anna", 46, ["on_loan_to_other"], id="the other one on loan"),
        pytest.param("anna", 47, ["not_for_loan"], id="not for loan"),
        pytest.param("joke", 48, ["not_for_loan"], id="not for loan, to nobody"),
        pytest.param("anna", 49, ["not_for_guests"], id="not for guests"),
        pytest.param("joke", 49, [], id="not for guests, but for our own"),
        pytest.param("gijs", 50, ["not_for_guests"], id="the other one not for guests"),
        pytest.param("gijs", 51, ["age"], id="16 and over, to a child"),
        pytest.param("anna", 52, [], id="16 and over, to a grown-up"),
        pytest.param("anna", 53, [], id="a set"),
        pytest.param("anna", 54, [], id="a DVD"),
        pytest.param("anna", 9999, ["unknown_item"], id="unknown"),
        pytest.param("kees", 101, ["already_yours"], id="one's own"),
    ],
)
def test_rules_of_items(desk: RunningDesk, name: str, last: int, codes: list[str]) -> None:
    """Each item is lent or refused as its rules say."""
    kiosk = desk.kiosk()

    answer = kiosk.lend(kiosk.visit(name), item(last))

    assert answer.status_code == (409 if codes else 201)
    assert codes == [reason["code"] for reason in answer.json().get("reasons", [])]
    if codes and last != 9999:
        assert answer.json()["item_title"]


def test_a_loan(desk: RunningDesk) -> None:
    """A loan says what was lent until when, what it cost and what is left; the gate bit is to be released."""
    kiosk = desk.kiosk()

    loan = kiosk.lend(kiosk.visit("anna"), item(1)).json()

    del loan["id"]
    assert loan == {
        "item": item(1),
        "title": "De avonden",
        "due": "2026-12-15",
        "strips": 1,
        "strips_left": 124,
        "release_security": True,
    }


def test_due_dates_are_the_librarys(desk: RunningDesk) -> None:
    """Half past midnight in Amsterdam is the next day already, whatever UTC says."""
    kiosk = desk.kiosk()
    desk.clock_file.write_text("2026-11-24T23:30:00+00:00", encoding="ascii")

    assert kiosk.lend(kiosk.visit("anna"), item(1)).json()["due"] == "2026-12-16"


def test_regular_patron_needs_no_strips(desk: RunningDesk) -> None:
    """A regular patron's loan costs no strips and tells of none."""
    kiosk = desk.kiosk()

    loan = kiosk.lend(kiosk.visit("joke"), item(54)).json()

    assert (loan["strips"], loan["strips_left"]) == (0, None)


def test_strips_run_out(desk: RunningDesk) -> None:
    """Lotte has three strips: a DVD for two, then no second DVD, then a book for the last one, then nothing."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("lotte")

    answers = [kiosk.lend(visit, item(last)) for last in (54, 55, 1, 2)]

    assert [answer.status_code for answer in answers] == [201, 409, 201, 409]
    assert [answer.json().get("strips_left") for answer in answers] == [1, None, 0, None]
    assert [reason["code"] for reason in answers[3].json()["reasons"]] == ["no_strips"]


def test_ledger_adds_up(desk: RunningDesk) -> None:
    """Every patron's balance is the sum of his movements, before and after loans."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("anna")
    for last in (1, 54):
        kiosk.lend(visit, item(last))

    with desk.store.read() as connection:
        total = select(func.sum(strip_movements.c.change)).where(strip_movements.c.patron == patrons.c.id).scalar_subquery()
        balances = connection.execute(select(patrons.c.initials, patrons.c.strips, total)).all()

    assert {initials: strips for initials, strips, _ in balances} == {initials: summed for initials, _, summed in balances}
    assert ("A.", 122) in [(initials, strips) for initials, strips, _ in balances]


def test_all_reasons_at_once(desk: RunningDesk) -> None:
    """An item that is reserved, for members, for adults and not for loan is refused for all of it."""
    kiosk = desk.kiosk()
    with desk.store.write() as connection:
        connection.execute(update(items).where(items.c.number == item(41)).values(for_loan=False, for_guests=False, from_age=16))
        connection.execute(update(patrons).where(patrons.c.number == "20000000000017").values(strips=1))
        connection.execute(update(items).where(items.c.number == item(41)).values(strips=2))

    reasons = kiosk.lend(kiosk.visit("gijs"), item(41)).json()["reasons"]

    assert [reason["code"] for reason in reasons] == ["reserved", "not_for_loan", "not_for_guests", "age", "no_strips"]
    assert [reason.get("from_age") for reason in reasons] == [None, None, None, 16, None]


def test_reserved_for_this_patron(desk: RunningDesk) -> None:
    """What is reserved for a patron is lent to him, and the reservation is fulfilled."""
    with desk.store.write() as connection:
        joke = connection.execute(select(patrons.c.id).where(patrons.c.number == "20000000000020")).scalar_one()
        connection.execute(update(items).where(items.c.number == item(41)).values(reserved_for=joke))
    kiosk = desk.kiosk()

    assert kiosk.lend(kiosk.visit("joke"), item(41)).status_code == 201
    with desk.store.read() as connection:
        assert connection.execute(select(items.c.reserved_for).where(items.c.number == item(41))).scalar_one() is None


def test_titles_that_hurt(desk: RunningDesk) -> None:
    """Markup, escape codes, a lone surrogate and 10,000 characters come through unharmed, in plain ASCII."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("anna")

    hurting, endless = kiosk.lend(visit, item(59)), kiosk.lend(visit, item(60))

    assert hurting.content.isascii()
    assert hurting.json()["title"] == "[size=20000]BOOM[/size] \x1b@ \ud800"
    assert len(endless.json()["title"]) == 10_000
    record = kiosk.client.get(f"/v1/visits/{visit}/loans").json()
    assert {hurting.json()["title"], endless.json()["title"]} == {loan["title"] for loan in record["loans"]}


@pytest.mark.parametrize("number", ["\x00", "\x1b[2J", "3000000000000\u200b1", "x" * 200, "' OR 1=1 --"])
def test_odd_numbers_are_unknown_items(desk: RunningDesk, number: str) -> None:
    """Whatever a barcode holds, it is at worst an unknown item."""
    kiosk = desk.kiosk()

    assert [reason["code"] for reason in kiosk.lend(kiosk.visit("anna"), number).json()["reasons"]] == ["unknown_item"]


def test_two_kiosks_one_item(desk: RunningDesk) -> None:
    """When two kiosks lend the same items at the same moment, each item goes to exactly one of them."""
    anna, joke = desk.kiosk("one"), desk.kiosk("other")
    visits = ((anna, anna.visit("anna")), (joke, joke.visit("joke")))
    asked = [(kiosk, visit, item(last)) for last in range(1, 16) for kiosk, visit in visits]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda ask: ask[0].lend(ask[1], ask[2]), asked))

    pairs = [sorted(answer.status_code for answer in answers[at : at + 2]) for at in range(0, len(answers), 2)]
    assert pairs == [[201, 409]] * 15
    refused = [answer.json()["reasons"] for answer in answers if answer.status_code == 409]
    assert all([reason["code"] for reason in reasons] == ["on_loan_to_other"] for reasons in refused)
    with desk.store.read() as connection:
        count = select(func.count()).select_from(loans).where(loans.c.item.between(item(1), item(15)))
        assert connection.execute(count).scalar_one() == 15


def test_limit_holds_in_parallel(desk: RunningDesk) -> None:
    """Kees, with two loans to go, gets two, also when six are asked at once."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("kees")

    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda last: kiosk.lend(visit, item(last)).status_code, range(1, 7)))

    assert sorted(statuses) == [201, 201, 409, 409, 409, 409]


def test_record_of_a_visit(desk: RunningDesk) -> None:
    """The record holds the loans of this visit and no others, in their order, and the strips that are left."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("kees")
    for last in (2, 1, 41):
        kiosk.lend(visit, item(last))
        desk.move_clock(timedelta(seconds=1))

    record = kiosk.client.get(f"/v1/visits/{visit}/loans").json()

    assert [loan["item"] for loan in record["loans"]] == [item(2), item(1)]
    assert record["strips"] == 88


def test_closed_visit(desk: RunningDesk) -> None:
    """Nothing is lent in a closed visit; its record can be read for a quarter of an hour; closing it twice is fine."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("anna")
    kiosk.lend(visit, item(1))

    assert [kiosk.client.delete(f"/v1/visits/{visit}").status_code for _ in range(2)] == [204, 204]

    late = kiosk.lend(visit, item(2))
    assert (late.status_code, late.json()["type"]) == (409, "urn:gastlenen:problem:visit-over")
    assert len(kiosk.client.get(f"/v1/visits/{visit}/loans").json()["loans"]) == 1
    desk.move_clock(timedelta(minutes=15, seconds=1))
    assert kiosk.client.get(f"/v1/visits/{visit}/loans").status_code == 404


def test_forgotten_visit(desk: RunningDesk) -> None:
    """A visit that its kiosk never closed is over after two hours."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("anna")
    desk.move_clock(timedelta(hours=2, seconds=1))

    assert kiosk.lend(visit, item(1)).json()["type"] == "urn:gastlenen:problem:visit-over"


def test_visits_belong_to_their_kiosk(desk: RunningDesk) -> None:
    """Another kiosk can neither lend in a visit, nor read it, nor close it; nor does a made-up one exist."""
    mine, other = desk.kiosk("mine"), desk.kiosk("other")
    visit = mine.visit("anna")
    tries: list[Callable[[str], int]] = [
        lambda visit: other.lend(visit, item(1)).status_code,
        lambda visit: other.client.get(f"/v1/visits/{visit}/loans").status_code,
        lambda visit: other.client.delete(f"/v1/visits/{visit}").status_code,
    ]

    assert [[attempt(name) for attempt in tries] for name in (visit, "made-up")] == [[404, 404, 404]] * 2
    assert mine.lend(visit, item(1)).status_code == 201
