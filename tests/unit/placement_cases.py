"""Random programs whose SPLITs mostly have no `where`, random trees for them, and what can be asked of a
placement without the code that makes placements."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from fpl3.check.program import Array, Checked
from fpl3.compiler import front
from fpl3.diagnostics import Sink, render_text
from fpl3.source import Source
from fpl3.split.description import read_description
from fpl3.split.estimate import Estimate, estimate
from fpl3.split.integer import Solver
from fpl3.split.model import Planning
from fpl3.split.needs import Needs
from fpl3.split.ordered import accesses, ordered
from fpl3.split.parts import Part, own_expressions, own_statements
from fpl3.split.parts import parts as parts_of
from fpl3.split.place import Placement, Route
from fpl3.split.placing import place
from fpl3.split.topology import Topology
from tests.differential.agreement import environment

Homes = dict[int, str]


@dataclass(frozen=True)
class Case:
    """A program on a tree."""

    text: str
    description: str
    program: Checked
    topology: Topology
    parts: tuple[Part, ...]
    planning: Planning = Planning()  # noqa: RUF009

    @staticmethod
    def of(text: str, description: str) -> Case:
        sink = Sink()
        program = front(Source("case.fpl", text), environment(), sink)
        topology = read_description(Source("nodes.toml", description), sink)
        assert program is not None and topology is not None, "\n".join(map(render_text, sink.errors))
        return Case(text, description, program, topology, parts_of(program))

    def placed(self, solver: Solver | None = None) -> tuple[Placement | None, Sink]:
        sink = Sink()
        shared = ordered(accesses(self.parts, self.program.ranges))
        planning = replace(self.planning, solver=solver)
        needs = Needs(self.program, self.topology, {})
        return place(self.program, self.parts, self.topology, shared, needs, planning, sink), sink

    def estimate(self, placement: Placement) -> Estimate:
        return estimate(self.program, self.parts, self.topology, placement, self.planning)

    def highest(self, placement: Placement) -> float:
        """The highest load in seconds for a packet of input."""
        return 1 / self.estimate(placement).rate

    # An independent look at what placement must respect; for programs in which every part has one home.

    def at(self, homes: Homes) -> Placement:
        routes = {(n, homes[self.parts[n].parent]): Route((home,)) for n, home in homes.items() if n}
        return Placement({n: (home,) for n, home in homes.items()}, routes)

    def wrong(self, homes: Homes) -> str | None:
        """What a placement violates."""
        needs = Needs(self.program, self.topology, {})
        for part in self.parts[1:]:
            home = homes[part.number]
            assert part.split is not None
            if part.split.node not in (None, home):
                return f"part {part.number} is not on {part.split.node}"
            if self.topology.path(homes[part.parent], home) is None:
                return f"part {part.number} on {home} is out of reach"
            if not needs.met(part, self.topology.node(home)):
                return f"{home} cannot run part {part.number}"
        return self._memory(homes) or self._order(homes)

    def _memory(self, homes: Homes) -> str | None:
        for node in self.topology.nodes:
            here = {a for part in self.parts if homes[part.number] == node.name for a in arrays_of(part)}
            used = sum(array.size * array.type.bits // 8 for array in here)
            if node.memory is not None and used > node.memory:
                return f"{node.name} keeps {used} bytes"
        return None

    def _order(self, homes: Homes) -> str | None:
        for to, there in ordered(accesses(self.parts, self.program.ranges)).items():
            if len({homes[access.part] for access in there}) > 1:
                return f"{to} is on several nodes"
        return None

    def feasible(self) -> Iterator[Homes]:
        """Every placement that violates nothing."""
        names = self.topology.names
        for chosen in product(names, repeat=len(self.parts) - 1):
            homes = {0: self.topology.root, **dict(enumerate(chosen, 1))}
            if self.wrong(homes) is None:
                yield homes

    def random_feasible(self, rng: random.Random, tries: int = 4000) -> Homes | None:
        """A placement by chance: each part anywhere at or below the part around it, those that share
        ordered memory on one node."""
        groups = ordered(accesses(self.parts, self.program.ranges)).values()
        for _ in range(tries):
            homes = {0: self.topology.root}
            pinned = {}
            for group in groups:
                spot = rng.choice(self.topology.names)
                pinned.update({access.part: spot for access in group})
            for part in self.parts[1:]:
                assert part.split is not None
                near = homes[part.parent]
                below = [n for n in self.topology.names if self.topology.path(near, n) is not None]
                homes[part.number] = part.split.node or pinned.get(part.number) or rng.choice(below)
            if self.wrong(homes) is None:
                return homes
        return None


def arrays_of(part: Part) -> set[Array]:
    """The arrays that a part writes or reads, found another way than placement does."""
    targets = [getattr(s, "target", None) for s in own_statements(part.body)]
    found = [getattr(one, "array", None) for one in (*targets, *own_expressions(part.body))]
    return {array for array in found if array is not None}


def homes_of(placement: Placement) -> Homes:
    assert all(len(homes) == 1 for homes in placement.homes.values())
    return {number: homes[0] for number, homes in placement.homes.items()}


CONDITIONS = [
    "PKT.IP.PROTO == TCP", "PKT.IP.PROTO == UDP", "PKT.TCP.DPORT == 443", "PKT.TCP.FLAGS.SYN",
    "PKT.LEN > 200", "PKT.IP.TTL < 64", "PKT.UDP.DPORT == 53", "PKT.HAS.IP6", "PKT.CAPLEN & 1",
]  # fmt: skip


class ProgramMaker:
    """Programs with `count` SPLITs that the compiler is to place, and arrays of very different sizes."""

    def __init__(self, rng: random.Random, count: int) -> None:
        self.rng, self.left, self.arrays = rng, count, 0

    def program(self) -> str:
        lines: list[str] = []
        while self.left > 0:
            lines += self._split(0)
        sizes = [self.rng.choice([64, 1024, 16_384]) for _ in range(3)]
        declared = [f"UINT32 a{n}[{size}];" for n, size in enumerate(sizes)]
        return "\n".join([*declared, "UINT32 o[1024];", *lines]) + "\n"

    def _split(self, depth: int) -> list[str]:
        self.left -= 1
        body = ["SPLIT;", *(f"  {line}" for line in self._body(depth)), "TILPS"]
        if self.rng.random() < 0.7:
            body = [f"IF ({self.rng.choice(CONDITIONS)}) THEN", *body, "FI"]
        return body

    def _body(self, depth: int) -> list[str]:
        rng = self.rng
        lines = [f"a{rng.randrange(3)}[PKT.LEN & 63] += 1;"] if rng.random() < 0.6 else []
        if rng.random() < 0.7:
            trips = rng.choice([20, 100, 400, 1000])
            lines += [f"FOR (R[0] = 0; R[0] < {trips}; R[0]++) R[1] += R[0] & 5; R[1] = R[1] * 3; ROF"]
        if rng.random() < 0.25:
            lines += ["o[PKT.LEN & 1023] = R[1];"]
        if self.left > 0 and depth < 2 and rng.random() < 0.3:
            lines += self._split(depth + 1)
        return [*lines, f"RETURN ({rng.randrange(4)});"]


def make_tree(rng: random.Random, count: int, memory: bool) -> str:
    """A hardware description of `count` nodes with unlike capacities, links and, if asked for, memories."""
    lines = ['root = "N0"']
    for n in range(count):
        lines += [f"[nodes.N{n}]", f"capacity = {rng.choice([300, 1_000, 2_500, 5_000])}_000_000"]
        if memory and rng.random() < 0.6:
            lines += [f"memory = {rng.choice([4, 64, 140, 260])}_000"]
        if n and rng.random() < 0.2:
            lines += ['lacks = ["loops"]']
        lines += [
            f'[nodes.N{n}.interfaces.e{m}]\nmac = "02:00:00:00:{n:02x}:{m:02x}"' for m in range(count)
        ]
    for n in range(1, count):
        above = rng.randrange(n)
        lines += ["[[links]]"]
        if rng.random() < 0.5:
            lines += [f'from = "N{above}"', f'to = "N{n}"', 'kind = "memory"']
        else:
            lines += [f'from = "N{above}.e{n}"', f'to = "N{n}.e0"', 'kind = "ethernet"', 'trailer = "full"']
        lines += [f"bandwidth = {rng.choice([100, 1_000, 10_000])}_000_000"] if rng.random() < 0.6 else []
    return "\n".join(lines) + "\n"


def make_case(seed: int, nodes: int, splits: int, memory: bool = True) -> Case:
    rng = random.Random(seed)
    return Case.of(ProgramMaker(rng, splits).program(), make_tree(rng, nodes, memory))
