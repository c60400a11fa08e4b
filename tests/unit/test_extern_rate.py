"""rate: C against twin, both against exact counts; eviction, time, merge."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from ffpf.registry import externs
from ffpf_plugins.externs.rate import EXTERN
from ffpf_plugins.externs.rate.reference import Rate
from tests.differential.agreement import CLANG_SANITIZED, SANITIZED
from tests.differential.packets import TestPacket
from tests.unit.extern_halves import halves, refused
from tests.unit.pc_agreement import agree

MS = 1_000_000
MOST = (1 << 64) - 1
FRAME = bytearray(14)
# A packet is a key of 64 bits and a weight of 64; what comes out is compared with two thresholds.
TEXT = """\
EXTERN rates = rate(%d, %d);
UINT64 key; UINT64 weight; UINT64 sum; UINT64 last[1] MERGE MAX;
key = PKT.DW[0]; key = key << 32 | PKT.DW[4];
weight = PKT.DW[8]; weight = weight << 32 | PKT.DW[12];
sum = EXTERN(rates, key, weight);
last[0] = sum;
RETURN ((sum >> 32 ^ sum) & 0xffffff | 1);
"""

ASKING = TEXT.replace("(sum >> 32 ^ sum) & 0xffffff | 1", "sum + 1") % (1, 4096)


def packet(key: int, weight: int, now: int) -> TestPacket:
    return TestPacket(key.to_bytes(8, "big") + weight.to_bytes(8, "big"), 16, now, 0, 1)


def hostile(rng: random.Random, count: int, keys: int) -> list[TestPacket]:
    """Times that go on, back over a border, far away; weights up to the greatest."""
    now, found = 10**18, []
    for _ in range(count):
        now += rng.choice((0, 0, 1, MS // 3, 2 * MS, -MS, -3 * MS))
        stamp = rng.choice((0, MOST, now * 2, now // 2)) if rng.random() < 0.02 else now
        weight = rng.choice((0, 1, 1, 1, 1500, MOST, MOST - 1, 1 << 63))
        key = rng.choice((rng.randrange(keys), rng.randrange(keys) << 40, MOST))
        found.append(packet(key, weight, stamp))
    return found


def events(calls: list[tuple[int, int, int]]) -> list[TestPacket]:
    return [packet(*call) for call in calls]


def shown(row: dict[str, int | float | str], *names: str) -> list[int]:
    return [int(row[name]) for name in names]


@pytest.mark.parametrize("flags", [SANITIZED, CLANG_SANITIZED], ids=["gcc", "clang"])
def test_c_is_twin(flags: tuple[str, ...], tmp_path: Path) -> None:
    batch = hostile(random.Random(1), 64, 12)
    plain = "EXTERN rates = rate(3); RETURN (EXTERN(rates, PKT.LEN & 3, PKT.PORT + 1) > 2);"
    agree([TEXT % (1, 16), TEXT % (3_600_000, 1000), plain], tmp_path, flags, batch)


@pytest.mark.parametrize(("slots", "keys"), [(16, 9), (17, 30), (4096, 500)])
def test_c_is_twin_for_long(slots: int, keys: int, tmp_path: Path) -> None:
    found = halves(TEXT % (5, slots), hostile(random.Random(slots), 6000, keys), tmp_path)
    assert (int(found.first.externs["rates"][0]["evicted"]) > 0) == (slots < 4096)


def test_counts_are_exact_where_nothing_is_evicted() -> None:
    rng = random.Random(3)
    rate, exact, now = Rate(10, 4096), Counter[tuple[int, int]](), 77
    for _ in range(5000):
        now += rng.randrange(2 * MS)
        key, weight = rng.getrandbits(64) % 200 * 0x9E3779B97F4A7C15 & MOST, rng.randrange(5)
        exact[key, now // (10 * MS)] += weight
        assert rate(FRAME, 1, 14, key, weight, now) == exact[key, now // (10 * MS)]
    row = rate.show()[0]
    assert shown(row, "events", "held", "evicted") == [5000, 200, 0]
    assert row["highest"] == max(exact.values())
    assert row["highest"] in [sum for (key, _), sum in exact.items() if key == row["highest_key"]]


def test_with_evictions_rates_are_too_small_and_never_too_large() -> None:
    rng = random.Random(4)
    rate, exact, less = Rate(10, 16), Counter[int](), 0
    for _ in range(3000):
        key = rng.randrange(40)
        exact[key] += 1
        found = rate(FRAME, 1, 14, key, 1, 5 * MS)
        assert found <= exact[key]
        less += found < exact[key]
    row = rate.show()[0]
    assert less > 100 and shown(row, "held") == [16] and int(row["evicted"]) > 100


def test_sums_stop_at_the_greatest_number() -> None:
    rate = Rate(1, 16)
    weights = (MOST - 1, 1, 1, MOST)
    assert [rate(FRAME, 1, 14, 5, w, 0) for w in weights] == [MOST - 1, MOST, MOST, MOST]


def test_late_calls_and_clocks_that_are_set_back() -> None:
    """One interval late: into the newest. Earlier: the older interval begins anew."""
    rate = Rate(10, 16)
    times = (30, 31, 29, 20, 30, 19, 12, 21, 40, 10**9, 41)
    found = [rate(FRAME, 1, 14, 5, 1, t * MS) for t in times]
    assert found == [1, 2, 3, 4, 5, 1, 2, 1, 1, 1, 1]


def test_old_and_wrong_intervals_are_evicted_first_then_small_counts() -> None:
    """More keys than the table of two sets has places: the largest of the interval stay."""
    rate = Rate(10, 16)
    for key in range(200):
        rate(FRAME, 1, 14, key, 10**6, (0 if key % 2 else 10**9) * MS)
    before = int(rate.show()[0]["evicted"])
    for key in range(1000, 1008):
        rate(FRAME, 1, 14, key, 50, 20 * MS)
    assert rate.show()[0]["evicted"] == before
    for key in range(2000, 2100):
        rate(FRAME, 1, 14, key, 1, 20 * MS)
    assert [rate(FRAME, 1, 14, key, 0, 20 * MS) for key in range(1000, 1008)] == [50] * 8


def counted(calls: list[tuple[int, int, int]]) -> dict[int, tuple[int, int]]:
    """(interval, sum) of every key, for times that do not go back."""
    found: dict[int, tuple[int, int]] = {}
    for key, weight, now in calls:
        interval, total = found.get(key, (-1, 0))
        found[key] = now // MS, weight + (total if interval == now // MS else 0)
    return found


def test_merge_adds_equal_intervals_and_keeps_the_newer(tmp_path: Path) -> None:
    """What the merged table holds is asked for through the table that takes it over."""
    rng = random.Random(8)
    first = [(rng.randrange(60), rng.randrange(9), 0 if n < 500 else 2 * MS) for n in range(700)]
    second = [(rng.randrange(30, 90), rng.randrange(9), 2 * MS if n < 500 else 4 * MS) for n in range(700)]
    a, b = counted(first), counted(second)
    exact = dict(a)
    for key, (interval, total) in b.items():
        its = a.get(key, (-1, 0))
        exact[key] = (interval, total + its[1]) if its[0] == interval else max(its, (interval, total))
    more = [(key, 0, interval * MS) for key, (interval, _) in exact.items()]
    found = halves(ASKING, events(first + second), tmp_path, more=events(more))
    row = found.merged.externs["rates"][0]
    assert shown(row, "events", "held", "evicted") == [1400, len(exact), 0]
    assert [verdict - 1 for *_, verdict, _ in found.carried.deliveries] == [t for _, t in exact.values()]


def merge_of(
    first: list[tuple[int, int, int]], second: list[tuple[int, int, int]], folder: Path
) -> list[int]:
    """What the merged table shows; lists of one length."""
    row = halves(TEXT % (1, 16), events(first + second), folder).merged.externs["rates"][0]
    return shown(row, "events", "held", "evicted", "highest", "highest_key")


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        ((7, 5, 0), (7, 6, 0), [2, 1, 0, 11, 7]),  # one interval: 11 together
        ((7, 5, 0), (7, 6, MS), [2, 1, 0, 6, 7]),
        ((7, 6, 2 * MS), (7, 5, 0), [2, 1, 0, 6, 7]),
        ((9, 5, 0), (7, 5, 0), [2, 2, 0, 5, 7]),  # of equal rates the smaller key
        ((7, 5, 0), (9, 5, 0), [2, 2, 0, 5, 7]),
        ((7, MOST, 0), (7, 5, 0), [2, 1, 0, MOST, 7]),
    ],
)
def test_merge_of_single_entries(
    first: tuple[int, int, int], second: tuple[int, int, int], merged: list[int], tmp_path: Path
) -> None:
    assert merge_of([first], [second], tmp_path) == merged


def test_merge_of_full_tables(tmp_path: Path) -> None:
    """Every key of the second that finds no place evicts one of its interval, or is lost: 16 stay."""
    first = [(key, 1 + key % 3, 0) for key in range(100)]
    second = [(key, 1 + key % 5, 0) for key in range(1000, 1100)]
    found = halves(TEXT % (1, 16), events(first + second), tmp_path)
    rows = [shown(o.externs["rates"][0], "events", "held", "evicted") for o in found]
    assert rows[0] == [100, 16, 84] and rows[1] == [100, 16, 84]
    assert rows[2] == [200, 16, 84 + 84 + 16]
    assert rows[3] == rows[2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "takes 1 to 2 option(s), not 0"),
        ("0", "the option 'interval_ms' of 'rate' is 0"),
        ("3600001", "the option 'interval_ms' of 'rate' is 3600001"),
        ("1, 15", "the option 'slots' of 'rate' is 15"),
        ("1, 1048577", "the option 'slots' of 'rate' is 1048577"),
    ],
)
def test_wrong_options(options: str, message: str) -> None:
    assert message in refused(f"EXTERN r = rate({options}); EXTERN(r, 1);")


def test_declaration() -> None:
    assert externs()["rate"] is EXTERN
    assert not EXTERN.functions[0].pure and not EXTERN.functions[0].commutative
