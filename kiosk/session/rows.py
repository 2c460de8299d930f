"""What answers do to the items of a visit; shared by the places where answers may still come in. Not for places or pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never

from drivers.contract import ItemSighting
from kiosk.domain.refusals import Reason, Refusal
from kiosk.session.effects import AskLoan, Effect, Note, ReleaseSecurity
from kiosk.session.events import (
    LibraryFailed,
    LoanMade,
    LoanRefused,
    LoanUncertain,
    LoanUnsettled,
    SecurityFailed,
    SecurityReleased,
)
from kiosk.session.places import Gate, ItemRow, RowState

LoanAnswer = LoanMade | LoanRefused | LoanUncertain | LoanUnsettled | LibraryFailed | SecurityReleased | SecurityFailed


@dataclass(frozen=True, slots=True)
class Changed:
    """The rows and strips after an answer, and what is to be done about it."""

    rows: tuple[ItemRow, ...]
    strips: int | None
    effects: tuple[Effect, ...] = ()


def answered(rows: tuple[ItemRow, ...], strips: int | None, answer: LoanAnswer, *, release: bool) -> Changed | None:
    """Put an answer into the row that asked for it; None when no row is waiting for it.

    `release`: this kiosk releases gate bits.
    """
    row = next((row for row in rows if row.request == answer.request), None)
    if row is None or (row.state in {RowState.LENT, RowState.REFUSED} and not isinstance(answer, (SecurityReleased, SecurityFailed))):
        return None  # it has its answer
    effects: tuple[Effect, ...] = ()
    match answer:
        case LoanMade(visit, request, loan):
            gate = Gate.RELEASING if release and loan.release_security and row.tags else Gate.UNTOUCHED
            changed = replace(row, state=RowState.LENT, loan=loan, title=loan.title, gate=gate)
            if loan.strips_left is not None:
                # answers may overtake each other; within a visit strips only go down
                strips = loan.strips_left if strips is None else min(strips, loan.strips_left)
            effects = (Note(visit, "lent", (("item", row.item), ("loan", loan.id), ("due", loan.due.isoformat()))),)
            if gate is Gate.RELEASING:
                effects += (ReleaseSecurity(visit, request, row.item, row.tags),)
        case LoanRefused(visit, _, refused):
            changed = replace(row, state=RowState.REFUSED, refusals=refused.refusals, title=refused.title or row.title)
            reasons = " ".join(refusal.reason for refusal in refused.refusals)
            effects = (Note(visit, "loan_refused", (("item", row.item), ("reasons", reasons))),)
        case LibraryFailed(visit, _, hint):
            changed = replace(row, state=RowState.REFUSED, refusals=(Refusal(Reason.LIBRARY_SILENT),))
            effects = (Note(visit, "library_silent", (("item", row.item), ("hint", hint))),)
        case LoanUncertain(visit, _):
            changed = replace(row, state=RowState.UNCERTAIN)
            effects = (Note(visit, "loan_uncertain", (("item", row.item),)),)
        case LoanUnsettled(visit, _):
            changed = replace(row, state=RowState.OPEN, refusals=(Refusal(Reason.OUTCOME_UNKNOWN),))
            effects = (Note(visit, "loan_open", (("item", row.item),)),)
        case SecurityReleased():
            changed = replace(row, gate=Gate.RELEASED)
        case SecurityFailed(visit, _, hint):
            changed = replace(row, gate=Gate.FAILED)
            effects = (Note(visit, "security_not_released", (("item", row.item), ("hint", hint))),)
        case _:
            assert_never(answer)
    return Changed(tuple(changed if other is row else other for other in rows), strips, effects)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item that the guest wants: its barcode, and the UIDs of its parts on the pad. `complete`: all parts of the set lie there."""

    item: str
    tags: tuple[bytes, ...] = ()
    complete: bool = True


