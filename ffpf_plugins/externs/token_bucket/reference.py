"""The plain Python twin of token_bucket.c."""

from __future__ import annotations

from dataclasses import dataclass

from ffpf_plugins.externs.token_bucket import WAYS, set_count
from fpl3.hashes import mix64

TOKEN = 1_000_000_000  # credits: a bucket gets `rate` of them a nanosecond
SET_BACK = 60_000_000_000  # ns: a clock that goes back farther was set
LAST_TIME = (1 << 64) - 2


@dataclass(slots=True)
class Bucket:
    key: int
    credit: int
    last: int


class TokenBucket:
    """Sets of eight buckets, in the order in which their places were taken."""

    def __init__(self, rate: int, burst: int, slots: int) -> None:
        self.rate, self.full = rate, burst * TOKEN
        self.is_single = slots == 1
        self.set_count = set_count((rate, burst, slots))
        self.sets: dict[int, list[Bucket]] = {}
        self.passed = self.refused = self.evicted = 0

    def __call__(self, frame: bytearray, link: int, length: int, key: int, tokens: int, now: int) -> int:
        now = min(now, LAST_TIME)
        bucket = self._bucket(0 if self.is_single else key, now)
        if now > bucket.last:
            bucket.credit = min(bucket.credit + (now - bucket.last) * self.rate, self.full)
            bucket.last = now
        elif bucket.last - now > SET_BACK:
            bucket.last = now
        if tokens * TOKEN > bucket.credit:
            self.refused += 1
            return 0
        bucket.credit -= tokens * TOKEN
        self.passed += 1
        return 1

    def _bucket(self, key: int, now: int) -> Bucket:
        """The key's bucket; a new one is full."""
        buckets = self.sets.setdefault((mix64(key) >> 32) * self.set_count >> 32, [])
        for bucket in buckets:
            if bucket.key == key:
                return bucket
        made = Bucket(key, self.full, now)
        if len(buckets) < WAYS:
            buckets.append(made)
            return made
        oldest = max(range(WAYS), key=lambda way: abs(buckets[way].last - now))
        buckets[oldest] = made
        self.evicted += 1
        return made

    def show(self) -> list[dict[str, int | float | str]]:
        keys = sum(map(len, self.sets.values()))
        return [{"passed": self.passed, "refused": self.refused, "keys": keys, "evicted": self.evicted}]
