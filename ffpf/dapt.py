"""A distributed program's tree (the paper's D-APT): the processing tree of every node, and what crosses
between them: origins, and how many bits of state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ffpf.graph import Vertex, dot_lines, processing_tree, quoted, tree_lines

if TYPE_CHECKING:
    from fpl3.split.estimate import Estimate
    from fpl3.split.split import Distributed


class Tree:
    """The trees of all nodes that run or relay something, in the order of the description."""

    def __init__(self, distributed: Distributed) -> None:
        self.distributed = distributed
        whole = processing_tree(distributed.program)
        self.bodies = {0: whole} | {v.part: v for v in _all(whole) if v.kind == "split"}
        self.nodes = {node.node: tuple(self._parts(node.node)) for node in distributed.nodes}

    def text(self) -> str:
        """For a terminal: a tree for each node."""
        return "\n".join(line for name in self.nodes for line in self._node_text(name)) + "\n"

    def dot(self, estimate: Estimate) -> str:
        """In graphviz's language: a box around each node's tree, with its load where the first is full."""
        loads = {node.name: f"{node.load(estimate.rate):.0%}" for node in estimate.nodes}
        numbers = iter(range(1 << 30))
        lines = [
            "digraph program {",
            "  graph [ordering=out];",
            '  node [fontname="monospace", fontsize=10];',
            "  edge [fontsize=9];",
        ]
        crossing: list[str] = []
        for name, trees in self.nodes.items():
            lines += [
                f'  subgraph "cluster_{name}" {{',
                f'    label="{quoted(self._title(name))}, load {loads[name]}";',
            ]
            for tree in trees:
                drawn = list(self._dot_tree(name, tree, numbers))
                lines += [line for line in drawn if not _is_crossing(line)]
                crossing += filter(_is_crossing, drawn)
            lines.append("  }")
        # Named inside a box, an in-node would come to lie in it.
        return "\n".join([*lines, *crossing, "}"]) + "\n"

    def _dot_tree(self, name: str, tree: Vertex, numbers: Iterator[int]) -> Iterator[str]:
        """An in-node has a name, so that what is sent to it can lead there."""
        if tree.kind != "in":
            yield from dot_lines(tree, None, numbers)
            return
        anchor = f'"{in_name(name, tree.part)}"'
        first, *inner = dot_lines(tree, None, numbers)
        number = first.split()[0]
        yield first.replace(number, anchor, 1)
        yield from (line.replace(f"  {number} -> ", f"  {anchor} -> ", 1) for line in inner)

    def _node_text(self, name: str) -> Iterator[str]:
        yield self._title(name)
        for tree in self.nodes[name]:
            yield from (f"  {line}" for line in tree_lines(tree))
        yield from (f"  {line}" for line in self._relays(name))

    def _title(self, name: str) -> str:
        return f"{name} ({self.distributed.topology.node(name).target})"

    def _relays(self, name: str) -> Iterator[str]:
        for node in self.distributed.nodes:
            if node.node == name:
                yield from (f"relays origin {part}" for part in node.relays)

    def _parts(self, name: str) -> Iterator[Vertex]:
        """What begins on a node: the main program, and the parts that arrive there."""
        if name == self.distributed.topology.root:
            yield self._cut(self.bodies[0], name)
        node = next(node for node in self.distributed.nodes if node.node == name)
        for part in node.origins:
            label = f"part {part}: origin {part} from {', '.join(self._senders(part, name))}"
            body = tuple(self._cut(child, name) for child in self.bodies[part].children)
            yield Vertex("in", label, "", body, part)

    def _senders(self, part: int, name: str) -> list[str]:
        routes = self.distributed.placement.routes
        return [sender for (of, sender), route in routes.items() if of == part and name in route.targets]

    def _cut(self, vertex: Vertex, name: str) -> Vertex:
        """A vertex as it is on a node: a body that goes elsewhere is not below it."""
        if vertex.kind == "split":
            targets = self.distributed.placement.routes[vertex.part, name].targets
            if targets != (name,):
                bits = sum(p.bits for i in self.distributed.cuts[vertex.part].items for p in i.pieces)
                state = f", {bits} bits of state" if bits else ""
                label = f"{vertex.label} to {' or '.join(targets)} (origin {vertex.part}{state})"
                leads = tuple(in_name(target, vertex.part) for target in targets)
                return replace(vertex, label=label, children=(), leads_to=leads)
        return replace(vertex, children=tuple(self._cut(child, name) for child in vertex.children))


def _is_crossing(line: str) -> bool:
    return line.startswith("  v") and ' -> "' in line.partition("[")[0]


def in_name(node: str, part: int) -> str:
    return f"{node} part {part}"


def _all(vertex: Vertex) -> Iterator[Vertex]:
    pending = [vertex]
    while pending:
        item = pending.pop()
        yield item
        pending.extend(item.children)
