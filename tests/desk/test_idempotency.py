"""Keys: a repetition gets the same answer and changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import func, select

from desk import answers
from desk.store import answers as kept
from desk.store import loans, visits
from tests.desk.running import MORNING, RunningDesk, item


def test_same_key_same_answer(desk: RunningDesk) -> None:
    """A repeated loan gets the first answer word for word, also after the visit is closed."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("anna")
    first = kiosk.lend(visit, item(1), "the-same-key")
    kiosk.client.delete(f"/v1/visits/{visit}")

    again = kiosk.lend(visit, item(1), "the-same-key")

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.json()["strips_left"] == 124


def test_refusals_are_kept(desk: RunningDesk) -> None:
    """A refusal is repeated as it was, though it would not be refused any more."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("anna")
    first = kiosk.lend(visit, item(41), "the-same-key")
    refused = kiosk.ask_visit("femke", "another-key")
    assert (first.status_code, refused.status_code) == (409, 403)

    assert kiosk.lend(visit, item(41), "the-same-key").content == first.content
    assert kiosk.ask_visit("femke", "another-key").content == refused.content


def test_same_key_other_body(desk: RunningDesk) -> None:
    """A key that is used for something else is refused, and nothing happens: other item, other visit, other pass, other kind of request."""
    kiosk = desk.kiosk()
    visit, other = kiosk.visit("anna"), kiosk.visit("joke")
    kiosk.lend(visit, item(1), "the-same-key")
    kiosk.ask_visit("anna", "visiting-key")

    wrong = [
        kiosk.lend(visit, item(2), "the-same-key"),
        kiosk.lend(other, item(1), "the-same-key"),
        kiosk.ask_visit("joke", "visiting-key"),
        kiosk.ask_visit("anna", "the-same-key"),
        kiosk.lend(visit, item(2), "visiting-key"),
    ]

    assert [(answer.status_code, answer.json()["type"]) for answer in wrong] == [(422, "urn:gastlenen:problem:key-reused")] * 5
    assert len(kiosk.client.get(f"/v1/visits/{visit}/loans").json()["loans"]) == 1


def test_keys_of_two_kiosks(desk: RunningDesk) -> None:
    """Two kiosks may use the same key for different things."""
    one, other = desk.kiosk("one"), desk.kiosk("other")

    assert one.ask_visit("anna", "the-same-key").json()["patron"]["initials"] == "A."
    assert other.ask_visit("joke", "the-same-key").json()["patron"]["initials"] == "J."
    assert one.client.get("/v1/loans/by-key/the-same-key").status_code == 404


def test_parallel_repeats(desk: RunningDesk) -> None:
    """Thirty-two repetitions at the same moment make one loan, and all get its answer."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("anna")

    with ThreadPoolExecutor(32) as threads:
        got = list(threads.map(lambda _: kiosk.lend(visit, item(1), "the-same-key").content, range(32)))

    assert len(set(got)) == 1
    with desk.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(loans).where(loans.c.visit == visit)).scalar_one() == 1
    assert kiosk.client.get(f"/v1/visits/{visit}/loans").json()["strips"] == 124


def test_parallel_visits(desk: RunningDesk) -> None:
    """A repeated request for a visit opens one visit."""
    kiosk = desk.kiosk()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: kiosk.ask_visit("anna", "the-same-key").content, range(8)))) == 1

    with desk.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(visits)).scalar_one() == 1


def test_by_key(desk: RunningDesk) -> None:
    """By its key one learns what became of a loan: lent, refused with every reason and the title, or never arrived."""
    kiosk, other = desk.kiosk(), desk.kiosk("other")
    visit = kiosk.visit("anna")
    loan = kiosk.lend(visit, item(1), "lent-key").json()
    refusal = kiosk.lend(visit, item(45), "refused-key").json()
    unknown = kiosk.lend(visit, item(9999), "unknown-key").json()

    def by_key(key: str) -> object:
        return kiosk.client.get(f"/v1/loans/by-key/{key}").json()

    assert by_key("lent-key") == {"state": "lent", "loan": loan}
    assert by_key("refused-key") == {"state": "refused", "reasons": refusal["reasons"], "title": "Joe Speedboot"}
    assert by_key("unknown-key") == {"state": "refused", "reasons": unknown["reasons"]}
    assert kiosk.client.get("/v1/loans/by-key/no-such-key").json()["type"] == "urn:gastlenen:problem:key-unknown"
    assert other.client.get("/v1/loans/by-key/lent-key").status_code == 404


def test_request_in_no_visit_is_not_kept(desk: RunningDesk) -> None:
    """A loan in a visit that does not exist changed nothing, so its key never arrived."""
    kiosk = desk.kiosk()

    assert kiosk.lend("made-up", item(1), "the-same-key").status_code == 404
    assert kiosk.client.get("/v1/loans/by-key/the-same-key").status_code == 404


def test_old_answers_are_let_go(desk: RunningDesk) -> None:
    """Answers are kept for two weeks."""
    kiosk = desk.kiosk()
    kiosk.ask_visit("anna")

    for at, left in ((MORNING + answers.KEPT, 1), (MORNING + answers.KEPT + timedelta(seconds=1), 0)):
        with desk.store.write() as connection:
            answers.forget_old(connection, at)
            assert connection.execute(select(func.count()).select_from(kept)).scalar_one() == left
