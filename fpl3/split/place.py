"""Placement: on which nodes each part runs, and by which links it gets there.

What `SPLIT(where)` says is honoured; the rest goes where the fewest parts are, parts with ordered memory
in common to one node.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.diagnostics import Note, Sink, did_you_mean
from fpl3.externs import Instance
from fpl3.source import Span
from fpl3.split.needs import Needs
from fpl3.split.ordered import Access
from fpl3.split.parts import Part
from fpl3.split.topology import Link, Topology


@dataclass(frozen=True, slots=True)
class Route:
    """Where a part goes from one node: `targets[i]` where its index is `first` + i; of a part with one
    target the index does not matter."""

    targets: tuple[str, ...]
    first: int = 0


@dataclass(frozen=True, slots=True)
class Placement:
    """`homes` maps a part to the nodes that run it; `routes` maps (part, node of the enclosing part) to
    where it goes from there."""

    homes: dict[int, tuple[str, ...]]
    routes: dict[tuple[int, str], Route]

    def links(self, topology: Topology, part: int) -> list[Link]:
        """Every link that packets for a part may take, each once."""
        found: dict[Link, None] = {}
        for (number, sender), route in self.routes.items():
            if number == part:
                for target in route.targets:
                    found.update(dict.fromkeys(topology.path(sender, target) or ()))
        return list(found)


class _Placing:
    def __init__(
        self,
        program: p.Checked,
        parts: tuple[Part, ...],
        topology: Topology,
        together: Iterable[set[int]],
        needs: Needs,
        sink: Sink,
    ) -> None:
        self.program, self.parts, self.topology, self.sink = program, parts, topology, sink
        self.needs = needs
        self.together = list(together)
        self.homes: dict[int, tuple[str, ...]] = {0: (topology.root,)}
        self.routes: dict[tuple[int, str], Route] = {}
        self.loads = dict.fromkeys(topology.names, 0)

    def place(self) -> Placement | None:
        self._check(0, self.topology.root)
        for part in self.parts[1:]:
            homes: dict[str, None] = {}
            for sender in self.homes.get(part.parent, ()):
                route = self._route(part, sender)
                if route is not None:
                    self.routes[part.number, sender] = route
                    homes.update(dict.fromkeys(route.targets))
            self.homes[part.number] = tuple(homes)
            for home in homes:
                self.loads[home] += 1
                self._check(part.number, home)
        return None if self.sink.has_errors else Placement(self.homes, self.routes)

    def _check(self, number: int, home: str) -> None:
        self.needs.check(self.parts[number], self.topology.node(home), self.sink)

    def _route(self, part: Part, sender: str) -> Route | None:
        assert part.split is not None
        if part.split.node is not None:
            return self._named(part.split, part.split.node, sender)
        if part.split.where is not None:
            return self._indexed(part.split.where, sender)
        return Route((self._free(part, sender),))

    def _named(self, split: p.Split, name: str, sender: str) -> Route | None:
        if name not in self.topology.names:
            self.sink.error(
                kinds.UNKNOWN_NODE,
                where_span(split),
                f"there is no node '{name}'",
                notes=[
                    Note("the hardware description is here", self.topology.node(self.topology.root).span)
                ],
                help=did_you_mean(name, self.topology.names)
                or f"there are: {', '.join(self.topology.names)}",
            )
            return None
        if self.topology.path(sender, name) is None:
            below = [node for node in self.topology.names if self.topology.path(sender, node)]
            self.sink.error(
                kinds.OUT_OF_REACH,
                where_span(split),
                f"no packet gets from {sender} to {name}",
                notes=[Note(f"{name} is described here", self.topology.node(name).span)],
                help=f"{', '.join(below)} lie below {sender}" if below else f"no node lies below {sender}",
            )
            return None
        return Route((name,))

    def _indexed(self, where: p.Expr, sender: str) -> Route | None:
        hops = self.topology.next_hops(sender)
        low, high = self.program.ranges.get(where, (0, 0))
        if low >= 0 and high < len(hops):
            return Route(tuple(link.receiver for link in hops[low : high + 1]), low)
        self._refuse_index(where, sender, (low, high))
        return None

    def _refuse_index(self, where: p.Expr, sender: str, interval: p.Interval) -> None:
        hops = [link.receiver for link in self.topology.next_hops(sender)]
        low, high = interval
        help = f"{sender} has no next hops"
        if hops:
            help = f"the next hops of {sender} are 0 to {len(hops) - 1}: {', '.join(hops)}"
        if low != high:
            help += "; bound it, for example by % or &"
        what = f"{sender} has no next hop {low}" if low == high else f"the index is {low} to {high} here"
        self.sink.error(kinds.NO_SUCH_HOP, where.span, what, help=help)

    def _free(self, part: Part, sender: str) -> str:
        """A copy of a body stays where the copy around it is; of others, those that share ordered memory
        go together."""
        if len(self.homes[part.parent]) > 1:
            return sender
        group = {n for numbers in self.together if part.number in numbers for n in numbers}
        for other in sorted(group):
            home = self._settled(other)
            if home is not None and self.topology.path(sender, home) is not None:
                return home
        candidates = [n.name for n in self.topology.depth_first() if self._possible(part, sender, n.name)]
        return min(candidates, key=lambda name: self.loads[name], default=sender)

    def _possible(self, part: Part, sender: str, name: str) -> bool:
        path = self.topology.path(sender, name)
        return path is not None and self.needs.met(part, self.topology.node(name))

    def _settled(self, number: int) -> str | None:
        """Where a part is, or where its text says that it will be."""
        homes = self.homes.get(number, ())
        split = self.parts[number].split
        if len(homes) == 1:
            return homes[0]
        return split.node if split is not None and split.node in self.topology.names else None


def where_span(split: p.Split) -> Span:
    """The place of a SPLIT: its first line, not its body."""
    text = split.span.source.text
    end = text.find(";", split.span.start, split.span.end)
    return Span(split.span.source, split.span.start, end if end > 0 else split.span.end)


def place(
    program: p.Checked,
    parts: tuple[Part, ...],
    topology: Topology,
    shared: dict[p.Array | Instance, list[Access]],
    needs: Needs,
    sink: Sink,
) -> Placement | None:
    """Homes and routes of all parts; None, with errors in the sink, where what is asked cannot be."""
    together = [{access.part for access in there} for there in shared.values()]
    return _Placing(program, parts, topology, together, needs, sink).place()
