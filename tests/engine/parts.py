"""Parts for the tests of the engine: a library whose answers are written down beforehand, devices that fail as told, and a post that can be waited for."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from drivers.contract import Line
from kiosk.domain.items import Loan, VisitRecord
from kiosk.domain.passes import PassKey
from kiosk.domain.patrons import OpenVisit
from kiosk.domain.refusals import Refused
from kiosk.ports import LibraryStatus
from kiosk.session.events import Event
from tests.drivers.recording import DEADLINE, threads_left

E = TypeVar("E", bound=Event)
Answer = OpenVisit | Loan | Refused | Exception | None


class FakeLibrary:
    """A library that answers what it is told to, in turn, and remembers what it was asked; implements kiosk.ports.Library.

    An answer that is an exception is raised. `then` is done before each answer, with the name of the call.
    """

    def __init__(self, then: Callable[[str], None] = lambda _: None) -> None:
        self.visits: deque[Answer] = deque()
        self.loans: deque[Answer] = deque()
        self.outcomes: deque[Answer] = deque()
        self.closing: Exception | None = None
        self.asked: list[tuple[str, str]] = []
        self._then = then

    def open_visit(self, key: PassKey, *, request_key: str) -> OpenVisit | Refused:
        del key
        answer = self._answer("open_visit", request_key, self.visits)
        assert isinstance(answer, (OpenVisit, Refused))
        return answer

    def lend(self, visit_id: str, item: str, *, request_key: str) -> Loan | Refused:
        del visit_id, item
        answer = self._answer("lend", request_key, self.loans)
        assert isinstance(answer, (Loan, Refused))
        return answer

    def outcome(self, request_key: str) -> Loan | Refused | None:
        answer = self._answer("outcome", request_key, self.outcomes)
        assert answer is None or isinstance(answer, (Loan, Refused))
        return answer

    def record(self, visit_id: str) -> VisitRecord:
        raise NotImplementedError(visit_id)

    def close_visit(self, visit_id: str) -> None:
        self.asked.append(("close_visit", visit_id))
        self._then("close_visit")
        if self.closing:
            raise self.closing

    def status(self) -> LibraryStatus:
        return LibraryStatus("fake", "1")

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, call: str, request_key: str, answers: deque[Answer]) -> Answer:
        self.asked.append((call, request_key))
        self._then(call)
        # the last answer stands for all that follow
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakePaper:
    """A printer that keeps what it was given, or fails; implements kiosk.ports.Paper."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.printed: list[tuple[Line, ...]] = []

    def print(self, lines: Sequence[Line]) -> None:
        if self.fault:
            raise self.fault
        self.printed.append(tuple(lines))


class FakePad:
    """A pad that writes gate bits, with a fault for each try that is to fail; implements kiosk.ports.SecurityBit."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = deque(faults)
        self.tried: list[tuple[bytes, int]] = []

    def write_afi(self, uid: bytes, afi: int) -> None:
        self.tried.append((uid, afi))
        if self.faults:
            raise self.faults.popleft()


@dataclass
class FakeJournal:
    """A journal in memory; implements kiosk.ports.Journal. `broken`: the disk is full."""

    entries: list[tuple[int, str, dict[str, str | int | bool | None]]] = field(default_factory=list)
    broken: bool = False

    def write(self, visit: int, what: str, **facts: str | int | bool | None) -> None:
        if self.broken:
            raise OSError("No space left on device")
        self.entries.append((visit, what, facts))

    def whats(self) -> list[str]:
        return [what for _, what, _ in self.entries]


class Posted:
    """Takes events, from any thread, and can be waited for."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait(self, holds: Callable[[list[Event]], bool]) -> list[Event]:
        """Wait until `holds` for the events so far. Fails after a deadline."""
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.events), DEADLINE), [type(event).__name__ for event in self.events]
            return list(self.events)

    def wait_for(self, kind: type[E]) -> E:
        """Wait for the first event of a kind."""
        found = self.wait(lambda events: any(isinstance(event, kind) for event in events))
        return next(event for event in found if isinstance(event, kind))


@contextmanager
def no_thread_left() -> Iterator[None]:
    """What is done inside ends with the threads that it began with."""
    before = set(threading.enumerate())
    yield
    assert not threads_left(before)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what can only be looked at. Fails after a deadline."""
    ends = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < ends, "still waiting"
        time.sleep(0.002)
