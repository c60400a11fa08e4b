"""TX: its tables, its arguments."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import convert
from fpl3.check import program as p
from fpl3.check.constants import Exact, shown
from fpl3.check.context import Context, Rejected
from fpl3.check.names import EVERYTHING
from fpl3.source import Span
from fpl3.syntax import tree
from fpl3.types import U16


def transmit(ctx: Context, node: tree.Transmit) -> p.Transmit:
    if node.table == "Node":
        return _to_node(ctx, node)
    if not 1 <= len(node.arguments) <= (2 if node.table == "Mac" else 1):
        raise ctx.rejected(
            kinds.TRANSMIT_ARGUMENTS,
            node.span,
            f"TX({node.table}, ...) with {len(node.arguments)} more argument(s)",
            help="TX(Mac, index), TX(Mac, id, index) or TX(Ip, index)",
        )
    hops = ctx.settings.tx_mac if node.table == "Mac" else ctx.settings.tx_ip
    if not hops.entries:
        raise _no_table(ctx, node)
    id = _id(ctx, node.arguments[0]) if len(node.arguments) == 2 else None
    index = _index(ctx, node.arguments[-1], len(hops.entries))
    return p.Transmit(node.span, "Mac" if node.table == "Mac" else "Ip", id, index)


def _to_node(ctx: Context, node: tree.Transmit) -> p.Transmit:
    hops = ctx.settings.tx_node
    if ctx.settings.node is None or not hops:
        raise ctx.rejected(
            kinds.NO_NEXT_HOPS,
            node.span,
            "TX(Node, ...) needs USE NODE and a table TX_NODE declared above it",
            help="SPLIT sends work to other nodes; the compiler makes of it what a node's program has",
        )
    id = _id(ctx, node.arguments[0])
    return p.Transmit(node.span, "Node", id, _index(ctx, node.arguments[1], len(hops)))


def _no_table(ctx: Context, node: tree.Transmit) -> Rejected:
    name, entry = ("TX_MAC", "02:00:00:00:00:01") if node.table == "Mac" else ("TX_IP", "192.0.2.1")
    return ctx.rejected(
        kinds.NO_NEXT_HOPS,
        node.span,
        f"TX({node.table}, ...) needs a table {name} declared above it",
        help=f"for example: {name}[1] = {{ {entry} }};",
    )


def _id(ctx: Context, node: tree.Expression) -> p.Expr:
    value = convert.integer(ctx, ctx.value(node, EVERYTHING), "the id of TX")
    if isinstance(value, Exact) and not U16.holds(value.value):
        raise ctx.rejected(
            kinds.TRANSMIT_ID,
            node.span,
            f"the id is {shown(value.value)}",
            help="the id fills two bytes: 0 to 65535",
        )
    return convert.assigned(ctx, value, U16, "the id of TX (UINT16)")


def _index(ctx: Context, node: tree.Expression, count: int) -> p.Expr:
    value = convert.integer(ctx, ctx.value(node, EVERYTHING), "an index")
    if isinstance(value, Exact) and not 0 <= value.value < count:
        raise _outside(ctx, node.span, value.value, count)
    return convert.typed(ctx, value)


def _outside(ctx: Context, span: Span, index: int, count: int) -> Rejected:
    return ctx.rejected(
        kinds.NEXT_HOP_INDEX,
        span,
        f"there is no next hop {shown(index)}",
        help=f"the table has the entries 0 to {count - 1}",
    )
