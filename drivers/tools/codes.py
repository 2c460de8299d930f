"""The command that says which scanner rule a code fits, and why not the others."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from drivers.errors import SettingWrong
from drivers.scanners.rules import CheckDigit, CodeKind, Rule, deciding
from drivers.tools.options import Json, console, print_json

_FORMS = "kind=pattern, for example pass=2\\d{13}, or {kind = 'pass', prefix = '2', length = 14, check_digit = 'luhn'}"


def try_rule(
    code: Annotated[str, typer.Argument(help="The code as the scanner gives it.")],
    *,
    rules: Annotated[
        list[str] | None, typer.Option("--rule", help=f"A rule: {_FORMS}; may be repeated, the first that fits decides.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A settings file; the rules of its section [scanner] come before those of --rule.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say which rule a scanned code fits, and why it does not fit the others."""
    tried = [*(_configured(config) if config else ()), *(_rule(rule) for rule in rules or ())]
    if not tried:
        raise SettingWrong("Give a rule with --rule, or a settings file that has rules with --config.")
    decided = deciding(tried, code)
    answers = [(rule, rule.against(code)) for rule in tried]
    if as_json:
        rows = [{"rule": str(rule), "fits": not against, "why_not": against, "decides": rule is decided} for rule, against in answers]
        print_json({"kind": decided.kind.value if decided else None, "rules": rows})
        return
    out = console()
    out.print(Text(decided.kind.value if decided else "no rule fits", style="bold"))
    for rule, against in answers:
        told = against or ("fits and decides" if rule is decided else "fits, too, but a rule before it decides")
        out.print(Text(f"  - {rule}: {told}"))


def _configured(path: Path) -> list[Rule]:
    """Raises SettingWrong."""
    try:
        with path.open("rb") as file:
            section = tomllib.load(file).get("scanner", {})
        return [_made(rule) for rule in section.get("rules", ())]
    except (OSError, ValueError, AttributeError) as error:
        raise SettingWrong(f"The rules of {path} cannot be read; {error}.") from error


def _rule(text: str) -> Rule:
    """Raises SettingWrong."""
    if not text.startswith("{"):
        kind, equals, pattern = text.partition("=")
        if not equals:
            raise SettingWrong(f"--rule takes {_FORMS}; not '{text}'.")
        return _made({"kind": kind.strip(), "pattern": pattern})
    try:
        return _made(tomllib.loads(f"rule = {text}")["rule"])
    except tomllib.TOMLDecodeError as error:
        raise SettingWrong(f"--rule takes {_FORMS}; not '{text}'.") from error


def _made(said: Mapping[str, Any]) -> Rule:
    """Raises SettingWrong."""
    try:
        kind, check = CodeKind(said["kind"]), CheckDigit(said.get("check_digit", "none"))
        return Rule(**{**said, "kind": kind, "check_digit": check})
    except (LookupError, TypeError, ValueError) as error:
        raise SettingWrong(f"A rule is wrong: {error}.") from error
