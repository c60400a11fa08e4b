"""Reading a capture, and the whole command against tcpdump.

CPU time (user and system, of the process and all that it started) a packet, as the slope between a
small and a large capture: what starting costs cancels out. Peers in turn, medians over rounds; the
captures are in the page cache.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import traces
from benchmarks.compiling import HERE, compile_c
from benchmarks.tables import column, median, target

READING, COMMAND = 2.5, 0.5
PORT80 = ("port80.fpl", "tcp port 80")


@dataclass(frozen=True, slots=True)
class Contest:
    """Two commands with `{file}` and `{out}` for the capture and the output; the limit is for
    theirs/ours (`at_most` False) or ours/theirs."""

    name: str
    ours: Sequence[str]
    theirs: Sequence[str]
    limit: float
    at_most: bool


def run(work: Path, packets: int, rounds: int) -> tuple[str, dict[str, object], bool]:
    reader = compile_c([HERE / "read_pcap.c"], work / "read_pcap", work, link=("-lpcap",))
    rows = [["", "ours, ns a packet", "theirs", "theirs/ours"]]
    verdicts: list[str] = []
    data: dict[str, object] = {}
    good = True
    for kind, seed, times in (("64", 1, 5), ("imix", 2, 1)):
        files = _captures(work, kind, seed, packets * times)
        for contest in _contests(str(reader.path)):
            ours, theirs = _slopes(contest, files, work / "out.pcap", rounds)
            name = f"{contest.name}, {kind}"
            rows.append([name, f"{ours:.1f}", f"{theirs:.1f}", f"{theirs / ours:.2f}"])
            value = ours / theirs if contest.at_most else theirs / ours
            ratio = "ours/theirs" if contest.at_most else "theirs/ours"
            line, met = target(f"{name}, {ratio}", value, contest.limit, contest.at_most)
            verdicts.append(line)
            good &= met
            data[name] = {"ours": ours, "theirs": theirs, "ratio": value}
    return "\n".join(["CPU time a packet", column(rows), *verdicts, ""]), data, good


def _captures(work: Path, kind: str, seed: int, packets: int) -> tuple[tuple[Path, int], tuple[Path, int]]:
    small = max(packets // 10, 1)
    name = "t64" if kind == "64" else kind
    made = [(traces.make(traces.Trace(name, kind, n, seed), work), n) for n in (small, packets)]
    for file, _ in made:
        file.read_bytes()  # into the page cache
    return made[0], made[1]


def _contests(reader: str) -> list[Contest]:
    ffpf = str(Path(sys.executable).with_name("ffpf"))
    program, expression = PORT80
    read = [ffpf, "run", "--fpl", "RETURN(0);", "-r", "{file}"]
    everything = [ffpf, "run", "--fpl", "RETURN(1);", "-r", "{file}", "-w", "{out}"]
    filtered = [ffpf, "run", str(HERE / "filters" / program), "-r", "{file}", "-w", "{out}"]
    tcpdump = ["tcpdump", "-r", "{file}", "-w", "{out}"]
    return [
        Contest("reading against pcap_next_ex", read, [reader, "{file}"], READING, False),
        Contest("run -r -w against tcpdump", everything, tcpdump, COMMAND, True),
        Contest("run tcp port 80 against tcpdump", filtered, [*tcpdump, expression], COMMAND, True),
    ]


def _slopes(
    contest: Contest, files: tuple[tuple[Path, int], tuple[Path, int]], out: Path, rounds: int
) -> tuple[float, float]:
    """Nanoseconds of CPU a packet of both; the outputs of both must be the same."""
    taken: dict[tuple[str, int], list[float]] = {}
    _cpu([part.format(file=files[0][0], out=out) for part in contest.ours])  # compiled, in the cache
    for round_ in range(rounds):
        for file, count in files:
            written = []
            for side, command in (("ours", contest.ours), ("theirs", contest.theirs)):
                seconds = _cpu([part.format(file=file, out=out) for part in command])
                taken.setdefault((side, count), []).append(seconds)
                written.append(_consumed(out, compare=round_ == 0))
            if written[0] != written[1]:
                raise RuntimeError(f"{contest.name}: the outputs for {file.name} differ")
    few, many = files[0][1], files[1][1]
    middle = {key: median(values) for key, values in taken.items()}
    ours, theirs = (
        (middle[side, many] - middle[side, few]) * 1e9 / (many - few) for side in ("ours", "theirs")
    )
    if ours <= 0 or theirs <= 0:
        raise RuntimeError(f"{contest.name}: noise is larger than what is measured; use more --packets")
    return ours, theirs


def _consumed(out: Path, compare: bool) -> bytes | None:
    """The packets written (the file header has a snapshot length of the writer's choice)."""
    if not out.exists():
        return None
    data = out.read_bytes()[24:] if compare else b""
    out.unlink()
    return data


def _cpu(command: list[str]) -> float:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr is not None
        said = child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {said.strip()}")
    return used.ru_utime + used.ru_stime
