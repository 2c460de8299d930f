"""Reads passes through nfcpy: for readers that PC/SC does not know (Sony RC-S380, PN53x modules). Not for ISO 15693, of which nfcpy knows nothing.

Type 2, 3 and 4 tags: the memory of a Type 2 tag as it is; of the others their NDEF message, put into the form in which a Type 5 tag carries one, so that
one decoder reads all. Anything else gives its UID. Such a reader tells nobody when a tag comes: it is asked every `interval` seconds, which costs a
little processor time; that is the reason to prefer PC/SC. The device is opened once and kept open until `close()`, since many of these readers do not
survive being opened again and again. pcscd and the kernel's own NFC driver must leave it alone: see config/linux/gastlenen-nfc.conf.

nfcpy's licence is the EUPL; it is an extra of this program and imported when a reader is opened.
"""

from __future__ import annotations

import errno
import importlib
import threading
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from drivers.contract import Capabilities, Tag, TagListener
from drivers.errors import DeviceLost, DeviceMissing, DeviceRefused, Fault, SettingWrong
from drivers.readers.apdu import answer

_TECHNOLOGIES = ("106A", "106B", "212F")
_PATHS = ("usb", "tty", "com", "udp")
_CLOSE_SECONDS = 4.0
_PAGES_AT_ONCE, _WANTED, _MOST = 4, 64, 16 + 256
_CONTAINER, _HAS_MESSAGE = 12, 0xE1
_PAYMENT = b"2PAY.SYS.DDF01"
_SHORT = 0xFF
_REASONS: Final = MappingProxyType(
    {
        errno.EACCES: (Fault.NO_PERMISSION, "The kiosk's user may not open the reader on {}; see config/linux/70-gastlenen.rules."),
        errno.EBUSY: (
            Fault.BUSY,
            "Another program, or the kernel's own NFC driver, holds the reader on {}; see config/linux/gastlenen-nfc.conf.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class _Library:
    """The parts of nfcpy that are used; it has no types."""

    clf: Any
    tag: Any

    @classmethod
    def load(cls) -> _Library:
        """Raises DeviceMissing."""
        try:
            return cls(importlib.import_module("nfc.clf"), importlib.import_module("nfc.tag"))
        except (ImportError, OSError) as error:  # OSError: libusb is not there.
            hint = "nfcpy cannot be loaded: install it with the extra 'nfc' of this program, and the package libusb-1.0-0."
            raise DeviceMissing(Fault.PACKAGE_MISSING, hint) from error


class NfcpyReader:
    """`path` as nfcpy has it: "usb" for the first reader, "usb:054c:06c3", "tty:USB0:pn532", or "udp:127.0.0.1:PORT" for tests without a reader."""

    capabilities = Capabilities()

    def __init__(self, path: str = "usb", interval: float = 0.1) -> None:
        self._path = path
        self._interval = interval
        self._lock = threading.Lock()
        self._opened: tuple[_Library, Any] | None = None
        self._closing = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self._watching_thread = 0

    def open(self) -> None:
        """Take hold of the reader. Raises SettingWrong, DeviceMissing."""
        self.close()
        if not self._path.startswith(_PATHS):
            raise SettingWrong(f'\'{self._path}\' is no path of nfcpy; give "usb", or "usb:vendor:product".')
        library = _Library.load()
        try:
            frontend = library.clf.ContactlessFrontend(self._path)
        except OSError as error:
            gone = (Fault.NOT_PLUGGED_IN, "nfcpy finds no reader on {}; plug it in, or see whether nfcpy knows it.")
            reason, hint = _REASONS.get(error.errno or 0, gone)
            raise DeviceMissing(reason, hint.format(self._path)) from error
        with self._lock:
            self._opened = (library, frontend)
            self._closing = threading.Event()

    def close(self) -> None:
        """End the watch, which may take a second, and let go of the reader."""
        with self._lock:
            self._closing.set()
            opened = self._opened
            if opened is None or self._watching_thread == threading.get_ident():
                return
            self._opened = None
        # A watch that hangs in the device is left behind; closing the device under it is the one thing that may free it.
        self._idle.wait(_CLOSE_SECONDS)
        opened[1].close()

    def describe(self) -> str:
        """What nfcpy calls the reader."""
        opened = self._opened
        return f"nfcpy: {opened[1].device if opened else self._path}"

    def watch(self, listener: TagListener) -> None:
        """Tell the listener of each tag until `close()`. Raises DeviceLost."""
        with self._lock:
            opened, closing = self._opened, self._closing
            if opened is None:
                return
            self._watching_thread = threading.get_ident()
            self._idle.clear()
        library, frontend = opened
        try:
            while not closing.is_set():
                tag = self._sense(library, frontend, listener, closing)
                if tag is None:
                    closing.wait(self._interval)
                    continue
                while not closing.wait(self._interval) and tag.is_present:
                    pass
                if not closing.is_set():
                    listener.saw(())
        except OSError as error:
            raise DeviceLost(Fault.UNPLUGGED, f"The reader on {self._path} is gone; plug it in again.") from error
        finally:
            self._watching_thread = 0
            self._idle.set()

    def write_afi(self, uid: bytes, afi: int) -> None:  # noqa: ARG002  no tag can be written, whichever it is
        """Nfcpy knows no tags with a security byte. Always raises DeviceRefused."""
        raise DeviceRefused(Fault.TAG_UNSUITABLE, f"This reader cannot write the security byte {afi:02X}; use one whose driver can.")

    def _sense(self, library: _Library, frontend: Any, listener: TagListener, closing: threading.Event) -> Any:
        """One look for a tag of each technology; the tag, told to the listener, or None."""
        for technology in _TECHNOLOGIES:
            if closing.is_set():
                return None
            try:
                target = frontend.sense(library.clf.RemoteTarget(technology), iterations=1)
            except library.clf.UnsupportedTargetError:  # Not every reader knows every technology.
                continue
            if target is None:
                continue
            listener.sensed()
            tag = library.tag.activate(frontend, target)
            listener.saw((_read(library, tag),))
            return tag if tag is not None else _Gone()
        return None


class _Gone:
    """Stands for a tag that left before it could be spoken to."""

    is_present = False


def _read(library: _Library, tag: Any) -> Tag:
    """What a library may know of the tag; torn where it left meanwhile."""
    if tag is None:
        return Tag(torn=True)
    uid, memory = bytes(tag.identifier), bytearray()
    try:
        if tag.type == "Type4Tag" and _pays(tag):
            return Tag(payment=True)
        if tag.type == "Type2Tag":
            _read_pages(tag, memory)
        elif (message := tag.ndef) is not None:
            memory += _as_memory(bytes(message.octets))
    except (library.tag.TagCommandError, library.clf.CommunicationError):
        return Tag(uid, memory=bytes(memory), torn=not tag.is_present)
    return Tag(uid, memory=bytes(memory))


def _pays(tag: Any) -> bool:
    said = answer(bytes(tag.send_apdu(0x00, 0xA4, 0x04, 0x00, _PAYMENT, mrl=256, check_status=False)))
    return said is not None and said.selected


def _read_pages(tag: Any, memory: bytearray) -> None:
    """From page 0 on, 16 bytes at a time; as far as a message may go where the capability container says that there is one."""
    wanted = _WANTED
    while len(memory) < wanted:
        memory += tag.read(len(memory) // _PAGES_AT_ONCE)
        if len(memory) > _CONTAINER + 2 and memory[_CONTAINER] == _HAS_MESSAGE:
            wanted = min(16 + memory[_CONTAINER + 2] * 8, _MOST)


def _as_memory(message: bytes) -> bytes:
    """An NDEF message as the memory of a Type 5 tag that carries it."""
    length = bytes((len(message),)) if len(message) < _SHORT else b"\xff" + len(message).to_bytes(2, "big")
    body = b"\x03" + length + message + b"\xfe"
    return bytes((_HAS_MESSAGE, 0x40, min(-(-(len(body) + 4) // 8), 0xFF), 0x01)) + body
