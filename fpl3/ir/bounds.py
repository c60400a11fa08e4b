"""Where guards on captured bytes end, and how high offsets get: what passes may conclude from shapes.

The end of a guard is a base (an unsigned expression, or None for no more than the packet's start) and a
constant beyond it; ends of one base can be compared.
"""

from __future__ import annotations

from fpl3.ir import nodes as ir
from fpl3.types import U32, IntType

SLACK = 64  # bytes that may be read behind what was captured; ffpf_object.h promises them
End = tuple[ir.Expr | None, int]


def end_of(asked: ir.InBounds) -> End:
    """Where the bytes end that are asked for. One that cannot be compared is a base of its own."""
    if not isinstance(asked.length, ir.Const) or asked.length.value < 0:
        return asked, 0
    match asked.offset:
        case ir.Const(value=at) if at >= 0:
            return None, at + asked.length.value
        case ir.Binary(op="+", left=left, right=ir.Const(value=more)) if _never_wraps(left, more):
            return left, more + asked.length.value
        case ir.Const():
            return asked, 0
        case _:
            return asked.offset, asked.length.value


def _never_wraps(left: ir.Expr, more: int) -> bool:
    most = highest(left)
    return left.type == U32 and more >= 0 and most is not None and most + more <= U32.high


def constant_end(condition: ir.Expr) -> int | None:
    """n if the condition says no more and no less than that n bytes were captured."""
    if not isinstance(condition, ir.InBounds):
        return None
    base, end = end_of(condition)
    return end if base is None else None


def least_captured(condition: ir.Expr) -> int:
    """How many bytes were captured at least where the condition holds."""
    match condition:
        case ir.InBounds():
            return end_of(condition)[1]  # an offset is never negative where it is in bounds
        case ir.All() | ir.AndThen():
            return max(map(least_captured, condition.terms), default=0)
        case _:
            return 0


def highest(e: ir.Expr) -> int | None:
    """The highest value of an expression that is never negative; None if that is not plain to see."""
    match e:
        case ir.Const():
            return e.value if e.value >= 0 else None
        case ir.Load() | ir.Local() | ir.Meta():
            return None if e.type.signed else e.type.high
        case ir.Convert():
            return _fits(highest(e.operand), e.type)
        case ir.Binary(op="&", right=ir.Const(value=mask)) if mask >= 0:
            return mask
        case ir.Binary(op="+" | "*" | "<<" | ">>", total=False) if not e.type.signed:
            return _fits(_highest_of(e.op, highest(e.left), highest(e.right)), e.type)
        case _:
            return None


def _highest_of(op: str, a: int | None, b: int | None) -> int | None:
    if a is None:
        return None
    if op == ">>":
        return a
    if b is None or (op == "<<" and b > 64):
        return None
    return {"+": a + b, "*": a * b, "<<": a << b}[op]


def _fits(value: int | None, of: IntType) -> int | None:
    """A bound that may wrap round is none."""
    return value if value is not None and value <= of.high else None
