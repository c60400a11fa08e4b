"""Single values: a perfect multiplicative hash for a few, buckets of 16 or 8 lanes for many.

Multipliers come from a fixed sequence, so that tables are the same every time. For every one of
them there are values that collide; after a fixed number of attempts the caller falls back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from math import exp

from fpl3.setplan.plans import LANES, WIDE_LANES, SetPlan, Table, table

MAX_SLOTS = 4096
PERFECT_WORK = 200_000  # hashes computed for one size of the table before the next is tried
BUCKET_ATTEMPTS = 4
HOPELESS = 2  # overflowing buckets that are expected: no multiplier is worth trying then
MASK64 = (1 << 64) - 1


def multipliers() -> Iterator[int]:
    """Odd 64-bit numbers without pattern (splitmix64)."""
    state = 0x5EED
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK64
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK64
        yield (z ^ (z >> 31)) | 1


def perfect(values: Sequence[int], bits: int) -> SetPlan | None:
    """slots[(x * multiplier mod 2**n) >> shift] == x, without a collision; None if there is none."""
    width = 32 if bits <= 32 else 64
    size_bits = max(len(values) - 1, 1).bit_length()
    while 1 << size_bits <= MAX_SLOTS:
        for multiplier in islice(multipliers(), PERFECT_WORK // len(values)):
            multiplier &= (1 << width) - 1
            if slots := _without_collision(values, multiplier, width, size_bits):
                made = _slots(values, slots, width, size_bits)
                return SetPlan("hash", bits, (multiplier, width - size_bits), (made,), 1)
        size_bits += 1
    return None


def _without_collision(
    values: Sequence[int], multiplier: int, width: int, size_bits: int
) -> list[int] | None:
    mask, shift = (1 << width) - 1, width - size_bits
    used: set[int] = set()
    for value in values:
        slot = (value * multiplier & mask) >> shift
        if slot in used:
            return None
        used.add(slot)
    return [(value * multiplier & mask) >> shift for value in values]


def _slots(values: Sequence[int], slots: list[int], width: int, size_bits: int) -> Table:
    """A free slot holds the first value, which is looked for elsewhere."""
    words = [values[0]] * (1 << size_bits)
    for value, slot in zip(values, slots, strict=True):
        words[slot] = value
    return table("slots", width, words)


def buckets(values: Sequence[int], bits: int) -> SetPlan | None:
    """Buckets of a cache line (32 bits) or two; None if some bucket keeps overflowing."""
    width = 32 if bits <= 32 else 64 if bits <= 64 else 128
    lanes = WIDE_LANES if width == 128 else LANES
    size_bits = max((len(values) * 4 // lanes - 1).bit_length(), 1)
    for more in (0, 1):
        if _overflowing(len(values), 1 << size_bits + more, lanes) > HOPELESS:
            continue
        sequence = multipliers()
        for _ in range(BUCKET_ATTEMPTS):
            constants = tuple(islice(sequence, 2 if width == 128 else 1))
            filled = _filled(values, constants, width, size_bits + more)
            if max(map(len, filled)) <= lanes:
                shift = (32 if width == 32 else 64) - size_bits - more
                shape = _lanes(values, filled, width, lanes)
                narrowed = tuple(c & 0xFFFFFFFF for c in constants) if width == 32 else constants
                return SetPlan("buckets", bits, (*narrowed, shift), (shape,), 1)
    return None


def _overflowing(values: int, buckets: int, lanes: int) -> float:
    """How many buckets are expected to get more values than they have lanes (Poisson)."""
    load = values / buckets
    term = total = exp(-load)
    for count in range(1, lanes + 1):
        term *= load / count
        total += term
    return buckets * (1 - total)


def _filled(
    values: Sequence[int], constants: tuple[int, ...], width: int, size_bits: int
) -> list[list[int]]:
    filled: list[list[int]] = [[] for _ in range(1 << size_bits)]
    first = constants[0]
    if width == 128:
        second, shift = constants[1], 64 - size_bits
        for value in values:
            mixed = (value >> 64) * first + (value & MASK64) * second
            filled[(mixed & MASK64) >> shift].append(value)
        return filled
    mask, shift = (1 << width) - 1, width - size_bits
    for value in values:
        filled[(value * first & mask) >> shift].append(value)
    return filled


def _lanes(values: Sequence[int], filled: list[list[int]], width: int, lanes: int) -> Table:
    """Free lanes repeat a value of the bucket; an empty bucket holds one of another bucket."""
    words: list[int] = []
    for bucket in filled:
        held = bucket or [values[0]]
        free = lanes - len(held)
        if width == 128:
            highs = [value >> 64 for value in held]
            held = [value & MASK64 for value in held]
            words += highs
            words += highs[:1] * free
        words += held
        words += held[:1] * free
    return table("lanes", 32 if width == 32 else 64, words)
