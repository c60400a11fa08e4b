"""INCLUDE: the items of other files in place of the line that names them, each file once."""

from __future__ import annotations

from dataclasses import dataclass, field

from fpl3 import kinds
from fpl3.check import files
from fpl3.check.context import Context, Rejected
from fpl3.diagnostics import Note
from fpl3.source import Span
from fpl3.syntax import tree

MAX_NESTED = 50
MAX_FILES = 1000
Item = tree.Declaration | tree.Statement


@dataclass(slots=True)
class _Open:
    """The files being read, outermost first, with the INCLUDE that opened each, and all ever read."""

    chain: dict[str, Span | None]
    seen: set[str] = field(default_factory=set)


def flattened(ctx: Context, program: tree.Program) -> list[Item]:
    """The items of the program with every INCLUDE replaced by what it includes."""
    main = program.span.source.name
    return _items(ctx, program, _Open({main: None}, {main}))


def _items(ctx: Context, program: tree.Program, opened: _Open) -> list[Item]:
    items: list[Item] = []
    for item in program.items:
        if not isinstance(item, tree.Include):
            items.append(item)
            continue
        try:
            items.extend(_included(ctx, item, opened))
        except Rejected:
            continue
    return items


def _included(ctx: Context, node: tree.Include, opened: _Open) -> list[Item]:
    path = files.path_of(ctx, node.file)
    name = ctx.environment.resolve(node.span.source.name, path)
    if name in opened.chain:
        raise _cycle(ctx, node, name, opened)
    if name in opened.seen:
        return []
    if len(opened.chain) > MAX_NESTED or len(opened.seen) > MAX_FILES:
        raise ctx.rejected(
            kinds.TOO_MANY_INCLUDES,
            node.span,
            f"INCLUDEs nest at most {MAX_NESTED} deep, {MAX_FILES:,} in all",
            help="include fewer, larger files",
        )
    opened.seen.add(name)
    source = files.read(ctx, node.file)
    # Here, not above: programs without INCLUDE need no grammar, which is slow to import.
    from fpl3.syntax.grammar import parse

    program = parse(source, ctx.sink)
    if program is None:
        raise Rejected
    opened.chain[name] = node.span
    try:
        return _items(ctx, program, opened)
    finally:
        del opened.chain[name]


def _cycle(ctx: Context, node: tree.Include, name: str, opened: _Open) -> Rejected:
    notes = [Note("included here", span) for span in opened.chain.values() if span is not None]
    return ctx.rejected(
        kinds.INCLUDE_CYCLE,
        node.span,
        f"'{name}' includes itself",
        notes=notes,
        help="remove one INCLUDE of the circle",
    )
