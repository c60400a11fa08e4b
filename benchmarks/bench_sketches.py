"""The external functions that measure: nanoseconds a call, against zlib and against plain floors.

crc32 is compared with zlib's. For the others there is no library in C that makes the same thing; they are
compared with the least that could be done: a hash and a byte stored (count_distinct), a hash and a
counter (quantile, top_k), in as much memory as ours works on; what must be read added up (estimate,
at); the bytes counted in one histogram, without the logarithms (entropy).
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.compiling import HERE, compile_c
from benchmarks.tables import column, median

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
            data[name] = {"nanoseconds": numbers[0], label: numbers[1], "ratio": ratio}
    return "\n".join(["Measuring functions (medians)", column(rows), ""]), data, True


def _measured(work: Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    """Nanoseconds a call in each round, by case and label."""
    program = compile_c(
        [HERE / "sketches_run.c"], work / "sketches_run", work,
        link=(f"-I{EXTERNS}", "-ldeflate", "-lz"),
    )  # fmt: skip
    found: dict[str, dict[str, list[float]]] = {}
    for line in program.run(str(rounds)).splitlines():
        name, label, *nanoseconds = line.split()
        shown = name.replace(",", ", ").replace("-", " ")
        found.setdefault(shown, {})[label] = [float(ns) for ns in nanoseconds]
    return found
