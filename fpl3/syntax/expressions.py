"""Expressions: operators by precedence in one pass; sets in braces."""

from __future__ import annotations

import re
from typing import Any

from fpl3 import kinds
from fpl3.diagnostics import Note
from fpl3.syntax import lexemes, tree
from fpl3.syntax.ambiguity import Operand, joined, refusal
from fpl3.syntax.depth import MAX_HEIGHT
from fpl3.syntax.elements import Element, Fault, Lexeme, Listed, Taken, Text, Word, next_span, next_word
from fpl3.syntax.operands import EXPRESSION_INSIDE, OPERAND
from fpl3.syntax.precedence import MEMBERSHIP, PRECEDENCE, ambiguous
from fpl3.syntax.printer import print_expression


class Expression(Lexeme):
    """Operands and operators, put together by precedence climbing; its value is an Operand."""

    def __init__(self, operand: Element) -> None:
        super().__init__("an expression")
        self.operand = operand

    def take(self, text: Text, at: int) -> Taken:
        at, first = self.operand.take(text, at)
        found = lexemes.OPERATOR.match(text, at)
        if found is None:
            whole: Operand = first
        else:
            at, whole = self._chain(text, at, found, first)
        if whole.height > text.height:
            text.height = whole.height
        return at, whole

    def _chain(
        self, text: Text, at: int, found: re.Match[str] | None, first: Operand
    ) -> tuple[int, Operand]:
        """Shunting-yard over the flat chain: linear, no recursion."""
        values = [first]
        waiting: list[str] = []
        while found is not None:
            op = found.group(1).upper()
            op = "NOT IN" if op.startswith("NOT") else op
            level = PRECEDENCE.get(op)
            if level is None:
                raise _assignment(text, found, op)
            while waiting and PRECEDENCE[waiting[-1]] >= level:
                _reduce(text, values, waiting)
            at, operand = (_collection if op in MEMBERSHIP else self.operand.take)(text, found.end())
            waiting.append(op)
            values.append(operand)
            found = lexemes.OPERATOR.match(text, at)
        while waiting:
            _reduce(text, values, waiting)
        return at, values[0]


def _assignment(text: Text, found: re.Match[str], op: str) -> Fault:
    """A target is an operand, never an expression: this assignment stands inside one."""
    message, help = f"'{op}' inside an expression", "expressions have no side effects; make it a statement"
    if op == "=":
        message = "an assignment inside an expression"
        help = "'==' compares; an assignment is a statement of its own"
    elif op in ("++", "--"):
        help = f"'{op}' is a statement of its own; for two signs write '{op[0]} {op[0]}'"
    return Fault(text, found.span(1), message, help=help, kind=kinds.ASSIGNMENT_INSIDE)


def _reduce(text: Text, values: list[Operand], waiting: list[str]) -> None:
    right, left, op = values.pop(), values.pop(), waiting.pop()
    if ambiguous(op, left.top, right.top):
        raise refusal(text, left, op, right)
    height = max(left.height, right.height) + 1
    if height > MAX_HEIGHT:
        raise Fault(
            text,
            (right.start, right.end),
            f"more than {MAX_HEIGHT:,} operators one above the other in an expression",
            help="use IN with a set for long lists, registers for partial results",
            kind=kinds.NESTING,
        )
    # The span runs over parentheses around the operands, which their nodes do not know.
    node = joined(op, left.node, right.node, text.span(left.start, right.end))
    values.append(Operand(node, left.start, right.end, height, op))


def _collection(text: Text, at: int) -> tuple[int, Operand]:
    """What stands behind IN: braces, a set's name, a prefix, an address."""
    if next_word(text, at) != "{":
        at, operand = OPERAND.take(text, at)
        return at, operand
    start, _ = next_span(text, at)
    around, text.height = text.height, -1
    at, literal = SET_LITERAL.take(text, at)
    height = text.height + 1
    text.height = max(around, height)
    return at, Operand(literal, start, at, height)


class SetElement(Lexeme):
    """One element of a set: a constant, `low-high`, an address or a prefix."""

    def __init__(self) -> None:
        super().__init__("an element")

    def take(self, text: Text, at: int) -> Taken:
        at, operand = EXPRESSION_INSIDE.take(text, at)
        return at, _ranged(text, operand)


def _ranged(text: Text, operand: Operand) -> Any:
    """In braces `-` between two constants is a range: 1+2-9 is 3 to 9."""
    node = operand.node
    if operand.top != "-" or not isinstance(node, tree.Binary):
        return node
    low = node.left
    if isinstance(low, tree.Binary) and low.op == "-" and not _closed(text, low, node.right.span.start):
        readings = (tree.SetRange(node.span, low, node.right), _right_range(low, node.right))
        raise Fault(
            text,
            (operand.start, operand.end),
            "two '-' in one element of a set: one of them is a range",
            kind=kinds.AMBIGUOUS,
            notes=[Note(f"a reading: {print_expression(r)}") for r in readings],
            help="write the parentheses for the reading that you mean",
        )
    return tree.SetRange(node.span, low, node.right)


def _right_range(low: tree.Binary, high: Any) -> tree.SetRange:
    """`a-b-c` as a to b - c."""
    return tree.SetRange(low.span, low.left, tree.Binary(low.span.to(high.span), "-", low.right, high))


def _closed(text: Text, low: tree.Binary, before: int) -> bool:
    """Whether the low end stands in parentheses of its own."""
    return ")" in text[low.span.end : before]


class SetLiteralElement(Lexeme):
    """`{ 10.0.0.0/8, 80, 8000-8080 }`."""

    def __init__(self) -> None:
        super().__init__("a set in braces")
        self.items = Listed(SetElement(), "}")
        self.open, self.close = Word("{"), Word("}")

    def take(self, text: Text, at: int) -> Taken:
        at, (start, _) = self.open.take(text, at)
        at, items = self.items.take(text, at)
        at, (_, end) = self.close.take(text, at)
        return at, tree.SetLiteral(text.span(start, end), tuple(items))


SET_LITERAL = SetLiteralElement()
EXPRESSION_INSIDE.set(Expression(OPERAND))


class NodeOf(Lexeme):
    """An expression's node, without its place."""

    def __init__(self, element: Element) -> None:
        super().__init__(element.name)
        self.element = element

    def take(self, text: Text, at: int) -> Taken:
        at, operand = self.element.take(text, at)
        return at, operand.node


EXPRESSION = NodeOf(EXPRESSION_INSIDE)
TARGET = NodeOf(OPERAND)
