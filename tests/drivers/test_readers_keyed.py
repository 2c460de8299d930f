"""Content behind keys: what is sent to the card, and what is believed of its answers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Seen, Tag, sight
from drivers.errors import DeviceMissing, SettingWrong
from drivers.readers.card import read_card
from drivers.readers.keyed import ClassicSector, DesfireFile, _aes, classic_sector, cmac, desfire_file, read_key
from drivers.readers.pcsc import PcscReader
from drivers.readers.profiles import Generic, WithKeys
from drivers.tags.atr import storage_atr
from tests.drivers import library_tags as tags

CLASSIC = storage_atr(0x03, 0x0001)
DESFIRE = bytes.fromhex("3B8180018080")
UID = bytes.fromhex("04A1B2C3D4E580")
KEY, AES_KEY = bytes.fromhex("A0A1A2A3A4A5"), bytes(range(16))
NOT_SO = b"\x69\x82"


class Classic:
    """A MIFARE Classic behind a PC/SC reader: FF 82 and FF 86 before FF B0, one sector at a time."""

    def __init__(self, key: bytes, memory: bytes, first: int, blocks: int = 4, kind: int = 0x60) -> None:
        self._key, self._memory, self._first, self._blocks, self._kind = key, memory, first, blocks, kind
        self._loaded = b""
        self._free = range(0)

    def transmit(self, apdu: bytes) -> bytes:
        match apdu[1]:
            case 0xCA:
                return UID[:4] + b"\x90\x00"
            case 0x82:
                self._loaded = apdu[5:]
                return b"\x90\x00"
            case 0x86:
                fits = apdu[5:] == bytes((0x01, 0x00, self._first, self._kind, 0x00)) and self._loaded == self._key
                self._free = range(self._first, self._first + self._blocks) if fits else range(0)
                return b"\x90\x00" if fits else b"\x63\x00"
            case _:
                block = apdu[3]
                if block not in self._free:
                    return NOT_SO
                return self._memory[(block - self._first) * 16 :][:16].ljust(16, b"\0") + b"\x90\x00"


class Desfire:
    """A DESFire EV1 with one application and one file, free or behind an AES key, as the card's side computes it."""

    def __init__(self, content: bytes, key: bytes = b"", *, lies: bool = False) -> None:
        self._content, self._key, self._lies = content, key, lies
        self._selected = self._free = False
        self._nonce = self._challenge = self._chain = self._session = b""

    def transmit(self, apdu: bytes) -> bytes:
        if apdu[:2] == b"\x00\xa4":
            return b"\x6a\x82"
        if apdu[:2] == b"\xff\xca":
            return UID + b"\x90\x00"
        assert (apdu[0], apdu[2:4], apdu[-1]) == (0x90, b"\0\0", 0)
        command, body = apdu[1], apdu[5:-1]
        match command:
            case 0x5A:
                self._selected, self._free = body == bytes.fromhex("4088F5"), not self._key
                return b"\x91\x00" if self._selected else b"\x91\xa0"
            case 0xAA if self._selected and self._key and body == b"\x01":
                self._nonce = bytes(range(100, 116))
                self._challenge = self._cbc("encryptor", self._key, bytes(16), self._nonce)
                return self._challenge + b"\x91\xaf"
            case 0xAF:
                told = self._cbc("decryptor", self._key, self._challenge, body)
                theirs, mine = told[:16], told[16:]
                if mine != self._nonce[1:] + self._nonce[:1]:
                    return b"\x91\xae"
                self._free = True
                self._session = theirs[:4] + self._nonce[:4] + theirs[12:] + self._nonce[12:]
                self._chain = bytes(16)
                proof = bytes(16) if self._lies else theirs[1:] + theirs[:1]
                return self._cbc("encryptor", self._key, body[-16:], proof) + b"\x91\x00"
            case 0xBD if self._free and body[0] == 3:
                start, count = int.from_bytes(body[1:4], "little"), int.from_bytes(body[4:7], "little")
                if start + count > len(self._content):
                    return b"\x91\xbe"
                data = self._content[start : start + count]
                return data + (self._seal(bytes((command,)) + body, data) if self._session else b"") + b"\x91\x00"
            case _:
                return b"\x91\x9d"

    def _seal(self, command: bytes, data: bytes) -> bytes:
        for message in (command, data + b"\0"):
            # A CMAC that begins from a chain is one whose first block was mixed with the chain; the padding comes before.
            padded = message if len(message) % 16 == 0 else message + b"\x80" + bytes(-(len(message) + 1) % 16)
            whole = len(message) % 16 == 0
            self._chain = self._cmac(padded, whole=whole)
        return self._chain[:8]

    def _cmac(self, padded: bytes, *, whole: bool) -> bytes:
        zero = self._cbc("encryptor", self._session, bytes(16), bytes(16))
        subkey = int.from_bytes(zero, "big")
        for _ in range(1 if whole else 2):
            subkey = subkey << 1 ^ ((1 << 128 | 0x87) if subkey >> 127 else 0)
        last = (int.from_bytes(padded[-16:], "big") ^ subkey).to_bytes(16, "big")
        return self._cbc("encryptor", self._session, self._chain, padded[:-16] + last)[-16:]

    def _cbc(self, way: str, key: bytes, chain: bytes, blocks: bytes) -> bytes:
        return bytes(getattr(Cipher(AES(key), CBC(chain)), way)().update(blocks))


