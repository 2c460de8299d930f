"""What it costs to say what a tag is: the usual pass, the worst that was found, and 500,000 changed tags on two processes (goal: under 60 s on two cores)."""

from __future__ import annotations

import json
import multiprocessing
import time
import tracemalloc
from collections.abc import Callable

from drivers.contract import Tag, sight
from drivers.tags import iso28560_2
from drivers.tags.atr import storage_atr
from drivers.tags.compaction import Compaction
from drivers.tags.identify import identify
from tests.drivers import library_tags as tags
from tests.drivers.mutations import NUMBER, mutated, told

COUNT, PROCESSES = 500_000, 2

_USUAL = (Tag(bytes.fromhex("E00401505A89BDE3"), storage_atr(), tags.PASS_18.ljust(64, b"\0")),)


def hostile() -> tuple[bytes, ...]:
    """Memories that make every model work as long as it can: long objects, endless fillers, nothing but heads, ten megabytes."""
    first = iso28560_2.element(1, "29350000036490")
    objects = iso28560_2.encode((first, *(iso28560_2.element(oid, "A" * 200, Compaction.FIVE_BIT) for oid in (6, 7, 8, 9, 10))))
    return (
        objects,
        bytes(16) + objects,
        tags.PASS_LONG_OWNER + b"\x01" * 4096,
        tags.PASS_LONG_OWNER + b"\x04\x07\x00\x03" * 1024,
        bytes.fromhex("E1400801") + bytes(4096),
        b"\x11" * 10_000_000,
        bytes(10_000_000),
    )


def figures(count: int = COUNT, processes: int = PROCESSES) -> dict[str, float]:
    """Microseconds of `sight` for a usual pass; the worst of `identify` in microseconds and kilobytes; seconds for the changed tags on all processes."""
    began = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        seen = sum(pool.starmap(_share, [(seed, count // processes) for seed in range(processes)]))
    seconds = time.perf_counter() - began
    return {
        "sight_usual_us": _best(lambda: sight(_USUAL), 2000) * 1e6,
        "identify_worst_us": max(_best(lambda memory=memory: identify(memory, b"\xe0" * 8), 20) for memory in hostile()) * 1e6,
        "identify_worst_kb": max(_memory(memory) for memory in hostile()) / 1024,
        "mutations": seen,
        "mutations_s": seconds,
    }


def _share(seed: int, count: int) -> int:
    seen = 0
    for memory, uid, atr in mutated(seed, count):
        told(memory, uid, atr)
        seen += 1
    return seen


def _best(work: Callable[[], object], turns: int) -> float:
    """Seconds of one turn in the best of five rounds."""
    rounds = []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(turns):
            work()
        rounds.append((time.perf_counter() - began) / turns)
    return min(rounds)


def _memory(memory: bytes) -> int:
    tracemalloc.start()
    identify(memory, b"\xe0" * 8, ndef_number=NUMBER)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


if __name__ == "__main__":
    print(json.dumps(figures(), indent=2))
