"""What the text says of where parts go: names and indexes, checked where the sender is known."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.diagnostics import Note, Sink, did_you_mean
from fpl3.split.needs import Needs
from fpl3.split.parts import Part
from fpl3.split.place import where_span
from fpl3.split.topology import Topology


class Explicit:
    """`homes`: the nodes of each part as far as the text alone says them; None: the compiler chooses, for
    this part or one around it. Errors in the sink."""

    def __init__(
        self, program: p.Checked, parts: tuple[Part, ...], topology: Topology, needs: Needs, sink: Sink
    ) -> None:
        self.program, self.parts, self.topology = program, parts, topology
        self.needs, self.sink = needs, sink
        self.homes: dict[int, tuple[str, ...] | None] = {}
        for part in parts:
            self.homes[part.number] = homes = self._homes(part)
            for home in homes or ():
                self.needs.check(part, topology.node(home), sink)

    def _homes(self, part: Part) -> tuple[str, ...] | None:
        if part.split is None:
            return (self.topology.root,)
        senders = self.homes[part.parent]
        if part.split.node is not None:
            return self._named(part.split, part.split.node, senders)
        if senders is None:
            return None
        if part.split.where is not None:
            found = [hop for sender in senders for hop in self._indexed(part.split.where, sender)]
            return tuple(dict.fromkeys(found))
        # A copy of a body stays where the copy around it is.
        return senders if len(senders) != 1 else None

    def _named(self, split: p.Split, name: str, senders: tuple[str, ...] | None) -> tuple[str, ...]:
        if name not in self.topology.names:
            self._refuse_name(split, name)
            return ()
        unreachable = [sender for sender in senders or () if self.topology.path(sender, name) is None]
        for sender in unreachable:
            self._refuse_reach(split, name, sender)
        return () if unreachable else (name,)

    def _refuse_name(self, split: p.Split, name: str) -> None:
        root = self.topology.node(self.topology.root)
        self.sink.error(
            kinds.UNKNOWN_NODE,
            where_span(split),
            f"there is no node '{name}'",
            notes=[Note("the hardware description is here", root.span)],
            help=did_you_mean(name, self.topology.names) or f"there are: {', '.join(self.topology.names)}",
        )

    def _refuse_reach(self, split: p.Split, name: str, sender: str) -> None:
        below = [node for node in self.topology.names if self.topology.path(sender, node)]
        self.sink.error(
            kinds.OUT_OF_REACH,
            where_span(split),
            f"no packet gets from {sender} to {name}",
            notes=[Note(f"{name} is described here", self.topology.node(name).span)],
            help=f"below {sender}: {', '.join(below)}" if below else f"no node lies below {sender}",
        )

    def _indexed(self, where: p.Expr, sender: str) -> tuple[str, ...]:
        hops = self.topology.next_hops(sender)
        low, high = self.program.ranges.get(where, (0, 0))
        if low >= 0 and high < len(hops):
            return tuple(link.receiver for link in hops[low : high + 1])
        self._refuse_index(where, sender, (low, high))
        return ()

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
