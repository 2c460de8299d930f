"""What happens next: `reduce(session, event) -> (session, effects)`, one function per place, nothing but values.

Not for wording (ui.present), nor for doing anything (engine.handlers).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType
from typing import assert_never

from drivers.contract import ItemSighting, Role, Seen
from kiosk.domain.passes import PassKey, ReadFrom
from kiosk.domain.refusals import Reason, Refusal
from kiosk.session import rows as items
from kiosk.session.effects import AskVisit, CloseVisit, Effect, Note, PrintReceipt, PrintSlip, SetTimer, StopTimers
from kiosk.session.events import (
    DeviceDown,
    DeviceUp,
    Event,
    ItemScanned,
    LibraryFailed,
    LoanMade,
    LoanRefused,
    LoanUncertain,
    LoanUnsettled,
    PadChanged,
    PassScanned,
    PassSeen,
    PassSensed,
    Printed,
    PrintFailed,
    SecurityFailed,
    SecurityReleased,
    Tapped,
    TimerName,
    TimerRang,
    Touched,
    VisitOpened,
    VisitRefused,
)
from kiosk.session.places import (
    Attract,
    Checking,
    Desk,
    Ending,
    Farewell,
    Lending,
    Paper,
    Reading,
    Refused,
    Remark,
    RowState,
    Session,
    Settling,
)

Step = tuple[Session, tuple[Effect, ...]]

_READ_SECONDS = 5.0
_REMARK_SECONDS = 8.0
_DECLINED_SECONDS = 4.0
_PRINT_SECONDS = 20.0  # longer than a printer's own deadline
_DUE_DATES_SECONDS = 30.0  # the screen stands in for the paper

_NOT_A_PASS = {
    Seen.UNREADABLE: Reason.CHIP_UNREADABLE,
    Seen.ITEM: Reason.ITEM_NOT_PASS,
    Seen.BANK_CARD: Reason.NOT_A_LIBRARY_PASS,
    Seen.FOREIGN: Reason.NOT_A_LIBRARY_PASS,
    Seen.SEVERAL: Reason.SEVERAL_PASSES,
}


def reduce(session: Session, event: Event) -> Step:
    """Say what the session is after the event, and what is to be done."""
    match event:
        case DeviceUp(role):
            return _health(session, role, event)
        case DeviceDown(role):
            return _health(session, role, event)
        case TimerRang(TimerName.REMARK):
            return replace(session, remark=None), ()
        case Tapped(button) if button.startswith("language:"):
            return _language(session, button.removeprefix("language:"))
        case PassSeen(seen, key):
            session = replace(session, stranger=_stranger(session, seen, key))
            before = session.pad
        case PadChanged(pad):
            lying = {sighting.item for sighting in pad}
            session, before = replace(session, pad=pad, left=session.left & lying), session.pad
        case _:
            before = session.pad
    match session.place:
        case Attract() | Reading():
            return _nobody(session, event)
        case Checking():
            return _checking(session, session.place, event)
        case Lending():
            return _lending(session, session.place, event, before)
        case Settling():
            return _settling(session, session.place, event)
        case Farewell():
            return _farewell(session, session.place, event)
        case Desk() | Refused():
            return _message(session, session.place, event)
        case _:
            assert_never(session.place)


def _stranger(session: Session, seen: Seen, key: PassKey) -> PassKey | None:
    """Whose pass lies on the reader beside the visit that is going on; nobody's when there is no visit, or when it is the guest's own."""
    if not isinstance(session.place, Checking | Lending | Settling):
        return None
    if seen is Seen.PASS:
        return None if key.same_holder(session.place.key) else key
    return PassKey() if seen is Seen.SEVERAL else None


# -- everywhere


def _health(session: Session, role: Role, event: DeviceUp | DeviceDown) -> Step:
    health = {known: fault for known, fault in session.health.items() if known is not role}
    effects: tuple[Effect, ...] = ()
    match event:
        case DeviceDown(_, reason, hint):
            health[role] = reason
            effects = (Note(session.visit, "device_down", (("device", role), ("reason", reason), ("hint", hint))),)
        case DeviceUp() if role in session.health:
            effects = (Note(session.visit, "device_up", (("device", role),)),)
        case DeviceUp():
            pass
    return replace(session, health=MappingProxyType(health)), effects


def _language(session: Session, language: str) -> Step:
    if language not in session.rules.languages:
        return session, ()
    session = replace(session, language=language, language_chosen=True)
    if isinstance(session.place, Lending):
        return _active(session, session.place)
    if isinstance(session.place, Attract):
        return session, (SetTimer(TimerName.LEAVE, session.rules.message_seconds),)
    return session, ()


def _remark(session: Session, remark: Remark) -> Step:
    return replace(session, remark=remark), (SetTimer(TimerName.REMARK, _REMARK_SECONDS),)


def _late(session: Session, event: Event) -> Step:
    """An answer that nobody waits for any more: it is written down, and a visit opened too late is closed again."""
    match event:
        case VisitOpened(visit, _, opened):
            return session, (CloseVisit(opened.id), Note(visit, "late_visit"))
        case LoanMade(visit, _, loan):
            return session, (Note(visit, "late_loan", (("item", loan.item), ("loan", loan.id))),)
        case LibraryFailed(visit) | LoanRefused(visit) | LoanUnsettled(visit) | SecurityFailed(visit) | PrintFailed(visit):
            return session, (Note(visit, "late_answer", (("answer", type(event).__name__),)),)
        case _:
            return session, ()


def _over(session: Session) -> Session:
    """The session with nothing of the guest left in it."""
    return replace(
        session,
        place=Attract(),
        language=session.rules.language,
        language_chosen=False,
        remark=None,
        stranger=None,
        left=frozenset(sighting.item for sighting in session.pad),
    )


def _leave(session: Session) -> Step:
    """Nobody is here any more, unless the next guest has been waiting with his pass on the reader."""
    waiting, session = session.stranger, _over(session)
    if waiting is not None and (waiting.number or waiting.uid):
        return _pass(session, PassSeen(Seen.PASS, waiting))
    return session, (StopTimers(tuple(TimerName)),)


# -- before a visit


def _nobody(session: Session, event: Event) -> Step:
    match event:
        case PassSensed():
            return replace(session, place=Reading(), remark=None), (SetTimer(TimerName.READ, _READ_SECONDS),)
        case PassSeen(Seen.NOTHING):
            return replace(session, place=Attract()), (StopTimers((TimerName.READ,)),)
        case PassSeen() | PassScanned():
            return _pass(session, event)
        case TimerRang(TimerName.READ):
            return _refuse(_numbered(session), (Refusal(Reason.CHIP_UNREADABLE),))
        case TimerRang(TimerName.LEAVE):
            return _leave(session)
        case ItemScanned():
            return _remark(session, Remark.PASS_FIRST)
        case _:
            return _late(session, event)


def _pass(session: Session, event: PassSeen | PassScanned) -> Step:
    """A pass, or what was held there instead of one, begins a visit."""
    session = _numbered(session)
    match event:
        case PassScanned(key):
            effects = (
                StopTimers(tuple(TimerName)),
                SetTimer(TimerName.LEAVE, session.rules.message_seconds),
                Note(session.visit, "desk", (("reasons", Reason.NO_CHIP),)),
            )
            return replace(session, place=Desk(key), remark=None), effects
        case PassSeen(Seen.PASS, key):
            request = session.requests + 1
            session = replace(session, place=Checking(request, key), requests=request, remark=None)
            return session, (AskVisit(session.visit, request, key), StopTimers(tuple(TimerName)))
        case PassSeen(seen):
            return _refuse(session, (Refusal(_NOT_A_PASS[seen]),))


def _numbered(session: Session) -> Session:
    return replace(session, visit=session.visit + 1)


def _refuse(session: Session, refusals: tuple[Refusal, ...]) -> Step:
    reasons = " ".join(refusal.reason for refusal in refusals)
    effects = (
        StopTimers(tuple(TimerName)),
        SetTimer(TimerName.LEAVE, session.rules.message_seconds),
        Note(session.visit, "visit_refused", (("reasons", reasons),)),
    )
    return replace(session, place=Refused(refusals), remark=None), effects


def _checking(session: Session, place: Checking, event: Event) -> Step:
    match event:
        case VisitOpened(visit, request, opened) if (visit, request) == (session.visit, place.request):
            language = opened.patron.language
            follows = session.rules.patron_language and not session.language_chosen
            if follows and language in session.rules.languages:
                session = replace(session, language=language)
            note = Note(visit, "visit_opened", (("kind", opened.patron.kind), ("provisional", opened.subscription.provisional)))
            lending = Lending(place.key, opened, strips=opened.strips)
            session, effects = _active(replace(session, place=lending), lending)
            session, asked = _asked(session, lending, items.new_on_pad(session.pad, (), session.left))
            if session.left:
                session, remarked = _remark(session, Remark.LEFT_BEHIND)
                asked = (*asked, *remarked)
            return session, (note, *effects, *asked)
        case VisitRefused(visit, request, refused) if (visit, request) == (session.visit, place.request):
            if [refusal.reason for refusal in refused.refusals] == [Reason.NO_CHIP]:
                return replace(session, place=Desk(place.key)), (SetTimer(TimerName.LEAVE, session.rules.message_seconds),)
            return _refuse(session, refused.refusals or (Refusal(Reason.LIBRARY_SILENT),))
        case LibraryFailed(visit, request, hint) if (visit, request) == (session.visit, place.request):
            session, effects = _refuse(session, (Refusal(Reason.LIBRARY_SILENT),))
            return session, (Note(visit, "library_silent", (("hint", hint),)), *effects)
        case PassSeen(Seen.PASS, key) if not key.same_holder(place.key):
            return _remark(session, Remark.SECOND_PASS)
        case PassSeen(Seen.NOTHING) if session.rules.take_pass_ends_visit:
            return _leave(session)
        case Tapped("stop"):
            return _leave(session)
        case _:
            return _late(session, event)


# -- lending


def _active(session: Session, place: Lending) -> Step:
    """The guest is here: a warning goes away, and the idle clock starts again."""
    rules = session.rules
    quiet = max(rules.idle_seconds - rules.warn_seconds, rules.idle_seconds / 2)
    session = replace(session, place=replace(place, warned=False))
    return session, (StopTimers((TimerName.GIVE_UP,)), SetTimer(TimerName.IDLE, quiet))


def _asked(session: Session, place: Lending, wanted: Iterable[items.Wanted]) -> Step:
    asked = items.ask(place.rows, session.requests, session.visit, place.visit.id, wanted)
    place = replace(place, rows=asked.rows, warned=False)
    return replace(session, place=place, requests=asked.requests), asked.effects


def _lending(session: Session, place: Lending, event: Event, before: tuple[ItemSighting, ...]) -> Step:
    match event:
        case PadChanged(pad, unreadable):
            session, active = _active(session, place)
            if session.stranger is not None:
                return _nobodys(session, {wanted.item for wanted in items.new_on_pad(pad, before, session.left)}, active)
            back = items.put_back(place.rows, session.visit, pad if session.rules.release_security else ())
            session, asked = _asked(session, replace(place, rows=back.rows), items.new_on_pad(pad, before, session.left))
            if unreadable:
                session, remarked = _remark(session, Remark.UNREADABLE_ON_PAD)
                asked = (*asked, *remarked)
            return session, (*active, *back.effects, *asked)
        case ItemScanned(item):
            session, active = _active(session, place)
            if session.stranger is not None:
                return _nobodys(session, set(), active)
            session, asked = _asked(session, place, (items.scanned(item, session.pad),))
            return session, (*active, *asked)
        case Tapped("done"):
            return _finish(session, place, Ending.DONE)
        case Tapped("stop"):
            return _finish(session, place, Ending.STOPPED)
        case Tapped("more_time") | Touched():
            return _active(session, place)
        case TimerRang(TimerName.IDLE):
            patience = min(session.rules.warn_seconds, session.rules.idle_seconds / 2)
            return replace(session, place=replace(place, warned=True)), (SetTimer(TimerName.GIVE_UP, patience),)
        case TimerRang(TimerName.GIVE_UP):
            return _finish(session, place, Ending.IDLE)
        case PassSeen(Seen.NOTHING):
            return _finish(session, place, Ending.PASS_TAKEN) if session.rules.take_pass_ends_visit else (session, ())
        case PassSeen(Seen.PASS, key) | PassScanned(key):
            return _active(session, place) if key.same_holder(place.key) else _remark(session, Remark.SECOND_PASS)
        case PassSeen(Seen.SEVERAL):
            return _remark(session, Remark.SECOND_PASS)
        case PassSeen(Seen.ITEM):
            return _remark(session, Remark.ITEM_ON_PASS_READER)
        case _:
            return _answer(session, place, event)


def _nobodys(session: Session, put_down: set[str], effects: tuple[Effect, ...]) -> Step:
    """Items that come while two people's passes are there may be either's: nothing is asked, and they must be put down anew."""
    session, remarked = _remark(replace(session, left=session.left | put_down), Remark.SECOND_PASS)
    return session, (*effects, *remarked)


def _answer(session: Session, place: Lending | Settling | Farewell, event: Event) -> Step:
    """Put an answer into its row; anything else that comes now is late or of no matter."""
    match event:
        case (
            LoanMade(visit)
            | LoanRefused(visit)
            | LoanUncertain(visit)
            | LoanUnsettled(visit)
            | LibraryFailed(visit)
            | SecurityReleased(visit)
            | SecurityFailed(visit)
        ) if visit == session.visit:
            changed = items.answered(place.rows, place.strips, event, release=session.rules.release_security)
            if changed is None:
                return _late(session, event)
            place = replace(place, rows=changed.rows, strips=changed.strips)
            return replace(session, place=place), changed.effects
        case _:
            return _late(session, event)


def _finish(session: Session, place: Lending, ending: Ending) -> Step:
    """The guest is done, or gone: wait for what is under way, then say goodbye."""
    settling = Settling(place.key, place.visit, place.rows, place.strips, ending)
    session = replace(session, place=settling, remark=None)
    note = Note(session.visit, "ending", (("how", ending),))
    stop = StopTimers((TimerName.IDLE, TimerName.GIVE_UP, TimerName.REMARK))
    if any(row.pending for row in place.rows):
        return session, (note, stop, SetTimer(TimerName.SETTLE, session.rules.settle_seconds))
    session, effects = _say_farewell(session, settling)
    return session, (note, stop, *effects)


def _settling(session: Session, place: Settling, event: Event) -> Step:
    match event:
        case TimerRang(TimerName.SETTLE):
            given_up = items.give_up(place.rows, session.visit)
            session, effects = _say_farewell(session, replace(place, rows=given_up.rows))
            return session, (*given_up.effects, *effects)
        case PassSeen(Seen.PASS, key) if not key.same_holder(place.key):
            return _remark(session, Remark.SECOND_PASS)
        case _:
            session, effects = _answer(session, place, event)
            if isinstance(session.place, Settling) and not any(row.pending for row in session.place.rows):
                session, more = _say_farewell(session, session.place)
                return session, (*effects, *more)
            return session, effects


# -- after a visit


def _say_farewell(session: Session, place: Settling) -> Step:
    worth_paper = any(row.state in {RowState.LENT, RowState.OPEN} for row in place.rows)
    closing = (StopTimers((TimerName.SETTLE,)), CloseVisit(place.visit.id))
    if place.ending is Ending.STOPPED and not place.rows:
        session, effects = _leave(session)
        return session, (*closing, *effects)
    paper = Paper.ASKED if worth_paper else Paper.DECLINED
    farewell = Farewell(place.key, place.visit, place.rows, place.strips, place.ending, paper)
    session = replace(session, place=farewell)
    if paper is Paper.DECLINED:
        return session, (*closing, SetTimer(TimerName.LEAVE, session.rules.farewell_seconds))
    if place.ending in {Ending.DONE, Ending.STOPPED}:
        return session, (*closing, SetTimer(TimerName.PAPER, session.rules.receipt_seconds))
    session, effects = _print_receipt(session, farewell)
    return session, (*closing, *effects)


def _print_receipt(session: Session, place: Farewell) -> Step:
    request = session.requests + 1
    printing = replace(place, paper=Paper.PRINTING, request=request)
    session = replace(session, place=printing, requests=request)
    receipt = PrintReceipt(session.visit, request, session.language, place.key, place.visit, place.rows, place.strips)
    return session, (StopTimers((TimerName.LEAVE,)), SetTimer(TimerName.PAPER, _PRINT_SECONDS), receipt)


def _farewell(session: Session, place: Farewell, event: Event) -> Step:
    match event:
        case Tapped("receipt") if place.paper in {Paper.ASKED, Paper.FAILED}:
            return _print_receipt(session, place)
        case TimerRang(TimerName.PAPER) if place.paper is Paper.ASKED:
            return _print_receipt(session, place)
        case TimerRang(TimerName.PAPER) if place.paper is Paper.PRINTING:
            session = replace(session, place=replace(place, paper=Paper.FAILED))
            return session, (SetTimer(TimerName.LEAVE, _DUE_DATES_SECONDS), Note(session.visit, "receipt_not_heard_of"))
        case Tapped("no_receipt") if place.paper is Paper.ASKED:
            session = replace(session, place=replace(place, paper=Paper.DECLINED))
            return session, (StopTimers((TimerName.PAPER,)), SetTimer(TimerName.LEAVE, _DECLINED_SECONDS))
        case Printed(visit, request) if (visit, request) == (session.visit, place.request):
            session = replace(session, place=replace(place, paper=Paper.PRINTED))
            stop, leave = StopTimers((TimerName.PAPER,)), SetTimer(TimerName.LEAVE, session.rules.farewell_seconds)
            return session, (stop, leave, Note(visit, "receipt_printed"))
        case PrintFailed(visit, request, reason, hint) if (visit, request) == (session.visit, place.request):
            session = replace(session, place=replace(place, paper=Paper.FAILED))
            note = Note(visit, "receipt_failed", (("reason", reason), ("hint", hint)))
            return session, (StopTimers((TimerName.PAPER,)), SetTimer(TimerName.LEAVE, _DUE_DATES_SECONDS), note)
        case TimerRang(TimerName.LEAVE):
            return _leave(session)
        case Tapped("done") if place.paper in {Paper.PRINTED, Paper.FAILED, Paper.DECLINED}:
            return _leave(session)
        case PassSeen(Seen.NOTHING):
            return session, ()
        case PassSeen(seen, key) if place.paper in {Paper.ASKED, Paper.PRINTING} and (seen is not Seen.PASS or key.same_holder(place.key)):
            return session, ()  # his own pass moved, or a book came near: the question of the receipt stands
        case PassSeen() | PassScanned():
            # the next guest, or the same one again: who has not said no gets his receipt first
            session, effects = _print_receipt(session, place) if place.paper is Paper.ASKED else (session, ())
            session, begun = _pass(_over(session), event)
            return session, (*effects, *begun)
        case _:
            return _answer(session, place, event)


def _message(session: Session, place: Desk | Refused, event: Event) -> Step:
    match event:
        case Tapped("print_slip") if place.slip in {Paper.ASKED, Paper.FAILED}:
            request = session.requests + 1
            reasons = (Reason.NO_CHIP,) if isinstance(place, Desk) else tuple(refusal.reason for refusal in place.refusals)
            key = place.key if isinstance(place, Desk) else PassKey(read_from=ReadFrom.CHIP)
            session = replace(session, place=replace(place, slip=Paper.PRINTING, request=request), requests=request)
            return session, (PrintSlip(session.visit, request, session.language, reasons, key),)
        case Printed(visit, request) if (visit, request) == (session.visit, place.request):
            session = replace(session, place=replace(place, slip=Paper.PRINTED))
            return session, (SetTimer(TimerName.LEAVE, session.rules.farewell_seconds),)
        case PrintFailed(visit, request, reason, hint) if (visit, request) == (session.visit, place.request):
            session = replace(session, place=replace(place, slip=Paper.FAILED))
            note = Note(visit, "slip_failed", (("reason", reason), ("hint", hint)))
            return session, (SetTimer(TimerName.LEAVE, session.rules.message_seconds), note)
        case Tapped("done") | TimerRang(TimerName.LEAVE):
            return _leave(session)
        case PassSeen(Seen.NOTHING):
            return session, ()
        case PassSeen() | PassScanned():
            return _pass(_over(session), event)
        case _:
            return _late(session, event)
