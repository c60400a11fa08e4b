"""Ordered memory over several nodes: what is accepted, and does what it does on one node."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.differential.split_agreement import Tried, case_of, compare_case

NODES = (Path(__file__).parents[2] / "examples/nodes/figure2.toml").read_text()
KEY = "R[1] = PKT.B[15] & 63; SPLIT(R[1] % 3);"
AGAIN = "SPLIT(R[1] % 3);"
ACCEPTED = {
    "the key": f"UINT32 a[64]; {KEY} a[R[1]] = a[R[1]] * 3 + PKT.LEN; RETURN (a[R[1]]); TILPS",
    "shifted": f"UINT32 a[100]; {KEY} a[R[1] + 30] = PKT.LEN; RETURN (a[R[1] + 30] > 80); TILPS",
    "rows": f"UINT32 a[256]; {KEY} a[R[1] * 4 + 3] = PKT.LEN; a[R[1] * 4] = a[4 * R[1] + 3] - 1; TILPS",
    "two arrays": f"UINT32 a[64]; UINT8 b[130]; {KEY} a[R[1]]++; b[R[1] * 2 + 1] = a[R[1]]; TILPS",
    "hash": "UINT32 a[64]; SPLIT((HASH(flowFields) & 63) % 3); a[HASH(flowFields) & 63] = PKT.LEN; TILPS",
    "two bodies": f"UINT32 a[64]; {KEY} a[R[1]] = PKT.LEN; TILPS {AGAIN} RETURN (a[R[1]]); TILPS",
    "local body inside": f"UINT32 a[64]; {KEY} SPLIT; a[R[1]] = PKT.LEN; TILPS RETURN (a[R[1]]); TILPS",
    "maximum": "UINT8 a[4] MERGE MAX; SPLIT(PKT.LEN % 3); a[0] = MAX(a[0], PKT.B[15] & 127); TILPS",
    "constant of OR": "UINT8 a[64] MERGE OR; SPLIT(PKT.LEN % 3); a[PKT.B[15] & 63] = 5; TILPS",
    "one node": "UINT32 a[4]; SPLIT(N2); a[1] = PKT.LEN; TILPS SPLIT(1); RETURN (a[1]); TILPS",
    "compiler's choice": "UINT32 a[4]; SPLIT; a[1] = PKT.LEN; TILPS SPLIT; RETURN (a[1]); TILPS",
}
REFUSED = {
    # Compared as UINT32: what is negative is large then.
    "signed and unsigned": "INT32 a[4] MERGE MIN; SPLIT(PKT.LEN % 3); a[0] = MIN(a[0], PKT.DW[14]); TILPS",
    "bytes": "INT8 a[4] MERGE MAX; SPLIT(PKT.LEN % 3); a[0] = MAX(a[0], PKT.B[15] & 127); TILPS",
    "two constants of OR": "UINT8 a[4] MERGE OR; SPLIT(PKT.LEN % 3); a[0] = 5; a[1] = 6; TILPS",
    "value that reads it": "UINT32 a[4]; SPLIT(PKT.LEN % 3); a[0] += a[1]; TILPS",
    "rows that overlap": f"UINT32 a[300]; {KEY} a[R[1] * 4] = 1; a[R[1] * 4 + 5] = PKT.LEN; TILPS",
    "another node": f"UINT32 a[64]; {KEY} a[R[1]] = 1; TILPS SPLIT(R[1] % 2); RETURN (a[R[1]]); TILPS",
    "read outside": f"UINT32 a[64]; {KEY} a[R[1]] = PKT.LEN; TILPS RETURN (a[3]);",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    tried = Tried()
    case = case_of(name, ACCEPTED[name], NODES, tried)
    assert case is not None, tried.refused
    compare_case(case, 5, 60, tried)
    assert tried.links > 0 or name == "compiler's choice"


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    tried = Tried()
    assert case_of(name, REFUSED[name], NODES, tried) is None
    assert tried.refused == {"FPL1206": 1}
