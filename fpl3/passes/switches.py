"""Chains of IFs over one value become a Switch.

Form in: neighbouring Ifs whose conditions compare one value with constants, perhaps behind the same
tests (a header's presence), and whose bodies do not fall through. Form out: one Switch, behind those
tests once. Nothing is evaluated that was not: the value and the tests are pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fpl3.ir import nodes as ir
from fpl3.ir.walk import bodies_of, with_bodies
from fpl3.passes.fold import fold_expression
from fpl3.passes.structure import falls_through

FEWEST = 3


@dataclass(frozen=True, slots=True)
class _Arm:
    """`tests` hold and `value` is one of `constants`: then `body`."""

    tests: tuple[ir.Expr, ...]
    value: ir.Expr
    constants: tuple[int, ...]
    body: ir.Body


def switches(program: ir.Program) -> ir.Program:
    return replace(program, body=_body(program.body))


def _body(body: ir.Body) -> ir.Body:
    out: list[ir.Statement] = []
    at = 0
    while at < len(body):
        arms = _chain(body, at)
        if len(arms) >= FEWEST:
            out.append(_switch(body[at], arms))
            at += len(arms)
            continue
        s = body[at]
        bodies = bodies_of(s)
        out.append(with_bodies(s, [_body(b) for b in bodies]) if bodies else s)
        at += 1
    return tuple(out)


def _chain(body: ir.Body, start: int) -> list[_Arm]:
    """The arms of the longest chain that begins at a statement."""
    arms: list[_Arm] = []
    for number in range(start, len(body)):
        arm = _arm(body[number])
        if arm is None or (arms and (arm.tests, arm.value) != (arms[0].tests, arms[0].value)):
            break
        arms.append(arm)
        # Behind a body that falls through, the next condition would be asked: it ends the chain.
        if not arm.body or falls_through(arm.body[-1]):
            if number != len(body) - 1:
                arms.pop()
            break
    return arms


def _arm(s: ir.Statement) -> _Arm | None:
    if not isinstance(s, ir.If) or s.otherwise:
        return None
    terms = s.condition.terms if isinstance(s.condition, ir.AndThen) else (s.condition,)
    found = _constants(terms[-1])
    return None if found is None else _Arm(terms[:-1], found[0], found[1], s.then)


def _constants(e: ir.Expr) -> tuple[ir.Expr, tuple[int, ...]] | None:
    """`value == c`, or several of them joined by or."""
    match e:
        case ir.Compare(op="==", left=left, right=ir.Const(value=value)):
            return left, (value,)
        case ir.Any() | ir.OrElse():
            parts = [_constants(t) for t in e.terms]
            known = [p for p in parts if p is not None]
            if len(known) == len(parts) and all(p[0] == known[0][0] for p in known):
                return known[0][0], tuple(c for p in known for c in p[1])
    return None


def _switch(first: ir.Statement, arms: list[_Arm]) -> ir.Statement:
    """The first arm that names a constant has it."""
    seen: set[int] = set()
    cases = []
    for arm in arms:
        fresh = tuple(c for c in dict.fromkeys(arm.constants) if c not in seen)
        seen.update(fresh)
        if fresh:
            cases.append((fresh, _body(arm.body)))
    switch = ir.Switch(first.span, arms[0].value, tuple(cases), ())
    if not arms[0].tests:
        return switch
    return ir.If(first.span, fold_expression(ir.AndThen(arms[0].tests)), (switch,))
