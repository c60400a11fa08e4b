"""Giving values their types: constants that meet variables, explicit conversions, truth."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.check.constants import Exact, pattern, shown
from fpl3.check.context import Context, Narrowing, Value
from fpl3.source import Span
from fpl3.types import I32, IPV6, IntType, Ipv6Type, combined, constant_meets, smallest


def integer(ctx: Context, value: Value, doing: str) -> Exact | p.Expr:
    """`value`, refused if it is an IPv6 address; `doing` completes "an IPv6 address cannot be"."""
    if not isinstance(value, Exact) and isinstance(value.type, Ipv6Type):
        raise ctx.rejected(
            kinds.IPV6_USE,
            value.span,
            f"an IPv6 address cannot be {doing}",
            help="compare it, test it with IN, or take a 32-bit part with .DW[0] to .DW[3]",
        )
    return value


def int_type(expr: p.Expr) -> IntType:
    """The type of an expression that `integer` has let through."""
    assert isinstance(expr.type, IntType)
    return expr.type


def typed(ctx: Context, value: Value, meets: IntType | None = None) -> p.Expr:
    """An expression with a type: a constant takes the one in which it meets `meets`."""
    if not isinstance(value, Exact):
        return value
    type = smallest(value.value) if meets is None else constant_meets(value.value, meets)
    if type is None:
        raise ctx.rejected(
            kinds.CONSTANT_TOO_WIDE,
            value.span,
            f"{shown(value.value)} fits neither INT64 nor UINT64",
            help="values have at most 64 bits; only constants among themselves are exact",
        )
    return p.Constant(value.span, type, type.wrap(value.value))


def convert(expr: p.Expr, type: IntType) -> p.Expr:
    """`expr` as `type`; nothing is added where it has that type."""
    if expr.type == type:
        return expr
    if isinstance(expr, p.Constant):
        return p.Constant(expr.span, type, type.wrap(expr.value))
    return p.Convert(expr.span, type, expr)


def meet(ctx: Context, left: Value, right: Value) -> tuple[p.Expr, p.Expr, IntType]:
    """Both operands in the type where they meet. At most one of them is an exact constant."""
    if isinstance(left, Exact):
        right = typed(ctx, right)
        left = typed(ctx, left, int_type(right))
    else:
        right = typed(ctx, right, int_type(left))
    type = combined(int_type(left), int_type(right))
    return convert(left, type), convert(right, type), type


def assigned(ctx: Context, value: Value, type: IntType, target: str, bits: int | None = None) -> p.Expr:
    """`value` as it is stored in `target` of `type`, of which `bits` bits are kept (default all)."""
    keeps = type if bits is None else IntType(bits, type.signed)
    wide = typed(ctx, value)
    note_narrowing(ctx, value, keeps, target)
    return convert(wide, type)


def note_narrowing(ctx: Context, value: Value, keeps: IntType, target: str) -> None:
    """Warns now (constants) or when ranges are known of a value of which `keeps` loses something."""
    if isinstance(value, Exact):
        _narrowed_constant(ctx, value, keeps, target)
    elif int_type(value).bits > keeps.bits:
        ctx.narrowings.append(Narrowing(value.span, value, keeps.low, keeps.high, target))


def _narrowed_constant(ctx: Context, value: Exact, keeps: IntType, target: str) -> None:
    # A negative value is a bit pattern, and so is 0xFFFFFFFF for an INT32.
    low, high = -(1 << (keeps.bits - 1)), (1 << keeps.bits) - 1
    if not low <= value.value <= high:
        ctx.warn(
            kinds.NARROWING,
            value.span,
            f"{shown(value.value)} does not fit {target}: it becomes {keeps.wrap(value.value)}",
            help=f"{keeps.low} to {keeps.high} fit",
        )


def truth(ctx: Context, value: Value) -> p.Expr:
    """`value` in a truth position: a relation is itself, anything else means `value != 0`."""
    if isinstance(value, Exact):
        return p.Truth(value.span, p.Constant(value.span, I32, int(value.value != 0)))
    if isinstance(value, p.TRUTH):
        return value
    integer(ctx, value, "true or false")
    return p.Truth(value.span, value)


def is_ipv6(value: Value) -> bool:
    return not isinstance(value, Exact) and value.type == IPV6


def fitting(ctx: Context, value: Exact, type: IntType, span: Span, what: str) -> int:
    """A constant that must fit `type` (a negative one as the bit pattern of an unsigned type)."""
    found = pattern(value.value, type)
    if found is None:
        raise ctx.rejected(
            kinds.CONSTANT_UNFIT,
            span,
            f"{shown(value.value)} does not fit {what} of type {type}",
            help=f"{type} holds {type.low} to {type.high}",
        )
    return found
