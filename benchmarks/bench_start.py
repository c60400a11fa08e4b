"""From the command to its end: starting, compiling, sets of 100,000 entries, parsing.

Wall-clock seconds of whole `ffpf run` commands on the sample capture: first with a cache that holds the
node engine but not the program, then with the program too; medians over rounds.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from ipaddress import IPv4Network, IPv6Address
from pathlib import Path

from benchmarks.compiling import HERE
from benchmarks.parse_speed import seconds_to_parse, typical_program
from benchmarks.tables import column, median, target

EXAMPLES = HERE.parent / "examples"
ENTRIES = 100_000
CACHED, UNCACHED, LARGE_SET, LINES = 0.5, 2.0, 2.0, 5000.0
MOST_ROUNDS = 5


def run(work: Path, packets: int, rounds: int) -> tuple[str, dict[str, object], bool]:
    """`packets` is not used: the capture is the sample that comes with the examples."""
    rows = [["program", "not compiled before, s", "compiled before, s"]]
    data: dict[str, object] = {}
    checks: list[tuple[str, bool]] = []
    for name, (program, limit) in _programs(work / "start").items():
        first, again = _seconds(program, work / "start", min(rounds, MOST_ROUNDS))
        rows.append([name, f"{first:.2f}", f"{again:.2f}"])
        data[name] = {"uncached": first, "cached": again}
        checks.append(target(f"{name}, not compiled before, seconds", first, limit, True))
        checks.append(target(f"{name}, compiled before, seconds", again, CACHED, True))
    speed = _lines_a_second()
    data["parse"] = {"lines_a_second": speed}
    checks.append(target("lines of FPL-3 parsed in a second", speed, LINES, False))
    shown = ["Start to finish of ffpf run", column(rows), *(line for line, _ in checks), ""]
    return "\n".join(shown), data, all(met for _, met in checks)


def _programs(folder: Path) -> dict[str, tuple[Path, float]]:
    """Programs by name, and within how many seconds they are to be compiled and run."""
    folder.mkdir(exist_ok=True)
    source = random.Random(100)
    kinds = {
        f"{ENTRIES} IPv4 addresses": ("IP", lambda: IPv4Network(source.getrandbits(32))),
        f"{ENTRIES} IPv4 prefixes": ("IP", lambda: _prefix(source)),
        f"{ENTRIES} IPv6 addresses": ("IP6", lambda: IPv6Address(source.getrandbits(128))),
    }
    found = {"figure4.fpl": (EXAMPLES / "figure4.fpl", UNCACHED)}
    for number, (name, (header, entry)) in enumerate(kinds.items()):
        lines = "".join(f"{str(entry()).removesuffix('/32')}\n" for _ in range(ENTRIES))
        (folder / f"set{number}.txt").write_text(lines, "ascii")
        program = folder / f"set{number}.fpl"
        program.write_text(
            f'SET hosts FROM "set{number}.txt";\nRETURN(PKT.{header}.SRC IN hosts);\n', "ascii"
        )
        found[name] = program, LARGE_SET
    return found


def _prefix(source: random.Random) -> IPv4Network:
    return IPv4Network((source.getrandbits(32), source.randint(16, 32)), strict=False)


def _seconds(program: Path, work: Path, rounds: int) -> tuple[float, float]:
    first, again = [], []
    cache, other = work / "cache", work / "other.fpl"
    other.write_text("RETURN(0);\n", "ascii")
    for _ in range(rounds):
        shutil.rmtree(cache, ignore_errors=True)
        _taken(other, cache)
        first.append(_taken(program, cache))
        again.append(_taken(program, cache))
    return median(first), median(again)


def _taken(program: Path, cache: Path) -> float:
    """Seconds of a run; Python's modules are compiled, as in an installed package."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    ffpf = Path(sys.executable).with_name("ffpf")
    command = [str(ffpf), "run", str(program), "-r", str(EXAMPLES / "sample.pcap"), "--json", "-"]
    start = time.monotonic()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def _lines_a_second() -> float:
    text = typical_program(10_000)
    return text.count("\n") / min(seconds_to_parse(text) for _ in range(3))
