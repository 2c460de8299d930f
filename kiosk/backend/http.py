"""A library over HTTP: the desk's API, or any server that speaks it. Not for the JSON itself (wire) nor for deadlines (deadline)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx

from kiosk.backend import wire
from kiosk.backend.deadline import SECONDS, AnswerUnusable, DeadlineTransport, LineFailed
from kiosk.domain.items import Loan, VisitRecord
from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import OpenVisit
from kiosk.domain.refusals import Refused
from kiosk.ports import LibraryIncoherent, LibrarySilent, LibraryStatus, OutcomeUnknown

LARGEST_ANSWER = 2 * 1024 * 1024

_Value = TypeVar("_Value")


class HttpLibrary:
    """`kiosk.ports.Library` over HTTP.

    Each call has a total deadline: `verify_seconds` for questions, `lend_seconds` for loans. `ca_file` holds the certificate authority of an
    https server, where it is not one of the system's. Threads may share it. Raises LibraryIncoherent for an address or file that cannot be used.
    """

    def __init__(
        self, url: str, token: str, *, verify_seconds: float = 4.0, lend_seconds: float = 8.0, ca_file: Path | None = None
    ) -> None:
        self._verify = verify_seconds
        self._lend = lend_seconds
        scheme = _scheme(url)
        try:
            tls = ssl.create_default_context(cafile=ca_file) if scheme == "https" else None
        except OSError as error:
            raise LibraryIncoherent(f"The certificate file {ca_file} (library.ca_file) cannot be used.") from error
        if not (token.isascii() and token.isprintable()):
            raise LibraryIncoherent("The device token holds characters that no token has; pair the kiosk with the desk again.")
        self._client = httpx.Client(
            base_url=url,
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json, application/problem+json",
                "Accept-Encoding": "identity",
            },
            transport=DeadlineTransport(most=LARGEST_ANSWER, tls=tls),
            trust_env=False,
        )

    def open_visit(self, key: PassKey, *, request_key: str) -> OpenVisit | Refused:
        """May this person borrow? Raises LibrarySilent, LibraryIncoherent."""
        known = {"number": key.number, "uid": key.uid, "owner": key.owner, "read_from": key.read_from.value}
        body = {"pass": {name: value for name, value in known.items() if value}}
        answer = self._ask("POST", "/v1/visits", body=body, request_key=request_key)
        if answer.status_code == HTTPStatus.CREATED:
            return _value(wire.visit, answer)
        if answer.status_code == HTTPStatus.FORBIDDEN:
            return _value(wire.refused, answer)
        raise _incoherent(answer)

    def lend(self, visit_id: str, item: str, *, request_key: str) -> Loan | Refused:
        """Lend one item. An answer that cannot be read may be that of a loan: its outcome is unknown too.

        Raises LibrarySilent, OutcomeUnknown, LibraryIncoherent.
        """
        path = f"/v1/visits/{quote(visit_id, safe='')}/loans"
        try:
            answer = self._send("POST", path, self._lend, body={"item": item}, request_key=request_key)
        except LineFailed as error:
            if error.sent:
                raise OutcomeUnknown(f"The library's answer to a loan was lost: {error}.") from error
            raise _silent(error) from error
        except AnswerUnusable as error:
            raise OutcomeUnknown(f"The library's answer to a loan cannot be used: {error}.") from error
        if answer.is_success:
            try:
                return _value(wire.loan, answer)
            except LibraryIncoherent as error:
                raise OutcomeUnknown(error.hint) from error
        if answer.status_code == HTTPStatus.CONFLICT and not wire.problem_code(answer.content).startswith("visit-"):
            return _value(wire.refused, answer)
        if answer.is_server_error:
            raise OutcomeUnknown(f"The library's server failed ({answer.status_code}) while it made a loan; look at its log.")
        raise _incoherent(answer)

    def outcome(self, request_key: str) -> Loan | Refused | None:
        """What became of a `lend`; None: it never arrived. Raises LibrarySilent, LibraryIncoherent."""
        answer = self._ask("GET", f"/v1/loans/by-key/{quote(request_key, safe='')}")
        if answer.status_code == HTTPStatus.OK:
            return _value(wire.outcome, answer)
        # Any other 404 is that of a wrong address, and says nothing about the loan.
        if answer.status_code == HTTPStatus.NOT_FOUND and wire.problem_code(answer.content) == "key-unknown":
            return None
        raise _incoherent(answer)

    def record(self, visit_id: str) -> VisitRecord:
        """What the library has on record for a visit. Raises LibrarySilent, LibraryIncoherent."""
        answer = self._ask("GET", f"/v1/visits/{quote(visit_id, safe='')}/loans")
        if answer.status_code == HTTPStatus.OK:
            return _value(wire.record, answer)
        raise _incoherent(answer)

    def close_visit(self, visit_id: str) -> None:
        """The visit is over; may be said twice. Raises LibrarySilent, LibraryIncoherent."""
        answer = self._ask("DELETE", f"/v1/visits/{quote(visit_id, safe='')}")
        if answer.status_code != HTTPStatus.NO_CONTENT:
            raise _incoherent(answer)

    def status(self) -> LibraryStatus:
        """Is the library there? Raises LibrarySilent, LibraryIncoherent."""
        answer = self._ask("GET", "/v1/status")
        if answer.status_code == HTTPStatus.OK:
            return _value(wire.status, answer)
        raise _incoherent(answer)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _ask(self, method: str, path: str, *, body: Mapping[str, Any] | None = None, request_key: str = "") -> httpx.Response:
        """A call that leaves nothing behind that matters if its answer is lost."""
        try:
            return self._send(method, path, self._verify, body=body, request_key=request_key)
        except LineFailed as error:
            raise _silent(error) from error
        except AnswerUnusable as error:
            raise LibraryIncoherent(f"The library's answer cannot be used: {error}.") from error

    def _send(self, method: str, path: str, seconds: float, *, body: Mapping[str, Any] | None, request_key: str) -> httpx.Response:
        headers = {"Idempotency-Key": request_key} if request_key else {}
        return self._client.request(method, path, json=body, headers=headers, extensions={SECONDS: seconds})


def _scheme(url: str) -> str:
    """Whether this is an address of http or https. Raises LibraryIncoherent if it is none."""
    wrong = "The library's address (library.url) has to look like https://library.example or http://127.0.0.1:8000."
    try:
        address = urlsplit(url)
        usable = address.scheme in ("http", "https") and address.hostname and address.port != 0  # asking for the port checks it
    except ValueError as error:
        raise LibraryIncoherent(wrong) from error
    if not usable or not url.isascii() or " " in url:
        raise LibraryIncoherent(wrong)
    return address.scheme


def _value(read: Callable[[bytes], _Value], answer: httpx.Response) -> _Value:
    try:
        return read(answer.content)
    except wire.Nonsense as error:
        raise LibraryIncoherent(
            f"The library's answer does not fit this kiosk ({error}); is the address right, and the version?"
        ) from error


def _silent(error: LineFailed) -> LibrarySilent:
    return LibrarySilent(f"The library does not answer: {error}. Look at its server and at the network.")


def _incoherent(answer: httpx.Response) -> LibraryIncoherent:
    status, code = answer.status_code, wire.problem_code(answer.content)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        hint = f"The library's server failed ({status}); look at its log."
    elif status == HTTPStatus.UNAUTHORIZED:
        hint = "The library does not know this kiosk's token; pair the kiosk with the desk again."
    elif code.startswith("visit-"):
        hint = "The library does not know this visit any more; was its database changed?"
    elif not code:
        hint = f"What answers at library.url ({status}) is not a desk; look at the address."
    else:
        hint = f"The library refused a request of this kiosk ({status} {code}); do their versions fit?"
    return LibraryIncoherent(hint)
