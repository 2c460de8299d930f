"""Reads passes and items through PC/SC: any reader that pcscd knows. Not for commands of one maker's readers (profiles), nor for staying alive (supervisor).

One thread waits in SCardGetStatusChange for cards and for readers that come and go. It waits without a limit and asks nothing meanwhile, so that a
reader on which nothing lies costs no processor time; SCardCancel ends the wait. pyscard's own monitor is not used: its thread ends when pcscd does.
A reader of several tags tells pcscd of the first that comes and the last that goes; in between, and only then, it is asked every `interval` seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from drivers.contract import Capabilities, Tag, TagListener
from drivers.errors import DeviceError, DeviceLost, DeviceMissing, DeviceRefused, DeviceSilent, Fault, TagGone
from drivers.readers import keyed
from drivers.readers.card import MemoryReading, Transmit
from drivers.readers.profiles import Profile, WithKeys, pick
from drivers.readers.scard import CardWasReset, Service, no_reader

_READERS_COME_AND_GO: Final = "\\\\?PnP?\\Notification"
_TURNS = 3
_CANCEL_EVERY, _CANCELS, _CLOSE_SECONDS = 0.02, 50, 1.0
_TRIES = 3
_WRITE_SECONDS = 5.0

T = TypeVar("T")


class PcscReader:
    """All PC/SC readers whose name fits `reader`, a pattern such as "ACS*" ("*" stands for any text); what lies on them is reported together.

    `profile` says what kind of reader it is: "auto" tells it by the name, else "generic", "bytes", "identiv" or "acr1552". `block_size` is the number
    of bytes by which a generic reader counts blocks: 4, or 1 on the few readers that count bytes. `interval` is the number of seconds after which a
    reader of several tags is asked anew, as long as something lies on it.

    Content behind keys, off unless named: `sector` of a MIFARE Classic (0 to 39) with the key of `key_type` "A" or "B" in `key_file`; and `desfire_file`
    of `desfire_application` (six hexadecimal digits), `desfire_length` bytes, with AES key number `desfire_key_number` where `desfire_key_file` is given.
    """

    def __init__(
        self,
        reader: str = "*",
        block_size: int = 4,
        profile: str = "auto",
        interval: float = 0.5,
        sector: int = -1,
        key_file: str = "",
        key_type: str = "A",
        desfire_application: str = "",
        desfire_file: int = 0,
        desfire_length: int = 32,
        desfire_key_file: str = "",
        desfire_key_number: int = 0,
    ) -> None:
        self._pattern = reader
        self._interval = interval
        self._by_name = partial(pick, profile=profile, block_size=max(1, block_size))
        self._open_classic = partial(keyed.classic_sector, sector, key_file, key_type) if sector >= 0 else None
        self._open_desfire = (
            partial(keyed.desfire_file, desfire_application, desfire_file, desfire_length, desfire_key_file, desfire_key_number)
            if desfire_application
            else None
        )
        self._classic: MemoryReading | None = None
        self._desfire: MemoryReading | None = None
        self._lock = threading.Lock()
        self._service: Service | None = None
        self._closing = threading.Event()
        self._idle = threading.Event()
        self._watching_thread = 0
        self._names: tuple[str, ...] = ()

    @property
    def capabilities(self) -> Capabilities:
        """What the readers that were found when it was opened can do, each of them; before that, what can be said without looking."""
        able = [self._pick(name).capabilities for name in self._names or (self._pattern,)]
        return Capabilities(
            several_tags=all(one.several_tags for one in able),
            writes_afi=all(one.writes_afi for one in able),
            writes_memory=all(one.writes_memory for one in able),
        )

    def open(self) -> None:
        """Reach pcscd and find the readers. Raises SettingWrong, DeviceMissing."""
        self.close()
        self._by_name(self._pattern)
        self._classic = self._open_classic() if self._open_classic else None
        self._desfire = self._open_desfire() if self._open_desfire else None
        service = Service.reach()
        try:
            self._names = _find(service, self._pattern)
        except BaseException:
            service.release()
            raise
        with self._lock:
            self._service = service
            # New ones: a watch that was left behind in a card that never answers must stay closed.
            self._closing, self._idle = threading.Event(), threading.Event()
            self._idle.set()

    def close(self) -> None:
        """End the watch and let go of pcscd.

        A thread that waits for a card that never answers, or for a pcscd that hangs, is left behind; it ends when the card is taken away, or pcscd.
        """
        with self._lock:
            self._closing.set()
            service, idle = self._service, self._idle
            if service is None or self._watching_thread == threading.get_ident():
                return
            self._service = None
        # Even the call that ends a wait asks pcscd, which may hang; so it is made on a thread that nobody has to wait for.
        letting_go = threading.Thread(target=_let_go, args=(service, idle), name="pcsc close", daemon=True)
        letting_go.start()
        letting_go.join(_CLOSE_SECONDS)

    def describe(self) -> str:
        """The readers' names as pcscd gives them."""
        return f"PC/SC: {', '.join(self._names) or self._pattern}"

    def watch(self, listener: TagListener) -> None:
        """Tell the listener of every change until `close()`. Raises DeviceLost."""
        with self._lock:
            service, closing, idle = self._service, self._closing, self._idle
            if service is None:
                return
            self._watching_thread = threading.get_ident()
            idle.clear()
        try:
            _Watch(service, self._pattern, self._pick, self._interval, closing).run(listener)
        finally:
            self._watching_thread = 0
            idle.set()

    def write_afi(self, uid: bytes, afi: int) -> None:
        """Write the security byte and read it back. Raises TagGone, DeviceRefused (also where the reader cannot), DeviceLost, DeviceSilent."""
        if not any(self._pick(name).capabilities.writes_afi for name in self._names or (self._pattern,)):
            raise DeviceRefused(Fault.TAG_UNSUITABLE, f"This reader cannot write the security byte {afi:02X}; use one whose driver can.")
        self._write(lambda profile, transmit: profile.write_afi(transmit, uid, afi))

    def write_memory(self, uid: bytes, memory: bytes, start: int = 0) -> bytes:
        """Write whole blocks of four from byte `start` on; the same bytes, read anew. Raises as `write_afi`."""
        return self._write(lambda profile, transmit: profile.write_memory(transmit, uid, memory, start))

    def _pick(self, name: str) -> Profile:
        """The profile of the reader with this name. Raises SettingWrong."""
        plain = self._by_name(name)
        return WithKeys(plain, self._classic, self._desfire) if self._classic or self._desfire else plain

    def _write(self, write: Callable[[Profile, Transmit], T]) -> T:
        """Do it on the reader on which the tag lies; with a context of its own, since the watch waits in the other."""

        def work() -> T:
            try:
                service = Service.reach()
            except DeviceMissing as error:
                raise DeviceLost(error.reason, error.hint) from error
            try:
                refused: DeviceError = TagGone()
                for name in _with_cards(service, self._pattern):
                    try:
                        return with_card(service, name, keep=True, work=partial(write, self._pick(name)))
                    except TagGone:
                        continue
                    except DeviceRefused as error:  # The tag may lie on another reader, which can.
                        refused = error
                raise refused
            finally:
                service.release()

        return _within(_WRITE_SECONDS, work)


