"""A desk for each test of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.running import RunningDesk, running_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDesk]:
    """A running desk with the demonstration library, new for this test."""
    with running_desk(tmp_path) as desk:
        yield desk
