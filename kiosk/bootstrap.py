"""Puts a kiosk together: picks the real parts that the settings name, and joins them. The only place that knows drivers by more than their contract.

Not for deciding anything about visits, nor for the screen: whoever wants to see the kiosk is handed snapshots.
"""

from __future__ import annotations

import fcntl
import re
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from drivers.contract import Printer, Role, Scanner, SimulatedPrinter, SimulatedReader, SimulatedScanner, Tag, TagReader
from drivers.errors import DeviceError
from drivers.models import load as load_models
from drivers.registry import make
from drivers.supervisor import Watcher
from drivers.tags.iso28560_3 import CIRCULATING_ITEM, PATRON_CARD, Block, encode
from kiosk.backend.embedded import EmbeddedDesk
from kiosk.backend.http import HttpLibrary
from kiosk.backend.line import FaultyLine
from kiosk.domain.items import VisitRecord
from kiosk.domain.passes import NumberRule
from kiosk.engine.devices import CodeKind, CodeRule, HealthReports, PadReports, PassReports, ScanReports
from kiosk.engine.handlers import Handlers, House
from kiosk.engine.loop import Loop, Snapshot
from kiosk.engine.settler import Settler
from kiosk.engine.time import StoryTime, SystemTime
from kiosk.engine.workers import Queue, Workers
from kiosk.journal import JournalIntents, SqliteJournal
from kiosk.kit import Kit, load_props
from kiosk.locale import words
from kiosk.ports import Library, LibraryIncoherent
from kiosk.session.effects import Effect
from kiosk.session.events import Event, Tapped, Touched
from kiosk.session.places import Attract, Lending, Rules, Session
from kiosk.settings import Backend, Settings

# A contactless storage card as PC/SC readers present it (PC/SC part 3): ICODE SLI, and MIFARE Classic 1K.
_ICODE = bytes.fromhex("3B8F8001804F0CA0000003060B00140000000077")
_CLASSIC = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
_SECURED = 0x07


