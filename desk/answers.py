"""What was answered to a request's key, so that a repetition gets the same answer and changes nothing. Not for what the answers mean.

A key belongs to the device that used it. The answer is kept in the transaction of the change itself: both are there, or neither.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from desk.store import answers

KEPT = timedelta(days=14)

_BY_KEY = select(answers.c.action, answers.c.asked_sha256, answers.c.status, answers.c.body).where(
    answers.c.device == bindparam("device"), answers.c.key == bindparam("key")
)
_KEEP = insert(answers)


class Action(StrEnum):
    """What a key was used for."""

    VISIT = "visit"
    LOAN = "loan"


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON text in ASCII: a title may hold a lone surrogate, which UTF-8 cannot carry."""

    status: int
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given, and the hash of what was asked."""

    action: Action
    asked: str
    answer: Answer


def ascii_json(value: Any) -> str:
    """JSON in ASCII."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def fingerprint(*asked: Any) -> str:
    """What was asked, as a hash: two requests that mean the same have the same one."""
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def find(connection: Connection, device: int, key: str) -> Kept | None:
    """What was answered to this device's key."""
    row = connection.execute(_BY_KEY, {"device": device, "key": key}).first()
    return None if row is None else Kept(Action(row.action), row.asked_sha256, Answer(row.status, row.body))


def keep(connection: Connection, device: int, key: str, kept: Kept, at: datetime) -> None:
    """Keep an answer, in the transaction of what it answers."""
    answer = {"action": kept.action, "asked_sha256": kept.asked, "status": kept.answer.status, "body": kept.answer.body}
    connection.execute(_KEEP, {"device": device, "key": key, "at": at, **answer})


def forget_old(connection: Connection, now: datetime) -> None:
    """Let go of answers that nobody will ask for again."""
    connection.execute(delete(answers).where(answers.c.at < now - KEPT))
