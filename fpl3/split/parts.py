"""The parts of a program: its main program and its SPLIT bodies, with what each does itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fpl3.check import program as p
from fpl3.check.walk import direct_expressions, inner_statements, subexpressions
from fpl3.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Part `number` (0: the main program); `parent` is the part that its SPLIT stands in, -1 for 0."""

    number: int
    span: Span
    body: p.Block
    split: p.Split | None
    parent: int
    children: tuple[int, ...]


def parts(program: p.Checked) -> tuple[Part, ...]:
    """All parts by number; a child's number is higher than its parent's."""
    found: dict[int, Part] = {}
    pending: list[tuple[int, p.Block, p.Split | None, int]] = [(0, program.body, None, -1)]
    while pending:
        number, body, split, parent = pending.pop()
        inside = [s for s in own_statements(body) if isinstance(s, p.Split)]
        children = tuple(s.part for s in inside)
        found[number] = Part(number, program.parts[number], body, split, parent, children)
        pending += [(s.part, s.body, s, number) for s in inside]
    return tuple(found[number] for number in sorted(found))


def own_statements(body: p.Block) -> Iterator[p.Statement]:
    """The statements of a part in the order of the text, those of bodies split off from it left out."""
    pending = list(reversed(body))
    while pending:
        item = pending.pop()
        yield item
        if not isinstance(item, p.Split):
            pending.extend(reversed(inner_statements(item)))


def own_expressions(body: p.Block) -> Iterator[p.Expr]:
    """Every expression that a part evaluates itself, with all expressions below it."""
    for statement in own_statements(body):
        for expression in direct_expressions(statement):
            yield from subexpressions(expression)


def subtree(all_parts: tuple[Part, ...], number: int) -> Iterator[Part]:
    """A part and every part inside it."""
    pending = [number]
    while pending:
        part = all_parts[pending.pop()]
        yield part
        pending.extend(part.children)
