"""The external functions that measure: nanoseconds a call, against other libraries and plain floors.

count_distinct, quantile and top_k are compared with the sketches of Apache DataSketches in C++ (HLL_8 with
2^12 registers, KLL, Frequent Items with 1,536 counters), whose source is taken from its package for Python;
crc32 with zlib's. Where there is none, and besides, stands the least that could be done: a hash and a byte
stored (count_distinct), a hash and a counter (quantile, top_k), in as much memory as ours works on; the
bytes counted in one histogram, without the logarithms (entropy).
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

from benchmarks.compiling import HERE, compile_c
from benchmarks.tables import column, median

VERSION = "4.1.0"  # the last whose package for Python carries the C++
EXTERNS = HERE.parent / "ffpf_plugins" / "externs"


def run(work: Path, packets: int, rounds: int) -> tuple[str, dict[str, object], bool]:
    """`packets` is not used: every call is timed over a million keys or bytes."""
    rows = [["function", "ns a call", "compared with", "ns", "ours/that"]]
    data: dict[str, object] = {}
    for name, variants in _measured(work, rounds).items():
        ours = variants.pop("ours")
        for label, theirs in variants.items():
            ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
            numbers = median(ours), median(theirs), ratio
            rows.append([name, f"{numbers[0]:.2f}", label, f"{numbers[1]:.2f}", f"{ratio:.2f}"])
            data[f"{name}, {label}"] = {"ours": numbers[0], "theirs": numbers[1], "ratio": ratio}
    return "\n".join(["Measuring functions (medians)", column(rows), ""]), data, True


def _measured(work: Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Nanoseconds a call in each round, by case and label."""
    peer = _datasketches(work)
    against = ("-DSKETCHES_PEER", *peer, "-lstdc++", "-lm") if peer else ()
    link = (f"-I{EXTERNS}", *against, "-ldeflate", "-lz")
    program = compile_c([HERE / "sketches_run.c"], work / "sketches_run", work, link=link)
    found: dict[str, dict[str, list[float]]] = {}
    for line in program.run(str(rounds)).splitlines():
        name, label, *nanoseconds = line.split()
        shown = name.replace(",", ", ").replace("-", " ")
        found.setdefault(shown, {})[label] = [float(ns) for ns in nanoseconds]
    return found


def _datasketches(work: Path) -> list[str]:
    """The compiled peer; empty, with a word, where it cannot be had."""
    folder, made = work / f"datasketches-{VERSION}", work / "sketches_peer.o"
    try:
        if not folder.is_dir():
            download = ["download", "-q", "--no-deps", "--no-build-isolation", "--no-binary", ":all:"]
            command = [sys.executable, "-m", "pip", *download, "-d", str(work), f"datasketches=={VERSION}"]
            subprocess.run(command, check=True, capture_output=True)
            with tarfile.open(work / f"datasketches-{VERSION}.tar.gz") as archive:
                archive.extractall(work, filter="data")
        includes = [f"-I{path}" for path in sorted(folder.glob("*/include"))]
        flags = ["-std=c++17", "-O3", "-march=native", f"-I{HERE}", *includes]
        command = ["g++", *flags, "-c", str(HERE / "sketches_peer.cc"), "-o", str(made)]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError, tarfile.TarError) as error:
        print(f"without Apache DataSketches: {error}", file=sys.stderr)
        return []
    return [str(made)]
