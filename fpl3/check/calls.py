"""HASH, CONSISTENT, MAX, MIN, and calls of macros."""

from __future__ import annotations

from typing import Literal, cast

from fpl3 import kinds
from fpl3.check import convert, lookup, macros, operators
from fpl3.check import program as p
from fpl3.check.constants import Exact, jump_hash, shown
from fpl3.check.context import Context, Rejected, Value
from fpl3.check.names import Macro, Scope, kind_of
from fpl3.syntax import tree
from fpl3.types import U32, U64

NO_FUNCTION = "HASH, CONSISTENT, MAX, MIN are built in; MACRO name(a, b) = expression; makes another"
FlowName = Literal["flowFields", "biflowFields", "hostFields", "bihostFields"]


def call(ctx: Context, node: tree.Call, scope: Scope) -> Value:
    match node.name:
        case "MAX" | "MIN":
            left, right = _arguments(ctx, node, scope, 2, f"{node.name}(a, b)")
            return operators.combine(ctx, node.name, left, right, node.span)
        case "CONSISTENT":
            return _consistent(ctx, node, scope)
        case "HASH":
            return _hash(ctx, node, scope)
    found = ctx.names.find(node.name, scope)
    if isinstance(found, Macro):
        arguments = macros.bound(ctx, found, node, scope)
        return macros.expanded(ctx, found, arguments, node.span, called=True)
    name = tree.Name(node.name_span, node.name)
    if found is None and not lookup.is_built_in(node.name):
        raise _unknown_function(ctx, name, scope)
    raise ctx.rejected(
        kinds.NOT_CALLABLE,
        node.name_span,
        f"'{node.name}' is {kind_of(found) if found else 'a field or constant'} and cannot be called",
        help="HASH, CONSISTENT, MAX, MIN and macros with parameters can",
    )


def _unknown_function(ctx: Context, name: tree.Name, scope: Scope) -> Rejected:
    if name.name in ctx.names.coming:
        raise lookup.unknown(ctx, name, scope)
    known = [*lookup.FUNCTIONS, *ctx.names.visible(scope)]
    near = lookup.suggestion(ctx, name.name, known)
    is_extern = name.name in ctx.environment.externs
    return ctx.rejected(
        kinds.NOT_CALLABLE,
        name.span,
        f"there is no function or macro '{name.name}'",
        help=f"call it as EXTERN({name.name}, ...)" if is_extern else near or NO_FUNCTION,
    )


def _arguments(ctx: Context, node: tree.Call, scope: Scope, count: int, form: str) -> tuple[Value, ...]:
    if len(node.arguments) != count:
        raise ctx.rejected(
            kinds.ARGUMENTS,
            node.span,
            f"{node.name} takes {count} arguments, not {len(node.arguments)}",
            help=f"write {form}",
        )
    return tuple([ctx.value(argument, scope) for argument in node.arguments])


def _hash(ctx: Context, node: tree.Call, scope: Scope) -> p.Expr:
    if len(node.arguments) == 1:
        return _flow_hash(ctx, node)
    start, length, mask = _arguments(ctx, node, scope, 3, "HASH(start, length, mask) or HASH(flowFields)")
    for bound, what in ((start, "start"), (length, "length")):
        if isinstance(bound, Exact) and bound.value < 0:
            raise ctx.rejected(
                kinds.PACKET_OFFSET,
                bound.span,
                f"the {what} of HASH is {shown(bound.value)}",
                help="start and length count bytes, from 0",
            )
    return p.Hash(
        node.span,
        convert.typed(ctx, convert.integer(ctx, start, "an offset")),
        convert.typed(ctx, convert.integer(ctx, length, "a length")),
        convert.assigned(ctx, convert.integer(ctx, mask, "a mask"), U32, "the mask of HASH"),
    )


def _flow_hash(ctx: Context, node: tree.Call) -> p.FlowHash:
    argument = node.arguments[0]
    if isinstance(argument, tree.Name) and argument.name in lookup.FLOW_WORDS:
        return p.FlowHash(node.span, cast(FlowName, argument.name))
    near = None
    if isinstance(argument, tree.Name):
        near = lookup.suggestion(ctx, argument.name, lookup.FLOW_WORDS)
    raise ctx.rejected(
        kinds.ARGUMENTS,
        argument.span,
        f"HASH({argument.span.text}) is not known",
        help=near or f"HASH(start, length, mask), or HASH of {', '.join(lookup.FLOW_WORDS)}",
    )


def _consistent(ctx: Context, node: tree.Call, scope: Scope) -> Value:
    key, buckets = _arguments(ctx, node, scope, 2, "CONSISTENT(hash, buckets)")
    key = convert.integer(ctx, key, "the hash of CONSISTENT")
    buckets = convert.integer(ctx, buckets, "the number of buckets")
    if isinstance(buckets, Exact) and not 1 <= buckets.value <= U32.high:
        raise ctx.rejected(
            kinds.ARGUMENTS,
            buckets.span,
            f"CONSISTENT over {shown(buckets.value)} buckets",
            help=f"the number of buckets is 1 to {U32.high}",
        )
    if isinstance(key, Exact) and isinstance(buckets, Exact):
        return Exact(node.span, jump_hash(key.value & U64.high, buckets.value))
    first = convert.convert(convert.typed(ctx, key, U64), U64)
    return p.Consistent(node.span, first, convert.assigned(ctx, buckets, U32, "the number of buckets"))
