"""The plain Python twin of top_k.c."""

from __future__ import annotations

MOST = (1 << 64) - 1
SHOWN = 100


class TopK:
    def __init__(self, k: int, as_: str) -> None:
        self.k = k
        self.as_ = as_
        self.total = 0
        self.counts: dict[int, int] = {}
        self.errors: dict[int, int] = {}

    def __call__(self, frame: bytearray, link: int, length: int, key: int, weight: int) -> int:
        if weight:
            self.total = min(self.total + weight, MOST)
            if key not in self.counts:
                self._enter(key)
            self.counts[key] = min(self.counts[key] + weight, MOST)
        return self.counts.get(key, 0)

    def count(self, frame: bytearray, link: int, length: int, key: int) -> int:
        return self.counts.get(key, 0)

    def _enter(self, key: int) -> None:
        """A new key begins at 0, or at the count of the smallest, whose place it takes."""
        least = 0
        if len(self.counts) == self.k:
            victim = min(self.counts, key=lambda other: (self.counts[other], other))
            least = self.counts.pop(victim)
            del self.errors[victim]
        self.counts[key] = self.errors[key] = least

    def merge(self, other: TopK) -> None:
        """Adds up; a key that one side lacks may have had that side's smallest count there."""
        missed = [min(side.counts.values()) if len(side.counts) == self.k else 0 for side in (self, other)]
        counts, errors = {}, {}
        for key in {**self.counts, **other.counts}:
            ours, theirs = self.counts.get(key, missed[0]), other.counts.get(key, missed[1])
            counts[key] = min(ours + theirs, MOST)
            ours, theirs = self.errors.get(key, missed[0]), other.errors.get(key, missed[1])
            errors[key] = min(ours + theirs, MOST)
        kept = sorted(counts, key=lambda key: (counts[key], key))[-self.k :]
        self.counts = {key: counts[key] for key in kept}
        self.errors = {key: errors[key] for key in kept}
        self.total = min(self.total + other.total, MOST)

    def show(self) -> list[dict[str, int | float | str]]:
        order = sorted(self.counts, key=lambda key: (-self.counts[key], key))[:SHOWN]
        rows: list[dict[str, int | float | str]] = [
            {"key": written(key, self.as_), "count": self.counts[key], "error": self.errors[key]}
            for key in order
        ]
        return [{"total": self.total, "keys": len(self.counts)}, *rows]


def written(key: int, as_: str) -> str:
    if as_ == "number":
        return str(key)
    if as_ == "ipv4" and key < 1 << 32:
        return ".".join(map(str, key.to_bytes(4, "big")))
    if as_ == "mac" and key < 1 << 48:
        return key.to_bytes(6, "big").hex(":")
    return hex(key)
