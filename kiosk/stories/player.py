"""Plays a story step by step: does what it says, waits on the story's clock, checks what must be so, and says what was there instead.

Not for wiring a kiosk together: a story is played on a stage that it is handed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from drivers.contract import Printed, Tag
from kiosk.engine.time import ZONE
from kiosk.kit import KitError
from kiosk.stories.stage import Shown, Stage
from kiosk.stories.told import DeskRecord, Held, Step, Story


@dataclass(frozen=True, slots=True)
class Played:
    """One step, played. `wrong` is empty when it held, else what was expected and what was there."""

    number: int
    told: str
    wrong: str = ""
    page: str = ""
    picture: str = ""
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A story, played to its end or to the first step that did not hold."""

    name: str
    file: str
    seconds: float
    steps: tuple[Played, ...] = field(default=())

    @property
    def held(self) -> bool:
        """Whether every step held."""
        return all(not step.wrong for step in self.steps)


_WITHIN = 5.0
_PAPER_WITHIN = 15.0  # a guest who says nothing gets his receipt after a while
_QUIET = 0.05  # seconds of rest before the clock is moved on
_SETTLED = 30.0  # seconds at most that something may be under way between two steps


def play(
    story: Story,
    file: Path,
    stage: Callable[[Story], AbstractContextManager[Stage]],
    *,
    out: Path | None = None,
    told: Callable[[Played], None] = lambda _: None,
) -> Outcome:
    """Play a story on a stage of its own; pictures and receipts go into `out`."""
    began = time.monotonic()
    steps: list[Played] = []
    with stage(story) as set_up:
        player = _Player(set_up, out)
        for number, step in enumerate(story.step, 1):
            played = player.play(number, step)
            steps.append(played)
            told(played)
            if played.wrong:
                break
    return Outcome(story.name, str(file), round(time.monotonic() - began, 2), tuple(steps))


