"""Lowering of packet accesses: raw reads, named fields, parts, layers, IPv6 addresses."""

from __future__ import annotations

from fpl3.check import program as checked
from fpl3.check.program import Interval
from fpl3.fields import Field
from fpl3.ir import nodes as ir
from fpl3.passes.lowering.context import Context
from fpl3.source import Span
from fpl3.types import U8, U16, U32, U64, IntType

LOAD_TYPES = {1: U8, 2: U16, 4: U32, 8: U64}


def locate(ctx: Context, span: Span, header: str) -> None:
    ctx.emit(ir.Locate(span, header))


def absent_unless(ctx: Context, span: Span, condition: ir.Expr) -> None:
    """Goes where absence goes unless the condition holds."""
    if ctx.absent is None:
        ctx.emit(ir.Guard(span, condition, "absent_field"))
    else:
        ctx.emit(ir.If(span, ir.Not(condition), (ctx.leave(span, ctx.absent),)))


def outside_unless(ctx: Context, span: Span, condition: ir.Expr, interval: Interval | None) -> None:
    """Goes where a read outside the packet goes unless the condition holds."""
    if ctx.outside is None:
        ctx.emit(ir.Guard(span, condition, "out_of_bounds", interval))
    else:
        ctx.emit(ir.If(span, ir.Not(condition), (ctx.leave(span, ctx.outside),)))


def read_meta(ctx: Context, e: checked.ReadMeta) -> ir.Expr:
    if e.which == "STATE":
        return state_local(ctx, e.word)
    return ir.Meta(e.type, e.which)


def state_local(ctx: Context, word: int) -> ir.Local:
    """A state word of the run that is being lowered."""
    if word not in ctx.state:
        prefix = f"p{ctx.part}_" if ctx.part else ""
        ctx.state[word] = ctx.declare(f"{prefix}pkt_state{word or ''}", U32)
    return ctx.state[word]


def state_assigned(ctx: Context) -> ir.Local:
    """Whether PKT.STATE was assigned: what TX(Mac, id, i) asks, in programs of one part only."""
    known = {local.name: local for local in ctx.locals}
    return known.get("pkt_state_set") or ctx.declare("pkt_state_set", U32)


def arrived_state(ctx: Context, span: Span) -> None:
    """The state words of a node's program start as what the packet arrived with."""
    for word in range(ctx.program.state_words):
        ctx.emit(ir.SetLocal(span, state_local(ctx, word), ir.Meta(U32, "STATE", word)))


def read_layer(ctx: Context, e: checked.ReadLayer) -> ir.Expr:
    locate(ctx, e.span, e.which)
    absent_unless(ctx, e.span, ir.Present(e.which))
    return ir.Offset(e.which)


def read_raw(ctx: Context, e: checked.ReadRaw) -> ir.Expr:
    from fpl3.passes.lowering.expressions import lower

    offset = lower(ctx, e.offset)
    interval = ctx.interval(e.offset)
    outside_unless(ctx, e.span, ir.InBounds(offset, ir.Const(U32, e.width)), interval)
    return ir.Load(LOAD_TYPES[e.width], offset)


def require_field(ctx: Context, span: Span, field: Field) -> None:
    """Absence of the field's header, then of its optional part."""
    locate(ctx, span, field.header.name)
    absent_unless(ctx, span, ir.Present(field.header.name))
    if field.optional:
        absent_unless(ctx, span, ir.Present(field.optional))


def read_field(ctx: Context, e: checked.ReadField) -> ir.Expr:
    require_field(ctx, e.span, e.field)
    container, shift = field_container(e.field)
    return extracted(container, shift, e.field.width, e.field.type)


def field_container(field: Field) -> tuple[ir.Load, int]:
    """A load that covers the field, inside bytes that are known to be there, and how far its value
    must be shifted down."""
    first, last = field.bit // 8, (field.bit + field.width - 1) // 8
    size = next(n for n in (1, 2, 4, 8) if last - first < n)
    start = first if first + size <= max(field.header.fixed, last + 1) else last + 1 - size
    shift = (start + size) * 8 - (field.bit + field.width)
    return ir.Load(LOAD_TYPES[size], header_byte(field, start)), shift


def header_byte(field: Field, byte: int) -> ir.Expr:
    base = ir.Offset("gre_key" if field.optional == "gre_key" else field.header.name)
    return base if byte == 0 else ir.Binary(U32, "+", base, ir.Const(U32, byte))


