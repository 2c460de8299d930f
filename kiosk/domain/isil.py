"""ISIL codes (ISO 15511) of Dutch libraries: `NL-` + six digits for the institution + four for the location, which do not count."""

from __future__ import annotations

import re

_DUTCH = re.compile(r"NL-?([0-9]{6})([0-9]{0,4})")
_FOREIGN = re.compile(r"[A-Z]{1,4}-[0-9A-Za-z:/-]{1,11}")


def institution(isil: str) -> str:
    """The institution's part of an ISIL: NL-0702881037 and NL-070288 both give NL-070288; other countries' codes come back as they are.

    Raises ValueError for what is no ISIL. Numbering of Dutch codes: Gids voor Nederland, "Coderingssystematiek".
    """
    text = isil.strip()
    if match := _DUTCH.fullmatch(text.upper()):
        return f"NL-{match[1]}"
    if _FOREIGN.fullmatch(text) and not text.upper().startswith("NL-"):
        return text
    raise ValueError(f"{isil!r} is no ISIL; a Dutch one looks like NL-070288 or NL-0702881037")


def same_institution(one: str, other: str) -> bool:
    """Whether two ISILs name the same institution; codes that are no ISIL equal nothing."""
    try:
        return institution(one) == institution(other)
    except ValueError:
        return False
