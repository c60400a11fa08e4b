"""Many programs in one translation unit: compiled once, run on the same packets, outcomes read back."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ffpf.results import Row
from ffpf_plugins.pc import target
from fpl3.check.program import Checked
from fpl3.passes.pipeline import run_passes
from tests.differential.packets import TestPacket

HARNESS = Path(__file__).with_name("harness.c")
ABORTS = ("out_of_bounds", "absent_field", "memory_index", "division", "loop_budget")


@dataclass
class Outcome:
    """What a program did with a batch: everything that language.md section 6 lists."""

    runs: int = 0
    aborts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ABORTS, 0))
    deliveries: list[tuple[int, int, int, bytes]] = field(default_factory=list)
    transmits: list[tuple[int, bytes]] = field(default_factory=list)
    alerts: list[tuple[int, int, int]] = field(default_factory=list)
    memory: dict[tuple[str, int], int] = field(default_factory=dict)
    externs: dict[str, list[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class Compiled:
    """An executable that holds `count` programs."""

    executable: Path
    count: int

    def run(self, packets: Sequence[TestPacket], folder: Path) -> list[Outcome]:
        path = write_packets(packets, folder)
        done = subprocess.run([self.executable, path], capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr[-4000:]
        outcomes = _parse(done.stdout)
        assert len(outcomes) == self.count
        return outcomes


def write_packets(packets: Sequence[TestPacket], folder: Path) -> Path:
    """The file that the harness reads."""
    path = folder / "packets.bin"
    path.write_bytes(b"".join(map(_record, packets)))
    return path


def _record(p: TestPacket) -> bytes:
    head = struct.pack("=IIIIQ", len(p.data), p.length, p.port, p.link, p.timestamp)
    return head + p.data


def _parse(text: str) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for line in text.splitlines():
        kind, *rest = line.split(" ")
        if kind == "P":
            outcomes.append(Outcome())
            continue
        o = outcomes[-1]
        if kind == "R":
            o.runs = int(rest[0])
            o.aborts = dict(zip(ABORTS, map(int, rest[1:]), strict=True))
        elif kind == "D":
            packet, part, verdict = map(int, rest[:3])
            o.deliveries.append((packet, part, verdict, bytes.fromhex(rest[3])))
        elif kind == "T":
            o.transmits.append((int(rest[0]), bytes.fromhex(rest[1])))
        elif kind == "A":
            packet, part, rule = map(int, rest)
            o.alerts.append((packet, part, rule))
        elif kind.startswith("X"):
            _shown(o, kind, rest)
        else:
            o.memory[rest[0], int(rest[1])] = int(rest[2])
    return outcomes


def _shown(o: Outcome, kind: str, rest: list[str]) -> None:
    """What an external function shows; the last one that was named is meant."""
    if kind == "X":
        o.externs[rest[0]] = []
        return
    rows = o.externs[next(reversed(o.externs))]
    match kind:
        case "XR":
            rows.append({})
        case "XV":
            rows[-1][rest[0]] = int(rest[1])
        case "XF":
            rows[-1][rest[0]] = float(rest[1])
        case "XT":
            rows[-1][rest[0]] = " ".join(rest[1:])


def compile_batch(programs: Sequence[Checked], folder: Path, flags: Sequence[str]) -> Compiled:
    """Emits every program with a prefix of its own and compiles them together."""
    texts, instances, names = [], [], []
    for number, checked in enumerate(programs):
        prefix = f"p{number}_"
        program = run_passes(checked, check=True)
        printed = target.print_program(program, prefix)
        texts.append(printed.text)
        instances += program.externs
        names.append(f"&{prefix}ffpf_object")
        for name, blob in printed.blobs.items():
            (folder / name).write_bytes(blob)
    for name, content in target.runtime_files(instances).items():
        (folder / name).write_bytes(content)
    table = f"const struct ffpf_object *const harness_objects[] = {{{', '.join(names)}, NULL}};\n"
    source = folder / "programs.c"
    source.write_text(target.preamble(instances) + "".join(texts) + table)
    executable = folder / "harness"
    command = [*flags, "-std=c11", "-Wall", "-Wextra", "-Werror", "-march=native", "-I.", "-o"]
    compiler, *rest = command
    linked = [f"-l{library.name}" for library in target.libraries(instances)]
    done = subprocess.run(
        [compiler, *rest, executable, source.name, HARNESS, *linked],
        cwd=folder, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[:6000]
    return Compiled(executable, len(programs))
