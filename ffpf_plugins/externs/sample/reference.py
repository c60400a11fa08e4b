"""The plain Python twin of sample.c."""

from __future__ import annotations

from fpl3.hashes import mix64

MASK = (1 << 64) - 1
OWN = 0x5851F42D4C957F2D


class Sample:
    def __init__(self, n: int) -> None:
        self.n = n
        self.seen = {"packets": 0, "keys": 0}
        self.taken = {"packets": 0, "keys": 0}

    def __call__(self, frame: bytearray, link: int, length: int) -> int:
        return self._counted("packets", self.seen["packets"] % self.n == 0)

    def key(self, frame: bytearray, link: int, length: int, key: int) -> int:
        return self._counted("keys", mix64((key + OWN) & MASK) <= MASK // self.n)

    def _counted(self, by: str, taken: bool) -> int:
        self.seen[by] = (self.seen[by] + 1) & MASK
        self.taken[by] = (self.taken[by] + taken) & MASK
        return int(taken)

    def merge(self, other: Sample) -> None:
        for by in self.seen:
            self.seen[by] = (self.seen[by] + other.seen[by]) & MASK
            self.taken[by] = (self.taken[by] + other.taken[by]) & MASK

    def show(self) -> list[dict[str, int | float | str]]:
        called = [by for by in self.seen if self.seen[by]]
        return [{"by": by, "seen": self.seen[by], "taken": self.taken[by]} for by in called]
