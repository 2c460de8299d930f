"""Lays out the demonstration library of demo.toml. Not for a real library: it only ever writes into an empty store."""

from __future__ import annotations

import json
import secrets
import tomllib
from datetime import date, datetime, timedelta
from importlib import resources
from typing import Any

from sqlalchemy import Connection, insert, select

from desk import isil, lending, strips
from desk.clock import Clock
from desk.store import Store, StoreError, home_members, items, libraries, loans, patrons
from kiosk.domain.isil import institution
from kiosk.domain.patrons import PatronKind
from kiosk.domain.refusals import Cause

_FREE_STRIPS = 125
_PROVISIONAL_MONTHS = 3
_LENT_DAYS_AGO = 7


def lay_out(store: Store, clock: Clock) -> bool:
    """Fill an empty store; a store that has the demonstration library already is left as it is, and False is returned.

    Raises StoreError where the store is another library's.
    """
    table = tomllib.loads(resources.files("desk").joinpath("demo.toml").read_text(encoding="utf-8"))
    own = next(library for library in table["library"] if library.get("own"))
    with store.write() as connection:
        present = isil.own_library(connection)
        if present is not None and present.isil == own["isil"]:
            return False
        if present is not None or connection.execute(select(patrons.c.id).limit(1)).first() is not None:
            raise StoreError("This database is a real library's; lay the demonstration data out in another one with --db.")
        for library in table["library"]:
            connection.execute(insert(libraries).values(**library))
        people = {person["pass"]: _patron(connection, person, own["isil"], clock.now()) for person in table["patron"]}
        for person in (*table["patron"], *table["member"]):
            _member(connection, person, clock.today())
        for shelf in table["items"]:
            _shelf(connection, shelf, people, clock.now())
    return True


def _patron(connection: Connection, person: dict[str, Any], own: str, now: datetime) -> int:
    today, home = now.date(), person.get("home")
    values = {
        "kind": PatronKind.GUEST if home else PatronKind.REGULAR,
        "number": person["number"],
        "owner": institution(home or own),
        "home": home,
        "initials": person["initials"],
        "birth": months_later(today, -12 * person["age"]) - timedelta(days=1),
        "language": person.get("language", ""),
        "blocked": person.get("blocked", False),
        "subscription": "Gastabonnement" if home else "Jaarabonnement",
        "until": months_later(today, _PROVISIONAL_MONTHS if person.get("registered_today") else person.get("home_months", 12)),
        "provisional": person.get("registered_today", False),
        "home_cause": person.get("home_cause") or (Cause.EXPIRED if person.get("home_months", 0) < 0 else None),
        "strips": 0 if home else None,
    }
    patron: int = connection.execute(insert(patrons).values(**values).returning(patrons.c.id)).scalar_one()
    if home:
        strips.move(connection, patron, _FREE_STRIPS, strips.FREE, now)
        if used := _FREE_STRIPS - person["strips"]:
            strips.move(connection, patron, -used, strips.LOAN, now)
    return patron


def _member(connection: Connection, person: dict[str, Any], today: date) -> None:
    if "home" in person:
        until = months_later(today, person["home_months"])
        values = {"institution": institution(person["home"]), "number": person["number"], "until": until, "cause": person.get("home_cause")}
        connection.execute(insert(home_members).values(**values))


def _shelf(connection: Connection, shelf: dict[str, Any], people: dict[str, int], now: datetime) -> None:
    titles = json.loads(shelf["titles_json"]) if "titles_json" in shelf else shelf["titles"]
    if length := shelf.get("title_length"):
        titles = [(title * length)[:length] for title in titles]
    rules: dict[str, Any] = {name: shelf[name] for name in ("strips", "parts", "for_loan", "for_guests", "from_age") if name in shelf}
    if "reserved_for" in shelf:
        rules["reserved_for"] = people[shelf["reserved_for"]]
    lent_at = now - timedelta(days=_LENT_DAYS_AGO)
    for number, title in enumerate(titles, shelf["first"]):
        connection.execute(insert(items).values(number=str(number), title=title, **rules))
        if "lent_to" in shelf:
            loan = {
                "id": secrets.token_urlsafe(16),
                "item": str(number),
                "patron": people[shelf["lent_to"]],
                "lent_at": lent_at,
                "strips": 1,
            }
            connection.execute(insert(loans).values(due=lent_at.date() + timedelta(days=lending.LOAN_DAYS), **loan))


def months_later(day: date, months: int) -> date:
    """The same day so many months later (or earlier); the last of the month where that day does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))
