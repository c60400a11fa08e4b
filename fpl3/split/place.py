"""A placement: on which nodes each part runs, and by which links it gets there."""

from __future__ import annotations

from dataclasses import dataclass

from fpl3.check import program as p
from fpl3.source import Span
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
    where it goes from there. `bound`: no placement has a highest load below it, in seconds for a packet
    of input; None where no solver has said so."""

    homes: dict[int, tuple[str, ...]]
    routes: dict[tuple[int, str], Route]
    bound: float | None = None

    def links(self, topology: Topology, part: int) -> list[Link]:
        """Every link that packets for a part may take, each once."""
        found: dict[Link, None] = {}
        for (number, sender), route in self.routes.items():
            if number == part:
                for target in route.targets:
                    found.update(dict.fromkeys(topology.path(sender, target) or ()))
        return list(found)


def where_span(split: p.Split) -> Span:
    """The place of a SPLIT: its first line, not its body."""
    text = split.span.source.text
    end = text.find(";", split.span.start, split.span.end)
    return Span(split.span.source, split.span.start, end if end > 0 else split.span.end)
