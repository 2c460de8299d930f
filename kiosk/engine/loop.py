"""Takes events one by one, asks the reducer, has the effects done, and tells the screen. Owns the session and the timers.

Not for doing effects (handlers) nor for making events of what devices report (devices).
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from kiosk.ports import Journal, Time, Timer
from kiosk.session.effects import Effect, Note, SetTimer, StopTimers
from kiosk.session.events import Event, TimerName, TimerRang
from kiosk.session.places import Session
from kiosk.session.reducer import reduce

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ring:
    """A timer that runs: when it rings on the engine's clock, and how long it runs in all, in seconds."""

    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The session as it is now, when its place was entered (wall clock), and the timers that run."""

    session: Session
    entered: datetime
    rings: Mapping[TimerName, Ring] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Rang:
    timer: TimerName
    serial: int


class Loop:
    """One thread that takes events from one queue. `act` does an effect and must not block; `watch` is told every change."""

    def __init__(
        self,
        session: Session,
        *,
        act: Callable[[Effect], None],
        time: Time,
        journal: Journal,
        watch: Callable[[Snapshot], None] = lambda _: None,
    ) -> None:
        self._act = act
        self._time = time
        self._journal = journal
        self._watch = watch
        self._queue: queue.SimpleQueue[Event | _Rang | None] = queue.SimpleQueue()
        self._timers: dict[TimerName, tuple[int, Timer]] = {}
        self._serial = 0
        self._posted = 0
        self._taken = 0
        self._count = threading.Lock()
        self._snapshot = Snapshot(session, time.wall())
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def snapshot(self) -> Snapshot:
        """The latest state; a value, safe to read from any thread."""
        return self._snapshot

    @property
    def idle(self) -> bool:
        """Whether every event posted so far has been taken and acted upon."""
        with self._count:
            return self._posted == self._taken

    def start(self) -> None:
        """Begin to take events."""
        self._watch(self._snapshot)
        self._thread.start()

    def post(self, event: Event) -> None:
        """Hand in an event, from any thread."""
        self._put(event)

    def close(self) -> None:
        """Stop after the events that were posted so far; no timer rings any more."""
        self._put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join()
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _put(self, event: Event | _Rang | None) -> None:
        with self._count:
            self._posted += 1
        self._queue.put(event)

    def _run(self) -> None:
        while (event := self._queue.get()) is not None:
            try:
                self._take(event)
            except Exception as error:  # noqa: BLE001 - the engine must not die of one event; the fault is kept for staff
                self._keep(error, event)
            finally:
                with self._count:
                    self._taken += 1

    def _keep(self, fault: Exception, event: Event | _Rang) -> None:
        """Write down a fault of ours by its kind; its text may hold anything."""
        names = {"error": type(fault).__name__, "event": type(event).__name__}
        try:
            self._journal.write(self._snapshot.session.visit, "engine_fault", **names)
        except Exception as error:  # noqa: BLE001 - a full disk must not end the visit either
            log.error("engine fault that the journal could not take (%s): %s", type(error).__name__, names)  # noqa: TRY400 - no texts

    def _take(self, event: Event | _Rang) -> None:
        if isinstance(event, _Rang):
            if self._timers.get(event.timer, (0, None))[0] != event.serial:
                return  # it was set anew or stopped after it rang
            del self._timers[event.timer]
            event = TimerRang(event.timer)
        before = self._snapshot
        session, effects = reduce(before.session, event)
        rings = dict(before.rings)
        if isinstance(event, TimerRang):
            rings.pop(event.timer, None)
        notes: list[Note] = []
        for effect in effects:
            match effect:
                case SetTimer(timer, seconds):
                    rings[timer] = self._set(timer, seconds)
                case StopTimers(timers):
                    for timer in timers:
                        self._stop(timer)
                        rings.pop(timer, None)
                case Note():
                    notes.append(effect)
                case _:
                    self._act(effect)
        try:
            self._publish(before, session, rings)
        finally:
            for note in notes:
                self._act(note)  # a note waits for the disk; the guest need not, and a screen that fails takes none away

    def _publish(self, before: Snapshot, session: Session, rings: dict[TimerName, Ring]) -> None:
        if session == before.session and rings == before.rings:
            return
        same_place = type(session.place) is type(before.session.place) and session.visit == before.session.visit
        entered = before.entered if same_place else self._time.wall()
        self._snapshot = Snapshot(session, entered, MappingProxyType(rings))
        self._watch(self._snapshot)

    def _set(self, timer: TimerName, seconds: float) -> Ring:
        self._stop(timer)
        self._serial += 1
        rang = _Rang(timer, self._serial)
        self._timers[timer] = (self._serial, self._time.after(seconds, lambda: self._put(rang)))
        return Ring(self._time.monotonic() + seconds, seconds)

    def _stop(self, timer: TimerName) -> None:
        if running := self._timers.pop(timer, None):
            running[1].cancel()
