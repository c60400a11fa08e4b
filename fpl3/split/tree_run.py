"""The executable meaning of a distributed program: every node interpreted, every link encoded.

Nothing but what a link carries gets from one node to another; `Delivered.data` alone has the overwritten
addresses put back, as files of results do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from fpl3.check.program import Checked, Rule
from fpl3.interpreter import Interpreter, Outcome, Packet
from fpl3.interpreter.expressions import Reference
from fpl3.interpreter.outcome import Sent
from fpl3.split.carry import lost
from fpl3.split.cut import NodeProgram
from fpl3.split.split import Distributed
from fpl3.split.topology import ETHERNET, MEMORY, Link, Topology
from fpl3.split.wire import Crossing, Lost, Wire, decode, encode

LINKTYPE_ETHERNET = 1


@dataclass(frozen=True, slots=True)
class NodeRun:
    """A run of part `part` of the whole program on a node; `data` is the packet as the run left it."""

    node: str
    part: int
    ending: str
    verdict: int
    data: bytes
    length: int


@dataclass(slots=True)
class TreeOutcome:
    """What one packet led to on all nodes; `transmitted` names the node that sent each frame."""

    runs: list[NodeRun] = field(default_factory=list)
    transmitted: list[tuple[str, bytes]] = field(default_factory=list)
    alerts: list[tuple[int, Rule]] = field(default_factory=list)


class TreeInterpreter:
    """All nodes of a distributed program; their memory lives from packet to packet.

    `programs` are the checked programs of the nodes, made from their texts; `twins` the external
    functions of each node. `packets`, `runs` and `delivered` count by node, `sent` and `losses` by link
    (sender, receiver).
    """

    def __init__(
        self,
        distributed: Distributed,
        programs: Mapping[str, Checked],
        twins: Mapping[str, Mapping[str, Reference]] | None = None,
        check_ranges: bool = False,
    ) -> None:
        self.topology = distributed.topology
        self.nodes = {node.node: node for node in distributed.nodes}
        twins = twins or {}
        self.interpreters = {
            name: Interpreter(programs[name], twins.get(name), check_ranges) for name in self.nodes
        }
        self.macs = {name: own_mac(self.topology, name) for name in self.nodes}
        self.rules = {rule.name: rule for rule in distributed.program.rules}
        self.packets: Counter[str] = Counter()
        self.runs: Counter[str] = Counter()
        self.delivered: Counter[str] = Counter()
        self.sent: Counter[tuple[str, str]] = Counter()
        self.losses: Counter[tuple[str, str, str]] = Counter()
        self.words = distributed.words

    def run(self, packet: Packet) -> TreeOutcome:
        """One packet at the root, with all that follows from it."""
        outcome = TreeOutcome()
        self._at(self.topology.root, packet, packet, outcome)
        return outcome

    def _at(self, name: str, packet: Packet, whole: Packet, outcome: TreeOutcome) -> None:
        node = self.nodes[name]
        self.packets[name] += 1
        found = self.interpreters[name].run(packet)
        if packet.origin not in node.relays:
            self._enter(node, packet, whole, found, outcome)
        for sent in found.sent:
            self._forward(name, sent, packet, whole, outcome)

    def _enter(
        self, node: NodeProgram, packet: Packet, whole: Packet, found: Outcome, outcome: TreeOutcome
    ) -> None:
        self.runs[node.node] += len(found.runs)
        for run in found.runs:
            self.delivered[node.node] += run.ending == "delivered"
            data = run.data if packet.mac is None else put_back(run.data, packet.data, whole.data)
            part = packet.origin if run.part == 0 else node.parts[run.part]
            ended = NodeRun(node.node, part, run.ending, run.verdict, data, packet.length)
            outcome.runs.append(ended)
        outcome.transmitted += [(node.node, frame) for frame in found.transmitted]
        for part, rule in found.alerts:
            number = packet.origin if part == 0 else node.parts[part]
            outcome.alerts.append((number, self.rules[rule.name]))

    def _forward(self, name: str, sent: Sent, packet: Packet, whole: Packet, outcome: TreeOutcome) -> None:
        link = self.topology.next_hops(name)[sent.hop]
        self.sent[name, link.receiver] += 1
        crossing = Crossing(
            sent.data, packet.length, sent.origin, sent.state, packet.timestamp, packet.port
        )
        try:
            crossed = self._crossed(link, crossing)
        except Lost as lost_packet:
            self.losses[name, link.receiver, lost_packet.name] += 1
            return
        receiver = self.nodes.get(link.receiver)
        if receiver is None or crossed.origin not in (*receiver.origins, *receiver.relays):
            self.losses[name, link.receiver, "foreign"] += 1
            return
        arrived = Packet(
            crossed.data, crossed.length, crossed.timestamp, crossed.port, packet.link,
            crossed.origin, crossed.state, self.macs[link.receiver],
        )  # fmt: skip
        self._at(link.receiver, arrived, whole, outcome)

    def _crossed(self, link: Link, crossing: Crossing) -> Crossing:
        if link.kind == MEMORY:
            return crossing
        wire = wire_of(self.topology, link, self.words)
        return decode(wire, encode(wire, crossing))


def wire_of(topology: Topology, link: Link, words: int) -> Wire:
    """How a link encodes; `words` state words where it carries more than one."""
    mac, ipv6 = 0, False
    if link.receiver_interface is not None:
        interface = topology.node(link.receiver).interface(link.receiver_interface)
        mac = (interface.mac or 0) if link.kind == ETHERNET else 0
        ipv6 = ":" in (interface.address or "")
    return Wire(link.kind, link.full, link.switched, link.tagged, link.mtu, mac, ipv6, words)


def own_mac(topology: Topology, node: str) -> int | None:
    """The MAC that a node's frames get in place of a lost one: of the interface behind the last link that
    loses addresses; None where none is lost."""
    if not lost(topology, node):
        return None
    last = [link for link in topology.path(topology.root, node) or () if link.loses_addresses][-1]
    assert last.receiver_interface is not None, "ethernet links end at interfaces"
    return topology.node(last.receiver).interface(last.receiver_interface).mac


def put_back(data: bytes, arrived: bytes, whole: bytes) -> bytes:
    """The addresses of the packet as it came to the root, but for bytes that the run has written."""
    first = bytes(
        was if now == then else now
        for now, then, was in zip(data[:12], arrived[:12], whole[:12], strict=False)
    )
    return first + data[len(first) :]


def merged_memory(
    whole: Checked, tree: TreeInterpreter, programs: Mapping[str, Checked]
) -> dict[str, list[int]]:
    """The memory of all nodes merged, by array (language.md section 2, MERGE)."""
    memory = {array.name: [array.initial] * array.size for array in whole.arrays}
    for name, interpreter in tree.interpreters.items():
        for array in programs[name].arrays:
            into, found = memory[array.name], interpreter.memory[array.name]
            for index, value in enumerate(found):
                if value != array.initial:
                    into[index] = array.type.wrap(_merge(array.merge, into[index], value))
    return memory


def _merge(how: str, left: int, right: int) -> int:
    match how:
        case "SUM":
            return left + right
        case "OR":
            return left | right
        case "MAX":
            return max(left, right)
    return min(left, right)
