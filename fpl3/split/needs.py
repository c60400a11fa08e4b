"""What a part needs of the node that it runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.diagnostics import Note, Sink
from fpl3.source import Span
from fpl3.split.effects import calls_of, writes_packet
from fpl3.split.parts import Part, own_expressions, own_statements
from fpl3.split.topology import Node, Topology

SAID = {
    "loops": "FOR", "externs": "external functions", "writes": "packet writes", "transmit": "TX",
    "alerts": "ALERT", "memory": "persistent memory", "deliver": "deliveries",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a part cannot do without, and where it says so."""

    what: str
    span: Span


class Needs:
    """Compares parts with nodes; `lacks` maps a target to what it cannot do."""

    def __init__(self, program: p.Checked, topology: Topology, lacks: Mapping[str, frozenset[str]]) -> None:
        self.program, self.topology, self.lacks = program, topology, lacks

    def met(self, part: Part, node: Node) -> bool:
        return self.unmet(part, node) is None

    def unmet(self, part: Part, node: Node) -> str | None:
        """What the node lacks first, as words that follow others."""
        return next((message for _, message, _ in self._unmet(part, node)), None)

    def check(self, part: Part, node: Node, sink: Sink) -> None:
        for need, message, help in self._unmet(part, node):
            kind = kinds.TX_OUT_OF_REACH if need.what == "reach" else kinds.NODE_LACKS
            note = Note(f"{node.name} is described here", node.span)
            sink.error(kind, need.span, message, notes=[note], help=help)

    def _unmet(self, part: Part, node: Node) -> Iterator[tuple[Need, str, str]]:
        lacking = node.lacks | self.lacks.get(node.target, frozenset())
        for need in _needs(part):
            if need.what in lacking:
                message = f"{node.name} (target {node.target}) has no {SAID[need.what]}"
                yield need, message, "put the part on another node, with SPLIT(node) around it"
        for statement in own_statements(part.body):
            yield from self._externs(statement, node)
            if isinstance(statement, p.Transmit):
                yield from self._reach(statement, node)

    def _externs(self, s: p.Statement, node: Node) -> Iterator[tuple[Need, str, str]]:
        for call in calls_of(s):
            extern = call.instance.extern
            if node.target not in extern.targets:
                message = f"'{extern.name}' does not run on {node.name} (target {node.target})"
                yield Need("externs", call.span), message, f"it runs on {', '.join(extern.targets)}"

    def _reach(self, s: p.Transmit, node: Node) -> Iterator[tuple[Need, str, str]]:
        """The root sends as a single node does; others only what the description says they reach."""
        if node.name == self.topology.root:
            return
        exits = [interface.reaches for interface in node.interfaces]
        if any(reached is None for reached in exits):
            return
        help = 'say what its interfaces reach: reaches = ["..."] or "any"'
        if s.table == "Ip":
            if not any(exits):
                yield Need("reach", s.span), f"{node.name} reaches nothing that TX(Ip) could send to", help
            return
        reached = frozenset(mac for one in exits if one for mac in one)
        low, high = self.program.ranges.get(s.index, (0, len(self.program.tx_mac.entries) - 1))
        hops = self.program.tx_mac.entries[max(low, 0) : high + 1]
        for mac in dict.fromkeys(hops):
            if mac not in reached and mac not in self._neighbours(node):
                shown = ":".join(f"{byte:02x}" for byte in mac.to_bytes(6, "big"))
                yield Need("reach", s.span), f"{node.name} does not reach {shown}", help

    def _neighbours(self, node: Node) -> set[int | None]:
        return {
            self.topology.node(link.receiver).interface(link.receiver_interface).mac
            for link in self.topology.next_hops(node.name)
            if link.receiver_interface is not None
        }


def _needs(part: Part) -> Iterator[Need]:
    """What the part's own statements ask for, each thing once."""
    found: dict[str, Need] = {}
    for s in own_statements(part.body):
        for what in _kinds(s):
            found.setdefault(what, Need(what, s.span))
    for e in own_expressions(part.body):
        if isinstance(e, p.ReadMemory):
            found.setdefault("memory", Need("memory", e.span))
        elif isinstance(e, p.CallExtern):
            found.setdefault("externs", Need("externs", e.span))
    yield from found.values()


def _kinds(s: p.Statement) -> Iterator[str]:
    if isinstance(s, p.For):
        yield "loops"
    if isinstance(s, p.Transmit):
        yield "transmit"
    if isinstance(s, p.Alert):
        yield "alerts"
    if isinstance(s, p.Return) and not (isinstance(s.value, p.Constant) and s.value.value == 0):
        yield "deliver"
    if isinstance(s, p.Assign | p.Update) and isinstance(s.target, p.ToMemory):
        yield "memory"
    if writes_packet(s):
        yield "writes"
