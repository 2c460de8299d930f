"""What a settings file may say, and how its faults are told."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pydantic import BaseModel

from kiosk.settings import Backend, Loaded, Settings, SettingsWrong, load

CONFIG = Path(__file__).parent.parent / "config"

Load = Callable[..., Loaded]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    def load_it(text: str, environment: Mapping[str, str] | None = None) -> Loaded:
        file = tmp_path / "hall.toml"
        file.write_text(text, encoding="utf-8")
        return load(file, environment or {})

    return load_it


@pytest.fixture
def faults(loaded: Load) -> Callable[..., list[str]]:
    """The faults of a file that must have some."""

    def faults_of(text: str, environment: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(SettingsWrong) as wrong:
            loaded(text, environment)
        return list(wrong.value.faults)

    return faults_of


def values(model: BaseModel, prefix: str = "") -> dict[str, object]:
    """Every value of a model by its dotted name."""
    found: dict[str, object] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        found |= values(value, f"{prefix}{name}.") if isinstance(value, BaseModel) else {f"{prefix}{name}": value}
    return found


# -- the files that come with the kiosk


def test_documented_defaults_are_the_built_in_ones():
    """Value by value: who copies config/kiosk.toml and changes nothing has a kiosk without a file."""
    assert values(load(CONFIG / "kiosk.toml", {}).settings) == values(Settings())


def test_every_setting_is_documented():
    """Each name stands in config/kiosk.toml, in its section, be it in a comment; options belong to the drivers."""
    text = (CONFIG / "kiosk.toml").read_text(encoding="utf-8")
    sections = {block.partition("]")[0]: block for block in text.split("\n[")[1:]}
    for name in values(Settings()):
        section, _, rest = name.partition(".")
        setting = rest.partition(".")[0]
        if setting not in {"options", "device", "path", "demo_data"}:
            assert f"{setting} = " in sections[section], name


@pytest.mark.parametrize("file", ["kiosk.toml", "demo.toml"])
def test_each_value_says_where_it_is_from(file):
    """Every value that a file gives has its line: the line that says so."""
    lines = (CONFIG / file).read_text(encoding="utf-8").splitlines()
    origins = load(CONFIG / file, {}).origins

    assert origins
    for name, origin in origins.items():
        told, _, number = origin.rpartition(", line ")
        assert told == file
        assert lines[int(number) - 1].startswith(name.partition(".")[2])


def test_demo():
    """Everything simulated, on the embedded library with its demo data."""
    settings = load(CONFIG / "demo.toml", {}).settings

    drivers = (settings.pass_reader.driver, settings.item_reader.driver, settings.scanner.driver, settings.printer.driver)
    assert drivers == ("simulated",) * 4
    assert settings.library.backend is Backend.EMBEDDED
    assert settings.library.demo_data


# -- faults


def test_every_fault_is_told_at_once(faults):
    """With file, line and what was probably meant; nobody has to mend a file fault by fault."""
    told = faults(
        """\
[kiosk]
naam = "hal"
idle_seconds = 5

[pass_reeder]
driver = "simulated"

[pass_reader]
number = { mn = 4 }

[scanner]
rules = [{ kind = "pas", pattern = "*" }]

[item_reader]
secured = 256
lent = -1

[printer]
width_mm = 70
""",
        {"KIOSK_PRINTER_HOSTT": "x", "KIOSK_PRINTER_PORT": "70000"},
    )

    assert sorted(told) == [
        "KIOSK_PRINTER_HOSTT: there is no such setting. Did you mean KIOSK_PRINTER_HOST?",
        "environment, KIOSK_PRINTER_PORT: printer.port: Input should be less than or equal to 65535 (given: 70000).",
        "hall.toml, line 12: scanner.rules.0.kind: Input should be 'pass' or 'item' (given: \"pas\").",
        'hall.toml, line 12: scanner.rules.0.pattern: is no regular expression: nothing to repeat at position 0 (given: "*").',
        "hall.toml, line 15: item_reader.secured: Input should be less than or equal to 255 (given: 256).",
        "hall.toml, line 16: item_reader.lent: Input should be greater than or equal to 0 (given: -1).",
        "hall.toml, line 19: printer.width_mm: Input should be 58 or 80 (given: 70).",
        "hall.toml, line 2: there is no setting kiosk.naam. Did you mean name?",
        "hall.toml, line 3: kiosk.idle_seconds: Input should be greater than or equal to 10 (given: 5).",
        "hall.toml, line 5: there is no setting pass_reeder. Did you mean pass_reader?",
        "hall.toml, line 9: there is no setting pass_reader.number.mn. Did you mean min?",
    ]


def test_word_that_resembles_nothing(faults):
    assert faults("[kiosk]\nqqq = 1\n") == ["hall.toml, line 2: there is no setting kiosk.qqq."]


def test_same_name_in_two_sections(faults):
    """The line is that of the section the fault is in."""
    assert faults('[pass_reader]\ndriver = "pcsc"\n\n[scanner]\ndriver = 3\n')[0].startswith("hall.toml, line 5: scanner.driver:")


@pytest.mark.parametrize(
    ("text", "line"),
    [("[pass_reader.number]\nmin = 0\n", 1), ("[[scanner.rules]]\nkind = 'pass'\n", 1), ("\n\nkiosk.name = 3\n", 1)],
)
def test_other_ways_of_writing_toml(faults, text, line):
    """The line may be that of the section, or the file's first; the value is named all the same."""
    (told,) = faults(text)
    assert told.startswith(f"hall.toml, line {line}: ")


def test_section_that_is_a_value(faults):
    """Also when the environment sets something in that section."""
    for environment in ({}, {"KIOSK_KIOSK_NAME": "hal"}):
        (told,) = faults("kiosk = 3\n", environment)
        assert told.startswith("hall.toml, line 1: kiosk: ")


