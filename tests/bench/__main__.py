"""`make bench`: every figure, beside its floor measured in the same run and what it is to reach; a table on the terminal and out/bench.json.

Compare within a run; a figure of one machine says nothing about another. `python -m tests.bench P2 P9` measures some of them.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import bench_kiosk, bench_screen, bench_verdict

OUT = Path(__file__).parents[2] / "out" / "bench.json"


@dataclass(frozen=True)
class Row:
    """One figure: what was measured, in which unit, what is to be reached, and the floor where there is one."""

    figure: str
    what: str
    measured: float
    unit: str
    reach: float
    floor: float | None = None

    @property
    def reached(self) -> bool:
        return self.measured <= self.reach


def _verdict() -> list[Row]:
    seen = bench_verdict.verdict()
    trip = seen["floor_round_trip_ms_p50"]
    return [
        Row("P1", "pass to verdict, less the round trip, p50", seen["P1_ms_p50"], "ms", 2, trip),
        Row("P1", "pass to verdict, less the round trip, p99", seen["P1_ms_p99"], "ms", 6, seen["floor_round_trip_ms_p99"]),
    ]


def _tapped() -> list[Row]:
    seen = bench_kiosk.measure("tapped")["tapped"]
    return [
        Row("P2", "pass to first page change, p50", seen["P2_ms_p50"], "ms", 12),
        Row("P2", "pass to first page change, p99", seen["P2_ms_p99"], "ms", 33),
    ]


def _wake() -> list[Row]:
    seen = bench_screen.measure("wake")["wake"]
    return [Row("P8", "wake-up from idle, thread, p99", seen["p99_ms"], "ms", 2)]


def _idle() -> list[Row]:
    seen = bench_screen.measure("idle")["idle"]
    return [
        Row("P9", "idle, attract standing still", seen["cpu_percent"], "% of a core", 0.10),
        Row("P9", "idle, wake-ups", seen["wakeups_per_second"], "a second", 4),
    ]


def _breathing() -> list[Row]:
    seen = bench_screen.measure("breathing")["breathing"]
    return [Row("P10", "moving attract page", seen["cpu_percent"], "% of a core", 9)]


def _memory() -> list[Row]:
    seen = bench_kiosk.measure("memory")["memory"]
    return [Row("P11", "memory (PSS) after 100 visits, full size", seen["P11_pss_mb"], "MB", 130)]


def _start() -> list[Row]:
    seen = bench_kiosk.measure("start")["start"]
    if "P12_ratio" not in seen:
        return [Row("P12", "start to first page (no Chromium here to compare with)", seen["P12_kiosk_ms"], "ms", float("inf"))]
    return [Row("P12", "start to first page / Chromium", seen["P12_ratio"], "x", 0.85, seen["P12_floor_chromium_ms"])]


FIGURES: dict[str, Callable[[], list[Row]]] = {
    "P1": _verdict,
    "P2": _tapped,
    "P8": _wake,
    "P9": _idle,
    "P10": _breathing,
    "P11": _memory,
    "P12": _start,
}


def main() -> None:
    """Measure and tell."""
    wanted = sys.argv[1:] or list(FIGURES)
    unknown = [name for name in wanted if name not in FIGURES]
    if unknown:
        sys.exit(f"There is no figure {', '.join(unknown)}; there is {', '.join(FIGURES)}.")
    console = Console(width=max(100, shutil.get_terminal_size().columns))
    rows: list[Row] = []
    with console.status("") as status:
        for name in wanted:
            status.update(f"measuring {name} …")
            rows.extend(FIGURES[name]())
    table = Table("", "what", "measured", "to reach", "floor", "")
    for row in rows:
        floor = f"{row.floor:.2f}" if row.floor is not None else ""
        mark = "[green]reached[/]" if row.reached else "[yellow]not reached[/]"
        table.add_row(row.figure, row.what, f"{row.measured:.2f} {row.unit}", f"{row.reach:g}", floor, mark)
    console.print(table)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps([{**asdict(row), "reached": row.reached} for row in rows], indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
