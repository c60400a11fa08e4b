"""Many random programs over nodes, compiled without optimising, run by the engine with two threads: they do
what the interpreted tree does."""

from __future__ import annotations

import random
from itertools import count
from pathlib import Path

import pytest

from tests.differential.split_agreement import Tried, make_case
from tests.unit.node_build import engine
from tests.unit.test_tree_engine import packets
from tests.unit.tree_plan import Tree, compile_trees, plan
from tests.unit.tree_running import capture, differences, reference, run

__all__ = ["engine"]
PROGRAMS = 50


@pytest.mark.parametrize("first", [10_000, 20_000, 30_000])
def test_agreement(engine: Path, tmp_path: Path, first: int) -> None:
    cases: list[tuple[int, Tree]] = []
    for seed in count(first):
        case = make_case(seed, Tried())
        if case is not None and case.distributed.cuts:
            cases.append((seed, Tree(case.program, case.distributed, case.programs)))
        if len(cases) == PROGRAMS:
            break
    objects = compile_trees([tree for _, tree in cases], tmp_path, "-O0")
    for (seed, tree), found in zip(cases, objects, strict=True):
        made = packets(random.Random(seed), 25)
        ended = run(engine, tmp_path, plan(tree, found), capture(made), "--threads", "2")
        assert ended.error == ""
        wrong = differences(reference(tree, made), ended, tree, tmp_path)
        assert not wrong, f"seed {seed}: " + "\n".join(wrong)
