"""What a placed program asks of nodes and links, and which of them is the first that cannot keep up."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from fpl3.check import program as p
from fpl3.split.domains import Domains
from fpl3.split.loads import loads_of
from fpl3.split.model import Model, Planning, bytes_of, frame_bytes, problem
from fpl3.split.parts import Part
from fpl3.split.place import Placement
from fpl3.split.problem import Routes
from fpl3.split.topology import Topology


@dataclass(frozen=True, slots=True)
class PartEstimate:
    """A part: its runs for one packet of input, and the cycles of a run on the node where it is, or on
    the first of its nodes."""

    number: int
    runs: float
    cycles: float


@dataclass(frozen=True, slots=True)
class NodeEstimate:
    """A node: `cycles` for one packet of input, its `capacity` in cycles a second; `memory` and what
    there is of it (`room`, None: not said) in bytes."""

    name: str
    target: str
    cycles: float
    capacity: float
    memory: int
    room: int | None

    def load(self, rate: float) -> float:
        """The share of its capacity that is used at `rate` packets of input a second."""
        return rate * self.cycles / self.capacity

    @property
    def most(self) -> float:
        """Packets of input a second that it keeps up with."""
        return self.capacity / self.cycles if self.cycles else inf


@dataclass(frozen=True, slots=True)
class LinkEstimate:
    """A link: `frames` and `bits` for one packet of input, `bandwidth` in bits a second (None: not said,
    and then it is no limit)."""

    sender: str
    receiver: str
    frames: float
    bits: float
    bandwidth: int | None

    @property
    def name(self) -> str:
        return f"{self.sender} -> {self.receiver}"

    def load(self, rate: float) -> float | None:
        """The share of its bandwidth that is used at `rate` packets of input a second; None: not known."""
        return rate * self.bits / self.bandwidth if self.bandwidth else None

    @property
    def most(self) -> float:
        """Packets of input a second that it carries."""
        return self.bandwidth / self.bits if self.bandwidth and self.bits else inf


@dataclass(frozen=True, slots=True)
class Estimate:
    """All of them, nodes and links from the root down. `gap`: by how much of itself the highest load could
    be lower at most, 0 for the best there is; None where no solver has said so."""

    parts: tuple[PartEstimate, ...]
    nodes: tuple[NodeEstimate, ...]
    links: tuple[LinkEstimate, ...]
    gap: float | None

    @property
    def limit(self) -> NodeEstimate | LinkEstimate:
        """What saturates first."""
        everything: list[NodeEstimate | LinkEstimate] = [*self.nodes, *self.links]
        return min(everything, key=lambda one: one.most)

    @property
    def rate(self) -> float:
        """The packets of input a second at which that happens."""
        return self.limit.most


def estimate(
    program: p.Checked,
    parts: tuple[Part, ...],
    topology: Topology,
    placement: Placement,
    planning: Planning,
) -> Estimate:
    """What the model says of a placement: the numbers that placement itself went by."""
    model = Model(program, parts, topology, planning)
    domains = Domains(problem(model, [(1 << len(model.nodes)) - 1] * len(parts), frozenset()))
    routes = routes_of(model, placement)
    seconds = loads_of(domains, routes)
    highest = max(seconds)
    gap = None
    if placement.bound is not None:
        gap = max(0.0, 1 - placement.bound / highest) if highest else 0.0
    return Estimate(
        tuple(_part(model, part, placement) for part in parts),
        tuple(_node(model, number, seconds[number], routes) for number in range(len(model.nodes))),
        tuple(_link(model, domains, number, routes) for number in range(1, len(model.nodes))),
        gap,
    )


def routes_of(model: Model, placement: Placement) -> list[Routes]:
    """The routes of a placement by the numbers of the model."""
    found: list[Routes] = [((0, 0),)]
    for part in model.parts[1:]:
        pairs = [
            (model.number[sender], model.number[target])
            for sender in dict.fromkeys(placement.homes[part.parent])
            for target in placement.routes[part.number, sender].targets
        ]
        found.append(tuple(pairs))
    return found


def _part(model: Model, part: Part, placement: Placement) -> PartEstimate:
    target = model.topology.node(placement.homes[part.number][0]).target
    return PartEstimate(part.number, model.runs[part.number], model.work(part, target).cycles)


def _node(model: Model, number: int, seconds: float, routes: list[Routes]) -> NodeEstimate:
    node = model.nodes[number]
    capacity = model.planning.capacity(node)
    here = [part for part, pairs in enumerate(routes) if any(end == number for _, end in pairs)]
    things = dict.fromkeys(thing for part in here for thing in model.held[part])
    memory = sum(map(bytes_of, things))
    return NodeEstimate(node.name, node.target, seconds * capacity, capacity, memory, node.memory)


def _link(model: Model, domains: Domains, number: int, routes: list[Routes]) -> LinkEstimate:
    link = model.topology.in_link(model.nodes[number].name)
    assert link is not None
    frames = 0.0
    for part, pairs in enumerate(routes):
        taken = sum(number in domains.tree.way(start, end) for start, end in pairs)
        frames += model.runs[part] * taken / len(pairs)
    bits = frames * 8 * frame_bytes(model.topology, link, model.length)
    return LinkEstimate(link.sender, link.receiver, frames, bits, link.bandwidth)
