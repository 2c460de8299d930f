"""pcscd's calls that readers need, with this house's errors. The one file that knows pyscard, which it imports when a device is opened.

Not for deciding when to read or what a card is (pcsc, card). Raises DeviceMissing where nothing was begun, DeviceLost where pcscd is gone afterwards.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from drivers.errors import DeviceLost, DeviceMissing, Fault, TagGone

_NO_SERVICE: Final = (
    "pcscd does not answer: install the packages pcscd and libccid, then start it with 'systemctl enable --now pcscd.socket'."
)


class CardWasReset(Exception):
    """Another program reset the card between two commands; what was read so far may be of another state."""


@dataclass(frozen=True, slots=True)
class Service:
    """A context of pcscd: the calls of `scard` that are used here, with this house's errors. `scard` is pyscard's module, which has no types."""

    scard: Any
    context: Any

    @classmethod
    def reach(cls) -> Service:
        """Raises DeviceMissing."""
        try:
            scard = importlib.import_module("smartcard.scard")
        except ImportError as error:
            hint = "pyscard cannot be loaded: install the packages libpcsclite1 and pyscard."
            raise DeviceMissing(Fault.PACKAGE_MISSING, hint) from error
        code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        if code == scard.SCARD_W_SECURITY_VIOLATION:
            hint = "pcscd does not let this user in: allow it in polkit (org.debian.pcsc-lite.access_pcsc)."
            raise DeviceMissing(Fault.NO_PERMISSION, hint) from _said(scard, code)
        if code != scard.SCARD_S_SUCCESS:
            raise DeviceMissing(Fault.SERVICE_DOWN, _NO_SERVICE) from _said(scard, code)
        return cls(scard, context)

    def release(self) -> None:
        """Let go of pcscd."""
        self.scard.SCardReleaseContext(self.context)

    def cancel(self) -> None:
        """End a wait; the one call that may be made while another thread uses the context."""
        self.scard.SCardCancel(self.context)

    def readers(self, pattern: str) -> tuple[str, ...]:
        """The names of the readers that fit. Raises DeviceLost when pcscd is gone."""
        code, names = self.scard.SCardListReaders(self.context, [])
        if code == self.scard.SCARD_E_NO_READERS_AVAILABLE:
            return ()
        if code != self.scard.SCARD_S_SUCCESS:
            raise DeviceLost(Fault.SERVICE_DOWN, _NO_SERVICE) from _said(self.scard, code)
        return tuple(name for name in names if fits(name, pattern))

    def wait(self, states: dict[str, int], seconds: float | None = None) -> Sequence[tuple[str, int, list[int]]]:
        """Wait for a change of what is known; empty when the wait ended without one. Raises DeviceLost when pcscd is gone."""
        scard = self.scard
        limit = scard.INFINITE if seconds is None else int(seconds * 1000)
        code, changes = scard.SCardGetStatusChange(self.context, limit, list(states.items()))
        if code == scard.SCARD_S_SUCCESS:
            found: Sequence[tuple[str, int, list[int]]] = changes
            return found
        if code in (scard.SCARD_E_TIMEOUT, scard.SCARD_E_CANCELLED, scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE):
            return ()
        raise DeviceLost(Fault.SERVICE_DOWN, _NO_SERVICE) from _said(scard, code)

    def connect(self, name: str) -> Connection | None:
        """Power the card; None where there is none, or none that speaks. Raises DeviceLost."""
        scard = self.scard
        code, card, protocol = scard.SCardConnect(
            self.context, name, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        )
        if code == scard.SCARD_E_SHARING_VIOLATION:
            raise DeviceLost(Fault.BUSY, f"Another program keeps the reader {name} to itself; end that program.") from _said(scard, code)
        return Connection(scard, card, protocol) if code == scard.SCARD_S_SUCCESS else None


@dataclass(frozen=True, slots=True)
class Connection:
    """A powered card."""

    scard: Any
    card: Any
    protocol: int

    def transmit(self, command: bytes) -> bytes:
        """One command and its response. Raises TagGone; whether it is pcscd that is gone shows in the next wait."""
        code, response = self.scard.SCardTransmit(self.card, self.protocol, list(command))
        if code == self.scard.SCARD_W_RESET_CARD:
            raise CardWasReset
        if code != self.scard.SCARD_S_SUCCESS:
            raise TagGone from _said(self.scard, code)
        return bytes(response)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the card to this connection meanwhile: others wait. Raises CardWasReset, TagGone."""
        code = self.scard.SCardBeginTransaction(self.card)
        if code == self.scard.SCARD_W_RESET_CARD:
            raise CardWasReset
        if code != self.scard.SCARD_S_SUCCESS:
            raise TagGone from _said(self.scard, code)
        try:
            yield
        finally:
            self.scard.SCardEndTransaction(self.card, self.scard.SCARD_LEAVE_CARD)

    def release(self) -> None:
        """Let go of the card and leave it powered, for whoever else reads it."""
        self.scard.SCardDisconnect(self.card, self.scard.SCARD_LEAVE_CARD)


def _said(scard: Any, code: int) -> OSError:
    """What PC/SC itself said, as the cause of our error."""
    return OSError(f"PC/SC error {code & 0xFFFFFFFF:08X}: {scard.SCardGetErrorMessage(code)}")


def fits(name: str, pattern: str) -> bool:
    """Whether a reader's name fits a pattern: "*" is any text, "?" any sign; brackets are themselves, since names of readers hold them."""
    return fnmatchcase(name, pattern.replace("[", "[[]"))


def no_reader(pattern: str, present: Sequence[str]) -> str:
    """The hint when no reader fits, with the readers that are there."""
    if not present:
        return "No card reader is plugged in, or pcscd has no driver for it; for most readers that is the package libccid."
    return f"No card reader fits '{pattern}'; plugged in: {', '.join(present)}."


def plugged_in() -> tuple[str, ...]:
    """The names of all readers that pcscd knows. Raises DeviceMissing when it does not answer."""
    service = Service.reach()
    try:
        return service.readers("*")
    except DeviceLost as error:
        raise DeviceMissing(error.reason, error.hint) from error
    finally:
        service.release()
