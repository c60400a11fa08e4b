"""Folding: constants, conversions, neutral elements, conditions that are known.

Form in and out: any. Afterwards no operator has constants for all its operands, no conversion is
without effect, and no If or Guard has a constant condition that holds. A guard that can never hold
stays: its abort is the program's meaning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fpl3.ir import nodes as ir
from fpl3.ir.evaluate import binary, compare, unary
from fpl3.ir.walk import bodies_of, expressions, rewrite, with_bodies, with_expressions
from fpl3.types import I32, IntType

_INVERSE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def fold(program: ir.Program) -> ir.Program:
    return replace(program, body=_body(program.body))


def _body(body: ir.Body) -> ir.Body:
    out: list[ir.Statement] = []
    for s in body:
        own = expressions(s)
        if own:
            s = with_expressions(s, [rewrite(e, fold_expression) for e in own])
        bodies = bodies_of(s)
        if bodies:
            s = with_bodies(s, [_body(b) for b in bodies])
        out += _statement(s)
    return tuple(out)


def _statement(s: ir.Statement) -> ir.Body:
    """What remains of a statement whose condition is known."""
    match s:
        case ir.Guard(condition=ir.Const(value=value)) if value:
            return ()
        case ir.If(condition=ir.Const(value=value)):
            return s.then if value else s.otherwise
        case ir.Switch(value=ir.Const(value=value)):
            return next((b for values, b in s.cases if value in values), s.default)
        case _:
            return (s,)


def fold_expression(e: ir.Expr) -> ir.Expr:
    """One node whose operands are folded already."""
    match e:
        case ir.Convert():
            return _convert(e)
        case ir.Unary(operand=ir.Const(value=value)):
            return ir.Const(e.type, unary(e.op, e.type, value))
        case ir.Binary():
            return _binary(e)
        case ir.Compare(left=ir.Const(value=a), right=ir.Const(value=b)):
            return ir.Const(I32, compare(e.op, a, b))
        case ir.Compare():
            return _compare(e)
        case ir.Not():
            return _not(e)
        case ir.All() | ir.Any() | ir.AndThen() | ir.OrElse():
            return _logic(e)
        case ir.Below():
            low, high = _range(e.operand)
            if low >= 0 and high < e.limit:
                return ir.Const(I32, 1)
            return ir.Const(I32, 0) if high < 0 or low >= e.limit else e
        case ir.InBounds(offset=ir.Const(value=at), length=ir.Const(value=length)):
            # Whether so many bytes were captured is known at run time only, unless none are needed.
            if at < 0 or length < 0:
                return ir.Const(I32, 0)
            return ir.Const(I32, 1) if at + length == 0 else e
        case _:
            return e


def _keeps(source: IntType, target: IntType) -> bool:
    """Whether every value of `source` is a value of `target`."""
    return target.holds(source.low) and target.holds(source.high)


def _convert(e: ir.Convert) -> ir.Expr:
    inner = e.operand
    if inner.type == e.type:
        return inner
    if isinstance(inner, ir.Const):
        return ir.Const(e.type, e.type.wrap(inner.value))
    if isinstance(inner, ir.Convert):
        narrows_more = e.type.bits <= inner.type.bits
        if narrows_more or _keeps(inner.operand.type, inner.type):
            return _convert(ir.Convert(e.type, inner.operand))
    return e


def _binary(e: ir.Binary) -> ir.Expr:
    a, b = e.left, e.right
    if isinstance(a, ir.Const) and isinstance(b, ir.Const):
        if e.op in ("/", "%") and b.value == 0:
            return _never(e)
        return ir.Const(e.type, binary(e.op, e.type, a.value, b.value))
    if isinstance(b, ir.Const):
        return _with_constant(e, a, b)
    if isinstance(a, ir.Const) and e.op in ("+", "*", "&", "|", "^"):
        return _binary(ir.Binary(e.type, e.op, b, a))
    return e


def _never(e: ir.Binary) -> ir.Expr:
    """A division by zero stands behind a guard that always aborts: its value is never used."""
    return ir.Const(e.type, 0)


def _with_constant(e: ir.Binary, a: ir.Expr, b: ir.Const) -> ir.Expr:
    value, ones = b.value, e.type.wrap(-1)
    if value == 0 and e.op in ("/", "%"):
        return _never(e)
    neutral = (
        (value == 0 and e.op in ("+", "-", "|", "^", "<<", ">>"))
        or (value == 1 and e.op in ("*", "/"))
        or (value == ones and e.op == "&")
    )
    if neutral:
        return a
    if value == 0 and e.op in ("*", "&"):
        return ir.Const(e.type, 0)
    if e.total and 0 <= value < e.type.bits:
        return ir.Binary(e.type, e.op, a, b)
    if e.total and (e.op == "<<" or not e.type.signed):
        return ir.Const(e.type, 0)
    # (x + c) + d: offsets of fields and parts.
    if e.op == "+" and isinstance(a, ir.Binary) and a.op == "+" and isinstance(a.right, ir.Const):
        total = ir.Const(e.type, e.type.wrap(a.right.value + value))
        return _binary(ir.Binary(e.type, "+", a.left, total))
    return e


def _compare(e: ir.Compare) -> ir.Expr:
    """A widened operand against a constant is compared in its own type."""
    if isinstance(e.left, ir.Const):
        mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(e.op, e.op)
        return _compare(ir.Compare(mirrored, e.right, e.left))
    left, right = e.left, e.right
    if isinstance(right, ir.Const):
        known = _decided(e.op, _range(left), right.value)
        if known is not None:
            return ir.Const(I32, known)
    if isinstance(left, ir.Convert) and isinstance(right, ir.Const):
        source = left.operand.type
        if _keeps(source, left.type) and source.holds(right.value):
            return ir.Compare(e.op, left.operand, ir.Const(source, right.value))
    return e


def _range(e: ir.Expr) -> tuple[int, int]:
    """What the shape of an expression says of its value."""
    match e:
        case ir.Const():
            return e.value, e.value
        case ir.Convert():
            low, high = _range(e.operand)
            if e.type.holds(low) and e.type.holds(high):
                return low, high
        case ir.Binary(op="&", right=ir.Const(value=mask)) if mask >= 0:
            return 0, mask
        case _ if is_truth(e):
            return 0, 1
    return e.type.low, e.type.high


def _decided(op: str, interval: tuple[int, int], value: int) -> int | None:
    """The result of `x op value` for every x of the interval, if it is one."""
    low, high = interval
    if op in ("==", "!="):
        if low <= value <= high and not low == value == high:
            return None
        return int((low == value == high) == (op == "=="))
    results = {compare(op, low, value), compare(op, high, value)}
    return results.pop() if len(results) == 1 else None


def _not(e: ir.Not) -> ir.Expr:
    inner = e.operand
    if isinstance(inner, ir.Const):
        return ir.Const(I32, int(inner.value == 0))
    if isinstance(inner, ir.Compare):
        return ir.Compare(_INVERSE[inner.op], inner.left, inner.right)
    if isinstance(inner, ir.Not) and is_truth(inner.operand):
        return inner.operand
    if isinstance(inner, _LOGIC) and all(_negates(t) for t in inner.terms):
        return fold_expression(_DUAL[type(inner)](tuple(_not(ir.Not(t)) for t in inner.terms)))
    return e


_LOGIC = (ir.AndThen, ir.OrElse, ir.All, ir.Any)
_DUAL: dict[type, Callable[[tuple[ir.Expr, ...]], ir.Expr]] = {
    ir.AndThen: ir.OrElse, ir.OrElse: ir.AndThen, ir.All: ir.Any, ir.Any: ir.All
}  # fmt: skip


def _negates(e: ir.Expr) -> bool:
    """Whether the negation is no longer than the expression."""
    return isinstance(e, ir.Compare | ir.Not | ir.AndThen | ir.OrElse | ir.All | ir.Any)


def is_truth(e: ir.Expr) -> bool:
    """Whether the value is 0 or 1 for certain."""
    return isinstance(
        e,
        ir.Compare | ir.All | ir.Any | ir.AndThen | ir.OrElse | ir.Not | ir.InSet | ir.InBounds
        | ir.Below | ir.Present,
    )  # fmt: skip


def _logic(e: ir.All | ir.Any | ir.AndThen | ir.OrElse) -> ir.Expr:
    """Terms in one level, without those that decide nothing."""
    deciding = 0 if isinstance(e, ir.All | ir.AndThen) else 1
    found: dict[ir.Expr, None] = {}
    for term in e.terms:
        inner = term.terms if type(term) is type(e) else (term,)
        for t in inner:
            if not isinstance(t, ir.Const):
                found[t] = None
            elif int(t.value != 0) == deciding:
                return ir.Const(I32, deciding)
    terms = list(found)
    if not terms:
        return ir.Const(I32, 1 - deciding)
    if len(terms) == 1 and is_truth(terms[0]):
        return terms[0]
    if isinstance(e, ir.OrElse):
        return _common_test(terms)
    return type(e)(tuple(terms))


def _common_test(terms: list[ir.Expr]) -> ir.Expr:
    """`(p && a) || (p && b)` is `p && (a || b)`: p is pure, and asked first in both."""
    firsts = [t.terms[0] if isinstance(t, ir.AndThen) else None for t in terms]
    if len(terms) < 2 or firsts[0] is None or any(f != firsts[0] for f in firsts):
        return ir.OrElse(tuple(terms))
    rests = [_logic(ir.AndThen(t.terms[1:])) for t in terms if isinstance(t, ir.AndThen)]
    return _logic(ir.AndThen((firsts[0], _logic(ir.OrElse(tuple(rests))))))
