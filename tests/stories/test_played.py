"""The stories of the demo, played on a whole kiosk without a screen: simulated devices, a desk process, real HTTP; and stories that lie."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.bootstrap import config_folder
from kiosk.settings import Settings, load
from kiosk.stage import stage
from kiosk.stories import Outcome, Story, load_story, play

pytestmark = pytest.mark.real

STORIES = sorted((config_folder() / "stories").glob("*.toml"))


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(config_folder() / "demo.toml", {}).settings


def played(story: Story, settings: Settings, out: Path | None = None) -> Outcome:
    return play(story, Path("story.toml"), lambda told: stage(settings, told), out=out)


def told(*steps: dict[str, object], **more: object) -> Story:
    return Story.model_validate({"name": "a story of the tests", "step": steps, **more})


def test_there_are_enough_stories():
    """The ways a visit can go that guests meet are told, at least twelve of them."""
    assert len(STORIES) >= 12


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_story_holds(file, settings, tmp_path):
    """Every story that comes with the kiosk holds."""
    outcome = play(load_story(file), file, lambda told: stage(settings, told), out=tmp_path)

    assert [step for step in outcome.steps if step.wrong] == []
    assert len(outcome.steps) == len(load_story(file).step)


@pytest.mark.parametrize(
    ("lie", "says"),
    [
        ({"desk": {"loans": ["30000000000041"]}, "within": 0.5}, "has ['30000000000018']"),
        ({"desk": {"strips": 125}, "within": 0.5}, "it has 124"),
        ({"sees": "farewell", "within": 0.5}, "there was 'lending'"),
        ({"sees_not": "lending"}, "expected not to see 'lending'"),
        ({"shows": ["Klaar, 2 geleend"], "within": 0.5}, "Klaar, 1 geleend"),
        ({"secured": {"30000000000018": True}, "within": 0.5}, "its security byte is C2"),
        ({"receipt": ["30000000000018"], "within": 0.5}, "nothing was printed"),
        ({"journal": {"what": "lent", "item": "30000000000026"}, "within": 0.5}, "in the journal"),
        ({"tap": "print_slip"}, "expected a button 'print_slip'"),
        ({"take": ["30000000000026"]}, "does not lie on the pad"),
        ({"fault": "printer.on_fire"}, "there is no fault 'printer.on_fire'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_story_that_lies(lie, says, settings):
    """A story that says what is not so does not hold, and says at which step and what was there instead."""
    outcome = played(
        told({"hold": {"pass": "anna"}, "sees": "lending"}, {"place": ["30000000000018"], "shows": ["Klaar, 1 geleend"]}, lie), settings
    )

    assert not outcome.held
    assert [bool(step.wrong) for step in outcome.steps] == [False, False, True]
    assert says in outcome.steps[-1].wrong


def test_refused_item_is_not_lent(settings):
    """A story that expects a refused loan to stand fails at that very step."""
    outcome = played(
        told(
            {"hold": {"pass": "anna"}, "sees": "lending"}, {"place": ["30000000000041"], "desk": {"loans": ["30000000000041"]}, "within": 1}
        ),
        settings,
    )

    assert outcome.steps[-1].number == 2
    assert "it has []" in outcome.steps[-1].wrong


@pytest.mark.parametrize("claim", [{"receipt": ["30000000000018"], "within": 0.5}, {"desk": {"loans": ["30000000000018"]}, "within": 0.5}])
def test_what_the_guest_before_left_is_not_this_ones(claim, settings):
    """A story may not pass on the paper or the loans of an earlier visit."""
    outcome = played(
        told(
            {"hold": {"pass": "anna"}, "sees": "lending"},
            {"place": ["30000000000018"], "shows": ["Klaar, 1 geleend"]},
            {"tap": "done", "receipt": ["30000000000018"], "desk": {"loans": ["30000000000018"]}},
            {"hold": {"pass": "chris"}, "sees": "refused", "receipt": [], "desk": {"loans": []}},
            claim,
        ),
        settings,
    )

    assert [bool(step.wrong) for step in outcome.steps] == [False, False, False, False, True]


def test_guest_leaves_while_the_library_is_silent(settings):
    """Of a stack that the silent library never answered, nothing is lent after the guest has gone, and the next guest does not wait for it."""
    few = settings.library.model_copy(update={"lend_seconds": 1.0, "settle_seconds": 1.0, "verify_seconds": 2.0})
    items = [str(30000000000005 + number) for number in range(10)]
    outcome = played(
        told(
            {"hold": {"pass": "anna"}, "sees": "lending"},
            {"fault": "library.silent", "place": items, "within": 10, "shows": ["we zoeken dit na"]},
            {"tap": "done", "within": 30, "sees": "farewell"},
            {"clear": "library.silent", "wait": 2},
            {"desk": {"loans": [], "strips": 125}},
            {"tap": "no_receipt"},
            {"hold": {"pass": "joke"}, "sees": "lending", "within": 4},
        ),
        settings.model_copy(update={"library": few}),
    )

    assert outcome.held, outcome.steps


def test_pass_by_its_bytes(settings):
    """A pass may be given by the bytes of its chip; one wrong bit makes it unreadable, not somebody else's."""
    bram = "180101323030303030303030303030313200009f934e4c3037303238383130343500"
    assert len(bytes.fromhex(bram)) == 34
    broken = f"{bram[:32]}39{bram[34:]}"
    outcome = played(
        told(
            {"hold": {"chip": "iso28560-3", "hex": broken}, "sees": "refused", "shows": ["chip_unreadable"]},
            {"hold": {"chip": "iso28560-3", "hex": bram}, "sees": "lending", "shows": ["B."]},
        ),
        settings,
    )

    assert outcome.held, outcome.steps


