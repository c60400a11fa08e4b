"""What a checked program does and does not use: the warnings that need the whole program.

A warning here must be right: each says something that is certain, or nothing.
"""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.check.constants import shown
from fpl3.check.context import Context, Narrowing
from fpl3.check.names import Entity, kind_of
from fpl3.check.program import Interval
from fpl3.check.walk import direct_expressions, statements, subexpressions
from fpl3.source import Source

Ranges = dict[p.Expr, Interval]


def warn(ctx: Context, body: p.Block, ranges: Ranges, main: Source) -> None:
    """All warnings about a program that has no errors."""
    _unreachable(ctx, body)
    _constant_tests(ctx, ranges)
    for narrowing in ctx.narrowings:
        _narrowing(ctx, narrowing, ranges)
    _registers(ctx, body)
    _unused(ctx, main)


# Unreachable code ---------------------------------------------------------------------------------


def ends(body: p.Block) -> bool:
    """Whether no run gets past the end of a block, whatever its tests give."""
    return any(_ends(statement) for statement in body)


def _ends(node: p.Statement) -> bool:
    match node:
        case p.Return() | p.Break():
            return True
        case p.If():
            return ends(node.otherwise) and all(ends(body) for _, body in node.branches)
        case p.Switch():
            return ends(node.default) and all(ends(body) for _, body in node.cases)
        case p.For():
            return _is_endless(node)
    return False


def _is_endless(node: p.For) -> bool:
    """A loop that only RETURN and aborts leave: nothing behind it runs."""
    test = node.test
    if isinstance(test, p.Truth) and isinstance(test.operand, p.Constant) and test.operand.value:
        test = None
    return test is None and not _has_break(node.body)


def _has_break(body: p.Block) -> bool:
    """Whether a block has a BREAK that belongs to the loop around it."""
    pending = list(body)
    while pending:
        statement = pending.pop()
        if isinstance(statement, p.Break):
            return True
        if isinstance(statement, p.If | p.Switch):
            pending += [inner for block in _blocks_of(statement) for inner in block]
    return False


def _unreachable(ctx: Context, body: p.Block) -> None:
    blocks = [body]
    while blocks:
        block = blocks.pop()
        for at, statement in enumerate(block):
            blocks.extend(_blocks_of(statement))
            if at + 1 < len(block) and _ends(statement):
                ctx.warn(
                    kinds.UNREACHABLE,
                    block[at + 1].span,
                    "no run gets to this statement",
                    help="the statement before it always leaves",
                )
                break


def _blocks_of(node: p.Statement) -> list[p.Block]:
    match node:
        case p.If():
            return [body for _, body in node.branches] + [node.otherwise]
        case p.Switch():
            return [body for _, body in node.cases] + [node.default]
        case p.For() | p.Split():
            return [node.body]
    return []


# Tests that are decided ---------------------------------------------------------------------------


def _constant_tests(ctx: Context, ranges: Ranges) -> None:
    for node, (low, high) in ranges.items():
        if not isinstance(node, p.Compare | p.Member) or low != high:
            continue
        if node not in ctx.expanded_tests:
            _constant_test(ctx, node, bool(low), ranges)


def _constant_test(ctx: Context, node: p.Compare | p.Member, holds: bool, ranges: Ranges) -> None:
    operand = node.left if isinstance(node, p.Compare) else node.value
    if isinstance(node, p.Compare) and isinstance(operand, p.Constant):
        operand = node.right
    interval = ranges.get(operand)
    help = None
    if interval is not None and operand.type.bits <= 64:
        help = f"'{operand.span.text}' is {_said(interval)} here"
    what = "true" if holds else "false"
    ctx.warn(kinds.ALWAYS, node.span, f"this is always {what}", help=help)


def _said(interval: Interval) -> str:
    low, high = interval
    return shown(low) if low == high else f"{shown(low)} to {shown(high)}"


# Narrowing ----------------------------------------------------------------------------------------


def _narrowing(ctx: Context, found: Narrowing, ranges: Ranges) -> None:
    interval = ranges.get(found.value)
    if interval is None:
        return
    low, high = interval
    width = found.high - found.low + 1
    # Patterns of the same width pass, as for constants: -1 and 255 are one byte.
    least, most = -(width // 2), width - 1
    if least <= low and high <= most:
        return
    certain = high < least or low > most
    if not certain and _wraps_around(found.value, width.bit_length() - 1):
        return
    ctx.warn(
        kinds.NARROWING,
        found.span,
        f"'{found.span.text}' is {_said(interval)} and does not fit {found.target}",
        help=f"write '& 0x{width - 1:x}' if the low bits are meant, or use a wider type",
    )


def _wraps_around(node: p.Expr, bits: int) -> bool:
    """Sums and differences of values that fit: `x = x + 1` means the wrap-around of x."""
    while isinstance(node, p.Convert):
        node = node.operand
    is_sum = isinstance(node, p.Negate | p.Complement) or (
        isinstance(node, p.Arithmetic) and node.op in "+-"
    )
    return is_sum and _natural_bits(node) <= bits


def _natural_bits(node: p.Expr) -> int:
    """The width of the widest value that goes into sums and differences."""
    widest = 0
    pending = [node]
    while pending:
        item = pending.pop()
        match item:
            case p.Convert() | p.Negate() | p.Complement():
                pending.append(item.operand)
            case p.Arithmetic(op="+" | "-"):
                pending += [item.left, item.right]
            case p.Constant():
                widest = max(widest, item.value.bit_length())
            case p.ReadField():
                widest = max(widest, item.field.width)
            case _:
                widest = max(widest, item.type.bits)
    return widest


# Unused things ------------------------------------------------------------------------------------


def _registers(ctx: Context, body: p.Block) -> None:
    """Registers that are assigned and never read."""
    written: dict[p.Register, p.Target] = {}
    read: set[p.Register] = set()
    for statement in statements(body):
        if isinstance(statement, p.Assign | p.Update) and isinstance(statement.target, p.ToRegister):
            written.setdefault(statement.target.register, statement.target)
        for expression in direct_expressions(statement):
            for node in subexpressions(expression):
                if isinstance(node, p.ReadRegister):
                    read.add(node.register)
    for register, target in written.items():
        if register not in read:
            ctx.warn(
                kinds.NEVER_READ,
                target.span,
                f"'{register.name}' is assigned but never read",
                help="remove the assignment, or use the value",
            )


def _unused(ctx: Context, main: Source) -> None:
    """Declarations of the main text without use; included files are libraries."""
    for name, (_, entity) in ctx.names.entities.items():
        if name in ctx.names.used or isinstance(entity, p.Array) or entity.span.source is not main:
            continue
        ctx.warn(
            kinds.UNUSED,
            entity.span,
            f"{_article(entity)} '{name}' is not used",
            help="remove the declaration, or use it",
        )


def _article(entity: Entity) -> str:
    return "the" + kind_of(entity).removeprefix("an").removeprefix("a")
