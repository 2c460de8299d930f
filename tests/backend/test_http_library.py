"""The HTTP library against a real desk: what the engine gets for what the desk says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from kiosk import ports
from kiosk.backend.http import HttpLibrary
from kiosk.domain.items import Loan, VisitRecord
from kiosk.domain.passes import PassKey, ReadFrom
from kiosk.domain.patrons import HomeLibrary, OpenVisit, Patron, PatronKind, Subscription
from kiosk.domain.refusals import Cause, Reason, Refusal, Refused
from kiosk.ports import LibraryIncoherent, LibrarySilent, LibraryStatus
from tests.desk.running import PASSES, RunningDesk, item


@pytest.fixture
def library(desk: RunningDesk) -> Iterator[HttpLibrary]:
    """A kiosk's connection to the desk."""
    library = HttpLibrary(desk.url, desk.token())
    yield library
    library.close()


def key(name: str, read_from: ReadFrom = ReadFrom.CHIP) -> PassKey:
    """The pass of somebody of the demonstration library."""
    return PassKey(PASSES[name]["number"], owner=PASSES[name]["owner"], read_from=read_from)


def opened(library: HttpLibrary, name: str) -> OpenVisit:
    """A visit that has to be allowed."""
    visit = library.open_visit(key(name), request_key=f"visit-of-{name}")
    assert isinstance(visit, OpenVisit)
    return visit


def test_is_a_library(library: HttpLibrary) -> None:
    """It is what the engine asks for."""
    port: ports.Library = library

    assert port.status() == LibraryStatus("Bibliotheek Waddenkust", "0.0-test")


def test_open_visit(library: HttpLibrary) -> None:
    """A visit comes with everything that the screen shows."""
    visit = opened(library, "anna")

    home = HomeLibrary("NL-0702881037", "Biblionet Groningen, Bedum", web="https://www.biblionetgroningen.nl")
    assert visit == OpenVisit(
        id=visit.id,
        patron=Patron(PatronKind.GUEST, "A.", "nl", home),
        subscription=Subscription("Gastabonnement", date(2027, 11, 24)),
        strips=125,
        loans=0,
        loans_allowed=20,
    )
    assert opened(library, "joke").patron == Patron(PatronKind.REGULAR, "J.")


def test_refused_visit(library: HttpLibrary) -> None:
    """A refusal is a value, with the home library and its cause."""
    refused = library.open_visit(key("dewi", ReadFrom.BARCODE), request_key="some-key-1")

    noorderhaven = HomeLibrary(
        "NL-089998",
        "Bibliotheek Noorderhaven",
        "0500 000 012",
        "klantenservice@noorderhaven.example",
        "https://noorderhaven.example",
        "Kade 1, Noorderhaven",
    )
    assert refused == Refused((Refusal(Reason.HOME_SUBSCRIPTION_INVALID, noorderhaven, Cause.FINE), Refusal(Reason.NO_CHIP)))


def test_lend_record_close(library: HttpLibrary) -> None:
    """A visit from the pass to the end: a loan, refusals, the record, which can be read after closing too."""
    visit = opened(library, "gijs")

    loan = library.lend(visit.id, item(1), request_key="loan-key-1")
    too_young = library.lend(visit.id, item(51), request_key="loan-key-2")
    unknown = library.lend(visit.id, item(9999), request_key="loan-key-3")
    library.close_visit(visit.id)
    library.close_visit(visit.id)

    assert isinstance(loan, Loan)
    assert loan == Loan(loan.id, item(1), "De avonden", date(2026, 12, 15), 1, 124, release_security=True)
    assert too_young == Refused((Refusal(Reason.AGE, from_age=16),), "Komt een vrouw bij de dokter")
    assert unknown == Refused((Refusal(Reason.UNKNOWN_ITEM),))
    assert library.record(visit.id) == VisitRecord((loan,), 124)


def test_outcome(library: HttpLibrary) -> None:
    """What became of a request is known by its key: the loan, the refusal, or nothing."""
    visit = opened(library, "anna")
    loan = library.lend(visit.id, item(1), request_key="loan-key-1")
    refused = library.lend(visit.id, item(45), request_key="loan/key?2")

    assert library.outcome("loan-key-1") == loan
    assert library.outcome("loan/key?2") == refused
    assert library.outcome("never-used") is None


