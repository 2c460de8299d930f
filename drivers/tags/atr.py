"""Tells the class of a storage card from its ATR. Not for cards that speak ISO 7816 themselves (bank cards, phones): their ATR says nothing useful.

Source: PC/SC Workgroup, Interoperability Specification part 3, supplement for contactless storage cards. The reader makes the ATR up:
`3B 8n 80 01 80 4F 0C  A0 00 00 03 06  SS  NN NN  00 00 00 00  TCK`, where SS is the standard and NN NN the name of the card.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

RID = bytes.fromhex("A000000306")
"""The registered id of the PC/SC workgroup; whatever carries it is a storage card."""


class Standard(StrEnum):
    """How the card speaks to the reader."""

    ISO14443A = "ISO 14443 A"
    ISO14443B = "ISO 14443 B"
    ISO15693 = "ISO 15693"
    FELICA = "FeliCa"
    UNSAID = "a standard that is not said"


@dataclass(frozen=True, slots=True)
class StorageCard:
    """What the ATR says of a storage card: its standard, and the product's name, empty where it is not known."""

    standard: Standard
    product: str = ""

    @property
    def starts_at_page_4(self) -> bool:
        """Whether a library's content may begin after 16 bytes of serial number, locks and capabilities, as on NFC Forum Type 2 tags."""
        return self.standard is Standard.ISO14443A

    @property
    def keyed(self) -> bool:
        """Whether the content can be read with a secret key only."""
        return self.product.startswith(("MIFARE Classic", "MIFARE Mini", "MIFARE Plus"))


_STANDARDS = {
    **dict.fromkeys((0x01, 0x02, 0x03), Standard.ISO14443A),
    **dict.fromkeys((0x05, 0x06, 0x07), Standard.ISO14443B),
    **dict.fromkeys((0x09, 0x0A, 0x0B, 0x0C), Standard.ISO15693),
    0x11: Standard.FELICA,
}

_PRODUCTS = {
    0x0001: "MIFARE Classic 1K",
    0x0002: "MIFARE Classic 4K",
    0x0003: "MIFARE Ultralight",
    0x000E: "my-d vicinity",
    0x000F: "my-d vicinity",
    0x0010: "my-d vicinity",
    0x0011: "my-d vicinity",
    0x0012: "Tag-it",
    0x0013: "LRI512",
    0x0014: "ICODE SLI",
    0x0016: "I.CODE1",
    0x0021: "LRI64",
    0x0022: "ICODE UID",
    0x0023: "ICODE EPC",
    0x0024: "LRI12",
    0x0025: "LRI128",
    0x0026: "MIFARE Mini",
    0x0035: "ICODE SLI2",
    0x0036: "MIFARE Plus SL1 2K",
    0x0037: "MIFARE Plus SL1 4K",
    0x0038: "MIFARE Plus SL2 2K",
    0x0039: "MIFARE Plus SL2 4K",
    0x003A: "MIFARE Ultralight C",
    0x003B: "FeliCa",
    0x003D: "MIFARE Ultralight EV1",
}


def storage_card(atr: bytes) -> StorageCard | None:
    """The class of the card, or None where the ATR is not one of a storage card."""
    _, found, rest = atr.partition(RID)
    if not found or len(rest) < 3:  # noqa: PLR2004  SS and NN NN, as the docstring of this file draws it
        return None
    return StorageCard(_STANDARDS.get(rest[0], Standard.UNSAID), _PRODUCTS.get(int.from_bytes(rest[1:3], "big"), ""))


def storage_atr(standard: int = 0x0B, product: int = 0x0014) -> bytes:
    """The ATR that a reader makes up for a storage card; for simulated cards. Both numbers as in the tables of this file."""
    body = bytes.fromhex("8F8001804F0C") + RID + bytes((standard,)) + product.to_bytes(2, "big") + bytes(4)
    check = 0
    for byte in body:
        check ^= byte
    return b"\x3b" + body + bytes((check,))