def with_card(service: Service, name: str, *, keep: bool, work: Callable[[Transmit], T]) -> T:
    """Do the work with the card on this reader, anew when another program resets the card meanwhile. Raises TagGone, DeviceLost."""
    for _ in range(_TURNS):
        connection = service.connect(name)
        if connection is None:
            break
        try:
            with connection.kept() if keep else nullcontext():
                return work(connection.transmit)
        except CardWasReset:
            continue
        finally:
            connection.release()
    raise TagGone


@dataclass(slots=True)
class _Lying:
    """What lies on a reader: the reader's count of insertions, which tells a new card from the old one, and what was read."""

    count: int
    atr: bytes
    tags: tuple[Tag, ...]
    tries: int = 0


class _Watch:
    """One watch, from `PcscReader.watch` to its end: what is known of each reader, and what lies on it."""

    def __init__(
        self, service: Service, pattern: str, pick_profile: Callable[[str], Profile], interval: float, closing: threading.Event
    ) -> None:
        self._service = service
        self._pattern = pattern
        self._pick = pick_profile
        self._interval = interval
        self._closing = closing
        self._states: dict[str, int] = {}
        self._cards: dict[str, _Lying] = {}

    def run(self, listener: TagListener) -> None:
        """Wait, read, tell. Raises DeviceLost."""
        scard = self._service.scard
        while not self._closing.is_set():
            if self._readers_left():
                self._tell(listener)
            several = [name for name in self._cards if self._pick(name).capabilities.several_tags]
            fresh: list[tuple[str, int, bytes, bool]] = []
            gone = False
            changes = self._service.wait(self._states, self._interval if several else None)
            for name, event, made_up in changes:
                self._states[name] = event & ~scard.SCARD_STATE_CHANGED
                if name == _READERS_COME_AND_GO:
                    continue
                atr = bytes(made_up)
                count, lies_there = event >> 16, bool(event & scard.SCARD_STATE_PRESENT)
                if not lies_there:
                    gone |= self._cards.pop(name, None) is not None
                elif name not in self._cards or self._cards[name].count != count:
                    fresh.append((name, count, atr, bool(event & scard.SCARD_STATE_MUTE)))
            if not changes and not self._closing.is_set():
                fresh += [(name, self._cards[name].count, self._cards[name].atr, False) for name in several if self._changed(name)]
            if fresh:
                listener.sensed()
            for name, count, atr, mute in fresh:
                before = self._cards.get(name)
                tries = before.tries if before and before.count == count else 0
                self._cards[name] = _Lying(count, atr, (Tag(atr=atr, torn=True),) if mute else self._read(name, atr), tries)
            if fresh or gone:
                self._tell(listener)

    def _tell(self, listener: TagListener) -> None:
        listener.saw(tuple(tag for _, lying in sorted(self._cards.items(), key=lambda item: item[0]) for tag in lying.tags))

    def _readers_left(self) -> bool:
        """Follow readers that came or went; whether a card went with one. Raises DeviceLost when none is left."""
        names = self._service.readers(self._pattern)
        if not names:
            raise DeviceLost(Fault.UNPLUGGED, no_reader(self._pattern, self._service.readers("*")))
        unaware = self._service.scard.SCARD_STATE_UNAWARE
        watched = (_READERS_COME_AND_GO, *names)
        self._states = {name: self._states.get(name, unaware) for name in watched}
        vanished = self._cards.keys() - set(names)
        for name in vanished:
            del self._cards[name]
        return bool(vanished)

    def _read(self, name: str, atr: bytes) -> tuple[Tag, ...]:
        """Read what lies on a reader; torn where it left or does not speak. Raises DeviceLost when another program keeps the card to itself."""
        profile = self._pick(name)
        try:
            return with_card(self._service, name, keep=profile.keeps_state, work=lambda transmit: profile.read(transmit, atr))
        except TagGone:
            return (Tag(atr=atr, torn=True),)

    def _changed(self, name: str) -> bool:
        """Whether other tags lie on a reader of several than were read. Raises DeviceLost."""
        profile, known = self._pick(name), self._cards[name]
        try:
            uids = with_card(self._service, name, keep=profile.keeps_state, work=profile.lying)
        except TagGone:
            return False
        if sorted(tag.uid for tag in known.tags) != sorted(uids):
            return True
        # One that was torn may lie still now; one that stays torn is not asked for ever.
        known.tries += 1
        return known.tries <= _TRIES and any(tag.torn for tag in known.tags)


