"""Precedence of operators: C's; IN and NOT IN stand with the relations. Higher binds tighter."""

from __future__ import annotations

PRECEDENCE = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7, ">=": 7,
    "IN": 7, "NOT IN": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
UNARY = 11
PRIMARY = 12
BITWISE = frozenset("&|^")
MEMBERSHIP = frozenset(("IN", "NOT IN"))
RELATIONS = frozenset(op for op, level in PRECEDENCE.items() if level in (6, 7))


def ambiguous(op: str, left: str, right: str) -> bool:
    """Whether `op` between operands whose outermost operators are `left` and `right` ("" for none, or
    for one in parentheses) is a form that the language refuses: `a & b == c`, `a < b < c`, `!x IN s`."""
    if op in BITWISE or op in RELATIONS:
        return left in RELATIONS or right in RELATIONS or (op in MEMBERSHIP and left == "!")
    return False
