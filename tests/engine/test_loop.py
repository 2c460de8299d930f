"""The loop: events in one by one, effects out, the screen told of each change."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from drivers.contract import Role, Seen
from drivers.errors import Fault
from kiosk.engine.loop import Loop, Snapshot
from kiosk.engine.time import ZONE, StoryTime
from kiosk.session.effects import AskLoan, AskVisit, CloseVisit, Effect, Note, SetTimer, StopTimers
from kiosk.session.events import (
    DeviceDown,
    DeviceUp,
    Event,
    ItemScanned,
    LoanMade,
    PassSeen,
    PassSensed,
    Tapped,
    TimerName,
    Touched,
    VisitOpened,
)
from kiosk.session.places import Attract, Checking, Farewell, Lending, Reading, Session
from kiosk.session.places import Refused as RefusedPlace
from tests.drivers.recording import DEADLINE
from tests.engine.parts import FakeJournal, no_thread_left, wait_until
from tests.session.visits import ANNA, BOOK, loan, opened

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=ZONE)


@dataclass
class Bench:
    """A loop on a clock that is moved by hand. `order`: what was acted and shown, as it came; `hold` stops the engine while it is cleared."""

    time: StoryTime
    journal: FakeJournal = field(default_factory=FakeJournal)
    order: list[object] = field(default_factory=list)
    faults: dict[type, Exception] = field(default_factory=dict)
    hold: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.hold.set()
        self.loop = Loop(Session(), act=self._act, time=self.time, journal=self.journal, watch=self._watch)

    def _act(self, effect: Effect) -> None:
        if isinstance(effect, Note):
            self.journal.write(effect.visit, effect.what, **dict(effect.facts))
        self.order.append(effect)
        if fault := self.faults.get(type(effect)):
            raise fault

    def _watch(self, snapshot: Snapshot) -> None:
        self.order.append(snapshot)
        if fault := self.faults.get(type(snapshot.session.place)):
            raise fault
        assert self.hold.wait(DEADLINE)

    def post(self, *events: Event) -> Bench:
        """Post the events and wait until they have been taken."""
        for event in events:
            self.loop.post(event)
        return self.rest()

    def rest(self) -> Bench:
        wait_until(lambda: self.loop.idle)
        return self

    def moved(self, seconds: float) -> Bench:
        """Move the clock; whatever came due has been taken when this returns."""
        rang = threading.Event()
        self.time.move(seconds)
        self.time.after(0, rang.set)  # due after all that came due by the move
        assert rang.wait(DEADLINE)
        return self.rest()

    @property
    def place(self) -> object:
        return self.loop.snapshot.session.place

    @property
    def shown(self) -> list[Snapshot]:
        return [entry for entry in self.order if isinstance(entry, Snapshot)]

    def admitted(self) -> Bench:
        return self.post(PassSeen(Seen.PASS, ANNA), VisitOpened(1, 1, opened()))


@pytest.fixture
def bench() -> Iterator[Bench]:
    with no_thread_left():
        time = StoryTime(NOW)
        bench = Bench(time)
        bench.loop.start()
        yield bench
        bench.hold.set()
        bench.loop.close()
        time.close()


def test_first_page_stands_before_anything_happens(bench):
    assert [shown.session for shown in bench.shown] == [Session()]


def test_each_change_is_shown(bench):
    """In its order, with nothing in between; what changes nothing is not shown."""
    bench.post(PassSensed(), PassSeen(Seen.PASS, ANNA), Touched(), Tapped("nonsense"), VisitOpened(1, 1, opened()))

    assert [type(shown.session.place) for shown in bench.shown] == [Attract, Reading, Checking, Lending]
    assert bench.loop.snapshot is bench.shown[-1]


def test_effects_are_acted_upon(bench):
    bench.post(PassSeen(Seen.PASS, ANNA))

    assert AskVisit(1, 1, ANNA) in bench.order


def test_timers_stay_in_the_loop(bench):
    """Nobody else is asked to set or stop one."""
    bench.admitted().post(Tapped("stop"))

    assert not [effect for effect in bench.order if isinstance(effect, (SetTimer, StopTimers))]


def test_screen_is_told_before_the_disk(bench):
    """A note waits for the disk; the guest sees his page before."""
    bench.admitted()
    shown = next(
        place for place, entry in enumerate(bench.order) if isinstance(entry, Snapshot) and isinstance(entry.session.place, Lending)
    )
    noted = next(place for place, entry in enumerate(bench.order) if isinstance(entry, Note) and entry.what == "visit_opened")

    assert shown < noted


# -- timers


def test_timer_rings(bench):
    """A pass that takes too long to read."""
    bench.post(PassSensed())
    assert isinstance(bench.moved(4).place, Reading)

    assert isinstance(bench.moved(1.5).place, RefusedPlace)


def test_stopped_timer_does_not_ring(bench):
    bench.post(PassSensed(), PassSeen(Seen.NOTHING)).moved(10)

    assert bench.place == Attract()
    assert bench.loop.snapshot.rings == {}
    assert bench.time.until_next() is None


def test_timer_is_replaced(bench):
    """A guest who touches the screen is warned 40 seconds after that touch, not after the first."""
    bench.admitted().moved(35).post(Touched()).moved(35)
    assert not bench.place.warned

    assert bench.moved(6).place.warned


def test_ring_that_comes_too_late_is_dropped(bench):
    """The timer rang while the engine was busy with a touch that set it anew: the guest is not warned."""
    bench.admitted()
    bench.hold.clear()
    bench.loop.post(DeviceDown(Role.PRINTER, Fault.PAPER_OUT))
    wait_until(lambda: Role.PRINTER in bench.shown[-1].session.health)
    bench.loop.post(Touched())
    bench.time.move(41)
    wait_until(lambda: bench.loop._queue.qsize() == 2)
    bench.hold.set()
    bench.rest()
    assert not bench.place.warned

    assert bench.moved(41).place.warned


def test_ring_of_a_stopped_timer_is_dropped(bench):
    """The pass was taken away just before the reading timer rang: nobody is refused."""
    bench.post(PassSensed())
    bench.hold.clear()
    bench.loop.post(DeviceDown(Role.PRINTER, Fault.PAPER_OUT))
    wait_until(lambda: Role.PRINTER in bench.shown[-1].session.health)
    bench.loop.post(PassSeen(Seen.NOTHING))
    bench.time.move(6)
    wait_until(lambda: bench.loop._queue.qsize() == 2)
    bench.hold.set()

    assert bench.rest().place == Attract()


def test_running_timers_are_told(bench):
    """Each with the moment when it rings, on the engine's clock, and how long it runs; those that rang or were stopped are gone."""
    before = bench.time.monotonic()
    bench.admitted()
    (name,) = bench.loop.snapshot.rings
    ring = bench.loop.snapshot.rings[name]
    assert (name, ring.seconds) == (TimerName.IDLE, 40)
    assert before + 40 <= ring.at <= bench.time.monotonic() + 40

    assert set(bench.moved(41).loop.snapshot.rings) == {TimerName.GIVE_UP}
    assert set(bench.post(Tapped("more_time")).loop.snapshot.rings) == {TimerName.IDLE}
    assert set(bench.post(Tapped("stop")).loop.snapshot.rings) == set()


