"""The `desk` command: serve kiosks, refresh terms, pair devices, lay out demonstration data. Not for rules; every command calls a room below."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import structlog
import typer
from platformdirs import user_state_path
from rich.console import Console
from rich.progress import Progress

from desk import demo, devices
from desk.api import Desk
from desk.app import create_app
from desk.clock import Clock, ClockError, FileClock, SystemClock
from desk.home import SimulatedHome
from desk.jobs import Refreshed
from desk.jobs import refresh as refresh_terms
from desk.server import Server, listen, when_stdin_closes
from desk.store import Store, StoreError, database_url

_APP = "gastlenen-kiosk"

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The library's side of lending to guests."
)

Db = Annotated[str | None, typer.Option("--db", help="Database URL, or the path of an SQLite file; without it, one in the state folder.")]
ClockFile = Annotated[
    Path | None, typer.Option("--clock-file", help="Take the time from this file (an ISO date-time with zone), for trying out.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]


@app.command()
def serve(
    *,
    db: Db = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 lets the system choose.", min=0, max=65535)] = 8000,
    clock_file: ClockFile = None,
    pair: Annotated[
        str | None, typer.Option(help="Name of a kiosk that gets a token, unless the one in --token-file is still valid.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="Where its token is kept.")] = None,
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", help="End when standard input ends.")] = False,
    demo_data: Annotated[bool, typer.Option("--demo-data", help="Lay the demonstration library out in an empty database first.")] = False,
    faults_only: Annotated[bool, typer.Option("--log-faults-only", help="Log what went wrong, and not every request.")] = False,
    as_json: Json = False,
) -> None:
    """Serve kiosks over HTTP until SIGTERM or Ctrl-C."""
    if (pair is None) != (token_file is None):
        raise typer.BadParameter("--pair and --token-file go together.")
    _log_to_stderr(logging.WARNING if faults_only else logging.INFO)
    clock = _clock(clock_file)
    with _store(db) as store:
        if demo_data:
            demo.lay_out(store, clock)
        if pair is not None and token_file is not None:
            _pair_once(store, clock, pair, token_file)
        try:
            listener = listen(host, port)
        except OSError as error:
            raise StoreError(f"Cannot listen on {host} port {port} ({error.strerror}); choose another with --host and --port.") from error
        with listener:
            address, chosen = listener.getsockname()[:2]
            url = f"http://[{address}]:{chosen}" if ":" in address else f"http://{address}:{chosen}"

            def ready() -> None:
                print(json.dumps({"url": url}) if as_json else f"The desk answers at {url}. Ctrl-C ends it.", flush=True)

            server = Server(create_app(Desk(store, clock, version(_APP))), ready)
            if until_stdin_closes:
                when_stdin_closes(server.stop)
            server.run(sockets=[listener])


@app.command("demo-data")
def demo_data_command(db: Db = None, clock_file: ClockFile = None) -> None:
    """Lay the demonstration library out in an empty database."""
    with _store(db) as store:
        laid = demo.lay_out(store, _clock(clock_file))
    print("The demonstration library is laid out." if laid else "The demonstration library was there already; nothing was changed.")


@app.command()
def refresh(db: Db = None, clock_file: ClockFile = None, as_json: Json = False) -> None:
    """Fetch every guest's term from his home library; safe to run again."""
    clock = _clock(clock_file)
    with _store(db) as store, _bar(hidden=as_json) as progress:
        done = refresh_terms(store, SimulatedHome(store), clock, progress)
    print(_told(done, as_json=as_json))


@app.command()
def pair(
    name: Annotated[str, typer.Argument(help="The kiosk's name.")],
    db: Db = None,
    token_file: Annotated[
        Path | None, typer.Option(help="Write the token here, readable by you only; without it, it is shown once.")
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take back every token of this kiosk instead.")] = False,
) -> None:
    """Give a kiosk its token, or take it back."""
    clock = SystemClock()
    with _store(db) as store:
        if revoke:
            with store.write() as connection:
                count = devices.revoke(connection, name, clock.now())
            print(f"Taken back: {count}.")
        elif token_file is not None:
            _pair_once(store, clock, name, token_file)
            print(f"The token is in {token_file}.")
        else:
            with store.write() as connection:
                print(devices.pair(connection, name, clock.now()))


def _pair_once(store: Store, clock: Clock, name: str, path: Path) -> None:
    """Make sure that the file holds a token that is valid. Raises StoreError."""
    try:
        known = path.read_text(encoding="ascii").strip() if path.exists() else ""
        with store.write() as connection:
            if known and devices.by_token(connection, known) is not None:
                return
            token = devices.pair(connection, name, clock.now())
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_name(path.name + ".new")
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
                file.write(token + "\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
    except (OSError, ValueError) as error:
        raise StoreError(f"The token file {path} cannot be used; choose another place, or remove it.") from error


def _clock(path: Path | None) -> Clock:
    if path is None:
        return SystemClock()
    clock = FileClock(path)
    clock.now()  # says at once what is wrong with the file
    return clock


@contextmanager
def _store(db: str | None) -> Iterator[Store]:
    store = Store(database_url(db if db is not None else str(user_state_path(_APP) / "desk.db")))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _bar(*, hidden: bool) -> Iterator[Callable[[int, int], None]]:
    with Progress(console=Console(stderr=True), disable=hidden, transient=True) as progress:
        task = progress.add_task("Fetching terms", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield show


def _told(done: Refreshed, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"guests": done.guests, "changed": done.changed, "ended": done.ended})
    return f"{done.guests} guests looked at, {done.changed} changed; {done.ended} may not borrow because of their home library."


def _log_to_stderr(level: int) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def main() -> None:
    """Run the command; what a person can mend is one sentence and exit code 2."""
    try:
        app()
    except (StoreError, ClockError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
