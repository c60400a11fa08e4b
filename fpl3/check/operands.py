"""What expressions read: the packet, its fields, registers, memory, tables."""

from __future__ import annotations

from typing import Literal, cast

from fpl3 import fields, kinds
from fpl3.check import convert, lookup
from fpl3.check import program as p
from fpl3.check.constants import Exact, shown
from fpl3.check.context import Context, Rejected, Value
from fpl3.check.names import Argument, Macro, Scope, kind_of
from fpl3.source import Span
from fpl3.syntax import tree
from fpl3.types import IPV6, U8, U16, U32, U64, IntType

MAX_CAPLEN = 16 << 20
META: dict[str, IntType] = {
    "LEN": U32, "CAPLEN": U32, "TS": U64, "PORT": U16, "ORIGIN": U16, "STATE": U32,
}  # fmt: skip
LAYERS = ("L3", "L4", "L7")
WIDTHS = {"B": 1, "W": 2, "DW": 4}
RAW_TYPES = {1: U8, 2: U16, 4: U32}
PART_BITS = {"U1": 1, "U4": 4, "U8": 8, "U16": 16, "DW": 32}
PART_TYPES = {1: U8, 4: U8, 8: U8, 16: U16, 32: U32}
PARTS = {"B": ("U1", "U4"), "W": ("U1", "U8"), "DW": ("U1", "U8", "U16")}
MetaName = Literal["LEN", "CAPLEN", "TS", "PORT", "ORIGIN", "STATE"]
LayerName = Literal["L3", "L4", "L7"]
Store = p.Register | p.Array | p.Table


def built_in(ctx: Context, node: tree.Name, scope: Scope) -> Value:
    """A bare word that is no program name: a constant or a field of the built-in table."""
    if node.name in fields.CONSTANTS:
        return Exact(node.span, fields.CONSTANTS[node.name])
    field = lookup.built_in_field(node.name)
    if field is not None:
        return p.ReadField(node.span, field.type, field)
    if node.name in ("R", "M"):
        raise ctx.rejected(
            kinds.NOT_A_VALUE,
            node.span,
            f"'{node.name}' needs an index",
            help=f"write {node.name}[0]",
        )
    raise lookup.unknown(ctx, node, scope)


def state(span: Span, word: int) -> p.ReadMeta:
    return p.ReadMeta(span, U32, "STATE", word)


def packet_name(ctx: Context, node: tree.PacketName, scope: Scope) -> Value:
    """`PKT.LEN`, `PKT.HAS.TCP`, `PKT.IP.TTL`, `PKT.my_field`."""
    first = node.path[0].upper()
    if len(node.path) == 1:
        if first in META:
            return p.ReadMeta(node.span, META[first], cast(MetaName, first))
        if first in LAYERS:
            return p.ReadLayer(node.span, cast(LayerName, first))
    if first == "HAS":
        return _has(ctx, node)
    field = fields.lookup_field(node.path)
    if field is not None:
        return p.ReadField(node.span, field.type, field)
    macro = _own_field(ctx, node, scope)
    if macro is not None:
        return ctx.value(tree.Name(node.span, macro.name), scope)
    raise unknown_field(ctx, node)


def _own_field(ctx: Context, node: tree.PacketName, scope: Scope) -> Macro | None:
    """The program's own macro that `PKT.name` means (the paper's "customised macros"); one with
    parameters is none."""
    if len(node.path) != 1:
        return None
    found = ctx.names.find(node.path[0], scope)
    if isinstance(found, Macro) and found.declaration.parameters is None:
        return found
    return None


def _has(ctx: Context, node: tree.PacketName) -> p.Has:
    name = ".".join(node.path[1:]).upper()
    header = fields.HEADERS.get(name)
    if header is None:
        near = lookup.suggestion(ctx, name, fields.HEADERS)
        raise ctx.rejected(
            kinds.UNKNOWN_HEADER,
            node.span,
            f"there is no header '{name}'" if name else "PKT.HAS needs the name of a header",
            help=near or f"headers: {', '.join(fields.HEADERS)}",
        )
    return p.Has(node.span, header)


def unknown_field(ctx: Context, node: tree.PacketName) -> Rejected:
    written = ".".join(node.path).upper()
    if written in fields.HEADERS:
        return ctx.rejected(
            kinds.UNKNOWN_FIELD,
            node.span,
            f"PKT.{written} is a header, not a field",
            help=f"whether the packet has it is PKT.HAS.{written}",
        )
    return ctx.rejected(
        kinds.UNKNOWN_FIELD,
        node.span,
        f"there is no packet field PKT.{written}",
        help=_near_fields(ctx, written),
    )


