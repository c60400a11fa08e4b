"""token_bucket: C against twin, both against fractions; keys, time, merge."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest

from ffpf.registry import externs
from ffpf_plugins.externs.token_bucket import EXTERN
from ffpf_plugins.externs.token_bucket.reference import TokenBucket
from tests.differential.agreement import CLANG_SANITIZED, SANITIZED
from tests.differential.packets import TestPacket
from tests.unit.extern_halves import halves, refused
from tests.unit.pc_agreement import agree

SECOND = 1_000_000_000
MOST = (1 << 64) - 1
FRAME = bytearray(14)
# A packet is a key of 64 bits and a number of tokens of 64.
TEXT = """\
EXTERN limit = token_bucket(%d, %d, %d);
UINT64 key; UINT64 tokens;
key = PKT.DW[0]; key = key << 32 | PKT.DW[4];
tokens = PKT.DW[8]; tokens = tokens << 32 | PKT.DW[12];
RETURN (EXTERN(limit, key, tokens) + 1);
"""
Call = tuple[int, int, int]


def packet(key: int, tokens: int, now: int) -> TestPacket:
    return TestPacket(key.to_bytes(8, "big") + tokens.to_bytes(8, "big"), 16, now, 0, 1)


def packets(calls: list[Call]) -> list[TestPacket]:
    return [packet(*call) for call in calls]


def hostile(rng: random.Random, count: int, keys: int, burst: int) -> list[TestPacket]:
    now, found = 10**18, []
    for _ in range(count):
        now += rng.choice((0, 0, 1, 1000, SECOND // 7, SECOND, -SECOND, -SECOND // 3))
        stamp = now if rng.random() > 0.03 else rng.choice((0, MOST, MOST - 1, now - 61 * SECOND, now * 2))
        tokens = rng.choice((0, 1, 1, 1, burst // 2 + 1, burst, burst + 1, MOST, MOST // SECOND + 1))
        key = rng.choice((rng.randrange(keys), rng.randrange(keys) << 40, MOST))
        found.append(packet(key, tokens, stamp))
    return found


@pytest.mark.parametrize("flags", [SANITIZED, CLANG_SANITIZED], ids=["gcc", "clang"])
def test_c_is_twin(flags: tuple[str, ...], tmp_path: Path) -> None:
    batch = hostile(random.Random(1), 64, 12, 10)
    plain = "RETURN (EXTERN(token_bucket, 1, 3) + 1);"
    many = TEXT % (10**12, 10**10, 1000)
    agree([TEXT % (5, 10, 1), TEXT % (1, 1, 8), many, plain], tmp_path, flags, batch)


@pytest.mark.parametrize(
    ("rate", "burst", "slots"), [(3, 10, 1), (1, 1, 12), (10**12, 10**10, 64), (7, 1000, 4096)]
)
def test_c_is_twin_for_long(rate: int, burst: int, slots: int, tmp_path: Path) -> None:
    made = hostile(random.Random(slots), 5000, 30, burst)
    row = halves(TEXT % (rate, burst, slots), made, tmp_path).first.externs["limit"][0]
    assert int(row["passed"]) > 100 and int(row["refused"]) > 100
    assert (int(row["evicted"]) > 0) == (slots in (12, 64))


@pytest.mark.parametrize("slots", [1, 4096])
def test_exact_against_fractions(slots: int) -> None:
    """min(burst, tokens + elapsed * rate) in rational numbers, for times that go on."""
    rng = random.Random(5)
    bucket, now = TokenBucket(7, 20, slots), 0
    held: dict[int, tuple[Fraction, int]] = {}
    for _ in range(5000):
        now += rng.choice((0, 1, 13, SECOND // 7, SECOND // 7 + 1, SECOND // 3))
        key, wanted = rng.randrange(20), rng.choice((1, 1, 2, 20))
        place = 0 if slots == 1 else key
        tokens, last = held.get(place, (Fraction(20), now))
        tokens = min(Fraction(20), tokens + Fraction((now - last) * 7, SECOND))
        passes = tokens >= wanted
        assert bucket(FRAME, 1, 14, key, wanted, now) == passes
        held[place] = tokens - wanted * passes, now
    row = bucket.show()[0]
    assert (row["keys"], row["evicted"]) == (len(held), 0)
    assert int(row["passed"]) + int(row["refused"]) == 5000


def test_no_more_than_burst_and_rate_in_any_time() -> None:
    """Also where times go back: what passes is bounded by the time that the clock has reached."""
    rng = random.Random(6)
    bucket, now, latest = TokenBucket(10, 5, 1), SECOND, SECOND
    passed = bucket(FRAME, 1, 14, 0, 1, now)
    for _ in range(3000):
        now += rng.choice((SECOND // 40, SECOND // 20, -SECOND // 50))
        passed += bucket(FRAME, 1, 14, 0, 1, now)
        latest = max(latest, now)
        assert passed <= 5 + Fraction((latest - SECOND) * 10, SECOND)
    assert passed > 100


def test_time_that_goes_back_gives_nothing_and_takes_nothing() -> None:
    bucket = TokenBucket(1, 1, 1)
    times = (100, 99, 41, 100, 101, 40, 41, 42, 43)
    found = [bucket(FRAME, 1, 14, 0, 1, t * SECOND) for t in times]
    # 101 fills it; at 40 the clock was set back by 61 seconds and goes on from there.
    assert found == [1, 0, 0, 0, 1, 0, 1, 1, 1]


def test_more_than_burst_never_passes_and_nothing_always() -> None:
    bucket = TokenBucket(10**12, 10**10, 1)
    wanted = (10**10 + 1, 10**10, 1, 0, MOST)
    assert [bucket(FRAME, 1, 14, 0, n, 5) for n in wanted] == [0, 1, 0, 1, 0]
    assert bucket(FRAME, 1, 14, 0, 10**10, MOST) == 1


def test_the_least_recently_used_is_evicted_and_starts_full_again() -> None:
    bucket = TokenBucket(1, 1, 8)
    for key in range(8):
        assert bucket(FRAME, 1, 14, key, 1, key) == 1
    assert bucket(FRAME, 1, 14, 0, 1, 8) == 0  # used now: key 1 is the oldest
    assert bucket(FRAME, 1, 14, 100, 1, 9) == 1
    assert [bucket(FRAME, 1, 14, key, 1, 10) for key in (0, 2, 3)] == [0, 0, 0]
    assert bucket(FRAME, 1, 14, 1, 1, 11) == 1
    assert bucket.show() == [{"passed": 10, "refused": 4, "keys": 8, "evicted": 2}]


def merged(first: list[Call], second: list[Call], more: list[Call], folder: Path) -> list[int]:
    """What calls return of the merged table, of two buckets a second up to 10."""
    found = halves(TEXT % (2, 10, 8), packets(first + second), folder, more=packets(more))
    return [verdict - 1 for *_, verdict, _ in found.carried.deliveries]


@pytest.mark.parametrize(
    ("first", "second", "more", "expected"),
    [
        # 4 and 5 are missing: one is left.
        ((7, 4, 0), (7, 5, 0), [(7, 2, 0), (7, 1, 0), (7, 1, 0)], [0, 1, 0]),
        ((7, 8, 0), (7, 8, 0), [(7, 1, 0), (7, 1, SECOND // 2)], [0, 1]),
        # A second later the first has got two back.
        ((7, 4, 0), (7, 5, SECOND), [(7, 4, SECOND), (7, 3, SECOND)], [0, 1]),
        ((7, 4, SECOND), (7, 5, 0), [(7, 4, SECOND), (7, 3, SECOND)], [0, 1]),
        # Keys of one table only are as they were.
        ((7, 4, 0), (8, 5, 0), [(7, 7, 0), (7, 6, 0), (8, 6, 0), (8, 5, 0)], [0, 1, 0, 1]),
    ],
)
def test_merge_adds_what_is_missing(
    first: Call, second: Call, more: list[Call], expected: list[int], tmp_path: Path
) -> None:
    assert merged([first], [second], more, tmp_path) == expected


def test_merge_of_full_tables_keeps_the_latest(tmp_path: Path) -> None:
    first = [(key, 10, key) for key in range(8)]
    second = [(100 + key, 10, 4 + key) for key in range(8)]
    found = halves(TEXT % (2, 10, 8), packets(first + second), tmp_path)
    assert found.merged.externs["limit"] == [{"passed": 16, "refused": 0, "keys": 8, "evicted": 8}]
    # 7 and 107, 106.. were used last; those that were lost start full.
    more = [(key, 1, 12) for key in (*range(108, 103, -1), *range(4))]
    assert merged(first, second, more, tmp_path)[1:4] == [0, 0, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("5", "takes 2 to 3 option(s), not 1"),
        ("0, 1", "the option 'rate' of 'token_bucket' is 0"),
        ("1, 0", "the option 'burst' of 'token_bucket' is 0"),
        ("1, 10000000001", "the option 'burst' of 'token_bucket' is 10000000001"),
        ("1000000000001, 1", "the option 'rate' of 'token_bucket' is 1000000000001"),
        ("1, 1, 0", "the option 'slots' of 'token_bucket' is 0"),
    ],
)
def test_wrong_options(options: str, message: str) -> None:
    assert message in refused(f"EXTERN t = token_bucket({options}); EXTERN(t);")


def test_declaration() -> None:
    assert externs()["token_bucket"] is EXTERN
    assert not EXTERN.functions[0].pure and not EXTERN.functions[0].commutative
