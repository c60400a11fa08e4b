"""Exact constants: integers of any size up to a stated limit, folded as mathematics says."""

from __future__ import annotations

from dataclasses import dataclass

from fpl3.source import Span
from fpl3.types import IntType, smallest

# Bounds the work of folding: without it, 1 << 10**9 or repeated squaring would eat the machine.
LIMIT_BITS = 4096
RELATIONS = frozenset(("==", "!=", "<", "<=", ">", ">="))


@dataclass(frozen=True, slots=True, eq=False)
class Exact:
    """An exact constant that has not met a variable and so has no type yet."""

    span: Span
    value: int


class ZeroDivision(Exception):
    """The divisor of a constant division is zero."""


class TooLarge(Exception):
    """The result has more than LIMIT_BITS bits."""


class NegativeShift(Exception):
    """The count of a shift is negative."""


def shown(value: int) -> str:
    """A constant for a message; Python refuses to print very long integers in decimal."""
    if abs(value).bit_length() <= 128:
        return str(value)
    return f"{'-' if value < 0 else ''}an integer of {abs(value).bit_length()} bits"


def divided(left: int, right: int) -> int:
    """Division that truncates towards zero, as C's."""
    if right == 0:
        raise ZeroDivision
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def remainder(left: int, right: int) -> int:
    """What `divided` leaves: it has the sign of `left`."""
    return left - right * divided(left, right)


def shifted(left: int, count: int, *, to_left: bool) -> int:
    if count < 0:
        raise NegativeShift
    if not to_left:
        return left >> min(count, LIMIT_BITS)
    if left and count > LIMIT_BITS:
        raise TooLarge
    return left << count if left else 0


def compared(op: str, left: int, right: int) -> bool:
    return {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[op]


def fold(op: str, left: int, right: int) -> int:
    """`left op right`, exactly. Raises ZeroDivision, TooLarge, NegativeShift."""
    if op in RELATIONS:
        return int(compared(op, left, right))
    value = _folded(op, left, right)
    if abs(value).bit_length() > LIMIT_BITS:
        raise TooLarge
    return value


def _folded(op: str, left: int, right: int) -> int:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return divided(left, right)
        case "%":
            return remainder(left, right)
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case "<<":
            return shifted(left, right, to_left=True)
        case ">>":
            return shifted(left, right, to_left=False)
        case "MAX":
            return max(left, right)
        case "MIN":
            return min(left, right)
        case "&&":
            return int(left != 0 and right != 0)
        case "||":
            return int(left != 0 or right != 0)
    raise AssertionError(f"no operator {op}")


def jump_hash(key: int, buckets: int) -> int:
    """CONSISTENT(key, buckets): jump hash over a 64-bit key; -1 for no buckets."""
    at, jump = -1, 0
    while jump < buckets:
        at = jump
        key = (key * 2862933555777941757 + 1) & 0xFFFFFFFFFFFFFFFF
        jump = ((at + 1) << 31) // ((key >> 33) + 1)
    return at


def pattern(value: int, type: IntType) -> int | None:
    """`value` as a constant of exactly `type`: itself if it fits, a negative value as the bit pattern
    of an unsigned type; None if the type cannot hold it."""
    if type.holds(value) or (not type.signed and -(1 << (type.bits - 1)) <= value < 0):
        return type.wrap(value)
    return None


def fits_64(value: int) -> bool:
    return smallest(value) is not None
