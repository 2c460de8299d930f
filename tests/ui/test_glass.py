"""What is told to whoever draws pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

import pytest

from drivers.contract import Role
from drivers.errors import Fault
from kiosk.engine.loop import Snapshot
from kiosk.engine.time import ZONE
from kiosk.locale import words
from kiosk.session.places import Attract, Reading, Session
from kiosk.ui.glass import Glass
from kiosk.ui.page import Page
from kiosk.ui.present import Hall, present

HALL = Hall("Bibliotheek Waddenkust")
IDLE = Snapshot(Session(), datetime(2026, 11, 23, 14, 5, tzinfo=ZONE))
READING = replace(IDLE, session=Session(place=Reading()))


@pytest.fixture
def drawn() -> list[Page]:
    return []


@pytest.fixture
def glass(drawn: list[Page]) -> Glass:
    return Glass(HALL, words, drawn.append)


def test_before_the_first_page(glass):
    with pytest.raises(LookupError, match="no page yet"):
        _ = glass.page


def test_each_page_is_drawn_once(glass, drawn):
    """A snapshot that gives the same page is not drawn again: a session may change without the guest seeing anything of it."""
    glass.show(IDLE)
    glass.show(replace(IDLE, session=Session(requests=5, health=MappingProxyType({Role.SCANNER: Fault.UNPLUGGED}))))
    glass.show(READING)
    glass.show(IDLE)

    assert [page.name for page in drawn] == ["attract", "reading", "attract"]
    assert glass.page == drawn[-1] == present(IDLE, HALL, words)


def test_language_of_the_session(glass, drawn):
    glass.show(IDLE)
    glass.show(replace(IDLE, session=Session(place=Attract(), language="en")))

    assert [page.heading for page in drawn] == ["Houd uw pas bij de lezer", "Hold your pass to the reader"]


def test_works_without_a_screen():
    glass = Glass(HALL, words)
    glass.show(READING)

    assert glass.page.name == "reading"


def test_screen_that_comes_later(glass, drawn):
    """It begins with the page that stands there, and the one before it hears no more."""
    later: list[Page] = []
    glass.show(IDLE)
    glass.draw_on(later.append)
    glass.show(READING)

    assert [page.name for page in drawn] == ["attract"]
    assert [page.name for page in later] == ["attract", "reading"]


def test_screen_before_the_first_page(drawn):
    glass = Glass(HALL, words)
    glass.draw_on(drawn.append)
    assert drawn == []

    glass.show(IDLE)
    assert [page.name for page in drawn] == ["attract"]
