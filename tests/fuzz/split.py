"""Programs over trees of nodes against the unsplit program, without end: most of them with every node
interpreted, and after each thousand a batch compiled and run by the engine under the sanitizers."""

from __future__ import annotations

import random
import tempfile
import time
from itertools import count
from pathlib import Path

from tests.differential.split_agreement import Case, Tried, compare, make_case
from tests.unit.node_build import SANITIZED, SOURCES, compile_c
from tests.unit.test_tree_engine import packets
from tests.unit.tree_plan import Tree, compile_trees, plan
from tests.unit.tree_running import capture, differences, reference, run

PACKETS = 12
COMPILED = 25
INTERPRETED = 1000


def fuzz(seconds: float, seed: int) -> None:
    """Raises AssertionError with program, nodes, packet and difference."""
    tried, started, compiled = Tried(), time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="ffpf-fuzz-") as name:
        engine = compile_c(Path(name) / "ffpf-node", SOURCES, *SANITIZED)
        for number in count():
            if time.monotonic() - started >= seconds:
                break
            if number % INTERPRETED == 0:
                folder = Path(name) / str(number)
                folder.mkdir()
                compiled += _batch(seed + number, engine, folder)
            compare(seed + number, PACKETS, tried)
    refused = ", ".join(f"{code} {times}" for code, times in tried.refused.most_common())
    print(
        f"split: {tried.programs} programs, {tried.split} split over nodes, {compiled} compiled, "
        f"{tried.packets} packets, {tried.links} sent over links, no difference; refused: {refused}"
    )


def _batch(seed: int, engine: Path, folder: Path) -> int:
    """Compiles and runs programs from a seed on; how many."""
    cases: list[tuple[int, Case]] = []
    for number in count(seed):
        case = make_case(number, Tried())
        if case is not None and case.distributed.cuts:
            cases.append((number, case))
        if len(cases) == COMPILED:
            break
    trees = [Tree(case.program, case.distributed, case.programs) for _, case in cases]
    for (number, case), tree, objects in zip(cases, trees, compile_trees(trees, folder), strict=True):
        made = packets(random.Random(number), 130)
        expected = reference(tree, made)
        for threads in ("1", "3"):
            ended = run(engine, folder, plan(tree, objects), capture(made), "--threads", threads)
            wrong = differences(expected, ended, tree, folder)
            assert not ended.error and not wrong, f"seed {number}, {threads} threads: {wrong}\n{case}"
    return len(cases)
