"""A program's processing tree (the paper's APT): its tests and actions as a tree, as text or as dot.

The tree follows the checked program; its labels are the program's own words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from fpl3.check import program as p
from fpl3.source import Span

LABEL_CHARACTERS = 72


@dataclass(frozen=True, slots=True)
class Vertex:
    """One node of the tree; `edge` says when it is reached from its parent, "" for always. `part` is the
    part that a SPLIT splits off, `leads_to` those to whose vertices on other nodes it leads."""

    kind: str
    label: str
    edge: str
    children: tuple[Vertex, ...] = ()
    part: int = -1
    leads_to: tuple[str, ...] = ()


def processing_tree(checked: p.Checked) -> Vertex:
    """The tree of a checked program; the root is the program itself."""
    return Vertex("program", checked.source.name, "", _block(checked.body, ""))


def _block(block: p.Block, edge: str) -> tuple[Vertex, ...]:
    """The statements of a block; neighbours that are plain actions share a vertex."""
    vertices: list[Vertex] = []
    actions: list[str] = []
    for statement in block:
        compound = _compound(statement, edge)
        if compound is None:
            actions.append(words(statement.span))
            continue
        vertices += _actions(actions, edge)
        actions = []
        vertices.append(compound)
    return (*vertices, *_actions(actions, edge))


def _actions(actions: list[str], edge: str) -> list[Vertex]:
    return [Vertex("action", "\n".join(actions), edge)] if actions else []


def _compound(statement: p.Statement, edge: str) -> Vertex | None:
    """The vertex of a statement that contains others, or None for a plain action."""
    match statement:
        case p.If():
            return _if(statement, edge)
        case p.Switch():
            return _switch(statement, edge)
        case p.For():
            return Vertex("loop", _loop_label(statement), edge, _block(statement.body, ""))
        case p.Split():
            body = _block(statement.body, "")
            return Vertex("split", _split_label(statement), edge, body, statement.part)
        case p.Assign() | p.Update() | p.Break() | p.Return() | p.Evaluate() | p.Transmit() | p.Alert():
            return None
        case _:
            assert_never(statement)


def _if(statement: p.If, edge: str) -> Vertex:
    """IF and its ELSIFs as a chain: what is tested next hangs on the "no" of what was tested before."""
    (test, body), *rest = statement.branches
    if rest:
        otherwise: tuple[Vertex, ...] = (_if(p.If(statement.span, tuple(rest), statement.otherwise), "no"),)
    else:
        otherwise = _block(statement.otherwise, "no")
    return Vertex("test", words(test.span), edge, _block(body, "yes") + otherwise)


def _switch(statement: p.Switch, edge: str) -> Vertex:
    cases = [v for values, body in statement.cases for v in _block(body, ", ".join(map(str, values)))]
    return Vertex(
        "test", words(statement.value.span), edge, (*cases, *_block(statement.default, "default"))
    )


def _loop_label(loop: p.For) -> str:
    parts = (words(part.span) if part else "" for part in (loop.init, loop.test, loop.update))
    return f"FOR ({'; '.join(parts)})"


def _split_label(split: p.Split) -> str:
    where = split.node or (words(split.where.span) if split.where else "")
    return f"SPLIT{f'({where})' if where else ''}: part {split.part}"


def words(span: Span) -> str:
    """A piece of the program on one line, cut where it is long."""
    text = " ".join(span.text.split()).removesuffix(";")
    return text if len(text) <= LABEL_CHARACTERS else text[: LABEL_CHARACTERS - 3] + "..."


def as_text(root: Vertex) -> str:
    """The tree for a terminal."""
    return "\n".join(tree_lines(root)) + "\n"


def _lines(vertex: Vertex, margin: str) -> Iterator[str]:
    for number, child in enumerate(vertex.children):
        last = number == len(vertex.children) - 1
        edge = f"{child.edge}: " if child.edge else ""
        question = "?" if child.kind == "test" else ""
        first, *others = child.label.split("\n")
        yield f"{margin}{'└─ ' if last else '├─ '}{edge}{first}{question}"
        inner = margin + ("   " if last else "│  ")
        yield from (f"{inner}{' ' * len(edge)}{line}" for line in others)
        yield from _lines(child, inner)


def tree_lines(vertex: Vertex) -> Iterator[str]:
    """A vertex and what is below it, for a terminal."""
    yield vertex.label
    yield from _lines(vertex, "")


SHAPES = {
    "program": 'shape=oval, style=filled, fillcolor="#dddddd"',
    "test": "shape=diamond",
    "action": 'shape=box, style="filled,rounded", fillcolor="#e8f0fe"',
    "loop": "shape=hexagon",
    "split": 'shape=house, style=filled, fillcolor="#fdebd0"',
    "in": 'shape=invhouse, style=filled, fillcolor="#d5f5e3"',
}


def as_dot(root: Vertex) -> str:
    """The tree in graphviz's language; vertices are numbered in the order of the text."""
    lines = [
        "digraph program {",
        "  graph [ordering=out];",
        '  node [fontname="monospace", fontsize=10];',
        "  edge [fontsize=9];",
    ]
    numbers = iter(range(1 << 30))
    lines += dot_lines(root, None, numbers)
    return "\n".join([*lines, "}"]) + "\n"


def dot_lines(vertex: Vertex, parent: int | None, numbers: Iterator[int]) -> Iterator[str]:
    """Vertices and edges; an edge to another node's vertex goes to its name, as dapt.py gives it."""
    number = next(numbers)
    yield from (f'  v{number} -> "{name}" [style=bold, color="#c0392b"];' for name in vertex.leads_to)
    yield f'  v{number} [{SHAPES[vertex.kind]}, label="{quoted(vertex.label)}"];'
    if parent is not None:
        label = f' [label="{quoted(vertex.edge)}"]' if vertex.edge else ""
        yield f"  v{parent} -> v{number}{label};"
    for child in vertex.children:
        yield from dot_lines(child, number, numbers)


def quoted(text: str) -> str:
    """Text inside a dot string; \\l ends a line that is set flush left."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(f"{line}\\l" for line in escaped.split("\n")) if "\n" in escaped else escaped
