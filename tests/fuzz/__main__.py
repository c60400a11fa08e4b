"""All fuzzers in turn, or those that are named: `python -m tests.fuzz [WHICH ...] --seconds N --seed S`."""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.fuzz import agreement, captures, grammar, split


def _captures(seconds: float, seed: int) -> None:
    """libFuzzer on both targets of the capture readers; a finding stays in the folder that is named."""
    folder = Path(tempfile.mkdtemp(prefix="ffpf-fuzz-"))
    share = max(1, int(seconds / len(captures.TARGETS)))
    for target in captures.TARGETS:
        status = captures.fuzz(target, share, folder)
        if status:
            raise SystemExit(f"captures: {target} found something; it is in {folder}")
    shutil.rmtree(folder)
    print(f"captures: {len(captures.TARGETS)} targets, {seconds:.0f} s, no finding")


FUZZERS: dict[str, Callable[[float, int], None]] = {
    "agreement": agreement.fuzz,
    "split": split.fuzz,
    "grammar": grammar.fuzz,
    "captures": _captures,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("which", nargs="*", help=f"{', '.join(FUZZERS)}; all without")
    parser.add_argument("--seconds", type=float, default=600, help="in all (600)")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    chosen = options.which or list(FUZZERS)
    unknown = sorted(set(chosen) - set(FUZZERS))
    if unknown:
        parser.error(f"no fuzzer {', '.join(unknown)}; there are {', '.join(FUZZERS)}")
    print(f"seed {options.seed}", flush=True)
    for name in chosen:
        FUZZERS[name](options.seconds / len(chosen), options.seed)


main()
