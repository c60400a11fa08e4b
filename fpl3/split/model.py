"""From a program and a hardware description to the problem of placement: who costs what where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from fpl3.check import program as p
from fpl3.check.walk import direct_expressions, subexpressions
from fpl3.externs import Instance
from fpl3.split.cost import Costs, Profile, Work
from fpl3.split.cost_table import PC, TABLES, CostTable
from fpl3.split.crossing import Crossings
from fpl3.split.integer import Solver
from fpl3.split.needs import Needs
from fpl3.split.parts import Part, own_statements
from fpl3.split.problem import Job, Problem, Spot
from fpl3.split.topology import ETHERNET, GENEVE, MEMORY, Link, Node, Topology

Thing = p.Array | Instance
# Bytes: preamble, frame check sequence and gap of Ethernet; the full trailer; outer Ethernet, IPv4, UDP
# and geneve headers, the option with one state word; what IPv6 is longer than IPv4.
FRAMING, FULL_TRAILER, TUNNEL, OPTION, IPV6 = 24, 32, 50, 24, 20
NEVER = 1 << 30  # a next hop that no node has


@dataclass(frozen=True, slots=True)
class Planning:
    """What placement goes by. `costs`: tables by target; a target that is not there has a default one
    (fpl3/split/cost_table.py), one that nobody knows costs what a PC does. `solver`: see
    fpl3/split/integer.py; None: the compiler's own search alone."""

    costs: Mapping[str, CostTable] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    solver: Solver | None = None

    def table(self, target: str) -> CostTable:
        return self.costs.get(target) or TABLES.get(target, PC)

    def capacity(self, node: Node) -> float:
        """Cycles a second of a node."""
        return node.capacity or self.table(node.target).clock


def frame_bytes(topology: Topology, link: Link, length: float) -> float:
    """What a packet of `length` bytes takes of a link."""
    if link.kind == MEMORY:
        return length
    if link.kind == ETHERNET:
        return length + FRAMING + (FULL_TRAILER if link.full else 0)
    assert link.receiver_interface is not None
    address = topology.node(link.receiver).interface(link.receiver_interface).address or ""
    return length + FRAMING + TUNNEL + OPTION + (IPV6 if ":" in address else 0)


class Model:
    """The nodes as spots, in `nodes` by their numbers; the parts as jobs of the same numbers; arrays and
    states of external functions as `things`."""

    def __init__(
        self, program: p.Checked, parts: tuple[Part, ...], topology: Topology, planning: Planning
    ) -> None:
        self.program, self.parts, self.topology, self.planning = program, parts, topology, planning
        self.nodes = topology.depth_first()
        self.number = {node.name: number for number, node in enumerate(self.nodes)}
        self.length = planning.profile.length
        self.held = [things_of(part) for part in parts]
        self.things = list(dict.fromkeys(thing for held in self.held for thing in held))
        self._costs = Costs(program, planning.profile)
        self._work: dict[tuple[int, str], Work] = {}
        self.runs = self._runs()

    def _runs(self) -> list[float]:
        """How often each part runs for a packet of input."""
        found = [1.0] * len(self.parts)
        target = self.nodes[0].target
        for part in self.parts[1:]:
            reached = self.work(self.parts[part.parent], target).reached.get(part.number, 0.0)
            guessed = found[part.parent] * reached
            found[part.number] = self.planning.profile.runs.get(part.number, guessed)
        return found

    def work(self, part: Part, target: str) -> Work:
        """A run of a part on a target."""
        key = part.number, target
        if key not in self._work:
            self._work[key] = self._costs.part(part, self.planning.table(target))
        return self._work[key]

    def spots(self) -> tuple[Spot, ...]:
        found = []
        for node in self.nodes:
            above = self.topology.in_link(node.name)
            hops = tuple(self.number[link.receiver] for link in self.topology.next_hops(node.name))
            memory = inf if node.memory is None else node.memory
            found.append(Spot(self.number[above.sender] if above else -1, hops, memory))
        return tuple(found)

    def sizes(self) -> tuple[float, ...]:
        return tuple(float(bytes_of(thing)) for thing in self.things)

    def job(self, part: Part, able: int) -> Job:
        """A part that the spots of `able` may run."""
        runs = self.runs[part.number]
        work = [
            runs * self.work(part, node.target).cycles / self.planning.capacity(node) for node in self.nodes
        ]
        if part.number == 0:
            root = self.nodes[0]
            work[0] += self.planning.table(root.target).packet / self.planning.capacity(root)
        links = [self._link_loads(number, runs) for number in range(len(self.nodes))]
        leaving, entering, wire = zip(*links, strict=True)
        index = {thing: number for number, thing in enumerate(self.things)}
        holds = tuple(index[thing] for thing in self.held[part.number])
        return Job(part.parent, able, self._hops(part), tuple(work), leaving, entering, wire, runs, holds)

    def _hops(self, part: Part) -> tuple[int, int] | None:
        if part.split is None or part.split.where is None or part.split.node is not None:
            return None
        low, high = self.program.ranges.get(part.split.where, (0, 0))
        return (low, high) if low >= 0 else (0, NEVER)

    def _link_loads(self, number: int, frames: float) -> tuple[float, float, float]:
        """Loads of the sender, of the receiver and of the link into a node, in seconds."""
        link = self.topology.in_link(self.nodes[number].name)
        if link is None:
            return 0.0, 0.0, 0.0
        sender, receiver = self.topology.node(link.sender), self.nodes[number]
        bits = 8 * frame_bytes(self.topology, link, self.length)
        return (
            frames * self._sending(link, sender) / self.planning.capacity(sender),
            frames * self._arriving(link, receiver) / self.planning.capacity(receiver),
            frames * bits / link.bandwidth if link.bandwidth else 0.0,
        )

    def _sending(self, link: Link, node: Node) -> float:
        """Cycles for a frame at the sender."""
        table = self.planning.table(node.target)
        if link.kind == MEMORY:
            return table.handover
        tunnel = table.tunnel if link.kind == GENEVE else 0.0
        return table.send + tunnel + table.copy_byte * self.length

    def _arriving(self, link: Link, node: Node) -> float:
        table = self.planning.table(node.target)
        if link.kind == MEMORY:
            return table.handover
        return table.arrival + (table.tunnel if link.kind == GENEVE else 0.0)