@pytest.mark.parametrize(("sector", "first", "blocks"), [(0, 0, 4), (1, 4, 4), (31, 124, 4), (32, 128, 16), (39, 240, 16)])
@pytest.mark.parametrize(("key_type", "kind"), [("A", 0x60), ("B", 0x61)])
def test_a_sector_of_a_classic_is_read_with_its_key(sector: int, first: int, blocks: int, key_type: str, kind: int) -> None:
    """All blocks but the one with the keys; large sectors of a 4K card, too."""
    card = Classic(KEY, tags.PASS_18, first, blocks, kind)
    tag = read_card(card.transmit, CLASSIC, reading=ClassicSector(sector, KEY, key_type))
    assert len(tag.memory) == (blocks - 1) * 16
    assert sight((tag,)).number == "29350000036490"


def test_a_classic_with_another_key_gives_its_uid_only() -> None:
    """And is foreign to the library."""
    tag = read_card(Classic(bytes(6), tags.PASS_18, 4).transmit, CLASSIC, reading=ClassicSector(1, KEY))
    assert tag == Tag(UID[:4], CLASSIC)
    assert sight((tag,)).seen is Seen.FOREIGN


@pytest.mark.parametrize("key", [b"", AES_KEY])
def test_a_file_of_a_desfire_is_read(key: bytes) -> None:
    """Free to read, or after both sides have proved that they know the AES key; longer than one answer."""
    file = DesfireFile(bytes.fromhex("F58840"), 3, 48, key, 1)
    tag = read_card(Desfire(tags.PASS_18.ljust(48, b"\0"), key).transmit, DESFIRE, reading=file)
    assert tag.memory == tags.PASS_18.ljust(48, b"\0")
    assert sight((tag,)).number == "29350000036490"


@pytest.mark.parametrize(
    "card",
    [
        pytest.param(Desfire(bytes(48), bytes(16)), id="another key"),
        pytest.param(Desfire(bytes(48)), id="no key where one is wanted"),
        pytest.param(Desfire(bytes(48), AES_KEY, lies=True), id="a card that cannot prove it"),
        pytest.param(Desfire(bytes(16), AES_KEY), id="a file that is too short"),
    ],
)
def test_a_desfire_that_is_not_ours_gives_its_uid_only(card: Desfire) -> None:
    """Nothing that it says is believed."""
    assert read_card(card.transmit, DESFIRE, reading=DesfireFile(bytes.fromhex("F58840"), 3, 48, AES_KEY, 1)) == Tag(UID, DESFIRE)


