"""Runs the engine on a plan, and says what the reference makes of the same packets."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ffpf.engine import COUNTS, EVENT
from ffpf.registry import twins
from fpl3.interpreter import Packet
from fpl3.split.tree_run import TreeInterpreter, TreeOutcome, merged_memory
from tests.differential.packets import TestPacket
from tests.unit.node_captures import NANO, pcap, read_all
from tests.unit.tree_plan import Tree

SECOND = 1_000_000_000
Record = tuple[int, int, bytes]  # timestamp, length, data
Alert = tuple[int, int, int, int, bytes]  # packet, part, gid, sid, first bytes


@dataclass
class Told:
    """What a run says; `alerts` only if the rules of the nodes are known."""

    counts: dict[str, int] = field(default_factory=dict)
    aborts: dict[str, int] = field(default_factory=dict)
    verdicts: dict[int, int] = field(default_factory=dict)
    memory: dict[str, dict[int, int]] = field(default_factory=dict)
    nodes: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    written: list[Record] = field(default_factory=list)
    frames: list[Record] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)


@dataclass
class Ended(Told):
    """A run of the engine."""

    externs: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    rules: Counter[tuple[int, int]] = field(default_factory=Counter)
    status: tuple[int, str] = (0, "-")
    error: str = ""
    text: str = ""


def capture(packets: Sequence[TestPacket]) -> bytes:
    return pcap([(*divmod(p.timestamp, SECOND), p.data, p.length) for p in packets], magic=NANO)


def run(engine: Path, folder: Path, plan: str, data: bytes, *more: str, files: bool = True) -> Ended:
    """The engine has to end as it says, without a word of the sanitizers."""
    (folder / "plan").write_text(plan)
    (folder / "input").write_bytes(data)
    command = [str(engine), "--plan", "plan", "--read", "input", "--results", "1", *more]
    if files:
        command += ["--write", "written.pcap", "--tx", "frames.pcap"]
    with (folder / "events").open("wb") as events:
        command += ["--events", str(events.fileno())]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, pass_fds=[events.fileno()], timeout=120
        )
    assert done.stderr == "", done.stderr
    assert done.stdout.endswith("end\n"), done.stdout
    ended = report(done.stdout)
    assert done.returncode == ended.status[0]
    if files and ended.status[0] == 0:
        ended.written = _records(folder / "written.pcap")
        ended.frames = _records(folder / "frames.pcap")
    return ended


def _records(path: Path) -> list[Record]:
    packets, error = read_all(path)
    assert error is None
    return [(p.timestamp, p.length, p.data) for p in packets]


def report(text: str) -> Ended:
    """The lines of node/report.c."""
    told = Ended(text=text)
    names: list[str] = []
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word in COUNTS:
            told.counts[word] = int(rest)
            continue
        match word, *rest.split(" "):
            case "abort", name, count:
                told.aborts[name] = int(count)
            case "verdict", verdict, count:
                told.verdicts[int(verdict)] = int(count)
            case "array", name, *_:
                assert name not in told.memory
                words = told.memory[name] = {}
            case "word", index, value:
                words[int(index)] = int(value)
            case "extern", name, _:
                assert name not in told.externs
                rows = told.externs[name] = []
            case "row", _:
                rows.append({})
            case "number" | "real" | "text", name, *values:
                rows[-1][name] = " ".join(values)
            case "alert", gid, sid, count:
                told.rules[int(gid), int(sid)] += int(count)
            case "node", name, *numbers, _:
                packets, runs, delivered = map(int, numbers)
                told.nodes[name] = packets, runs, delivered
                names.append(name)
            case "sent", node, receiver, count:
                told.sent[names[int(node)], receiver] = int(count)
            case "lost", node, receiver, loss, count:
                told.lost[names[int(node)], receiver, loss] = int(count)
            case "status", code, kind:
                told.status = int(code), kind
            case "error", *_:
                told.error = rest
    return told


def alerts(folder: Path, tree: Tree) -> list[Alert]:
    """The alerts that the last run streamed; a rule counts through those of all nodes in their order."""
    rules = [r for name in tree.order if name in tree.programs for r in tree.programs[name].rules]
    found, data, at = [], (folder / "events").read_bytes(), 0
    while at < len(data):
        packet, _, rule, part, _, _, _, size = EVENT.unpack_from(data, at)
        at += EVENT.size + size
        found.append((packet, part, rules[rule].gid, rules[rule].sid, data[at - size : at]))
    return found


def reference(tree: Tree, packets: Sequence[TestPacket], shared: dict[str, object] | None = None) -> Told:
    """Every node interpreted, in the engine's order: root packet, part, node, order on the node."""
    found = {name: twins(program.externs) for name, program in tree.programs.items()}
    interpreter = TreeInterpreter(tree.distributed, tree.programs, found, check_ranges=True)
    told = Told(counts=dict.fromkeys(COUNTS, 0))
    nodes: dict[str, list[int]] = {name: [0, 0] for name in tree.order}
    for number, p in enumerate(packets, 1):
        outcome = interpreter.run(Packet(p.data, p.length, p.timestamp, p.port, p.link))
        _add(told, nodes, tree, outcome, p, number)
    told.nodes = {name: (interpreter.packets[name], *nodes[name]) for name in tree.order}  # type: ignore[misc]
    told.sent, told.lost = interpreter.sent, interpreter.losses
    memory = merged_memory(tree.program, interpreter, tree.programs)
    for array in tree.program.arrays:
        if any(array.name in {a.name for a in program.arrays} for program in tree.programs.values()):
            words = {i: v for i, v in enumerate(memory[array.name]) if v != array.initial}
            told.memory[array.name] = words
    return told


