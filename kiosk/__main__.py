"""The command `kiosk`: run it, play stories on it, check it, read its journal. Joins screen and kiosk; everything else is elsewhere."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import platformdirs
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from drivers.contract import Role
from drivers.errors import DeviceError
from kiosk import stage as stages
from kiosk.bootstrap import config_folder, make_item_reader, make_pass_reader, make_printer, make_scanner, open_library
from kiosk.engine.time import ZONE
from kiosk.journal import SqliteJournal
from kiosk.locale import spoken
from kiosk.ports import LibraryError
from kiosk.settings import APP, Loaded, SettingsWrong, load
from kiosk.staff.checks import Check, check_device, check_library, check_printer, check_secret, verdict
from kiosk.stories import Outcome, Played, Story, StoryWrong, load_story, play

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
out, err = Console(), Console(stderr=True)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings file (TOML). Without it: kiosk.toml in your configuration folder, else the one that comes with the kiosk.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, for scripts.")]


@app.callback()
def kiosk() -> None:
    """The self-service kiosk for guests and patrons of a library.

    Begin with `kiosk check`, which says what is missing; then `kiosk run`. To try it without any hardware: `kiosk run --demo`.
    """


@app.command()
def run(
    config: ConfigOption = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Simulated hardware, a desk with demo data, and a tray of passes, items and faults beside the page."),
    ] = False,
    windowed: Annotated[bool, typer.Option("--windowed", help="In a window, whatever the settings say.")] = False,
) -> None:
    """Run the kiosk until its window is closed."""
    settings = _settings(config or (config_folder() / "demo.toml" if demo else None)).settings
    try:
        with TemporaryDirectory(prefix="kiosk-demo-") as folder:
            if demo and config is None:  # the demo begins anew each time, and leaves a real kiosk's journal alone
                settings = settings.model_copy(update={"kiosk": settings.kiosk.model_copy(update={"state_dir": Path(folder)})})
            stages.run(settings, windowed=windowed, demo=demo)
    except (LibraryError, DeviceError) as error:
        _fail(error.hint)
    except OSError as error:
        _fail(f"The kiosk cannot start: {error}.")


@app.command(name="play")
def play_stories(
    stories: Annotated[list[Path] | None, typer.Argument(metavar="STORY...", help="Story files, or folders of them.")] = None,
    config: ConfigOption = None,
    screen: Annotated[bool, typer.Option("--screen", help="Show it in a window and leave a picture of each step.")] = False,
    out_dir: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Leave pictures, receipts and summary.json here.")] = None,
    faults: Annotated[bool, typer.Option("--faults", help="List the faults that a story can bring about, and end.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Play stories on simulated hardware. Exit 0: all held; 1: one did not; 2: a story or the settings are wrong.

    Without --config the demo's settings are used: simulated devices and a desk with demo data, on the story's own clock.
    """
    settings = _settings(config or config_folder() / "demo.toml").settings
    if faults:
        with stages.stage(settings, Story.model_validate({"name": "faults", "step": [{}]})) as set_up:
            known = set_up.kit.faults
        out.print_json(json.dumps(known)) if as_json else out.print("\n".join(known))
        return
    files = _story_files(stories or [])
    told = _load_stories(files)
    if screen:
        outcomes = stages.on_screen(
            settings, lambda shown: _play_all(told, lambda story: stages.stage(settings, story, shown), out_dir, as_json)
        )
    else:
        outcomes = _play_all(told, lambda story: stages.stage(settings, story), out_dir, as_json)
    _summary(outcomes, out_dir, as_json)
    raise typer.Exit(0 if all(outcome.held for outcome in outcomes) else 1)


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Look at settings, devices, library and printer. Exit 1 when something is missing that a guest needs."""
    loaded = _settings(config)
    settings = loaded.settings
    with ExitStack() as stack:
        checks = (
            _settings_check(loaded),
            *((check_secret(settings.library.token_file),) if settings.library.token_file else ()),
            check_device(Role.PASS_READER, lambda: make_pass_reader(settings), needed=True),
            check_device(Role.ITEM_READER, lambda: make_item_reader(settings), needed=settings.item_reader.driver != "none"),
            _scanner_check(settings.scanner.driver) or check_device(Role.SCANNER, lambda: make_scanner(settings), needed=True),
            check_library(lambda: open_library(settings, stack)),
            check_printer(lambda: make_printer(settings)),
        )
    well = verdict(checks)
    if as_json:
        origins = dict(sorted(loaded.origins.items()))
        out.print_json(json.dumps({"well": well, "checks": [asdict(each) for each in checks], "origins": origins}))
    else:
        table = Table("", "", "", show_header=False, box=None)
        for each in checks:
            mark = "[green]well[/]" if each.well else "[red]missing[/]" if each.needed else "[yellow]missing[/]"
            table.add_row(mark, each.what.replace("_", " "), escape(each.says))
        out.print(table)
        for name, origin in sorted(loaded.origins.items()):
            out.print(f"[dim]{escape(name)}: {escape(origin)}[/]")
    raise typer.Exit(0 if well else 1)


@app.command()
def journal(
    config: ConfigOption = None,
    visit: Annotated[int | None, typer.Option("--visit", help="Only this visit.")] = None,
    still_open: Annotated[
        bool, typer.Option("--open", help="Only the loans of which it is not known yet what became; take these to the desk.")
    ] = False,
    newest: Annotated[int, typer.Option("--newest", help="So many entries at most, the newest ones.", min=1)] = 50,
    as_json: JsonOption = False,
) -> None:
    """What happened and why, oldest first. Nothing in it names a person."""
    settings = _settings(config).settings
    file = settings.kiosk.state_dir / "journal.db"
    if not file.is_file():
        _fail(f"There is no journal yet at {file}; it is begun by the first `kiosk run`.")
    book = SqliteJournal(file, lambda: datetime.now(ZONE), days=settings.privacy.journal_days)
    try:
        entries = book.open_intents() if still_open else tuple(book.read(visit=visit, newest=newest))
    finally:
        book.close()
    if as_json:
        rows = [{"at": entry.at.astimezone(ZONE).isoformat(), "visit": entry.visit, "what": entry.what, **entry.facts} for entry in entries]
        out.print_json(json.dumps(rows))
        return
    table = Table("when", "visit", "what", "")
    for entry in entries:
        facts = ", ".join(f"{name} {value}" for name, value in entry.facts.items())
        table.add_row(f"{entry.at.astimezone(ZONE):%d-%m %H:%M:%S}", str(entry.visit or ""), entry.what, escape(facts))
    out.print(table)


# -- what the commands share


def _fail(sentence: str, code: int = 1) -> None:
    err.print(escape(sentence))
    raise typer.Exit(code)


def _settings(config: Path | None) -> Loaded:
    own = Path(platformdirs.user_config_dir(APP)) / "kiosk.toml"
    file = config or (own if own.is_file() else config_folder() / "kiosk.toml")
    try:
        loaded = load(file)
    except SettingsWrong as wrong:
        for fault in wrong.faults:
            err.print(escape(fault))
        raise typer.Exit(2) from wrong
    unknown = [language for language in loaded.settings.kiosk.languages if language not in spoken()]
    if unknown:
        _fail(f"{file.name}: kiosk.languages: the kiosk does not speak {', '.join(unknown)}; it speaks {', '.join(spoken())}.", 2)
    return loaded


def _settings_check(loaded: Loaded) -> Check:
    return Check("settings", True, f"{loaded.file}: {len(loaded.origins)} values given, the rest as built in.")


def _scanner_check(driver: str) -> Check | None:
    """A scanner that types cannot be looked at from here."""
    if driver == "keyboard":
        return Check(Role.SCANNER.value, True, "It types like a keyboard; scan something while the kiosk runs to try it.", needed=False)
    if driver == "none":
        return Check(Role.SCANNER.value, True, "The settings name none.", needed=False)
    return None


def _story_files(given: list[Path]) -> list[Path]:
    if not given:
        _fail("Say which stories to play: files, or a folder of them. `kiosk play --help` says more.", 2)
    files = [file for path in given for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    if not files:
        _fail(f"There is no story in {', '.join(str(path) for path in given)}.", 2)
    return files


def _load_stories(files: list[Path]) -> list[tuple[Path, Story]]:
    told: list[tuple[Path, Story]] = []
    wrong: list[str] = []
    for file in files:
        try:
            story = load_story(file)
        except StoryWrong as error:
            wrong.extend(error.faults)
            continue
        if story.language and story.language not in spoken():
            wrong.append(f"{file}: language: the kiosk does not speak {story.language!r}; it speaks {', '.join(spoken())}.")
        told.append((file, story))
    if wrong:
        for fault in wrong:
            err.print(escape(fault))
        raise typer.Exit(2)
    return told


def _play_all(told: list[tuple[Path, Story]], stage: stages.SetUp, out_dir: Path | None, as_json: bool) -> list[Outcome]:
    outcomes: list[Outcome] = []
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=as_json or not err.is_terminal) as progress:
        task = progress.add_task("", total=len(told))
        for file, story in told:
            progress.update(task, description=escape(story.name))
            folder = out_dir / file.stem if out_dir else None

            def say(played: Played) -> None:
                if not as_json and played.wrong:
                    err.print(f"  step {played.number}: {escape(played.told)}\n    [red]{escape(played.wrong)}[/]")

            try:
                outcome = play(story, file, stage, out=folder, told=say)
            except (LibraryError, DeviceError) as error:
                outcome = Outcome(story.name, str(file), 0.0, (Played(0, "set the stage", error.hint),))
                say(outcome.steps[0])
            outcomes.append(outcome)
            progress.advance(task)
            if not as_json:
                mark = "[green]held[/]" if outcome.held else "[red]did not hold[/]"
                out.print(f"{mark}  {escape(story.name)}  [dim]{outcome.seconds:.1f} s[/]")
    return outcomes


def _summary(outcomes: list[Outcome], out_dir: Path | None, as_json: bool) -> None:
    document = {
        "held": all(outcome.held for outcome in outcomes),
        "stories": [{**asdict(outcome), "held": outcome.held} for outcome in outcomes],
    }
    if out_dir:
        out_dir.mkdir(parents=True, exist_ok=True)
        (out_dir / "summary.json").write_text(json.dumps(document, indent=2, ensure_ascii=False), encoding="utf-8")
    if as_json:
        out.print_json(json.dumps(document))
    else:
        held = sum(outcome.held for outcome in outcomes)
        out.print(f"{held} of {len(outcomes)} stories held.")


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
