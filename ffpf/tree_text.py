"""A syntax tree as indented text, one node a line with its place: what `--emit ast` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from fpl3.source import Span
from fpl3.syntax.tree import Node


def tree_text(node: Node) -> str:
    """`Kind LINE:COLUMN plain=fields`, children below, indented, under the name of their field."""
    return "\n".join(_lines(node, "", "")) + "\n"


def _lines(node: Node, label: str, margin: str) -> Iterator[str]:
    plain, children = [], []
    for entry in fields(node):
        value = getattr(node, entry.name)
        if isinstance(value, Span):
            continue
        items = value if isinstance(value, tuple) else (value,)
        if any(isinstance(item, Node) for item in items):
            children.append((entry.name, value))
        else:
            plain.append(f" {entry.name}={value!r}")
    place = f"{node.span.line}:{node.span.column}"
    yield f"{margin}{label}{type(node).__name__} {place}{''.join(plain)}"
    for name, value in children:
        if isinstance(value, Node):
            yield from _lines(value, f"{name}: ", margin + "  ")
        else:
            for number, item in enumerate(value):
                yield from _lines(item, f"{name}[{number}]: ", margin + "  ")
