"""External functions in expressions: the only expressions with effects."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import lru_cache

from fpl3.check import program as checked
from fpl3.ir import nodes as ir
from fpl3.passes.lowering.context import Context


@lru_cache(maxsize=65536)
def contains_call(e: checked.Expr) -> bool:
    """Whether evaluating `e` may have an effect (a call of an external function)."""
    if isinstance(e, checked.CallExtern):
        return True
    return any(contains_call(child) for child in children(e))


def children(e: checked.Expr) -> list[checked.Expr]:
    """The operands of a checked expression, in the order of evaluation."""
    found: list[checked.Expr] = []
    for f in fields(e):
        value = getattr(e, f.name)
        if isinstance(value, tuple):
            found += [v for v in value if _is_expression(v)]
        elif _is_expression(value):
            found.append(value)
    return found


def _is_expression(value: object) -> bool:
    return is_dataclass(value) and isinstance(value, _EXPRESSIONS)


_EXPRESSIONS = checked.Expr.__args__


def lower_call(ctx: Context, e: checked.CallExtern, arguments: list[ir.Expr]) -> ir.Expr:
    """Emits the call; its value is kept in a temporary at once."""
    result = ctx.temporary(e.type)
    ctx.emit(ir.Call(e.span, result, e.instance, e.function, tuple(arguments), e.array))
    return result
