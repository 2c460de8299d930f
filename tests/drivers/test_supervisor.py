"""How a device is kept alive, and how staff hear of it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import pytest

from drivers.contract import Capabilities, Role, Tag, TagListener
from drivers.errors import DeviceLost, Fault, SettingWrong
from drivers.readers.simulated import SimulatedTagReader
from drivers.scanners.simulated import SimulatedBarcodeScanner
from drivers.supervisor import Watcher
from tests.drivers.recording import DEADLINE, Recorder, threads_left

PASS = Tag(b"\xe0" * 8)


@pytest.fixture
def told() -> Recorder:
    return Recorder()


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Every test here ends with the threads it began with."""
    before = set(threading.enumerate())
    yield
    assert not threads_left(before)


@pytest.fixture
def reader() -> SimulatedTagReader:
    return SimulatedTagReader()


@pytest.fixture
def watcher(reader: SimulatedTagReader, told: Recorder) -> Iterator[Watcher]:
    watcher = Watcher(Role.PASS_READER, reader, told, told, patience=DEADLINE)
    yield watcher
    watcher.close()


class Odd:
    """A reader that does one odd thing when it is watched, the first so many times; afterwards it watches until closed. A driver gone wrong."""

    capabilities = Capabilities()

    def __init__(self, watch: Callable[[TagListener], None], times: int = 1, opening: Exception | None = None) -> None:
        self._odd, self._times, self._opening = watch, times, opening
        self._closed = threading.Event()

    def open(self) -> None:
        self._closed.clear()
        if self._opening is not None and self._times:
            self._times -= 1
            raise self._opening

    def close(self) -> None:
        self._closed.set()

    def describe(self) -> str:
        return "odd reader"

    def watch(self, listener: TagListener) -> None:
        if self._times:
            self._times -= 1
            return self._odd(listener)
        self._closed.wait()
        return None

    def write_afi(self, uid: bytes, afi: int) -> None:
        raise NotImplementedError


def kinds(told: Recorder) -> list[object]:
    """What was told, health only."""
    return [value for event, value in told.told if event in ("up", "down")]


def test_a_device_that_works_is_up_once(watcher: Watcher, reader: SimulatedTagReader, told: Recorder) -> None:
    """Up with its description, then what it sees, on its own thread."""
    watcher.start()
    told.wait_for(("up", Role.PASS_READER))
    reader.put([PASS])
    assert told.told == [("up", Role.PASS_READER), ("sensed", None), ("saw", (PASS,))]
    assert told.hints == ["simulated tag reader"]
    assert told.threads == {"pass_reader watch"}


def test_an_unplugged_device_is_down_once_and_nothing_lies_on_it(watcher: Watcher, reader: SimulatedTagReader, told: Recorder) -> None:
    """However often it is tried again meanwhile; plugged in again it is up, and what lies there is told anew."""
    watcher.start()
    told.wait_for(("up", Role.PASS_READER))
    reader.put([PASS])
    reader.fail("unplugged")
    told.wait_for(("down", Fault.UNPLUGGED), ("saw", ()))
    for _ in range(3):
        watcher.retry()
    reader.mend("unplugged")
    watcher.retry()
    told.wait_for(("up", Role.PASS_READER), ("sensed", None), ("saw", (PASS,)))
    assert kinds(told) == [Role.PASS_READER, Fault.UNPLUGGED, Role.PASS_READER]


def test_a_device_that_is_not_there_at_first_is_opened_when_it_comes(watcher: Watcher, reader: SimulatedTagReader, told: Recorder) -> None:
    """Nobody has to ask for it: the pauses between two tries are short at first."""
    reader.fail("unplugged")
    watcher.start()
    told.wait_for(("down", Fault.NOT_PLUGGED_IN))
    reader.mend("unplugged")
    told.wait_for(("up", Role.PASS_READER))


def test_a_device_is_down_for_its_present_reason(told: Recorder) -> None:
    """When the reason of an outage changes it is told again, so that staff see what holds now."""
    settings: list[Exception] = [SettingWrong("no such port"), DeviceLost(Fault.BUSY, "held"), DeviceLost(Fault.BUSY, "held")]

    class Changing(Odd):
        def open(self) -> None:
            self._closed.clear()
            if settings:
                raise settings.pop(0)

    watcher = Watcher(Role.PASS_READER, Changing(lambda _: None, times=0), told, told)
    watcher.start()
    told.wait_for(("up", Role.PASS_READER))
    watcher.close()
    assert kinds(told) == [Fault.WRONG_SETTING, Fault.BUSY, Role.PASS_READER]