def _add(
    told: Told, nodes: dict[str, list[int]], tree: Tree, outcome: TreeOutcome, p: TestPacket, number: int
) -> None:
    counts = told.counts
    counts["packets"] += 1
    counts["bytes"] += len(p.data)
    counts["runs"] += len(outcome.runs)
    counts["packets_delivered"] += any(run.verdict for run in outcome.runs)
    counts["transmitted"] += len(outcome.transmitted)
    for run in sorted(outcome.runs, key=lambda run: (run.part, tree.order.index(run.node))):
        nodes[run.node][0] += 1
        counts["delivered"] += run.ending == "delivered"
        counts["dropped"] += run.ending == "dropped"
        if run.ending == "delivered":
            nodes[run.node][1] += 1
            told.verdicts[run.verdict] = told.verdicts.get(run.verdict, 0) + 1
            told.written.append((p.timestamp, run.length, run.data))
        elif run.ending != "dropped":
            told.aborts[run.ending] = told.aborts.get(run.ending, 0) + 1
    for _, frame in sorted(outcome.transmitted, key=lambda sent: tree.order.index(sent[0])):
        told.frames.append((p.timestamp, p.length, frame))
    told.alerts += [(number, part, r.gid, r.sid, p.data[:128]) for part, r in outcome.alerts]


def differences(expected: Told, actual: Ended, tree: Tree, folder: Path) -> list[str]:
    """What differs, in words."""
    expected.aborts = {name: expected.aborts.get(name, 0) for name in actual.aborts}
    actual.alerts = alerts(folder, tree)
    ours = [(packet, part) for packet, part, *_ in actual.alerts]
    found = [] if ours == sorted(ours) else [f"alerts are not in order: {ours}"]
    # On one part of one packet the order of nodes is the engine's, and the reference goes down first.
    expected.alerts.sort()
    actual.alerts.sort()
    for name in Told.__dataclass_fields__:
        a, b = getattr(expected, name), getattr(actual, name)
        if isinstance(a, Counter):
            a, b = +a, +b
        if a != b:
            found.append(f"{name}: expected {a}\nthe engine says {b}")
    return found
