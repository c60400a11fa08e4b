"""quantile: C against twin through programs and directly, its error, merge, options."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ffpf_plugins.externs.quantile import EXTERN
from ffpf_plugins.externs.quantile.reference import Quantile
from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED
from tests.unit.extern_calls import InC
from tests.unit.extern_halves import refused
from tests.unit.pc_agreement import agree

TEXT = """\
EXTERN q = quantile(%d);
UINT64 sum[]; UINT32 at; UINT64 value;
FOR (at = 0; at + 4 <= PKT.CAPLEN && at < 40; at = at + 3)
    value = PKT.DW[at];
    EXTERN(q, value << (at * 2 & 31));
ROF
EXTERN(q, PKT.TS * PKT.LEN);
sum[0] = sum[0] * 31 + EXTERN(q.at, PKT.LEN) + EXTERN(q.at, 500) + EXTERN(q.at, PKT.TS & 1023);
RETURN (sum[0] != 0);
"""
FRAME = bytearray()
HIGHEST = (1 << 64) - 1
PERMILLES = [0, 1, 2, 10, 250, 499, 500, 501, 900, 990, 998, 999, 1000, 1001, (1 << 32) - 1]


def streams(seed: int) -> list[list[int]]:
    rng = random.Random(seed)
    return [
        [],
        [0],
        [HIGHEST],
        [rng.getrandbits(rng.randrange(65)) for _ in range(2000)],
        [int(rng.paretovariate(0.7) * 100) & HIGHEST for _ in range(2000)],
        [v for bit in range(64) for v in (1 << bit, (1 << bit) - 1, (1 << bit) + 1)],
        [HIGHEST - v for v in range(100)],
        list(range(700)),
    ]


def counted(precision: int, values: list[int]) -> Quantile:
    twin = Quantile(precision)
    for value in values:
        assert twin(FRAME, 1, 0, value) == 0
    return twin


@pytest.mark.parametrize("flags", [SANITIZED, CLANG_SANITIZED, OPTIMISED], ids=["gcc", "clang", "fast"])
def test_c_and_twin_agree(flags: tuple[str, ...], tmp_path: Path) -> None:
    default = "EXTERN q = quantile();\nEXTERN(q, PKT.LEN);\nRETURN (EXTERN(q.at, 500) > 60);\n"
    unnamed = "EXTERN(quantile, PKT.TS);\nRETURN (EXTERN(quantile.at, 900) > 9);\n"
    agree([*(TEXT % p for p in (1, 2, 7, 12)), default, unnamed], tmp_path, flags)


@pytest.mark.parametrize("precision", [1, 4, 7, 12])
def test_c_counts_and_merges_as_the_twin(precision: int, tmp_path: Path) -> None:
    built = InC(EXTERN, (precision,), tmp_path)
    sum_of_all, twin_of_all, seen = built.state(), Quantile(precision), []
    for values in streams(precision):
        state, twin = built.state(), counted(precision, values)
        assert state.calls([(v,) for v in values]) == [0] * len(values)
        found = state.calls([(p,) for p in PERMILLES], "at")
        assert found == [twin.at(FRAME, 1, 0, p) for p in PERMILLES]
        assert state.show() == twin.show()
        sum_of_all.merge(state)
        twin_of_all.merge(twin)
        seen += values
        assert sum_of_all.show() == twin_of_all.show() == counted(precision, seen).show()


@pytest.mark.parametrize("precision", [1, 3, 7, 12])
def test_error_is_within_the_promise(precision: int) -> None:
    """Never below the value of that rank, above it by less than 2^-precision of it; the ends exact."""
    for values in streams(precision + 10):
        twin, ordered = counted(precision, values), sorted(values)
        for permille in PERMILLES if values else []:
            rank = max(1, -(-min(permille, 1000) * len(values) // 1000))
            true, found = ordered[rank - 1], twin.at(FRAME, 1, 0, permille)
            assert true <= found <= ordered[-1]
            assert (found - true) << precision < max(true, 1)
        if values:
            assert twin.at(FRAME, 1, 0, 0) == ordered[0]
            assert twin.at(FRAME, 1, 0, 1000) == ordered[-1]


def test_counts_near_the_end_of_64_bits(tmp_path: Path) -> None:
    """Ranks of large counts are computed without overflow."""
    state, twin = InC(EXTERN, (3,), tmp_path).state(), counted(3, [5, 9])
    state.calls([(5,), (9,)])
    large = (1 << 63) - 9
    for value, row, bucket in ((5, 0, 5), (9, 1, 9)):
        state.words()[2 + row] = state.words()[2 + 64 + bucket] = large
        twin.counts[value] = large
    found = state.calls([(p,) for p in range(1001)], "at")
    assert found == [twin.at(FRAME, 1, 0, p) for p in range(1001)] == [5] * 501 + [9] * 500


@pytest.mark.parametrize("precision", ["0", "13", "7, 7", "-1"])
def test_wrong_options_are_refused(precision: str) -> None:
    assert "'quantile'" in refused(f"EXTERN q = quantile({precision});\nEXTERN(q, 1);\nRETURN (1);\n")
