"""What the codes for the type of usage mean, in words. Shared by both parts of ISO 28560; not for deciding what may be borrowed.

Source: ISO 28560-1, as quoted by public implementations of it (GB/T 35660.1, a Finnish parser); the standard's own table was not at hand.
"""

from __future__ import annotations

from typing import Final

PATRON_CARD: Final = 8
CIRCULATING_ITEM: Final = 1

USAGES: Final = {
    0: "acquisition",
    1: "circulating item",
    2: "not for circulation",
    3: "local use",
    4: "local use",
    5: "future use",
    6: "usage not told",
    7: "discarded",
    8: "patron card",
    9: "library equipment",
}

QUALIFIERS: Final = {
    0x01: "automatic processing",
    0x02: "manual processing",
    0x11: "for automatic sorting",
    0x12: "not for automatic sorting",
    0x13: "no offline issue",
    0x14: "no offline return",
    0x15: "no offline issue or return",
    0x71: "for sale",
    0x72: "sold",
    0x73: "to be disposed of",
    0x81: "adult",
    0x82: "young adult",
    0x83: "child",
    0x91: "computer",
    0x92: "video projector",
    0x93: "overhead projector",
    0x94: "whiteboard",
}
"""The second half of the code, which ISO 28560-2 alone has; 0 says nothing more."""


def in_words(usage: int, qualifier: int = 0) -> str:
    """A code and its qualifier, 0 to 15 each, in words."""
    word = USAGES.get(usage, "not in the standard")
    if not qualifier:
        return word
    return f"{word}, {QUALIFIERS.get(usage << 4 | qualifier, f'with the qualifier {qualifier:X}, which is not in the standard')}"
