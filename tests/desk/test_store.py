"""What is written down comes back as it was, durably and privately."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import IntegrityError

from desk import demo
from desk.clock import SystemClock
from desk.store import AnyText, Store, StoreError, database_url, items, libraries, loans

SQLITE = dialect()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    store = Store(database_url(str(tmp_path / "new" / "desk.db")))
    yield store
    store.close()


@given(st.text(st.characters() | st.sampled_from("\\u0d8\x00\ud800\udfff")))
def test_any_text(title: str) -> None:
    """Any text is kept in a form that UTF-8 and PostgreSQL can hold, and comes back as it was."""
    written = AnyText().process_bind_param(title, SQLITE)

    assert written is not None
    written.encode()
    assert "\x00" not in written
    assert AnyText().process_result_value(written, SQLITE) == title


def test_ordinary_text_stays_readable() -> None:
    """Ordinary titles are kept as they are, so that they can be searched."""
    titles = ["De fûke", "İnce Memed", "موسم الهجرة", "Тіні", '50 % \N{EN DASH} \'n "boek"']

    assert [AnyText().process_bind_param(title, SQLITE) for title in titles] == titles


def test_sqlite_is_durable(store: Store) -> None:
    """SQLite writes ahead and waits for the disk, on every connection."""
    with store.read() as one, store.read() as other:
        for connection in (one, other):
            assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
            assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
            assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_file_is_private(tmp_path: Path) -> None:
    """The database names people: only its owner may read it, and its log."""
    store = Store(database_url(str(tmp_path / "desk.db")))
    with store.write() as connection:
        connection.execute(insert(libraries).values(isil="NL-000000", name="x"))
        modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    store.close()

    assert modes == {0o600}


def test_failed_transaction_leaves_nothing(store: Store) -> None:
    """A block that fails leaves nothing behind, and the store goes on."""

    def fail() -> None:
        with store.write() as connection:
            connection.execute(insert(libraries).values(isil="NL-000000", name="x"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    with store.write() as connection:
        assert connection.execute(select(libraries)).all() == []


def test_two_open_loans_cannot_be_written(store: Store) -> None:
    """Whatever the rules above do, the table itself holds one open loan for an item."""
    demo.lay_out(store, SystemClock())

    def lend_again() -> None:
        with store.write() as connection:
            row = connection.execute(select(loans).where(loans.c.returned_at.is_(None)).limit(1)).one()
            connection.execute(insert(loans).values(**{**row._mapping, "id": "another"}))

    with pytest.raises(IntegrityError) as failed:
        lend_again()
    assert "another" not in str(failed.value)  # parameters, which may name people, stay out of messages


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "", "nonsense://x", "http:///"])
def test_unusable_addresses(url: str) -> None:
    """A database that cannot be is refused in a sentence."""
    with pytest.raises(StoreError, match=r"\.$"):
        Store(database_url(url))


def test_unusable_file(tmp_path: Path) -> None:
    """So is a file that is no database, and a folder that is none."""
    (tmp_path / "text").write_text("no database, only a text of some length" * 40, encoding="ascii")

    for path in (tmp_path / "text", tmp_path / "text" / "desk.db"):
        with pytest.raises(StoreError, match=r"\.$"):
            Store(database_url(str(path)))


def test_demo_data_never_touches_a_real_library(store: Store) -> None:
    """Demonstration data go into an empty store only; a second time changes nothing."""
    assert demo.lay_out(store, SystemClock()) is True
    assert demo.lay_out(store, SystemClock()) is False

    with store.write() as connection:
        connection.execute(libraries.update().where(libraries.c.own).values(isil="NL-0800070000"))
    with pytest.raises(StoreError, match="real library"):
        demo.lay_out(store, SystemClock())


def test_demo_items(store: Store) -> None:
    """The demonstration library has items 01 to 60, forty of them without any rule, and Kees has eighteen more."""
    demo.lay_out(store, SystemClock())

    with store.read() as connection:
        numbers = connection.execute(select(items.c.number).order_by(items.c.number)).scalars().all()
        titles = connection.execute(select(items.c.title)).scalars().all()

    assert numbers == [str(30000000000000 + last) for last in (*range(1, 61), *range(101, 119))]
    assert len(set(titles)) >= 77
