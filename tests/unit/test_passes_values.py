"""Values: folding, values put where they are used, dead code; each keeps what can be seen."""

from __future__ import annotations

import time

import pytest

from ffpf_plugins.pc.target import print_program
from fpl3.ir import nodes as ir
from fpl3.ir.walk import statements
from fpl3.passes.fold import fold_expression
from fpl3.passes.pipeline import run_passes
from fpl3.types import I32, I64, U8, U32, U64
from tests.unit.pc_agreement import after, checked, lines

R0, S0 = ir.Local(U32, "r0"), ir.Local(I32, "v_s")
SIGN = ir.Binary(I32, ">>", S0, ir.Const(U32, 32), True)
FOUR = ir.Binary(U32, "&", R0, ir.Const(U32, 4))
BYTE = ir.Load(U8, ir.Const(U32, 3))
HEAD = "RULE r = {GID 1, SID 1, REV 1}; UINT32 M[4]; "


def is_zero(of: ir.Expr) -> ir.Expr:
    return ir.Compare("==", of, ir.Const(of.type, 0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("e", "folded"),
    [
        (ir.Binary(U32, "-", ir.Const(U32, 0), ir.Const(U32, 1)), ir.Const(U32, 2**32 - 1)),
        (ir.Binary(I64, "/", ir.Const(I64, I64.low), ir.Const(I64, -1)), ir.Const(I64, I64.low)),
        (ir.Binary(I64, "%", ir.Const(I64, I64.low), ir.Const(I64, -1)), ir.Const(I64, 0)),
        (ir.Binary(I32, "/", ir.Const(I32, -7), ir.Const(I32, 2)), ir.Const(I32, -3)),
        (ir.Binary(I32, "%", ir.Const(I32, -7), ir.Const(I32, 2)), ir.Const(I32, -1)),
        (ir.Binary(I32, ">>", ir.Const(I32, -7), ir.Const(U32, 99), True), ir.Const(I32, -1)),
        (ir.Binary(U32, ">>", R0, ir.Const(U32, 32), True), ir.Const(U32, 0)),
        (SIGN, SIGN),
        (ir.Binary(I32, "<<", S0, ir.Const(I32, -1), True), ir.Const(I32, 0)),
        (ir.Binary(I32, "&", S0, ir.Const(I32, -1)), S0),
        (ir.Binary(U32, "&", R0, ir.Const(U32, 1)), ir.Binary(U32, "&", R0, ir.Const(U32, 1))),
        (ir.Convert(U32, ir.Convert(U8, R0)), ir.Convert(U32, ir.Convert(U8, R0))),
        (ir.Convert(U8, ir.Convert(U64, R0)), ir.Convert(U8, R0)),
        (ir.Convert(U64, ir.Convert(I32, BYTE)), ir.Convert(U64, BYTE)),
        (ir.Convert(U64, ir.Convert(I32, R0)), ir.Convert(U64, ir.Convert(I32, R0))),
        (ir.Compare("<", ir.Convert(I32, BYTE), ir.Const(I32, 256)), ir.Const(I32, 1)),
        (ir.Compare("==", ir.Convert(I32, BYTE), ir.Const(I32, -1)), ir.Const(I32, 0)),
        (ir.Compare("<", ir.Const(U32, 5), R0), ir.Compare(">", R0, ir.Const(U32, 5))),
        (ir.Below(ir.Const(I32, -1), 5), ir.Const(I32, 0)),
        (ir.Below(ir.Binary(U32, "&", R0, ir.Const(U32, 3)), 4), ir.Const(I32, 1)),
        (ir.Below(FOUR, 4), ir.Below(FOUR, 4)),
        (ir.InBounds(ir.Const(I32, -1), ir.Const(U32, 1)), ir.Const(I32, 0)),
        (ir.Not(ir.Not(R0)), ir.Not(ir.Not(R0))),
        (ir.Not(ir.Compare("<=", R0, S0)), ir.Compare(">", R0, S0)),
        (ir.AndThen((is_zero(R0), ir.Const(I32, 0))), ir.Const(I32, 0)),
        (ir.OrElse((is_zero(R0), is_zero(R0))), is_zero(R0)),
        (ir.All(()), ir.Const(I32, 1)),
        (ir.Any(()), ir.Const(I32, 0)),
    ],
)  # fmt: skip
def test_folding(e: ir.Expr, folded: ir.Expr) -> None:
    assert fold_expression(e) == folded


def test_a_common_test_is_asked_once() -> None:
    tcp, a, b = ir.Present("TCP"), is_zero(BYTE), is_zero(R0)
    e = fold_expression(ir.OrElse((ir.AndThen((tcp, a)), ir.AndThen((tcp, b)))))
    assert e == ir.AndThen((tcp, ir.OrElse((a, b))))


def test_a_guard_that_never_holds_stays() -> None:
    """The abort is the program's meaning; what would stand behind it is never reached."""
    text = f"{HEAD}R[1] = 0 - 1; ALERT(r); R[2] = PKT.B[R[1]]; M[0]++; RETURN(1);"
    found = lines(text, "dead")
    assert found.index("raise rule 0") < found.index("guard captured(4294967295, 1) else out_of_bounds")


@pytest.mark.parametrize(
    ("statement", "stays"),
    [
        ("R[1] = PKT.B[50];", "guard captured(50, 1) else out_of_bounds"),
        ("R[1] = M[PKT.LEN];", "guard below(LEN, 4) else memory_index"),
        ("R[1] = 5 / PKT.LEN;", "guard (LEN != 0) else division"),
        ("R[1] = PKT.TCP.DPORT;", "guard present TCP else absent_field"),
        ("M[0] = 1;", "M[0] = 1"),
        ("PKT.B[50] = 1;", "packet[50]:8 = 1 structural"),
        ("ALERT(r);", "raise rule 0"),
        ("R[1] = EXTERN(ip_checksum);", "call ip_checksum()"),
        ("FOR (R[1] = PKT.LEN; R[1] > 0; R[1]--) ROF", "budget"),
        ("SPLIT; RETURN(3); TILPS", "return 3"),
    ],
)
def test_effects_stay_where_values_go(statement: str, stays: str) -> None:
    assert stays in lines(HEAD + statement, "dead")


def test_registers_that_only_feed_themselves_go() -> None:
    text = "UINT32 a; UINT32 b; FOR (R[0] = 0; R[0] < 9; R[0]++) a += b; b += a; ROF RETURN(R[0]);"
    assert {local.name for local in after(text, "dead").locals} == {"r0"}


def test_every_local_left_is_read() -> None:
    program = after(
        "R[1] = PKT.B[1]; R[2] = R[1]; R[3] = R[2] + R[2]; IF (R[1] > 3) THEN RETURN(2); FI", "dead"
    )
    assigned = {s.local for s in statements(program.body) if isinstance(s, ir.SetLocal)}
    assert assigned <= set(program.locals)


@pytest.mark.parametrize(
    "between",
    ["PKT.B[3] = 9;", "R[1] = EXTERN(ip_checksum);", "IF (PKT.LEN > 9) THEN PKT.B[3] = 9; FI", "R[5] = 3;"],
)
def test_a_value_does_not_move_past_what_changes_it(between: str) -> None:
    text = f"R[5] = PKT.LEN; R[0] = PKT.B[3] + R[5]; {between} RETURN(R[0] + R[5]);"
    found = lines(text, "propagate")
    assert [line for line in found if line.startswith("r0 = ")]
    assert "r0" in found[-1]


def test_a_value_moves_to_its_last_use() -> None:
    """Behind that, its operands may change."""
    text = "R[5] = PKT.LEN; R[0] = R[5] + 1; R[1] = R[0] * 2; R[5] = 3; RETURN(R[1] + R[5]);"
    assert not [line for line in lines(text, "propagate") if line.startswith("r0 = ")]


def test_a_value_from_the_iteration_before_stays() -> None:
    text = "FOR (R[1] = 0; R[1] < 4; R[1]++) R[2] += R[0]; R[0] = PKT.B[3]; ROF RETURN(R[2]);"
    assert [line for line in lines(text, "propagate") if line.startswith("r0 = ")]


LONG = {
    "returns": " ".join(f"IF (PKT.W[{n % 30}] == {n * 7}) THEN RETURN(1); FI" for n in range(2000)),
    "exclusive": " ".join(f"IF (PKT.W[12] == {n}) THEN R[0] += {n}; FI" for n in range(2000)),
    "chain": "".join(f"UINT32 x{n}; " for n in range(2000))
    + "".join(f"x{n + 1} = x{n} * 3 + x{n}; " for n in range(1999)),
    "elsif": "IF (0 > PKT.LEN) THEN "
    + " ".join(f"ELSIF (PKT.DW[20] == {n}) THEN RETURN({n}); " for n in range(2000))
    + " FI",
    "fields": " ".join(f"IF (PKT.TCP.DPORT == {n}) THEN M[0] += {n}; FI" for n in range(2000)),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_programs_take_seconds_at_most(text: str) -> None:
    """2,000 statements: nothing is cubic. The bound is ten times what is needed."""
    program = checked(HEAD + text)
    start = time.process_time()
    assert print_program(run_passes(program)).text
    assert time.process_time() - start < 15
