"""From session to page: what the guest reads, in his language. Pure; the same session gives the same page, with or without a screen.

Not for drawing (screens), nor for deciding (session.reducer).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from drivers.contract import Role
from kiosk.domain.patrons import HomeLibrary, OpenVisit, PatronKind
from kiosk.domain.refusals import Reason, Refusal, Side
from kiosk.domain.wording import Words, item_refused, visit_refused, who_helps
from kiosk.engine.loop import Snapshot
from kiosk.session.events import TimerName
from kiosk.session.places import (
    Attract,
    Checking,
    Desk,
    Farewell,
    Gate,
    ItemRow,
    Lending,
    Paper,
    Reading,
    Refused,
    Remark,
    RowState,
    Session,
    Settling,
)
from kiosk.ui.page import Action, Box, Countdown, Language, Notice, Overlay, Page, Picture, Row, Tone


@dataclass(frozen=True, slots=True)
class Hall:
    """What surrounds every visit: the library's name, the languages' names, whether items are put on a pad or only scanned."""

    library: str
    language_names: Mapping[str, str] = field(default_factory=dict)
    pad: bool = True


@dataclass(frozen=True, slots=True)
class _View:
    """The hall, when the place was entered, and what the running timers count down to."""

    hall: Hall
    entered: datetime
    countdowns: Mapping[TimerName, Countdown]


def present(snapshot: Snapshot, hall: Hall, words_of: Callable[[str], Words]) -> Page:
    """The page of a snapshot, in the language that the session speaks."""
    session = snapshot.session
    words = words_of(session.language)
    view = _View(hall, snapshot.entered, {timer: Countdown(ring.at, ring.seconds) for timer, ring in snapshot.rings.items()})
    page = _page(session, view, words)
    notices = page.notices
    if session.remark:
        notices = (*notices, _remark(session.remark, view, words))
    names = hall.language_names
    switch = tuple(Language(code, code.upper(), names.get(code, code), code == session.language) for code in session.rules.languages)
    return replace(page, language=words.language, languages=switch, notices=notices)


def _page(session: Session, view: _View, words: Words) -> Page:
    match session.place:
        case Attract():
            return _attract(session, view, words)
        case Reading():
            return Page(
                "reading",
                view.hall.library,
                words.say("Reading your pass"),
                lead=words.say("Hold it still for a moment."),
                picture=Picture.HOLD_PASS,
            )
        case Checking():
            return Page(
                "checking",
                view.hall.library,
                words.say("One moment, please"),
                lead=words.say("We are asking the library whether you may borrow."),
                picture=Picture.HOURGLASS,
                tone=Tone.WAIT,
                actions=(Action("stop", words.say("Stop")),),
            )
        case Lending():
            return _lending(session, session.place, view, words)
        case Settling():
            return _settling(session.place, view, words)
        case Farewell():
            return _farewell(session.place, view, words)
        case Desk():
            return _desk(session.place, view, words)
        case Refused():
            return _refused(session.place, view, words)
        case _:
            assert_never(session.place)


def _code(reasons: tuple[Reason, ...], view: _View) -> str:
    return f"{' '.join(reasons)} · {view.entered:%H:%M}"


def _remark(remark: Remark, view: _View, words: Words) -> Notice:
    say = words.say
    match remark:
        case Remark.SECOND_PASS:
            return Notice(Tone.INFO, say("We see another pass. First finish this visit; then it is the next one's turn."))
        case Remark.ITEM_ON_PASS_READER:
            if view.hall.pad:
                return Notice(Tone.INFO, say("That is an item. Put it on the shelf with the others."))
            return Notice(Tone.INFO, say("That is an item. Hold its barcode under the scanner."))
        case Remark.PASS_FIRST:
            return Notice(Tone.INFO, say("Hold your pass to the reader first. Then we can lend this to you."))
        case Remark.LEFT_BEHIND:
            return Notice(Tone.INFO, say("Something was already lying here. Take it away and put it down again if you want to borrow it."))
        case Remark.UNREADABLE_ON_PAD:
            return Notice(Tone.INFO, say("One item cannot be read. Put it down once more, or take it to the desk."))
        case _:
            assert_never(remark)


# -- nobody here


def _attract(session: Session, view: _View, words: Words) -> Page:
    say = words.say
    if Role.PASS_READER in session.health:
        return Page(
            "out_of_order",
            view.hall.library,
            say("This kiosk cannot read passes just now"),
            lead=say("At the desk we gladly lend to you. The kiosk goes on by itself as soon as it can."),
            picture=Picture.WRENCH,
            tone=Tone.INFO,
            code=_code((Reason.READER_DOWN,), view),
        )
    notices: tuple[Notice, ...] = ()
    if Role.PRINTER in session.health:
        notices = (Notice(Tone.INFO, say("Printing is not possible just now. You will see your due dates on the screen.")),)
    return Page(
        "attract",
        view.hall.library,
        say("Hold your pass to the reader"),
        lead=say("Also if you are a member of another library and registered here as a guest."),
        picture=Picture.HOLD_PASS,
        notices=notices,
    )


# -- a visit


def _lending(session: Session, place: Lending, view: _View, words: Words) -> Page:
    say = words.say
    visit = place.visit
    lent = sum(row.state is RowState.LENT for row in place.rows)
    put = say("Put your items on the shelf") if view.hall.pad else say("Scan the barcode of your items")
    lead = "" if place.rows else _how_to_lend(view, words)
    done = words.many("Done, {count} borrowed", "Done, {count} borrowed", lent) if lent else say("Done")
    overlay = None
    if place.warned:
        more = Action("more_time", say("More time"), primary=True, countdown=view.countdowns.get(TimerName.GIVE_UP))
        overlay = Overlay("idle", say("Are you still there?"), say("Otherwise we finish for you. What was borrowed stays borrowed."), more)
    return Page(
        "lending",
        view.hall.library,
        put,
        greeting=say("Hello {initials}", initials=visit.patron.initials) if visit.patron.initials else say("Welcome"),
        badge=_badge(visit, words),
        lead=lead,
        picture=None if place.rows else Picture.PUT_ITEMS,
        chips=_rights(place, lent, words),
        rows=tuple(_row(row, words) for row in place.rows),
        notices=(*_lending_notices(visit, words), *_device_notices(session, view, words)),
        actions=(Action("stop", say("Stop")), Action("done", done, primary=True)),
        overlay=overlay,
    )


def _how_to_lend(view: _View, words: Words) -> str:
    if view.hall.pad:
        return words.say("One by one or as a stack; each item appears here by itself.")
    return words.say("Each item appears here by itself.")


def _badge(visit: OpenVisit, words: Words) -> str:
    if visit.patron.kind is PatronKind.GUEST and visit.patron.home:
        return words.say("Guest of {library}", library=visit.patron.home.name)
    return ""


def _rights(place: Lending, lent: int, words: Words) -> tuple[str, ...]:
    """Strips left, items still allowed, subscription and until when."""
    visit = place.visit
    chips = []
    if place.strips is not None:
        chips.append(words.many("{count} lending strip", "{count} lending strips", place.strips))
    allowed = max(visit.loans_allowed - visit.loans - lent, 0)
    chips.append(words.many("{count} more item", "{count} more items", allowed))
    if visit.subscription.until:
        day = words.day_and_year(visit.subscription.until)
        chips.append(words.say("{subscription} until {day}", subscription=visit.subscription.name, day=day))
    else:
        chips.append(visit.subscription.name)
    return tuple(chip for chip in chips if chip)


def _lending_notices(visit: OpenVisit, words: Words) -> tuple[Notice, ...]:
    if not visit.subscription.provisional:
        return ()
    text = words.say("You were registered today. Tonight we fetch the real end date of your subscription from your own library.")
    return (Notice(Tone.INFO, text),)


def _device_notices(session: Session, view: _View, words: Words) -> tuple[Notice, ...]:
    """What does not work, and the way that still does."""
    if view.hall.pad and Role.ITEM_READER in session.health:
        return (Notice(Tone.INFO, words.say("The shelf does not work just now. Scan the barcode of your items, or go to the desk.")),)
    if not view.hall.pad and Role.SCANNER in session.health:
        return (Notice(Tone.INFO, words.say("The scanner does not work just now. At the desk we gladly lend to you.")),)
    return ()


def _row(row: ItemRow, words: Words) -> Row:
    say = words.say
    title = row.title or row.item
    match row.state:
        case RowState.ASKING:
            return Row(row.item, Tone.WAIT, title, (say("asking the library …"),))
        case RowState.UNCERTAIN:
            return Row(row.item, Tone.WAIT, title, (say("The answer was lost; we are checking this one …"),))
        case RowState.LENT:
            return _lent_row(row, title, words)
        case RowState.REFUSED:
            refusals = row.refusals or (Refusal(Reason.OUTCOME_UNKNOWN),)
            said = [item_refused(refusal, words) for refusal in refusals]
            # every reason that holds, and the one next step of the first
            return Row(row.item, Tone.NO, title, (*(why for why, _ in said), said[0][1]))
        case RowState.OPEN:
            why, step = item_refused(Refusal(Reason.OUTCOME_UNKNOWN), words)
            return Row(row.item, Tone.INFO, title, (why, step))
        case _:
            assert_never(row.state)


def _lent_row(row: ItemRow, title: str, words: Words) -> Row:
    say = words.say
    details: list[str] = []
    aside: tuple[str, ...] = ()
    if row.loan:
        aside = (say("return by"), words.day(row.loan.due))
        if row.loan.strips_left is not None:
            details.append(words.many("{count} strip", "{count} strips", row.loan.strips))
    match row.gate:
        case Gate.RELEASING:
            details.append(say("Leave it on the shelf for a moment …"))
        case Gate.FAILED:
            details.append(say("The gate may beep. Put it down once more, or show it at the desk."))
            return Row(row.item, Tone.INFO, title, tuple(details), aside)
        case Gate.UNTOUCHED | Gate.RELEASED:
            pass
    return Row(row.item, Tone.OK, title, tuple(details) or (say("borrowed"),), aside)


def _settling(place: Settling, view: _View, words: Words) -> Page:
    return Page(
        "settling",
        view.hall.library,
        words.say("One moment, please"),
        lead=words.say("We are waiting for the last answer of the library. Please leave your items where they are."),
        picture=None,
        tone=Tone.WAIT,
        rows=tuple(_row(row, words) for row in place.rows),
    )


def _farewell(place: Farewell, view: _View, words: Words) -> Page:
    say = words.say
    lent = [row for row in place.rows if row.state is RowState.LENT]
    others = [row for row in place.rows if row.state in {RowState.REFUSED, RowState.OPEN}]
    gates = [row for row in lent if row.gate is Gate.FAILED]
    boxes: list[Box] = []
    if others:
        boxes.append(
            Box(
                words.many("{count} item was not borrowed", "{count} items were not borrowed", len(others)),
                tuple(f"{row.title or row.item} · {_row(row, words).details[0]}" for row in others),
            )
        )
    if gates:
        boxes.append(
            Box(
                say("The gate may beep"),
                (say("Please show these at the desk before you leave."), *(row.title or row.item for row in gates)),
            )
        )
    if not lent:
        heading, lead = say("Nothing was borrowed"), say("Goodbye, and see you soon.")
    else:
        heading = words.many("{count} item borrowed. Enjoy reading!", "{count} items borrowed. Enjoy reading!", len(lent))
        lead = _return_by(lent, words)
    notices: tuple[Notice, ...] = ()
    rows: tuple[Row, ...] = ()
    actions: tuple[Action, ...] = ()
    match place.paper:
        case Paper.ASKED:
            countdown = view.countdowns.get(TimerName.PAPER)
            actions = (Action("no_receipt", say("No receipt")), Action("receipt", say("Print receipt"), primary=True, countdown=countdown))
        case Paper.PRINTING:
            notices = (Notice(Tone.WAIT, say("Your receipt is being printed …")),)
        case Paper.PRINTED:
            notices = (Notice(Tone.OK, say("Your receipt is ready. Do not forget your pass and your items.")),)
            actions = (Action("done", say("Close"), primary=True),)
        case Paper.FAILED:
            notices = (Notice(Tone.INFO, say("Printing did not work. Your loans are recorded; here are your due dates.")),)
            rows = tuple(_row(row, words) for row in lent)
            actions = (Action("receipt", say("Try again")), Action("done", say("Close"), primary=True))
        case Paper.DECLINED:
            notices = (Notice(Tone.INFO, say("Do not forget your pass and your items.")),)
            actions = (Action("done", say("Close"), primary=True),)
        case _:
            assert_never(place.paper)
    return Page(
        "farewell",
        view.hall.library,
        heading,
        lead=lead,
        tone=Tone.OK if lent else Tone.CALM,
        picture=Picture.TICK if lent else Picture.CARD,
        rows=rows,
        boxes=tuple(boxes),
        notices=notices,
        actions=actions,
        code=_code((Reason.PRINTER_DOWN,), view) if place.paper is Paper.FAILED else "",
    )


def _return_by(lent: list[ItemRow], words: Words) -> str:
    days = sorted({row.loan.due for row in lent if row.loan})
    if len(days) == 1:
        return words.say("Return by {day}, here or at your own library.", day=words.day(days[0]))
    if days:
        return words.say("The first is due on {day}; return here or at your own library.", day=words.day(days[0]))
    return ""


# -- not at the kiosk


def _desk(place: Desk, view: _View, words: Words) -> Page:
    say = words.say
    return Page(
        "desk",
        view.hall.library,
        say("We gladly help you at the desk"),
        lead=say("Your pass has no chip that this kiosk can read. That is all right: at the desk we lend your items to you."),
        tone=Tone.INFO,
        picture=Picture.CARD,
        boxes=(
            Box(
                say("Take this slip along"),
                (say("Then you do not have to explain anything at the desk. Your name is not on it."),),
                slip=True,
            ),
            Box(
                say("Does your pass have a chip after all?"),
                (say("Then hold the pass itself to the reader, not its barcode to the scanner."),),
            ),
        ),
        notices=_slip_notices(place.slip, words),
        actions=_slip_actions(place.slip, words, slip_first=True),
        code=_code((Reason.NO_CHIP,), view),
    )


def _refused(place: Refused, view: _View, words: Words) -> Page:
    say = words.say
    first, *more = place.refusals
    wording = visit_refused(first, words)
    boxes = [Box(say("What you can do"), (wording.step, who_helps(first.reason.side, words)), chips=_contact(first.home))]
    for refusal in more:
        also = visit_refused(refusal, words)
        boxes.append(Box(also.heading, (also.why, also.step), chips=_contact(refusal.home)))
    paper = any(refusal.reason.side in {Side.DESK, Side.HOME, Side.TECHNICAL} for refusal in place.refusals)
    return Page(
        "refused",
        view.hall.library,
        wording.heading,
        lead=wording.why,
        tone=Tone.INFO if first.reason.side in {Side.PASS, Side.TECHNICAL} else Tone.NO,
        picture=Picture.CARD if first.reason.side is Side.PASS else Picture.EXCLAMATION,
        boxes=tuple(boxes),
        notices=_slip_notices(place.slip, words),
        actions=_slip_actions(place.slip, words, slip_first=False) if paper else (Action("done", say("Close"), primary=True),),
        code=_code(tuple(refusal.reason for refusal in place.refusals), view),
    )


def _contact(home: HomeLibrary | None) -> tuple[str, ...]:
    """The home library and how to reach it, as it gave them."""
    if home is None:
        return ()
    return tuple(text for text in (home.name, home.phone, home.web or home.email, home.address) if text)


def _slip_notices(slip: Paper, words: Words) -> tuple[Notice, ...]:
    match slip:
        case Paper.PRINTING:
            return (Notice(Tone.WAIT, words.say("Your slip is being printed …")),)
        case Paper.PRINTED:
            return (Notice(Tone.OK, words.say("Your slip is ready. Take it to the desk.")),)
        case Paper.FAILED:
            return (Notice(Tone.INFO, words.say("Printing did not work. Tell the desk the code at the foot of this page.")),)
        case Paper.ASKED | Paper.DECLINED:
            return ()
        case _:
            assert_never(slip)


def _slip_actions(slip: Paper, words: Words, *, slip_first: bool) -> tuple[Action, ...]:
    """Close, and the slip as long as it has not come out; one of the two is the primary action."""
    if slip in {Paper.PRINTING, Paper.PRINTED}:
        return (Action("done", words.say("Close"), primary=True),)
    label = words.say("Print slip") if slip is Paper.ASKED else words.say("Try again")
    return (
        (Action("done", words.say("Close")), Action("print_slip", label, primary=True))
        if slip_first
        else (Action("print_slip", label), Action("done", words.say("Close"), primary=True))
    )
