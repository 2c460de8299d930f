"""Cuts what a scanner sends into codes. Pure; not for deciding what a code stands for."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 512
"""Characters without an end of line after which the input is taken for noise and thrown away."""


class Codes:
    """Collects text until the scanner ends a code with CR or LF, and takes off the prefix and suffix that it was set up to send around it."""

    def __init__(self, prefix: str = "", suffix: str = "") -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._begun = ""
        self._noise = False

    def feed(self, text: str) -> list[str]:
        """Add what came in; the codes that are complete now, oldest first, empty ones left out."""
        *complete, begun = (self._begun + text).replace("\r", "\n").split("\n")
        if complete and self._noise:
            del complete[0]
        self._noise = len(begun) > LONGEST or (self._noise and "\n" not in text and "\r" not in text)
        self._begun = "" if self._noise else begun
        codes = (line.strip().removeprefix(self._prefix).removesuffix(self._suffix).strip() for line in complete if len(line) <= LONGEST)
        return [code for code in codes if code]
