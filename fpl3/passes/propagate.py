"""Putting a local's value where it is used, if it is assigned once.

Form in and out: any. A local that is assigned in one place, used only behind it in the same body, and
whose value nothing in between can change, is replaced by its (small) value; the C compiler finds the
common parts again. Conditions on the local become conditions on the packet, which later passes can
join with others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from fpl3.ir import nodes as ir
from fpl3.ir.walk import (
    bodies_of,
    expressions,
    map_expressions,
    statements,
    subexpressions,
    with_bodies,
)
from fpl3.passes.fold import fold_expression

LARGEST = 12  # nodes of a value that may be repeated


def propagate(program: ir.Program) -> ir.Program:
    assigned: Counter[str] = Counter()
    for s in statements(program.body):
        if isinstance(s, ir.SetLocal):
            assigned[s.local.name] += 1
        elif isinstance(s, ir.Call) and s.result is not None:
            assigned[s.result.name] += 2  # never a candidate
    uses = _uses(program.body)
    once = {name for name, count in assigned.items() if count == 1}
    return replace(program, body=_body(program.body, once, uses))


def _uses(body: Iterable[ir.Statement]) -> Counter[str]:
    return Counter(
        n.name
        for s in statements(body)
        for e in expressions(s)
        for n in subexpressions(e)
        if isinstance(n, ir.Local)
    )


def _body(body: ir.Body, once: set[str], uses: Counter[str]) -> ir.Body:
    out: list[ir.Statement] = []
    rest = list(body)
    for number in range(len(body)):
        s = rest[number]
        if isinstance(s, ir.SetLocal) and s.local.name in once:
            end = _last_use(s, rest, number + 1, uses)
            if end is not None:
                uses.update(_growth(s, uses))
                rest[number + 1 : end] = [_substituted(r, s.local, s.value) for r in rest[number + 1 : end]]
                continue
        bodies = bodies_of(s)
        out.append(with_bodies(s, [_body(b, once, uses) for b in bodies]) if bodies else s)
    return tuple(out)


def _last_use(s: ir.SetLocal, body: list[ir.Statement], start: int, uses: Counter[str]) -> int | None:
    """The end of the statements that use the local, if its value may go there; None: it may not."""
    nodes = list(subexpressions(s.value))
    if len(nodes) > LARGEST or any(isinstance(n, _CHANGING) for n in nodes):
        return None
    mentioned = {n.name for n in nodes if isinstance(n, ir.Local)}
    left = uses[s.local.name]
    for number in range(start, len(body)):
        if left == 0:
            return number
        here = body[number : number + 1]
        left -= _uses(here)[s.local.name]
        if any(_disturbs(r, mentioned) for r in statements(here)):
            return None
    return len(body) if left == 0 else None


_CHANGING = ir.Present | ir.Offset | ir.Element | ir.HashBytes | ir.FlowHash | ir.Jump | ir.InSet


def _disturbs(s: ir.Statement, mentioned: set[str]) -> bool:
    """Whether a statement may change what the value reads."""
    if isinstance(s, ir.SetLocal):
        return s.local.name in mentioned
    return isinstance(s, ir.Store | ir.Call)


def _growth(s: ir.SetLocal, uses: Counter[str]) -> Counter[str]:
    """The uses that the value brings to every place where it goes."""
    inside = Counter(n.name for n in subexpressions(s.value) if isinstance(n, ir.Local))
    times = uses[s.local.name] - 1
    return Counter({name: count * times for name, count in inside.items()})


def _substituted(s: ir.Statement, local: ir.Local, value: ir.Expr) -> ir.Statement:
    return map_expressions(s, lambda e: value if e == local else fold_expression(e))
