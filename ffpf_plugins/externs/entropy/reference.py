"""The plain Python twin of entropy.c: H = log2(n) - (sum of c * log2(c)) / n over the counts c."""

from __future__ import annotations

from collections import Counter

MOST = 1 << 26
POINT = 32


def reference(frame: bytearray, link: int, length: int, start: int, count: int) -> int:
    counts = Counter(frame[start : start + min(count, MOST)])
    total = counts.total()
    if total == 0:
        return 0
    information = total * log2(total) - sum(c * log2(c) for c in counts.values())
    return (information // total * 1000 + (1 << POINT - 1)) >> POINT


def log2(n: int) -> int:
    """The logarithm with 32 bits behind the point, cut: a bit of it by each squaring of 1 <= x < 2."""
    whole = n.bit_length() - 1
    x = n << 62 >> whole
    fraction = 0
    for _ in range(POINT):
        x = x * x >> 62
        fraction <<= 1
        if x >> 63:
            x >>= 1
            fraction |= 1
    return whole << POINT | fraction
