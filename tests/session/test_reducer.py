"""What happens next in a visit, told as values."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import ItemSighting, Role, Seen
from drivers.errors import Fault
from kiosk.domain.passes import PassKey
from kiosk.domain.refusals import Reason, Refusal, Refused
from kiosk.session import events as happened
from kiosk.session.effects import AskLoan, AskVisit, CloseVisit, Note, PrintReceipt, PrintSlip, ReleaseSecurity, SetTimer
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
    Gate,
    Lending,
    Paper,
    Place,
    Reading,
    Remark,
    RowState,
    Rules,
    Session,
    Settling,
)
from kiosk.session.places import Refused as RefusedPlace
from kiosk.session.reducer import reduce
from tests.session.visits import ANNA, BOOK, JOKE, OTHER_BOOK, Walk, loan, lying, opened


def test_pass_to_farewell():
    """A guest borrows two items, takes the receipt, and nothing of him is left."""
    walk = Walk().on(PassSensed())
    assert isinstance(walk.session.place, Reading)

    walk.admitted().lent(BOOK).lent(OTHER_BOOK)
    place = walk.session.place
    assert isinstance(place, Lending)
    assert [row.state for row in place.rows] == [RowState.LENT, RowState.LENT]
    assert [release.item for release in walk.effects(ReleaseSecurity)] == [BOOK, OTHER_BOOK]

    for release in walk.effects(ReleaseSecurity):
        walk.on(SecurityReleased(release.visit, release.request))
    walk.on(Tapped("done"))
    assert isinstance(walk.session.place, Farewell)
    assert walk.session.place.paper is Paper.ASKED

    walk.on(Tapped("receipt"))
    (receipt,) = walk.effects(PrintReceipt)
    walk.on(Printed(receipt.visit, receipt.request), TimerRang(TimerName.LEAVE))
    assert walk.session == replace(Session(), visit=1, requests=walk.session.requests, pad=walk.session.pad, left=walk.session.left)


def test_done_waits_for_answers():
    """Done with an answer under way is settling; the late loan still reaches the receipt."""
    walk = Walk().admitted().on(lying(BOOK), Tapped("done"))
    assert isinstance(walk.session.place, Settling)

    (asked,) = walk.effects(AskLoan)
    walk.on(LoanMade(asked.visit, asked.request, loan(BOOK)))
    assert isinstance(walk.session.place, Settling)  # the gate bit is still being released

    walk.on(SecurityReleased(asked.visit, asked.request))
    assert isinstance(walk.session.place, Farewell)
    assert walk.session.place.rows[0].loan == loan(BOOK)


def test_settling_gives_up():
    """An answer that never comes leaves the item open, on the receipt, and the guest can go."""
    walk = Walk().admitted().on(lying(BOOK), Tapped("done"), TimerRang(TimerName.SETTLE))

    assert isinstance(walk.session.place, Farewell)
    assert walk.session.place.rows[0].state is RowState.OPEN
    assert walk.session.place.paper is Paper.ASKED


def test_lost_answer_is_shown_and_settled():
    """A row whose answer was lost is uncertain, and becomes lent when the answer is found."""
    walk = Walk().admitted().on(lying(BOOK))
    (asked,) = walk.effects(AskLoan)
    walk.on(LoanUncertain(asked.visit, asked.request))
    assert isinstance(walk.session.place, Lending)
    assert walk.session.place.rows[0].state is RowState.UNCERTAIN

    walk.on(LoanMade(asked.visit, asked.request, loan(BOOK)))
    assert isinstance(walk.session.place, Lending)
    assert walk.session.place.rows[0].state is RowState.LENT
    assert len(walk.effects(AskLoan)) == 1


def test_same_item_is_asked_once():
    """An item that is lent or under way is not asked again, however often it is seen or scanned."""
    walk = Walk().admitted().on(lying(BOOK), ItemScanned(BOOK), lying(), lying(BOOK), ItemScanned(BOOK))

    assert len(walk.effects(AskLoan)) == 1


def test_refused_item_is_asked_again_when_put_down_again():
    walk = Walk().admitted().on(lying(BOOK))
    (asked,) = walk.effects(AskLoan)
    walk.on(LoanRefused(asked.visit, asked.request, Refused((Refusal(Reason.RESERVED),), "Het diner")))
    walk.on(lying(BOOK, OTHER_BOOK))
    assert [asked.item for asked in walk.effects(AskLoan)] == [BOOK, OTHER_BOOK]

    walk.on(lying(OTHER_BOOK), lying(BOOK, OTHER_BOOK))
    assert [asked.item for asked in walk.effects(AskLoan)] == [BOOK, OTHER_BOOK, BOOK]


def test_strips_never_go_up_in_a_visit():
    """Answers may overtake each other; the smaller number of strips stands."""
    walk = Walk().admitted().on(lying(BOOK, OTHER_BOOK))
    first, second = walk.effects(AskLoan)
    walk.on(LoanMade(second.visit, second.request, loan(OTHER_BOOK, 123)), LoanMade(first.visit, first.request, loan(BOOK, 124)))

    assert isinstance(walk.session.place, Lending)
    assert walk.session.place.strips == 123


def test_second_pass_mixes_nobody():
    """Another pass during a visit changes nothing but a remark."""
    walk = Walk().admitted().lent(BOOK)
    before = walk.session.place
    walk.on(PassSeen(Seen.PASS, JOKE))

    assert walk.session.place == before
    assert walk.session.remark is Remark.SECOND_PASS
    assert len(walk.effects(AskVisit)) == 1


def test_second_pass_while_checking_keeps_the_first():
    walk = Walk().on(PassSeen(Seen.PASS, ANNA), PassSeen(Seen.PASS, JOKE))

    assert isinstance(walk.session.place, Checking)
    assert walk.session.place.key == ANNA


def test_answer_for_the_guest_before_reaches_nobody():
    """A visit that is opened too late is closed again and shown to nobody."""
    walk = Walk().on(PassSeen(Seen.PASS, ANNA))
    (asked,) = walk.effects(AskVisit)
    walk.on(Tapped("stop"), PassSeen(Seen.NOTHING), PassSeen(Seen.PASS, JOKE), VisitOpened(asked.visit, asked.request, opened("late")))

    assert isinstance(walk.session.place, Checking)
    assert walk.session.place.key == JOKE
    assert CloseVisit("late") in walk.last


def test_late_loan_is_noted():
    walk = Walk().admitted().on(lying(BOOK), Tapped("done"), TimerRang(TimerName.SETTLE), Tapped("no_receipt"), Tapped("done"))
    (asked,) = walk.effects(AskLoan)
    walk.on(LoanMade(asked.visit, asked.request, loan(BOOK)))

    assert isinstance(walk.session.place, Attract)
    assert [note.what for note in walk.last if isinstance(note, Note)] == ["late_loan"]


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (Seen.UNREADABLE, Reason.CHIP_UNREADABLE),
        (Seen.ITEM, Reason.ITEM_NOT_PASS),
        (Seen.BANK_CARD, Reason.NOT_A_LIBRARY_PASS),
        (Seen.FOREIGN, Reason.NOT_A_LIBRARY_PASS),
        (Seen.SEVERAL, Reason.SEVERAL_PASSES),
    ],
)
def test_what_is_no_pass(seen, reason):
    """What is held to the reader instead of a pass is refused with its own reason, and the library is not asked."""
    walk = Walk().on(PassSensed(), PassSeen(seen))

    assert walk.session.place == RefusedPlace((Refusal(reason),))
    assert not walk.effects(AskVisit)


def test_pass_without_chip():
    """A pass that was scanned goes to the desk, with a slip; the library need not be asked."""
    walk = Walk().on(PassScanned(ANNA), Tapped("print_slip"))
    assert isinstance(walk.session.place, Desk)
    (slip,) = walk.effects(PrintSlip)
    assert slip.reasons == (Reason.NO_CHIP,)

    walk.on(PrintFailed(slip.visit, slip.request, Fault.PAPER_OUT))
    assert walk.session.place.slip is Paper.FAILED


def test_idle_guest():
    """A guest who does nothing is warned; more time begins anew; after the warning the visit ends as done would, receipt included."""
    walk = Walk().admitted().lent(BOOK)
    walk.on(*(SecurityReleased(release.visit, release.request) for release in walk.effects(ReleaseSecurity)))
    walk.on(TimerRang(TimerName.IDLE))
    assert isinstance(walk.session.place, Lending)
    assert walk.session.place.warned
    assert SetTimer(TimerName.GIVE_UP, 20) in walk.last

    walk.on(Tapped("more_time"))
    assert isinstance(walk.session.place, Lending)
    assert not walk.session.place.warned
    assert SetTimer(TimerName.IDLE, 40) in walk.last

    walk.on(TimerRang(TimerName.IDLE), TimerRang(TimerName.GIVE_UP))
    assert isinstance(walk.session.place, Farewell)
    assert walk.session.place.paper is Paper.PRINTING


@pytest.mark.parametrize("ends", [True, False])
def test_taking_the_pass_away(ends):
    """Taking the pass away ends a visit only where the library wants it so."""
    walk = Walk(Session(Rules(take_pass_ends_visit=ends))).admitted().on(PassSeen(Seen.NOTHING))

    assert isinstance(walk.session.place, Farewell if ends else Lending)


def test_next_guest_at_farewell():
    """A new pass while the receipt was still asked: it is printed, with the first guest's loans, and the next visit begins."""
    walk = Walk().admitted().lent(BOOK)
    walk.on(*(SecurityReleased(release.visit, release.request) for release in walk.effects(ReleaseSecurity)))
    walk.on(Tapped("done"), PassSeen(Seen.PASS, JOKE))

    (receipt,) = walk.effects(PrintReceipt)
    assert receipt.key == ANNA
    assert receipt.visit == 1
    assert isinstance(walk.session.place, Checking)
    assert walk.session.visit == 2


