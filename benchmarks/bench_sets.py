"""Set membership: nanoseconds a look-up, size of the tables and planning time, by size and kind."""

from __future__ import annotations

import random
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.compiling import HERE, compile_c
from benchmarks.tables import column, target
from ffpf_plugins.pc.sets import c_tables
from fpl3.check.program import NumberSet
from fpl3.setplan import SetPlan, plan
from fpl3.setplan.plans import normal

HEADER = HERE.parent / "ffpf_plugins" / "pc" / "ffpf_sets.h"
VALUES = 65536
CALLS = 1 << 20  # of sets_run.c
PLANNING = 1.0  # seconds, for 100,000 entries
Ranges = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    bits: int
    ranges: Ranges


def _cases() -> Iterator[Case]:
    source = random.Random(30)
    for count in (30, 1000, 100_000):
        singles = [(v, v) for v in (source.getrandbits(32) for _ in range(count))]
        yield Case(f"{count} IPv4 addresses", 32, singles)
        yield Case(f"{count} IPv4 prefixes", 32, [_prefix(source) for _ in range(count)])
    yield Case(
        "100000 MAC addresses", 64, [(v, v) for v in (source.getrandbits(48) for _ in range(100_000))]
    )


def _prefix(source: random.Random) -> tuple[int, int]:
    free = 32 - source.randint(16, 32)
    first = source.getrandbits(32) >> free << free
    return first, first + (1 << free) - 1


def run(work: Path, packets: int, rounds: int) -> tuple[str, dict[str, object], bool]:
    """`packets` is not used: every look-up is timed over a million values."""
    rows = [["set", "kind", "loads", "bytes", "planning s", "ns", "ns, each after the other"]]
    data: dict[str, object] = {}
    slowest = 0.0
    for case in _cases():
        start = time.process_time()
        made = plan(case.ranges, case.bits)
        planning = time.process_time() - start
        slowest = max(slowest, planning)
        free_run, chained = _measured(case, made, work / "sets", rounds)
        rows.append(
            [case.name, made.kind, str(made.loads), str(made.size), f"{planning:.3f}",
             f"{free_run:.2f}", f"{chained:.2f}"]
        )  # fmt: skip
        data[case.name] = {
            "kind": made.kind, "loads": made.loads, "bytes": made.size, "planning": planning,
            "nanoseconds": free_run, "nanoseconds_chained": chained,
        }  # fmt: skip
    line, met = target("planning, slowest, seconds", slowest, PLANNING, True)
    return "\n".join(["Sets, half of the values members", column(rows), line, ""]), data, met


def _measured(case: Case, made: SetPlan, work: Path, rounds: int) -> tuple[float, float]:
    """Compiles the look-up alone and runs it; the members that it finds are counted and checked."""
    work.mkdir(exist_ok=True)
    text, blobs = c_tables(made, "set")
    for name, blob in blobs.items():
        (work / name).write_bytes(blob)
    (work / "ffpf_sets.h").write_bytes(HEADER.read_bytes())
    (work / "set.h").write_text(f'#include "ffpf_sets.h"\n{text}', "ascii")
    values = _values(case)
    (work / "values.bin").write_bytes(array("Q", values).tobytes())
    program = compile_c([HERE / "sets_run.c"], work / "sets_run", work, folder=work)
    free_run, chained, members = program.run(str(work / "values.bin"), str(rounds)).split()
    reference = NumberSet("set", normal(case.ranges, case.bits), ipv6=False)
    expected = sum(value in reference for value in values) * (CALLS // VALUES)
    if int(members) != expected:
        raise RuntimeError(f"{case.name}: {members} members found, {expected} expected")
    return float(free_run), float(chained)


def _values(case: Case) -> list[int]:
    source = random.Random(case.name)
    width = 48 if case.bits == 64 else case.bits
    members = (source.randint(*source.choice(case.ranges)) for _ in range(VALUES // 2))
    values = [*members, *(source.getrandbits(width) for _ in range(VALUES // 2))]
    source.shuffle(values)
    return values
