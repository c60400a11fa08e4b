"""Tidying control flow: Blocks and Leaves become Ifs where they can, dead statements go.

Form in and out: any. Afterwards nothing stands behind a Leave or Return of its body, no Block has a
label that nobody leaves to, and a Block that only skips its rest is an If.
"""

from __future__ import annotations

from dataclasses import replace

from fpl3.ir import nodes as ir
from fpl3.ir.walk import bodies_of, statements, with_bodies
from fpl3.passes.exclusive import excludes
from fpl3.passes.fold import fold_expression
from fpl3.types import U32

Ends = frozenset[str]  # labels that stand where control is when it falls off a body
END = ""  # stands for the end of a run, where falling off is RETURN (0)


def structure(program: ir.Program) -> ir.Program:
    return replace(program, body=_body(program.body, frozenset((END,))))


def _body(body: ir.Body, ends: Ends) -> ir.Body:
    out: list[ir.Statement] = []
    for number, s in enumerate(body):
        goes_to_end = excludes(s, body[number + 1 :])
        for simpler in _statement(s, ends if goes_to_end else frozenset()):
            merged = _both_leave(out[-1], simpler) if out else None
            if merged is None:
                out.append(simpler)
            else:
                out[-1] = merged
        if out and not falls_through(out[-1]):
            break
    if out and _is_leave(out[-1], ends):
        out.pop()
    return _skipping(tuple(out), ends) if ends else tuple(out)


def _both_leave(a: ir.Statement, b: ir.Statement) -> ir.Statement | None:
    """Two neighbouring Ifs that leave to one label, as one."""
    if not (isinstance(a, ir.If) and isinstance(b, ir.If)) or a.then != b.then:
        return None
    if a.otherwise or b.otherwise or len(a.then) != 1 or not isinstance(a.then[0], ir.Leave):
        return None
    return replace(a, condition=fold_expression(ir.OrElse((a.condition, b.condition))))


def _statement(s: ir.Statement, ends: Ends) -> ir.Body:
    match s:
        case ir.Block():
            return _block(s, ends)
        case ir.If():
            s = replace(s, then=_body(s.then, ends), otherwise=_body(s.otherwise, ends))
            return _if(s)
        case ir.Switch():
            bodies = bodies_of(s)
            return (with_bodies(s, [_body(b, ends) for b in bodies]),)
        case ir.Loop() | ir.Part():
            ends = frozenset((END,)) if isinstance(s, ir.Part) else frozenset()
            return (replace(s, body=_body(s.body, ends)),)
        case _:
            return (s,)


def _if(s: ir.If) -> ir.Body:
    if not s.then and not s.otherwise:
        return ()
    if not s.then:
        condition = fold_expression(ir.Not(s.condition))
        return _if(replace(s, condition=condition, then=s.otherwise, otherwise=()))
    if s.otherwise and not falls_through(s.then[-1]):
        # What follows a branch that ends need not stand in an ELSE.
        return (*_if(replace(s, otherwise=())), *s.otherwise)
    inner = s.then[0]
    if not s.otherwise and len(s.then) == 1 and isinstance(inner, ir.If) and not inner.otherwise:
        both = fold_expression(ir.AndThen((s.condition, inner.condition)))
        return (ir.If(s.span, both, inner.then),)
    return (s,)


def _block(s: ir.Block, ends: Ends) -> ir.Body:
    inside = ends | {s.label}
    body = _body(s.body, inside)
    leaves = any(isinstance(i, ir.Leave) and i.label == s.label for i in statements(body))
    return (replace(s, body=body),) if leaves else body


def _skipping(body: ir.Body, ends: Ends) -> ir.Body:
    """`if (c) leave label; rest` at the end of Block label is `if (!c) { rest }`; from the last such
    statement to the first, so that every statement is visited once."""
    rest: ir.Body = ()
    for s in reversed(body):
        if isinstance(s, ir.If) and not s.otherwise and len(s.then) == 1 and _is_leave(s.then[0], ends):
            condition = fold_expression(ir.Not(s.condition))
            inside = rest[:-1] if rest and _is_leave(rest[-1], ends) else rest
            rest = _if(ir.If(s.span, condition, inside)) if inside else ()
        else:
            rest = (s, *rest)
    return rest


def _is_leave(s: ir.Statement, ends: Ends) -> bool:
    if isinstance(s, ir.Return):
        return END in ends and s.value == ir.Const(U32, 0)
    return isinstance(s, ir.Leave) and s.label in ends


def falls_through(s: ir.Statement) -> bool:
    """Whether control can reach what follows a statement."""
    match s:
        case ir.Leave() | ir.Return():
            return False
        case ir.If():
            both = bool(s.then and s.otherwise)
            return not both or falls_through(s.then[-1]) or falls_through(s.otherwise[-1])
        case ir.Guard(condition=ir.Const(value=0)):
            return False
        case ir.Loop():
            return any(isinstance(i, ir.Leave) and i.label == s.label for i in statements(s.body))
        case _:
            return True