def new_on_pad(pad: Iterable[ItemSighting], before: Iterable[ItemSighting], left: frozenset[str]) -> tuple[Wanted, ...]:
    """The items of which something lies on the pad that did not lie there before; those left by the visit before are nobody's wish."""
    old = {(sighting.item, sighting.uid) for sighting in before}
    lying: dict[str, list[ItemSighting]] = {}
    for sighting in pad:
        lying.setdefault(sighting.item, []).append(sighting)
    return tuple(
        _wanted(item, sightings)
        for item, sightings in lying.items()
        if item not in left and any((item, sighting.uid) not in old for sighting in sightings)
    )


def _wanted(item: str, sightings: list[ItemSighting]) -> Wanted:
    parts = max(sighting.parts for sighting in sightings)
    complete = parts <= 1 or {sighting.part for sighting in sightings} >= set(range(1, parts + 1))
    return Wanted(item, tuple(sighting.uid for sighting in sightings), complete)


def scanned(item: str, pad: Iterable[ItemSighting]) -> Wanted:
    """An item whose barcode was scanned; its parts may besides lie on the pad. Who scans has the whole set in his hands."""
    return Wanted(item, tuple(sighting.uid for sighting in pad if sighting.item == item))


@dataclass(frozen=True, slots=True)
class Asked:
    """The rows with new questions in them."""

    rows: tuple[ItemRow, ...]
    requests: int
    effects: tuple[Effect, ...]


def ask(rows: tuple[ItemRow, ...], requests: int, visit: int, visit_id: str, items: Iterable[Wanted]) -> Asked:
    """Ask the library for items; what is lent or under way is not asked again, what was refused is. A set that is not whole is not asked for.

    `requests` is the last request number that was given out.
    """
    effects: list[Effect] = []
    for wanted in items:
        known = next((row for row in rows if row.item == wanted.item), None)
        if known is not None and known.state is not RowState.REFUSED:
            continue
        requests += 1
        row = ItemRow(wanted.item, requests, title=known.title if known else "", tags=wanted.tags)
        if wanted.complete:
            effects.append(AskLoan(visit, requests, visit_id, wanted.item))
        else:
            row = replace(row, state=RowState.REFUSED, refusals=(Refusal(Reason.INCOMPLETE_SET),))
        rows = (*(other for other in rows if other is not known), row)
    return Asked(rows, requests, tuple(effects))


def put_back(rows: tuple[ItemRow, ...], visit: int, pad: Iterable[ItemSighting]) -> Changed:
    """Release the gate bit of lent items that now lie on the pad with their bit still armed."""
    armed: dict[str, tuple[bytes, ...]] = {}
    for sighting in pad:
        if sighting.uid and sighting.secured:
            armed[sighting.item] = (*armed.get(sighting.item, ()), sighting.uid)
    effects: list[Effect] = []
    changed: list[ItemRow] = []
    for row in rows:
        tags = armed.get(row.item, ())
        wanted = row.state is RowState.LENT and row.gate in {Gate.UNTOUCHED, Gate.FAILED} and row.loan and row.loan.release_security
        if tags and wanted:
            effects.append(ReleaseSecurity(visit, row.request, row.item, tags))
            changed.append(replace(row, gate=Gate.RELEASING, tags=tags))
        else:
            changed.append(row)
    return Changed(tuple(changed), None, tuple(effects))


def give_up(rows: tuple[ItemRow, ...], visit: int) -> Changed:
    """Answers took too long: what is still under way is open from now on, for the receipt and the desk."""
    effects: list[Effect] = []
    changed: list[ItemRow] = []
    for row in rows:
        if row.state in {RowState.ASKING, RowState.UNCERTAIN}:
            effects.append(Note(visit, "loan_open", (("item", row.item),)))
            changed.append(replace(row, state=RowState.OPEN, refusals=(Refusal(Reason.OUTCOME_UNKNOWN),)))
        elif row.gate is Gate.RELEASING:
            changed.append(replace(row, gate=Gate.FAILED))
        else:
            changed.append(row)
    return Changed(tuple(changed), None, tuple(effects))
