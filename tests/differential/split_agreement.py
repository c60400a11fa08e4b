"""Random programs over random trees: split, they must do what they do on one node."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

from ffpf.registry import twins
from fpl3.check.program import Checked
from fpl3.compiler import front
from fpl3.diagnostics import Sink, render_text
from fpl3.interpreter import Interpreter, Packet
from fpl3.source import Source
from fpl3.split.description import read_description
from fpl3.split.split import Distributed, Environment, split
from fpl3.split.topology import Topology
from fpl3.split.tree_run import TreeInterpreter, merged_memory
from tests.differential.agreement import environment
from tests.differential.packets import Packets, TestPacket
from tests.differential.split_programs import SplitMaker, make_tree
from tests.differential.split_rules import Rules


@dataclass
class Tried:
    """What a run of the comparison has covered."""

    programs: int = 0
    split: int = 0
    packets: int = 0
    links: int = 0
    refused: Counter[str] = field(default_factory=Counter)


@dataclass
class Case:
    """A program on a tree, ready to be compared."""

    text: str
    nodes: str
    program: Checked
    topology: Topology
    distributed: Distributed
    programs: dict[str, Checked]

    def __str__(self) -> str:
        made = "\n".join(f"----- {n.node}\n{n.text}" for n in self.distributed.nodes)
        return f"{self.nodes}\n-----\n{self.text}\n{made}"


def make_case(seed: int, tried: Tried) -> Case | None:
    """A case from a seed; None where the program is refused, counted by kind."""
    rng = random.Random(seed)
    nodes, parents = make_tree(rng)
    return case_of(f"seed{seed}", SplitMaker(rng, parents).program(), nodes, tried)


def case_of(name: str, text: str, nodes: str, tried: Tried) -> Case | None:
    """A program over the nodes of a description; None where it is refused."""
    program = front(Source(name, text), environment(), Sink())
    if program is None:
        tried.refused["program"] += 1
        return None
    tried.programs += 1
    sink = Sink()
    topology = read_description(Source("nodes", nodes), sink)
    assert topology is not None, "\n".join(map(render_text, sink.diagnostics))
    distributed = split(program, topology, Environment(), sink)
    if distributed is None:
        tried.refused.update({d.kind.code for d in sink.errors})
        said = "\n".join(map(render_text, sink.errors))
        assert Rules(program, topology).judge(), (
            f"{name}: refused, and no rule says so\n{said}\n{nodes}\n{text}"
        )
        return None
    tried.split += len(distributed.cuts) > 0
    return Case(text, nodes, program, topology, distributed, compiled(distributed))


def compiled(distributed: Distributed) -> dict[str, Checked]:
    """The program of each node, read from its text."""
    found = {}
    for node in distributed.nodes:
        sink = Sink()
        checked = front(Source(f"{node.node}.fpl", node.text), environment(), sink)
        assert checked is not None, "\n".join(map(render_text, sink.errors)) + "\n" + node.text
        found[node.node] = checked
    return found


def compare(seed: int, count: int, tried: Tried) -> None:
    """Raises AssertionError with program, nodes, packet and difference on the first disagreement."""
    compare_case(make_case(seed, tried), seed, count, tried)


def compare_case(case: Case | None, seed: int, count: int, tried: Tried) -> None:
    """The same of one case, if it was not refused, with packets from a seed."""
    if case is None or not case.distributed.cuts:
        return
    rng = random.Random(seed ^ 0x5EED)
    packets = [_packet(rng, number) for number in range(count)]
    tried.packets += count
    found = difference(case, packets, tried)
    assert found is None, f"seed {seed}: {found}\n{case}"


def _packet(rng: random.Random, number: int) -> TestPacket:
    """Every fourth packet is so short that it has none of the headers."""
    packet = Packets(rng).one(1)
    return packet if number % 4 else replace(packet, data=packet.data[: rng.randrange(14)])


def difference(case: Case, packets: list[TestPacket], tried: Tried) -> str | None:
    """The first difference between the split and the unsplit run, in words."""
    whole = Interpreter(case.program, twins(case.program.externs), check_ranges=True)
    shared = twins(case.program.externs)
    tree = TreeInterpreter(case.distributed, case.programs, _twins(case, shared), check_ranges=True)
    for number, p in enumerate(packets):
        packet = Packet(p.data, p.length, p.timestamp, p.port, p.link)
        one, many = whole.run(packet), tree.run(packet)
        expected = {
            "runs": sorted((r.part, r.ending, r.verdict) for r in one.runs),
            "deliveries": sorted(
                _delivered(r.part, r.verdict, r.data, p.length) for r in one.runs if r.verdict
            ),
            "transmitted": sorted(_sent(frame) for frame in one.transmitted),
            "alerts": sorted((part, rule.gid, rule.sid) for part, rule in one.alerts),
        }
        actual = {
            "runs": sorted((r.part, r.ending, r.verdict) for r in many.runs),
            "deliveries": sorted(
                _delivered(r.part, r.verdict, r.data, r.length) for r in many.runs if r.verdict
            ),
            "transmitted": sorted(_sent(frame) for _, frame in many.transmitted),
            "alerts": sorted((part, rule.gid, rule.sid) for part, rule in many.alerts),
        }
        for what, right in expected.items():
            if right != actual[what]:
                return f"packet {number} {p.data.hex()}: {what}: unsplit {right}, split {actual[what]}"
    tried.links += sum(tree.sent.values())
    if tree.losses:
        return f"losses: {dict(tree.losses)}"
    merged = merged_memory(case.program, tree, case.programs)
    if merged != whole.memory:
        return f"memory: unsplit {whole.memory}, split {merged}"
    return None


def _twins(case: Case, shared: dict[str, object]) -> dict[str, dict[str, object]]:
    """One twin for all nodes: what is called on several nodes commutes."""
    by = {
        (i.extern.name, i.options, i.shown if "#" not in i.shown else ""): i for i in case.program.externs
    }
    return {
        name: {
            i.name: shared[by[i.extern.name, i.options, i.shown if "#" not in i.shown else ""].name]
            for i in checked.externs
        }
        for name, checked in case.programs.items()
    }


def _delivered(part: int, verdict: int, data: bytes, length: int) -> tuple[int, int, bytes, int]:
    return part, verdict, data[12:], length


def _sent(frame: bytes) -> tuple[bytes, bytes]:
    return frame[:6], frame[12:]
