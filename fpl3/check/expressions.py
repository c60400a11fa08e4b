"""Typing of expressions: language.md section 2, every conversion made explicit."""

from __future__ import annotations

import re

from fpl3 import kinds
from fpl3.check import calls, convert, externs, macros, operands, sets
from fpl3.check import program as p
from fpl3.check.constants import Exact
from fpl3.check.context import Context, Rejected, Value
from fpl3.check.names import Scope
from fpl3.check.operators import LOGICAL, combine
from fpl3.syntax import tree
from fpl3.types import IPV6, widened


def value(ctx: Context, node: tree.Expression, scope: Scope) -> Value:
    """Check one expression; constants stay exact until they meet a variable."""
    ctx.enter(node, scope)
    try:
        return _value(ctx, node, scope)
    finally:
        ctx.leave()


def _value(ctx: Context, node: tree.Expression, scope: Scope) -> Value:
    match node:
        case tree.Number() | tree.MacAddress() | tree.Ipv4Address():
            return Exact(node.span, node.value)
        case tree.Name():
            return macros.name(ctx, node, scope)
        case tree.Binary():
            return _binary(ctx, node, scope)
        case tree.PacketName():
            return operands.packet_name(ctx, node, scope)
        case tree.PacketRead():
            return operands.packet_read(ctx, node, scope)
        case tree.Index():
            return operands.indexed(ctx, node, scope)
        case tree.Membership():
            return _membership(ctx, node, scope)
        case tree.Unary():
            return _unary(ctx, node, scope)
        case tree.Call():
            return calls.call(ctx, node, scope)
        case tree.PartOf():
            return operands.part(ctx, node, scope)
        case tree.ExternCall():
            return externs.call(ctx, node, scope)
        case tree.StateIndex():
            return operands.state(node.span, operands.state_word(ctx, node, scope))
        case tree.Ipv6Address():
            return p.Constant(node.span, IPV6, node.value)
        case tree.String() | tree.Prefix() | tree.SetRange() | tree.SetLiteral():
            raise _no_value(ctx, node)


# What looks like a number, an address or a prefix.
NUMBER = re.compile(
    r"0[xX][0-9a-fA-F]+|[0-9]+|[0-9]+(\.[0-9]+){3}(/[0-9]+)?|[0-9a-fA-F]*:[0-9a-fA-F:.]+(/[0-9]+)?"
)


def _unquoted(node: tree.String) -> str:
    """What a string may be meant for."""
    text = node.value.decode("ascii", "replace")
    if NUMBER.fullmatch(text):
        return f"addresses and numbers stand without quotes: {text}"
    return "strings stand in RULE, INCLUDE and SET ... FROM; one character is written 'c'"


def _no_value(ctx: Context, node: tree.Expression) -> Rejected:
    match node:
        case tree.String():
            return ctx.rejected(
                kinds.STRING_USE,
                node.span,
                "a string is not a value here",
                help=_unquoted(node),
            )
        case tree.Prefix():
            return ctx.rejected(
                kinds.PREFIX_USE,
                node.span,
                "a prefix is not a value",
                help=f"test membership: x IN {node.span.text}",
            )
    return ctx.rejected(
        kinds.SET_USE,
        node.span,
        "a set is not a value",
        help="a set stands behind IN or in a SET declaration",
    )


def _binary(ctx: Context, node: tree.Binary, scope: Scope) -> Value:
    """A chain `a + b + c` leans to the left: it is walked, not recursed into."""
    chain = [node]
    while isinstance(chain[-1].left, tree.Binary) and node.op not in LOGICAL:
        chain.append(chain[-1].left)
    if node.op in LOGICAL:
        return _logical(ctx, node, scope)
    ctx.enter(node, scope, len(chain) - 1)
    try:
        result = ctx.value(chain[-1].left, scope)
        for link in reversed(chain):
            result = combine(ctx, link.op, result, ctx.value(link.right, scope), link.span)
        return result
    finally:
        ctx.leave(len(chain) - 1)


def _logical(ctx: Context, node: tree.Binary, scope: Scope) -> Value:
    """A chain of one of && and || becomes a balanced tree: the order of evaluation and its result
    are the same, and a chain of hundreds (a rule file has them) is only a few levels deep."""
    links: list[tree.Expression] = []
    left: tree.Expression = node
    while isinstance(left, tree.Binary) and left.op == node.op:
        links.append(left.right)
        left = left.left
    links.append(left)
    values = [ctx.value(operand, scope) for operand in reversed(links)]
    while len(values) > 1:
        paired = [
            combine(ctx, node.op, a, b, a.span.to(b.span) if a.span.source is b.span.source else node.span)
            for a, b in zip(values[::2], values[1::2], strict=False)
        ]
        values = paired + values[len(paired) * 2 :]
    return values[0]


def _unary(ctx: Context, node: tree.Unary, scope: Scope) -> Value:
    operand = ctx.value(node.operand, scope)
    if isinstance(operand, Exact):
        return Exact(node.span, _folded_unary(node.op, operand.value))
    if node.op == "!":
        return p.Not(node.span, convert.truth(ctx, operand))
    convert.integer(ctx, operand, f"an operand of {node.op}")
    type = widened(convert.int_type(operand))
    operand = convert.convert(operand, type)
    match node.op:
        case "-":
            return p.Negate(node.span, type, operand)
        case "~":
            return p.Complement(node.span, type, operand)
    return operand


def _folded_unary(op: str, operand: int) -> int:
    return {"-": -operand, "~": ~operand, "!": int(operand == 0), "+": operand}[op]


def _membership(ctx: Context, node: tree.Membership, scope: Scope) -> Value:
    operand = ctx.value(node.value, scope)
    found = sets.collection(ctx, node.collection, scope)
    if found.ranges and convert.is_ipv6(operand) != found.ipv6:
        family = "IPv6 addresses" if found.ipv6 else "numbers and IPv4 addresses"
        raise ctx.rejected(
            kinds.MIXED_FAMILIES,
            node.span,
            f"'{node.value.span.text}' can never be in a set of {family}",
            help="test a value of the same family",
        )
    if isinstance(operand, Exact):
        return Exact(node.span, int((operand.value in found) != node.negated))
    test = p.Member(node.span, operand, ctx.use_set(found), node.negated)
    ctx.note_test(test)
    return test


def constant(ctx: Context, node: tree.Expression, scope: Scope, what: str) -> Exact:
    """An expression that must be an integer constant."""
    found = ctx.value(node, scope)
    if not isinstance(found, Exact):
        raise ctx.rejected(
            kinds.NOT_CONSTANT,
            node.span,
            f"{what} must be a constant integer",
            help="use numbers, CONST names and operators on them",
        )
    return found