class _Player:
    def __init__(self, stage: Stage, out: Path | None) -> None:
        self._stage = stage
        self._out = out
        self._papers = 0
        self._visit = 0
        self._papers_before = 0  # those of visits before this one
        self._papers_at_step = 0

    def play(self, number: int, step: Step) -> Played:
        self._papers_at_step = len(self._stage.kit.paper)
        try:
            wrong = self._do(step) or self._check(step)
        except KitError as error:
            wrong = f"{error}"
        self._look_who_is_here()
        picture = self._picture(number)
        return Played(number, _tell(step), wrong, self._stage.page().name, picture, self._receipts(number))

    def _look_who_is_here(self) -> None:
        """With a new visit, the paper of those before it is nobody's claim any more."""
        if self._stage.visit != self._visit:
            self._visit, self._papers_before = self._stage.visit, self._papers_at_step

    # -- doing

    def _do(self, step: Step) -> str:
        stage, kit = self._stage, self._stage.kit
        if step.now is not None:
            now = step.now if step.now.tzinfo else step.now.replace(tzinfo=ZONE)
            stage.time.set_wall(now)
            stage.clock_moved()
        if step.nightly:
            stage.nightly()
        if step.fault:
            kit.fail(step.fault)
        if step.clear:
            kit.mend(step.clear)
        if step.take == "pass":
            kit.take_pass()
        elif step.take:
            kit.take_items(step.take)
        if step.hold is not None:
            self._hold(step.hold if isinstance(step.hold, tuple) else (step.hold,))
        if step.place:
            kit.place(step.place)
        if step.scan:
            kit.scan(step.scan)
        if step.tap and (wrong := self._tap(step.tap)):
            return wrong
        if step.wait:
            self._wait(step.wait)
        return ""

    def _hold(self, held: tuple[Held, ...]) -> None:
        tags: list[Tag] = []
        for thing in held:
            if thing.pass_:
                prop = self._stage.kit.named_pass(thing.pass_)
                if not prop.chip:
                    # the reader sees nothing of a pass without a chip; what can be read is its barcode
                    self._stage.kit.scan(prop.number)
                    continue
                tags.append(self._stage.kit.pass_tag(prop))
            elif thing.barcode:
                self._stage.kit.scan(thing.barcode)
            elif thing.kind:
                tags.append(self._stage.kit.other_tag(thing.kind))
            else:
                tags.append(self._stage.kit.raw_tag(bytes.fromhex(thing.hex)))
        if tags:
            self._stage.kit.hold(tags)

    def _tap(self, button: str) -> str:
        """Tap it as soon as it can be tapped; "language" alone takes the next language."""

        def there() -> str:
            buttons = self._stage.page().buttons()
            if button in buttons or (button == "language" and any(name.startswith("language:") for name in buttons)):
                return ""
            return f"expected a button {button!r}; there was {', '.join(buttons) or 'none'} on {self._stage.page().name!r}"

        if wrong := self._until(_WITHIN, there):
            return wrong
        if button == "language":
            languages = [name for name in self._stage.page().buttons() if name.startswith("language:")]
            current = getattr(self._stage.page(), "language", "")
            here = next((place for place, name in enumerate(languages) if name == f"language:{current}"), -1)
            button = languages[(here + 1) % len(languages)]
        self._stage.tap(button)
        return ""

    def _wait(self, seconds: float) -> None:
        """Let story time pass; whatever comes due happens in its order, and is settled before the clock goes on."""
        clock = self._stage.time
        ends = clock.monotonic() + seconds
        while (left := ends - clock.monotonic()) > 0:
            self._settle()
            due = clock.until_next()
            clock.move(left if due is None else min(left, due))
            self._stage.clock_moved()
            time.sleep(0.002)
        self._settle()

    def _settle(self) -> None:
        ends = time.monotonic() + _SETTLED
        while self._stage.busy() and time.monotonic() < ends:
            time.sleep(0.002)

    # -- checking

    def _check(self, step: Step) -> str:
        checks: list[tuple[float, Callable[[], str]]] = []
        if step.sees or step.shows or step.shows_not:
            checks.append((_WITHIN, lambda: self._page(step)))
        if step.receipt is not None:
            receipt = step.receipt
            checks.append((_PAPER_WITHIN if receipt else _WITHIN, lambda: self._paper(receipt)))
        if step.desk is not None:
            desk = step.desk
            checks.append((_WITHIN, lambda: self._record(desk)))
        if step.secured:
            checks.append((_WITHIN, lambda: self._secured(step.secured)))
        if step.journal:
            checks.append((_WITHIN, lambda: self._journal(step.journal)))
        for within, check in checks:
            if wrong := self._until(step.within or within, check):
                return wrong
        if step.sees_not:
            self._settle()
            unwanted = (step.sees_not,) if isinstance(step.sees_not, str) else step.sees_not
            if (name := self._stage.page().name) in unwanted:
                return f"expected not to see {name!r}; it was there"
        return ""

    def _until(self, within: float, check: Callable[[], str]) -> str:
        """Check until it holds or story time is up. The clock is moved on to what comes due, once nothing is under way."""
        clock = self._stage.time
        ends = clock.monotonic() + within
        rested = time.monotonic()
        while wrong := check():
            if self._stage.busy():
                rested = time.monotonic()
            left = ends - clock.monotonic()
            if left <= 0:
                return check()
            due = clock.until_next()
            if due is not None and due < left and time.monotonic() - rested > _QUIET:
                clock.move(due)
                self._stage.clock_moved()
                rested = time.monotonic()
            time.sleep(0.005)
        return wrong

    def _page(self, step: Step) -> str:
        page = self._stage.page()
        if step.sees and page.name != step.sees:
            return f"expected to see {step.sees!r}; there was {page.name!r}{_why(page)}"
        text = _plain("\n".join(page.texts()))
        for wanted in step.shows:
            if _plain(wanted) not in text:
                return f"expected {wanted!r} on {page.name!r}; it says: {' | '.join(part for part in page.texts() if part)[:600]}"
        for unwanted in step.shows_not:
            if _plain(unwanted) in text:
                return f"expected no {unwanted!r} on {page.name!r}; it was there"
        return ""

    def _paper(self, wanted: tuple[str, ...]) -> str:
        self._look_who_is_here()
        papers = self._stage.kit.paper[self._papers_before :]
        if not wanted:
            return f"expected no paper; {len(papers)} came out" if papers else ""
        if not papers:
            return "expected a receipt; nothing was printed"
        text = _plain(papers[-1].text)
        for part in wanted:
            if _plain(part) not in text:
                return f"expected {part!r} on the receipt; it says: {' | '.join(papers[-1].text.split(chr(10)))[:600]}"
        return ""

    def _record(self, wanted: DeskRecord) -> str:
        record = self._stage.record()
        loans = sorted(loan.item for loan in record.loans) if record else []
        if wanted.loans is not None and loans != sorted(wanted.loans):
            return f"expected the library to have lent {sorted(wanted.loans)} in this visit; it has {loans}"
        if wanted.strips is not None and (record is None or record.strips != wanted.strips):
            have = "no visit was opened" if record is None else f"it has {record.strips}"
            return f"expected the library to have {wanted.strips} strips on record; {have}"
        return ""

    def _secured(self, wanted: dict[str, bool]) -> str:
        for item, armed in wanted.items():
            afi = self._stage.kit.afi(item)
            if afi is None:
                return f"expected item {item} on the pad to look at its gate bit; it does not lie there"
            if (afi == self._stage.kit.secured_afi) != armed:
                return f"expected the gate bit of {item} to be {'armed' if armed else 'released'}; its security byte is {afi:02X}"
        return ""

    def _journal(self, wanted: dict[str, str | int | bool]) -> str:
        entries = [{"what": entry.what, "visit": entry.visit, **entry.facts} for entry in self._stage.journal.read()]
        if any(all(entry.get(name) == value for name, value in wanted.items()) for entry in entries):
            return ""
        return f"expected {wanted} in the journal; it has {', '.join(str(entry['what']) for entry in entries)[:600] or 'nothing'}"

    # -- what is left behind

    def _picture(self, number: int) -> str:
        if self._out is None:
            return ""
        self._out.mkdir(parents=True, exist_ok=True)
        file = self._out / f"{number:02d}-{self._stage.page().name}.png"
        return file.name if self._stage.picture(file) else ""

    def _receipts(self, number: int) -> str:
        papers = self._stage.kit.paper
        new, self._papers = papers[self._papers :], len(papers)
        if self._out is None or not new:
            return ""
        return ", ".join(self._leave(paper, f"{number:02d}-receipt{count or ''}") for count, paper in enumerate(new))

    def _leave(self, paper: Printed, name: str) -> str:
        out = self._out or Path()
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{name}.png").write_bytes(paper.png)
        (out / f"{name}.txt").write_text(paper.text, encoding="utf-8")
        return f"{name}.png"


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _why(page: Shown) -> str:
    heading = next((text for text in (getattr(page, "heading", ""), getattr(page, "code", "")) if text), "")
    return f" ({heading})" if heading else ""


def _tell(step: Step) -> str:
    """A step in one line, as it stood in the file."""
    given = step.model_dump(exclude_defaults=True, by_alias=True, mode="json")
    return ", ".join(f"{name} {_short(value)}" for name, value in given.items())


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 120 else text[:117] + "…"  # noqa: PLR2004 - one line of a terminal
