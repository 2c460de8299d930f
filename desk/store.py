"""The tables and the way to them. Not for rules: a table knows what can be written down, not what is allowed.

Every transaction has a connection of its own. SQLite runs with a write-ahead log and `synchronous = FULL`: what was answered survives a power cut.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from sqlalchemy import (
    DDL,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    create_engine,
    event,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

CONNECTIONS = 8  # as many as there are threads that answer requests


class StoreError(Exception):
    """The store cannot be opened; the message is one sentence that says what to do."""


class AnyText(TypeDecorator[str]):
    r"""Text from outside, whatever it holds. No database keeps a lone surrogate, and PostgreSQL no NUL: these are written as `\uXXXX`.

    So are backslashes, which makes it reversible. All other text stays readable and can be searched.
    """

    impl = Text
    cache_ok = True
    _UNSTORABLE = re.compile("[\x00\ud800-\udfff\\\\]")
    _WRITTEN = re.compile(r"\\u([0-9a-f]{4})")

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  the base class's signature
        """Text as it is kept."""
        return None if value is None else self._UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  the base class's signature
        """Text as it was given."""
        return None if value is None else self._WRITTEN.sub(lambda found: chr(int(found[1], 16)), value)


class Moment(TypeDecorator[datetime]):
    """A date-time with a zone, kept as UTC without one, because SQLite has no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  the base class's signature
        """UTC, without its zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  the base class's signature
        """UTC, with its zone."""
        return None if value is None else value.replace(tzinfo=UTC)


_metadata = MetaData()

libraries = Table(  # our own and those of guests: locations, and the institutions they belong to
    "libraries",
    _metadata,
    Column("isil", String(16), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("own", Boolean, nullable=False, default=False),
    Column("phone", String(40), nullable=False, default=""),
    Column("email", String(200), nullable=False, default=""),
    Column("web", String(200), nullable=False, default=""),
    Column("address", String(200), nullable=False, default=""),
)

patrons = Table(
    "patrons",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("number", String(64), nullable=False),
    Column("uid", String(32), index=True),
    Column("owner", String(16), nullable=False),  # the institution that gave out the pass
    Column("home", String(16), ForeignKey("libraries.isil")),  # a guest's home location
    Column("initials", String(20), nullable=False),
    Column("birth", Date, nullable=False),
    Column("language", String(8), nullable=False, default=""),
    Column("blocked", Boolean, nullable=False, default=False),
    Column("lost", Boolean, nullable=False, default=False),
    Column("fees", Integer, nullable=False, default=0),  # eurocents
    Column("subscription", String(100), nullable=False),
    Column("until", Date),  # the last day; of a guest: as last fetched from home
    Column("provisional", Boolean, nullable=False, default=False),
    Column("home_cause", String(10)),  # why the home library said no when last asked; NULL: it said yes
    Column("refreshed_at", Moment),
    Column("strips", Integer),  # the balance of strip_movements; NULL: needs none
    UniqueConstraint("number", "owner"),
)

items = Table(
    "items",
    _metadata,
    Column("number", String(64), primary_key=True),
    Column("title", AnyText, nullable=False),
    Column("strips", Integer, nullable=False, default=1),
    Column("parts", Integer, nullable=False, default=1),
    Column("for_loan", Boolean, nullable=False, default=True),
    Column("for_guests", Boolean, nullable=False, default=True),
    Column("from_age", Integer),
    Column("reserved_for", Integer, ForeignKey("patrons.id")),
)

devices = Table(
    "devices",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("paired_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

visits = Table(
    "visits",
    _metadata,
    Column("id", String(32), primary_key=True),
    Column("device", Integer, ForeignKey("devices.id"), nullable=False),
    Column("patron", Integer, ForeignKey("patrons.id"), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
)

loans = Table(
    "loans",
    _metadata,
    Column("id", String(32), primary_key=True),
    Column("item", String(64), ForeignKey("items.number"), nullable=False),
    Column("patron", Integer, ForeignKey("patrons.id"), nullable=False),
    Column("visit", String(32), ForeignKey("visits.id"), index=True),
    Column("lent_at", Moment, nullable=False),
    Column("due", Date, nullable=False),
    Column("strips", Integer, nullable=False),
    Column("strips_left", Integer),
    Column("returned_at", Moment),
)
for _index in ("UNIQUE INDEX one_open_loan_per_item ON loans (item)", "INDEX open_loans_of_patron ON loans (patron)"):
    # As text, which SQLite and PostgreSQL read alike: SQLAlchemy's way loads the whole PostgreSQL dialect at every start.
    event.listen(loans, "after_create", DDL(f"CREATE {_index} WHERE returned_at IS NULL"))  # type: ignore[no-untyped-call]  # SQLAlchemy's omission

strip_movements = Table(
    "strip_movements",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("patron", Integer, ForeignKey("patrons.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("change", Integer, nullable=False),
    Column("code", String(10), nullable=False),  # the cash receipt code, or "loan"
    Column("loan", String(32), ForeignKey("loans.id")),
)

answers = Table(  # what was answered to a key, so that a repetition gets the same
    "answers",
    _metadata,
    Column("device", Integer, ForeignKey("devices.id"), primary_key=True),
    Column("key", String(100), primary_key=True),
    Column("action", String(10), nullable=False),
    Column("asked_sha256", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),  # JSON in ASCII
    Column("at", Moment, nullable=False, index=True),
)

home_members = Table(  # what the simulated home systems know
    "home_members",
    _metadata,
    Column("institution", String(16), primary_key=True),
    Column("number", String(64), primary_key=True),
    Column("until", Date, nullable=False),
    Column("cause", String(10)),
)


def database_url(text: str) -> URL:
    """A database URL, or the path of an SQLite file, as a URL. Raises StoreError."""
    try:
        url = make_url(text) if "://" in text else URL.create("sqlite", database=text)
    except ArgumentError as error:
        raise StoreError("Give the database as sqlite:////full/path.db or postgresql+psycopg://user@host/name.") from error
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise StoreError("The desk needs an SQLite file, not a database in memory.")
    return url


class Store:
    """The database. Threads may share it; they never share a connection. Raises StoreError where it cannot be opened."""

    def __init__(self, url: URL) -> None:
        self._writing = Lock()
        self._sqlite = url.get_backend_name() == "sqlite"
        if self._sqlite and url.database:
            _make_private(Path(url.database))
        try:
            # Parameters are kept out of error messages: they name people.
            self._engine = create_engine(url, pool_size=CONNECTIONS, max_overflow=0, hide_parameters=True)
            if self._sqlite:
                _tune_sqlite(self._engine)
            _metadata.create_all(self._engine)
        except (SQLAlchemyError, ImportError, NoSuchModuleError) as error:
            raise StoreError(
                f"The database {url.render_as_string(hide_password=True)} cannot be opened; look at its address and rights."
            ) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that looks at one moment's state."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may change things: all of it is on disk when the block ends, or none of it.

        SQLite has one writer at a time. Threads queue for a lock of ours, because SQLite's own way of waiting is to sleep and try again;
        BEGIN IMMEDIATE keeps out other processes.
        """
        if not self._sqlite:
            with self._engine.begin() as connection:
                yield connection
            return
        with self._writing, self._engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection

    def ping(self) -> None:
        """Ask the database something real; raises sqlalchemy.exc.SQLAlchemyError."""
        with self.read() as connection:
            connection.execute(select(libraries.c.isil).limit(1)).first()

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()


def _make_private(path: Path) -> None:
    """The file names people: it is made for its owner only (SQLite gives its log the same rights)."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"The database file {path} cannot be written; choose another place with --db.") from error


def _tune_sqlite(engine: Engine) -> None:
    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin where we say so, not where the module guesses
        cursor = connection.cursor()
        for pragma in ("busy_timeout = 5000", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("immediate") else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)
