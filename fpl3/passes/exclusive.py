"""Conditions that cannot hold together: one value equal to two constants.

Where every statement that follows an If asks for what the If's own condition rules out, control that
falls off the If's body does nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator

from fpl3.ir import nodes as ir
from fpl3.ir.walk import statements, subexpressions

FARTHEST = 32  # statements that are looked at: what is left out costs a jump, not the meaning


def excludes(s: ir.Statement, rest: ir.Body) -> bool:
    """Whether nothing in `rest` is done once the body of `s` has run (trivially, if rest is empty)."""
    if not rest:
        return True
    if len(rest) > FARTHEST:
        return False
    if not isinstance(s, ir.If) or s.otherwise or writes(s.then):
        return False
    return all(
        isinstance(r, ir.If) and not r.otherwise and _contradict(s.condition, r.condition) for r in rest
    )


def _contradict(a: ir.Expr, b: ir.Expr) -> bool:
    known = dict(_equalities(a))
    return any(load in known and not known[load] & values for load, values in _equalities(b))


def _equalities(e: ir.Expr) -> Iterator[tuple[ir.Expr, frozenset[int]]]:
    """What a condition says of packet bytes at constant offsets: the load is one of some constants."""
    match e:
        case ir.All() | ir.AndThen():
            for term in e.terms:
                yield from _equalities(term)
        case ir.Any() | ir.OrElse():
            choices = [list(_equalities(t)) for t in e.terms]
            if all(len(c) == 1 and c[0][0] == choices[0][0][0] for c in choices):
                yield choices[0][0][0], frozenset(v for c in choices for v in c[0][1])
        case ir.Compare(op="==", left=ir.Load() as load, right=ir.Const(value=value)):
            if all(not isinstance(n, _CHANGING) for n in subexpressions(load)):
                yield load, frozenset((value,))


# An offset that is made of these may be another one behind a body that leaves the packet alone.
_CHANGING = ir.Local | ir.Offset | ir.Element


def writes(body: ir.Body) -> bool:
    """Whether a body may change the packet."""
    return any(isinstance(s, ir.Store | ir.Call | ir.Part) for s in statements(body))
