"""The plain Python twin of flow_table.c."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ffpf_plugins.externs.flow_table import WAYS, slot_count
from fpl3.hashes import flow_key
from fpl3.headers import walk

UNIT = 1 << 16  # ns: times are kept in this unit
MASK = (1 << 64) - 1
MADE = 0x80  # in the kind of a key: the program made it; else the kind is the number of bytes
# The last number is what the last step multiplies by.
SECRETS = (
    0x9E3779B97F4A7CF5, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3,
    0x589965CC75374CC3, 0x1D8E4E27C47D124F, 0xA0761D6478BD642F,
)  # fmt: skip


class Key(NamedTuple):
    kind: int
    value: bytes


@dataclass(slots=True)
class Entry:
    key: Key
    seen: int  # in units


@dataclass(slots=True)
class Way:
    entry: Entry | None = None


@dataclass(slots=True)
class Set:
    ways: list[Way] = field(default_factory=lambda: [Way() for _ in range(WAYS)])


class FlowTable:
    """Sets of eight ways; slot = set * 8 + way."""

    def __init__(self, slots: int, idle_seconds: int, key: str) -> None:
        self.set_count = slot_count((slots,)) // WAYS
        self.idle = idle_seconds * 1_000_000_000 // UNIT
        self.which = key
        self.sets: dict[int, Set] = {}
        self.counters = dict.fromkeys(("lookups", "new", "expired", "evicted"), 0)
        self.fresh = 0

    def __call__(self, frame: bytearray, link: int, length: int, now: int) -> int:
        return self._look_up(self._packet_key(frame, link), now)

    def of(self, frame: bytearray, link: int, length: int, key: int, now: int) -> int:
        return self._look_up(Key(MADE | 8, key.to_bytes(8, "little")), now)

    def of2(self, frame: bytearray, link: int, length: int, high: int, low: int, now: int) -> int:
        key = low.to_bytes(8, "little") + high.to_bytes(8, "little")
        return self._look_up(Key(MADE | 16, key), now)

    def new(self, frame: bytearray, link: int, length: int) -> int:
        return self.fresh

    def find(self, frame: bytearray, link: int, length: int, now: int) -> int:
        _, found = self._place(self._packet_key(frame, link))
        return int(found is not None and found.entry is not None and not self._is_idle(found.entry, now))

    def remove(self, frame: bytearray, link: int, length: int) -> int:
        _, found = self._place(self._packet_key(frame, link))
        if found is None:
            return 0
        found.entry = None
        return 1

    def show(self) -> list[dict[str, int | float | str]]:
        held = sum(way.entry is not None for one in self.sets.values() for way in one.ways)
        return [{"held": held, **self.counters}]

    def _packet_key(self, frame: bytearray, link: int) -> Key:
        data = bytes(frame)
        key = flow_key(data, walk(data, link), self.which)
        return Key(len(key), key)

    def _place(self, key: Key) -> tuple[int, Way | None]:
        """The number of the key's set, and where the key is in it."""
        number = hashed(key) % self.set_count
        for way in self.sets.get(number, Set()).ways:
            if way.entry is not None and way.entry.key == key:
                return number, way
        return number, None

    def _is_idle(self, entry: Entry, now: int) -> bool:
        return distance(entry, now) > self.idle

    def _look_up(self, key: Key, now: int) -> int:
        number, way = self._place(key)
        ways = self.sets.setdefault(number, Set()).ways
        self.counters["lookups"] += 1
        if way is None:
            way = victim(ways, now)
        self.fresh = 1
        if way.entry is not None:
            if self._is_idle(way.entry, now):
                self.counters["expired"] += 1
            elif way.entry.key == key:
                self.fresh = 0
            else:
                self.counters["evicted"] += 1
        self.counters["new"] += self.fresh
        way.entry = Entry(key, now // UNIT)
        return number * WAYS + next(n for n, one in enumerate(ways) if one is way)


def victim(ways: list[Way], now: int) -> Way:
    """The first that is free, else the one farthest from now."""
    for way in ways:
        if way.entry is None:
            return way
    return max(ways, key=lambda way: distance(way.entry, now))


def distance(entry: Entry | None, now: int) -> int:
    assert entry is not None
    return abs(entry.seen - now // UNIT)


def hashed(key: Key) -> int:
    """Multiplies 16 bytes at a time and folds; keys of up to 16 bytes take one step."""
    padded = key.value.ljust(40, b"\0")
    words = [int.from_bytes(padded[at : at + 8], "little") for at in range(0, 40, 8)]
    value = folded(words[0] ^ SECRETS[0] ^ key.kind << 32, words[1] ^ SECRETS[1])
    if len(key.value) > 16:
        value = folded(words[2] ^ SECRETS[2] ^ value, words[3] ^ SECRETS[3])
        value = folded(words[4] ^ SECRETS[4] ^ value, SECRETS[5])
    return value


def folded(a: int, b: int) -> int:
    product = a * b
    return product & MASK ^ product >> 64
