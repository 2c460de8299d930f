"""Writes any Unicode text with the letters that one code page of a printer has. Pure; not for layout, nor for what the letters look like.

What the page has stays as it is. The rest is spelled with letters that every page has: accents are taken off, Cyrillic is written by the Ukrainian
national system of 2010 (with the Russian letters added), Greek and Arabic letter by letter (Arabic without the vowels that are not written).
What has no spelling here becomes a question mark. Nothing that could be a printer command, or that has no width, comes through.
"""

from __future__ import annotations

import re
import unicodedata

UNKNOWN = "?"
JOINERS = {"\u200c", "\u200d"}  # without width, but they say how the letters beside them are joined
# More letters than any paper holds; the rest of a text of a megabyte is not looked at.
LONGEST = 4096
_REMEMBERED = 4096

_CYRILLIC = (
    "аa бb вv гh ґg дd еe єie жzh зz иy іi їi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ь юiu яia "
    "ёio ъ ыy эe ђdj јj љlj њnj ћc џdz ѓg ќk ѕdz ўu"
)
_GREEK = "αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo"
_ARABIC = (
    "ء' آa أa ؤw إi ئy اa بb ةa تt ثth جj حh خkh دd ذdh رr زz سs شsh صs ضd طt ظz ع' غgh فf قq كk لl مm نn هh وw ىa يy "
    "پp چch ژzh گg کk یy ھh ہh ےe ٹt ڈd ڑr ںn ـ َa ُu ِi"
)
_LATIN = "łl đd øo ŋng ħh ŧt ĸk ıi əe œoe æae ßss þth ðd ƒf ʼ' ŀl"
_SIGNS = {
    "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"',
    "\u2033": '"', "\u2039": "<", "\u203a": ">", "«": '"', "»": '"', "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-",
    "\u2015": "-", "\u2212": "-", "\u2500": "-", "\u2022": "*", "·": "-", "€": "EUR", "£": "GBP", "¥": "JPY", "×": "x", "÷": "/", "©": "(c)",
    "®": "(r)", "°": "o", "§": "par.", "¡": "!", "¿": "?", "№": "No", "،": ",", "؛": ";", "؟": "?", "٪": "%",
}  # fmt: skip

# The blocks of scripts other than Latin; Latin ones in between are left out, and so are signs, numbers and emoji.
_OTHER_SCRIPTS = re.compile(
    "[\u0370-\u1cff\u1f00-\u1fff\u2c00-\u2c5f\u2c80-\u2dff\u2e80-\ua6ff\ua800-\uab2f\uab70-\ud7ff\uf900-\ufaff\ufb13-\ufdff\ufe70-\ufeff\uff66-\uffdc"
    "\U00010000-\U0001bfff\U00020000-\U0003ffff]"
)


def tidy(text: str) -> str:
    """Keep what can be seen of `text`, at most `LONGEST` characters: composed, white space as single spaces, "?" for what is no character."""
    return " ".join("".join(_tidied(letter) for letter in unicodedata.normalize("NFC", text[:LONGEST])).split())


def _tidied(letter: str) -> str:
    match unicodedata.category(letter):
        case "Cc" | "Zl" | "Zp" | "Zs":
            return " "
        case "Cf":
            return letter if letter in JOINERS else ""
        case "Cs" | "Co" | "Cn":
            return UNKNOWN
        case _:
            return letter


def _spellings() -> dict[str, str]:
    spelled = {word[0]: word[1:] for word in f"{_CYRILLIC} {_GREEK} {_ARABIC} {_LATIN}".split()}
    return spelled | _SIGNS


class Letters(dict[int, str]):
    """The letters of one code page: a table for `str.translate` that fills itself as letters come by.

    `codec` is Python's name of the page, for example "cp858". Used from one thread at a time.
    """

    def __init__(self, codec: str) -> None:
        super().__init__()
        self.codec = codec
        self._spellings = _spellings()

    def __missing__(self, code: int) -> str:
        if len(self) >= _REMEMBERED:  # a hostile text must not make this grow for ever
            self.clear()
        spelled = self[code] = self._spell(chr(code))
        return spelled

    def write(self, text: str) -> str:
        """Write `text`, at most `LONGEST` characters of it, in printable characters of the page; white space becomes single spaces."""
        text = text[:LONGEST]
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        return " ".join(text.translate(self).split())

    def respells(self, text: str) -> bool:
        """Whether `text` has words of another script than Latin that this page lacks, so that they would come out in Latin letters or not at all."""
        if text.isascii():
            return False
        return any(letter.isalpha() and not self.has(letter) for letter in _OTHER_SCRIPTS.findall(text[:LONGEST]))

    def has(self, letter: str) -> bool:
        """Whether the page has this letter."""
        try:
            letter.encode(self.codec)
        except UnicodeEncodeError:
            return False
        return True

    def _spell(self, letter: str) -> str:
        category = unicodedata.category(letter)
        match category:
            case "Cc" | "Zl" | "Zp" | "Zs":
                return " "
            case "Cf":
                return ""
            case "Cs" | "Co" | "Cn":
                return UNKNOWN
            case _ if not category.startswith("M") and self.has(letter):
                return letter
        lower = letter.lower()
        if letter in self._spellings:
            return self._spellings[letter]
        if lower in self._spellings:
            return self._spellings[lower].capitalize()
        if category.startswith("M"):
            return ""
        if category == "Nd":
            return str(unicodedata.digit(letter))
        parts = unicodedata.normalize("NFKD", letter)
        if parts == letter:
            return UNKNOWN
        spelled = "".join(self[ord(part)] for part in parts)
        return UNKNOWN if UNKNOWN in spelled else spelled
