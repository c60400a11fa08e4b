"""sample: C against twin through programs and directly, the shares that it takes, merge, options."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ffpf_plugins.externs.sample import EXTERN
from ffpf_plugins.externs.sample.reference import Sample
from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED
from tests.unit.extern_calls import InC
from tests.unit.extern_halves import refused
from tests.unit.pc_agreement import agree

TEXT = """\
EXTERN s = sample(%d);
UINT32 r;
IF ((PKT.LEN & 1) == 0) THEN r = EXTERN(s); FI
r = r * 2 + EXTERN(s.key, HASH(biflowFields));
r = r * 2 + EXTERN(s.key, PKT.TS);
RETURN (r + 1);
"""
FRAME = bytearray()


@pytest.mark.parametrize("flags", [SANITIZED, CLANG_SANITIZED, OPTIMISED], ids=["gcc", "clang", "fast"])
def test_c_and_twin_agree(flags: tuple[str, ...], tmp_path: Path) -> None:
    unnamed = "RETURN (EXTERN(sample, 3) + 2 * EXTERN(sample.key, 3, PKT.LEN) + 4 * EXTERN(sample, 4));\n"
    agree([*(TEXT % n for n in (1, 3, 1000, (1 << 32) - 1)), unnamed], tmp_path, flags)


def test_every_nth_packet_is_taken() -> None:
    twin = Sample(5)
    assert [twin(FRAME, 1, 0) for _ in range(16)] == [1, 0, 0, 0, 0] * 3 + [1]


@pytest.mark.parametrize("n", [1, 2, 10, 1000])
def test_about_the_nth_part_of_the_keys_is_taken(n: int) -> None:
    """Within 5 sigma, of keys in a row and of keys without order; the same ones again."""
    count = 40_000
    rng = random.Random(n)
    for keys in (range(count), [rng.getrandbits(64) for _ in range(count)]):
        twin = Sample(n)
        taken = [twin.key(FRAME, 1, 0, key) for key in keys]
        assert abs(sum(taken) - count / n) <= 5 * (count / n * (1 - 1 / n)) ** 0.5
        assert taken == [Sample(n).key(FRAME, 1, 0, key) for key in keys]


def test_c_counts_merges_and_goes_on_as_the_twin(tmp_path: Path) -> None:
    built = InC(EXTERN, (7,), tmp_path)
    states = [(built.state(), Sample(7)) for _ in range(2)]
    rng = random.Random(4)
    for number, (state, twin) in enumerate(states):
        for _ in range(number * 3 + 4):
            assert state.calls([()]) == [twin(FRAME, 1, 0)]
        keys = [rng.getrandbits(64) for _ in range(5000)]
        assert state.calls([(k,) for k in keys], "key") == [twin.key(FRAME, 1, 0, k) for k in keys]
    (state, twin), (other, other_twin) = states
    state.merge(other)
    twin.merge(other_twin)
    assert state.show() == twin.show()
    assert state.calls([()] * 20) == [twin(FRAME, 1, 0) for _ in range(20)]
    assert state.show() == twin.show()


def test_counts_begin_again_at_the_end_of_64_bits(tmp_path: Path) -> None:
    state, twin = InC(EXTERN, (3,), tmp_path).state(), Sample(3)
    state.words()[0] = twin.seen["packets"] = (1 << 64) - 2
    assert state.calls([()] * 9) == [twin(FRAME, 1, 0) for _ in range(9)]
    assert state.show() == twin.show()


@pytest.mark.parametrize("n", ["", "0", "4294967296", '"a"'])
def test_wrong_options_are_refused(n: str) -> None:
    assert "'sample'" in refused(f"EXTERN s = sample({n});\nRETURN (EXTERN(s));\n")