def config_folder() -> Path:
    """Where the settings, props and stories that come with the kiosk stand: in the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent / "config"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "config"


class DemoTags:
    """Makes the tags of the demo; implements kiosk.kit.TagMaker."""

    def library_pass(self, number: str, owner: str, uid: bytes) -> Tag:
        """A pass with a chip: an ISO 28560-3 patron card."""
        return Tag(uid, _ICODE, encode(Block(number=number, owner=owner, usage=PATRON_CARD)))

    def item(self, number: str, owner: str, uid: bytes, *, part: int = 1, parts: int = 1) -> Tag:
        """An item, its gate bit armed."""
        block = Block(number=number, owner=owner, usage=CIRCULATING_ITEM, part=part, parts=parts)
        return Tag(uid, _ICODE, encode(block), afi=_SECURED)

    def raw(self, memory: bytes, uid: bytes) -> Tag:
        """A tag with just these bytes."""
        return Tag(uid, _ICODE, memory)

    def other(self, kind: str) -> Tag:
        """A card that is no library pass. Raises KeyError for an unknown word."""
        return _OTHERS[kind]


def _broken_pass() -> Tag:
    memory = bytearray(encode(Block(number="20000000000098", owner="NL-0702881037", usage=PATRON_CARD)))
    memory[7] ^= 0x10  # one bit of the number is wrong, so the CRC does not fit
    return Tag(bytes.fromhex("E004010000000098"), _ICODE, bytes(memory))


_OTHERS = {
    "bank_card": Tag(atr=bytes.fromhex("3B888001000000000081870F"), payment=True),
    "phone": Tag(atr=bytes.fromhex("3B88800100000000808171000079"), payment=True),
    "unreadable": _broken_pass(),
    "book": DemoTags().item("30000000000040", "NL-0899990000", bytes.fromhex("E004010000000040")),
    "ov_chip": Tag(bytes.fromhex("04A1B2C3"), _CLASSIC),
}


@dataclass(frozen=True, slots=True)
class Extras:
    """What a story adds to a kiosk: a clock that can be moved, a line to the library that can be cut, and a language."""

    time: StoryTime
    faulty_line: bool = True
    language: str = ""


class Kiosk:
    """Everything but the screen. Made without touching anything; `start` opens it, `close` lets go of all of it."""

    def __init__(self, settings: Settings, *, watch: Callable[[Snapshot], None] = lambda _: None, extras: Extras | None = None) -> None:
        self.settings = settings
        self._extras = extras
        self._watch = watch
        self._stack = ExitStack()
        self.visit = 0
        self._visit_id = ""
        self.time: SystemTime = extras.time if extras else SystemTime()
        self._stack.callback(self.time.close)

    def __enter__(self) -> Self:
        """Start it."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close it."""
        self.close()

    def start(self) -> None:
        """Open journal, library and devices, and begin. Raises LibraryError, drivers.errors.SettingWrong, OSError."""
        settings, stack = self.settings, self._stack
        state = settings.kiosk.state_dir
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        stack.callback(_alone(state).close)
        self.journal = SqliteJournal(state / "journal.db", self.time.wall, days=settings.privacy.journal_days)
        stack.callback(self.journal.close)
        self.library = self._open_library()
        pass_reader, item_reader, scanner, printer = self._make_devices()
        paper: object = printer
        self._simulated_printer = paper if isinstance(paper, SimulatedPrinter) else None
        workers = self._workers = Workers()
        house = House(
            library=settings.library.name,
            words=words,
            lent_afi=settings.item_reader.lent,
            settle_seconds=settings.library.settle_seconds,
            show_titles=settings.privacy.show_titles_on_receipt,
        )
        handlers: Handlers | None = None

        def act(effect: Effect) -> None:
            if handlers is not None:
                handlers.act(effect)

        intents = JournalIntents(self.journal, lambda: uuid.uuid4().hex)
        self._loop = Loop(self._session(item_reader), act=act, time=self.time, journal=self.journal, watch=self._changed)
        handlers = Handlers(
            house,
            library=self.library,
            workers=workers,
            journal=self.journal,
            intents=intents,
            time=self.time,
            post=self._loop.post,
            paper=printer,
            pad=item_reader,
        )
        settler = Settler(intents=intents, library=self.library, workers=workers, journal=self.journal, time=self.time)
        stack.callback(self._loop.close)
        stack.callback(workers.close)
        stack.callback(settler.close)
        settler.start()
        self._loop.start()
        self._watch_devices(pass_reader, item_reader, scanner)
        self._open_printer(printer)
        self.kit = self._make_kit(pass_reader, item_reader, scanner, printer)

    def close(self) -> None:
        """End visits, devices, library and clock; nothing of it is left running."""
        self._stack.close()

    # -- for the screen and for stories

    @property
    def snapshot(self) -> Snapshot:
        """How it stands now."""
        return self._loop.snapshot

    def tap(self, button: str) -> None:
        """A button was tapped."""
        self._loop.post(Tapped(button))

    def touched(self) -> None:
        """The screen was touched."""
        self._loop.post(Touched())

    def scanned(self, code: str) -> None:
        """A scanner that types has typed a code."""
        self._scans.scanned(code)

    def post(self, event: Event) -> None:
        """Hand in an event."""
        self._loop.post(event)

    def busy(self) -> bool:
        """Whether an event or a job is under way."""
        return not (self._loop.idle and self._workers.idle and self._loop.idle)

    def record(self) -> VisitRecord | None:
        """What the library has on record for the last visit; None when none was opened. Raises LibraryError."""
        return self._direct.record(self._visit_id) if self._visit_id else None

    def clock_moved(self) -> None:
        """Tell the embedded library what time it is in the story."""
        if self._clock_file:
            written = self._clock_file.with_suffix(".new")
            written.write_text(self.time.wall().isoformat(), encoding="utf-8")
            written.replace(self._clock_file)

    def nightly(self) -> None:
        """Let the embedded library refresh its guests. Raises LibraryError."""
        if self._desk:
            self._desk.refresh()

    # -- parts

    def _changed(self, snapshot: Snapshot) -> None:
        if snapshot.session.visit != self.visit:
            self.visit, self._visit_id = snapshot.session.visit, ""
        if self._extras and isinstance(snapshot.session.place, Lending):
            self._visit_id = snapshot.session.place.visit.id
        self._watch(snapshot)
        if self._simulated_printer and not self._extras and isinstance(snapshot.session.place, Attract):
            # real paper is torn off and taken along
            self._workers.do(Queue.PAPER, self._simulated_printer.forget, lambda _: None)

    def _session(self, item_reader: TagReader | None) -> Session:
        kiosk, library = self.settings.kiosk, self.settings.library
        language = (self._extras.language if self._extras else "") or kiosk.language
        rules = Rules(
            language=language,
            languages=kiosk.languages,
            patron_language=not (self._extras and self._extras.language),
            idle_seconds=kiosk.idle_seconds,
            take_pass_ends_visit=kiosk.take_pass_ends_visit,
            release_security=bool(item_reader and item_reader.capabilities.writes_afi and self.settings.item_reader.write_security),
            settle_seconds=library.lend_seconds + library.settle_seconds + 2,
        )
        return Session(rules, visit=self.journal.last_visit(), language=language)

    def _open_library(self) -> Library:
        settings = self.settings
        self._desk: EmbeddedDesk | None = None
        self._clock_file: Path | None = None
        self._line: FaultyLine | None = None
        url, token_file = settings.library.url, settings.library.token_file
        if settings.library.backend is Backend.EMBEDDED:
            if self._extras:
                self._clock_file = settings.kiosk.state_dir / "clock"
                self.clock_moved()
            self._desk = EmbeddedDesk(
                settings.kiosk.state_dir, settings.kiosk.name, demo_data=settings.library.demo_data, clock_file=self._clock_file
            )
            self._stack.callback(self._desk.close)
            url, token_file = self._desk.start(), self._desk.token_file
        self._direct: Library = _http(settings, url, token_file)
        self._stack.callback(self._direct.close)
        wanted = self._extras.faulty_line if self._extras else True
        if not (wanted and settings.pass_reader.driver == "simulated" and url.startswith("http://")):
            return self._direct
        # where hardware is simulated, the line to the library can be cut too
        host, _, port = url.removeprefix("http://").partition("/")[0].partition(":")
        self._line = FaultyLine(host, int(port or 80))
        self._stack.callback(self._line.close)
        library = _http(settings, self._line.url, token_file)
        self._stack.callback(library.close)
        return library

    def _make_devices(self) -> tuple[TagReader, TagReader | None, Scanner | None, Printer | None]:
        return make_pass_reader(self.settings), make_item_reader(self.settings), make_scanner(self.settings), make_printer(self.settings)

    def _watch_devices(self, pass_reader: TagReader, item_reader: TagReader | None, scanner: Scanner | None) -> None:
        settings, post = self.settings, self._loop.post
        number = settings.pass_reader.number
        health = HealthReports(post)
        models = load_models()
        ndef = settings.pass_reader.ndef_pattern
        passes = PassReports(
            post,
            settings.pass_reader.formats,
            NumberRule(number.min, number.max, number.pattern),
            models=models,
            ndef_number=re.compile(ndef) if ndef else None,
        )
        rules = tuple(CodeRule(CodeKind(rule.kind), rule.pattern) for rule in settings.scanner.rules)
        self._scans = ScanReports(post, rules)
        watchers = [Watcher(Role.PASS_READER, pass_reader, passes, health)]
        if item_reader is not None:
            watchers.append(Watcher(Role.ITEM_READER, item_reader, PadReports(post, settings.item_reader.secured, models=models), health))
        if scanner is not None:
            watchers.append(Watcher(Role.SCANNER, scanner, self._scans, health))
        for watcher in watchers:
            self._stack.callback(watcher.close)
            watcher.start()

    def _open_printer(self, printer: Printer | None) -> None:
        """A printer that is off at the start is no reason not to lend; it is tried again with each receipt."""
        if printer is None:
            return
        self._stack.callback(printer.close)
        try:
            printer.open()
        except DeviceError as error:
            HealthReports(self._loop.post).down(Role.PRINTER, error.reason, error.hint)

    def _make_kit(self, pass_reader: object, item_reader: object, scanner: object, printer: object) -> Kit:
        return Kit(
            load_props(config_folder() / "demo-props.toml"),
            DemoTags(),
            pass_reader=pass_reader if isinstance(pass_reader, SimulatedReader) else None,
            item_reader=item_reader if isinstance(item_reader, SimulatedReader) else None,
            scanner=scanner if isinstance(scanner, SimulatedScanner) else None,
            printer=printer if isinstance(printer, SimulatedPrinter) else None,
            line=self._line,
            secured_afi=self.settings.item_reader.secured,
        )


