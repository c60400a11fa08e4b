"""The checker on one page: names, types, ranges, sizes, effects."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from fpl3 import kinds
from fpl3.check import declarations, effects, expressions, includes, memory, statements
from fpl3.check import program as p
from fpl3.check.context import Context, Rejected
from fpl3.check.environment import Environment
from fpl3.check.includes import Item
from fpl3.check.ranges import ranges
from fpl3.diagnostics import Sink
from fpl3.source import Source
from fpl3.syntax import tree

# Trees are at most 200 levels of statements and 200 of expressions deep, a few calls a level.
RECURSION = 10_000


def check(program: tree.Program, environment: Environment, sink: Sink) -> p.Checked | None:
    """The checked program, or None if the sink got an error (also one that it had before)."""
    ctx = Context(sink, environment, expressions.value)
    main = program.span.source
    ctx.sources.append(main)
    ctx.parts.append(program.span)
    with _deep_recursion():
        items = includes.flattened(ctx, program)
        if sink.has_errors:
            # Every name of a file that could not be read would be one more message.
            return None
        body = _body(ctx, items)
        _state_with_split(ctx)
        if sink.has_errors:
            return None
        found, at_split = ranges(body)
        memory.sizes(ctx, body, found)
        if sink.has_errors:
            return None
        effects.warn(ctx, body, found, main)
    return replace(_checked(ctx, main, body, found), at_split=at_split, items=tuple(items))


@contextmanager
def _deep_recursion() -> Iterator[None]:
    """Calls between Python functions cost no C stack, so this limit is only a number."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _body(ctx: Context, items: list[Item]) -> p.Block:
    for item in items:
        name = getattr(item, "name", None)
        if isinstance(name, tree.Name):
            ctx.names.coming.setdefault(name.name, name.span)
    body: list[p.Statement] = []
    for item in items:
        try:
            if isinstance(item, tree.Declaration):
                _declare(ctx, item)
            else:
                body.extend(statements.block(ctx, (item,)))
        except Rejected:
            continue
    return tuple(body)


def _declare(ctx: Context, item: tree.Declaration) -> None:
    try:
        declarations.declare(ctx, item)
    except Rejected:
        if not isinstance(item, tree.Use | tree.NextHopDeclaration | tree.Include):
            ctx.names.broken.add(item.name.name)
        raise


def _state_with_split(ctx: Context) -> None:
    if len(ctx.parts) == 1 or ctx.settings.node is not None:
        return
    for span in ctx.state_writes:
        ctx.sink.error(
            kinds.STATE_WITH_SPLIT,
            span,
            "PKT.STATE is assigned in a program with SPLIT",
            help="there the compiler uses the state word to carry registers; keep the value in a register",
        )


def _checked(ctx: Context, main: Source, body: p.Block, found: dict[p.Expr, p.Interval]) -> p.Checked:
    numbered = [register for register in ctx.registers if register is not None]
    return p.Checked(
        source=main,
        registers=(*numbered, *ctx.named_registers),
        arrays=tuple(ctx.arrays),
        tables=tuple(ctx.tables),
        sets=tuple(ctx.sets),
        rules=tuple(ctx.rules),
        tx_mac=ctx.settings.tx_mac,
        tx_ip=ctx.settings.tx_ip,
        externs=tuple(ctx.externs.values()),
        loop_budget=ctx.settings.loop_budget,
        hash_function="IXP48" if ctx.settings.hash_ixp48 else "CRC32C",
        body=body,
        parts=tuple(ctx.parts),
        sources=tuple(ctx.sources),
        ranges=found,
        node=ctx.settings.node,
        tx_node=ctx.settings.tx_node,
        state_words=ctx.settings.state_words,
    )
