"""Keeps one reader or scanner alive on a thread of its own. Not for printers, which are called job by job, nor for what is to be done about a pass.

A watching device is opened, watched, and when it fails opened again, with growing pauses. A second thread looks at the first: some card readers never
answer when a card is broken, and no call into the driver can end that. Both threads sleep without a clock while nothing happens.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final, Protocol, cast, overload

from drivers.contract import Device, Role, ScanListener, Scanner, Tag, TagListener, TagReader
from drivers.errors import DeviceError, DeviceLost, Fault

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
PATIENCE: Final = 5.0
"""Seconds in which a device must have been opened, and in which a tag that was sensed must have been read."""

_JOIN_SECONDS = 2.0
_SAME: Final = {Fault.NOT_PLUGGED_IN: Fault.UNPLUGGED}

log = logging.getLogger(__name__)


class Health(Protocol):
    """Who is told whether a device works. Called on the device's threads; must return at once."""

    def up(self, role: Role, description: str) -> None:
        """It works, for the first time or again."""

    def down(self, role: Role, reason: Fault, hint: str) -> None:
        """It does not work. Told once for each outage, and once more where its reason changes."""


class Watcher:
    """Watches one device until `close()`. `patience` in seconds, as `PATIENCE`."""

    @overload
    def __init__(self, role: Role, device: TagReader, listener: TagListener, health: Health, *, patience: float = PATIENCE) -> None: ...
    @overload
    def __init__(self, role: Role, device: Scanner, listener: ScanListener, health: Health, *, patience: float = PATIENCE) -> None: ...
    def __init__(
        self,
        role: Role,
        device: TagReader | Scanner,
        listener: TagListener | ScanListener,
        health: Health,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._device: Device = device
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._state = _State(role, health)
        self._guard = _Guard(role, self._state, patience)
        self._nothing_lies: Callable[[], None]
        if role is Role.SCANNER:
            self._nothing_lies = _say_nothing
            self._watch = partial(cast("Scanner", device).watch, cast("ScanListener", listener))
        else:
            relay = _Relay(cast("TagListener", listener), self._guard)
            self._nothing_lies = relay.nothing_lies
            self._watch = partial(cast("TagReader", device).watch, relay)
        self._thread = threading.Thread(target=self._run, name=f"{role} watch", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._guard.start(self._nothing_lies)
        self._thread.start()

    def retry(self) -> None:
        """Do not wait for the end of a pause: try to open the device now."""
        self._wake.set()

    def close(self) -> None:
        """End both threads and let go of the device. A thread that hangs inside a driver is left behind after a few seconds; it dies with the process."""
        self._stop.set()
        self._wake.set()
        self._let_go()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_SECONDS)
        self._guard.close()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            began = monotonic()
            try:
                self._once()
            except DeviceError as error:
                if not self._stop.is_set():
                    log.info("%s: %s", self._thread.name, error, exc_info=error.__cause__)
                    self._fell(error.reason, error.hint)
            except Exception as error:  # noqa: BLE001  whatever it is, the thread must live on and staff must hear of it
                self._fell(Fault.BROKEN, self._broke(error))
            finally:
                self._let_go()
            if monotonic() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            self._wake.wait(pause)
            self._wake.clear()
            pause = min(pause * 2, LONGEST_PAUSE)

    def _once(self) -> None:
        """Open and watch, until closed. Raises what the driver raises."""
        self._guard.begin()
        try:
            self._device.open()
        finally:
            self._guard.end(works=False)
        if not self._stop.is_set():
            self._state.up(self._device.describe())
            self._watch()
        if not self._stop.is_set():
            raise DeviceLost(Fault.BROKEN, "The driver stopped by itself; it is started again.")

    def _fell(self, reason: Fault, hint: str) -> None:
        self._guard.end(works=False)
        self._state.down(reason, hint)
        self._nothing_lies()

    def _let_go(self) -> None:
        try:
            self._device.close()
        except Exception as error:  # noqa: BLE001  see _run
            self._state.down(Fault.BROKEN, self._broke(error))

    def _broke(self, error: Exception) -> str:
        """The sentence for an error that no driver should raise. Its message is left out, here and in the log: it may hold a number."""
        places: list[str] = []
        trace = error.__traceback__
        while trace is not None:
            places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
            trace = trace.tb_next
        log.error("%s: %s at %s", self._thread.name, type(error).__name__, " < ".join(reversed(places)))
        return f"The driver broke down ({type(error).__name__} at {places[-1]}); if it comes back, report this."


class _State:
    """What was last told of the device, so that nothing is told twice."""

    def __init__(self, role: Role, health: Health) -> None:
        self._role = role
        self._health = health
        self._lock = threading.Lock()
        self._told: Fault | bool | None = None
        self._description = ""

    def up(self, description: str = "") -> None:
        with self._lock:
            self._description = description or self._description
            if self._told is not True:
                self._told = True
                self._health.up(self._role, self._description)

    def down(self, reason: Fault, hint: str) -> None:
        with self._lock:
            kind = _SAME.get(reason, reason)
            if self._told is not kind:
                self._told = kind
                self._health.down(self._role, reason, hint)


class _Guard:
    """The second thread: says so when what began has not ended in time, and when it ends after all.

    It speaks while it holds its lock, and `end()` takes that lock, so that the device's own thread never speaks at the same time.
    """

    def __init__(self, role: Role, state: _State, patience: float) -> None:
        self._state = state
        self._patience = patience
        self._changed = threading.Condition()
        self._turn = 0
        self._busy = False
        self._gave_up = False
        self._stop = False
        self._hint = f"The {role} does not answer: take away what lies on it; if that does not help, unplug it and plug it in again."
        self._thread = threading.Thread(target=self._run, name=f"{role} guard", daemon=True)
        self._nothing_lies: Callable[[], None] = _say_nothing

    def start(self, nothing_lies: Callable[[], None]) -> None:
        """Begin; `nothing_lies` is called when the device is given up."""
        self._nothing_lies = nothing_lies
        self._thread.start()

    def begin(self) -> None:
        """Something begins that must end in time."""
        with self._changed:
            self._turn += 1
            self._busy = True
            self._changed.notify_all()

    def end(self, *, works: bool = True) -> None:
        """It ended; if it had been given up and works after all, the device is up again."""
        with self._changed:
            late, self._gave_up, self._busy = self._gave_up, False, False
            self._changed.notify_all()
            if late and works:
                self._state.up()

    def close(self) -> None:
        with self._changed:
            self._stop = True
            self._changed.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        with self._changed:
            while not self._stop:
                self._changed.wait_for(lambda: self._busy or self._stop)
                turn = self._turn
                if not self._over(turn, self._patience):
                    self._gave_up = True
                    self._state.down(Fault.NO_ANSWER, self._hint)
                    self._nothing_lies()
                    self._over(turn, None)

    def _over(self, turn: int, seconds: float | None) -> bool:
        return self._changed.wait_for(lambda: not self._busy or self._turn != turn or self._stop, seconds)


class _Relay:
    """Stands between reader and listener: knows what the listener believes lies there, and tells the guard that a tag is being read."""

    def __init__(self, listener: TagListener, guard: _Guard) -> None:
        self._listener = listener
        self._guard = guard
        self._something = False

    def sensed(self) -> None:
        self._guard.begin()
        self._something = True
        self._listener.sensed()

    def saw(self, tags: tuple[Tag, ...]) -> None:
        self._guard.end()
        self._something = bool(tags)
        self._listener.saw(tags)

    def nothing_lies(self) -> None:
        """The device went down: whatever lay on it is not known to lie there any more."""
        if self._something:
            self._something = False
            self._listener.saw(())


def _say_nothing() -> None:
    """On a scanner nothing lies."""
