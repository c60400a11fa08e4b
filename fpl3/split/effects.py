"""What single statements and expressions do: to the packet, to registers, to external functions."""

from __future__ import annotations

from collections.abc import Iterator

from fpl3.check import program as p
from fpl3.check.walk import direct_expressions, subexpressions


def calls_of(s: p.Statement) -> Iterator[p.CallExtern]:
    """The calls of external functions in a statement's own expressions."""
    for expression in direct_expressions(s):
        for inner in subexpressions(expression):
            if isinstance(inner, p.CallExtern):
                yield inner


def writes_packet(s: p.Statement) -> bool:
    if isinstance(s, p.Assign | p.Update) and isinstance(s.target, p.ToRaw | p.ToField):
        return True
    return any(c.function.packet == "write" for c in calls_of(s))


def assigns(s: p.Statement, register: p.Register) -> bool:
    return (
        isinstance(s, p.Assign | p.Update)
        and isinstance(s.target, p.ToRegister)
        and s.target.register is register
    )


def reads_packet(e: p.Expr) -> bool:
    """Whether the expression, or one below it, depends on the packet's bytes."""
    return any(_reads(inner) for inner in subexpressions(e))


def _reads(e: p.Expr) -> bool:
    if isinstance(e, p.CallExtern):
        return e.function.packet != "none"
    return isinstance(e, p.ReadRaw | p.ReadField | p.ReadLayer | p.Has | p.Hash | p.FlowHash)
