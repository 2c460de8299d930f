"""Answers as values: strict in what is needed, deaf to the rest."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.backend import wire
from kiosk.domain.refusals import Cause, Reason, Refusal, Refused

VISIT: dict[str, Any] = {
    "id": "v",
    "patron": {"kind": "guest", "initials": "A.", "language": None, "home": None},
    "subscription": {"name": "Gast", "until": None, "provisional": False},
    "strips": 3,
    "loans": 0,
    "loans_allowed": 20,
    "notices": ["Closed on Monday"],
}
LOAN: dict[str, Any] = {"id": "l", "item": "1", "title": "t", "due": "2026-12-15", "strips": 1, "strips_left": 4, "release_security": True}


def refusal(**reason: object) -> Refusal:
    """The one reason of a refusal."""
    refused = wire.refused(json.dumps({"reasons": [reason]}).encode())
    assert len(refused.refusals) == 1
    return refused.refusals[0]


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": 5},
        {"id": "x" * 300},
        {"patron": None},
        {"patron": {"kind": "cat", "initials": "A."}},
        {"subscription": {"name": "x", "until": "soon"}},
        {"strips": "many"},
        {"strips": 1.5},
        {"strips": True},
        {"loans": -1},
        {"loans_allowed": None},
        {"loans_allowed": 10**30},
        {"notices": "none"},
        {"notices": ["x"] * 1001},
    ],
    ids=str,
)
def test_nonsense_in_a_visit(change: dict[str, object]) -> None:
    """A visit that lacks what is needed, or says it wrongly, is no visit; the error repeats nothing of it."""
    with pytest.raises(wire.Nonsense) as failed:
        wire.visit(json.dumps(VISIT | change).encode())
    assert "soon" not in str(failed.value)
    assert failed.value.__cause__ is None


def test_unknown_fields() -> None:
    """Fields that a newer desk adds are not seen."""
    more = VISIT | {"colour": "blue", "patron": VISIT["patron"] | {"shoe_size": 43}}

    assert wire.visit(json.dumps(more).encode()) == wire.visit(json.dumps(VISIT).encode())


@pytest.mark.parametrize("reason", Reason)
def test_known_codes(reason: Reason) -> None:
    """Every code of ours comes through, whatever side the server puts it on."""
    assert refusal(code=reason.value, side="pass").reason is reason


@pytest.mark.parametrize(
    ("side", "reason"),
    [
        ("pass", Reason.CHIP_UNREADABLE),
        ("home", Reason.HOME_SUBSCRIPTION_INVALID),
        ("desk", Reason.BLOCKED_HERE),
        ("item", Reason.UNKNOWN_ITEM),
        ("technical", Reason.LIBRARY_SILENT),
        ("moon", Reason.LIBRARY_SILENT),
        ("", Reason.LIBRARY_SILENT),
    ],
)
def test_unknown_codes(side: str, reason: Reason) -> None:
    """A code of a newer desk becomes the one of its side whose next step is right anyway."""
    assert refusal(code="full_moon", side=side).reason is reason


def test_unknown_causes() -> None:
    """A cause that is not known is another one; causes belong to the home library only."""
    assert refusal(code="home_subscription_invalid", side="home", cause="moved").cause is Cause.OTHER
    assert refusal(code="home_subscription_invalid", side="home").cause is None
    assert refusal(code="reserved", side="item", cause="fine").cause is None


def test_a_reason_is_said_once() -> None:
    """Two unknown codes that become the same known one are one reason; the order stays."""
    body = {
        "reasons": [{"code": "x", "side": "desk"}, {"code": "no_chip", "side": "pass"}, {"code": "y", "side": "desk"}],
        "item_title": "t",
    }

    assert wire.refused(json.dumps(body).encode()) == Refused((Refusal(Reason.BLOCKED_HERE), Refusal(Reason.NO_CHIP)), "t")


def test_a_refusal_needs_reasons() -> None:
    """A refusal without a reason is nonsense."""
    for body in (b'{"reasons": []}', b"{}", b'{"reasons": [{"side": "desk"}]}'):
        with pytest.raises(wire.Nonsense):
            wire.refused(body)


def test_texts_are_cut_and_cleaned() -> None:
    """Texts end at 20,000 characters; pairs of surrogates are characters, a lone one is replaced."""
    titles = ("x" * 30_000, "\ud83d\ude00 \ud800", "\udc00\ud83d")

    read = [wire.loan(json.dumps(LOAN | {"title": title}).encode()).title for title in titles]

    assert read == ["x" * 20_000, "\N{GRINNING FACE} \ufffd", "\ufffd\ufffd"]


@given(st.text(st.characters()))
def test_every_title_can_be_encoded(title: str) -> None:
    """Whatever a title held, it can be written to a screen, a printer or a file."""
    wire.loan(json.dumps(LOAN | {"title": title}).encode()).title.encode()


@pytest.mark.parametrize(
    "body", [{"state": "lent"}, {"state": "refused"}, {"state": "refused", "reasons": []}, {"state": "maybe", "loan": LOAN}]
)
def test_nonsense_about_a_loan(body: dict[str, object]) -> None:
    """An outcome has to be one."""
    with pytest.raises(wire.Nonsense):
        wire.outcome(json.dumps(body).encode())


@given(st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_anything_else(body: bytes) -> None:
    """Bytes that are nothing are nonsense, and nothing else is raised."""
    for read in (wire.visit, wire.loan, wire.refused, wire.outcome, wire.record, wire.status):
        with pytest.raises(wire.Nonsense):
            read(body)
    assert wire.problem_code(body) == ""
