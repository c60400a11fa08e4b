"""Dead code: assignments, locals and parsed headers that nobody asks about.

Form in and out: any. Guards, writes, calls and all other effects stay. Afterwards every local in the
program's list is read somewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from fpl3.ir import nodes as ir
from fpl3.ir.walk import bodies_of, expressions, statements, subexpressions, with_bodies
from fpl3.passes.headers import stages_of


def dead(program: ir.Program) -> ir.Program:
    body = program.body
    while True:
        read = _live(body)
        smaller = _body(body, read, _stages(body))
        if smaller == body:
            break
        body = smaller
    kept = tuple(local for local in program.locals if local.name in read)
    return replace(program, body=body, locals=kept)


def _live(body: ir.Body) -> set[str]:
    """Locals on which something else than the values of dead locals depends."""
    live: set[str] = set()
    behind: dict[str, set[str]] = defaultdict(set)
    for s in statements(body):
        read = {n.name for e in expressions(s) for n in subexpressions(e) if isinstance(n, ir.Local)}
        if isinstance(s, ir.SetLocal):
            behind[s.local.name] |= read
        elif isinstance(s, ir.Call) and s.result and _is_pure(s):
            behind[s.result.name] |= read
        else:
            live |= read
    waiting = list(live)
    while waiting:
        fresh = behind[waiting.pop()] - live
        live |= fresh
        waiting += fresh
    return live


def _is_pure(s: ir.Call) -> bool:
    return s.function.pure and s.function.packet != "write" and s.array is None


def _mentioned(body: ir.Body) -> Iterable[ir.Expr]:
    for s in statements(body):
        for e in expressions(s):
            yield from subexpressions(e)


def _stages(body: ir.Body) -> set[str]:
    found: set[str] = set()
    for e in _mentioned(body):
        if isinstance(e, ir.Present | ir.Offset):
            found.update(stages_of(e.header))
        elif isinstance(e, ir.FlowHash):
            found.update(stages_of("FLOW"))
    for s in statements(body):
        if isinstance(s, ir.Transmit) and s.table == "Ip":
            found.update(stages_of("TX_IP"))
    return found


def _body(body: ir.Body, read: set[str], stages: set[str]) -> ir.Body:
    out: list[ir.Statement] = []
    for s in body:
        match s:
            case ir.SetLocal() if s.local.name not in read or s.value == s.local:
                continue
            case ir.Locate() if s.stage in ("LINK", "IP", "IP6", "L4") and s.stage not in stages:
                continue
            case ir.Call() if s.result and s.result.name not in read:
                if _is_pure(s):
                    continue
                s = replace(s, result=None)
            case ir.Block() if not s.body:
                continue
        bodies = bodies_of(s)
        if bodies:
            s = with_bodies(s, [_body(b, read, stages) for b in bodies])
            if isinstance(s, ir.If) and not s.then and not s.otherwise:
                continue
        out.append(s)
    return tuple(out)
