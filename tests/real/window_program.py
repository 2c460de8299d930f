"""A kiosk's window by itself, for tests that touch and type from outside: prints a line of JSON for each thing it is
told and each frame it draws, and shows the pages whose names it reads. Run as a program.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from kiosk.ui.app import KioskApp
from tests.ui.samples import DUTCH, NOW


def tell(what: str, value: object = None) -> None:
    print(json.dumps({"what": what, "value": value}), flush=True)


def main(name: str) -> None:
    app = KioskApp(
        tap=lambda button: tell("tap", button),
        scanned=lambda scan: tell("scan", scan),
        active=lambda: tell("active"),
        now=lambda: NOW,
        reduced_motion=True,
    )
    from kiosk.ui import clock  # noqa: PLC0415 - it needs Kivy prepared

    clock._LONGEST_SLEEP = (
        3600.0  # a wake-up that is lost shall not be made good by the next turn, nor by Kivy's cache, which looks each second
    )
    for event in app.clock.get_events() if app.clock else ():
        if event.timeout == 1.0:
            event.cancel()
    signal.signal(signal.SIGTERM, lambda *_: app.stop())
    app.show(DUTCH[name])

    def ready(_: float) -> None:
        tell("targets", {t.name: [t.x + t.w // 2, t.y + t.h // 2] for t in app.sheet.targets})
        tell("clock", app.clock is not None and app.clock._x11 is not None)

    def read() -> None:
        for line in sys.stdin:
            app.show(DUTCH[line.strip()])

    app._window.bind(on_flip=lambda *_: tell("drawn", app.sheet.name))
    threading.Thread(target=read, daemon=True).start()
    app._soon(ready)
    app.run()
    tell("ended", time.process_time())


if __name__ == "__main__":
    main(sys.argv[1])