def problem(model: Model, able: list[int], free: frozenset[int]) -> Problem:
    """The problem without groups. `able`: the spots that may run each part; `free`: the parts for which
    the compiler chooses: it sends them over no link that they cannot cross."""
    crossings = Crossings(model.program, model.parts)
    jobs = []
    for part in model.parts:
        barred = _barred(model, crossings, part) if part.number in free else 0
        jobs.append(replace(model.job(part, able[part.number]), barred=barred))
    return Problem(model.spots(), tuple(jobs), model.sizes())


def _barred(model: Model, crossings: Crossings, part: Part) -> int:
    found = 0
    for number, node in enumerate(model.nodes):
        link = model.topology.in_link(node.name)
        if link is not None and not crossings.may_cross(part, link):
            found |= 1 << number
    return found


class Able:
    """Which nodes can run a part by itself."""

    def __init__(self, model: Model, needs: Needs) -> None:
        self.model, self.needs = model, needs
        self._met: dict[tuple[int, str, frozenset[str]], bool] = {}
        self._sizes = [sum(map(bytes_of, held)) for held in model.held]
        self._sending = [
            any(isinstance(s, p.Transmit) for s in own_statements(part.body)) for part in model.parts
        ]

    def able(self, part: Part) -> int:
        """The spots that have what a part needs, memory included."""
        return sum(
            1 << number
            for number, node in enumerate(self.model.nodes)
            if self.has_room(part, node) and self.met(part, node)
        )

    def has_room(self, part: Part, node: Node) -> bool:
        return node.memory is None or self.size(part) <= node.memory

    def size(self, part: Part) -> int:
        """Bytes that a part keeps wherever it runs."""
        return self._sizes[part.number]

    def met(self, part: Part, node: Node) -> bool:
        """Nodes of one kind have the same answer, unless it matters whom they reach."""
        if self._sending[part.number]:
            return self.needs.met(part, node)
        key = part.number, node.target, node.lacks
        if key not in self._met:
            self._met[key] = self.needs.met(part, node)
        return self._met[key]


def bytes_of(thing: Thing) -> int:
    """The memory that an array, or the state of an external function, takes on a node."""
    return thing.size * thing.type.bits // 8 if isinstance(thing, p.Array) else thing.state_size


def things_of(part: Part) -> tuple[Thing, ...]:
    """The arrays that a part touches and the states of the functions that it calls, in their order."""
    found: dict[Thing, None] = {}
    for s in own_statements(part.body):
        if isinstance(s, p.Assign | p.Update) and isinstance(s.target, p.ToMemory):
            found[s.target.array] = None
        for expression in direct_expressions(s):
            found.update(dict.fromkeys(_things_in(expression)))
    return tuple(found)


def _things_in(e: p.Expr) -> Iterable[Thing]:
    for inner in subexpressions(e):
        if isinstance(inner, p.ReadMemory):
            yield inner.array
        elif isinstance(inner, p.CallExtern):
            if inner.array is not None:
                yield inner.array
            if inner.instance.state_size:
                yield inner.instance
