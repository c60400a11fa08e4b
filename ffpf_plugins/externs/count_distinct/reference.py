"""The plain Python twin of count_distinct.c."""

from __future__ import annotations

from fpl3.hashes import mix64

MASK = (1 << 64) - 1
OWN = 0x9E3779B97F4A7C15
POINT = 62
ALPHA = 0x2E2A8ECA5705FC2F  # 1 / (2 ln 2) with 62 bits behind the point
SHOWN = 20


class CountDistinct:
    def __init__(self, precision: int, groups: int) -> None:
        self.precision = precision
        self.groups = [bytearray(1 << precision) for _ in range(groups)]

    def __call__(self, frame: bytearray, link: int, length: int, key: int, group: int) -> int:
        registers = self.groups[group % len(self.groups)]
        mixed = mix64((key + OWN) & MASK)
        width = 64 - self.precision
        rest = mixed & (1 << width) - 1
        rank = width - rest.bit_length() + 1
        at = mixed >> width
        registers[at] = max(registers[at], rank)
        return 0

    def estimate(self, frame: bytearray, link: int, length: int, group: int) -> int:
        return estimate(self.groups[group % len(self.groups)])

    def merge(self, other: CountDistinct) -> None:
        for ours, theirs in zip(self.groups, other.groups, strict=True):
            ours[:] = bytes(map(max, ours, theirs))

    def show(self) -> list[dict[str, int | float | str]]:
        found = [(estimate(r), group) for group, r in enumerate(self.groups) if any(r)]
        found.sort(key=lambda row: (-row[0], row[1]))
        error = 1.04 / (1 << self.precision // 2)
        if self.precision % 2:
            error /= 1.4142135623730951
        return [{"group": g, "distinct": n, "standard_error": error} for n, g in found[:SHOWN]]


def estimate(registers: bytearray) -> int:
    """alpha * m^2 / (m * sigma(zeros / m) + the sum of 2^-register), rounded, at most 2^64 - 1."""
    m, zeros = len(registers), registers.count(0)
    if zeros == m:
        return 0
    below = m * sigma((zeros << POINT) // m) + sum(1 << POINT - r for r in registers if r)
    # The divisor keeps 64 bits, as in C.
    shift = below.bit_length() - 64
    divisor = below >> shift if shift > 0 else below << -shift
    quotient = (ALPHA << 64) // divisor
    # ALPHA and `below` have 62 bits behind the point: these cancel out.
    up = 2 * (m.bit_length() - 1) - below.bit_length()
    return min(quotient << up if up >= 0 else (quotient + (1 << -up - 1)) >> -up, MASK)


def sigma(x: int) -> int:
    """x + the sum of x^(2^k) * 2^(k - 1) from k = 1."""
    total, k = x, 0
    while x:
        x = x * x >> POINT
        total += x << k
        k += 1
    return total
