"""Lowering of conditions: control falls through where they hold, else leaves to a label."""

from __future__ import annotations

from fpl3.check import program as checked
from fpl3.ir import nodes as ir
from fpl3.passes.lowering.context import Context
from fpl3.passes.lowering.expressions import lower, relation


def lower_condition(ctx: Context, e: checked.Expr, false: str) -> None:
    """Emits what leaves to `false` unless the truth expression `e` holds."""
    match e:
        case checked.And():
            lower_condition(ctx, e.left, false)
            lower_condition(ctx, e.right, false)
        case checked.Or():
            _either(ctx, e, false)
        case checked.Not():
            _negated(ctx, e, false)
        case checked.Compare() | checked.Member() | checked.Truth():
            with ctx.absent_goes_to(false):
                value = relation(ctx, e)
            ctx.emit(ir.If(e.span, ir.Not(value), (ctx.leave(e.span, false),)))
        case _:
            value = lower(ctx, e)
            ctx.emit(ir.If(e.span, ir.Not(value), (ctx.leave(e.span, false),)))


def _either(ctx: Context, e: checked.Or, false: str) -> None:
    true, next_ = ctx.label("true"), ctx.label("or")
    with ctx.nested() as body:
        with ctx.nested() as left:
            lower_condition(ctx, e.left, next_)
            ctx.emit(ctx.leave(e.span, true))
        ctx.emit(ir.Block(e.left.span, next_, tuple(left)))
        lower_condition(ctx, e.right, false)
    ctx.emit(ir.Block(e.span, true, tuple(body)))


def _negated(ctx: Context, e: checked.Not, false: str) -> None:
    true = ctx.label("not")
    with ctx.nested() as body:
        lower_condition(ctx, e.operand, true)
        ctx.emit(ctx.leave(e.span, false))
    ctx.emit(ir.Block(e.span, true, tuple(body)))