def test_receipt_is_printed_once():
    """However often the button is tapped and the timer rings, one receipt is asked for."""
    walk = Walk().admitted().lent(BOOK)
    walk.on(*(SecurityReleased(release.visit, release.request) for release in walk.effects(ReleaseSecurity)))
    walk.on(Tapped("done"), Tapped("receipt"), Tapped("receipt"), TimerRang(TimerName.PAPER))

    assert len(walk.effects(PrintReceipt)) == 1


def test_no_receipt():
    walk = Walk().admitted().lent(BOOK)
    walk.on(*(SecurityReleased(release.visit, release.request) for release in walk.effects(ReleaseSecurity)))
    walk.on(Tapped("done"), Tapped("no_receipt"), TimerRang(TimerName.PAPER))

    assert not walk.effects(PrintReceipt)


def test_items_left_by_the_guest_before_are_nobodys_wish():
    """What lies on the pad since the visit before is not lent to the next guest until it is put down anew."""
    walk = Walk().admitted().lent(BOOK)
    walk.on(*(SecurityReleased(release.visit, release.request) for release in walk.effects(ReleaseSecurity)))
    walk.on(Tapped("done"), Tapped("no_receipt"), Tapped("done"), PassSeen(Seen.NOTHING))
    walk.admitted(JOKE, opened("v2"))
    assert len(walk.effects(AskLoan)) == 1
    assert walk.session.remark is Remark.LEFT_BEHIND

    walk.on(lying(), lying(BOOK))
    assert len(walk.effects(AskLoan)) == 2


