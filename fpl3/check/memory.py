"""Sizes of arrays: those that the ranges of the indexes decide, and the total."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.check.constants import shown
from fpl3.check.context import Context
from fpl3.check.program import Interval
from fpl3.check.walk import direct_expressions, statements, subexpressions
from fpl3.source import Span
from fpl3.types import IntType

MAX_DEDUCED = 1 << 26
MAX_TOTAL = 1 << 30
Ranges = dict[p.Expr, Interval]


def sizes(ctx: Context, body: p.Block, ranges: Ranges) -> None:
    """Give every array its size, and check the total."""
    if ctx.deduced:
        _deduce(ctx, body, ranges)
    total = 0
    for array in ctx.arrays:
        total += array.size * array.type.bits // 8
        if total > MAX_TOTAL:
            ctx.sink.error(
                kinds.MEMORY_TOO_LARGE,
                array.span,
                f"with '{array.name}' the arrays take {total:,} bytes",
                help=f"a program has at most {MAX_TOTAL:,} bytes of memory",
            )
            return


def _deduce(ctx: Context, body: p.Block, ranges: Ranges) -> None:
    highest: dict[p.Array, int] = {}
    refused: set[p.Array] = set()
    for array, index in _accesses(body):
        if array not in ctx.deduced or array in refused:
            continue
        # An access without a range is never reached and asks for no room.
        high = ranges.get(index, (0, 0))[1]
        if high >= MAX_DEDUCED:
            _refuse(ctx, array, index, high)
            refused.add(array)
        highest[array] = max(highest.get(array, 0), high)
    for array, span in ctx.deduced.items():
        if array not in highest:
            _never_used(ctx, array, span)
        elif array not in refused:
            # The size is part of the array's identity for everything behind the checker, and only
            # the ranges, which need the finished tree, tell it: set once, here, before anyone sees it.
            object.__setattr__(array, "size", 1 << highest[array].bit_length())


def _accesses(body: p.Block) -> list[tuple[p.Array, p.Expr]]:
    found: list[tuple[p.Array, p.Expr]] = []
    for statement in statements(body):
        if isinstance(statement, p.Assign | p.Update) and isinstance(statement.target, p.ToMemory):
            found.append((statement.target.array, statement.target.index))
        for expression in direct_expressions(statement):
            for node in subexpressions(expression):
                if isinstance(node, p.ReadMemory):
                    found.append((node.array, node.index))
    return found


def _refuse(ctx: Context, array: p.Array, index: p.Expr, high: int) -> None:
    unbounded = isinstance(index.type, IntType) and high == index.type.high
    reason = "may be any number" if unbounded else f"may be as large as {shown(high)}"
    ctx.sink.error(
        kinds.SIZE_UNKNOWN,
        index.span,
        f"the size of '{array.name}' is not declared, and this index {reason}",
        help=f"declare it: {array.type} {array.name}[65536]; or bound the index: "
        f"{array.name}[({index.span.text}) & 0xffff]",
    )


def _never_used(ctx: Context, array: p.Array, span: Span) -> None:
    ctx.sink.error(
        kinds.SIZE_UNKNOWN,
        span,
        f"'{array.name}' has no size, and no access that would tell it",
        help=f"declare it: {array.type} {array.name}[65536];",
    )
