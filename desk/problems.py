"""Answers that say no, as RFC 9457 problems. Not for deciding: the rules stand in guests and lending."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from kiosk.domain.patrons import HomeLibrary
from kiosk.domain.refusals import Refusal, Refused

MEDIA_TYPE = "application/problem+json"
_PREFIX = "urn:gastlenen:problem:"


class Problem(Exception):
    """A request that is answered with a problem; whatever its transaction did is taken back.

    `code` ends the problem's type and never changes its meaning: refused, token, key-reused, key-unknown, visit-unknown, visit-over,
    request-invalid, not-found, too-large, clock, store-down, broken.
    """

    def __init__(self, status: int, code: str, title: str, detail: str, **more: Any) -> None:
        super().__init__(title)
        self.status = status
        self.code = code
        self.body = problem(status, code, title, detail, **more)


def problem(status: int, code: str, title: str, detail: str, **more: Any) -> dict[str, Any]:
    """The body of a problem."""
    return {"type": _PREFIX + code, "title": title, "status": status, "detail": detail, **more}


def refused(status: int, answer: Refused, title: str) -> dict[str, Any]:
    """A refusal as a problem: every reason, and the item's title where it is known."""
    reasons = [_reason(refusal) for refusal in answer.refusals]
    known = {"item_title": answer.title} if answer.title else {}
    return problem(status, "refused", title, "Each reason says who can help.", reasons=reasons, **known)


def home_shape(home: HomeLibrary) -> dict[str, Any]:
    """A home library, and how to reach it."""
    facts = asdict(home)
    return {"isil": facts.pop("isil"), "name": facts.pop("name"), "contact": facts}


def _reason(refusal: Refusal) -> dict[str, Any]:
    shape: dict[str, Any] = {"code": refusal.reason.value, "side": refusal.reason.side.value}
    if refusal.cause:
        shape["cause"] = refusal.cause.value
    if refusal.home:
        shape["home"] = home_shape(refusal.home)
    if refusal.from_age is not None:
        shape["from_age"] = refusal.from_age
    return shape