def test_items_put_down_before_the_pass_are_lent():
    walk = Walk().on(lying(BOOK)).admitted()

    assert [asked.item for asked in walk.effects(AskLoan)] == [BOOK]


def test_set_needs_all_its_parts():
    """A set of which a part is missing is refused without asking, and asked for when the part is there."""
    parts = tuple(ItemSighting(BOOK, bytes([number]), True, number, 3) for number in (1, 2, 3))
    walk = Walk().admitted().on(PadChanged(parts[:2]))
    assert not walk.effects(AskLoan)
    assert isinstance(walk.session.place, Lending)
    assert walk.session.place.rows[0].refusals == (Refusal(Reason.INCOMPLETE_SET),)

    walk.on(PadChanged(parts))
    (asked,) = walk.effects(AskLoan)
    walk.on(LoanMade(asked.visit, asked.request, loan(BOOK)))
    assert walk.effects(ReleaseSecurity)[0].tags == (b"\x01", b"\x02", b"\x03")


def test_gate_bit_that_could_not_be_released_is_tried_again_when_put_back():
    walk = Walk().admitted().lent(BOOK)
    (release,) = walk.effects(ReleaseSecurity)
    walk.on(SecurityFailed(release.visit, release.request))
    assert isinstance(walk.session.place, Lending)
    assert walk.session.place.rows[0].gate is Gate.FAILED

    walk.on(lying(), lying(BOOK))
    assert len(walk.effects(ReleaseSecurity)) == 2


