"""P1: from a pass on the reader to the verdict, less the library's round trip. Simulated reader, desk process, real HTTP; no screen.

The floor is the same question asked of the same desk by the same client without a kiosk around it, turn by turn with the kiosk in one run.
"""

from __future__ import annotations

import json
import statistics
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from kiosk.bootstrap import Extras, Kiosk, config_folder
from kiosk.domain.passes import PassKey
from kiosk.engine.loop import Snapshot
from kiosk.engine.time import StoryTime
from kiosk.session.events import Tapped
from kiosk.session.places import Attract, Lending
from kiosk.settings import load

ROUNDS = 200
_WARM_UP = 20


class Moments:
    """When the kiosk first showed a place, on the clock of this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._place: type = type(None)
        self._at = 0.0

    def watch(self, snapshot: Snapshot) -> None:
        """Note what is shown, and when."""
        with self._changed:
            self._place, self._at = type(snapshot.session.place), time.perf_counter()
            self._changed.notify_all()

    def wait(self, place: type) -> float:
        """Wait until a place is shown; when that was."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._place is place, 10):
                raise TimeoutError(f"{place.__name__} was not shown")
            return self._at


def _rest(kiosk: Kiosk) -> None:
    """Let what the turn before left behind (closing its visit, notes) come to an end, so that it is in nobody's figure."""
    while kiosk.busy():
        time.sleep(0.001)
    time.sleep(0.005)


def verdict(rounds: int = ROUNDS) -> dict[str, float]:
    """Milliseconds of the kiosk's own work from pass to verdict (p50, p99), and of the round trip it was measured against."""
    moments = Moments()
    settings = load(config_folder() / "demo.toml", {}).settings
    with TemporaryDirectory(prefix="kiosk-bench-") as folder:
        kiosk_section = settings.kiosk.model_copy(update={"state_dir": Path(folder)})
        of_its_own = settings.model_copy(update={"kiosk": kiosk_section})
        with Kiosk(of_its_own, watch=moments.watch, extras=Extras(StoryTime(), faulty_line=False)) as kiosk:
            anna = kiosk.kit.named_pass("anna")
            tag = kiosk.kit.pass_tag(anna)
            key = PassKey(anna.number, tag.uid.hex(), anna.owner)
            own: list[float] = []
            trips: list[float] = []
            for turn in range(_WARM_UP + rounds):
                _rest(kiosk)
                began = time.perf_counter()
                opened = kiosk.library.open_visit(key, request_key=uuid4().hex)
                trip = time.perf_counter() - began
                kiosk.library.close_visit(getattr(opened, "id", ""))
                _rest(kiosk)
                began = time.perf_counter()
                kiosk.kit.hold((tag,))
                whole = moments.wait(Lending) - began
                kiosk.post(Tapped("stop"))
                moments.wait(Attract)
                kiosk.kit.take_pass()
                if turn >= _WARM_UP:
                    trips.append(trip * 1000)
                    own.append(whole * 1000)
    floor = statistics.median(trips)
    less = sorted(max(whole - floor, 0.0) for whole in own)
    ordered = sorted(trips)
    return {
        "P1_ms_p50": less[len(less) // 2],
        "P1_ms_p99": less[int(len(less) * 0.99)],
        "floor_round_trip_ms_p50": floor,
        "floor_round_trip_ms_p99": ordered[int(len(ordered) * 0.99)],
        "P1_whole_over_round_trip": statistics.median(own) / floor,
    }


if __name__ == "__main__":
    print(json.dumps(verdict(), indent=2))
