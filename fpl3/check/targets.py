"""What assignments write to."""

from __future__ import annotations

from fpl3 import fields, kinds
from fpl3.check import lookup, macros, operands
from fpl3.check import program as p
from fpl3.check.constants import shown
from fpl3.check.context import Context, Rejected
from fpl3.check.names import NamedConstant, Scope, kind_of
from fpl3.diagnostics import Note
from fpl3.syntax import tree
from fpl3.types import IntType

FACTS = frozenset((*operands.META, *operands.LAYERS, "HAS")) - {"STATE"}


def target(ctx: Context, node: tree.Expression, scope: Scope) -> p.Target:
    """The target of an assignment; macros and parameters at its root are seen through."""
    node, scope = macros.seen_through(ctx, node, scope)
    match node:
        case tree.Name():
            return _name(ctx, node, scope)
        case tree.Index():
            return _element(ctx, node, scope)
        case tree.PacketRead():
            width = operands.WIDTHS[node.unit]
            offset = operands.offset(ctx, node, scope)
            return p.ToRaw(node.span, operands.RAW_TYPES[width], width, offset, None)
        case tree.PartOf():
            return _part(ctx, node, scope)
        case tree.PacketName():
            return _packet_name(ctx, node)
        case tree.StateIndex():
            ctx.state_writes.append(node.span)
            return p.ToState(node.span, operands.state_word(ctx, node, scope))
    raise _refuse(ctx, node, f"'{node.span.text}' cannot be assigned")


def _refuse(ctx: Context, node: tree.Expression, message: str, help: str | None = None) -> Rejected:
    return ctx.rejected(
        kinds.NOT_WRITABLE,
        node.span,
        message,
        help=help or "registers, memory (A[i]), packet bytes (PKT.B[n]) and packet fields can be assigned",
    )


def _name(ctx: Context, node: tree.Name, scope: Scope) -> p.Target:
    found = ctx.names.find(node.name, scope)
    if isinstance(found, p.Register):
        return p.ToRegister(node.span, found)
    if isinstance(found, p.Array):
        raise _refuse(ctx, node, f"'{node.name}' is an array", f"assign an element: {node.name}[...]")
    if found is not None:
        words = "and never changes" if isinstance(found, NamedConstant | p.Table) else "and not a place"
        raise _refuse(ctx, node, f"'{node.name}' is {kind_of(found)} {words}")
    field = lookup.built_in_field(node.name)
    if field is not None:
        return _field(ctx, node, field)
    if lookup.is_built_in(node.name) and node.name not in ctx.names.broken:
        raise _refuse(ctx, node, f"'{node.name}' cannot be assigned")
    raise lookup.unknown(ctx, node, scope)


def _element(ctx: Context, node: tree.Index, scope: Scope) -> p.Target:
    found = operands.store(ctx, node, scope)
    if isinstance(found, p.Register):
        return p.ToRegister(node.span, found)
    if isinstance(found, p.Table):
        raise ctx.rejected(
            kinds.NOT_WRITABLE,
            node.span,
            f"the table '{found.name}' never changes",
            notes=[Note("it is declared here", found.span)],
            help="declare an array (without CONST) for values that change",
        )
    return p.ToMemory(node.span, found, operands.element(ctx, node, found, scope))


def _part(ctx: Context, node: tree.PartOf, scope: Scope) -> p.Target:
    base = operands.part_base(ctx, node, scope)
    if isinstance(base, p.ReadField):
        raise _refuse(
            ctx,
            node,
            "a part of an IPv6 address cannot be assigned",
            "write its bytes: PKT.DW[PKT.L3 + 8] is the first word of the source address",
        )
    bits = operands.PART_BITS[node.unit]
    index = operands.part_index(ctx, node, base, scope)
    return p.ToRaw(node.span, operands.PART_TYPES[bits], base.width, base.offset, (bits, index))


def _packet_name(ctx: Context, node: tree.PacketName) -> p.Target:
    first = node.path[0].upper()
    if first == "STATE" and len(node.path) == 1:
        ctx.state_writes.append(node.span)
        return p.ToState(node.span)
    if first in FACTS and (len(node.path) == 1 or first == "HAS"):
        raise ctx.rejected(
            kinds.READ_ONLY_FIELD,
            node.span,
            f"PKT.{'.'.join(node.path).upper()} is a fact about the packet and cannot be assigned",
            help="packet bytes and header fields can; a packet never changes its length",
        )
    field = fields.lookup_field(node.path)
    if field is None:
        if len(node.path) == 1 and ctx.names.declared(node.path[0]) is not None:
            raise _refuse(
                ctx, node, f"the field '{node.path[0]}' is made by a macro and cannot be assigned"
            )
        raise operands.unknown_field(ctx, node)
    return _field(ctx, node, field)


def _field(ctx: Context, node: tree.Expression, field: fields.Field) -> p.ToField:
    type = field.type
    if not isinstance(type, IntType):
        raise ctx.rejected(
            kinds.IPV6_USE,
            node.span,
            "an IPv6 address cannot be assigned as a whole",
            help=f"write its four words: PKT.DW[PKT.L3 + {field.bit // 8}] and the following",
        )
    return p.ToField(node.span, type, field)


def kept_bits(found: p.Target) -> int:
    """How many bits of a value the target keeps."""
    match found:
        case p.ToField(field=field):
            return field.width
        case p.ToRaw(part=(bits, _)):
            return bits
    return found.type.bits


def described(found: p.Target) -> str:
    """The target, for messages."""
    bits = kept_bits(found)
    text = f"'{found.span.text}'"
    return f"{text} ({found.type})" if bits == found.type.bits else f"{text} ({shown(bits)} bits)"
