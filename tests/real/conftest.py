"""The real parts that tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.real.pcscd import PrivatePcscd
from tests.real.virtual_card import VirtualCard


@pytest.fixture(scope="session")
def one_pcscd() -> Iterator[PrivatePcscd]:
    """The pcscd of this process: libpcsclite looks for its socket's name once."""
    daemon = PrivatePcscd()
    os.environ["PCSCLITE_CSOCK_NAME"] = str(daemon.socket)
    daemon.start()
    yield daemon
    daemon.close()


@pytest.fixture
def pcscd(one_pcscd: PrivatePcscd) -> PrivatePcscd:
    """A pcscd that runs, whatever the test before did to it, with empty readers."""
    if not one_pcscd.running:
        one_pcscd.start()
    one_pcscd.wait_until_empty()
    return one_pcscd


@pytest.fixture
def card(pcscd: PrivatePcscd) -> Iterator[VirtualCard]:
    """A card beside the first virtual reader."""
    with VirtualCard(pcscd.ports[0]) as beside:
        yield beside


@pytest.fixture
def second_card(pcscd: PrivatePcscd) -> Iterator[VirtualCard]:
    """A card beside the second virtual reader."""
    with VirtualCard(pcscd.ports[1]) as beside:
        yield beside
