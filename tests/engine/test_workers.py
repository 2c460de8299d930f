"""Threads that do what blocks."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kiosk.engine.workers import Queue, Workers
from tests.drivers.recording import DEADLINE
from tests.engine.parts import no_thread_left, wait_until


@pytest.fixture
def workers() -> Iterator[Workers]:
    with no_thread_left():
        workers = Workers()
        yield workers
        workers.close()


def surprise(error: Exception) -> None:
    raise AssertionError from error


@pytest.mark.parametrize("queue", Queue)
def test_job_that_raises(workers, queue):
    """Its asker hears of whatever it raises, and the queue goes on."""
    heard: list[Exception] = []
    fault = ZeroDivisionError("x")

    def job() -> None:
        raise fault

    workers.do(queue, job, heard.append)
    wait_until(lambda: workers.idle)
    assert heard == [fault]

    done = threading.Event()
    workers.do(queue, done.set, surprise)
    assert done.wait(DEADLINE)


def test_asker_that_raises(workers):
    """Even then the workers come to rest."""
    workers.do(Queue.PAPER, lambda: 1 // 0, surprise)

    wait_until(lambda: workers.idle)


def test_printer_that_stalls_holds_up_no_loan(workers):
    go_on, lent = threading.Event(), threading.Event()
    workers.do(Queue.PAPER, lambda: go_on.wait(DEADLINE) and None, surprise)
    workers.do(Queue.LOAN, lent.set, surprise)
    try:
        assert lent.wait(DEADLINE)
        assert not workers.idle
    finally:
        go_on.set()


def test_four_loans_at_once(workers):
    """Each of four waits for the other three: they are all under way at once."""
    together = threading.Barrier(4)
    met: list[int] = []
    for _ in range(4):
        workers.do(Queue.LOAN, lambda: met.append(together.wait(DEADLINE)), surprise)
    wait_until(lambda: workers.idle)

    assert sorted(met) == [0, 1, 2, 3]


@pytest.mark.parametrize("queue", [Queue.PAPER, Queue.PAD])
def test_one_after_the_other(workers, queue):
    """Paper and pad are one thing each: what comes while one job is under way waits for the same thread, and is done in order."""
    go_on = threading.Event()
    done: list[tuple[int, int]] = []

    def job(number: int) -> None:
        assert go_on.wait(DEADLINE)
        done.append((number, threading.get_ident()))

    for number in range(20):
        workers.do(queue, lambda number=number: job(number), surprise)
    go_on.set()
    wait_until(lambda: workers.idle)

    assert [number for number, _ in done] == list(range(20))
    assert len({thread for _, thread in done}) == 1


def test_closing():
    """What was begun is finished, what comes later is answered with an error at once, waiting between two tries ends, no thread is left."""
    with no_thread_left():
        workers = Workers()
        begun, ended, heard = threading.Event(), threading.Event(), []

        def job() -> None:
            begun.set()
            if workers.pause(DEADLINE):
                ended.set()

        workers.do(Queue.LOAN, job, surprise)
        assert begun.wait(DEADLINE)
        workers.close()
        assert ended.is_set()
        workers.do(Queue.LOAN, begun.clear, heard.append)
        assert begun.is_set()
        assert [type(error) for error in heard] == [RuntimeError]
        assert workers.idle
        workers.close()


def test_pause_that_is_over(workers):
    assert workers.pause(0) is False