def test_released_item_is_left_alone():
    """An item whose bit is released is not written again when it is moved about."""
    walk = Walk().admitted().lent(BOOK)
    (release,) = walk.effects(ReleaseSecurity)
    walk.on(SecurityReleased(release.visit, release.request), lying(), lying(BOOK, secured=False))

    assert len(walk.effects(ReleaseSecurity)) == 1


def test_visit_is_in_the_patrons_language():
    """A visit speaks the patron's language where the kiosk knows it, unless the guest chose another; then the kiosk's own again."""
    walk = Walk().admitted(visit=opened(language="en"))
    assert walk.session.language == "en"

    walk.on(Tapped("stop"))
    assert walk.session.language == "nl"

    walk.on(PassSeen(Seen.NOTHING), Tapped("language:nl")).admitted(visit=opened(language="en"))
    assert walk.session.language == "nl"


def test_chosen_language_does_not_stay():
    """A language chosen while nobody holds a pass goes back by itself."""
    walk = Walk().on(Tapped("language:en"))
    assert walk.session.language == "en"

    walk.on(TimerRang(TimerName.LEAVE))
    assert walk.session.language == "nl"


def test_health_is_no_place():
    """A device that goes and comes back in the middle of a visit changes the health and not the visit."""
    walk = Walk().admitted().lent(BOOK)
    before = walk.session.place
    walk.on(DeviceDown(Role.PRINTER, Fault.PAPER_OUT, "put in paper"))
    assert walk.session.place == before
    assert walk.session.health == {Role.PRINTER: Fault.PAPER_OUT}

    walk.on(DeviceUp(Role.PRINTER))
    assert walk.session.health == {}


def test_pass_that_is_sensed_and_never_read():
    walk = Walk().on(PassSensed(), TimerRang(TimerName.READ))

    assert walk.session.place == RefusedPlace((Refusal(Reason.CHIP_UNREADABLE),))


# -- every place, every event


def _places() -> dict[str, Session]:
    admitted = Walk().admitted().lent(BOOK)
    settling = Walk().admitted().on(lying(BOOK), Tapped("done"))
    farewell = Walk().admitted().on(ItemScanned(BOOK))
    (asked,) = farewell.effects(AskLoan)
    farewell.on(LoanMade(asked.visit, asked.request, loan(BOOK)), Tapped("done"))
    found = {
        "attract": Session(),
        "reading": Walk().on(PassSensed()).session,
        "checking": Walk().on(PassSeen(Seen.PASS, ANNA)).session,
        "lending": admitted.session,
        "settling": settling.session,
        "farewell": farewell.session,
        "desk": Walk().on(PassScanned(ANNA)).session,
        "refused": Walk().on(PassSeen(Seen.ITEM)).session,
    }
    assert {type(session.place) for session in found.values()} == set(get_args(Place))
    return found


