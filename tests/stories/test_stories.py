"""How a story file is read and played: what it may say, and that a story that lies does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from drivers.contract import Seen
from kiosk.domain.items import Loan, VisitRecord
from kiosk.engine.time import ZONE, StoryTime
from kiosk.journal import SqliteJournal
from kiosk.kit import Kit
from kiosk.stories import Outcome, Played, Story, StoryWrong, load_story, play
from kiosk.ui.page import Action, Language, Page
from tests.stories.devices import Hall, hall

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=ZONE)
BOOK, OTHER_BOOK = "30000000000018", "30000000000026"
LANGUAGES = (Language("nl", "NL", "Nederlands", chosen=True), Language("en", "EN", "English"))
ATTRACT = Page("attract", "Bibliotheek Waddenkust", "Houd uw pas bij de lezer", languages=LANGUAGES)
LENDING = Page(
    "lending", "Bibliotheek Waddenkust", "Leg uw boeken op de plank", chips=("125 leenstrips",), actions=(Action("done", "Klaar"),)
)

Read = Callable[[str], Story]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_it(text: str) -> Story:
        file = tmp_path / "story.toml"
        file.write_text(text, encoding="utf-8")
        return load_story(file)

    return read_it


@pytest.fixture
def faults(read: Read, tmp_path: Path) -> Callable[[str], list[str]]:
    """The faults of a story that must have some, without the folder."""

    def faults_of(text: str) -> list[str]:
        with pytest.raises(StoryWrong) as wrong:
            read(text)
        return [fault.removeprefix(f"{tmp_path}/") for fault in wrong.value.faults]

    return faults_of


# -- reading

WHOLE = """\
name = "A guest of Bedum borrows two books"
about = "Everything that a step can say."
language = "nl"

[[step]]
now = "2026-11-24T09:00"
nightly = true
fault = "printer.paper_out"
clear = "printer.paper_out"
hold = [{ pass = "anna" }, { kind = "bank_card" }, { barcode = "2" }, { chip = "iso28560-3", hex = "18 01 01" }]
place = ["30000000000018"]
scan = "30000000000026"
take = "pass"
tap = "done"
wait = 30
within = 2
sees = "lending"
sees_not = ["attract", "refused"]
shows = ["A."]
shows_not = ["B."]
receipt = []
secured = { "30000000000018" = true }
desk = { loans = [], strips = 125 }
journal = { what = "lent", visit = 1, provisional = true }

