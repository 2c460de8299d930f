"""Shows what a tag is to people and to scripts, and the command that does so for bytes given by hand. Not for deciding what it is (drivers.tags)."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from drivers import models
from drivers.tags.finding import Finding
from drivers.tags.identify import identify
from drivers.tags.layout import rows
from drivers.tools.options import Json, NdefNumber, console, hex_bytes, masked, one_byte, pattern_of, print_json

Bytes = Annotated[bool, typer.Option("--bytes", help="With --json: name every byte, too.")]


def explain(
    *,
    memory: Annotated[str, typer.Option(help="The tag's memory from block 0 on, as hex; spaces do not matter.")],
    uid: Annotated[str, typer.Option(help="The UID as hex.")] = "",
    atr: Annotated[str, typer.Option(help="The ATR as hex.")] = "",
    afi: Annotated[str, typer.Option(help="The application family byte as hex.")] = "",
    ndef_number: NdefNumber = "",
    as_json: Json = False,
    with_bytes: Bytes = False,
) -> None:
    """Explain a tag whose bytes are given by hand: what it is, why, and what each byte says."""
    content = hex_bytes("memory", memory)
    finding = identify(
        content,
        hex_bytes("uid", uid),
        hex_bytes("atr", atr),
        afi=one_byte("afi", afi),
        models=models.load(),
        ndef_number=pattern_of("ndef-number", ndef_number),
    )
    if as_json:
        print_json(as_dict(finding, content, show_number=True, with_bytes=with_bytes))
    else:
        show(finding, content, show_number=True)


def as_dict(finding: Finding, memory: bytes, *, show_number: bool, with_bytes: bool = False) -> dict[str, object]:
    """A finding as JSON, numbers masked unless they are to be shown."""
    said: dict[str, object] = {
        "kind": finding.kind.value,
        "accepted": finding.accepted,
        "model": finding.model,
        "number": masked(finding.number, show=show_number),
        "owner": finding.owner,
        "usage": finding.usage,
        "parts": finding.parts,
        "part": finding.part,
        "secured": finding.secured,
        "candidates": [{"number": masked(number, show=show_number), "model": model} for number, model in finding.candidates],
        "reasons": list(finding.reasons),
    }
    if with_bytes:
        said["bytes"] = [
            {"offset": offset, "bytes": data, "field": name, "meaning": meaning}
            for offset, data, name, meaning in _lines(finding, memory, show_number=show_number)
        ]
    return said


def show(finding: Finding, memory: bytes, *, show_number: bool) -> None:
    """A finding for people: what it is, the candidates, the reasons, and every byte."""
    out = console()
    verdict = "may be used" if finding.accepted else "damaged" if finding.damaged else "not used"
    out.print(Text(finding.kind.value.replace("_", " "), style="bold") + Text(f": {verdict}"))
    for number, model in finding.candidates:
        out.print(Text(f"  {model:<12} {masked(number, show=show_number)}"))
    for reason in finding.reasons:
        out.print(Text(f"  - {reason}"))
    if memory:
        table = Table("byte", "bytes", "field", "meaning", box=None, title_justify="left", title=_title(finding))
        for offset, data, name, meaning in _lines(finding, memory, show_number=show_number):
            table.add_row(Text(str(offset)), Text(data), Text(name), Text(meaning))
        out.print(table)


def _title(finding: Finding) -> str:
    return "Byte by byte, each block of four turned round" if finding.turned else "Byte by byte"


def _lines(finding: Finding, memory: bytes, *, show_number: bool) -> list[tuple[int, str, str, str]]:
    """Offset, bytes, field and meaning of each row; what may be about a person or an item masked unless it is to be shown."""
    lines = []
    for row in rows(memory, finding):
        hidden = row.secret and not show_number
        data = " ".join("**" for _ in row.data) if hidden else row.data.hex(" ").upper()
        lines.append((row.offset, data, row.name, masked(row.meaning, show=not row.secret or show_number)))
    return lines