PLACES = _places()
EVENTS: list[Event] = [
    PassSensed(),
    *(PassSeen(seen, ANNA if seen is Seen.PASS else PassKey()) for seen in Seen),
    PassSeen(Seen.PASS, JOKE),
    PassScanned(JOKE),
    ItemScanned(BOOK),
    ItemScanned(OTHER_BOOK),
    lying(),
    lying(BOOK),
    lying(BOOK, OTHER_BOOK),
    PadChanged((), 1),
    *(DeviceUp(role) for role in Role),
    *(DeviceDown(role, Fault.UNPLUGGED) for role in Role),
    *(
        Tapped(button)
        for button in ("done", "stop", "more_time", "receipt", "no_receipt", "print_slip", "language:en", "language:xx", "nonsense")
    ),
    Touched(),
    *(TimerRang(timer) for timer in TimerName),
    *(
        answer
        for visit, request in ((1, 1), (1, 2), (1, 3), (9, 9))
        for answer in (
            VisitOpened(visit, request, opened()),
            VisitRefused(visit, request, Refused((Refusal(Reason.BLOCKED_HERE),))),
            LibraryFailed(visit, request),
            LoanMade(visit, request, loan(BOOK)),
            LoanRefused(visit, request, Refused((Refusal(Reason.AGE, from_age=16),))),
            LoanUncertain(visit, request),
            LoanUnsettled(visit, request),
            SecurityReleased(visit, request),
            SecurityFailed(visit, request),
            Printed(visit, request),
            PrintFailed(visit, request, Fault.PAPER_OUT),
        )
    ),
]


def test_events_are_complete():
    """Every kind of event is in the list that the tests below walk through."""
    assert {type(event) for event in EVENTS} == set(get_args(happened.Event))


@pytest.mark.parametrize("place", PLACES)
def test_every_event_in_every_place(place):
    """No event in any place raises, and an answer to what nobody asked never changes the place."""
    for event in EVENTS:
        session, _ = reduce(PLACES[place], event)
        if getattr(event, "visit", 0) == 9:
            assert session.place == PLACES[place].place


def _under_way(session: Session) -> set[int]:
    place = session.place
    if isinstance(place, Checking):
        return {place.request}
    return {row.request for row in getattr(place, "rows", ())}


@pytest.mark.parametrize("place", PLACES)
def test_every_failure_is_seen_or_noted(place):
    """A failure that belongs to this visit changes the page or is written down; it never vanishes."""
    session = PLACES[place]
    failures = [event for event in EVENTS if isinstance(event, (LibraryFailed, LoanUnsettled, SecurityFailed, DeviceDown))]
    for event in failures:
        if getattr(event, "visit", 1) != 1 or getattr(event, "request", 0) > session.requests:
            continue
        if isinstance(event, LibraryFailed) and event.request not in _under_way(session):
            continue  # nothing is under way there that could fail
        after, effects = reduce(session, event)
        assert after != session or any(isinstance(effect, Note) for effect in effects), event


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(EVENTS), max_size=60))
def test_any_walk(events):
    """After any events whatever: no exception, requests and visits only go up, each request is asked once, and attract holds nothing of a guest."""
    walk = Walk()
    for event in events:
        before = walk.session
        walk.on(event)
        assert walk.session.visit >= before.visit
        assert walk.session.requests >= before.requests
        if isinstance(walk.session.place, Attract):
            assert walk.session.place == Attract()
    requests = [effect.request for effect in walk.done if isinstance(effect, (AskVisit, AskLoan, PrintReceipt, PrintSlip))]
    assert len(requests) == len(set(requests))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_every_walk_ends(events):
    """From wherever a visit got to, timers alone bring the kiosk back to attract; a lost answer holds nobody there."""
    walk = Walk().on(*events, PassSeen(Seen.NOTHING))
    pending = walk.session.place
    if isinstance(pending, Checking):  # the worker always answers, at the latest with a failure
        walk.on(LibraryFailed(walk.session.visit, pending.request))
    for _ in range(4):
        for timer in (TimerName.READ, TimerName.IDLE, TimerName.GIVE_UP, TimerName.SETTLE, TimerName.PAPER):
            walk.on(TimerRang(timer))
        if isinstance(walk.session.place, Farewell):
            walk.on(PrintFailed(walk.session.visit, walk.session.place.request, Fault.OFFLINE))
        walk.on(TimerRang(TimerName.LEAVE))

    assert isinstance(walk.session.place, Attract)