def test_night_brings_the_real_term(settings):
    """The night after his registration, a guest's subscription runs as long as that at his own library."""
    outcome = played(
        told(
            {"now": "2026-11-24T14:00", "hold": {"pass": "anna"}, "sees": "lending"},
            {"tap": "stop", "sees": "attract"},
            {"take": "pass", "now": "2026-11-25T03:00", "nightly": True},
            {"hold": {"pass": "bram"}, "sees": "lending", "shows_not": ["vandaag ingeschreven"]},
        ),
        settings,
    )

    assert outcome.held, outcome.steps


def test_language_of_a_story(settings):
    """A story's language is what the kiosk speaks in it, whoever holds his pass."""
    outcome = played(
        told({"sees": "attract", "shows": ["Hold your pass"]}, {"hold": {"pass": "anna"}, "shows": ["lending strips"]}, language="en"),
        settings,
    )

    assert outcome.held, outcome.steps


def test_silence_during_a_loan(settings):
    """A library that falls silent leaves the item uncertain, then open; the guest can finish, and his receipt says so."""
    outcome = played(
        told(
            {"hold": {"pass": "anna"}, "sees": "lending"},
            {"fault": "library.silent", "place": ["30000000000018"], "within": 20, "shows": ["we zoeken dit na"]},
            {"tap": "done", "within": 40, "sees": "farewell"},
            {"receipt": ["Niet zeker", "30000000000018"], "journal": {"what": "loan_open", "item": "30000000000018"}},
            {"clear": "library.silent", "desk": {"loans": [], "strips": 125}},
        ),
        settings.model_copy(update={"library": settings.library.model_copy(update={"lend_seconds": 1.0, "settle_seconds": 2.0})}),
    )

    assert outcome.held, outcome.steps


# -- the command


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk", "play", *map(str, arguments)], capture_output=True, text=True, timeout=100, check=False
    )


def test_command_that_holds(tmp_path):
    """Exit 0, and pictures of receipts, texts and a summary of every step are left behind."""
    done = command(STORIES[0], "--out", tmp_path)
    assert done.returncode == 0, done.stderr

    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["held"]
    (story,) = summary["stories"]
    assert story["name"] == load_story(STORIES[0]).name
    assert [step["number"] for step in story["steps"]] == list(range(1, len(story["steps"]) + 1))
    receipt = next(step["receipt"] for step in story["steps"] if step["receipt"])
    assert (tmp_path / STORIES[0].stem / receipt).read_bytes().startswith(b"\x89PNG")


def test_command_with_a_lie(tmp_path):
    """Exit 1, and the step, what was expected and what was there are told."""
    lie = tmp_path / "lie.toml"
    lie.write_text('name = "A lie"\n[[step]]\nhold = { pass = "femke" }\nsees = "lending"\nwithin = 1\n')

    done = command(lie)
    assert done.returncode == 1
    told_of = " ".join(done.stderr.split())
    assert "step 1" in told_of
    assert "expected to see 'lending'; there was 'refused'" in told_of


def test_command_with_a_fault_in_the_story(tmp_path):
    """Exit 2, and the line is told."""
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('name = "A slip of the pen"\n[[step]]\nhold = { pass = "anna" }\nseees = "lending"\n')

    done = command(wrong)
    assert done.returncode == 2
    assert "wrong.toml, line 4" in done.stderr.replace("\n", "")


def test_command_with_a_fault_in_the_settings(tmp_path):
    wrong = tmp_path / "kiosk.toml"
    wrong.write_text('[kiosk]\nlanguag = "nl"\n')

    done = command(STORIES[0], "--config", wrong)
    assert done.returncode == 2
    assert "line 2" in done.stderr
    assert "language" in done.stderr
