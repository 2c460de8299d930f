"""The desk that a kiosk starts for itself: there when it says so, there again when it was killed, gone with the kiosk."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.backend.embedded import EmbeddedDesk
from kiosk.backend.http import HttpLibrary
from kiosk.ports import LibraryError, LibrarySilent
from tests.drivers.recording import threads_left

pytestmark = pytest.mark.real


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[EmbeddedDesk]:
    before = set(threading.enumerate())
    embedded = EmbeddedDesk(tmp_path, "tests", demo_data=True)
    yield embedded
    embedded.close()
    assert not threads_left(before)


def _answers(library: HttpLibrary) -> bool:
    try:
        return bool(library.status().name)
    except LibraryError:
        return False


def test_killed_desk_comes_back_at_its_place(desk):
    """Somebody kills the desk: it is started again at the same address, and the kiosk's client and token go on working."""
    library = HttpLibrary(desk.start(), desk.token_file.read_text().strip())
    assert _answers(library)
    first = desk._process.pid
    os.kill(first, signal.SIGKILL)

    until = time.monotonic() + 30
    while desk._process.pid == first or not _answers(library):
        assert time.monotonic() < until, "the desk did not come back"
        time.sleep(0.05)
    library.close()


def test_closed_desk_stays_closed(desk):
    """Closing ends it for good, at once, and twice does no harm."""
    desk.start()
    process = desk._process
    desk.close()
    desk.close()

    assert process.poll() == 0


def test_desk_that_cannot_start_says_why(tmp_path):
    """The last line of its log is in the hint, for the folder of a story is gone when somebody reads it."""
    (tmp_path / "desk.db").mkdir()
    embedded = EmbeddedDesk(tmp_path, "tests", demo_data=False)
    with pytest.raises(LibrarySilent) as silent:
        embedded.start()
    embedded.close()

    assert "did not start: " in silent.value.hint
    assert "it said nothing" not in silent.value.hint