def test_an_error_that_no_driver_should_raise_is_reported_and_survived(told: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    """Down as broken with the place in the source, without the error's message, which may hold a number; then watched again."""

    def breaks(listener: TagListener) -> None:
        listener.saw((PASS,))
        raise KeyError("29350000036490")

    watcher = Watcher(Role.PASS_READER, Odd(breaks), told, told)
    with caplog.at_level(logging.DEBUG):
        watcher.start()
        told.wait_for(("down", Fault.BROKEN), ("saw", ()), ("up", Role.PASS_READER))
        watcher.close()
    assert "KeyError at test_supervisor.py" in told.hints[1]
    assert "29350000036490" not in caplog.text + " ".join(told.hints)
    assert "KeyError" in caplog.text


def test_a_listener_that_raises_does_not_end_the_thread(reader: SimulatedTagReader, told: Recorder) -> None:
    """It is reported like a broken driver, and the next tag is told."""

    class Clumsy(Recorder):
        def saw(self, tags: tuple[Tag, ...]) -> None:
            super().saw(tags)
            if len(self.told) < 3:
                raise ZeroDivisionError

    clumsy = Clumsy()
    watcher = Watcher(Role.PASS_READER, reader, clumsy, told)
    watcher.start()
    told.wait_for(("up", Role.PASS_READER))
    reader.put([PASS])
    told.wait(lambda told: told[-2:] == [("down", Fault.BROKEN), ("up", Role.PASS_READER)])
    clumsy.wait(lambda told: told[-1] == ("saw", (PASS,)) and len(told) > 2)
    watcher.close()


def test_a_driver_that_stops_watching_is_broken(told: Recorder) -> None:
    """Returning without having been closed is no way to end."""
    watcher = Watcher(Role.PASS_READER, Odd(lambda _: None), told, told)
    watcher.start()
    told.wait_for(("up", Role.PASS_READER), ("down", Fault.BROKEN), ("up", Role.PASS_READER))
    watcher.close()


def test_a_tag_that_is_sensed_and_never_read_is_reported(reader: SimulatedTagReader, told: Recorder) -> None:
    """The driver hangs: down with no_answer and nothing lies there, though no call into the driver came back; up when it does."""
    watcher = Watcher(Role.PASS_READER, reader, told, told, patience=0.3)
    watcher.start()
    told.wait(lambda told: ("up", Role.PASS_READER) in told)
    reader.fail("silent")
    reader.put([PASS])
    told.wait_for(("sensed", None), ("down", Fault.NO_ANSWER), ("saw", ()))
    reader.mend("silent")
    told.wait(lambda told: told[-1] == ("saw", (PASS,)))
    assert kinds(told)[-2:] == [Fault.NO_ANSWER, Role.PASS_READER]
    watcher.close()


def test_an_opening_that_hangs_is_reported(told: Recorder) -> None:
    """A service that is stopped answers nobody: down with no_answer; up when it goes on."""
    going_on = threading.Event()

    class Hanging(Odd):
        def open(self) -> None:
            super().open()
            going_on.wait()

    watcher = Watcher(Role.PASS_READER, Hanging(lambda _: None, times=0), told, told, patience=0.05)
    watcher.start()
    told.wait_for(("down", Fault.NO_ANSWER))
    going_on.set()
    told.wait_for(("up", Role.PASS_READER))
    watcher.close()


def test_closing_wakes_a_pause(reader: SimulatedTagReader, told: Recorder) -> None:
    """A watcher that waits for its next try ends at once; one that was never started may be closed, too, and any of them twice."""
    reader.fail("unplugged")
    waiting = Watcher(Role.PASS_READER, reader, told, told)
    waiting.start()
    told.wait_for(("down", Fault.NOT_PLUGGED_IN))
    waiting.close()
    waiting.close()
    Watcher(Role.PASS_READER, reader, told, told).close()


def test_closing_tells_nothing_more(watcher: Watcher, reader: SimulatedTagReader, told: Recorder) -> None:
    """The end of the kiosk is no outage."""
    watcher.start()
    told.wait_for(("up", Role.PASS_READER))
    reader.put([PASS])
    watcher.close()
    assert kinds(told) == [Role.PASS_READER]
    assert told.told[-1] == ("saw", (PASS,))


def test_a_watcher_may_be_closed_from_its_own_thread(reader: SimulatedTagReader, told: Recorder) -> None:
    """A listener that ends the watch when it has what it wants does not wait for itself."""
    watcher: Watcher

    class Satisfied(Recorder):
        def saw(self, tags: tuple[Tag, ...]) -> None:
            super().saw(tags)
            watcher.close()

    listener = Satisfied()
    watcher = Watcher(Role.PASS_READER, reader, listener, told)
    watcher.start()
    told.wait_for(("up", Role.PASS_READER))
    reader.put([PASS])
    listener.wait_for(("saw", (PASS,)))


def test_a_scanner_is_kept_alive_in_the_same_way(told: Recorder) -> None:
    """Scans are told; unplugged is down; plugged in again it scans."""
    scanner = SimulatedBarcodeScanner()
    watcher = Watcher(Role.SCANNER, scanner, told, told)
    watcher.start()
    told.wait_for(("up", Role.SCANNER))
    scanner.scan("1")
    told.wait_for(("scanned", "1"))
    scanner.fail("unplugged")
    told.wait_for(("down", Fault.UNPLUGGED))
    scanner.mend("unplugged")
    told.wait_for(("up", Role.SCANNER))
    scanner.scan("2")
    told.wait_for(("scanned", "2"))
    watcher.close()
