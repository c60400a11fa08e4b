"""Warnings are few and right: programs that deserve none get none."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpl3.check.check import check
from fpl3.compiler import front
from fpl3.diagnostics import Sink
from fpl3.source import Source, Span
from fpl3.syntax import tree
from tests.differential.agreement import environment as environment_of
from tests.unit.checked_text import codes, environment, warnings

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.fpl"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_silent(path: Path) -> None:
    sink = Sink()
    assert front(Source(path.name, path.read_text()), environment_of(path.parent), sink) is not None
    assert [d.message for d in sink.diagnostics] == []


@pytest.mark.parametrize(
    "text",
    [
        # Wrap-around that is meant.
        "UINT8 n; n += 200; n++; n = n + 1; RETURN(n);",
        "PKT.IP.TTL = PKT.IP.TTL - 1; RETURN(1);",
        "UINT16 n; n = n - PKT.W[0]; RETURN(n);",
        "UINT8 n; n = -n; RETURN(n);",
        # What fits.
        "UINT8 n; n = PKT.W[0] >> 8; RETURN(n);",
        "UINT8 n; n = PKT.W[0] & 0xff; RETURN(n);",
        "UINT16 n; n = PKT.B[0] << 8 | PKT.B[1]; RETURN(n);",
        "UINT8 n; IF (PKT.LEN < 256) THEN n = PKT.LEN; FI RETURN(n);",
        "PKT.B[0].U4[1] = PKT.B[1].U4[0];",
        "PKT.IP.DSCP = 63;",
        "R[0] = -1; RETURN(R[0]);",
        "INT32 n; n = 0xffffffff; RETURN(n);",
        "R[0] = PKT.TS & 0xffff; RETURN(R[0]);",
        "R[0] = PKT.LEN - PKT.CAPLEN; RETURN(R[0]);",
        # Endless loops and switches that are written as such.
        "FOR (;1;) IF (PKT.B[R[0]] == 0) THEN BREAK; FI R[0]++; ROF RETURN(R[0]);",
        "IF (1) THEN RETURN(1); FI",
        # A macro's tests are decided by its arguments.
        "MACRO BYTE(n) = (n < 64 && PKT.B[n] == 1); IF (BYTE(3) || BYTE(70)) THEN RETURN(1); FI",
        # Not decided: the first round of a loop is not every round.
        "FOR (R[0] = 0; R[0] < 3; R[0]++) IF (R[0] == 0) THEN M[0]++; FI ROF",
        "FOR (R[0] = 0; R[0] < 3; R[0]++) IF (R[1] == 1) THEN M[0]++; FI R[1] = 1; ROF",
        # An absent field: neither true nor false for certain.
        "IF (PKT.IP.TTL >= 0) THEN RETURN(1); FI",
        # Arrays are results.
        "UINT32 seen[16]; RETURN(1);",
        "IF (PKT.HAS.IP) THEN RETURN(1); ELSE M[0]++; FI RETURN(2);",
        "IF (PKT.IP.SRC == 192.0.2.1 || PKT.ETH.SRC == 02:00:00:00:00:01) THEN RETURN(1); FI",
    ],
)
def test_silent(text: str) -> None:
    assert warnings(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("UINT8 n; n = PKT.B[0] * 2; RETURN(n);", "FPL5001"),
        ("UINT8 n; n = PKT.LEN; RETURN(n);", "FPL5001"),
        ("UINT16 n; n = PKT.B[0] + 70000; RETURN(n);", "FPL5001"),
        ("R[0] = PKT.TS / 1000; RETURN(R[0]);", "FPL5001"),
        ("UINT16 n; IF (n < 65536) THEN RETURN(1); FI", "FPL5002"),
        ("FOR (R[0] = 5; R[0] >= 0; R[0]--) M[0]++; ROF", "FPL5002"),
        ("IF (PKT.B[0] NOT IN {256}) THEN RETURN(1); FI", "FPL5002"),
        ("FOR (; PKT.LEN > 5;) BREAK; M[0]++; ROF", "FPL5003"),
        ("INT32 n; n = PKT.LEN; SWITCH (n) CASE 3, 1-2: RETURN(1); ESAC", "FPL5009"),
    ],
)
def test_warned(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_libraries_may_declare_more_than_is_used() -> None:
    assert codes('INCLUDE "lib.fpl";\nRETURN(A);', {"lib.fpl": b"CONST A = 1; CONST B = 2;"}) == []


SPAN = Span(Source("deep.fpl", "x"), 0, 1)


def test_trees_as_deep_as_the_limit_are_checked() -> None:
    value: tree.Expression = tree.Index(SPAN, tree.Name(SPAN, "R"), tree.Number(SPAN, 0, "0"))
    for _ in range(195):
        value = tree.Unary(SPAN, "~", value)
    body: tree.Block = (tree.Return(SPAN, value),)
    for _ in range(199):
        body = (tree.If(SPAN, (tree.Branch(SPAN, value, body),), None),)
    sink = Sink()
    checked = check(tree.Program(SPAN, body), environment(), sink)
    assert sink.errors == []
    assert checked is not None


def test_trees_deeper_than_the_limit_are_refused() -> None:
    body: tree.Block = (tree.Return(SPAN, None),)
    for _ in range(5000):
        body = (tree.If(SPAN, (tree.Branch(SPAN, tree.Number(SPAN, 1, "1"), body),), None),)
    sink = Sink()
    assert check(tree.Program(SPAN, body), environment(), sink) is None
    assert [d.kind.code for d in sink.errors] == ["FPL0606"]