def _let_go(service: Service, idle: threading.Event) -> None:
    """End a wait and let go of the context. A cancel that comes just before the wait is lost, so it is given until the watch has ended."""
    for _ in range(_CANCELS):
        if idle.is_set():
            break
        service.cancel()
        idle.wait(_CANCEL_EVERY)
    idle.wait()
    service.release()


def _within(seconds: float, work: Callable[[], T]) -> T:
    """Do the work, which may hang in a card that never answers: then it is left behind. Raises what it raises, and DeviceSilent."""
    done: Future[T] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001  it is raised again below, where somebody waits for it
            done.set_exception(error)

    threading.Thread(target=run, name="pcsc write", daemon=True).start()
    try:
        return done.result(seconds)
    except TimeoutError as error:
        hint = "The reader does not answer; take the tag away and hold it again."
        raise DeviceSilent(Fault.NO_ANSWER, hint) from error


def _with_cards(service: Service, pattern: str) -> tuple[str, ...]:
    """The readers that fit and on which something lies. Raises DeviceLost."""
    scard = service.scard
    unaware: dict[str, int] = dict.fromkeys(service.readers(pattern), scard.SCARD_STATE_UNAWARE)
    changes = service.wait(unaware, 0) if unaware else ()
    return tuple(name for name, event, _ in changes if event & scard.SCARD_STATE_PRESENT)


def _find(service: Service, pattern: str) -> tuple[str, ...]:
    """The readers that fit, at least one. Raises DeviceMissing."""
    try:
        names = service.readers(pattern)
        present = names or service.readers("*")
    except DeviceLost as error:
        raise DeviceMissing(error.reason, error.hint) from error
    if not names:
        raise DeviceMissing(Fault.NOT_PLUGGED_IN, no_reader(pattern, present))
    return names