def test_an_answer_that_was_changed_on_the_way_is_not_believed() -> None:
    """Its CMAC does not fit."""
    card = Desfire(tags.PASS_18, AES_KEY)

    def meddled(apdu: bytes) -> bytes:
        said = card.transmit(apdu)
        return bytes((said[0] ^ 1,)) + said[1:] if apdu[1] == 0xBD else said

    assert read_card(meddled, DESFIRE, reading=DesfireFile(bytes.fromhex("F58840"), 3, 32, AES_KEY, 1)).memory == b""


@pytest.mark.parametrize(
    ("message", "mac"),
    [
        ("", "bb1d6929e95937287fa37d129b756746"),
        ("6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c"),
        ("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411", "dfa66747de9ae63030ca32611497c827"),
    ],
)
def test_cmac_by_the_vectors_of_rfc_4493(message: str, mac: str) -> None:
    encrypt, _ = _aes(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"))
    assert cmac(encrypt, bytes.fromhex(message), bytes(16)).hex() == mac


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=80))
def test_cmac_is_that_of_the_library(key: bytes, message: bytes) -> None:
    """Begun from zeros it is the common one."""
    library = CMAC(AES(key))
    library.update(message)
    assert cmac(_aes(key)[0], message, bytes(16)) == library.finalize()


def test_keyed_cards_and_others_on_one_reader() -> None:
    """With keys set, tags without any are read as before."""
    profile = WithKeys(Generic(), ClassicSector(1, KEY), DesfireFile(bytes.fromhex("F58840"), 3, 32))
    assert profile.read(Classic(KEY, tags.PASS_18, 4).transmit, CLASSIC)[0].memory[:32] == tags.PASS_18[:32]
    assert profile.read(Desfire(tags.PASS_18).transmit, DESFIRE)[0].memory == tags.PASS_18[:32]
    (plain,) = profile.read(lambda apdu: UID + b"\x90\x00" if apdu[1] == 0xCA else b"\x01\x02\x62\x82", storage_atr(0x0B, 0x0014))
    assert plain.memory == b"\x01\x02"


def test_a_key_is_read_from_a_file_of_ones_own(tmp_path: Path) -> None:
    """Hexadecimal, with or without an end of line; others must not be able to read it."""
    file = tmp_path / "key"
    file.write_text(KEY.hex() + "\n")
    file.chmod(0o600)
    assert read_key(str(file), 6) == KEY
    assert KEY.hex() not in repr(classic_sector(1, str(file), "A"))
    file.chmod(0o640)
    with pytest.raises(SettingWrong, match="chmod 600"):
        read_key(str(file), 6)


@pytest.mark.parametrize("content", ["A0A1A2A3A4", "A0A1A2A3A4A5A6", "not the key", ""])
def test_a_file_without_a_key_is_a_wrong_setting_that_does_not_tell_it(tmp_path: Path, content: str) -> None:
    file = tmp_path / "key"
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(SettingWrong) as wrong:
        read_key(str(file), 6)
    assert not content or content not in wrong.value.hint
    assert wrong.value.__cause__ is None


@pytest.mark.parametrize(
    "options",
    [
        {"sector": 40, "key_file": "key"},
        {"sector": 1, "key_type": "C", "key_file": "key"},
        {"sector": 1, "key_file": "no such file"},
        {"desfire_application": "F588"},
        {"desfire_application": "hello!"},
        {"desfire_application": "F58840", "desfire_file": 32},
        {"desfire_application": "F58840", "desfire_key_file": "no such file"},
    ],
)
def test_wrong_settings_are_told_before_anything_is_opened(options: dict[str, object]) -> None:
    with pytest.raises(SettingWrong):
        PcscReader(**options).open()  # type: ignore[arg-type]  # the options of a configuration file


def test_without_the_package_a_key_is_missing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint names the extra to install."""
    file = tmp_path / "key"
    file.write_text(AES_KEY.hex())
    file.chmod(0o600)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers", None)
    with pytest.raises(DeviceMissing, match="desfire"):
        desfire_file("F58840", 3, 32, str(file), 0)
