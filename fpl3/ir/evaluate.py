"""The arithmetic of the language on exact integers, for folding."""

from __future__ import annotations

import operator
from collections.abc import Callable

from fpl3.types import IntType

_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_PLAIN: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "MAX": max, "MIN": min,
}  # fmt: skip


def compare(op: str, left: int, right: int) -> int:
    return int(_COMPARE[op](left, right))


def unary(op: str, of: IntType, value: int) -> int:
    return of.wrap(-value if op == "-" else ~value)


def binary(op: str, of: IntType, left: int, right: int) -> int:
    """`left op right` in a type; both are values of it (a shift count of any); right of / % not 0."""
    if op in _PLAIN:
        return of.wrap(_PLAIN[op](left, right))
    if op == "<<":
        return of.wrap(left << right) if 0 <= right < of.bits else 0
    if op == ">>":
        if 0 <= right < of.bits:
            return left >> right
        return -1 if left < 0 else 0
    quotient = abs(left) // abs(right)
    if (left < 0) != (right < 0):
        quotient = -quotient
    return of.wrap(quotient if op == "/" else left - quotient * right)
