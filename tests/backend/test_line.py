"""A line that is broken on purpose, between a real client and a real desk."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from kiosk.backend.http import HttpLibrary
from kiosk.backend.line import FaultyLine
from kiosk.domain.items import Loan
from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import OpenVisit
from kiosk.ports import LibraryError, LibrarySilent, OutcomeUnknown
from tests.desk.running import PASSES, RunningDesk, item

ANNA = PassKey(PASSES["anna"]["number"], owner=PASSES["anna"]["owner"])


@pytest.fixture
def line(desk: RunningDesk) -> Iterator[FaultyLine]:
    """A line to the desk."""
    address = urlsplit(desk.url)
    line = FaultyLine(str(address.hostname), int(address.port or 0), pace=0.02)
    yield line
    line.close()
    assert "faulty-line" not in [thread.name for thread in threading.enumerate()]


@pytest.fixture
def library(desk: RunningDesk, line: FaultyLine) -> Iterator[HttpLibrary]:
    """A kiosk on that line."""
    library = HttpLibrary(line.url, desk.token(), verify_seconds=30, lend_seconds=30)
    yield library
    library.close()


def test_whole_line(library: HttpLibrary) -> None:
    """Without a fault the line is not noticed, also by long answers."""
    visit = library.open_visit(ANNA, request_key="visit-key")
    assert isinstance(visit, OpenVisit)
    loan = library.lend(visit.id, item(60), request_key="loan-key-1")

    assert isinstance(loan, Loan)
    assert len(loan.title) == 10_000


@pytest.mark.parametrize("established", [True, False], ids=["established", "new"])
@pytest.mark.parametrize(
    ("fault", "error", "lent"),
    [
        pytest.param("down", LibrarySilent, False, id="down"),
        pytest.param("silent", OutcomeUnknown, False, id="silent"),
        pytest.param("reply_lost", OutcomeUnknown, True, id="reply_lost"),
        pytest.param("slow", OutcomeUnknown, True, id="slow"),
    ],
)
def test_faults(desk: RunningDesk, line: FaultyLine, fault: str, error: type[LibraryError], *, established: bool, lent: bool) -> None:
    """Each fault is the right error for a question and for a loan, on old connections and new; mended, the desk knows what happened."""
    token = desk.token()
    library = HttpLibrary(line.url, token, verify_seconds=30, lend_seconds=1)
    visit = library.open_visit(ANNA, request_key="visit-key")
    assert isinstance(visit, OpenVisit)
    if not established:
        library.close()
        library = HttpLibrary(line.url, token, verify_seconds=30, lend_seconds=1)
    hasty = HttpLibrary(line.url, token, verify_seconds=0.5)

    line.fail(fault)
    with pytest.raises(error):
        library.lend(visit.id, item(1), request_key="loan-key-1")
    with pytest.raises(LibrarySilent):
        hasty.open_visit(ANNA, request_key="another-key")
    line.mend(fault)

    until = time.monotonic() + 30
    while lent and library.outcome("loan-key-1") is None and time.monotonic() < until:
        time.sleep(0.01)  # on a slow line the desk may still be at work when the kiosk has lost its patience
    assert isinstance(library.outcome("loan-key-1"), Loan) is lent
    assert [loan.item for loan in library.record(visit.id).loans] == ([item(1)] if lent else [])
    library.close()
    hasty.close()


def test_several_faults(line: FaultyLine, library: HttpLibrary) -> None:
    """Faults add up, and each is mended by itself; one that is not there is mended in vain."""
    line.fail("silent")
    line.fail("down")
    line.fail("down")
    line.mend("slow")
    line.mend("silent")

    with pytest.raises(LibrarySilent):
        library.status()
    line.mend("down")
    assert library.status().name == "Bibliotheek Waddenkust"


def test_down_and_up_again(line: FaultyLine, library: HttpLibrary) -> None:
    """The line keeps its address, however often it goes down."""
    for _ in range(5):
        line.fail("down")
        line.mend("down")
        assert library.status().name == "Bibliotheek Waddenkust"


def test_slow_line_arrives(line: FaultyLine, desk: RunningDesk) -> None:
    """Who waits long enough gets the whole answer over a slow line."""
    library = HttpLibrary(line.url, desk.token(), verify_seconds=100)
    line.fail("slow")

    assert library.status().name == "Bibliotheek Waddenkust"
    library.close()


def test_server_is_down(desk: RunningDesk) -> None:
    """A line to nowhere lets connections in and closes them."""
    line = FaultyLine("127.0.0.1", 1)
    library = HttpLibrary(line.url, desk.token())

    with pytest.raises(LibrarySilent):
        library.status()
    library.close()
    line.close()
    line.close()


@pytest.mark.parametrize("name", ["", "Down", "paper_out"])
def test_faults_that_are_none(line: FaultyLine, name: str) -> None:
    """A fault that does not exist is refused."""
    with pytest.raises(ValueError, match="LineFault"):
        line.fail(name)
    with pytest.raises(ValueError, match="LineFault"):
        line.mend(name)
    assert line.faults == ("down", "silent", "reply_lost", "slow")
