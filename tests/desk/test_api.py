"""Tokens, problems, the description, the log: what is the same for all resources."""

from __future__ import annotations

import json

import httpx
import pytest
from sqlalchemy import text, update

from desk import devices
from desk.store import patrons
from tests.desk.running import MORNING, PASSES, RunningDesk, item

VISIT = {"pass": PASSES["anna"]}
KEY = {"Idempotency-Key": "some-key-1"}


def code(answer: httpx.Response) -> str:
    """The code of a problem, which has to be one in all its parts."""
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    return str(problem["type"].removeprefix("urn:gastlenen:problem:"))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/visits", VISIT),
        ("POST", "/v1/visits/x/loans", {"item": "1"}),
        ("GET", "/v1/loans/by-key/x", None),
        ("GET", "/v1/visits/x/loans", None),
        ("DELETE", "/v1/visits/x", None),
    ],
)
@pytest.mark.parametrize(
    "token", [None, "Basic", "made-up", "\N{LATIN SMALL LETTER E WITH DIAERESIS}"], ids=["none", "another scheme", "made up", "not ASCII"]
)
def test_strangers_are_refused(desk: RunningDesk, method: str, path: str, body: object, token: str | None) -> None:
    """Without a token, or with one that is nobody's, nothing is answered."""
    headers = KEY if token is None else KEY | {"Authorization": token if token == "Basic" else f"Bearer {token}"}

    answer = desk.client().request(method, path, json=body, headers=httpx.Headers(headers, encoding="utf-8"))

    assert (answer.status_code, code(answer)) == (401, "token")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_revoked_token(desk: RunningDesk) -> None:
    """A token that was taken back is nobody's; another one of the same desk still is somebody's."""
    kiosk, other = desk.kiosk("stolen"), desk.kiosk("other")
    visit = kiosk.visit("anna")
    with desk.store.write() as connection:
        assert devices.revoke(connection, "stolen", MORNING) == 1

    assert code(kiosk.lend(visit, item(1))) == "token"
    assert code(kiosk.client.get(f"/v1/visits/{visit}/loans")) == "token"
    assert other.ask_visit("anna").status_code == 201


def test_tokens_are_long_and_kept_as_hashes(desk: RunningDesk) -> None:
    """A token has 256 random bits, and the database does not hold it."""
    token = desk.token()

    assert len(token) == 43
    with desk.store.read() as connection:
        rows = connection.execute(text("SELECT * FROM devices")).all()
    assert token not in str(rows)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(VISIT, {}, id="no key"),
        pytest.param(VISIT, {"Idempotency-Key": "short"}, id="a short key"),
        pytest.param(VISIT, {"Idempotency-Key": "k" * 101}, id="a long key"),
        pytest.param({}, KEY, id="no pass"),
        pytest.param({"pass": {"read_from": "chip"}}, KEY, id="a pass without a number"),
        pytest.param({"pass": {"number": 20000000000011, "read_from": "chip"}}, KEY, id="a number that is no text"),
        pytest.param({"pass": {"number": "20000000000011", "read_from": "thin air"}}, KEY, id="read from nowhere"),
        pytest.param({"pass": {"number": "2000000000\x0011", "read_from": "chip"}}, KEY, id="NUL in a number"),
        pytest.param({"pass": {"number": "\ud800", "read_from": "chip"}}, KEY, id="a lone surrogate in a number"),
        pytest.param([], KEY, id="a list"),
    ],
)
def test_invalid_requests(desk: RunningDesk, body: object, headers: dict[str, str]) -> None:
    """What is not as described is refused as a problem that repeats nothing of what was sent."""
    answer = desk.kiosk().client.post("/v1/visits", content=json.dumps(body), headers=headers | {"Content-Type": "application/json"})

    assert (answer.status_code, code(answer)) == (422, "request-invalid")
    assert "20000000" not in answer.text


def test_broken_json(desk: RunningDesk) -> None:
    """What is no JSON at all is a problem too."""
    headers = KEY | {"Content-Type": "application/json"}

    assert code(desk.kiosk().client.post("/v1/visits", content=b'{"pass": ', headers=headers)) == "request-invalid"


