"""Conditions without branches evaluate nothing that the program had a reason not to evaluate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fpl3.ir import nodes as ir
from fpl3.ir.bounds import SLACK, highest
from fpl3.ir.walk import expressions, statements, subexpressions
from fpl3.passes.flatten import is_safe
from fpl3.types import I32, U8, U16, U32, U64
from tests.unit.pc_agreement import after, lines

R0, BYTE = ir.Local(U32, "r0"), ir.Load(U8, ir.Const(U32, 0))


def eager(text: str) -> Iterator[ir.Expr]:
    """Everything that is evaluated whether or not the terms beside it hold."""
    for s in statements(after(text, "dead").body):
        for e in expressions(s):
            for n in subexpressions(e):
                if isinstance(n, ir.All | ir.Any):
                    yield from (t for term in n.terms for t in subexpressions(term))


def test_neighbouring_tests_are_joined() -> None:
    text = (
        "R[0] = PKT.B[40]; IF (PKT.W[12] == 0x0800 && PKT.B[23] == 6 && PKT.B[30] == 1) THEN RETURN(1); FI"
    )
    assert lines(text, "dead")[-1] == (
        "return UINT32(all((packet[12]:16 == 2048), (packet[23]:8 == 6), (packet[30]:8 == 1)))"
    )


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("IF (PKT.CAPLEN >= 65 && PKT.B[64] == 1) THEN RETURN(1); FI", ir.Load),
        ("IF (PKT.HAS.TCP && PKT.TCP.DPORT == 80) THEN RETURN(1); FI", ir.Load),
        ("UINT32 A[9]; R[0] = PKT.LEN; IF (R[0] < 9 && A[R[0]] == 1) THEN RETURN(1); FI", ir.Element),
        ("R[0] = PKT.LEN; IF (R[0] < 32 && (1 << R[0]) == 4) THEN RETURN(1); FI", ir.Binary),
        ("R[0] = PKT.LEN; IF (R[0] > 0 && 9 / R[0] == 1) THEN RETURN(1); FI", ir.Binary),
        ("R[0] = PKT.LEN; IF (R[0] < 9 && HASH(0, R[0], 7) == 1) THEN RETURN(1); FI", ir.HashBytes),
    ],
)
def test_what_is_not_safe_stays_behind_its_test(text: str, stays: type) -> None:
    assert not [e for e in eager(text) if isinstance(e, stays)]


@pytest.mark.parametrize(
    ("e", "captured", "safe"),
    [
        (ir.Load(U8, ir.Const(U32, SLACK - 1)), 0, True),
        (ir.Load(U16, ir.Const(U32, SLACK - 1)), 0, False),
        (ir.Load(U16, ir.Const(U32, SLACK - 1)), 1, True),
        (ir.Load(U8, ir.Const(I32, -1)), 60, False),
        (ir.Load(U8, ir.Convert(U32, BYTE)), 256 - SLACK, True),
        (ir.Load(U8, ir.Convert(U32, BYTE)), 255 - SLACK, False),
        (ir.Load(U8, R0), 1 << 24, False),
        (ir.Load(U8, ir.Binary(U32, "+", R0, ir.Const(U32, 1))), 1 << 40, False),
        (ir.Load(U8, ir.Binary(U32, "*", ir.Convert(U32, BYTE), ir.Const(U32, 4))), 0, False),
        (ir.Binary(U32, "/", R0, ir.Const(U32, 3)), 0, True),
        (ir.Binary(U32, "/", R0, R0), 0, False),
        (ir.Binary(U32, "<<", R0, R0, total=True), 0, True),
        (ir.Binary(U32, "<<", R0, R0), 0, False),
        (ir.Binary(U32, ">>", R0, ir.Binary(U32, "&", R0, ir.Const(U32, 31))), 0, True),
        (ir.Binary(U32, ">>", R0, ir.Binary(U32, "&", R0, ir.Const(U32, 63))), 0, False),
        (ir.Present("TCP"), 60, False),
        (ir.Jump(ir.Convert(U64, R0), R0), 60, False),
    ],
)
def test_safety(e: ir.Expr, captured: int, safe: bool) -> None:
    assert is_safe(e, captured) is safe


def test_a_bound_that_wraps_is_none() -> None:
    assert highest(ir.Binary(U32, "+", R0, ir.Const(U32, 1))) is None
    assert highest(ir.Binary(U32, "<<", ir.Convert(U32, BYTE), ir.Const(U32, 8))) == 255 << 8
    assert highest(ir.Binary(U32, "<<", ir.Convert(U32, BYTE), ir.Const(U32, 25))) is None
    assert highest(ir.Convert(I32, R0)) is None


def test_many_alternatives_stay_branches() -> None:
    """The longest flat chain is 24 terms, however the program writes its tests."""
    tests = [f"PKT.W[{n}] == {n * 77 + 1}" for n in range(40)]
    for text in (
        f"IF ({' || '.join(tests)}) THEN RETURN(1); FI",
        "".join(f"IF ({t}) THEN RETURN(1); FI " for t in tests),
    ):
        found = list(expressions_of(f"R[0] = PKT.B[59]; {text}"))
        assert max((len(e.terms) for e in found if isinstance(e, ir.Any | ir.All)), default=0) <= 24


def expressions_of(text: str) -> Iterator[ir.Expr]:
    for s in statements(after(text, "dead").body):
        for e in expressions(s):
            yield from subexpressions(e)


def test_guards_of_two_reasons_are_not_joined() -> None:
    text = (
        "UINT32 M[4]; R[0] = PKT.B[300]; R[1] = M[PKT.LEN]; R[2] = PKT.B[301]; RETURN(R[1] + R[2] + R[0]);"
    )
    reasons = [line.rpartition(" ")[2] for line in lines(text, "flatten") if line.startswith("guard")]
    assert reasons == ["out_of_bounds", "memory_index", "out_of_bounds"]
