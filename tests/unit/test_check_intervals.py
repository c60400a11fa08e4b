"""Intervals hold every result that an operator gives: tried on all pairs of small intervals."""

from __future__ import annotations

import random

import pytest

from fpl3.check import intervals
from fpl3.check.constants import divided, remainder
from fpl3.types import IntType

OPERATORS = ("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "MAX", "MIN")
TYPES = (IntType(4, False), IntType(4, True))


def computed(op: str, a: int, b: int, type: IntType) -> int | None:
    """The value of `a op b` by the words of the language; None where it aborts."""
    if op in ("/", "%") and b == 0:
        return None
    if op in ("<<", ">>") and not 0 <= b < type.bits:
        return -1 if op == ">>" and a < 0 else 0
    exact = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "/": lambda: divided(a, b),
        "%": lambda: remainder(a, b),
        "&": lambda: a & b,
        "|": lambda: a | b,
        "^": lambda: a ^ b,
        "<<": lambda: a << b,
        ">>": lambda: a >> b,
        "MAX": lambda: max(a, b),
        "MIN": lambda: min(a, b),
    }[op]()
    return type.wrap(exact)


def some_intervals(type: IntType, seed: int) -> list[tuple[int, int]]:
    values = range(type.low, type.high + 1)
    every = [(low, high) for low in values for high in values if low <= high]
    return random.Random(seed).sample(every, 40)


@pytest.mark.parametrize("type", TYPES, ids=str)
@pytest.mark.parametrize("op", OPERATORS)
def test_combine_holds_every_result(op: str, type: IntType) -> None:
    for a in some_intervals(type, 1):
        for b in some_intervals(type, 2):
            low, high = intervals.combine(op, a, b, type)
            assert type.low <= low <= high <= type.high
            for x in range(a[0], a[1] + 1):
                for y in range(b[0], b[1] + 1):
                    value = computed(op, x, y, type)
                    assert value is None or low <= value <= high, (x, y)


@pytest.mark.parametrize("type", TYPES, ids=str)
def test_unary_operators_and_conversions_hold_every_result(type: IntType) -> None:
    for low, high in some_intervals(IntType(5, True), 3):
        first, last = intervals.wrapped((low, high), type)
        assert all(first <= type.wrap(x) <= last for x in range(low, high + 1))
    for interval in some_intervals(type, 4):
        values = range(interval[0], interval[1] + 1)
        first, last = intervals.negate(interval, type)
        assert all(first <= type.wrap(-x) <= last for x in values)
        first, last = intervals.complement(interval, type)
        assert all(first <= type.wrap(~x) <= last for x in values)


@pytest.mark.parametrize("op", ("==", "!=", "<", "<=", ">", ">="))
def test_relations_are_decided_and_limit_rightly(op: str) -> None:
    from fpl3.check.constants import compared

    for a in some_intervals(IntType(4, True), 5):
        for b in some_intervals(IntType(4, True), 6):
            pairs = [(x, y) for x in range(a[0], a[1] + 1) for y in range(b[0], b[1] + 1)]
            holding = [x for x, y in pairs if compared(op, x, y)]
            decided = intervals.decided(op, a, b)
            if decided is not None:
                assert len(holding) == (len(pairs) if decided else 0)
            limited = intervals.limited(a, op, b)
            if limited is None:
                assert not holding
            else:
                assert all(limited[0] <= x <= limited[1] for x in holding)


@pytest.mark.parametrize(
    ("op", "a", "b", "expected"),
    [
        ("&", (0, 2**32 - 1), (1023, 1023), (0, 1023)),
        ("%", (0, 2**32 - 1), (3, 3), (0, 2)),
        (">>", (0, 2**32 - 1), (28, 28), (0, 15)),
        ("<<", (0, 255), (8, 8), (0, 65280)),
        ("+", (0, 255), (1, 1), (1, 256)),
        ("+", (0, 2**32 - 1), (1, 1), (0, 2**32 - 1)),
        ("|", (0, 15), (16, 16), (16, 31)),
        ("MIN", (0, 2**32 - 1), (7, 7), (0, 7)),
        ("/", (0, 1500), (2, 4), (0, 750)),
    ],
)
def test_combine_is_tight_where_it_matters(
    op: str, a: tuple[int, int], b: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert intervals.combine(op, a, b, IntType(32, False)) == expected
