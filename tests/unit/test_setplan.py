"""Sets: which representation is chosen, what it promises, and that it always is one."""

from __future__ import annotations

import random

import pytest

from fpl3.setplan import SetPlan, plan
from fpl3.setplan.evaluate import member
from fpl3.setplan.hashes import multipliers
from fpl3.setplan.plans import complement, normal


def singles(*values: int) -> list[tuple[int, int]]:
    return [(value, value) for value in values]


def numbers(count: int, bits: int, seed: int) -> list[int]:
    source = random.Random(seed)
    return sorted({source.getrandbits(bits) for _ in range(count)})


def prefixes(count: int, bits: int, lengths: tuple[int, int], seed: int) -> list[tuple[int, int]]:
    source = random.Random(seed)
    made = []
    for _ in range(count):
        free = bits - source.randint(*lengths)
        first = source.getrandbits(bits) >> free << free
        made.append((first, first + (1 << free) - 1))
    return made


def agrees(planned: SetPlan, members: list[tuple[int, int]], values: set[int]) -> bool:
    ranges = normal(members, planned.bits)
    return all(member(planned, v) == any(a <= v <= b for a, b in ranges) for v in values)


@pytest.mark.parametrize(
    ("members", "bits", "kind", "loads"),
    [
        ([], 32, "nothing", 0),
        ([(5, 4)], 32, "nothing", 0),
        ([(300, 400)], 8, "nothing", 0),
        ([(0, 255)], 8, "everything", 0),
        ([(-7, 1 << 70)], 64, "everything", 0),
        (singles(80, 443), 16, "compares", 0),
        (singles(*range(1, 60000, 7)), 16, "bitmap", 1),
        (singles(*range(0, 250, 3)), 8, "bitmap", 1),
        (singles(*range(1 << 30, (1 << 30) + 5000, 5)), 32, "bitmap", 1),
        (singles(*numbers(30, 32, 1)), 32, "hash", 1),
        (singles(*numbers(200, 48, 2)), 64, "hash", 1),
        (singles(*numbers(5000, 32, 3)), 32, "buckets", 1),
        (singles(*numbers(5000, 64, 4)), 64, "buckets", 1),
        (singles(*numbers(5000, 128, 5)), 128, "buckets", 1),
        (prefixes(1000, 32, (18, 28), 6), 32, "tree", 3),
        (prefixes(9000, 32, (20, 28), 7), 32, "trie", 3),
        (prefixes(5000, 128, (20, 64), 8), 128, "tree", 4),
    ],
)
def test_kind(members: list[tuple[int, int]], bits: int, kind: str, loads: int) -> None:
    planned = plan(members, bits)
    assert (planned.kind, planned.loads, planned.negated) == (kind, loads, False)


def test_complement_of_few() -> None:
    holes = numbers(30, 32, 9)
    planned = plan(complement(normal(singles(*holes), 32), 32), 32)
    assert (planned.kind, planned.negated) == ("hash", True)
    assert agrees(planned, [(0, holes[0] - 1)], {0, holes[0] - 1, holes[0]})
    assert not member(planned, holes[-1]) and member(planned, holes[-1] + 1)


def test_small_numbers_of_a_wide_type_are_tested_with_32_bits() -> None:
    planned = plan(prefixes(9000, 32, (20, 28), 7), 64)
    assert (planned.kind, planned.narrow, planned.width) == ("trie", True, 32)
    first = prefixes(9000, 32, (20, 28), 7)[0][0]
    assert member(planned, first) and not member(planned, first | 1 << 32)


@pytest.mark.parametrize("bits", [0, 65, 127, 129])
def test_unknown_width(bits: int) -> None:
    with pytest.raises(ValueError, match=r"1\.\.64 or 128"):
        plan([], bits)


def test_normal_form() -> None:
    assert normal([(7, 9), (1, 2), (3, 3), (8, 20), (300, 400), (-5, -1)], 8) == ((1, 3), (7, 20))
    assert complement(((1, 3), (7, 255)), 8) == ((0, 0), (4, 6))
    assert complement((), 8) == ((0, 255),)


HUNDRED_THOUSAND = [
    (singles(*numbers(100_000, 32, 10)), 32),
    (prefixes(100_000, 32, (8, 32), 11), 32),
    (prefixes(100_000, 32, (24, 32), 12), 32),
    (prefixes(50_000, 128, (16, 128), 13), 128),
    (singles(*numbers(100_000, 48, 14)), 64),
]


@pytest.mark.parametrize(("members", "bits"), HUNDRED_THOUSAND)
def test_large_sets_cost_little(members: list[tuple[int, int]], bits: int) -> None:
    planned = plan(members, bits)
    assert planned.loads <= (8 if bits == 128 else 3)
    assert planned.size <= 12 << 20


def test_the_same_tables_every_time() -> None:
    members = prefixes(20_000, 32, (16, 32), 15)
    shuffled = members[:]
    random.Random(16).shuffle(shuffled)
    assert plan(members, 32) == plan(shuffled, 32)


ADVERSARIAL = {
    "multiples of 2**k, 32 bits": [(singles(*range(0, 1 << 32, 1 << k)), 32) for k in (16, 20, 26)],
    "multiples of 2**k, 64 bits": [
        (singles(*(n << k for n in range(300))), 64) for k in (8, 20, 31, 40, 55)
    ],
    "dense runs": [([(n, n + 70) for n in range(0, 1 << 20, 100)], 32)],
    "every other number": [(singles(*range(0, 200_000, 2)), 32)],
    "one run up to the end": [([(1, (1 << b) - 1)], b) for b in (8, 16, 32, 64, 128)],
    "many ranges up to the end": [
        ([*((n * 1000, n * 1000 + 500) for n in range(400)), ((1 << b) - 1000, (1 << b) - 1)], b)
        for b in (32, 64, 128)
    ],
    "every /24 but one": [([(0, (77 << 8) - 1), (78 << 8, (1 << 32) - 1)], 32)],
    "128-bit values that differ in the low half": [
        (singles(*((0x20010DB8 << 96) + n for n in range(0, 3000, 3))), 128)
    ],
    "128-bit values that differ in the high half": [(singles(*(n << 100 for n in range(3000))), 128)],
}


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial(name: str) -> None:
    for members, bits in ADVERSARIAL[name]:
        planned = plan(members, bits)
        assert planned.size <= 12 << 20
        shown = members[:40] + members[-40:]
        values = {edge + d for pair in shown for edge in pair for d in (-1, 0, 1)}
        ranges = normal(shown, bits)
        inside = {v for v in values if any(a <= v <= b for a, b in ranges)}
        assert all(member(planned, v) for v in inside)
        first = normal(members, bits)[0][0]
        assert member(planned, (1 << bits) - 1) == (normal(members, bits)[-1][1] == (1 << bits) - 1)
        assert first == 0 or not member(planned, first - 1)


def test_values_that_collide_under_every_multiplier_fall_back() -> None:
    """Values made for the planner's own multipliers: no bucket table fits, a tree or trie does."""
    sequence = multipliers()
    values: set[int] = set()
    for _ in range(4):
        inverse = pow(next(sequence), -1, 1 << 32)
        values |= {low * inverse % (1 << 32) for low in range(400)}
    planned = plan(singles(*values), 32)
    assert planned.kind in ("tree", "trie") and planned.loads <= 3
    assert all(member(planned, v) for v in values)
    assert not any(member(planned, v + 1) for v in values if v + 1 not in values)
