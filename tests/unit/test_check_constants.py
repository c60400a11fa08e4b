"""Exact folding of constants."""

from __future__ import annotations

import pytest

from fpl3.check import constants
from fpl3.types import I8, U8, U32


@pytest.mark.parametrize(
    ("op", "left", "right", "expected"),
    [
        ("+", 2**70, 1, 2**70 + 1),
        ("-", 1, 2, -1),
        ("*", -3, 7, -21),
        ("/", -7, 2, -3),
        ("/", 7, -2, -3),
        ("%", -7, 2, -1),
        ("%", 7, -2, 1),
        ("<<", 1, 63, 2**63),
        ("<<", 0, 10**9, 0),
        (">>", 5, 10**12, 0),
        (">>", -5, 10**12, -1),
        ("&", -1, 255, 255),
        ("|", 1, 6, 7),
        ("^", 7, 2, 5),
        ("==", 3, 3, 1),
        ("<", -1, 0, 1),
        ("MAX", 3, 9, 9),
        ("MIN", 3, -9, -9),
        ("&&", 2, 0, 0),
        ("||", 2, 0, 1),
    ],
)
def test_fold(op: str, left: int, right: int, expected: int) -> None:
    assert constants.fold(op, left, right) == expected


@pytest.mark.parametrize(
    ("op", "left", "right", "fault"),
    [
        ("/", 1, 0, constants.ZeroDivision),
        ("%", 1, 0, constants.ZeroDivision),
        ("<<", 1, 10**9, constants.TooLarge),
        ("<<", 1, 4096, constants.TooLarge),
        ("*", 2**4000, 2**4000, constants.TooLarge),
        ("<<", 1, -1, constants.NegativeShift),
        (">>", 1, -1, constants.NegativeShift),
    ],
)
def test_fold_refuses(op: str, left: int, right: int, fault: type[Exception]) -> None:
    with pytest.raises(fault):
        constants.fold(op, left, right)


@pytest.mark.parametrize(
    ("key", "buckets", "expected"), [(1, 10, 6), (3, 10, 8), (0xFFFFFFFF, 10, 5), (1, 1, 0), (1, 0, -1)]
)
def test_jump_hash(key: int, buckets: int, expected: int) -> None:
    assert constants.jump_hash(key, buckets) == expected


def test_pattern_takes_a_negative_value_as_bits_of_an_unsigned_type() -> None:
    assert constants.pattern(-1, U8) == 255
    assert constants.pattern(-129, U8) is None
    assert constants.pattern(128, I8) is None
    assert constants.pattern(-1, U32) == 2**32 - 1


def test_shown_bounds_what_messages_print() -> None:
    assert constants.shown(2**64) == "18446744073709551616"
    assert constants.shown(-(2**4000)) == "-an integer of 4001 bits"