def extracted(container: ir.Expr, shift: int, width: int, of: object) -> ir.Expr:
    """`width` bits of a container, `shift` bits above its end, as a value of type `of`."""
    assert isinstance(of, IntType)
    bits = container.type.bits
    working = U64 if bits == 64 else U32
    value: ir.Expr = ir.Convert(working, container)
    if shift:
        value = ir.Binary(working, ">>", value, ir.Const(U32, shift))
    if shift + width < bits:
        value = ir.Binary(working, "&", value, ir.Const(working, (1 << width) - 1))
    return ir.Convert(of, value)


def part_shift(ctx: Context, span: Span, base_bits: int, bits: int, index: checked.Expr) -> ir.Expr:
    """How far part `index` must be shifted down; guarded."""
    from fpl3.passes.lowering.expressions import lower

    at = lower(ctx, index)
    parts = base_bits // bits
    if not (isinstance(at, ir.Const) and 0 <= at.value < parts):
        outside_unless(ctx, span, ir.Below(at, parts), None)
    top = ir.Const(U32, base_bits - bits)
    return ir.Binary(U32, "-", top, ir.Binary(U32, "*", ir.Convert(U32, at), ir.Const(U32, bits)))


def read_part(ctx: Context, e: checked.ReadPart) -> ir.Expr:
    from fpl3.passes.lowering.expressions import lower

    if not isinstance(e.base.type, IntType):
        return _address_word(ctx, e)
    base = lower(ctx, e.base)
    width = e.base.field.width if isinstance(e.base, checked.ReadField) else base.type.bits
    from fpl3.passes.lowering.calls import contains_call

    if contains_call(e.index):
        base = ctx.spilled(e.span, base)
    shift = part_shift(ctx, e.span, width, e.bits, e.index)
    working = U64 if base.type.bits == 64 else U32
    value = ir.Binary(working, ">>", ir.Convert(working, base), shift)
    mask = ir.Const(working, (1 << e.bits) - 1)
    return ir.Convert(e.type, ir.Binary(working, "&", value, mask))


def _address_word(ctx: Context, e: checked.ReadPart) -> ir.Expr:
    from fpl3.passes.lowering.calls import contains_call
    from fpl3.passes.lowering.expressions import lower

    assert isinstance(e.base, checked.ReadField), "only IPv6 fields have .DW parts"
    require_field(ctx, e.span, e.base.field)
    kept = [ctx.spilled(e.span, h) for h in _halves(e.base)] if contains_call(e.index) else None
    at = lower(ctx, e.index)
    if not (isinstance(at, ir.Const) and 0 <= at.value < 4):
        outside_unless(ctx, e.span, ir.Below(at, 4), None)
    if kept is not None:
        return _word_of_halves(ctx, e.span, kept[0], kept[1], at)
    start = header_byte(e.base.field, e.base.field.bit // 8)
    word = ir.Binary(U32, "*", ir.Convert(U32, at), ir.Const(U32, 4))
    return ir.Load(U32, ir.Binary(U32, "+", start, word))


def _word_of_halves(ctx: Context, span: Span, high: ir.Expr, low: ir.Expr, at: ir.Expr) -> ir.Expr:
    """Word `at` (0..3) of an address that was read before a call could change the packet."""
    half = ctx.temporary(U64)
    ctx.emit(ir.SetLocal(span, half, low))
    first = ir.Compare("<", ir.Convert(U32, at), ir.Const(U32, 2))
    ctx.emit(ir.If(span, first, (ir.SetLocal(span, half, high),)))
    odd = ir.Binary(U32, "&", ir.Convert(U32, at), ir.Const(U32, 1))
    shift = ir.Binary(U32, "-", ir.Const(U32, 32), ir.Binary(U32, "*", odd, ir.Const(U32, 32)))
    return ir.Convert(U32, ir.Binary(U64, ">>", half, shift))


def address_pair(ctx: Context, e: checked.Expr) -> tuple[ir.Expr, ir.Expr]:
    """The two 64-bit halves of an IPv6 address expression."""
    if isinstance(e, checked.Constant):
        return ir.Const(U64, e.value >> 64), ir.Const(U64, e.value & (1 << 64) - 1)
    if isinstance(e, checked.Guarded):
        from fpl3.passes.lowering.expressions import guarded

        high, low = guarded(ctx, e, (U64, U64), lambda: address_pair(ctx, e.value))
        return high, low
    assert isinstance(e, checked.ReadField), "IPv6 values are constants or fields"
    require_field(ctx, e.span, e.field)
    return _halves(e)


def _halves(e: checked.ReadField) -> tuple[ir.Expr, ir.Expr]:
    start = e.field.bit // 8
    return (
        ir.Load(U64, header_byte(e.field, start)),
        ir.Load(U64, header_byte(e.field, start + 8)),
    )
