"""FPL1210: which demand exceeds which capacity, node by node."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.diagnostics import Note, Sink
from fpl3.source import Span
from fpl3.split.balance import Stuck
from fpl3.split.domains import Domains
from fpl3.split.model import Able, Model, Thing, bytes_of
from fpl3.split.parts import Part
from fpl3.split.place import where_span
from fpl3.split.problem import members
from fpl3.split.topology import Node

MOST_NAMED = 4  # nodes in a message
MORE_MEMORY = "give a node more memory in the hardware description, make the arrays smaller"
HOPS = "take a lower index, or a node that lies below: SPLIT(node)"
ELSEWHERE = "a SPLIT around what the nodes lack makes it a part of its own"


class NoPlace:
    """Says why there is no placement; `able` are the spots that the text and the nodes leave each part."""

    def __init__(self, model: Model, checks: Able, domains: Domains, sink: Sink) -> None:
        self.model, self.checks, self.domains, self.sink = model, checks, domains, sink

    def report(self, stuck: Stuck) -> None:
        if stuck.job is None:
            self._all(stuck.proven)
            return
        unit = self.domains.unit[stuck.job]
        numbers = self.domains.units[unit] if unit >= 0 else (stuck.job,)
        self._some([self.model.parts[number] for number in numbers], self.model.parts[stuck.job])

    def _some(self, parts: list[Part], first: Part) -> None:
        """One part, or several that share ordered memory, for which no node is left."""
        hops = self._hop_reasons(first)
        reasons = hops or [
            self._reason(parts, first, node) for node in self.model.nodes if self._asked(first, node)
        ]
        shown = ", ".join(reasons[:MOST_NAMED])
        if len(reasons) > MOST_NAMED:
            shown += f", and {len(reasons) - MOST_NAMED} more nodes cannot take it either"
        size = self._size(parts)
        memory = any(node.memory is not None and node.memory < size for node in self.model.nodes)
        demand = f"it needs {shown_bytes(size)} of memory; " if memory else ""
        notes = self._together(parts, first) + (self._largest(parts) if memory else [])
        help = f"{MORE_MEMORY}, or name a node: SPLIT(node)" if memory else HOPS if hops else ELSEWHERE
        message = f"{_named(first)} has no node: {demand}{shown}"
        self.sink.error(kinds.NO_PLACE, self._span(first), message, notes=notes, help=help)

    def _asked(self, part: Part, node: Node) -> bool:
        """Whether a node comes into question at all."""
        only = self.model.topology.root if part.split is None else part.split.node
        return only in (None, node.name)

    def _hop_reasons(self, part: Part) -> list[str]:
        """The senders that lack the next hop of an index, if all do."""
        hops = self.domains.problem.jobs[part.number].hops
        senders = members(self.domains.may[part.parent]) if hops is not None else iter(())
        found = []
        for spot in senders:
            if self.domains.targets(part.number, spot):
                return []
            found.append(f"{self.model.nodes[spot].name} has {self._next_hops(spot)}")
        return found

    def _next_hops(self, spot: int) -> str:
        count = len(self.domains.tree.spots[spot].hops)
        return f"next hops 0 to {count - 1} only" if count else "no next hops"

    def _reason(self, parts: list[Part], first: Part, node: Node) -> str:
        """Why one node cannot take the parts."""
        for part in parts:
            unmet = self.checks.needs.unmet(part, node)
            if unmet is not None:
                return unmet if part is first else f"{unmet} for part {part.number}"
        if node.memory is not None and node.memory < self._size(parts):
            return f"{node.name} has {shown_bytes(node.memory)}"
        return self._out_of_reach(first, node)

    def _out_of_reach(self, part: Part, node: Node) -> str:
        spot = self.model.number[node.name]
        around = self.domains.may[part.parent] if part.parent >= 0 else 1
        reached = any(
            self.domains.targets(part.number, sender) >> spot & 1
            for sender in range(len(self.model.nodes))
            if around >> sender & 1
        )
        if not reached:
            return f"{node.name} cannot be reached from where {self._around(part)} is"
        return f"from {node.name} what stands inside it cannot be reached"

    def _around(self, part: Part) -> str:
        return "the main program" if part.parent <= 0 else f"part {part.parent}"

    def _all(self, proven: bool) -> None:
        """The nodes have room for each part, but not for all."""
        largest = max(self.model.things, key=bytes_of)
        limited = [(node.name, node.memory) for node in self.model.nodes if node.memory is not None]
        room = ", ".join(f"{name} has {shown_bytes(memory)}" for name, memory in limited[:MOST_NAMED])
        if len(limited) > MOST_NAMED:
            rest = sum(memory for _, memory in limited[MOST_NAMED:])
            room += f", {len(limited) - MOST_NAMED} more have {shown_bytes(rest)}"
        total = shown_bytes(sum(map(bytes_of, self.model.things)))
        what = "do not fit" if proven else "were not found to fit"
        self.sink.error(
            kinds.NO_PLACE, self._span(self._holder(largest)),
            f"the parts {what} into the memory of the nodes: together they need {total} or more; {room}",
            notes=self._largest(list(self.model.parts)), help=f"{MORE_MEMORY}, or name nodes: SPLIT(node)",
        )  # fmt: skip

    def _holder(self, thing: Thing) -> Part:
        return next(part for part in self.model.parts if thing in self.model.held[part.number])

    def _size(self, parts: list[Part]) -> int:
        return sum(bytes_of(thing) for thing in self._held(parts))

    def _held(self, parts: list[Part]) -> list[Thing]:
        return list(dict.fromkeys(thing for part in parts for thing in self.model.held[part.number]))

    def _largest(self, parts: list[Part]) -> list[Note]:
        thing = max(self._held(parts), key=bytes_of)
        name = thing.name if isinstance(thing, p.Array) else thing.shown
        return [Note(f"'{name}' takes {shown_bytes(bytes_of(thing))}", thing.span)]

    def _together(self, parts: list[Part], first: Part) -> list[Note]:
        what = "shares ordered memory with it and must be on the same node"
        return [Note(f"{_named(part)} {what}", self._span(part)) for part in parts if part is not first]

    def _span(self, part: Part) -> Span:
        """A SPLIT; of the main program its first statement."""
        if part.split is not None:
            return where_span(part.split)
        return part.body[0].span if part.body else part.span


def _named(part: Part) -> str:
    return f"part {part.number}" if part.number else "the main program"


def shown_bytes(size: int) -> str:
    """A number of bytes as hardware descriptions write it, rounded up so that a lack shows."""
    for unit, power in (("GB", 30), ("MB", 20), ("KB", 10)):
        if size >= 1 << power:
            tenths = (size * 10 + (1 << power) - 1) >> power
            return f"{tenths // 10}.{tenths % 10} {unit}" if tenths % 10 else f"{tenths // 10} {unit}"
    return f"{size} bytes"
