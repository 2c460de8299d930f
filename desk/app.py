"""The web application: the API, its problems, its log, and what it takes no further. Not for listening: that is server."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk import problems
from desk.answers import ascii_json
from desk.api import Desk, router
from desk.clock import ClockError
from desk.problems import Problem
from desk.store import CONNECTIONS

_LONGEST_BODY = 64 * 1024


def create_app(desk: Desk) -> FastAPI:
    """The desk as an ASGI application."""
    app = _DescribedDesk(title="Desk", version=desk.version, docs_url=None, redoc_url=None, lifespan=_threads)
    app.state.desk = desk
    app.include_router(router)
    app.add_middleware(_Log)
    app.add_middleware(_SmallBodies)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(SQLAlchemyError, _store_down)
    app.add_exception_handler(ClockError, _clock_wrong)
    return app


class _DescribedDesk(FastAPI):
    """FastAPI describes every answer with a model as `application/json`; problems have a media type of their own."""

    def openapi(self) -> dict[str, Any]:
        description = super().openapi()
        for operations in description["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if status.startswith(("4", "5")) and "application/json" in answer["content"]:
                        answer["content"] = {problems.MEDIA_TYPE: answer["content"]["application/json"]}
        return description


@asynccontextmanager
async def _threads(_: FastAPI) -> AsyncIterator[None]:
    current_default_thread_limiter().total_tokens = CONNECTIONS  # more would only wait for a connection
    yield


class _Log:
    """Writes one line for each request: its route, never its path or body, which may name somebody.

    A mistake of ours is written with its traceback, and answered as a problem; the connection stays.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._log = structlog.get_logger("desk")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0
        began = time.perf_counter()

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        except Exception:
            self._log.exception("broken")
            if status:
                raise  # the answer has begun: the connection has to be cut
            await _answer(problems.problem(500, "broken", "The desk made a mistake.", "Look at the desk's log."))(scope, receive, note)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            self._log.info("request", method=scope["method"], route=route, status=status, ms=round((time.perf_counter() - began) * 1000, 1))


class _SmallBodies:
    """Refuses bodies that no request of ours has, before they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            if b"transfer-encoding" in headers:
                await _answer(problems.problem(411, "too-large", "The length is missing.", "Send Content-Length."))(scope, receive, send)
                return
            if int(headers.get(b"content-length", b"0")) > _LONGEST_BODY:
                await _answer(problems.problem(413, "too-large", "The body is too large.", "Send at most 64 KiB."))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _answer(body: dict[str, object], headers: dict[str, str] | None = None) -> Response:
    return Response(ascii_json(body), int(str(body["status"])), headers, problems.MEDIA_TYPE)


async def _problem(_: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return _answer(error.body, {"WWW-Authenticate": "Bearer"} if error.status == 401 else None)  # noqa: PLR2004  RFC 9110, 15.5.2


async def _invalid(_: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # Where and why, never what was sent: it may be a pass number.
    errors = [{"where": ".".join(map(str, found["loc"])), "why": found["msg"]} for found in error.errors()]
    return _answer(problems.problem(422, "request-invalid", "The request is not as described.", "See /openapi.json.", errors=errors))


async def _http(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _answer(
        problems.problem(error.status_code, "not-found", "There is nothing here.", "See /openapi.json."), dict(error.headers or {})
    )


async def _store_down(_: Request, error: Exception) -> Response:
    structlog.get_logger("desk").error("store_down", error=str(error))
    return _answer(problems.problem(503, "store-down", "The store does not answer.", "Look at the desk's log."))


async def _clock_wrong(_: Request, error: Exception) -> Response:
    return _answer(problems.problem(503, "clock", "The clock file cannot be read.", str(error)))
