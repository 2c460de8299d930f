"""The table of drivers."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from drivers import registry
from drivers.contract import Role, SimulatedReader
from drivers.errors import DeviceMissing, Fault, SettingWrong
from drivers.readers.pcsc import PcscReader
from drivers.readers.simulated import SimulatedTagReader

ROWS = [(role, name, where) for role, table in registry.DRIVERS.items() for name, where in table.items()]


@pytest.mark.parametrize(("role", "name", "where"), ROWS, ids=[f"{role}-{name}" for role, name, _ in ROWS])
def test_every_row_names_a_class_that_can_be_loaded(role: Role, name: str, where: str) -> None:
    """No row of the table points nowhere, whether or not the driver's own package is there."""
    module, _, cls = where.partition(":")
    assert isinstance(getattr(import_module(module), cls), type)
    assert registry.available(role)[name] == where


def test_every_role_has_a_simulated_driver() -> None:
    """So that everything can be tried without hardware."""
    assert all("simulated" in registry.DRIVERS[role] for role in Role)


def test_make_makes_the_named_driver_with_its_options() -> None:
    """Nothing is opened yet."""
    assert isinstance(registry.make(Role.PASS_READER, "pcsc", reader="ACS*"), PcscReader)
    reader = registry.make(Role.ITEM_READER, "simulated", writes_afi=False)
    assert isinstance(reader, SimulatedReader)
    assert not reader.capabilities.writes_afi


@pytest.mark.parametrize(
    ("role", "driver", "options", "sentence"),
    [
        (Role.PASS_READER, "pcsk", {}, "There is no pass_reader driver 'pcsk'; did you mean 'pcsc'?"),
        (Role.PASS_READER, "acme", {}, "There is no pass_reader driver 'acme'; there is feig, nfcpy, pcsc, simulated, transcript."),
        (Role.SCANNER, "", {}, "There is no scanner driver ''; there is evdev, serial, simulated."),
        (Role.PASS_READER, "pcsc", {"raeder": "*"}, "The pass_reader driver 'pcsc' has no option 'raeder'; did you mean 'reader'?"),
        (Role.SCANNER, "simulated", {"device": "x"}, "The scanner driver 'simulated' has no option 'device'; it has none."),
        (Role.SCANNER, "serial", {}, "The scanner driver 'serial' needs the option 'device'."),
    ],
)
def test_a_name_that_does_not_exist_is_told_with_the_nearest(role: Role, driver: str, options: dict[str, object], sentence: str) -> None:
    """One sentence that says what to write instead."""
    with pytest.raises(SettingWrong) as caught:
        registry.make(role, driver, **options)
    assert caught.value.hint == sentence


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path where packages of outsiders can be installed."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(packages: Path, *rows: str) -> None:
    """What pip leaves behind of a package with these entry points."""
    metadata = packages / "acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[gastlenen.drivers]\n" + "\n".join(rows) + "\n")


def test_another_package_adds_a_driver_for_its_role(packages: Path) -> None:
    """By entry point; it is listed, made, and is no driver of another role."""
    install(packages, "pass_reader.acme = acme_reader:AcmeReader")
    (packages / "acme_reader.py").write_text(
        "from drivers.readers.simulated import SimulatedTagReader\nclass AcmeReader(SimulatedTagReader): ...\n"
    )
    assert isinstance(registry.make(Role.PASS_READER, "acme", several_tags=False), SimulatedTagReader)
    assert "acme" in registry.available(Role.PASS_READER)
    assert "acme" not in registry.available(Role.ITEM_READER)


def test_another_package_does_not_replace_ours(packages: Path) -> None:
    """A driver of the same name is not taken."""
    install(packages, "pass_reader.pcsc = nowhere:Nothing")
    assert registry.available(Role.PASS_READER)["pcsc"] == registry.DRIVERS[Role.PASS_READER]["pcsc"]


@pytest.mark.parametrize("where", ["nowhere_at_all:Reader", "json:Reader"])
def test_a_driver_that_cannot_be_loaded_is_missing(packages: Path, where: str) -> None:
    """Its module or its class is not there: package_missing, with the place."""
    install(packages, f"pass_reader.acme = {where}")
    with pytest.raises(DeviceMissing) as caught:
        registry.make(Role.PASS_READER, "acme")
    assert caught.value.reason is Fault.PACKAGE_MISSING
    assert where in caught.value.hint


def test_nothing_is_touched_at_import() -> None:
    """Importing every driver loads no library of a device: each is loaded when its device is opened."""
    modules = sorted({where.partition(":")[0] for _, _, where in ROWS} | {"drivers.__main__", "drivers.supervisor"})
    program = f"import sys, {', '.join(modules)}; print([name for name in ('smartcard', 'serial', 'evdev', 'escpos', 'usb', 'usb1', 'nfc', 'cryptography') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
