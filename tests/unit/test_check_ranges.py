"""Value ranges: flow-sensitive, refined by conditions, sound over loops."""

from __future__ import annotations

import pytest

from fpl3.check import program as p
from fpl3.check.walk import direct_expressions, statements, subexpressions
from tests.unit.checked_text import accepted


def range_of(text: str, marked: str = "M[") -> p.Interval | None:
    """The range of the index of the (only) memory read or write in a program."""
    checked = accepted("UINT32 M[16777216];\n" + text)
    found = []
    for statement in statements(checked.body):
        if isinstance(statement, p.Assign | p.Update) and isinstance(statement.target, p.ToMemory):
            found.append(statement.target.index)
        for expression in direct_expressions(statement):
            found += [n.index for n in subexpressions(expression) if isinstance(n, p.ReadMemory)]
    (index,) = found
    return checked.ranges.get(index)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("M[R[0]]++;", (0, 0)),
        ("R[0] = PKT.B[3]; M[R[0]]++;", (0, 255)),
        ("R[0] = PKT.B[3] + 1; R[0] = R[0] * 2; M[R[0]]++;", (2, 512)),
        ("R[0] = PKT.LEN; IF (R[0] < 100) THEN M[R[0]]++; FI", (0, 99)),
        ("R[0] = PKT.LEN; IF (100 >= R[0]) THEN M[R[0]]++; FI", (0, 100)),
        ("R[0] = PKT.LEN; IF (R[0] >= 100) THEN RETURN(1); FI M[R[0]]++;", (0, 99)),
        ("R[0] = PKT.LEN; IF (R[0] > 10 && R[0] < 100) THEN M[R[0]]++; FI", (11, 99)),
        ("R[0] = PKT.LEN; IF (R[0] < 10 || R[0] == 40) THEN M[R[0]]++; FI", (0, 40)),
        ("R[0] = PKT.LEN; IF (!(R[0] > 7)) THEN M[R[0]]++; FI", (0, 7)),
        ("R[0] = PKT.LEN; IF (R[0] IN {5, 10-20}) THEN M[R[0]]++; FI", (5, 20)),
        ("R[0] = PKT.LEN; IF (R[0] NOT IN {5, 10-20}) THEN RETURN(1); FI M[R[0]]++;", (5, 20)),
        ("R[0] = PKT.LEN; IF (R[0]) THEN RETURN(1); FI M[R[0]]++;", (0, 0)),
        ("R[0] = PKT.LEN & 7; IF (R[0] != 0) THEN M[R[0]]++; FI", (1, 7)),
        ("R[0] = PKT.LEN; IF (R[0] < 5) THEN R[0] = 9; ELSIF (R[0] < 50) THEN M[R[0]]++; FI", (5, 49)),
        ("IF (PKT.CAPLEN < 64) THEN M[PKT.CAPLEN]++; FI", (0, 63)),
        ("R[0] = 3; IF (PKT.HAS.IP) THEN R[0] = 8; FI M[R[0]]++;", (3, 8)),
        ("R[0] = HASH(flowFields) % 3; M[R[0]]++;", (0, 2)),
        ("R[0] = HASH(0, 4, 511); M[R[0]]++;", (0, 511)),
        ("R[0] = MIN(PKT.LEN, 1000); M[R[0]]++;", (0, 1000)),
        ("SWITCH (PKT.B[0]) CASE 3: R[0] = 5; CASE 4: R[0] = 6; DEFAULT: RETURN; ESAC M[R[0]]++;", (5, 6)),
        ("R[0] = PKT.LEN; SWITCH (R[0]) CASE 3, 9: M[R[0]]++; ESAC", (3, 9)),
        ("CONST UINT16 T[4] = {7, 3, 9}; M[T[PKT.LEN & 3]]++;", (0, 9)),
        ("UINT8 a; a = PKT.B[0]; a += 1; M[a]++;", (0, 255)),
        ("UINT8 a; a = 254; a++; M[a]++;", (255, 255)),
        # An absent field makes both a test and its contrary false.
        ("R[0] = PKT.LEN & 255; IF (R[0] < PKT.IP.TTL) THEN RETURN(1); FI M[R[0]]++;", (0, 255)),
        ("R[0] = PKT.LEN; IF (R[0] < PKT.IP.TTL) THEN M[R[0]]++; FI", (0, 254)),
        # Loops.
        ("FOR (R[0] = 0; R[0] < 10; R[0]++) M[R[0]]++; ROF", (0, 9)),
        ("FOR (R[0] = 0; R[0] < 10; R[0]++) ROF M[R[0]]++;", (10, 10)),
        ("FOR (R[0] = 10; R[0] > 0; R[0]--) M[R[0]]++; ROF", (1, 10)),
        ("FOR (R[0] = 0; R[0] <= 20; R[0] += 5) M[R[0]]++; ROF", (0, 20)),
        ("R[1] = 7; FOR (R[0] = 0; R[0] < 10; R[0]++) R[1] = 9; ROF M[R[1]]++;", (7, 9)),
        ("FOR (; R[0] < PKT.CAPLEN; R[0]++) IF (R[0] == 99) THEN BREAK; FI ROF M[R[0] & 63]++;", (0, 63)),
        ("FOR (R[0] = 0; R[0] < 8; R[0]++) FOR (R[1] = R[0]; R[1] < 8; R[1]++) M[R[1]]++; ROF ROF", (0, 7)),
        # A SPLIT body works on copies.
        ("R[0] = 3; SPLIT; R[0] = 9; TILPS M[R[0]]++;", (3, 3)),
        ("R[0] = 3; SPLIT; M[R[0]]++; TILPS R[0] = 4;", (3, 3)),
        ("R[0] = 3; R[0] = R[0] == 3; M[R[0]]++;", (1, 1)),
    ],
)  # fmt: skip
def test_range(text: str, interval: p.Interval) -> None:
    assert range_of(text) == interval


def test_what_no_run_reaches_has_no_range() -> None:
    assert range_of("R[0] = 3; IF (R[0] == 4) THEN M[R[0]]++; FI") is None


def test_loops_nested_deeply_take_linear_time() -> None:
    depth = 60
    opening = "".join(f"FOR (R[{n}] = 0; R[{n}] < 2; R[{n}]++) " for n in range(depth))
    assert range_of(f"{opening} R[61] = R[0] + 1; {'ROF ' * depth} M[R[61] & 255]++;") == (0, 255)


def test_mixed_conditions_nested_deeply_take_linear_time() -> None:
    test = "R[0] == 1"
    for n in range(60):
        test = f"({test} && R[1] < {n + 9} || R[2] < {n + 3})"
    text = (
        f"R[0] = PKT.LEN; R[1] = PKT.LEN; R[2] = PKT.LEN; IF ({test}) THEN M[R[2] & 7]++; FI RETURN(R[0]);"
    )
    assert range_of(text) == (0, 7)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("M[PKT.B[0]]++;", 256),
        ("M[PKT.W[0]]++;", 65536),
        ("M[HASH(flowFields) & 1000]++;", 1024),
        ("M[5] = 1;", 8),
        ("M[0] = 1;", 1),
        ("M[7] = 1; R[0] = M[8]; RETURN(R[0]);", 16),
        ("UINT64 cells[]; cells[PKT.IP.TTL]++;", 256),
        ("R[0] = PKT.LEN; IF (R[0] < 1500) THEN M[R[0]]++; FI", 2048),
    ],
)
def test_size_of_memory_is_deduced(text: str, size: int) -> None:
    assert accepted(text).arrays[0].size == size
