"""The operators on exact integers, as language.md section 2 has them."""

from __future__ import annotations

import operator
from collections.abc import Callable

from fpl3.interpreter.outcome import Abort
from fpl3.types import IntType

COMPARE: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_PLAIN: dict[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "MAX": max, "MIN": min,
}  # fmt: skip


def combine(op: str, of: IntType, left: int, right: int) -> int:
    """`left op right` modulo 2**bits; both are values of the type, but for a shift count of any
    value. Aborts division by zero."""
    if op in _PLAIN:
        return of.wrap(_PLAIN[op](left, right))
    if op in ("<<", ">>"):
        if not 0 <= right < of.bits:
            return -1 if op == ">>" and left < 0 else 0
        return of.wrap(left << right if op == "<<" else left >> right)
    assert op in ("/", "%"), f"no operator {op}"
    if right == 0:
        raise Abort("division")
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return of.wrap(quotient if op == "/" else left - quotient * right)