def test_new_countdown_is_shown(bench):
    """A timer that is set anew is a change, though the session is the same: a countdown on the page begins again."""
    bench.admitted()
    shown = len(bench.shown)
    bench.post(Touched())

    assert len(bench.shown) == shown + 1
    assert bench.shown[-1].session == bench.shown[-2].session


# -- when a place was entered


def test_entered_changes_with_the_place(bench):
    """A new place, or the same place in another visit, is entered anew; rows, health and warnings leave it as it is."""
    assert bench.loop.snapshot.entered - NOW < timedelta(seconds=DEADLINE)
    bench.moved(60).post(PassSeen(Seen.ITEM))
    first = bench.loop.snapshot.entered
    assert first >= NOW + timedelta(seconds=60)

    bench.moved(10).post(DeviceDown(Role.PRINTER, Fault.PAPER_OUT))
    assert bench.loop.snapshot.entered == first

    bench.moved(10).post(PassSeen(Seen.BANK_CARD))
    assert isinstance(bench.place, RefusedPlace)
    assert bench.loop.snapshot.entered >= first + timedelta(seconds=20)


def test_lending_is_entered_once(bench):
    entered = bench.admitted().loop.snapshot.entered
    bench.moved(20).post(ItemScanned(BOOK), LoanMade(1, 2, loan(BOOK)))

    assert bench.place.rows
    assert bench.loop.snapshot.entered == entered


# -- faults


def test_effect_that_raises(bench):
    """The engine lives on and takes the next event; the journal has the kinds, not the text."""
    bench.faults[AskVisit] = ValueError(ANNA.number)
    bench.post(PassSeen(Seen.PASS, ANNA))
    assert bench.journal.entries[-1] == (0, "engine_fault", {"error": "ValueError", "event": "PassSeen"})

    del bench.faults[AskVisit]
    assert isinstance(bench.post(PassSeen(Seen.PASS, ANNA)).place, Checking)


def test_screen_that_raises(bench):
    """A page that cannot be made ends nothing: the visit goes on, and what was to be noted is noted."""
    bench.faults[Lending] = TypeError("x")
    bench.admitted()

    assert isinstance(bench.place, Lending)
    assert bench.journal.whats() == ["visit_opened", "engine_fault"]


def test_full_disk(bench):
    """A journal that cannot write ends neither the visit nor the engine."""
    bench.journal.broken = True
    bench.admitted().post(ItemScanned(BOOK))
    assert AskLoan(1, 2, "v1", BOOK) in bench.order

    bench.journal.broken = False
    bench.post(LoanMade(1, 2, loan(BOOK)), Tapped("done"))
    assert isinstance(bench.place, Farewell)
    assert "lent" in bench.journal.whats()


# -- the end


def test_closing(bench):
    """What was posted before is still taken; then no timer rings any more."""
    for _ in range(200):
        bench.loop.post(DeviceDown(Role.PRINTER, Fault.PAPER_OUT))
        bench.loop.post(DeviceUp(Role.PRINTER))
    for event in (PassSeen(Seen.PASS, ANNA), VisitOpened(1, 1, opened()), Tapped("stop"), PassSensed()):
        bench.loop.post(event)
    bench.loop.close()

    assert isinstance(bench.place, Reading)
    assert CloseVisit("v1") in bench.order
    assert bench.time.until_next() is None
    bench.loop.close()


def test_loop_that_was_never_started():
    """It can be closed, and leaves nothing."""
    with no_thread_left():
        time = StoryTime(NOW)
        Bench(time).loop.close()
        time.close()


def test_posting_from_many_threads(bench):
    """No event is lost."""

    def post() -> None:
        for _ in range(100):
            bench.loop.post(DeviceDown(Role.SCANNER, Fault.UNPLUGGED))

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.rest()

    assert bench.journal.whats() == ["device_down"] * 400
