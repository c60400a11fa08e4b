"""flow_table against absl::flat_hash_map (Abseil, the hash table of Google's programs): nanoseconds a
look-up of a flow by 16 bytes, with a few flows, which fit the processor's caches, and with a million.

Both note the time of the flow and say its slot; ours is called as generated programs call it, and frees
idle and old flows where it must, which the map cannot. They take turns in one process.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.compiling import HERE, NODE, PROGRAM_FLAGS
from benchmarks.tables import column, median, target

ROOT = HERE.parent
INCLUDES = (
    HERE, NODE, ROOT / "ffpf_plugins" / "pc", ROOT / "ffpf_plugins" / "externs",
    ROOT / "ffpf_plugins" / "externs" / "flow_table",
)  # fmt: skip
LIBRARIES = ("absl_flat_hash_map", "absl_hash")
# The map's memory comes in large pages, too, as our state does.
ENVIRONMENT = {**os.environ, "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
ROUNDS = 15  # more than others have: a pass is short, and its noise is not
RATIO = 1.5


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    flows: int
    lookups: int


CASES = (Case("1,000 flows", 1000, 1_000_000), Case("1,000,000 flows", 1_000_000, 4_000_000))


def run(work: Path, packets: int, rounds: int) -> tuple[str, dict[str, object], bool]:
    """`packets` is not used: every case has its number of look-ups."""
    program, has_peer = _compiled(work)
    rows = [["flows", "flow_table, ns", "absl::flat_hash_map", "ours/theirs", "evicted"]]
    verdicts: list[str] = []
    data: dict[str, object] = {}
    good = True
    for case in CASES:
        ours, theirs, evicted = _measured(program, case, max(rounds, ROUNDS))
        made: dict[str, object] = {"nanoseconds": ours, "evicted": evicted}
        row = [case.name, f"{ours:.1f}", "-", "-", str(evicted)]
        if has_peer:
            row[2:4] = [f"{theirs:.1f}", f"{ours / theirs:.2f}"]
            made |= {"absl": theirs, "ratio": ours / theirs}
            line, met = target(f"{case.name}, ours/theirs", ours / theirs, RATIO, True)
            verdicts.append(line)
            good &= met
        rows.append(row)
        data[case.name] = made
    if not has_peer:
        verdicts.append("  no map to compare with: apt-get install g++ pkg-config libabsl-dev")
    return "\n".join(["Look-ups of flows by 16 bytes", column(rows), *verdicts, ""]), data, good


def _compiled(work: Path) -> tuple[Path, bool]:
    """The program that measures, and whether it has the map, which is C++ and may be missing."""
    folder = work / "flows"
    folder.mkdir(exist_ok=True)
    program, ours = folder / "flows_run", folder / "flows_run.o"
    includes = [f"-I{path}" for path in INCLUDES]
    peer = _peer(folder, includes)
    defined = ["-DFLOWS_ABSL"] if peer else []
    source = str(HERE / "flows_run.c")
    subprocess.run(["gcc", *PROGRAM_FLAGS, *includes, *defined, "-c", source, "-o", ours], check=True)
    subprocess.run(["g++" if peer else "gcc", str(ours), *peer, "-o", str(program)], check=True)
    return program, bool(peer)


def _peer(folder: Path, includes: list[str]) -> list[str]:
    """The compiled map and what it is linked with; empty if there is none on this machine."""
    made = folder / "flows_absl.o"
    flags = ["-std=c++17", "-O3", "-march=native", "-DFLOWS_ABSL", *includes]
    try:
        subprocess.run(
            ["g++", *flags, "-c", str(HERE / "flows_absl.cc"), "-o", str(made)],
            check=True, capture_output=True,
        )  # fmt: skip
        linked = subprocess.run(
            ["pkg-config", "--libs", *LIBRARIES], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return []
    return [str(made), *linked.stdout.split()]


def _measured(program: Path, case: Case, rounds: int) -> tuple[float, float, int]:
    """Medians of ours and theirs, and how many flows were evicted."""
    command = [str(program), str(case.flows), str(case.lookups), str(rounds)]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    if done.returncode:
        raise RuntimeError(f"flows_run failed: {done.stderr.strip()}")
    *passes, last = [line.split() for line in done.stdout.splitlines()]
    ours = median(float(a) for a, _ in passes)
    theirs = median(float(b) for _, b in passes)
    return ours, theirs, int(last[1])
