"""The library over HTTP, for kiosks: resources, shapes, statuses. Not for rules (guests, lending) and not for the server (app).

Every request that changes something carries an `Idempotency-Key`: same key and body, same answer; same key, other body, 422.
Bodies are written as ASCII, and not by pydantic, because a title may hold a lone surrogate. Pass numbers come in bodies only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection

from desk import answers, devices, guests, isil, lending, problems
from desk.answers import Action, Answer, Kept, ascii_json
from desk.clock import Clock
from desk.guests import Visit
from desk.problems import Problem
from desk.shapes import (
    ByKeyShape,
    LoanAsked,
    LoanShape,
    LoansShape,
    ProblemShape,
    StatusShape,
    VisitAsked,
    VisitShape,
    loan_shape,
    visit_shape,
)
from desk.store import Store
from kiosk.domain.refusals import Refused


@dataclass(frozen=True, slots=True)
class Desk:
    """What the resources work with; stands in the application's state."""

    store: Store
    clock: Clock
    version: str


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


_bearer = HTTPBearer(auto_error=False, description="The device's token, given once when the kiosk was paired.")


def _token(found: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> str:
    if found is None:
        raise _stranger()
    return found.credentials


Here = Annotated[Desk, Depends(_desk)]
Token = Annotated[str, Depends(_token)]


@dataclass(frozen=True, slots=True)
class _Change:
    """What every request that changes something brings along."""

    desk: Here
    token: Token
    key: Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=100, pattern=r"^[!-~]+$")]


Change = Annotated[_Change, Depends()]


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": ProblemShape, "description": "Problem (RFC 9457)"} for status in statuses}


router = APIRouter(prefix="/v1")


@router.get("/status", response_model=StatusShape, responses=_problems(503))
def status(desk: Here) -> Response:
    """Is the library there? Really asks the store."""
    with desk.store.read() as connection:
        own = isil.own_library(connection)
    return _reply(200, {"status": "ok", "name": own.name if own else "", "isil": own.isil if own else "", "version": desk.version})


@router.post("/visits", status_code=201, response_model=VisitShape, responses=_problems(401, 403, 422, 503))
def open_visit(asked: VisitAsked, change: Change) -> Response:
    """May this person borrow? Opens a visit, or gives every reason against it."""

    def work(connection: Connection, device: int, now: datetime) -> Answer:
        answer = guests.open_visit(connection, device, asked.pass_.key(), now)
        if isinstance(answer, Refused):
            return Answer(403, ascii_json(problems.refused(403, answer, "This person cannot borrow at the kiosk.")))
        return Answer(201, ascii_json(visit_shape(answer)))

    return _once(change, Action.VISIT, answers.fingerprint(asked.model_dump(mode="json")), work)


@router.post("/visits/{visit}/loans", status_code=201, response_model=LoanShape, responses=_problems(401, 404, 409, 422, 503))
def lend(visit: str, asked: LoanAsked, change: Change) -> Response:
    """Lend one item, or give every reason against it."""

    def work(connection: Connection, device: int, now: datetime) -> Answer:
        found = _visit(connection, device, visit, now, to_lend=True)
        if found.is_over(now):
            raise Problem(409, "visit-over", "This visit is over.", "Open a new visit with the pass.")
        answer = lending.lend(connection, found, asked.item, now)
        if isinstance(answer, Refused):
            return Answer(409, ascii_json(problems.refused(409, answer, "This item cannot be lent now.")))
        return Answer(201, ascii_json(loan_shape(answer)))

    return _once(change, Action.LOAN, answers.fingerprint(visit, asked.item), work)


@router.get("/loans/by-key/{key:path}", response_model=ByKeyShape, responses=_problems(401, 404, 422, 503))
def by_key(key: str, desk: Here, token: Token) -> Response:
    """What became of a loan whose answer was lost. 404: that key never arrived; a request still on its way may arrive until the visit is closed."""
    with desk.store.write() as connection:  # as a writer it waits until a loan that is being made is made
        kept = answers.find(connection, _device(connection, token), key)
    if kept is None or kept.action is not Action.LOAN:
        raise Problem(404, "key-unknown", "No loan with this key.", "No request for a loan with this key arrived.")
    body = json.loads(kept.answer.body)
    if kept.answer.status == 201:  # noqa: PLR2004  the status that `lend` keeps a loan with
        return _reply(200, {"state": "lent", "loan": body})
    title = {"title": body["item_title"]} if "item_title" in body else {}
    return _reply(200, {"state": "refused", "reasons": body["reasons"], **title})


@router.get("/visits/{visit}/loans", response_model=LoansShape, responses=_problems(401, 404, 422, 503))
def record(visit: str, desk: Here, token: Token) -> Response:
    """What was lent in this visit; for the device that opened it, until a quarter of an hour after it was closed."""
    now = desk.clock.now()
    with desk.store.read() as connection:
        found = lending.record(connection, _visit(connection, _device(connection, token), visit, now))
    return _reply(200, {"loans": [loan_shape(loan) for loan in found.loans], "strips": found.strips})


@router.delete("/visits/{visit}", status_code=204, responses=_problems(401, 404, 422, 503))
def close_visit(visit: str, desk: Here, token: Token) -> Response:
    """The visit is over. Closing it again changes nothing."""
    now = desk.clock.now()
    with desk.store.write() as connection:
        _visit(connection, _device(connection, token), visit, None)
        guests.close_visit(connection, visit, now)
    return Response(status_code=204)


def _once(change: _Change, action: Action, asked: str, work: Callable[[Connection, int, datetime], Answer]) -> Response:
    """Do the work once for this key, in one transaction with keeping its answer; a repetition gets the kept answer."""
    now = change.desk.clock.now()
    with change.desk.store.write() as connection:
        device = _device(connection, change.token)
        kept = answers.find(connection, device, change.key)
        if kept is None:
            kept = Kept(action, asked, work(connection, device, now))
            answers.keep(connection, device, change.key, kept, now)
        elif (kept.action, kept.asked) != (action, asked):
            raise Problem(422, "key-reused", "This key was used for another request.", "Use a new Idempotency-Key for each request.")
    return _send(kept.answer)


def _device(connection: Connection, token: str) -> int:
    device = devices.by_token(connection, token)
    if device is None:
        raise _stranger()
    return device.id


def _visit(connection: Connection, device: int, visit: str, now: datetime | None, *, to_lend: bool = False) -> Visit:
    """A visit of this device; with `now`, only if it is not closed too long."""
    found = guests.find_visit(connection, device, visit, to_lend=to_lend)
    if found is None or (now is not None and found.is_forgotten(now)):
        raise Problem(404, "visit-unknown", "There is no such visit.", "It was never opened by this device, or it was closed long ago.")
    return found


def _stranger() -> Problem:
    return Problem(401, "token", "This device is not paired.", "Pair the kiosk with the desk again, and give it the new token.")


def _reply(status: int, body: dict[str, Any]) -> Response:
    return _send(Answer(status, ascii_json(body)))


def _send(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type="application/json" if answer.status < 300 else problems.MEDIA_TYPE)  # noqa: PLR2004  2xx
