"""Flows spread over nodes: which packets stay together, how evenly, and how few move to a new node."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

from fpl3.diagnostics import Sink
from fpl3.interpreter import Packet
from fpl3.source import Source
from fpl3.split.description import read_description
from fpl3.split.split import Environment, split
from fpl3.split.tree_run import TreeInterpreter
from tests.differential.agreement import environment
from tests.differential.split_agreement import compiled

from fpl3.compiler import front  # isort: skip

Flow = tuple[bytes, bytes, int, int, int]


def description(nodes: int) -> str:
    lines = ['root = "N0"', "[nodes.N0]"]
    for n in range(1, nodes + 1):
        lines.append(f"[nodes.N{n}]")
    for n in range(1, nodes + 1):
        lines += ["[[links]]", 'from = "N0"', f'to = "N{n}"', 'kind = "memory"']
    return "\n".join(lines)


def tree(where: str, nodes: int) -> TreeInterpreter:
    sink = Sink()
    topology = read_description(Source("nodes", description(nodes)), sink)
    program = front(Source("p", f"SPLIT({where}); RETURN (1); TILPS"), environment(), sink)
    assert topology is not None and program is not None
    made = split(program, topology, Environment(), sink)
    assert made is not None, sink.errors
    return TreeInterpreter(made, compiled(made))


@cache
def flows(count: int) -> list[Flow]:
    rng = random.Random(3)
    return [
        (rng.randbytes(4), rng.randbytes(4), rng.choice([6, 17]), rng.randrange(1024, 65536), 80)
        for _ in range(count)
    ]


def packet(flow: Flow, size: int = 8) -> Packet:
    source, destination, protocol, sport, dport = flow
    ports = sport.to_bytes(2, "big") + dport.to_bytes(2, "big")
    payload = ports + (8 + size).to_bytes(2, "big") + bytes(2 + 12) + bytes(size)
    header = b"\x45\x00" + (20 + len(payload)).to_bytes(2, "big") + bytes(5) + bytes([protocol]) + bytes(2)
    frame = bytes(12) + b"\x08\x00" + header + source + destination + payload
    return Packet(frame, len(frame), 0, 0, 1)


def node_of(balancer: TreeInterpreter, sent: Packet) -> str:
    """The node that ran the body."""
    (run,) = [run for run in balancer.run(sent).runs if run.part == 1]
    return run.node


def back(flow: Flow) -> Flow:
    return flow[1], flow[0], flow[2], flow[4], flow[3]


def test_a_direction_stays_together_and_shares_are_even() -> None:
    balancer = tree("HASH(flowFields) % 3", 3)
    nodes = [node_of(balancer, packet(flow)) for flow in flows(10_000)]
    again = [node_of(balancer, packet(flow, 20)) for flow in flows(10_000)[:500]]
    assert again == nodes[:500]
    for count in Counter(nodes).values():
        assert abs(count / 10_000 - 1 / 3) < 0.05 / 3
    # Of directions, nothing is promised: about two in three go elsewhere.
    apart = sum(node_of(balancer, packet(back(f))) != n for f, n in zip(flows(300), nodes, strict=False))
    assert apart > 100


def test_both_directions_stay_together() -> None:
    balancer = tree("HASH(biflowFields) % 3", 3)
    for flow in flows(500):
        assert node_of(balancer, packet(flow)) == node_of(balancer, packet(back(flow)))


def test_a_fourth_node_moves_few_flows() -> None:
    three, four = (tree(f"CONSISTENT(HASH(flowFields), {n})", n) for n in (3, 4))
    moved = sum(node_of(three, packet(flow)) != node_of(four, packet(flow)) for flow in flows(2_000))
    assert moved / 2_000 < 0.3
    assert moved > 0
