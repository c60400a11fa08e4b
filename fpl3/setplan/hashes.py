"""Single values: a perfect multiplicative hash for a few, buckets of 16 or 8 lanes for many.

Multipliers come from a fixed sequence, so that tables are the same every time. For every one of
them there are values that collide; after a fixed number of attempts the caller falls back.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from math import exp

from fpl3.setplan.plans import LANES, TYPECODES, WIDE_LANES, SetPlan, Table, table

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
            filled = _wide_lanes if width == 128 else _lanes
            if words := filled(values, constants, width, size_bits + more):
                shift = (32 if width == 32 else 64) - size_bits - more
                shape = table("lanes", 32 if width == 32 else 64, words)
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


# A free lane holds the first value, which is looked for in its own bucket alone.


def _lanes(
    values: Sequence[int], constants: tuple[int, ...], width: int, size_bits: int
) -> array[int] | None:
    """The words of all buckets; None if one overflows."""
    (multiplier,) = constants
    mask, shift = (1 << width) - 1, width - size_bits
    held = bytearray(1 << size_bits)
    words = array(TYPECODES[width], [values[0]]) * (LANES << size_bits)
    for value in values:
        bucket = (value * multiplier & mask) >> shift
        lane = held[bucket]
        if lane == LANES:
            return None
        held[bucket] = lane + 1
        words[bucket * LANES + lane] = value
    return words


def _wide_lanes(
    values: Sequence[int], constants: tuple[int, ...], width: int, size_bits: int
) -> array[int] | None:
    """The same for 128 bits: the high halves of a bucket, then the low ones."""
    first, second = constants
    shift = 64 - size_bits
    held = bytearray(1 << size_bits)
    free = [half for half in (values[0] >> 64, values[0] & MASK64) for _ in range(WIDE_LANES)]
    words = array(TYPECODES[64], free) * (1 << size_bits)
    for value in values:
        high, low = value >> 64, value & MASK64
        bucket = ((high * first + low * second) & MASK64) >> shift
        lane = held[bucket]
        if lane == WIDE_LANES:
            return None
        held[bucket] = lane + 1
        at = bucket * 2 * WIDE_LANES + lane
        words[at], words[at + WIDE_LANES] = high, low
    return words
