"""Where guards end, and how high offsets get."""

from __future__ import annotations

import pytest

from fpl3.ir import nodes as ir
from fpl3.ir.bounds import constant_end, end_of, highest, least_captured
from fpl3.types import I32, U8, U32, U64


def number(value: int) -> ir.Const:
    return ir.Const(U32, value)


BYTE = ir.Convert(U32, ir.Load(U8, number(14)))
HEADER = ir.Binary(U32, "<<", ir.Binary(U32, "&", BYTE, number(15)), number(2))
BEHIND = ir.Binary(U32, "+", HEADER, number(16))
WORD = ir.Local(U32, "r0")


def asked(offset: ir.Expr, length: int) -> ir.InBounds:
    return ir.InBounds(offset, number(length))


@pytest.mark.parametrize(
    ("bound", "end"),
    [
        (asked(number(12), 2), (None, 14)),
        (asked(HEADER, 3), (HEADER, 3)),
        (asked(BEHIND, 2), (HEADER, 18)),
        # What may wrap round is not compared with what does not.
        (asked(ir.Binary(U32, "+", WORD, number(16)), 2), (ir.Binary(U32, "+", WORD, number(16)), 2)),
    ],
)
def test_the_end_of_a_guard(bound: ir.InBounds, end: tuple[ir.Expr | None, int]) -> None:
    assert end_of(bound) == end


def test_what_cannot_be_compared_is_its_own_base() -> None:
    below = asked(ir.Const(I32, -1), 2)
    variable = ir.InBounds(number(3), WORD)
    assert end_of(below) == (below, 0)
    assert end_of(variable) == (variable, 0)


def test_only_a_constant_end_says_all() -> None:
    assert constant_end(asked(number(12), 2)) == 14
    assert constant_end(asked(BEHIND, 2)) is None
    assert constant_end(ir.Compare("==", WORD, WORD)) is None


def test_what_was_captured_at_least() -> None:
    """The header's length is not negative; of alternatives nothing is known."""
    both = (asked(number(12), 2), asked(BEHIND, 2))
    assert least_captured(both[1]) == 18
    assert least_captured(ir.All(both)) == least_captured(ir.AndThen(both)) == 18
    assert least_captured(ir.Any(both)) == least_captured(WORD) == 0
    assert least_captured(asked(ir.Const(I32, -1), 2)) == 0


def test_the_highest_value() -> None:
    assert highest(HEADER) == 60
    assert highest(BEHIND) == 76
    assert highest(ir.Const(U64, 5)) == 5
    assert highest(ir.Binary(U32, "-", WORD, number(1))) is None
