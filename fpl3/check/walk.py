"""Walking the checked tree: what an expression is made of, without recursion."""

from __future__ import annotations

from collections.abc import Iterator

from fpl3.check import program as p


def operands(node: p.Expr) -> tuple[p.Expr, ...]:
    """The direct operands of an expression, in the order of their evaluation."""
    match node:
        case p.Arithmetic() | p.Compare() | p.And() | p.Or():
            return node.left, node.right
        case p.Convert() | p.Negate() | p.Complement() | p.Truth() | p.Not():
            return (node.operand,)
        case p.ReadRaw():
            return (node.offset,)
        case p.ReadMemory() | p.ReadTable():
            return (node.index,)
        case p.ReadPart():
            return node.base, node.index
        case p.Member():
            return (node.value,)
        case p.Guarded():
            return node.guard, node.value
        case p.Hash():
            return node.start, node.length, node.mask
        case p.Consistent():
            return node.hash, node.buckets
        case p.CallExtern():
            return node.arguments
    return ()


def subexpressions(node: p.Expr) -> Iterator[p.Expr]:
    """An expression and everything below it."""
    pending = [node]
    while pending:
        item = pending.pop()
        yield item
        pending.extend(reversed(operands(item)))


def may_be_absent(node: p.Expr) -> bool:
    """Whether an absent field can make the value of this expression absent. What is absent inside a
    relation makes that relation false and goes no further."""
    pending = [node]
    while pending:
        item = pending.pop()
        if isinstance(item, p.ReadField | p.ReadLayer | p.Guarded):
            return True
        if not isinstance(item, p.TRUTH):
            pending.extend(operands(item))
    return False


def target_operands(target: p.Target) -> tuple[p.Expr, ...]:
    match target:
        case p.ToMemory(index=index):
            return (index,)
        case p.ToRaw(offset=offset, part=None):
            return (offset,)
        case p.ToRaw(offset=offset, part=(_, index)):
            return offset, index
    return ()


def direct_expressions(node: p.Statement) -> tuple[p.Expr, ...]:
    """The expressions of a statement itself, not those of statements inside it."""
    match node:
        case p.Assign() | p.Update():
            return (*target_operands(node.target), node.value)
        case p.If():
            return tuple([condition for condition, _ in node.branches])
        case p.For():
            return () if node.test is None else (node.test,)
        case p.Switch() | p.Return():
            return (node.value,)
        case p.Evaluate():
            return (node.call,)
        case p.Transmit():
            return (node.index,) if node.id is None else (node.id, node.index)
        case p.Split():
            return () if node.where is None else (node.where,)
    return ()


def inner_statements(node: p.Statement) -> tuple[p.Statement, ...]:
    """The statements directly inside a statement, in the order of the text."""
    match node:
        case p.If():
            blocks = [body for _, body in node.branches] + [node.otherwise]
        case p.For():
            heads = [part for part in (node.init, node.update) if part is not None]
            return (*heads, *node.body)
        case p.Switch():
            blocks = [body for _, body in node.cases] + [node.default]
        case p.Split():
            return node.body
        case _:
            return ()
    return tuple([statement for body in blocks for statement in body])


def statements(block: p.Block) -> Iterator[p.Statement]:
    """All statements of a block and everything inside them, in the order of the text."""
    pending = list(reversed(block))
    while pending:
        item = pending.pop()
        yield item
        pending.extend(reversed(inner_statements(item)))
