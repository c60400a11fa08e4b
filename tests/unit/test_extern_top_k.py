"""top_k: C against twin through programs and directly, Space-Saving's guarantees, merge, options."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from ffpf_plugins.externs.top_k import EXTERN
from ffpf_plugins.externs.top_k.reference import TopK
from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED
from tests.unit.extern_calls import InC, State
from tests.unit.extern_halves import refused
from tests.unit.pc_agreement import agree

TEXT = """\
EXTERN t = top_k(%s);
UINT64 sum[]; UINT32 at;
FOR (at = 0; at + 2 <= PKT.CAPLEN && at < 40; at = at + 3)
    sum[0] = sum[0] * 31 + EXTERN(t, PKT.B[at], PKT.LEN & at);
ROF
sum[0] = sum[0] * 31 + EXTERN(t, PKT.TS << 3);
sum[0] = sum[0] * 31 + EXTERN(t.count, 2) + EXTERN(t, PKT.LEN, PKT.TS);
RETURN (sum[0] != 0);
"""
FRAME = bytearray()
HIGHEST = (1 << 64) - 1
Calls = Sequence[tuple[int, int]]


def streams(seed: int, count: int = 3000) -> list[Calls]:
    """Few heavy keys among many, keys in a row, equal counts, heavy weights, overflowing ones."""
    rng = random.Random(seed)
    skewed = [(int(rng.paretovariate(0.6)) & 0xFFFFFFFF, 1) for _ in range(count)]
    return [
        skewed,
        [(key, rng.choice((0, 1, 2, 1500))) for key, _ in skewed],
        [(n % 97, 1) for n in range(count)],
        [(n, 1) for n in range(count)],
        [(HIGHEST - n, count - n) for n in range(count)],
        [(rng.getrandbits(64), rng.getrandbits(rng.randrange(1, 65))) for _ in range(count)],
        [(rng.randrange(8), rng.choice((1, HIGHEST, HIGHEST >> 1))) for _ in range(100)],
        [],
    ]


def counted(k: int, calls: Calls) -> TopK:
    twin = TopK(k, "number")
    for call in calls:
        twin(FRAME, 1, 0, *call)
    return twin


def entries(state: State) -> dict[int, tuple[int, int]]:
    """Count and error of every key, read out of the heap."""
    words = state.words()
    used = words[2] & 0xFFFFFFFF
    return {words[12 + 4 * n]: (words[13 + 4 * n], words[14 + 4 * n]) for n in range(used)}


def of(twin: TopK) -> dict[int, tuple[int, int]]:
    return {key: (twin.counts[key], twin.errors[key]) for key in twin.counts}


@pytest.mark.parametrize("flags", [SANITIZED, CLANG_SANITIZED, OPTIMISED], ids=["gcc", "clang", "fast"])
def test_c_and_twin_agree(flags: tuple[str, ...], tmp_path: Path) -> None:
    options = ("1", "2, number", "3, ipv4", "10, mac", "17, hex", "1000", "65536, ipv4")
    unnamed = "RETURN (EXTERN(top_k, 5, PKT.LEN) + EXTERN(top_k.count, 5, 7));\n"
    agree([*(TEXT % o for o in options), unnamed], tmp_path, flags)


@pytest.mark.parametrize("k", [1, 2, 5, 64, 100, 1000, 65536])
def test_c_adds_evicts_and_merges_as_the_twin(k: int, tmp_path: Path) -> None:
    built = InC(EXTERN, (k, "number"), tmp_path)
    sum_of_all, twin_of_all = built.state(), TopK(k, "number")
    for calls in streams(k, 3000 if k < 1000 else 1500):
        state, twin = built.state(), TopK(k, "number")
        assert state.calls(calls) == [twin(FRAME, 1, 0, *call) for call in calls]
        assert entries(state) == of(twin)
        asked = [key for key, _ in calls]
        assert state.calls([(q,) for q in asked], "count") == [twin.count(FRAME, 1, 0, q) for q in asked]
        sum_of_all.merge(state)
        twin_of_all.merge(twin)
        assert entries(sum_of_all) == of(twin_of_all)
        assert state.show() == twin.show() and sum_of_all.show() == twin_of_all.show()
        # The table and the heap of a merged state are sound: it goes on as the twin does.
        some = calls[:200]
        assert sum_of_all.calls(some) == [twin_of_all(FRAME, 1, 0, *call) for call in some]


@pytest.mark.parametrize("k", [1, 10, 50])
def test_guarantees_hold_against_exact_counts(k: int) -> None:
    for calls in streams(k + 100)[:5]:
        check_guarantees(counted(k, calls), calls)


@pytest.mark.parametrize("k", [1, 10, 50])
def test_guarantees_hold_after_merges(k: int) -> None:
    """For the total of all, in whatever order they are merged."""
    rng = random.Random(k)
    parts = [calls for calls in streams(k + 200, 2000)[:5] for _ in range(2)]
    rng.shuffle(parts)
    merged: TopK | None = None
    seen: list[tuple[int, int]] = []
    for calls in parts:
        twin = counted(k, calls)
        seen += calls
        if merged is None:
            merged = twin
        else:
            merged.merge(twin)
        check_guarantees(merged, seen)


def check_guarantees(twin: TopK, calls: Calls) -> None:
    exact: Counter[int] = Counter()
    for key, weight in calls:
        exact[key] += weight
    total = exact.total()
    assert twin.total == total
    for key, count in twin.counts.items():
        assert count - twin.errors[key] <= exact[key] <= count
        assert twin.errors[key] * twin.k <= total
    for key, true in exact.items():
        assert true * twin.k <= total or key in twin.counts
        if key not in twin.counts:
            assert true <= min(twin.counts.values()) <= total / twin.k
    assert sum(twin.counts.values()) <= total


def test_the_smallest_key_of_the_smallest_counts_gives_way() -> None:
    twin = counted(3, [(7, 2), (5, 1), (3, 1), (9, 1)])
    assert of(twin) == {7: (2, 0), 5: (1, 0), 9: (2, 1)}


def test_counts_stay_at_the_end_of_64_bits(tmp_path: Path) -> None:
    built = InC(EXTERN, (2, "hex"), tmp_path)
    calls = [(1, HIGHEST), (1, 5), (2, HIGHEST - 1), (3, 7)]
    state, twin = built.state(), TopK(2, "hex")
    found = [HIGHEST, HIGHEST, HIGHEST - 1, HIGHEST]
    assert state.calls(calls) == [twin(FRAME, 1, 0, *call) for call in calls] == found
    state.merge(built.state())
    twin.merge(TopK(2, "hex"))
    assert state.show() == twin.show()
    assert state.show()[0] == {"total": HIGHEST, "keys": 2}


@pytest.mark.parametrize("as_", ["number", "ipv4", "mac", "hex"])
def test_keys_are_written_as_wanted(as_: str, tmp_path: Path) -> None:
    state, twin = InC(EXTERN, (200, as_), tmp_path).state(), TopK(200, as_)
    calls = [(1 << n, n % 9 + 1) for n in range(64)] + [((1 << n) - 1, 3) for n in range(65)]
    assert state.calls(calls) == [twin(FRAME, 1, 0, *call) for call in calls]
    rows = state.show()
    assert rows == twin.show() and len(rows) == 101
    texts = {row.get("key") for row in rows}
    right = {"number": "4096", "ipv4": "0.0.16.0", "mac": "00:00:00:00:10:00", "hex": "0x1000"}
    assert right[as_] in texts


def test_each_state_mixes_keys_with_a_number_of_its_own(tmp_path: Path) -> None:
    built = InC(EXTERN, (2, "number"), tmp_path)
    first, second = built.state(), built.state()
    assert first.words()[1] != second.words()[1]


@pytest.mark.parametrize("options", ["", "0", "65537", "10, decimal", "10, 3", "10, hex, 1"])
def test_wrong_options_are_refused(options: str) -> None:
    assert "'top_k'" in refused(f"EXTERN t = top_k({options});\nRETURN (EXTERN(t, 1) > 5);\n")