def test_titles_that_hurt(library: HttpLibrary) -> None:
    """A lone surrogate becomes the replacement character; markup and control characters are left to the screen and the printer."""
    visit = opened(library, "anna")

    hurting, endless = (library.lend(visit.id, item(last), request_key=f"loan-key-{last}") for last in (59, 60))

    assert isinstance(hurting, Loan)
    assert isinstance(endless, Loan)
    assert hurting.title == "[size=20000]BOOM[/size] \x1b@ \ufffd"
    assert len(endless.title) == 10_000


def test_parallel_calls(library: HttpLibrary) -> None:
    """Ten items are lent at once over one library object; each gets its own answer."""
    visit = opened(library, "anna")

    with ThreadPoolExecutor(10) as threads:
        loans = list(threads.map(lambda last: library.lend(visit.id, item(last), request_key=f"loan-key-{last}"), range(1, 11)))

    assert [loan.item for loan in loans if isinstance(loan, Loan)] == [item(last) for last in range(1, 11)]
    assert library.record(visit.id).strips == 115


def test_wrong_token(desk: RunningDesk) -> None:
    """A token that the desk does not know is staff's business, and the hint says which."""
    library = HttpLibrary(desk.url, "made-up")

    with pytest.raises(LibraryIncoherent, match="token") as failed:
        library.open_visit(key("anna"), request_key="some-key-1")
    assert "pair" in failed.value.hint
    library.close()


def test_visit_that_is_over(library: HttpLibrary) -> None:
    """Lending in a visit that is closed, or never was, is incoherent: nothing was lent, and nothing is unknown."""
    visit = opened(library, "anna")
    library.close_visit(visit.id)

    for visit_id in (visit.id, "../../made up"):
        with pytest.raises(LibraryIncoherent):
            library.lend(visit_id, item(1), request_key="loan-key-1")
    with pytest.raises(LibraryIncoherent):
        library.record("made-up")


def test_unanswered_pass(library: HttpLibrary) -> None:
    """A pass without number and UID is no question; the desk says so and the kiosk does not crash."""
    with pytest.raises(LibraryIncoherent, match="422"):
        library.open_visit(PassKey(), request_key="some-key-1")


@pytest.mark.parametrize(
    "url", ["", "desk", "ftp://127.0.0.1", "http://", "http://[", "http://127.0.0.1:99999", "http://127.0.0.1:0", "http://x y"]
)
def test_addresses_that_are_none(url: str) -> None:
    """An address that cannot be is said at once."""
    with pytest.raises(LibraryIncoherent, match=r"library\.url"):
        HttpLibrary(url, "token")


def test_token_with_a_line_break() -> None:
    """A token that cannot stand in a header is said at once, and is not repeated."""
    with pytest.raises(LibraryIncoherent, match="pair") as failed:
        HttpLibrary("http://127.0.0.1", "secret\r\nX: y")
    assert "secret" not in str(failed.value)


def test_nobody_listens(desk: RunningDesk) -> None:
    """Where nobody listens, nothing was sent: the library is silent, also for a loan."""
    library = HttpLibrary("http://127.0.0.1:1", desk.token())

    with pytest.raises(LibrarySilent):
        library.lend("visit", item(1), request_key="loan-key-1")
    with pytest.raises(LibrarySilent):
        library.status()
    library.close()


def test_a_name_that_is_none(desk: RunningDesk) -> None:
    """A host whose name is not known is a silent library; the look-up leaves no thread behind."""
    library = HttpLibrary("http://no-such-host.invalid", desk.token(), verify_seconds=30)

    with pytest.raises(LibrarySilent, match=r"no-such-host\.invalid"):
        library.status()
    library.close()
    for thread in threading.enumerate():
        if thread.name == "look-up":
            thread.join(30)
            assert not thread.is_alive()


def test_names_are_looked_up(desk: RunningDesk) -> None:
    """A host may be given by its name."""
    library = HttpLibrary(desk.url.replace("127.0.0.1", "localhost"), desk.token())

    assert library.status().name == "Bibliotheek Waddenkust"
    library.close()
