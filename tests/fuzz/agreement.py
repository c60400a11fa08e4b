"""Random programs on random packets, interpreter against the PC target, until time is up."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED, Tried, compare
from tests.differential.programs import PRODUCTIONS

BATCH = 60


def fuzz(seconds: float, seed: int) -> None:
    """Raises AssertionError with seed, program and difference on the first disagreement."""
    tried = Tried()
    end = time.monotonic() + seconds
    compilers = (OPTIMISED, SANITIZED, CLANG_SANITIZED)
    number = 0
    while number == 0 or time.monotonic() < end:
        with tempfile.TemporaryDirectory() as folder:
            compare(seed + number, BATCH, Path(folder), compilers[number % 3], tried, batches=4)
        number += 1
    missing = sorted(PRODUCTIONS - set(tried.hits))
    print(
        f"agreement: seeds {seed} to {seed + number - 1}, {tried.programs} programs "
        f"({tried.refused} more were refused by the checker), {tried.packets} packets; "
        f"{len(PRODUCTIONS) - len(missing)} of {len(PRODUCTIONS)} productions hit"
        + (f", not {', '.join(missing)}" if missing else "")
    )
