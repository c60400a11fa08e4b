"""The expressions that the language refuses because C and people read them differently.

Refused without parentheses: a relation beside `& | ^` (`a & b == c`, `a == b | c`), a relation beside
another relation (`a < b < c`, `a == b == c`, `a < b == c`, `a == b IN s`), and `!x IN s`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fpl3 import kinds
from fpl3.diagnostics import Note
from fpl3.source import Span
from fpl3.syntax import tree
from fpl3.syntax.elements import Fault, Text
from fpl3.syntax.precedence import MEMBERSHIP, RELATIONS
from fpl3.syntax.printer import print_expression

_LONGEST = 300  # of a reading; longer ones are cut, the caret shows the place anyway


@dataclass(frozen=True, slots=True)
class Operand:
    """A parsed operand with the place it takes in the text, parentheses included; `top` is the
    operator that stands in it without parentheses, `height` the height of its tree."""

    node: Any
    start: int
    end: int
    height: int
    top: str = ""


def joined(op: str, left: Any, right: Any, span: Span | None = None) -> Any:
    """The node of `left op right`."""
    span = span or left.span.to(right.span)
    if op in MEMBERSHIP:
        return tree.Membership(span, left, right, op == "NOT IN")
    return tree.Binary(span, op, left, right)


def refusal(text: Text, left: Operand, op: str, right: Operand) -> Fault:
    """The message about `left op right`, with both readings."""
    place = (left.start, right.end)
    return Fault(
        text,
        place,
        f"'{_cut(' '.join(text[left.start : right.end].split()))}' can be read in two ways",
        kind=kinds.AMBIGUOUS,
        notes=[
            Note(f"C's reading: {_cut(print_expression(joined(op, left.node, right.node)))}"),
            Note(_the_other(left, op, right)),
        ],
        help="write the parentheses for the reading that you mean",
    )


def _the_other(left: Operand, op: str, right: Operand) -> str:
    reading = _cut(print_expression(_other(left, op, right)))
    if left.top in MEMBERSHIP:  # what stands to the right of IN can only be a set
        return f"the other would compare a set, which has no value: {reading}"
    return f"the other: {reading}"


def _other(left: Operand, op: str, right: Operand) -> Any:
    """What somebody may have meant who did not mean C's reading."""
    if left.top == "!" and op in MEMBERSHIP:
        return tree.Unary(left.node.span, "!", joined(op, left.node.operand, right.node))
    if right.top in RELATIONS:
        first, inner, last = _parts(right.node)
        if _both_chain(op, inner):
            return joined("&&", joined(op, left.node, first), right.node)
        return joined(inner, joined(op, left.node, first), last)
    first, inner, last = _parts(left.node)
    if _both_chain(op, inner):
        return joined("&&", left.node, joined(op, last, right.node))
    return joined(inner, first, joined(op, last, right.node))


def _both_chain(op: str, inner: str) -> bool:
    """`a < b < c` is how mathematics writes a < b && b < c; sets do not chain."""
    return op in RELATIONS and inner not in MEMBERSHIP


def _parts(node: tree.Binary | tree.Membership) -> tuple[Any, str, Any]:
    if isinstance(node, tree.Binary):
        return node.left, node.op, node.right
    return node.value, "NOT IN" if node.negated else "IN", node.collection


def _cut(reading: str) -> str:
    return reading if len(reading) <= _LONGEST else f"{reading[:_LONGEST]} ..."