def _near_fields(ctx: Context, written: str) -> str:
    """Fields of the same header, where it is one; headers, where that is the unknown word."""
    header, dot, name = written.partition(".")
    if not dot:
        known = [*fields.all_field_names(), *META, *LAYERS]
        near = lookup.suggestion(ctx, written, known)
        return near or "`ffpf fields` lists all fields; PKT.B[n], PKT.W[n], PKT.DW[n] read any bytes"
    if header not in fields.HEADERS:
        near = lookup.suggestion(ctx, header, fields.HEADERS)
        return near or f"headers: {', '.join(fields.HEADERS)}; PKT.B[n] reads any byte of others"
    # A field's first name of several.
    first = {field: name for (of, name), field in reversed(fields.FIELDS.items()) if of == header}
    own = list(first.values())[::-1]
    alike = [f"'{header}.{field}'" for field in own if name in field or field in name]
    if alike:
        return f"did you mean {' or '.join(alike[:2])}?"
    near = lookup.suggestion(ctx, written, (f"{header}.{field}" for field in own))
    return near or f"fields of {header}: {', '.join(own)}"


def packet_read(ctx: Context, node: tree.PacketRead, scope: Scope) -> p.ReadRaw:
    width = WIDTHS[node.unit]
    return p.ReadRaw(node.span, RAW_TYPES[width], width, offset(ctx, node, scope))


def offset(ctx: Context, node: tree.PacketRead, scope: Scope) -> p.Expr:
    """The byte offset of a raw read or write; a constant one is checked here."""
    found = convert.integer(ctx, ctx.value(node.offset, scope), "an offset")
    if isinstance(found, Exact):
        last = MAX_CAPLEN - WIDTHS[node.unit]
        if not 0 <= found.value <= last:
            raise ctx.rejected(
                kinds.PACKET_OFFSET,
                node.offset.span,
                f"the offset is {shown(found.value)}, outside any packet",
                help=f"offsets of PKT.{node.unit} are 0 to {last}",
            )
    return convert.typed(ctx, found)


def part(ctx: Context, node: tree.PartOf, scope: Scope) -> p.ReadPart:
    base = part_base(ctx, node, scope)
    bits = PART_BITS[node.unit]
    return p.ReadPart(node.span, PART_TYPES[bits], base, bits, part_index(ctx, node, base, scope))


def part_base(ctx: Context, node: tree.PartOf, scope: Scope) -> p.ReadRaw | p.ReadField:
    """The base of a part, which must have parts of this unit."""
    base = ctx.value(node.base, scope)
    units: tuple[str, ...] = ()
    if isinstance(base, p.ReadRaw):
        units = PARTS[{1: "B", 2: "W", 4: "DW"}[base.width]]
    elif isinstance(base, p.ReadField) and base.type == IPV6:
        units = ("DW",)
    if isinstance(base, p.ReadRaw | p.ReadField) and node.unit in units:
        return base
    has = f"'{node.base.span.text}' has the parts .{' and .'.join(units)}"
    raise ctx.rejected(
        kinds.PART_UNIT,
        node.span,
        f"'{node.base.span.text}' has no part .{node.unit}",
        help=has if units else "take bits out with >> and &",
    )


def part_index(ctx: Context, node: tree.PartOf, base: p.ReadRaw | p.ReadField, scope: Scope) -> p.Expr:
    index = convert.integer(ctx, ctx.value(node.index, scope), "an index")
    whole = base.width * 8 if isinstance(base, p.ReadRaw) else base.field.width
    count = whole // PART_BITS[node.unit]
    _check_index(ctx, index, count, node.index.span, kinds.PART_INDEX, f"parts .{node.unit}")
    return convert.typed(ctx, index)


def _check_index(ctx: Context, index: Value, count: int, span: Span, kind: kinds.Kind, what: str) -> None:
    if isinstance(index, Exact) and not 0 <= index.value < count:
        raise ctx.rejected(
            kind,
            span,
            f"the index is {shown(index.value)}",
            help=f"{what}: 0 to {count - 1}",
        )


def state_word(ctx: Context, node: tree.StateIndex, scope: Scope) -> int:
    """The number of the state word that is meant."""
    index = ctx.value(node.index, scope)
    words = ctx.settings.state_words
    if isinstance(index, Exact) and 0 <= index.value < words:
        return index.value
    raise ctx.rejected(
        kinds.STATE_INDEX,
        node.index.span,
        "a run has one state word" if words == 1 else f"a run has {words} state words",
        help="write PKT.STATE or PKT.STATE[0]" if words == 1 else f"a constant from 0 to {words - 1}",
    )


