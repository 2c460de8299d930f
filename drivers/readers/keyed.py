"""Cards whose content stands behind a key: a sector of a MIFARE Classic, a file of a DESFire. Off unless the settings name the place and the key's file.

Keys stand in hexadecimal in a file that nobody but the kiosk's user may read, never in the settings. Not for enciphered files, and not a protection
against copied cards: a Classic's cipher is broken, and anybody who has the key can write what he likes.

Source: PC/SC part 3 for the Classic (FF 82, FF 86); for the DESFire its commands as NXP's public data sheets show them, wrapped in ISO 7816 APDUs.
Not confirmed on a card: P1 of FF 82 (00 here: the key is forgotten with the power), and the CMAC that a DESFire EV1 and later adds to each answer once
it was authenticated; an answer whose CMAC does not fit is not believed.
"""

from __future__ import annotations

import importlib
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final

from drivers.errors import DeviceMissing, Fault, SettingWrong
from drivers.readers.apdu import Status, read_binary
from drivers.readers.card import Transmit, ask

CLASSIC_KEY: Final = 6
AES_KEY: Final = 16

_KEY_TYPES: Final = {"A": 0x60, "B": 0x61}
_SMALL_SECTORS, _SECTORS, _SMALL, _BIG, _BLOCK = 32, 40, 4, 16, 16
_APPLICATION = 3
_SELECT, _READ, _AUTHENTICATE, _MORE = 0x5A, 0xBD, 0xAA, 0xAF
_OK, _GO_ON = (0x91, 0x00), (0x91, 0xAF)
_AT_ONCE = 32
_MAC = 8

Cipher = Callable[[bytes, bytes], bytes]
"""AES in CBC mode: the initial vector, then whole blocks."""


@dataclass(frozen=True, slots=True)
class ClassicSector:
    """The data blocks of one sector, read with key A or B."""

    sector: int
    key: bytes = field(repr=False)
    key_type: str = "A"

    def __call__(self, transmit: Transmit, memory: bytearray, wanted: int) -> None:  # noqa: ARG002  a sector is read whole
        """Load the key, authenticate, read all blocks but the last, which holds the keys. Nothing where the key does not fit. Raises TagGone."""
        if self.sector < _SMALL_SECTORS:
            first, blocks = self.sector * _SMALL, _SMALL
        else:
            first, blocks = _SMALL_SECTORS * _SMALL + (self.sector - _SMALL_SECTORS) * _BIG, _BIG
        load = bytes((0xFF, 0x82, 0x00, 0x00, len(self.key))) + self.key
        authenticate = bytes((0xFF, 0x86, 0x00, 0x00, 0x05, 0x01, 0x00, first, _KEY_TYPES[self.key_type], 0x00))
        if any(ask(transmit, command).status is not Status.DONE for command in (load, authenticate)):
            return
        for block in range(first, first + blocks - 1):
            response = ask(transmit, read_binary(block, _BLOCK))
            if response.status is not Status.DONE:
                return
            memory += response.data


@dataclass(frozen=True, slots=True)
class DesfireFile:
    """The first `length` bytes of a standard data file, free to read or behind an AES key; not enciphered on the way."""

    application: bytes
    file: int
    length: int = _AT_ONCE
    key: bytes = field(default=b"", repr=False)
    key_number: int = 0
    dice: Callable[[int], bytes] = field(default=token_bytes, repr=False)

    def __call__(self, transmit: Transmit, memory: bytearray, wanted: int) -> None:  # noqa: ARG002  the settings say how long the file is
        """Select the application, authenticate where there is a key, read. Nothing where the card has no such file or another key. Raises TagGone."""
        if _native(transmit, _SELECT, self.application[::-1])[1] != _OK:
            return
        sealed = _authenticate(transmit, self.key, self.key_number, self.dice) if self.key else None
        if self.key and sealed is None:
            return
        while len(memory) < self.length:
            count = min(_AT_ONCE, self.length - len(memory))
            parameters = bytes((self.file,)) + len(memory).to_bytes(3, "little") + count.to_bytes(3, "little")
            data, status = _native(transmit, _READ, parameters)
            if sealed is not None:
                data = sealed.opened(bytes((_READ,)) + parameters, data)
            if status != _OK or len(data) != count:
                return
            memory += data


class Sealed:
    """What an authenticated DESFire adds to its answers: a CMAC over command and answer, each beginning where the one before it ended."""

    def __init__(self, key: bytes) -> None:
        self._encrypt = _aes(key)[0]
        self._chain = bytes(_BLOCK)

    def opened(self, command: bytes, answer: bytes) -> bytes:
        """The data of a good answer without their CMAC; empty where it does not fit."""
        self._chain = cmac(self._encrypt, command, self._chain)
        data, mac = answer[:-_MAC], answer[-_MAC:]
        self._chain = cmac(self._encrypt, data + b"\0", self._chain)
        return data if mac == self._chain[:_MAC] else b""