def _alone(state: Path) -> IO[str]:
    """Hold the state folder: two kiosks in one would settle each other's loans. Raises OSError."""
    lock = (state / "lock").open("w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise OSError(error.errno, "another kiosk uses this state folder", str(state)) from error
    return lock


def make_pass_reader(settings: Settings) -> TagReader:
    """The pass reader that the settings name. Raises SettingWrong, DeviceMissing."""
    section = settings.pass_reader
    return make(Role.PASS_READER, section.driver, **_pattern(section.reader), **section.options)


def make_item_reader(settings: Settings) -> TagReader | None:
    """The item reader that the settings name; None where items are only scanned. Raises SettingWrong, DeviceMissing."""
    section = settings.item_reader
    return None if section.driver == "none" else make(Role.ITEM_READER, section.driver, **_pattern(section.reader), **section.options)


def make_scanner(settings: Settings) -> Scanner | None:
    """The scanner that the settings name; None for one that types, which the screen listens to. Raises SettingWrong, DeviceMissing."""
    section = settings.scanner
    if section.driver in {"none", "keyboard"}:
        return None
    device = {"device": section.device} if section.device else {}
    return make(Role.SCANNER, section.driver, **device, **section.options)


def make_printer(settings: Settings) -> Printer | None:
    """The printer that the settings name; None where there is none. Raises SettingWrong, DeviceMissing."""
    section = settings.printer
    if section.driver == "none":
        return None
    options: dict[str, object] = {"width_mm": section.width_mm}
    options |= {} if section.raster else {"raster": False}
    options |= {"logo": str(section.logo)} if section.logo else {}
    if section.driver == "escpos":
        trust = None if section.trust_status == "auto" else section.trust_status
        options |= {"connection": section.connection, "profile": section.profile, "trust_status": trust}
        options |= {"host": section.host, "port": section.port} if section.connection == "network" else {}
        options |= {"path": str(section.path)} if section.path else {}
        options |= {"device": section.device} if section.device else {}
        options |= {"queue": section.queue} if section.queue else {}
    return make(Role.PRINTER, section.driver, **options, **section.options)


def _pattern(reader: str) -> dict[str, str]:
    return {} if reader == "*" else {"reader": reader}


def open_library(settings: Settings, stack: ExitStack) -> Library:
    """The library that the settings name, without anything between; closed by the stack. Raises LibraryError, OSError."""
    library, state = settings.library, settings.kiosk.state_dir
    url, token_file = library.url, library.token_file
    if library.backend is Backend.EMBEDDED:
        state.mkdir(parents=True, exist_ok=True)
        desk = EmbeddedDesk(state, settings.kiosk.name, demo_data=library.demo_data)
        stack.callback(desk.close)
        url, token_file = desk.start(), desk.token_file
    opened = _http(settings, url, token_file)
    stack.callback(opened.close)
    return opened


def _http(settings: Settings, url: str, token_file: Path | None) -> HttpLibrary:
    section = settings.library
    try:
        token = token_file.read_text(encoding="ascii").strip() if token_file else ""
    except UnicodeError as error:
        raise LibraryIncoherent(f"{token_file} holds no token; make it again with `desk pair`.") from error
    return HttpLibrary(url, token, verify_seconds=section.verify_seconds, lend_seconds=section.lend_seconds, ca_file=section.ca_file)