def test_file_that_is_no_toml(faults):
    (told,) = faults("[kiosk\n")
    assert "this is not TOML" in told
    assert "line 1" in told


def test_file_that_is_no_text(tmp_path):
    file = tmp_path / "hall.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsWrong, match="this is not TOML"):
        load(file, {})


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(SettingsWrong, match=r"nowhere.toml: the settings file cannot be read: No such file or directory\."):
        load(tmp_path / "nowhere.toml", {})


HTTP = '[library]\nbackend = "http"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[kiosk]\nlanguage = "de"\n', ["kiosk.language 'de' is not among kiosk.languages"]),
        (HTTP, ["library.url must say", "library.token_file must name"]),
        (HTTP + 'url = "https://desk"\n', ["library.token_file must name"]),
        (HTTP + 'token_file = "t"\n', ["library.url must say"]),
        (HTTP + 'token_file = "t"\nurl = "http://desk.example.nl"\n', ["is not encrypted; use https://"]),
        ('[printer]\ndriver = "escpos"\n', ["printer.host must say which printer"]),
        ("[pass_reader]\nnumber = { min = 9, max = 8 }\n", ["no pass would ever fit"]),
        ('[printer]\ndriver = "escpos"\n[kiosk]\nlanguage = "de"\n', ["kiosk.language", "printer.host"]),
    ],
)
def test_what_no_single_value_shows(faults, text, told):
    """Values that do not go together; all of them are told."""
    found = faults(text)

    assert len(found) == len(told)
    for sentence, part in zip(found, told, strict=True):
        assert sentence.startswith("hall.toml: ")
        assert part in sentence


@pytest.mark.parametrize("url", ["https://desk.example.nl", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:8080"])
def test_library_over_http(loaded, url):
    """Unencrypted only on this machine."""
    assert loaded(f'{HTTP}url = "{url}"\ntoken_file = "t"\n').settings.library.url == url


# -- the environment


def test_environment_overrides_the_file(loaded):
    """Texts, numbers, booleans and lists; the origin says which variable it was. Other variables are nobody's business."""
    environment = {
        "KIOSK_KIOSK_NAME": "hal 2",
        "KIOSK_PRINTER_HOST": "192.168.1.50",
        "KIOSK_PRINTER_PORT": "9101",
        "KIOSK_KIOSK_FULLSCREEN": "false",
        "KIOSK_KIOSK_LANGUAGES": '["nl"]',
        "KIOSK_ITEM_READER_SECURED": "0x9E",
        "PATH": "/bin",
    }
    found = loaded('[kiosk]\nname = "hal 1"\nfullscreen = true\n', environment)

    assert found.settings.kiosk.name == "hal 2"
    assert found.settings.kiosk.fullscreen is False
    assert found.settings.kiosk.languages == ("nl",)
    assert (found.settings.printer.host, found.settings.printer.port) == ("192.168.1.50", 9101)
    assert found.settings.item_reader.secured == 0x9E
    assert found.origins["kiosk.name"] == "environment, KIOSK_KIOSK_NAME"
    assert found.origins["printer.port"] == "environment, KIOSK_PRINTER_PORT"


@pytest.mark.parametrize("text", ["12", "true", "2026-11-23", "[1]", 'Bibliotheek "Zuid"', "a = b", ""])
def test_text_in_the_environment_stays_text(loaded, text):
    """A kiosk may be called 12; nobody writes quotes in an environment."""
    assert loaded("", {"KIOSK_KIOSK_NAME": text}).settings.kiosk.name == text


def test_quotes_in_the_environment(loaded):
    """Who writes them, as in the file, gets what is between."""
    assert loaded("", {"KIOSK_KIOSK_NAME": '"hal 2"'}).settings.kiosk.name == "hal 2"


# -- paths


def test_paths_are_relative_to_the_file(loaded, tmp_path, monkeypatch):
    """Wherever the kiosk is started from; absolute ones and those of a home folder stay where they are."""
    monkeypatch.setenv("HOME", "/home/kiosk")
    settings = loaded(
        '[kiosk]\nstate_dir = "state"\n[library]\ntoken_file = "~/token"\nca_file = "/etc/ca.pem"\n[printer]\npath = "../paper"\n'
    ).settings

    assert settings.kiosk.state_dir == tmp_path / "state"
    assert settings.library.token_file == Path("/home/kiosk/token")
    assert settings.library.ca_file == Path("/etc/ca.pem")
    assert settings.printer.path == tmp_path / "../paper"


def test_home_of_nobody(faults):
    (told,) = faults('[kiosk]\nstate_dir = "~nobody-of-that-name/x"\n')
    assert told == 'hall.toml, line 2: kiosk.state_dir: there is no such user (given: "~nobody-of-that-name/x").'


def test_empty_file_is_a_kiosk(loaded, tmp_path):
    found = loaded("")

    assert values(found.settings) == values(Settings())
    assert found.file == tmp_path / "hall.toml"
    assert found.origins == {}


def test_settings_cannot_be_changed(loaded):
    with pytest.raises(ValueError, match="frozen"):
        loaded("").settings.kiosk.name = "x"


def test_documented_example_of_a_rule(loaded):
    """The rule that stands in the comment of config/kiosk.toml can be used as it stands there."""
    line = next(line for line in (CONFIG / "kiosk.toml").read_text(encoding="utf-8").splitlines() if line.startswith("rules = "))
    example = line[line.index(": [") + 2 : line.rindex("]") + 1]
    assert tomllib.loads(f"rules = {example}")

    (rule,) = loaded(f"[scanner]\nrules = {example}\n").settings.scanner.rules
    assert rule.kind == "pass"
