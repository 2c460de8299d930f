"""The languages of the kiosk: gettext catalogues and days as people say them. The English sentences in the code are the message ids.

A new language is a folder <code>/LC_MESSAGES with kiosk.po; CONTRIBUTING.md says how. Not for wording: that is kiosk.domain.wording and kiosk.ui.present.
"""

from __future__ import annotations

import gettext
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from typing import Final

NAMES: Final = {"nl": "Nederlands", "en": "English", "fy": "Frysk", "de": "Deutsch", "tr": "Türkçe", "ar": "العربية", "uk": "Українська"}
_SOURCE = "en"


class Gettext:
    """One language; implements kiosk.domain.wording.Words."""

    def __init__(self, language: str, catalogue: gettext.NullTranslations) -> None:
        self.language = language
        self._catalogue = catalogue

    def say(self, text: str, /, **facts: object) -> str:
        """The text in this language, its {placeholders} filled."""
        translated = self._catalogue.gettext(text)
        return translated.format(**facts) if facts else translated

    def many(self, one: str, other: str, count: int, /, **facts: object) -> str:
        """The text for this count; {count} is filled too."""
        return self._catalogue.ngettext(one, other, count).format(count=count, **facts)

    def day(self, day: date) -> str:
        """A day as people say it: 14 december."""
        return self.say("{day} {month}", day=day.day, month=self._month(day))

    def day_and_year(self, day: date) -> str:
        """A day with its year: 14 december 2026."""
        return self.say("{day} {month} {year}", day=day.day, month=self._month(day), year=day.year)

    def _month(self, day: date) -> str:
        say = self.say
        months = (
            say("January"),
            say("February"),
            say("March"),
            say("April"),
            say("May"),
            say("June"),
            say("July"),
            say("August"),
            say("September"),
            say("October"),
            say("November"),
            say("December"),
        )
        return months[day.month - 1]


@cache
def words(language: str) -> Gettext:
    """The language with this code. Raises LookupError when the kiosk does not speak it."""
    if language == _SOURCE:
        return Gettext(language, gettext.NullTranslations())
    with as_file(files(__name__)) as folder:
        try:
            return Gettext(language, gettext.translation("kiosk", folder, [language]))
        except OSError as error:
            raise LookupError(f"The kiosk does not speak {language!r}; it speaks {', '.join(spoken())}.") from error


def spoken() -> tuple[str, ...]:
    """The codes of all languages that have a catalogue."""
    folders = (entry for entry in files(__name__).iterdir() if entry.is_dir())
    found = [entry.name for entry in folders if entry.joinpath("LC_MESSAGES", "kiosk.mo").is_file()]
    return (_SOURCE, *sorted(found))
