"""The command that makes a test pass or a test item out of an empty tag. Not for a library's own tags: it refuses what carries something."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import typer

from drivers import models
from drivers.contract import MemoryWriter, Role, Tag, TagReader
from drivers.errors import DeviceRefused, Fault, SettingWrong, TagGone
from drivers.supervisor import Watcher
from drivers.tags import iso28560_2, iso28560_3
from drivers.tags.atr import storage_card
from drivers.tags.finding import ISO28560_2, ISO28560_3, Kind
from drivers.tags.identify import identify
from drivers.tags.usage import CIRCULATING_ITEM, PATRON_CARD
from drivers.tools.events import Events, first_tags, reader_of, running
from drivers.tools.options import Driver, Json, Settings, print_json
from drivers.tools.watching import Wait

_BLOCK: Final = 4
_PAGE_4: Final = 16


class Model(StrEnum):
    """The data models that can be written."""

    ISO28560_3 = ISO28560_3
    ISO28560_2 = ISO28560_2


def write_test_tag(
    *,
    pass_number: Annotated[str, typer.Option("--pass", help="Make a pass with this number.")] = "",
    item_number: Annotated[str, typer.Option("--item", help="Make an item with this number.")] = "",
    owner: Annotated[str, typer.Option(help="ISIL of the library it belongs to, for example NL-089999.")] = "",
    model: Annotated[Model, typer.Option(help="The data model.")] = Model.ISO28560_3,
    driver: Driver = "",
    settings: Settings = None,
    wait: Wait = 30,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write even if the tag carries something; that is lost.")] = False,
    print_hex: Annotated[bool, typer.Option("--print-hex", help="Write nothing; print the bytes.")] = False,
    as_json: Json = False,
) -> None:
    """Make a test pass or a test item: write the next tag that is held to the reader, and read it back."""
    if bool(pass_number) is bool(item_number):
        raise SettingWrong("Give either --pass NUMBER or --item NUMBER.")
    number, usage = (pass_number, PATRON_CARD) if pass_number else (item_number, CIRCULATING_ITEM)
    if print_hex:
        content = _content(number, owner, usage, model)
        if as_json:
            print_json({"written": False, "model": model.value, "memory": content.hex().upper()})
        else:
            typer.echo(content.hex(" ").upper())
        return
    _content(number, owner, usage, model)  # what cannot be written is told before a tag is asked for
    reader = reader_of(driver, settings)
    if not isinstance(reader, MemoryWriter) or not reader.capabilities.writes_memory:
        raise SettingWrong("This reader cannot write tags; choose another with --driver, or let --print-hex print the bytes.")
    events = Events()
    with running(Watcher(Role.PASS_READER, reader, events, events)):
        tags = first_tags(events, wait, lambda: None if as_json else typer.echo("Hold an empty tag to the reader and leave it there."))
        tag = _suitable(tags, overwrite=overwrite)
        start = _start(tag)
        content = _content(number, owner, usage, model, len(tag.memory) - start)
        _write(reader, tag, content, start)
    kind = "pass" if pass_number else "item"
    if as_json:
        print_json({"written": True, "model": model.value, "kind": kind, "bytes": len(content), "start": start})
    else:
        typer.echo(f"Written and read back: a test {kind} in {model}, {len(content)} bytes from byte {start} on.")


def _content(number: str, owner: str, usage: int, model: Model, room: int | None = None) -> bytes:
    """The bytes to write, in whole blocks of four; all of `room` is filled, so that nothing of what stood there is left. Raises SettingWrong, DeviceRefused."""
    room = None if room is None else room - room % _BLOCK
    try:
        if model is Model.ISO28560_2:
            content = iso28560_2.encode(iso28560_2.tag_of(number, owner, usage))
        else:
            size = iso28560_3.SIZE if room is None or room > iso28560_3.SIZE else iso28560_3.SIZE - 2
            content = iso28560_3.encode(iso28560_3.Block(number, owner, usage), size)
    except ValueError as error:
        raise SettingWrong(f"This cannot be written: {error}.") from error
    if room is None:
        return content.ljust(len(content) + -len(content) % _BLOCK, b"\0")
    if len(content) > room:
        raise DeviceRefused(Fault.TAG_UNSUITABLE, f"The tag has room for {room} bytes and this needs {len(content)}; take a larger tag.")
    return content.ljust(room, b"\0")


def _suitable(tags: tuple[Tag, ...], *, overwrite: bool) -> Tag:
    """The one tag to write. Raises DeviceRefused, TagGone."""
    if len(tags) > 1:
        raise DeviceRefused(Fault.TAG_UNSUITABLE, "Several tags lie on the reader; leave one there.")
    tag = tags[0]
    if tag.torn:
        raise TagGone
    if tag.payment or not tag.memory:
        raise DeviceRefused(
            Fault.TAG_UNSUITABLE, "This card's content cannot be read, so it is not written; take an empty ISO 15693 or Type 2 tag."
        )
    found = identify(tag.memory, tag.uid, tag.atr, models=models.load())
    if found.kind is not Kind.BLANK and not overwrite:
        what = f"{found.kind.value} in {found.model}" if found.model else "something that is not understood"
        raise DeviceRefused(Fault.TAG_UNSUITABLE, f"The tag carries {what}; take an empty one, or give --overwrite to lose that.")
    return tag


def _start(tag: Tag) -> int:
    """The byte at which a tag's own content begins."""
    card = storage_card(tag.atr)
    return _PAGE_4 if card is not None and card.starts_at_page_4 else 0


def _write(reader: TagReader, tag: Tag, content: bytes, start: int) -> None:
    """Write and compare. Raises DeviceError."""
    if not isinstance(reader, MemoryWriter):
        raise TypeError(type(reader).__name__)
    if reader.write_memory(tag.uid, content, start) != content:
        raise DeviceRefused(Fault.TAG_UNSUITABLE, "What was read back is not what was written; throw the tag away.")
