"""Who may open a visit, and what is said to who may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from desk.store import patrons
from tests.desk.running import RunningDesk, item


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        pytest.param(
            "anna", {"kind": "guest", "strips": 125, "loans": 0, "until": "2027-11-24", "provisional": False, "language": "nl"}, id="anna"
        ),
        pytest.param(
            "bram", {"kind": "guest", "strips": 125, "loans": 0, "until": "2027-02-24", "provisional": True, "language": None}, id="bram"
        ),
        pytest.param("gijs", {"kind": "guest", "strips": 125, "loans": 0, "provisional": False}, id="gijs"),
        pytest.param("joke", {"kind": "regular", "strips": None, "loans": 0, "home": None}, id="joke"),
        pytest.param("kees", {"kind": "guest", "strips": 90, "loans": 18}, id="kees"),
        pytest.param("lotte", {"kind": "guest", "strips": 3, "loans": 0, "language": "en"}, id="lotte"),
    ],
)
def test_may_borrow(desk: RunningDesk, name: str, facts: dict[str, Any]) -> None:
    """Who may borrow gets a visit with what the kiosk needs to show, and nothing that tells who he is."""
    answer = desk.kiosk().ask_visit(name)

    assert answer.status_code == 201
    visit = answer.json()
    flat = visit | visit["patron"] | visit["subscription"]
    assert facts == {fact: flat[fact] for fact in facts}
    assert visit["loans_allowed"] == 20
    assert visit["notices"] == []
    assert visit["patron"]["initials"] == f"{name[0].upper()}."
    assert set(visit["patron"]) == {"kind", "initials", "language", "home"}


@pytest.mark.parametrize(
    ("name", "read_from", "reasons"),
    [
        pytest.param("chris", "chip", [("home_subscription_invalid", "home", "expired")], id="chris"),
        pytest.param("dewi", "chip", [("home_subscription_invalid", "home", "fine")], id="dewi"),
        pytest.param("emre", "chip", [("blocked_here", "desk", None)], id="emre"),
        pytest.param("femke", "chip", [("no_strips", "desk", None)], id="femke"),
        pytest.param("hanna", "barcode", [("no_chip", "pass", None)], id="hanna"),
        pytest.param("ivo", "chip", [("not_registered", "desk", None)], id="ivo"),
        pytest.param("emre", "barcode", [("blocked_here", "desk", None), ("no_chip", "pass", None)], id="emre by barcode: both reasons"),
        pytest.param("ivo", "barcode", [("not_registered", "desk", None), ("no_chip", "pass", None)], id="ivo by barcode: both reasons"),
    ],
)
def test_may_not_borrow(desk: RunningDesk, name: str, read_from: str, reasons: list[tuple[str, str, str | None]]) -> None:
    """Who may not borrow gets every reason that holds, each with the side that can help."""
    answer = desk.kiosk().ask_visit(name, read_from=read_from)

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert reasons == [(reason["code"], reason["side"], reason.get("cause")) for reason in answer.json()["reasons"]]


def test_home_library_is_told(desk: RunningDesk) -> None:
    """A refusal of the home library comes with how to reach it."""
    home = desk.kiosk().ask_visit("dewi").json()["reasons"][0]["home"]

    assert (home["isil"], home["name"]) == ("NL-089998", "Bibliotheek Noorderhaven")
    assert home["contact"] == {
        "phone": "0500 000 012",
        "email": "klantenservice@noorderhaven.example",
        "web": "https://noorderhaven.example",
        "address": "Kade 1, Noorderhaven",
    }


def test_all_reasons_at_once(desk: RunningDesk) -> None:
    """Lost, blocked, refused at home, in debt and without strips: all of it is said."""
    with desk.store.write() as connection:
        bad = {"lost": True, "blocked": True, "home_cause": "fine", "fees": 250, "strips": 0}
        connection.execute(update(patrons).where(patrons.c.number == "20000000000011").values(**bad))

    reasons = desk.kiosk().ask_visit("anna").json()["reasons"]

    assert [reason["code"] for reason in reasons] == ["card_lost", "blocked_here", "home_subscription_invalid", "fees_open", "no_strips"]


@pytest.mark.parametrize(
    ("name", "code"), [("bram", "subscription_ended"), ("anna", "home_subscription_invalid"), ("joke", "subscription_ended")]
)
def test_terms_end(desk: RunningDesk, name: str, code: str) -> None:
    """A provisional term ends here, a fetched one at the home library, a regular one here; the last day still counts."""
    kiosk = desk.kiosk()
    until = kiosk.ask_visit(name).json()["subscription"]["until"]
    desk.clock_file.write_text(f"{until}T23:59:59+01:00", encoding="ascii")
    assert kiosk.ask_visit(name).status_code == 201

    desk.move_clock(timedelta(seconds=1))

    assert [reason["code"] for reason in kiosk.ask_visit(name).json()["reasons"]] == [code]


def test_same_number_of_another_library(desk: RunningDesk) -> None:
    """A pass of another owner with the same number is not this patron; locations of one institution are."""
    kiosk = desk.kiosk()

    assert kiosk.ask_visit("anna", owner="NL-089998").json()["reasons"][0]["code"] == "not_registered"
    assert kiosk.ask_visit("anna", owner="no isil").json()["reasons"][0]["code"] == "not_registered"
    assert kiosk.ask_visit("anna", owner="NL-0702881045").status_code == 201
    assert kiosk.ask_visit("anna", owner="").status_code == 201


def test_two_patrons_with_one_number(desk: RunningDesk) -> None:
    """Where two libraries gave out the same number, only a pass that names its owner is somebody."""
    with desk.store.write() as connection:
        row = connection.execute(select(patrons).where(patrons.c.number == "20000000000011")).one()
        connection.execute(insert(patrons).values(**{**row._mapping, "id": None, "owner": "NL-089998", "initials": "Z."}))
    kiosk = desk.kiosk()

    assert kiosk.ask_visit("anna", owner="").json()["reasons"][0]["code"] == "not_registered"
    assert kiosk.ask_visit("anna", owner="NL-089998").json()["patron"]["initials"] == "Z."
    assert kiosk.ask_visit("anna").json()["patron"]["initials"] == "A."


def test_by_uid(desk: RunningDesk) -> None:
    """A pass whose chip holds no number is known by its UID, in small letters or large."""
    with desk.store.write() as connection:
        connection.execute(update(patrons).where(patrons.c.number == "20000000000011").values(uid="E00401001A2B3C4D"))

    answer = desk.kiosk().post("/v1/visits", {"pass": {"uid": "e00401001a2b3c4d", "read_from": "chip"}})

    assert answer.status_code == 201
    assert answer.json()["patron"]["initials"] == "A."


def test_full_account(desk: RunningDesk) -> None:
    """Kees may borrow two more; after that the item is refused, and so is his next visit."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("kees")

    statuses = [kiosk.lend(visit, item(last)).status_code for last in (1, 2, 3)]

    assert statuses == [201, 201, 409]
    assert [reason["code"] for reason in kiosk.ask_visit("kees").json()["reasons"]] == ["limit_reached"]
