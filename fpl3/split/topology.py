"""The tree of nodes that a program is distributed over: nodes, their interfaces, the links between them."""

from __future__ import annotations

from dataclasses import dataclass, field

from fpl3.source import Source, Span

# What a node's target may have and the node itself may lack.
CAPABILITIES = ("loops", "externs", "writes", "transmit", "alerts", "memory", "deliver")
ETHERNET, GENEVE, MEMORY = KINDS = ("ethernet", "geneve", "memory")
WHOLE_STATE_BITS = 27 * 32  # what fits the option of a geneve packet; fpl3/split/wire.py


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface of a node. `reaches`: the MACs that frames sent here reach besides the link's other
    end; None: any."""

    name: str
    mac: int | None
    address: str | None
    reaches: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Node:
    """A machine or a processor that runs one part of the program. `capacity` in cycles a second,
    `memory` in bytes; None: not said."""

    name: str
    target: str
    capacity: int | None
    memory: int | None
    lacks: frozenset[str]
    interfaces: tuple[Interface, ...]
    span: Span

    def interface(self, name: str) -> Interface:
        """The interface of this name. Raises KeyError."""
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Link:
    """A way for packets from one node to another. `mtu` as the description says it, None for memory;
    `bandwidth` in bits a second, None: not said."""

    sender: str
    sender_interface: str | None
    receiver: str
    receiver_interface: str | None
    kind: str
    full: bool
    switched: bool
    learning: bool
    tagged: bool
    mtu: int | None
    bandwidth: int | None
    span: Span

    @property
    def loses_addresses(self) -> bool:
        """Whether bytes 0..11 of the packet, TS and PORT stay behind."""
        return self.kind == ETHERNET and not self.full

    @property
    def state_bits(self) -> int:
        """How many bits of state cross beside a packet."""
        if self.kind != ETHERNET:
            return WHOLE_STATE_BITS
        return 30 if self.switched else 32


@dataclass(frozen=True, slots=True)
class Topology:
    """A hardware description that is in order: the links make a tree, every node is below the root."""

    source: Source
    root: str
    input: str | None
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    _nodes: dict[str, Node] = field(init=False, repr=False, compare=False)
    _out: dict[str, tuple[Link, ...]] = field(init=False, repr=False, compare=False)
    _in: dict[str, Link] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        out: dict[str, list[Link]] = {}
        for link in self.links:
            out.setdefault(link.sender, []).append(link)
        object.__setattr__(self, "_nodes", {node.name: node for node in self.nodes})
        object.__setattr__(self, "_out", {name: tuple(links) for name, links in out.items()})
        object.__setattr__(self, "_in", {link.receiver: link for link in self.links})

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all nodes in the order of the file."""
        return tuple(self._nodes)

    def node(self, name: str) -> Node:
        """The node of this name. Raises KeyError."""
        return self._nodes[name]

    def next_hops(self, name: str) -> tuple[Link, ...]:
        """The links from a node in the order of the file: what SPLIT(0), SPLIT(1) ... mean there."""
        return self._out.get(name, ())

    def in_link(self, name: str) -> Link | None:
        """The one link that ends at a node; None for the root."""
        return self._in.get(name)

    def path(self, start: str, end: str) -> tuple[Link, ...] | None:
        """The links from `start` down to `end`; () if they are one node, None if it is not below."""
        links: list[Link] = []
        at = end
        while at != start:
            link = self._in.get(at)
            if link is None:
                return None
            links.append(link)
            at = link.sender
        return tuple(reversed(links))

    def depth_first(self) -> tuple[Node, ...]:
        """All nodes, every node before those below it, next hops in their order."""
        found: list[Node] = []
        pending = [self.root]
        while pending:
            name = pending.pop()
            found.append(self._nodes[name])
            pending += [link.receiver for link in reversed(self.next_hops(name))]
        return tuple(found)