[[step]]
hold = { pass = "anna" }
take = ["30000000000018"]
sees_not = "refused"
"""


def test_everything_a_story_can_say(read):
    story = read(WHOLE)

    assert story.name == "A guest of Bedum borrows two books"
    assert len(story.step) == 2
    assert story.step[0].now == datetime.fromisoformat("2026-11-24T09:00")
    assert story.step[0].hold[3].hex == "18 01 01"
    assert story.step[1].hold.pass_ == "anna"
    assert story.step[0].receipt == ()
    assert story.step[1].receipt is None


@pytest.mark.parametrize(
    "file", sorted((Path(__file__).parent.parent.parent / "config" / "stories").glob("*.toml")), ids=lambda file: file.stem
)
def test_stories_that_come_with_the_kiosk(file):
    assert load_story(file).name


STEP = 'name = "x"\n\n[[step]]\nsees = "attract"\n\n[[step]]\nwait = 1\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (STEP + 'hodl = { pass = "anna" }\n', ["story.toml, line 8: step 2, hodl: is no word of a story."]),
        (STEP + 'hold = { pas = "anna" }\n', ["story.toml, line 8: step 2, hold, pas: is no word of a story."]),
        (STEP + "desk = { loan = [] }\n", ["story.toml, line 8: step 2, desk, loan: is no word of a story."]),
        (STEP + "hold = {}\n", ["story.toml, line 8: step 2, hold: say exactly one of pass, barcode, kind or hex."]),
        (
            STEP + 'hold = [{ pass = "anna" }, { pass = "a", kind = "phone" }]\n',
            ["story.toml, line 8: step 2, hold, 1: say exactly one of pass, barcode, kind or hex."],
        ),
        (STEP + 'take = "pas"\n', ["story.toml, line 8: step 2, take: Input should be 'pass'."]),
        (STEP.replace("1", "-1"), ["story.toml, line 7: step 2, wait: Input should be greater than or equal to 0."]),
        (STEP + "within = 0\n", ["story.toml, line 8: step 2, within: Input should be greater than 0."]),
        ("title = 'x'\n" + STEP, ["story.toml, line 1: title: is no word of a story."]),
        ('name = "x"\n\nstep = [{ seees = "attract" }]\n', ["story.toml, line 3: step 1, seees: is no word of a story."]),
        ('name = "x"\n', ["story.toml, line 1: step: Field required."]),
        ("[[step]]\nwait = 1\n", ["story.toml, line 1: name: Field required."]),
        (STEP.replace("wait = 1", "wat = 1").replace("sees", "ziet"), ["story.toml, line 4", "story.toml, line 7"]),
    ],
)
def test_faults_name_the_line(faults, text, told):
    """Each fault once, with the step that staff count and the word in it; all faults at once."""
    found = faults(text)

    assert len(found) == len(told)
    for sentence, beginning in zip(found, told, strict=True):
        assert sentence.startswith(beginning)


def test_bytes_that_are_none(faults):
    (told,) = faults(STEP + 'hold = { hex = "18 0" }\n')
    assert told.startswith("story.toml, line 8: step 2, hold: non-hexadecimal number")


def test_story_without_steps(faults):
    (told,) = faults('name = "x"\nstep = []\n')
    assert told.startswith("story.toml, line 2: step: ")


def test_file_that_is_no_story(faults, tmp_path):
    assert "this is not TOML" in faults("[[step\n")[0]
    with pytest.raises(StoryWrong, match="the story cannot be read: No such file or directory"):
        load_story(tmp_path / "nowhere.toml")


# -- playing


@dataclass
class FakeStage:
    """A stage without an engine or a library: the page changes as the test says. Kit, clock and journal are the real ones."""

    hall: Hall
    time: StoryTime
    journal: SqliteJournal
    now: Page = ATTRACT
    taps: list[str] = field(default_factory=list)
    after_tap: dict[str, Page] = field(default_factory=dict)
    busy_for: int = 0
    on_record: VisitRecord | None = None
    moved: int = 0
    nights: int = 0
    visit: int = 0

    @property
    def kit(self) -> Kit:
        return self.hall.kit

    def page(self) -> Page:
        return self.now

    def show(self, page: Page) -> None:
        self.now = page

    def tap(self, button: str) -> None:
        self.taps.append(button)
        self.now = self.after_tap.get(button, self.now)

    def busy(self) -> bool:
        self.busy_for -= 1
        return self.busy_for >= 0

    def record(self) -> VisitRecord | None:
        return self.on_record

    def clock_moved(self) -> None:
        self.moved += 1

    def nightly(self) -> None:
        self.nights += 1

    def picture(self, file: Path) -> bool:
        file.write_bytes(b"png")
        return True


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[FakeStage]:
    with hall() as devices:
        time = StoryTime(NOW)
        journal = SqliteJournal(tmp_path / "journal.db", time.wall)
        yield FakeStage(devices, time, journal)
        journal.close()
        time.close()


Tell = Callable[..., Outcome]


@pytest.fixture
def tell(stage: FakeStage, read: Read) -> Tell:
    """Plays the steps on the stage."""

    def tell_it(steps: str, out: Path | None = None, told: Callable[[Played], None] = lambda _: None) -> Outcome:
        @contextmanager
        def set_up(story: Story) -> Iterator[FakeStage]:
            assert story.name == "x"
            yield stage

        return play(read(f'name = "x"\n{steps}'), Path("x.toml"), set_up, out=out, told=told)

    return tell_it


def test_story_that_holds(tell, stage):
    """Every step is told as it is played."""
    stage.after_tap["done"] = ATTRACT
    stage.now = LENDING
    told: list[Played] = []
    outcome = tell('[[step]]\nsees = "lending"\nshows = ["125"]\n[[step]]\ntap = "done"\nsees = "attract"\n', told=told.append)

    assert outcome.held
    assert outcome.steps == tuple(told)
    assert [(step.number, step.wrong, step.page) for step in told] == [(1, "", "lending"), (2, "", "attract")]
    assert [step.told for step in told] == ["sees lending, shows ['125']", "tap done, sees attract"]


LIES = {
    "sees": ('sees = "attract"', "expected to see 'attract'; there was 'lending' (Leg uw boeken op de plank)"),
    "sees_not": ('sees_not = "lending"', "expected not to see 'lending'; it was there"),
    "sees_not, several": ('sees_not = ["attract", "lending"]', "expected not to see 'lending'; it was there"),
    "shows": (
        'shows = ["126"]',
        "expected '126' on 'lending'; it says: Bibliotheek Waddenkust | Leg uw boeken op de plank | 125 leenstrips",
    ),
    "shows_not": ('shows_not = ["125"]', "expected no '125' on 'lending'; it was there"),
    "tap": ('tap = "stop"', "expected a button 'stop'; there was done on 'lending'"),
    "receipt": ('receipt = ["Oeroeg"]', "expected a receipt; nothing was printed"),
    "desk.loans": (f'desk = {{ loans = ["{BOOK}"] }}', f"expected the library to have lent ['{BOOK}'] in this visit; it has []"),
    "desk.strips": ("desk = { strips = 5 }", "expected the library to have 5 strips on record; no visit was opened"),
    "secured": (f'secured = {{ "{BOOK}" = true }}', f"expected item {BOOK} on the pad to look at its gate bit; it does not lie there"),
    "journal": ('journal = { what = "lent" }', "expected {'what': 'lent'} in the journal; it has nothing"),
    "take": (f'take = ["{BOOK}"]', f"{BOOK}: that does not lie on the pad"),
    "hold": ('hold = { pass = "piet" }', "there is no pass 'piet'; there is anna"),
    "kind": ('hold = { kind = "tram" }', "there is no card 'tram'; there is bank_card"),
    "fault": ('fault = "toaster.hot"', "there is no fault 'toaster.hot'; there is pass_reader.unplugged"),
    "place": (f'place = ["{"1" * 17}"]', "cannot stand on an item's tag"),
}


@pytest.mark.parametrize("lie", LIES)
def test_story_that_lies(tell, stage, lie):
    """It ends at the step that did not hold and says what was expected and what was there."""
    step, wrong = LIES[lie]
    stage.now = LENDING
    # a tap waits its own five seconds of the story
    stage.time.after(4.9, stage.taps.clear)
    within = "" if lie == "sees_not" else "\nwithin = 0.05"
    outcome = tell(f'[[step]]\nsees = "lending"\n[[step]]\n{step}{within}\n[[step]]\nsees = "lending"\n')

    assert not outcome.held
    assert [step.number for step in outcome.steps] == [1, 2]
    assert outcome.steps[0].wrong == ""
    assert wrong in outcome.steps[1].wrong
    assert outcome.steps[1].page == "lending"


def test_receipt_without_what_was_expected(tell, stage):
    """The newest paper counts; case and line breaks do not. An empty list says that no paper came out."""
    stage.hall.print("Oeroeg")
    stage.hall.print("Het\n  Diner")

    assert tell('[[step]]\nreceipt = ["het diner"]\n').held
    assert "expected 'Oeroeg' on the receipt; it says: Het" in tell('[[step]]\nreceipt = ["Oeroeg"]\nwithin = 0.05\n').steps[0].wrong
    assert tell("[[step]]\nreceipt = []\nwithin = 0.05\n").steps[0].wrong == "expected no paper; 2 came out"


def test_record_of_the_library(tell, stage):
    """Exactly these loans, in whatever order: one more or one less is a lie; what is not asked is not looked at."""
    day = date(2026, 12, 14)
    stage.on_record = VisitRecord((Loan("1", OTHER_BOOK, "", day), Loan("2", BOOK, "", day)), 123)

    assert tell(f'[[step]]\ndesk = {{ loans = ["{BOOK}", "{OTHER_BOOK}"], strips = 123 }}\n').held
    assert tell("[[step]]\ndesk = { strips = 123 }\n").held
    wrong = tell(f'[[step]]\ndesk = {{ loans = ["{BOOK}"] }}\nwithin = 0.05\n').steps[0].wrong
    assert wrong == f"expected the library to have lent ['{BOOK}'] in this visit; it has ['{BOOK}', '{OTHER_BOOK}']"
    assert tell("[[step]]\ndesk = { loans = [] }\nwithin = 0.05\n").steps[0].wrong.startswith("expected the library to have lent []")
    assert "it has 123" in tell("[[step]]\ndesk = { strips = 122 }\nwithin = 0.05\n").steps[0].wrong


def test_gate_bits(tell, stage):
    """As they were last written on the tag."""
    outcome = tell(f'[[step]]\nplace = ["{BOOK}"]\nsecured = {{ "{BOOK}" = true }}\n')
    assert outcome.held

    stage.hall.item_reader.write_afi(stage.hall.item_reader.lying[0].uid, 0xC2)
    assert tell(f'[[step]]\nsecured = {{ "{BOOK}" = false }}\n').held
    wrong = tell(f'[[step]]\nsecured = {{ "{BOOK}" = true }}\nwithin = 0.05\n').steps[0].wrong
    assert wrong == f"expected the gate bit of {BOOK} to be armed; its security byte is C2"


def test_journal_of_the_kiosk(tell, stage):
    """One entry has to have all that is said, with its type."""
    stage.journal.write(7, "lent", item=BOOK, provisional=True)

    assert tell(f'[[step]]\njournal = {{ what = "lent", visit = 7, item = "{BOOK}", provisional = true }}\n').held
    wrong = tell('[[step]]\njournal = { what = "lent", item = "x" }\nwithin = 0.05\n').steps[0].wrong
    assert wrong == "expected {'what': 'lent', 'item': 'x'} in the journal; it has lent"


def test_hands(tell, stage):
    """What is held, scanned, put down and taken away reaches the devices."""
    assert tell('[[step]]\nhold = [{ pass = "anna" }, { kind = "bank_card" }]\n').held
    assert stage.hall.passes.seen()[-1] is Seen.SEVERAL
    assert tell('[[step]]\nhold = { pass = "anna" }\n').held
    assert stage.hall.passes.seen()[-1] is Seen.PASS
    assert tell('[[step]]\ntake = "pass"\n').held
    assert stage.hall.passes.seen()[-1] is Seen.NOTHING
    assert tell(f'[[step]]\nscan = "{BOOK}"\n').held
    assert tell('[[step]]\nhold = { barcode = "20000000000019" }\n').held
    assert stage.hall.scans.told[-2:] == [("scanned", BOOK), ("scanned", "20000000000019")]
    assert tell(f'[[step]]\nplace = ["{BOOK}", "{OTHER_BOOK}"]\n[[step]]\ntake = ["{BOOK}"]\n').held
    assert stage.kit.on_pad(OTHER_BOOK)
    assert not stage.kit.on_pad(BOOK)


def test_pass_without_a_chip(tell, stage):
    """The reader sees nothing of it; its barcode is scanned."""
    before = len(stage.hall.passes.told)
    assert tell('[[step]]\nhold = { pass = "hanna" }\n').held

    assert stage.hall.scans.told[-1] == ("scanned", "20000000000018")
    assert len(stage.hall.passes.told) == before


def test_faults_come_and_go(tell, stage):
    assert tell('[[step]]\nfault = "printer.paper_out"\n').held
    assert stage.kit.failing == {"printer.paper_out"}

    assert tell('[[step]]\nclear = "printer.paper_out"\n').held
    assert stage.kit.failing == frozenset()


def test_language_takes_the_next_one(tell, stage):
    """The button "language" alone goes round; a language can be named too."""
    stage.now = replace(ATTRACT, language="nl")
    assert tell('[[step]]\ntap = "language"\n').held
    stage.now = replace(ATTRACT, language="en")
    assert tell('[[step]]\ntap = "language"\n').held
    assert tell('[[step]]\ntap = "language:en"\n').held

    assert stage.taps == ["language:en", "language:nl", "language:en"]


def test_button_that_comes_later(tell, stage):
    """A tap waits until its button stands there."""
    stage.time.after(3, lambda: stage.show(LENDING))

    assert tell('[[step]]\ntap = "done"\n').held
    assert stage.taps == ["done"]


# -- time


def test_waiting_moves_the_clock(tell, stage):
    """An hour of the story passes at once; what comes due in it happens, in its order, each at its own moment."""
    began = stage.time.monotonic()
    happened: list[tuple[str, int]] = []
    for seconds, name in ((1800, "second"), (600, "first"), (7200, "never")):
        stage.time.after(seconds, lambda name=name: happened.append((name, round((stage.time.monotonic() - began) / 60))))
    assert tell("[[step]]\nwait = 3600\n").held

    assert happened == [("first", 10), ("second", 30)]
    assert 3600 <= stage.time.monotonic() - began < 3700
    assert stage.moved >= 3


def test_waiting_lets_things_settle(tell, stage):
    """The clock does not run away from what is under way."""
    stage.busy_for = 20
    assert tell("[[step]]\nwait = 1\n").held

    assert stage.busy_for < 0


def test_checks_wait_for_what_is_due(tell, stage):
    """A page that comes within five seconds is seen, without five seconds of anybody's time."""
    stage.time.after(4.5, lambda: stage.show(LENDING))

    assert tell('[[step]]\nsees = "lending"\n').held