def test_large_bodies(desk: RunningDesk) -> None:
    """A body that is too large is refused before it is read, and one without a length as well."""
    kiosk = desk.kiosk()

    assert kiosk.post("/v1/visits", {"pass": "x" * 70_000}).status_code == 413
    assert kiosk.client.post("/v1/visits", content=iter([b"{}"]), headers=KEY).status_code == 411


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/", 404), ("GET", "/v1/nothing", 404), ("PUT", "/v1/visits", 405), ("GET", "/docs", 404)]
)
def test_nothing_here(desk: RunningDesk, method: str, path: str, status: int) -> None:
    """What does not exist is a problem, not a page."""
    answer = desk.kiosk().client.request(method, path)

    assert (answer.status_code, code(answer)) == (status, "not-found")


def test_status(desk: RunningDesk) -> None:
    """The status names the library and needs no token."""
    answer = desk.client().get("/v1/status")

    assert answer.json() == {"status": "ok", "name": "Bibliotheek Waddenkust", "isil": "NL-0899990000", "version": "0.0-test"}


def test_store_down(desk: RunningDesk) -> None:
    """The status asks the store: without it, it says so, and every request is a problem that blames the store."""
    kiosk = desk.kiosk()
    with desk.store.write() as connection:
        for table in ("libraries", "visits"):
            connection.execute(text(f"ALTER TABLE {table} RENAME TO gone_{table}"))

    assert code(kiosk.client.get("/v1/status")) == "store-down"
    answer = kiosk.ask_visit("anna")
    assert (answer.status_code, code(answer)) == (503, "store-down")


def test_mistakes_are_problems(desk: RunningDesk) -> None:
    """What nobody thought of is a problem too, and the desk goes on."""
    kiosk = desk.kiosk()
    with desk.store.write() as connection:
        connection.execute(update(patrons).where(patrons.c.number == "20000000000011").values(home_cause="nonsense"))

    answer = kiosk.ask_visit("anna")

    assert (answer.status_code, code(answer)) == (500, "broken")
    assert kiosk.ask_visit("joke").status_code == 201
    assert [line["event"] for line in desk.log(3)] == ["broken", "request", "request"]


def test_clock_wrong(desk: RunningDesk) -> None:
    """A broken clock file stops lending, with a sentence on how to mend it."""
    kiosk = desk.kiosk()
    desk.clock_file.write_text("tomorrow", encoding="ascii")

    answer = kiosk.ask_visit("anna")

    assert (answer.status_code, code(answer)) == (503, "clock")
    assert "2026-11-24T09:00:00+01:00" in answer.json()["detail"]


def test_description(desk: RunningDesk) -> None:
    """The API describes itself: every resource, its problems as problems, its token, its key."""
    description = desk.client().get("/openapi.json").json()

    assert description["openapi"].startswith("3.1")
    assert set(description["paths"]) == {
        "/v1/status",
        "/v1/visits",
        "/v1/visits/{visit}/loans",
        "/v1/loans/by-key/{key}",
        "/v1/visits/{visit}",
    }
    lend = description["paths"]["/v1/visits/{visit}/loans"]["post"]
    assert set(lend["responses"]) == {"201", "401", "404", "409", "422", "503"}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}}
    assert [lend["responses"][status]["content"] for status in ("401", "409", "422")] == [problem] * 3
    assert [(header["name"], header["required"]) for header in lend["parameters"] if header["in"] == "header"] == [
        ("Idempotency-Key", True)
    ]
    assert lend["security"]
    assert "HTTPValidationError" not in str(description["paths"])


def test_log_names_nobody(desk: RunningDesk) -> None:
    """Each request is one line with its route; no number of a pass or item, no token, no visit stands in it."""
    kiosk = desk.kiosk()
    visit = kiosk.visit("anna")
    kiosk.lend(visit, item(1))
    kiosk.post("/v1/visits", {"pass": {"number": "20000000000011"}})
    kiosk.client.get(f"/v1/nothing/{visit}")

    log = desk.log(4)

    assert [(line["method"], line["route"], line["status"]) for line in log] == [
        ("POST", "/v1/visits", 201),
        ("POST", "/v1/visits/{visit}/loans", 201),
        ("POST", "/v1/visits", 422),
        ("GET", "unknown", 404),
    ]
    assert not [secret for secret in ("2000000000", "3000000000", visit, kiosk.client.headers["authorization"]) if secret in str(log)]
