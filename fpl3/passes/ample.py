"""Exact guards stand behind one that is cheap and nearly always enough.

Form in: guards of several terms, as flatten joins them ("the condition fails, or these bytes are
there"). Form out: the guard stands inside an If that asks for the bytes that are needed at most; where
so many were captured, which is nearly always, nothing else is evaluated. The same runs abort.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fpl3.ir import nodes as ir
from fpl3.ir.bounds import end_of
from fpl3.ir.walk import bodies_of, with_bodies
from fpl3.passes.fold import fold_expression

MOST_BOUNDS = 2


def ample(program: ir.Program) -> ir.Program:
    return replace(program, body=_body(program.body))


def _body(body: ir.Body) -> ir.Body:
    return tuple(_statement(s) for s in body)


def _statement(s: ir.Statement) -> ir.Statement:
    if isinstance(s, ir.Guard):
        return _guard(s)
    bodies = bodies_of(s)
    return with_bodies(s, [_body(b) for b in bodies]) if bodies else s


def _guard(s: ir.Guard) -> ir.Statement:
    if not isinstance(s.condition, ir.All | ir.Any):
        return s
    bounds = sufficient(s.condition)
    if bounds is None or len(bounds) > MOST_BOUNDS:
        return s
    enough = fold_expression(ir.All(bounds))
    if enough == s.condition:
        return s
    return ir.If(s.span, ir.Not(enough), (s,), likely=False)


def sufficient(condition: ir.Expr) -> tuple[ir.InBounds, ...] | None:
    """Bounds that together imply the condition, the widest of each base; None: there are none.

    Only through All and Any, whose terms are evaluated anyway: the offsets of the bounds are safe to
    evaluate wherever the condition is.
    """
    match condition:
        case ir.InBounds():
            return (condition,)
        case ir.All():
            parts = [sufficient(t) for t in condition.terms]
            known = [p for p in parts if p is not None]
            return _widest(b for p in known for b in p) if len(known) == len(parts) else None
        case ir.Any():
            choices = [p for p in map(sufficient, condition.terms) if p is not None]
            return min(choices, key=len, default=None)
        case _:
            return None


def _widest(bounds: Iterable[ir.InBounds]) -> tuple[ir.InBounds, ...]:
    """One bound for all that differ by constants."""
    found: dict[ir.Expr | None, tuple[int, ir.InBounds]] = {}
    for asked in bounds:
        base, end = end_of(asked)
        if base not in found or end > found[base][0]:
            found[base] = end, asked
    return tuple(asked for _, asked in found.values())