def test_checks_do_not_wait_longer_than_they_say(tell, stage):
    """What comes after `within` is too late; with more time it is not."""
    stage.time.after(30, lambda: stage.show(LENDING))
    assert not tell('[[step]]\nsees = "lending"\nwithin = 0.2\n').held

    assert tell('[[step]]\nsees = "lending"\nwithin = 60\n').held


def test_checks_wait_five_seconds_where_nothing_is_said(tell, stage):
    stage.time.after(4.9, stage.taps.clear)
    stage.time.after(5.5, lambda: stage.show(LENDING))

    assert not tell('[[step]]\nsees = "lending"\n').held


def test_day_of_the_story(tell, stage):
    """A time without a zone is the library's; the library's side hears of it."""
    assert tell('[[step]]\nnow = "2027-02-24T09:00"\n').held
    assert stage.time.wall().isoformat(timespec="hours") == "2027-02-24T09+01:00"
    assert stage.moved == 1

    assert tell('[[step]]\nnow = "2027-02-24T12:00:00Z"\nnightly = true\n').held
    assert stage.time.wall().astimezone(UTC).hour == 12
    assert stage.nights == 1


# -- what is left behind


def test_pictures_and_receipts(tell, stage, tmp_path):
    """A picture for each step, named by number and page; each paper with the step in which it came out, as picture and text."""
    out = tmp_path / "out"
    stage.hall.print("Oeroeg")
    stage.hall.print("Het diner")
    outcome = tell('[[step]]\nsees = "attract"\n[[step]]\nsees = "attract"\n', out=out)

    assert [step.picture for step in outcome.steps] == ["01-attract.png", "02-attract.png"]
    assert [step.receipt for step in outcome.steps] == ["01-receipt.png, 01-receipt1.png", ""]
    assert (out / "01-receipt.txt").read_text(encoding="utf-8").strip() == "Oeroeg"
    assert (out / "01-receipt1.png").read_bytes().startswith(b"\x89PNG")
    assert all((out / step.picture).is_file() for step in outcome.steps)


def test_nothing_is_left_without_a_folder(tell, stage):
    stage.hall.print("Oeroeg")
    (step,) = tell('[[step]]\nsees = "attract"\n').steps

    assert (step.picture, step.receipt) == ("", "")