def test_stopping_with_loans_says_what_was_lent():
    walk = Walk().admitted().lent(BOOK)
    walk.on(*(SecurityReleased(release.visit, release.request) for release in walk.effects(ReleaseSecurity)), Tapped("stop"))

    assert isinstance(walk.session.place, Farewell)
    assert walk.session.place.ending is Ending.STOPPED
    assert walk.session.place.paper is Paper.ASKED


def test_items_that_come_beside_a_strangers_pass_are_nobodys():
    """While another pass lies on the reader nothing is lent to anybody; when it is gone, the item must be put down anew, and then it is the guest's."""
    walk = Walk().admitted().on(PassSeen(Seen.NOTHING), PassSeen(Seen.PASS, JOKE), lying(BOOK), ItemScanned(OTHER_BOOK))
    assert not walk.effects(AskLoan)
    assert walk.session.remark is Remark.SECOND_PASS

    walk.on(PassSeen(Seen.NOTHING), lying(BOOK))
    assert not walk.effects(AskLoan)

    walk.on(lying(), lying(BOOK))
    assert [asked.item for asked in walk.effects(AskLoan)] == [BOOK]


def test_two_passes_at_once_are_a_stranger_too():
    walk = Walk().admitted().on(PassSeen(Seen.SEVERAL), lying(BOOK))
    assert not walk.effects(AskLoan)

    walk.on(PassSeen(Seen.PASS, ANNA), lying(), lying(BOOK))
    assert [asked.item for asked in walk.effects(AskLoan)] == [BOOK]


def test_next_guest_who_waited_is_served():
    """Whose pass has lain there since the visit before need not lift it: his visit begins when the other has ended, with nothing of it."""
    walk = Walk().admitted().on(PassSeen(Seen.PASS, JOKE), Tapped("stop"))

    assert isinstance(walk.session.place, Checking)
    assert walk.session.place.key == JOKE
    assert walk.session.visit == 2
    assert walk.session.stranger is None


@pytest.mark.parametrize("event", [PassSeen(Seen.PASS, ANNA), PassSeen(Seen.ITEM), PassSeen(Seen.UNREADABLE), Tapped("done")])
def test_question_of_the_receipt_stands(event):
    """His own pass moved, a book near the reader, a tap that came twice: none of them answers the question of the receipt."""
    walk = Walk().admitted().on(ItemScanned(BOOK))
    (asked,) = walk.effects(AskLoan)
    walk.on(LoanMade(asked.visit, asked.request, loan(BOOK)), Tapped("done"))
    before = walk.session
    walk.on(event)

    assert walk.session == before


def test_printer_that_is_not_heard_of():
    """A receipt of which nothing is heard gives the guest his due dates; should it be heard of after all, that is said."""
    walk = Walk().admitted().on(ItemScanned(BOOK))
    (asked,) = walk.effects(AskLoan)
    walk.on(LoanMade(asked.visit, asked.request, loan(BOOK)), Tapped("done"), Tapped("receipt"), TimerRang(TimerName.PAPER))
    assert isinstance(walk.session.place, Farewell)
    assert walk.session.place.paper is Paper.FAILED

    (receipt,) = walk.effects(PrintReceipt)
    walk.on(Printed(receipt.visit, receipt.request))
    assert walk.session.place.paper is Paper.PRINTED
