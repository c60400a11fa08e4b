"""Closed intervals of integers: what an operator does to them, modulo 2**bits.

Every function is sound: for all values in the operands' intervals the result lies in the returned
one. Where nothing better is known, the answer is the whole range of the type.
"""

from __future__ import annotations

from collections.abc import Callable

from fpl3.check.constants import divided, remainder
from fpl3.check.program import Interval
from fpl3.types import IntType

BOOLEAN: Interval = (0, 1)
Operator = Callable[[int, int], int]


def full(type: IntType) -> Interval:
    return type.low, type.high


def join(a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), max(a[1], b[1])


def meet(a: Interval, b: Interval) -> Interval | None:
    """The common part, or None where there is none."""
    low, high = max(a[0], b[0]), min(a[1], b[1])
    return (low, high) if low <= high else None


def wrapped(interval: Interval, type: IntType) -> Interval:
    """The interval of `type.wrap(x)` for all x of an exact interval."""
    low, high = interval
    if type.low <= low and high <= type.high:
        return interval
    if high - low >= 1 << type.bits:
        return full(type)
    first, last = type.wrap(low), type.wrap(high)
    return (first, last) if first <= last else full(type)


def negate(a: Interval, type: IntType) -> Interval:
    return wrapped((-a[1], -a[0]), type)


def complement(a: Interval, type: IntType) -> Interval:
    return wrapped((~a[1], ~a[0]), type)


def combine(op: str, a: Interval, b: Interval, type: IntType) -> Interval:
    """`a op b` of the operators of Arithmetic; the count of a shift is exact."""
    match op:
        case "+":
            return wrapped((a[0] + b[0], a[1] + b[1]), type)
        case "-":
            return wrapped((a[0] - b[1], a[1] - b[0]), type)
        case "*":
            return wrapped(_corners(a, b, lambda x, y: x * y), type)
        case "/":
            return _quotient(a, b, type)
        case "%":
            return _remainder(a, b, type)
        case "&":
            return _and(a, b, type)
        case "|":
            return _or(a, b, type)
        case "^":
            return _xor(a, b, type)
        case "<<":
            return _shift_left(a, b, type)
        case ">>":
            return _shift_right(a, b, type)
        case "MAX":
            return max(a[0], b[0]), max(a[1], b[1])
        case "MIN":
            return min(a[0], b[0]), min(a[1], b[1])
    raise AssertionError(f"no operator {op}")


def _corners(a: Interval, b: Interval, op: Operator) -> Interval:
    """For operators that are monotone in each operand, in either direction."""
    values = [op(x, y) for x in a for y in b]
    return min(values), max(values)


def _without_zero(b: Interval) -> Interval | None:
    """The divisors that do not abort; a hull where zero lies inside."""
    low = 1 if b[0] == 0 else b[0]
    high = -1 if b[1] == 0 else b[1]
    return (low, high) if low <= high else None


def _quotient(a: Interval, b: Interval, type: IntType) -> Interval:
    divisor = _without_zero(b)
    if divisor is None:
        return full(type)
    # With divisors on both sides of zero, those nearest to it give the extremes.
    near = {divisor[0], divisor[1]}
    if divisor[0] < 0 < divisor[1]:
        near |= {-1, 1}
    values = [divided(x, y) for x in a for y in near]
    return wrapped((min(values), max(values)), type)


def _remainder(a: Interval, b: Interval, type: IntType) -> Interval:
    divisor = _without_zero(b)
    if divisor is None:
        return full(type)
    if a[0] == a[1] and divisor[0] == divisor[1]:
        return remainder(a[0], divisor[0]), remainder(a[0], divisor[0])
    most = max(abs(divisor[0]), abs(divisor[1])) - 1
    least = 0 if divisor[0] < 0 < divisor[1] else min(abs(divisor[0]), abs(divisor[1]))
    if a[0] >= 0 and a[1] < least:
        return a
    return max(-most, min(a[0], 0)), min(most, max(a[1], 0))


def _mask(high: int) -> int:
    """All ones up to the highest bit of `high`."""
    return (1 << high.bit_length()) - 1


def _and(a: Interval, b: Interval, type: IntType) -> Interval:
    if a[0] == a[1] and b[0] == b[1]:
        return a[0] & b[0], a[0] & b[0]
    if a[0] >= 0 and b[0] >= 0:
        return 0, min(a[1], b[1])
    if a[0] >= 0:
        return 0, a[1]
    if b[0] >= 0:
        return 0, b[1]
    return full(type)


def _or(a: Interval, b: Interval, type: IntType) -> Interval:
    if a[0] == a[1] and b[0] == b[1]:
        return a[0] | b[0], a[0] | b[0]
    if a[0] >= 0 and b[0] >= 0:
        return max(a[0], b[0]), _mask(a[1] | b[1])
    return full(type)


def _xor(a: Interval, b: Interval, type: IntType) -> Interval:
    if a[0] == a[1] and b[0] == b[1]:
        return a[0] ^ b[0], a[0] ^ b[0]
    if a[0] >= 0 and b[0] >= 0:
        return 0, _mask(a[1] | b[1])
    return full(type)


def _counts(b: Interval, type: IntType) -> Interval:
    """Counts as they act: below 0 and from the width on they all act as the width."""
    if b[0] < 0:
        return 0 if b[1] >= 0 else type.bits, type.bits
    return min(b[0], type.bits), min(b[1], type.bits)


def _shift_left(a: Interval, b: Interval, type: IntType) -> Interval:
    counts = _counts(b, type)
    return wrapped(_corners(a, counts, lambda x, y: x << y), type)


def _shift_right(a: Interval, b: Interval, type: IntType) -> Interval:
    # At the width the shift leaves 0 or -1, which is what an exact shift of such a value leaves.
    return _corners(a, _counts(b, type), lambda x, y: x >> y)


def decided(op: str, a: Interval, b: Interval) -> bool | None:
    """Whether `a op b` holds for all values, for none, or (None) for some."""
    match op:
        case "<":
            return True if a[1] < b[0] else False if a[0] >= b[1] else None
        case "<=":
            return True if a[1] <= b[0] else False if a[0] > b[1] else None
        case ">":
            return decided("<", b, a)
        case ">=":
            return decided("<=", b, a)
        case "==":
            if a[0] == a[1] == b[0] == b[1]:
                return True
            return False if meet(a, b) is None else None
    equal = decided("==", a, b)
    return None if equal is None else not equal


def limited(a: Interval, op: str, b: Interval) -> Interval | None:
    """The values of `a` for which `a op b` can hold for some value of `b`; None if there are none."""
    match op:
        case "<":
            return meet(a, (a[0], b[1] - 1))
        case "<=":
            return meet(a, (a[0], b[1]))
        case ">":
            return meet(a, (b[0] + 1, a[1]))
        case ">=":
            return meet(a, (b[0], a[1]))
        case "==":
            return meet(a, b)
    if b[0] != b[1]:
        return a
    low = a[0] + (a[0] == b[0])
    high = a[1] - (a[1] == b[0])
    return (low, high) if low <= high else None
