"""A target for the fuzzer atheris, which is not among the project's packages: run it where it is installed, outside CI.

    uv run --with atheris python -m tests.fuzz.fuzz_tags out/corpus -max_total_time=600

The folder keeps what it found; a crash is a file whose bytes are the input. Good tags are put into the folder at the start. The plain test of the same,
with seeded changes instead of a fuzzer, is tests/drivers/test_tags_mutations.py.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from tests.drivers.mutations import ATRS, GOOD, UIDS, look_at


def one_input(data: bytes) -> None:
    """The first byte picks UID and ATR, the rest is the memory."""
    pick = data[0] if data else 0
    look_at(data[1:], UIDS[pick % len(UIDS)], ATRS[pick // len(UIDS) % len(ATRS)])


def main() -> int:
    """Fuzz until stopped; 2 where atheris is not installed."""
    try:
        atheris = importlib.import_module("atheris")
    except ImportError:
        print("atheris is not installed; run: uv run --with atheris python -m tests.fuzz.fuzz_tags out/corpus", file=sys.stderr)
        return 2
    corpus = Path(sys.argv[1]) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else None
    if corpus is not None:
        corpus.mkdir(parents=True, exist_ok=True)
        for number, memory in enumerate(GOOD):
            (corpus / f"good-{number}").write_bytes(bytes((number,)) + memory)
    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
