"""All measurements: `python -m benchmarks [WHICH ...] [--json FILE]`; all of them without WHICH."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    bench_filters,
    bench_flow_table,
    bench_nodes,
    bench_read,
    bench_search,
    bench_sets,
    bench_sketches,
    bench_start,
)

Result = tuple[str, dict[str, object], bool]


def _arguments(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("which", nargs="*", choices=[*names, []], help="which; all without")
    parser.add_argument("--packets", type=int, default=1_000_000, help="of each trace")
    parser.add_argument("--rounds", type=int, default=11, help="interleaved rounds (medians count)")
    parser.add_argument("--work", type=Path, default=Path("build/bench"), help="folder for traces")
    parser.add_argument("--json", metavar="FILE", help="numbers as JSON; - is standard output")
    parser.add_argument("--strict", action="store_true", help="exit 1 if a target is missed")
    return parser.parse_args()


def main() -> int:
    benches: dict[str, Callable[[Path, int, int], Result]] = {
        "filters": lambda *given: bench_filters.Bench(*given).run(),
        "sets": bench_sets.run,
        "flows": bench_flow_table.run,
        "search": bench_search.run,
        "sketches": bench_sketches.run,
        "read": bench_read.run,
        "nodes": bench_nodes.run,
        "start": bench_start.run,
    }
    options = _arguments(list(benches))
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    numbers: dict[str, object] = {}
    good = True
    for name in options.which or benches:
        text, data, met = benches[name](work, options.packets, options.rounds)
        numbers[name] = data
        good &= met
        print(text, file=sys.stderr if options.json == "-" else sys.stdout, flush=True)
    if options.json == "-":
        print(json.dumps(numbers, indent=2))
    elif options.json:
        Path(options.json).write_text(json.dumps(numbers, indent=2) + "\n", "utf-8")
    return 1 if options.strict and not good else 0


if __name__ == "__main__":
    sys.exit(main())
