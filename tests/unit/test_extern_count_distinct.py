"""count_distinct: C against twin through programs and directly, its error, merge, options."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ffpf_plugins.externs.count_distinct import EXTERN
from ffpf_plugins.externs.count_distinct.reference import CountDistinct, estimate
from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED
from tests.unit.extern_calls import InC
from tests.unit.extern_halves import refused
from tests.unit.pc_agreement import agree

TEXT = """\
EXTERN d = count_distinct(%s);
UINT64 sum[]; UINT32 at;
FOR (at = 0; at + 4 <= PKT.CAPLEN && at < 40; at = at + 3)
    EXTERN(d, PKT.DW[at] * PKT.TS, PKT.LEN + at);
ROF
EXTERN(d, HASH(flowFields), PKT.TS);
sum[0] = sum[0] * 31 + EXTERN(d.estimate, PKT.LEN) + EXTERN(d.estimate);
RETURN (sum[0] != 0);
"""
OPTIONS = ((4, 1), (4, 65536), (5, 7), (12, 1), (13, 3), (16, 2))
FRAME = bytearray()
HIGHEST = (1 << 64) - 1


def sigma(precision: int) -> float:
    """The standard error of HyperLogLog."""
    return 1.04 / float(1 << precision) ** 0.5


@pytest.mark.parametrize("flags", [SANITIZED, CLANG_SANITIZED, OPTIMISED], ids=["gcc", "clang", "fast"])
def test_c_and_twin_agree(flags: tuple[str, ...], tmp_path: Path) -> None:
    unnamed = "EXTERN(count_distinct, PKT.LEN);\nRETURN (EXTERN(count_distinct.estimate));\n"
    options = ("", "4, 3") if flags != SANITIZED else ("5, 7", "8", "16, 2")
    agree([*(TEXT % o for o in options), unnamed], tmp_path, flags)


@pytest.mark.parametrize("options", OPTIONS)
def test_c_counts_and_merges_as_the_twin(options: tuple[int, int], tmp_path: Path) -> None:
    built, rng = InC(EXTERN, options, tmp_path), random.Random(options[0])
    sum_of_all, twin_of_all = built.state(), CountDistinct(*options)
    for count in (1, 30, 9000):
        state, twin = built.state(), CountDistinct(*options)
        groups = rng.choices([0, 1, 2, options[1] - 1, rng.getrandbits(32)], k=count)
        calls = [(rng.getrandbits(rng.choice((6, 64))), group) for group in groups]
        assert state.calls(calls) == [twin(FRAME, 1, 0, *c) for c in calls]
        asked = [0, 1, options[1], rng.getrandbits(32)]
        found = state.calls([(g,) for g in asked], "estimate")
        assert found == [twin.estimate(FRAME, 1, 0, g) for g in asked]
        sum_of_all.merge(state)
        twin_of_all.merge(twin)
        assert state.show() == twin.show()
        assert sum_of_all.show() == twin_of_all.show()


def test_at_most_twenty_groups_are_shown_the_largest_first(tmp_path: Path) -> None:
    state, twin = InC(EXTERN, (6, 40), tmp_path).state(), CountDistinct(6, 40)
    calls = [(key, group) for group in range(1, 40) for key in range(group * 7 % 13 * 20)]
    state.calls(calls)
    for call in calls:
        twin(FRAME, 1, 0, *call)
    rows = state.show()
    assert rows == twin.show() and len(rows) == 20
    order = [(-int(row["distinct"]), row["group"]) for row in rows]
    assert order == sorted(order)


@pytest.mark.parametrize("precision", [4, 5, 7, 12, 13, 16])
def test_c_and_twin_agree_on_any_registers(precision: int, tmp_path: Path) -> None:
    """What no stream of keys would leave, up to estimates above 64 bits."""
    built, rng = InC(EXTERN, (precision, 1), tmp_path), random.Random(precision)
    top = 65 - precision
    for low, high in ((0, 1), (1, 1), (0, top), (top, top), (top - 1, top), (0, 3), (40, top), (1, 60)):
        registers = bytearray(rng.randrange(low, min(high, top) + 1) for _ in range(1 << precision))
        state = built.state()
        for n in range(len(registers) // 8):
            state.words()[n] = int.from_bytes(registers[n * 8 : n * 8 + 8], "little")
        assert state.calls([(0,)], "estimate") == [estimate(registers)]


def test_all_registers_at_their_end_are_as_many_as_64_bits_can_say() -> None:
    assert estimate(bytearray([61] * 16)) == HIGHEST


@pytest.mark.parametrize("precision", [4, 8, 12, 14])
def test_error_is_within_four_sigma(precision: int, tmp_path: Path) -> None:
    """On seeded streams, at all sizes: few keys, the middle where older estimators fail, many."""
    built, rng = InC(EXTERN, (precision, 1), tmp_path), random.Random(precision)
    m = 1 << precision
    for count in (1, 2, 5, m // 4, m, 2 * m, 5 * m, 20 * m, 100_000):
        for keys in (range(count), [rng.getrandbits(64) for _ in range(count)]):
            state = built.state()
            state.calls([(k, 0) for k in keys])
            (found,) = state.calls([(0,)], "estimate")
            assert abs(found - count) <= 4 * sigma(precision) * count + 0.5


def test_errors_of_many_streams_are_as_promised(tmp_path: Path) -> None:
    """Mean and spread of 200 estimates: no bias, the standard error of the paper."""
    built, rng, count = InC(EXTERN, (6, 1), tmp_path), random.Random(1), 500
    errors = []
    for _ in range(200):
        state = built.state()
        state.calls([(rng.getrandbits(64), 0) for _ in range(count)])
        errors.append(state.calls([(0,)], "estimate")[0] / count - 1)
    mean = sum(errors) / len(errors)
    spread = (sum((e - mean) ** 2 for e in errors) / len(errors)) ** 0.5
    assert abs(mean) < 4 * sigma(6) / len(errors) ** 0.5
    assert 0.8 * sigma(6) < spread < 1.2 * sigma(6)


def test_sizes_tell_precisions_apart() -> None:
    """A program that replaces another takes over a state of the same size."""
    assert EXTERN.state is not None
    sizes = [EXTERN.state.size((p, g)) for p in range(4, 17) for g in range(1, 4097)]
    assert len(set(sizes)) == len(sizes)


@pytest.mark.parametrize("options", ["3", "17", "12, 0", "12, 65537", "16, 4097", "4, 1, 1"])
def test_wrong_options_are_refused(options: str) -> None:
    text = f"EXTERN d = count_distinct({options});\nEXTERN(d, 1);\nRETURN (1);\n"
    assert "count_distinct" in refused(text) or "groups" in refused(text)
