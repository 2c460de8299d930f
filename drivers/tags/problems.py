"""The one error of this folder: why bytes are not what a data model asks for. Not for devices, whose errors are `drivers.errors`."""

from __future__ import annotations

from enum import StrEnum


class Problem(StrEnum):
    """Why bytes are no usable content."""

    SHORT = "short"
    OTHER_MODEL = "other_model"
    BAD_CRC = "bad_crc"
    NO_NUMBER = "no_number"
    MALFORMED = "malformed"


class TagError(ValueError):
    """The bytes are no usable content of the model; the message never holds the number.

    `looks_alike`: they may be the remains of one. `usage` and `number`: what stands in their places, believable or not; None and empty if nothing.
    """

    def __init__(self, problem: Problem, why: str, *, looks_alike: bool = False, usage: int | None = None, number: str = "") -> None:
        super().__init__(why)
        self.problem = problem
        self.looks_alike = looks_alike
        self.usage = usage
        self.number = number
