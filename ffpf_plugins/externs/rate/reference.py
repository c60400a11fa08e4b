"""The plain Python twin of rate.c."""

from __future__ import annotations

from dataclasses import dataclass

from ffpf_plugins.externs.rate import WAYS, set_count
from fpl3.hashes import mix64

MOST = (1 << 64) - 1


@dataclass(slots=True)
class Entry:
    key: int
    interval: int
    count: int


class Rate:
    """Sets of eight entries, in the order in which their places were taken."""

    def __init__(self, interval_ms: int, slots: int) -> None:
        self.interval = interval_ms * 1_000_000
        self.set_count = set_count((interval_ms, slots))
        self.sets: dict[int, list[Entry]] = {}
        self.events = self.evicted = self.highest = self.highest_key = 0

    def __call__(self, frame: bytearray, link: int, length: int, key: int, weight: int, now: int) -> int:
        current = now // self.interval
        entry = self._entry(key, current)
        if entry.interval not in (current, current + 1):
            entry.interval, entry.count = current, 0
        entry.count = min(entry.count + weight, MOST)
        self.events += 1
        if entry.count > self.highest:
            self.highest, self.highest_key = entry.count, key
        return entry.count

    def _entry(self, key: int, current: int) -> Entry:
        """The key's entry; a new one is empty."""
        entries = self.sets.setdefault((mix64(key) >> 32) * self.set_count >> 32, [])
        for entry in entries:
            if entry.key == key:
                return entry
        made = Entry(key, current, 0)
        if len(entries) < WAYS:
            entries.append(made)
            return made
        oldest = min(entries, key=lambda e: (-1 if e.interval > current + 1 else e.interval, e.count))
        self.evicted += oldest.interval in (current, current + 1)
        entries[next(n for n, e in enumerate(entries) if e is oldest)] = made
        return made

    def show(self) -> list[dict[str, int | float | str]]:
        return [
            {
                "events": self.events,
                "held": sum(map(len, self.sets.values())),
                "evicted": self.evicted,
                "highest": self.highest,
                "highest_key": self.highest_key,
            }
        ]
