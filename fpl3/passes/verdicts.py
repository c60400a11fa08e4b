"""Verdicts without branches.

Form in: Ifs that return a constant. Form out: at the end of a run, `if (c) return k` has become
`return c ? k : 0`, computed; an If that excludes all that follows has moved behind it first. Nothing
but pure conditions change places.
"""

from __future__ import annotations

from dataclasses import replace

from fpl3.ir import nodes as ir
from fpl3.passes.exclusive import excludes, writes
from fpl3.passes.fold import fold_expression
from fpl3.types import U32


def verdicts(program: ir.Program) -> ir.Program:
    return replace(program, body=_at_end(program.body))


def _at_end(body: ir.Body) -> ir.Body:
    """A body behind which the run ends with verdict 0."""
    body = _reordered(body)
    if not body:
        return body
    *before, last = body
    if isinstance(last, ir.If):
        if _returns_constant(last) and not isinstance(last.condition, ir.AndThen | ir.OrElse):
            return (*before, _computed(last))
        last = replace(last, then=_at_end(last.then), otherwise=_at_end(last.otherwise))
    elif isinstance(last, ir.Block):
        # Leaving the block ends the run as well; but its label must not be passed over.
        last = replace(last, body=_at_end(last.body))
    return (*before, last)


def _reordered(body: ir.Body) -> ir.Body:
    for number, s in enumerate(body[:-1]):
        rest = body[number + 1 :]
        # A write on the way would change what the condition is asked about.
        if _returns_constant(s) and excludes(s, rest) and not writes(rest):
            return (*body[:number], *rest, s)
    return body


def _returns_constant(s: ir.Statement) -> bool:
    if not isinstance(s, ir.If) or s.otherwise or len(s.then) != 1:
        return False
    last = s.then[0]
    return isinstance(last, ir.Return) and isinstance(last.value, ir.Const)


def _computed(s: ir.If) -> ir.Return:
    """`return c ? k : 0` as -(c) & k."""
    returned = s.then[0]
    assert isinstance(returned, ir.Return) and isinstance(returned.value, ir.Const)
    holds = ir.Convert(U32, s.condition)
    if returned.value.value == 1:
        return ir.Return(s.span, holds)
    return ir.Return(
        s.span, fold_expression(ir.Binary(U32, "&", ir.Unary(U32, "-", holds), returned.value))
    )
