"""Threads that do what blocks: calls to the library, paper, gate bits. A job that raises is never lost: it becomes what its asker said.

Not for devices that are watched for as long as the kiosk runs; those have a thread of their own (drivers.supervisor).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum


class Queue(StrEnum):
    """Who waits for whom: jobs of one queue share its threads, so that a printer that stalls holds up no loan, and old loans no new guest."""

    VISIT = "visit"
    LOAN = "loan"
    CLOSE = "close"
    PAPER = "paper"
    PAD = "pad"


_THREADS = {Queue.VISIT: 2, Queue.LOAN: 4, Queue.CLOSE: 1, Queue.PAPER: 1, Queue.PAD: 1}


class Workers:
    """A few threads for each queue."""

    def __init__(self) -> None:
        self._pools = {queue: ThreadPoolExecutor(threads, thread_name_prefix=queue.value) for queue, threads in _THREADS.items()}
        self._under_way = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        with self._lock:
            return self._under_way == 0

    def do(self, queue: Queue, job: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        """Do the job on a thread of the queue; `failed` is called there with whatever it raises."""
        with self._lock:
            self._under_way += 1
        try:
            self._pools[queue].submit(self._run, job, failed)
        except RuntimeError as error:  # the pools are closed: the kiosk is going down
            self._done()
            failed(error)

    def pause(self, seconds: float) -> bool:
        """Wait between two tries; True when the kiosk is going down and the trying should end."""
        return self._closing.wait(seconds)

    def close(self) -> None:
        """Finish what is under way, begin nothing new."""
        self._closing.set()
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=False)

    def _run(self, job: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001 - whatever it is, the asker must hear of it
            failed(error)
        finally:
            self._done()

    def _done(self) -> None:
        with self._lock:
            self._under_way -= 1
