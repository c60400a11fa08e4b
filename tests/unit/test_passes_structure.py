"""Control flow: Ifs instead of Leaves, switches for chains, verdicts without branches."""

from __future__ import annotations

import pytest

from fpl3.ir import nodes as ir
from fpl3.ir.walk import bodies_of, statements
from fpl3.passes.structure import falls_through
from tests.unit.pc_agreement import after, lines

PORTS = (
    "IF (PKT.TCP.DPORT == 80) THEN RETURN(1); ELSIF (PKT.TCP.DPORT == 22 || PKT.TCP.DPORT == 80) "
    "THEN RETURN(2); ELSIF (PKT.TCP.DPORT == 443) THEN RETURN(3); "
    "ELSIF (PKT.TCP.DPORT == 22) THEN RETURN(4); FI"
)
SHAPES = [
    PORTS,
    "IF (PKT.B[0] == 1 || PKT.B[1] == 2 && !(PKT.B[2] == 3)) THEN RETURN(1); ELSE R[0]++; FI RETURN(R[0]);",
    "FOR (R[0] = 0; R[0] < 3; R[0]++) SWITCH (R[0]) CASE 1: BREAK; DEFAULT: R[1]++; ESAC ROF RETURN(R[1]);",
    "FOR (;;) IF (PKT.LEN > 9) THEN RETURN(1); FI ROF",
    "SPLIT; IF (PKT.HAS.TCP) THEN RETURN(1); FI RETURN(2); TILPS IF (PKT.HAS.UDP) THEN RETURN(1); FI",
]


@pytest.mark.parametrize("text", SHAPES)
def test_nothing_stands_behind_a_jump_and_no_label_is_idle(text: str) -> None:
    program = after(text, "structure-3")
    left = {s.label for s in statements(program.body) if isinstance(s, ir.Leave)}
    assert {s.label for s in statements(program.body) if isinstance(s, ir.Block)} <= left
    bodies = [program.body, *(b for s in statements(program.body) for b in bodies_of(s))]
    assert all(falls_through(s) for body in bodies for s in body[:-1])


def test_an_elsif_chain_is_a_switch_behind_one_test() -> None:
    """80 and 22 belong to the arms that name them first; the arm with nothing left is gone."""
    found = lines(PORTS, "switches")
    start = found.index("if present TCP")
    assert found[start:] == [
        "if present TCP", "switch packet[(offset TCP +32 2)]:16", "case 80", "return 1", "case 22",
        "return 2", "case 443", "return 3", "default",
    ]  # fmt: skip


def test_no_switch_where_a_body_goes_on_to_the_next_test() -> None:
    text = " ".join(f"IF (PKT.W[12] == {n}) THEN R[0] += {n}; FI" for n in range(4)) + " RETURN(R[0]);"
    assert not [line for line in lines(text, "switches") if line.startswith("switch")]


def test_no_switch_over_two_values() -> None:
    text = " ".join(f"IF (PKT.W[{n}] == {n}) THEN RETURN({n} + 1); FI" for n in range(12, 18))
    assert not [line for line in lines(text, "switches") if line.startswith("switch")]


def test_a_value_that_a_body_changes_is_asked_for_again() -> None:
    text = (
        "UINT32 M[1]; IF (M[0] == 1) THEN M[0] = 2; FI IF (M[0] == 2) THEN M[0] = 3; FI "
        "IF (M[0] == 3) THEN RETURN(1); FI"
    )
    assert not [line for line in lines(text, "switches") if line.startswith("switch")]


def test_a_verdict_is_computed_at_the_end() -> None:
    last = after("IF (PKT.B[0] == 1) THEN RETURN(5); FI", "dead").body[-1]
    assert isinstance(last, ir.Return)
    assert isinstance(last.value, ir.Binary)


def test_a_verdict_does_not_move_past_a_write() -> None:
    text = "IF (PKT.B[0] == 1) THEN RETURN(5); FI IF (PKT.B[0] == 2) THEN PKT.B[0] = 1; FI"
    found = lines(text, "dead")
    assert found.index("return 5") < found.index("packet[0]:8 = 1 structural")


def test_a_verdict_moves_past_what_excludes_it() -> None:
    text = (
        "UINT32 M[1]; R[9] = PKT.B[30]; IF (PKT.B[0] == 1) THEN RETURN(5); FI IF (PKT.B[0] == "
        "2) THEN M[0]++; FI"
    )
    assert lines(text, "dead")[-1] == "return (-UINT32((packet[0]:8 == 1)) &32 5)"


def test_code_behind_an_exclusive_branch_stays() -> None:
    """What the first body changes is memory that the second condition reads its offset from."""
    text = (
        "UINT8 A[1]; R[1] = PKT.B[299]; IF (PKT.B[A[0]] == 1) THEN A[0] = 1; RETURN(2); FI "
        "IF (PKT.B[A[0]] == 2) THEN A[0] = 2; FI RETURN(A[0]);"
    )
    found = lines(text, "dead")
    assert found.index("return 2") < found.index("A[0] = 2")
