"""Operators on checked operands: constants fold exactly, variables meet in a type."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import convert
from fpl3.check import program as p
from fpl3.check.constants import (
    RELATIONS,
    Exact,
    NegativeShift,
    TooLarge,
    fold,
    shown,
)
from fpl3.check.context import Context, Rejected, Value
from fpl3.source import Span
from fpl3.types import IntType, widened

LOGICAL = ("&&", "||")
SHIFTS = ("<<", ">>")


def combine(ctx: Context, op: str, left: Value, right: Value, span: Span) -> Value:
    """`left op right` of two checked operands; also for MAX and MIN."""
    if isinstance(left, Exact) and isinstance(right, Exact):
        return folded(ctx, op, left, right, span)
    if op in LOGICAL:
        node = p.And if op == "&&" else p.Or
        return node(span, convert.truth(ctx, left), convert.truth(ctx, right))
    if op in RELATIONS:
        return _relation(ctx, op, left, right, span)
    left = convert.integer(ctx, left, f"an operand of {op}")
    right = convert.integer(ctx, right, f"an operand of {op}")
    if op in SHIFTS:
        return _shift(ctx, op, left, right, span)
    refuse_zero(ctx, op, right)
    first, second, type = convert.meet(ctx, left, right)
    return p.Arithmetic(span, type, op, first, second)


def folded(ctx: Context, op: str, left: Exact, right: Exact, span: Span) -> Exact:
    refuse_zero(ctx, op, right)
    try:
        return Exact(span, fold(op, left.value, right.value))
    except NegativeShift:
        raise _refuse_negative_shift(ctx, op, right) from None
    except TooLarge:
        raise ctx.rejected(
            kinds.CONSTANT_TOO_LARGE,
            span,
            "this constant would have more than 4,096 bits",
            help="values have at most 64 bits",
        ) from None


def refuse_zero(ctx: Context, op: str, right: Value) -> None:
    if op in ("/", "%") and isinstance(right, Exact) and right.value == 0:
        raise ctx.rejected(
            kinds.CONSTANT_DIVISION,
            right.span,
            f"the right operand of {op} is the constant 0",
            help="the run would always be aborted here; divide by something else",
        )


def _refuse_negative_shift(ctx: Context, op: str, count: Exact) -> Rejected:
    return ctx.rejected(
        kinds.SHIFT_COUNT,
        count.span,
        f"the shift count is {shown(count.value)}",
        help=f"use {'>>' if op == '<<' else '<<'} with the positive count",
    )


def _relation(ctx: Context, op: str, left: Value, right: Value, span: Span) -> p.Expr:
    if convert.is_ipv6(left) != convert.is_ipv6(right):
        other = right if convert.is_ipv6(left) else left
        raise ctx.rejected(
            kinds.MIXED_FAMILIES,
            span,
            "an IPv6 address is compared with something else",
            help=f"'{other.span.text}' is none; .DW[0] to .DW[3] of the other are 32-bit numbers",
        )
    if convert.is_ipv6(left):
        assert not isinstance(left, Exact) and not isinstance(right, Exact)
        return p.Compare(span, op, left, right)
    first, second, _ = convert.meet(ctx, left, right)
    test = p.Compare(span, op, first, second)
    ctx.note_test(test)
    return test


def _shift(ctx: Context, op: str, left: Value, right: Value, span: Span) -> p.Expr:
    """The type is the left operand's, widened; the count keeps its own."""
    if isinstance(left, Exact):
        assert not isinstance(right, Exact)
        left = convert.typed(ctx, left, convert.int_type(right))
    type = widened(convert.int_type(left))
    count = shift_count(ctx, op, right, type) if isinstance(right, Exact) else right
    return p.Arithmetic(span, type, op, convert.convert(left, type), count)


def shift_count(ctx: Context, op: str, count: Exact, type: IntType) -> p.Expr:
    """A constant count of a shift of `type`."""
    if count.value < 0:
        raise _refuse_negative_shift(ctx, op, count)
    if count.value >= type.bits:
        ctx.warn(
            kinds.SHIFT_TOO_FAR,
            count.span,
            f"a shift of {type} by {shown(count.value)} leaves no bit of it",
            help=f"counts of 0 to {type.bits - 1} make sense here",
        )
    # Every count of at least the width does the same.
    return convert.typed(ctx, Exact(count.span, min(count.value, type.bits)))
