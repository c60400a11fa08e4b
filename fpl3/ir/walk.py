"""Walking and rebuilding IR: the one place that knows which node has which children."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from fpl3.ir import nodes as ir


def bodies_of(s: ir.Statement) -> tuple[ir.Body, ...]:
    """The nested bodies of a statement, in the order of the text."""
    match s:
        case ir.If():
            return (s.then, s.otherwise)
        case ir.Block() | ir.Loop() | ir.Part():
            return (s.body,)
        case ir.Switch():
            return (*(body for _, body in s.cases), s.default)
        case _:
            return ()


def with_bodies(s: ir.Statement, bodies: Sequence[ir.Body]) -> ir.Statement:
    """The statement with its nested bodies replaced, in the order of bodies_of."""
    match s:
        case ir.If():
            return replace(s, then=bodies[0], otherwise=bodies[1])
        case ir.Block() | ir.Loop() | ir.Part():
            return replace(s, body=bodies[0])
        case ir.Switch():
            cases = tuple((values, b) for (values, _), b in zip(s.cases, bodies, strict=False))
            return replace(s, cases=cases, default=bodies[-1])
        case _:
            return s


def operands(e: ir.Expr) -> tuple[ir.Expr, ...]:
    match e:
        case ir.Load():
            return (e.offset,)
        case ir.Element() | ir.Lookup():
            return (e.index,)
        case ir.Convert() | ir.Unary() | ir.Not() | ir.Below():
            return (e.operand,)
        case ir.Binary() | ir.Compare():
            return (e.left, e.right)
        case ir.All() | ir.Any() | ir.AndThen() | ir.OrElse():
            return e.terms
        case ir.InSet():
            return e.operands
        case ir.InBounds():
            return (e.offset, e.length)
        case ir.HashBytes():
            return (e.start, e.length)
        case ir.Jump():
            return (e.hash, e.buckets)
        case _:
            return ()


def with_operands(e: ir.Expr, new: Sequence[ir.Expr]) -> ir.Expr:
    """The expression with its operands replaced, in the order of operands()."""
    match e:
        case ir.Load():
            return ir.Load(e.type, new[0])
        case ir.Element():
            return ir.Element(e.type, e.array, new[0])
        case ir.Lookup():
            return ir.Lookup(e.type, e.table, new[0])
        case ir.Convert():
            return ir.Convert(e.type, new[0])
        case ir.Unary():
            return ir.Unary(e.type, e.op, new[0])
        case ir.Not():
            return ir.Not(new[0])
        case ir.Below():
            return ir.Below(new[0], e.limit)
        case ir.Binary():
            return ir.Binary(e.type, e.op, new[0], new[1], e.total)
        case ir.Compare():
            return ir.Compare(e.op, new[0], new[1])
        case ir.All() | ir.Any() | ir.AndThen() | ir.OrElse():
            return type(e)(tuple(new))
        case ir.InSet():
            return ir.InSet(e.set, tuple(new))
        case ir.InBounds():
            return ir.InBounds(new[0], new[1])
        case ir.HashBytes():
            return ir.HashBytes(new[0], new[1])
        case ir.Jump():
            return ir.Jump(new[0], new[1])
        case _:
            return e


def expressions(s: ir.Statement) -> tuple[ir.Expr, ...]:
    """The expressions that a statement itself evaluates (not those of nested bodies)."""
    match s:
        case ir.SetLocal():
            return (s.value,)
        case ir.Store():
            return (s.offset, s.value)
        case ir.StoreElement():
            return (s.index, s.value)
        case ir.Guard() | ir.If():
            return (s.condition,)
        case ir.Switch() | ir.Return():
            return (s.value,)
        case ir.Transmit():
            state = s.state or ()
            return (*(() if s.id is None else (s.id,)), s.index, *state)
        case ir.Call():
            return s.arguments
        case _:
            return ()


def with_expressions(s: ir.Statement, new: Sequence[ir.Expr]) -> ir.Statement:
    """The statement with its own expressions replaced, in the order of expressions()."""
    match s:
        case ir.SetLocal():
            return replace(s, value=new[0])
        case ir.Store():
            return replace(s, offset=new[0], value=new[1])
        case ir.StoreElement():
            return replace(s, index=new[0], value=new[1])
        case ir.Guard() | ir.If():
            return replace(s, condition=new[0])
        case ir.Switch() | ir.Return():
            return replace(s, value=new[0])
        case ir.Transmit():
            rest = list(new)
            id_ = rest.pop(0) if s.id is not None else None
            state = tuple(rest[1:]) if s.state else None
            return replace(s, id=id_, index=rest[0], state=state)
        case ir.Call():
            return replace(s, arguments=tuple(new))
        case _:
            return s


def rewrite(e: ir.Expr, change: Callable[[ir.Expr], ir.Expr]) -> ir.Expr:
    """Applies `change` to every node, operands first."""
    old = operands(e)
    if old:
        new = [rewrite(o, change) for o in old]
        if any(a is not b for a, b in zip(old, new, strict=True)):
            e = with_operands(e, new)
    return change(e)


def map_expressions(s: ir.Statement, change: Callable[[ir.Expr], ir.Expr]) -> ir.Statement:
    """Applies `change` to every expression of a statement and of its bodies."""
    own = expressions(s)
    if own:
        s = with_expressions(s, [rewrite(e, change) for e in own])
    bodies = bodies_of(s)
    if bodies:
        s = with_bodies(s, [tuple(map_expressions(i, change) for i in b) for b in bodies])
    return s


def subexpressions(e: ir.Expr) -> Iterator[ir.Expr]:
    yield e
    for operand in operands(e):
        yield from subexpressions(operand)


def statements(body: Iterable[ir.Statement]) -> Iterator[ir.Statement]:
    """Every statement of a body and of the bodies inside it."""
    for s in body:
        yield s
        for inner in bodies_of(s):
            yield from statements(inner)