def cmac(encrypt: Cipher, message: bytes, chain: bytes) -> bytes:
    """CMAC of SP 800-38B with AES, begun from `chain` instead of zeros."""
    subkey = encrypt(bytes(_BLOCK), bytes(_BLOCK))
    whole = bool(message) and len(message) % _BLOCK == 0
    for _ in range(1 if whole else 2):
        shifted = int.from_bytes(subkey, "big") << 1
        subkey = (shifted & (1 << 128) - 1 ^ (0x87 if shifted >> 128 else 0)).to_bytes(_BLOCK, "big")
    padded = message if whole else message + b"\x80" + bytes(-(len(message) + 1) % _BLOCK)
    last = bytes(a ^ b for a, b in zip(padded[-_BLOCK:], subkey, strict=True))
    return encrypt(chain, padded[:-_BLOCK] + last)[-_BLOCK:]


def read_key(path: str, length: int) -> bytes:
    """A key of `length` bytes from its file. Raises SettingWrong, which never tells what stands in the file."""
    try:
        if stat.S_IMODE(Path(path).stat().st_mode) & 0o077:
            raise SettingWrong(f"Others may read the key in {path}; run 'chmod 600 {path}'.")
        key = bytes.fromhex(Path(path).read_text(encoding="ascii").strip())
    except OSError as error:
        raise SettingWrong(f"The key file {path} cannot be read by the kiosk's user.") from error
    except ValueError:
        # Not raised from its cause, which quotes the key.
        raise SettingWrong(f"In {path} there must be {length} bytes in hexadecimal and nothing else.") from None
    if len(key) != length:
        raise SettingWrong(f"In {path} there must be {length} bytes in hexadecimal and nothing else.")
    return key


def classic_sector(sector: int, key_file: str, key_type: str) -> ClassicSector:
    """The sector that the settings name. Raises SettingWrong."""
    if not 0 <= sector < _SECTORS or key_type not in _KEY_TYPES:
        raise SettingWrong("A sector is a number from 0 to 39, and key_type is 'A' or 'B'.")
    return ClassicSector(sector, read_key(key_file, CLASSIC_KEY), key_type)


def desfire_file(application: str, file: int, length: int, key_file: str, key_number: int) -> DesfireFile:
    """The file that the settings name; `application` in hexadecimal as it is written, most significant byte first. Raises SettingWrong, DeviceMissing."""
    try:
        number = bytes.fromhex(application)
    except ValueError as error:
        raise SettingWrong(f"'{application}' is no DESFire application: it must be six hexadecimal digits.") from error
    if len(number) != _APPLICATION or not 0 <= file < _AT_ONCE or not 0 < length < 1 << 16 or not 0 <= key_number < _BLOCK:
        raise SettingWrong(
            "A DESFire application has six hexadecimal digits, a file is 0 to 31, a key number 0 to 15, a length 1 to 65535."
        )
    key = read_key(key_file, AES_KEY) if key_file else b""
    if key:
        _aes(key)
    return DesfireFile(number, file, length, key, key_number)


def _native(transmit: Transmit, command: int, parameters: bytes = b"") -> tuple[bytes, tuple[int, int]]:
    """A command of the DESFire itself, wrapped. Raises TagGone."""
    body = bytes((len(parameters),)) + parameters if parameters else b""
    said = ask(transmit, bytes((0x90, command, 0x00, 0x00)) + body + b"\0")
    return said.data, (said.sw1, said.sw2)


def _authenticate(transmit: Transmit, key: bytes, number: int, dice: Callable[[int], bytes]) -> Sealed | None:
    """Prove to each other that both know the key; None where the card does not. Raises TagGone."""
    encrypt, decrypt = _aes(key)
    challenge, status = _native(transmit, _AUTHENTICATE, bytes((number,)))
    if status != _GO_ON or len(challenge) != _BLOCK:
        return None
    theirs, ours = decrypt(bytes(_BLOCK), challenge), dice(_BLOCK)
    token = encrypt(challenge, ours + theirs[1:] + theirs[:1])
    proof, status = _native(transmit, _MORE, token)
    if status != _OK or len(proof) != _BLOCK or decrypt(token[-_BLOCK:], proof) != ours[1:] + ours[:1]:
        return None
    return Sealed(ours[:4] + theirs[:4] + ours[12:] + theirs[12:])


def _aes(key: bytes) -> tuple[Cipher, Cipher]:
    """Encrypting and decrypting. Raises DeviceMissing where the package is not installed."""
    try:
        ciphers: Any = importlib.import_module("cryptography.hazmat.primitives.ciphers")
    except ImportError as error:
        hint = "cryptography cannot be loaded: install it with the extra 'desfire' of this program."
        raise DeviceMissing(Fault.PACKAGE_MISSING, hint) from error

    def run(way: str, chain: bytes, blocks: bytes) -> bytes:
        cipher = ciphers.Cipher(ciphers.algorithms.AES(key), ciphers.modes.CBC(chain))
        worker = getattr(cipher, way)()
        return bytes(worker.update(blocks) + worker.finalize())

    return (lambda chain, blocks: run("encryptor", chain, blocks)), (lambda chain, blocks: run("decryptor", chain, blocks))
