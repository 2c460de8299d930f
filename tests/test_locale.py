"""The kiosk's languages: everything it says is translated, and what was compiled is what was translated."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

import kiosk
from kiosk.locale import NAMES, spoken, words

ROOT = Path(kiosk.__file__).parent
FOLDER = ROOT / "locale"
ROOMS = ("domain", "ui", "locale")
KEYWORDS = {"say": None, "many": (1, 2)}
TRANSLATED = [language for language in spoken() if language != "en"]
MONTHS = [date(2026, month, 9) for month in range(1, 13)]

Id = str | tuple[str, str]


def ids_in_code() -> set[Id]:
    """Every sentence that the code says."""
    found: set[Id] = set()
    for room in ROOMS:
        for _, _, message, _, _ in extract_from_dir(ROOT / room, [("**.py", "python")], keywords=KEYWORDS):
            found.add((message[0], message[1]) if isinstance(message, tuple) else message)
    return found


def catalogue(language: str) -> Catalog:
    with (FOLDER / language / "LC_MESSAGES" / "kiosk.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> Iterator[Message]:
    return (message for message in catalogue(language) if message.id)


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each translated text beside the sentence that it stands for."""
    sources = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    for place, text in enumerate(texts):
        yield sources[min(place, len(sources) - 1)], text


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_dutch_and_english_are_spoken():
    """English needs no catalogue: its sentences are the ids. Every language has a name for its button."""
    assert {"nl", "en"} <= set(spoken())
    assert set(spoken()) <= set(NAMES)


def test_every_catalogue_is_compiled():
    """A catalogue that was not compiled would be missing from the kiosk without a word."""
    assert {folder.parent.parent.name for folder in FOLDER.glob("*/LC_MESSAGES/kiosk.po")} == set(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_compiled_is_what_was_translated(language):
    """kiosk.mo says what kiosk.po says: `pybabel compile -D kiosk -d kiosk/locale` was run after the last change."""
    fresh = BytesIO()
    write_mo(fresh, catalogue(language))
    fresh.seek(0)
    with (FOLDER / language / "LC_MESSAGES" / "kiosk.mo").open("rb") as file:
        compiled = [(message.id, message.string) for message in read_mo(file) if message.id]

    assert compiled == [(message.id, message.string) for message in read_mo(fresh) if message.id]


@pytest.mark.parametrize("language", TRANSLATED)
def test_everything_is_translated_and_nothing_left_over(language):
    """The catalogue has exactly the sentences of the code."""
    known = {tuple(message.id) if isinstance(message.id, (tuple, list)) else message.id for message in messages(language)}

    assert known == ids_in_code()


def test_the_code_says_something():
    """The extraction finds the sentences of each room, so that the tests above are about something."""
    found = ids_in_code()

    assert {"This is not a library pass", "Stop", "January"} <= found
    assert ("{count} item borrowed", "{count} items borrowed") in found


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_text_is_missing_or_a_guess(language):
    """Each form of each text is there; nothing is marked as fuzzy or obsolete."""
    assert not catalogue(language).obsolete
    for message in messages(language):
        assert not message.fuzzy, message.id
        assert all(text and text.strip() for _, text in pairs(message)), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_the_same(language):
    """A translation fills in what its sentence fills in, each placeholder and no other, all of them names."""
    for message in messages(language):
        for source, text in pairs(message):
            assert placeholders(text) == placeholders(source), source
            assert all(name.isidentifier() for name in placeholders(text)), source


@pytest.mark.parametrize("language", TRANSLATED)
def test_plural_forms(language):
    """Each text with a count has as many forms as the language."""
    forms = catalogue(language).num_plurals
    counted = [message for message in messages(language) if isinstance(message.id, (tuple, list))]

    assert counted
    assert all(len(message.string) == forms for message in counted)


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("nl", "1 exemplaar geleend", "2 exemplaren geleend"),
        ("en", "1 item borrowed", "2 items borrowed"),
    ],
)
def test_one_and_many(language, one, two):
    """One is one, and none is many, as in both languages."""
    say = words(language)

    assert say.many("{count} item borrowed", "{count} items borrowed", 1) == one
    assert say.many("{count} item borrowed", "{count} items borrowed", 2) == two
    assert say.many("{count} item borrowed", "{count} items borrowed", 0) == two.replace("2", "0")


def test_months():
    """Twelve months, each by its own name; in Dutch without a capital."""
    dutch = [words("nl").day(day).removeprefix("9 ") for day in MONTHS]
    english = [words("en").day(day).removeprefix("9 ") for day in MONTHS]

    assert dutch == [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ]
    assert english == [day.strftime("%B") for day in MONTHS]
    assert words("nl").day_and_year(date(2027, 1, 31)) == "31 januari 2027"


@pytest.mark.parametrize("text", ["{library}", "{", "{0}", "{library!r:>99}", "%(library)s", "{initials.__class__}"])
def test_facts_are_not_templates(text):
    """What comes from outside is filled in as it is; its braces are never looked at."""
    assert words("nl").say("Guest of {library}", library=text) == f"Gast van {text}"
    assert words("en").say("Hello {initials}", initials=text) == f"Hello {text}"


def test_unknown_text_is_said_as_it_is():
    """Without facts nothing is filled in, so a text with braces stays whole."""
    assert words("nl").say("{not} a sentence of ours") == "{not} a sentence of ours"


@pytest.mark.parametrize("language", ["xx", "", "..", "en_GB"])
def test_language_that_is_not_spoken(language):
    """The error says which ones are."""
    with pytest.raises(LookupError, match="it speaks en, "):
        words(language)


@pytest.mark.parametrize("language", spoken())
def test_words_know_their_language(language):
    assert words(language).language == language
    assert words(language) is words(language)
