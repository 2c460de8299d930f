"""The files for the machine's own services: read as those services read them, since most machines cannot load them in a test."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

LINUX = Path(__file__).parents[2] / "config" / "linux"
UNITS = ("gastlenen-kiosk.service", "gastlenen-desk.service")

_RULE = re.compile(r'(?P<key>[A-Z_]+)(?:\{(?P<attribute>[A-Za-z_]+)\})?(?P<operator>==|!=|\+=|=)"(?P<value>[^"]*)"')
_MATCHES = {"SUBSYSTEM", "KERNEL", "ATTR", "ATTRS", "ENV"}
_SETS = {"GROUP", "MODE"}


def lines(name: str, comment: str = "#") -> list[str]:
    """What stands in a file, without comments and empty lines."""
    return [line for line in map(str.strip, (LINUX / name).read_text().splitlines()) if line and not line.startswith(comment)]


def rules() -> list[list[re.Match[str]]]:
    found = []
    for line in lines("70-gastlenen.rules"):
        parts = [_RULE.fullmatch(part) for part in line.split(", ")]
        assert all(parts), line
        found.append([part for part in parts if part])
    return found


def matches(rule: list[re.Match[str]], **device: str) -> bool:
    """Whether a rule is for this device; a pattern with * as udev has it."""
    for part in rule:
        if part["key"] in _SETS:
            continue
        told = device.get(part["attribute"] or part["key"], "")
        if not re.fullmatch(re.escape(part["value"]).replace(r"\*", ".*").replace(r"\[0\-9\]", "[0-9]"), told):
            return False
    return True


def test_every_udev_rule_matches_something_and_opens_it_to_the_group_only() -> None:
    """Keys and operators that udev knows; each rule names a subsystem; nothing is opened to everybody."""
    assert rules()
    for rule in rules():
        for part in rule:
            assert part["key"] in _MATCHES | _SETS
            assert (part["operator"] == "=") == (part["key"] in _SETS)
            assert (part["attribute"] is not None) == (part["key"] in {"ATTR", "ATTRS", "ENV"})
        told = {part["key"]: part["value"] for part in rule}
        assert told["SUBSYSTEM"]
        assert (told["GROUP"], told["MODE"]) == ("gastlenen", "0660")


@pytest.mark.parametrize(
    ("device", "fits"),
    [
        ({"SUBSYSTEM": "usb", "DEVTYPE": "usb_device", "idVendor": "072f"}, True),
        ({"SUBSYSTEM": "usb", "DEVTYPE": "usb_device", "idVendor": "04e6"}, True),
        ({"SUBSYSTEM": "tty", "KERNEL": "ttyACM0"}, True),
        ({"SUBSYSTEM": "tty", "KERNEL": "ttyUSB12"}, True),
        ({"SUBSYSTEM": "tty", "KERNEL": "tty1"}, False),
        ({"SUBSYSTEM": "input", "KERNEL": "event7", "idVendor": "05e0"}, True),
        ({"SUBSYSTEM": "input", "KERNEL": "event7", "idVendor": "046d"}, False),
        ({"SUBSYSTEM": "hidraw", "KERNEL": "hidraw0", "idVendor": "0c2e"}, True),
        ({"SUBSYSTEM": "usbmisc", "KERNEL": "lp0"}, True),
        ({"SUBSYSTEM": "usb", "DEVTYPE": "usb_device", "ID_USB_INTERFACES": ":070102:"}, True),
        ({"SUBSYSTEM": "usb", "DEVTYPE": "usb_device", "ID_USB_INTERFACES": ":080650:"}, False),
    ],
)
def test_the_devices_of_a_kiosk_are_opened_and_no_others(device: dict[str, str], *, fits: bool) -> None:
    """Readers, scanners, printers; not the console, a keyboard, or a memory stick."""
    assert any(matches(rule, **device) for rule in rules()) is fits


def test_the_polkit_rule_answers_for_the_group_and_for_nobody_else() -> None:
    """Both actions of pcsc-lite; brackets balance; everything else is left to other rules."""
    text = "\n".join(lines("50-gastlenen-pcscd.rules", "//"))
    assert set(re.findall(r'"(org\.[a-z.-]+_[a-z]+)"', text)) == {"org.debian.pcsc-lite.access_pcsc", "org.debian.pcsc-lite.access_card"}
    assert 'subject.isInGroup("gastlenen")' in text
    assert re.findall(r"polkit\.Result\.(\w+)", text) == ["YES", "NOT_HANDLED"]
    for opening, closing in ("()", "{}"):
        assert text.count(opening) == text.count(closing)
    if node := shutil.which("node"):
        subprocess.run([node, "--check", "-"], input=text, text=True, check=True, timeout=30)


def test_the_kernels_nfc_drivers_are_kept_away() -> None:
    """Each is blacklisted, and not loaded by another module either."""
    told = [line.split() for line in lines("gastlenen-nfc.conf")]
    blacklisted = {words[1] for words in told if words[0] == "blacklist"}
    assert {"pn533", "pn533_usb", "nfc"} <= blacklisted
    assert blacklisted == {words[1] for words in told if words[0] == "install" and words[2] == "/bin/false"}
    assert {words[0] for words in told} == {"blacklist", "install"}


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_whole_and_hardened(unit: str) -> None:
    """It comes back by itself, runs as a user of its own, and can change nothing but its own state."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # the way configparser is told to keep the case
    parser.read(LINUX / unit)
    service = parser["Service"]
    assert service["Type"] in ("simple", "exec")
    assert service["Restart"] == "always"
    assert service["User"].startswith("gastlenen-")
    for key, value in {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
        "RestrictSUIDSGID": "yes",
        "StateDirectory": service["User"],
    }.items():
        assert service[key] == value
    assert parser["Install"]["WantedBy"].endswith(".target")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_no_fault_in_a_unit(unit: str, tmp_path: Path) -> None:
    """Every key and value is known to it; the program stands in for ours, which is not installed where the tests run."""
    text = (LINUX / unit).read_text()
    copy = tmp_path / unit
    copy.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text, flags=re.MULTILINE))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if unit in line]) == (0, [])
    security = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=50", copy], capture_output=True, text=True, check=False, timeout=60
    )
    assert security.returncode == 0, security.stdout[-300:]
