"""Transcripts: written, read, played."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.contract import Role, Seen, Tag, TagReader, sight
from drivers.errors import DeviceRefused, Fault, SettingWrong, TagGone
from drivers.readers.card import read_card
from drivers.supervisor import Watcher
from drivers.tags.atr import storage_atr
from drivers.tags.disguise import Disguise
from drivers.transcript import Down, Entry, Exchange, PlayedCard, PlayedReader, Saw, Sensed, Up, head, line, load, noting, read
from tests.drivers import library_tags as tags
from tests.drivers.recording import Recorder, threads_left

ICODE = storage_atr(0x0B, 0x0014)
UID = bytes.fromhex("E00401505A89BDE3")
ANNA = Tag(UID, ICODE, tags.PASS_18)
BOOK = Tag(UID, ICODE, tags.ITEM_NO, afi=0x07)
TOLD: tuple[Entry, ...] = (
    Up(0.001),
    Sensed(0.5),
    Saw((ANNA,), 0.512),
    Saw((), 1.0),
    Down(Fault.UNPLUGGED, "Plug it in again.", 2.0),
    Up(3.0),
    Sensed(3.0),
    Saw((BOOK, Tag(payment=True), replace(ANNA, memory=b"\x18", torn=True)), 3.25),
    Saw((), 4.0),
)


def written(folder: Path, entries: tuple[Entry, ...], disguise: Disguise | None = None) -> Path:
    path = folder / "transcript.jsonl"
    path.write_text("\n".join([head("a test"), *(line(entry, disguise) for entry in entries)]) + "\n", encoding="utf-8")
    return path


def card_transcript(folder: Path) -> Path:
    """A card of 16 bytes behind a reader that names the end of the memory."""
    uid, content = UID.hex(), tags.PASS_18[:16].hex()
    exchanges = [("FFCA000000", uid + "9000"), ("FFB0000010", content + "6282"), ("FFCA000000", uid + "9000")]
    return written(folder, tuple(Exchange(bytes.fromhex(sent), bytes.fromhex(received)) for sent, received in exchanges))


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Every kind of entry, every field of a tag."""
    assert load(written(tmp_path, TOLD)) == TOLD


def test_masked_tags_mean_the_same(tmp_path: Path) -> None:
    """Other numbers and UIDs; pass, item, payment card and torn tag stay what they are."""
    path = written(tmp_path, TOLD, Disguise(b"key"))
    text = path.read_text().lower()
    for secret in (ANNA.uid.hex()[4:], tags.PASS_18[4:19].hex(), tags.ITEM_NO[4:17].hex()):
        assert secret not in text
    for before, after in zip(TOLD, load(path), strict=True):
        assert type(before) is type(after)
        if isinstance(before, Saw) and isinstance(after, Saw):
            assert sight(before.tags).seen is sight(after.tags).seen
            assert [sight([tag]).seen for tag in before.tags] == [sight([tag]).seen for tag in after.tags]


def test_a_transcript_is_played_as_a_reader(tmp_path: Path) -> None:
    """Watched like any other: what it told, its outage, its coming back; then it lies still until it is closed."""
    before = set(threading.enumerate())
    reader: TagReader = PlayedReader(str(written(tmp_path, TOLD)))
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, reader, recorder, recorder)
    watcher.start()
    recorder.wait(
        lambda told: (
            told.count(("saw", ())) >= 2 and ("down", Fault.UNPLUGGED) in told and recorder.seen()[-2:] == [Seen.SEVERAL, Seen.NOTHING]
        )
    )
    watcher.close()
    assert recorder.seen()[0] is Seen.PASS
    assert not threads_left(before)


def test_a_transcript_can_be_played_at_its_own_pace(tmp_path: Path) -> None:
    """A thousand times as fast here; closing it ends a pause at once."""
    reader = PlayedReader(str(written(tmp_path, (Saw((ANNA,), 1.0), Saw((), 1e9)))), pace=1000)
    recorder = Recorder()
    watcher = Watcher(Role.PASS_READER, reader, recorder, recorder)
    watcher.start()
    recorder.wait(lambda _: recorder.seen() == [Seen.PASS])
    watcher.close()
    assert recorder.seen()[0] is Seen.PASS
    with pytest.raises(DeviceRefused):
        reader.write_afi(UID, 0xC2)


def test_a_card_is_played_byte_by_byte(tmp_path: Path) -> None:
    """The commands of a good reading get the recorded answers, all of them."""
    card = PlayedCard(load(card_transcript(tmp_path)))
    assert read_card(card.transmit, ICODE) == Tag(UID, ICODE, tags.PASS_18[:16])
    assert card.finished


def test_a_card_that_is_asked_something_else_says_so(tmp_path: Path) -> None:
    """A driver that changed what it sends is found out; behind the last command the card is gone."""
    card = PlayedCard(load(card_transcript(tmp_path)))
    with pytest.raises(DeviceRefused, match="ffca000000 in the transcript"):
        card.transmit(b"\xff\xb0\x00\x00\x10")
    with pytest.raises(TagGone):
        PlayedCard([]).transmit(b"\xff\xca\x00\x00\x00")


def test_what_goes_to_and_fro_can_be_noted(tmp_path: Path) -> None:
    """The noted exchanges play the same reading again."""
    noted: list[Exchange] = []
    first = PlayedCard(load(card_transcript(tmp_path)))
    tag = read_card(noting(first.transmit, noted.append), ICODE)
    assert read_card(PlayedCard(noted).transmit, ICODE) == tag


@pytest.mark.parametrize(
    "wrong",
    [
        "no json",
        "[]",
        "7",
        '{"at": 1}',
        '{"at": "x", "event": "up"}',
        '{"at": 1, "event": "gone"}',
        '{"sent": "zz", "received": ""}',
        '{"at": 1, "event": "saw", "tags": [{"uid": 5}]}',
    ],
)
def test_a_wrong_line_is_told_by_its_number(wrong: str) -> None:
    """One sentence."""
    with pytest.raises(SettingWrong, match="Line 3 is no line"):
        read([head("x"), "", wrong])


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Another version, another file, none."""
    with pytest.raises(SettingWrong, match="version 2"):
        read(['{"transcript": 2}'])
    with pytest.raises(SettingWrong, match="Line 1"):
        read(['{"at": 0, "event": "up"}'])
    with pytest.raises(SettingWrong, match="cannot be read"):
        PlayedReader(str(tmp_path / "none.jsonl")).open()
