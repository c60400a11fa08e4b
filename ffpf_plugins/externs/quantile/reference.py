"""The plain Python twin of quantile.c."""

from __future__ import annotations

from collections import Counter

SHOWN = {"min": 0, "p50": 500, "p90": 900, "p99": 990, "p999": 999, "max": 1000}


class Quantile:
    def __init__(self, precision: int) -> None:
        self.precision = precision
        self.counts: Counter[int] = Counter()  # by the greatest value of the bucket
        self.least, self.most = (1 << 64) - 1, 0

    def __call__(self, frame: bytearray, link: int, length: int, value: int) -> int:
        # A bucket keeps the first one and `precision` bits behind it.
        below = max(value.bit_length() - 1 - self.precision, 0)
        self.counts[value | (1 << below) - 1] += 1
        self.least, self.most = min(self.least, value), max(self.most, value)
        return 0

    def at(self, frame: bytearray, link: int, length: int, permille: int) -> int:
        count = self.counts.total()
        if count == 0:
            return 0
        if permille == 0:
            return self.least
        left = -(-min(permille, 1000) * count // 1000)
        for end in sorted(self.counts):
            left -= self.counts[end]
            if left <= 0:
                return min(end, self.most)
        raise AssertionError("a rank is at most the count")

    def merge(self, other: Quantile) -> None:
        self.counts += other.counts
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)

    def show(self) -> list[dict[str, int | float | str]]:
        if not self.counts:
            return []
        frame = bytearray()
        quantiles = {name: self.at(frame, 1, 0, permille) for name, permille in SHOWN.items()}
        return [{"count": self.counts.total(), **quantiles}]
