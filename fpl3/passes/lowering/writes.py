"""Lowering of assignments to registers, memory, packet bytes and fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from fpl3.check import program as checked
from fpl3.ir import nodes as ir
from fpl3.passes.lowering import packet
from fpl3.passes.lowering.calls import contains_call
from fpl3.passes.lowering.context import Context
from fpl3.passes.lowering.expressions import combine, index, lower
from fpl3.source import Span
from fpl3.types import U32, U64, IntType


@dataclass(frozen=True, slots=True)
class Place:
    """A target whose indexes are evaluated and checked: how to read it and how to write it."""

    type: IntType
    read: Callable[[], ir.Expr]
    write: Callable[[ir.Expr], None]


def assign(ctx: Context, s: checked.Assign) -> None:
    place = _place(ctx, s.target, contains_call(s.value))
    value = lower(ctx, s.value)
    place.write(value if value.type == place.type else ir.Convert(place.type, value))


def update(ctx: Context, s: checked.Update) -> None:
    place = _place(ctx, s.target, contains_call(s.value))
    value = lower(ctx, s.value)
    old = ir.Convert(s.type, place.read())
    result = combine(ctx, s.span, s.op, s.type, old, value, s.value)
    place.write(ir.Convert(place.type, result))


def _place(ctx: Context, target: checked.Target, keep: bool) -> Place:
    """`keep`: an effect may come before the write, so indexes are kept in temporaries."""
    match target:
        case checked.ToRegister():
            local = ctx.register(target.register)
            return _local_place(ctx, target.span, local)
        case checked.ToState():
            return _state_place(ctx, target)
        case checked.ToMemory():
            return _memory_place(ctx, target, keep)
        case checked.ToRaw():
            return _raw_place(ctx, target, keep)
        case checked.ToField():
            return _field_place(ctx, target)
    assert_never(target)


def _local_place(ctx: Context, span: Span, local: ir.Local) -> Place:
    return Place(local.type, lambda: local, lambda value: ctx.emit(ir.SetLocal(span, local, value)))


def _state_place(ctx: Context, target: checked.ToState) -> Place:
    state = packet.state_local(ctx, target.word)

    def write(value: ir.Expr) -> None:
        ctx.emit(ir.SetLocal(target.span, state, value))
        if ctx.program.node is None:
            ctx.emit(ir.SetLocal(target.span, packet.state_assigned(ctx), ir.Const(U32, 1)))

    return Place(U32, lambda: state, write)


def _memory_place(ctx: Context, target: checked.ToMemory, keep: bool) -> Place:
    array = target.array
    at = index(ctx, target.index, array.size, target.span)
    if keep:
        at = ctx.spilled(target.span, at)
    return Place(
        array.type,
        lambda: ir.Element(array.type, array.name, at),
        lambda value: ctx.emit(ir.StoreElement(target.span, array.name, at, value)),
    )


def _raw_place(ctx: Context, target: checked.ToRaw, keep: bool) -> Place:
    offset = lower(ctx, target.offset)
    width = ir.Const(U32, target.width)
    interval = ctx.interval(target.offset)
    packet.outside_unless(ctx, target.span, ir.InBounds(offset, width), interval)
    # The offset may read the very bytes that are written.
    offset = ctx.spilled(target.span, offset)
    container = ir.Load(packet.LOAD_TYPES[target.width], offset)
    if target.part is None:
        return _bits_place(ctx, target.span, container, None, target.width * 8, target.type, True)
    bits, part = target.part
    shift = packet.part_shift(ctx, target.span, target.width * 8, bits, part)
    if keep or not isinstance(shift, ir.Const):
        shift = ctx.spilled(target.span, shift)
    return _bits_place(ctx, target.span, container, shift, bits, target.type, True)


def _field_place(ctx: Context, target: checked.ToField) -> Place:
    field = target.field
    packet.require_field(ctx, target.span, field)
    container, shift = packet.field_container(field)
    # A value that changes the headers must not move the place under the write.
    offset = ctx.spilled(target.span, container.offset)
    container = ir.Load(container.type, offset)
    whole = shift == 0 and field.width == container.type.bits
    return _bits_place(
        ctx,
        target.span,
        container,
        None if whole else ir.Const(U32, shift),
        field.width,
        target.type,
        field.structural,
    )


def _bits_place(
    ctx: Context,
    span: Span,
    container: ir.Load,
    shift: ir.Expr | None,
    width: int,
    of: IntType,
    structural: bool,
) -> Place:
    """`width` bits of a container `shift` bits above its end; None: the whole container."""
    if shift is None:
        return Place(
            container.type,
            lambda: container,
            lambda value: ctx.emit(ir.Store(span, container.offset, value, structural)),
        )
    working = U64 if container.type.bits == 64 else U32
    mask = ir.Const(working, (1 << width) - 1)

    def read() -> ir.Expr:
        value = ir.Binary(working, ">>", ir.Convert(working, container), shift)
        return ir.Convert(of, ir.Binary(working, "&", value, mask))

    def write(value: ir.Expr) -> None:
        hole = ir.Unary(working, "~", ir.Binary(working, "<<", mask, shift))
        kept = ir.Binary(working, "&", ir.Convert(working, container), hole)
        bits = ir.Binary(working, "&", ir.Convert(working, value), mask)
        merged = ir.Binary(working, "|", kept, ir.Binary(working, "<<", bits, shift))
        stored = ir.Convert(container.type, merged)
        ctx.emit(ir.Store(span, container.offset, stored, structural))

    return Place(of, read, write)
