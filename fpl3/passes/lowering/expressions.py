"""Lowering of expressions: guards and temporaries are emitted, a pure expression is returned."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from fpl3.check import program as checked
from fpl3.ir import nodes as ir
from fpl3.ir.walk import subexpressions
from fpl3.passes.lowering import packet
from fpl3.passes.lowering.calls import contains_call, lower_call
from fpl3.passes.lowering.context import Context
from fpl3.source import Span
from fpl3.types import I32, U32, IntType


def lower(ctx: Context, e: checked.Expr) -> ir.Expr:
    """An integer expression."""
    match e:
        case checked.Constant():
            assert isinstance(e.type, IntType)
            return ir.Const(e.type, e.value)
        case checked.ReadRegister():
            return ctx.register(e.register)
        case checked.ReadMeta():
            return packet.read_meta(ctx, e)
        case checked.ReadLayer():
            return packet.read_layer(ctx, e)
        case checked.Has():
            packet.locate(ctx, e.span, e.header.name)
            return ir.Convert(e.type, ir.Present(e.header.name))
        case checked.ReadRaw():
            return packet.read_raw(ctx, e)
        case checked.ReadField():
            return packet.read_field(ctx, e)
        case checked.ReadPart():
            return packet.read_part(ctx, e)
        case checked.Guarded():
            return _guarded(ctx, e)
        case checked.ReadMemory():
            return ir.Element(e.type, e.array.name, index(ctx, e.index, e.array.size, e.span))
        case checked.ReadTable():
            at = index(ctx, e.index, len(e.table.values), e.span)
            return ir.Lookup(e.type, e.table.name, at)
        case checked.Convert():
            return ir.Convert(e.type, lower(ctx, e.operand))
        case checked.Negate():
            return ir.Unary(e.type, "-", lower(ctx, e.operand))
        case checked.Complement():
            return ir.Unary(e.type, "~", lower(ctx, e.operand))
        case checked.Arithmetic():
            left, right = operands(ctx, e.left, e.right)
            return combine(ctx, e.span, e.op, e.type, left, right, e.right)
        case checked.Compare() | checked.Member() | checked.Truth():
            return _relation_value(ctx, e)
        case checked.Not():
            return ir.Not(lower(ctx, e.operand))
        case checked.And() | checked.Or():
            return _logic_value(ctx, e)
        case checked.Hash():
            return _hash(ctx, e)
        case checked.FlowHash():
            packet.locate(ctx, e.span, "FLOW")
            return ir.FlowHash(e.which)
        case checked.Consistent():
            left, right = operands(ctx, e.hash, e.buckets)
            return ir.Jump(left, right)
        case checked.CallExtern():
            return lower_call(ctx, e, [lower_argument(ctx, e, n) for n in range(len(e.arguments))])
    assert_never(e)


def lower_argument(ctx: Context, call: checked.CallExtern, number: int) -> ir.Expr:
    value = lower(ctx, call.arguments[number])
    if any(contains_call(a) for a in call.arguments[number + 1 :]):
        value = ctx.spilled(call.span, value)
    return value


def operands(ctx: Context, left: checked.Expr, right: checked.Expr) -> tuple[ir.Expr, ir.Expr]:
    """Both operands, left first; the left one is kept if an effect in the right could change it."""
    first = lower(ctx, left)
    if contains_call(right):
        first = ctx.spilled(left.span, first)
    return first, lower(ctx, right)


def index(ctx: Context, e: checked.Expr, size: int, span: Span) -> ir.Expr:
    """An index into memory or a table, guarded."""
    at = lower(ctx, e)
    ctx.emit(ir.Guard(span, ir.Below(at, size), "memory_index", ctx.interval(e)))
    return at


def combine(
    ctx: Context, span: Span, op: str, of: IntType, left: ir.Expr, right: ir.Expr, source: checked.Expr
) -> ir.Expr:
    """`left op right` with the division's guard and the shift's rule; `source` is the right side."""
    interval = ctx.interval(source)
    if op in ("/", "%"):
        zero = ir.Const(of, 0)
        ctx.emit(ir.Guard(span, ir.Compare("!=", right, zero), "division", interval))
    if op in ("<<", ">>"):
        inside = interval is not None and interval[0] >= 0 and interval[1] < of.bits
        return ir.Binary(of, op, left, right, total=not inside)
    return ir.Binary(of, op, left, right)


def _guarded(ctx: Context, e: checked.Guarded) -> ir.Expr:
    assert isinstance(e.type, IntType)
    (value,) = guarded(ctx, e, (e.type,), lambda: (lower(ctx, e.value),))
    return value


def guarded(
    ctx: Context,
    e: checked.Guarded,
    types: tuple[IntType, ...],
    evaluate: Callable[[], tuple[ir.Expr, ...]],
) -> tuple[ir.Expr, ...]:
    """The values of a field made by MACRO ... WHEN (two halves for an address), kept in temporaries."""
    from fpl3.passes.lowering.conditions import lower_condition

    end, absent = ctx.label("field"), ctx.label("absent")
    kept = tuple(ctx.temporary(t) for t in types)
    with ctx.nested() as inside, ctx.outside_goes_to(absent), ctx.absent_goes_to(absent):
        lower_condition(ctx, e.guard, absent)
        for local, value in zip(kept, evaluate(), strict=True):
            ctx.emit(ir.SetLocal(e.span, local, value))
        ctx.emit(ctx.leave(e.span, end))
    with ctx.nested() as body:
        ctx.emit(ir.Block(e.span, absent, tuple(inside)))
        packet.absent_unless(ctx, e.span, ir.Const(I32, 0))
    ctx.emit(ir.Block(e.span, end, tuple(body)))
    return kept


def relation(ctx: Context, e: checked.Compare | checked.Member | checked.Truth) -> ir.Expr:
    """The relation of the operands, which leave to ctx.absent where a field is absent."""
    match e:
        case checked.Truth():
            if isinstance(e.operand, checked.Has):
                packet.locate(ctx, e.span, e.operand.header.name)
                return ir.Present(e.operand.header.name)
            value = lower(ctx, e.operand)
            return ir.Compare("!=", value, ir.Const(value.type, 0))
        case checked.Member():
            return _member(ctx, e)
        case checked.Compare():
            if not isinstance(e.left.type, IntType):
                return _compare_addresses(ctx, e)
            left, right = operands(ctx, e.left, e.right)
            return ir.Compare(e.op, left, right)


def _relation_value(ctx: Context, e: checked.Compare | checked.Member | checked.Truth) -> ir.Expr:
    false = ctx.label("false")
    with ctx.nested() as body, ctx.absent_goes_to(false):
        value = relation(ctx, e)
    if false not in ctx.used_labels:
        ctx.out.extend(body)
        return value
    result = ctx.temporary(I32)
    ctx.emit(ir.SetLocal(e.span, result, ir.Const(I32, 0)))
    ctx.emit(ir.Block(e.span, false, (*body, ir.SetLocal(e.span, result, value))))
    return result


def _logic_value(ctx: Context, e: checked.And | checked.Or) -> ir.Expr:
    """Without statements on the right it is plain logic; else short circuit by blocks. A shift whose
    count is known to be in range may owe that to the left side, and is not evaluated without it."""
    left = lower(ctx, e.left)
    with ctx.nested() as body:
        right = lower(ctx, e.right)
    if not body and any(isinstance(n, ir.Binary) and _is_bare_shift(n) for n in subexpressions(right)):
        return (ir.AndThen if isinstance(e, checked.And) else ir.OrElse)((left, right))
    if not body:
        return (ir.All if isinstance(e, checked.And) else ir.Any)((left, right))
    result = ctx.temporary(I32)
    ctx.emit(ir.SetLocal(e.span, result, left))
    goes_on = result if isinstance(e, checked.And) else ir.Not(result)
    ctx.emit(ir.If(e.span, goes_on, (*body, ir.SetLocal(e.span, result, right))))
    return result


def _is_bare_shift(e: ir.Binary) -> bool:
    return e.op in ("<<", ">>") and not e.total and not isinstance(e.right, ir.Const)


def _member(ctx: Context, e: checked.Member) -> ir.Expr:
    if isinstance(e.value.type, IntType):
        inside = _among(ctx, lower(ctx, e.value), e.set)
    else:
        number = ctx.set_number(e.set, 128)
        inside = ir.InSet(number, packet.address_pair(ctx, e.value))
    return ir.Not(inside) if e.negated else inside


def _among(ctx: Context, value: ir.Expr, among: checked.NumberSet) -> ir.Expr:
    members = _bit_patterns(among, value.type)
    if len(members.ranges) == 1:
        alone = _equality(value, *members.ranges[0])
        if alone is not None:
            return alone
    return ir.InSet(ctx.set_number(members, value.type.bits), (value,))


def _equality(value: ir.Expr, first: int, last: int) -> ir.Expr | None:
    """A range that is one value, or a prefix of whole bytes of what is loaded, as a comparison."""
    if value.type.signed or not (value.type.holds(first) and value.type.holds(last)):
        return None
    if first == last:
        return ir.Compare("==", value, ir.Const(value.type, first))
    if isinstance(value, ir.Load):
        for bits in (8, 16, 32):
            rest = value.type.bits - bits
            if rest > 0 and last - first + 1 == 1 << rest and first & (last - first) == 0:
                narrow = IntType(bits, False)
                return ir.Compare("==", ir.Load(narrow, value.offset), ir.Const(narrow, first >> rest))
    return None


def _bit_patterns(members: checked.NumberSet, of: IntType) -> checked.NumberSet:
    """The members that values of a type can have, as unsigned bit patterns of its width."""
    ranges = members.ranges
    if ranges and ranges[0][0] >= 0 and ranges[-1][1] <= of.high:
        return members  # large sets are such
    pieces: list[tuple[int, int]] = []
    wrap = 1 << of.bits
    for low, high in members.ranges:
        low, high = max(low, of.low), min(high, of.high)
        if low <= min(high, -1):
            pieces.append((low + wrap, min(high, -1) + wrap))
        if max(low, 0) <= high:
            pieces.append((max(low, 0), high))
    return checked.NumberSet(members.name, tuple(sorted(pieces)), ipv6=False)


def _compare_addresses(ctx: Context, e: checked.Compare) -> ir.Expr:
    """IPv6 addresses, compared as two 64-bit halves."""
    ah, al = packet.address_pair(ctx, e.left)
    if contains_call(e.right):
        ah, al = ctx.spilled(e.span, ah), ctx.spilled(e.span, al)
    bh, bl = packet.address_pair(ctx, e.right)
    same_high = ir.Compare("==", ah, bh)
    if e.op in ("==", "!="):
        same = ir.All((same_high, ir.Compare("==", al, bl)))
        return same if e.op == "==" else ir.Not(same)
    strict = e.op[0]
    return ir.Any((ir.Compare(strict, ah, bh), ir.All((same_high, ir.Compare(e.op, al, bl)))))


def _hash(ctx: Context, e: checked.Hash) -> ir.Expr:
    start, length = operands(ctx, e.start, e.length)
    if contains_call(e.mask):
        start, length = ctx.spilled(e.span, start), ctx.spilled(e.span, length)
    mask = lower(ctx, e.mask)
    condition: ir.Expr = ir.InBounds(start, length)
    shortest = ctx.interval(e.length)
    if shortest is None or shortest[0] <= 0:
        nothing = ir.Compare("==", length, ir.Const(length.type, 0))
        not_negative = ir.Compare(">=", start, ir.Const(start.type, 0))
        condition = ir.Any((ir.All((nothing, not_negative)), condition))
    packet.outside_unless(ctx, e.span, condition, None)
    hashed = ir.HashBytes(ir.Convert(U32, start), ir.Convert(U32, length))
    return ir.Binary(U32, "&", hashed, ir.Convert(U32, mask))