def indexed(ctx: Context, node: tree.Index, scope: Scope) -> p.Expr:
    """`R[n]`, `M[e]`, `array[e]`, `table[e]`."""
    found = store(ctx, node, scope)
    if isinstance(found, p.Register):
        return p.ReadRegister(node.span, found)
    index = element(ctx, node, found, scope)
    if isinstance(found, p.Array):
        return p.ReadMemory(node.span, found, index)
    if isinstance(index, p.Constant):
        return p.Constant(node.span, found.type, found.values[index.value])
    return p.ReadTable(node.span, found, index)


def store(ctx: Context, node: tree.Index, scope: Scope) -> Store:
    """What is indexed; R[n] is a register, because its index is a constant."""
    return _store_of(ctx, node.name, scope, node, scope)


def _store_of(ctx: Context, name: tree.Name, scope: Scope, node: tree.Index, index_scope: Scope) -> Store:
    found = ctx.names.find(name.name, scope)
    if isinstance(found, Argument) and isinstance(found.value, tree.Name):
        return _store_of(ctx, found.value, found.scope, node, index_scope)
    if found is None and name.name == "R":
        return _numbered(ctx, node, index_scope)
    if found is None and name.name == "M" and "M" not in ctx.names.coming:
        return _undeclared_memory(ctx, name)
    if found is None:
        raise lookup.unknown(ctx, name, scope)
    if not isinstance(found, p.Array | p.Table):
        raise ctx.rejected(
            kinds.NOT_A_VALUE,
            name.span,
            f"'{name.name}' is {kind_of(found)} and cannot be indexed",
            help="arrays (UINT32 name[size];), tables (CONST UINT32 name[size] = {...};), R and M can",
        )
    return found


def array(ctx: Context, name: tree.Name, scope: Scope) -> p.Array:
    """An array named as a whole, for an external function to fill."""
    found = ctx.names.find(name.name, scope)
    if isinstance(found, Argument) and isinstance(found.value, tree.Name):
        return array(ctx, found.value, found.scope)
    if found is None and name.name == "M" and "M" not in ctx.names.coming:
        return _undeclared_memory(ctx, name)
    if found is None:
        raise lookup.unknown(ctx, name, scope, "UINT32 {}[64];")
    if not isinstance(found, p.Array):
        raise ctx.rejected(
            kinds.NOT_A_VALUE,
            name.span,
            f"'{name.name}' is {kind_of(found)}, and an array is needed here",
            help=f"declare one: UINT32 {name.name}_found[64];",
        )
    return found


def _numbered(ctx: Context, node: tree.Index, scope: Scope) -> p.Register:
    index = ctx.value(node.index, scope)
    if not isinstance(index, Exact) or not 0 <= index.value < 64:
        found = (
            f"R[{shown(index.value)}] does not exist"
            if isinstance(index, Exact)
            else "the index of R is not a constant"
        )
        raise ctx.rejected(
            kinds.REGISTER_INDEX,
            node.index.span,
            found,
            help="registers are R[0] to R[63]; what needs an index at run time is an array",
        )
    return ctx.register(index.value, node.span)


def _undeclared_memory(ctx: Context, name: tree.Name) -> p.Array:
    """M without a declaration: UINT32 words, as many as the indexes need. It is there from the start
    of the text, so a macro above its first use means the same M."""
    earlier = ctx.names.declared("M")
    if isinstance(earlier, p.Array):
        return earlier
    memory = p.Array("M", U32, 0, "SUM", None, name.span)
    ctx.names.declare("M", memory)
    ctx.arrays.append(memory)
    ctx.deduced[memory] = name.span
    return memory


def element(ctx: Context, node: tree.Index, found: p.Array | p.Table, scope: Scope) -> p.Expr:
    """The index of an array or table; a constant one is checked here."""
    index = convert.integer(ctx, ctx.value(node.index, scope), "an index")
    if isinstance(found, p.Table):
        _check_index(
            ctx, index, len(found.values), node.index.span, kinds.TABLE_INDEX, f"table '{found.name}'"
        )
    else:
        size = (1 << 26) if found in ctx.deduced else found.size
        _check_index(ctx, index, size, node.index.span, kinds.MEMORY_INDEX, f"array '{found.name}'")
    return convert.typed(ctx, index)
