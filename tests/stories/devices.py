"""Simulated hardware, watched as the kiosk watches it, for the tests of the kit and of stories."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drivers.contract import Gap, Role, Text
from drivers.printers.simulated import SimulatedPrinter
from drivers.readers.simulated import SimulatedTagReader
from drivers.scanners.simulated import SimulatedBarcodeScanner
from drivers.supervisor import Watcher
from kiosk.bootstrap import DemoTags
from kiosk.kit import Kit, Props, load_props
from tests.drivers.recording import Recorder
from tests.engine.parts import no_thread_left, wait_until

PROPS_FILE = Path(__file__).parent.parent.parent / "config" / "demo-props.toml"


@dataclass
class Hall:
    """A kit with its devices, and what each of them told."""

    kit: Kit
    passes: Recorder
    pad: Recorder
    scans: Recorder
    item_reader: SimulatedTagReader
    printer: SimulatedPrinter

    def print(self, text: str) -> None:
        self.printer.print((Text(text), Gap(1)))


def props() -> Props:
    return load_props(PROPS_FILE)


@contextmanager
def hall() -> Iterator[Hall]:
    """All devices open and watched; nothing of them is left afterwards."""
    with no_thread_left():
        pass_reader, item_reader, scanner, printer = (
            SimulatedTagReader(),
            SimulatedTagReader(),
            SimulatedBarcodeScanner(),
            SimulatedPrinter(),
        )
        passes, pad, scans = Recorder(), Recorder(), Recorder()
        watchers = (
            Watcher(Role.PASS_READER, pass_reader, passes, passes, patience=60),
            Watcher(Role.ITEM_READER, item_reader, pad, pad, patience=60),
            Watcher(Role.SCANNER, scanner, scans, scans, patience=60),
        )
        try:
            for watcher in watchers:
                watcher.start()
            for recorder, role in zip((passes, pad, scans), (Role.PASS_READER, Role.ITEM_READER, Role.SCANNER), strict=True):
                recorder.wait_for(("up", role))
            printer.open()
            # a scanner that is up may not be watched yet, and what is scanned then is lost, as with a real one
            wait_until(lambda: scanner._watching_thread != 0)
            kit = Kit(props(), DemoTags(), pass_reader=pass_reader, item_reader=item_reader, scanner=scanner, printer=printer)
            yield Hall(kit, passes, pad, scans, item_reader, printer)
        finally:
            for watcher in watchers:
                watcher.close()
            printer.close()
