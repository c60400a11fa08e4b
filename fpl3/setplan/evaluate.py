"""The meaning of a plan, in plain Python: what every target's look-up must answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from fpl3.setplan.plans import LANES, WIDE_LANES, SetPlan, Table

MASK64 = (1 << 64) - 1


def member(plan: SetPlan, value: int) -> bool:
    """Whether `value`, 0 .. 2**bits - 1, is in the set."""
    if plan.narrow and value >> 32:
        return plan.negated
    return _TESTS[plan.kind](plan, value) != plan.negated


@lru_cache(maxsize=16)
def _words(data: Table) -> list[int]:
    return list(data.words())


def _compares(plan: SetPlan, value: int) -> bool:
    pairs = zip(plan.constants[::2], plan.constants[1::2], strict=True)
    return any((value - first) % (1 << plan.width) <= span for first, span in pairs)


def _bitmap(plan: SetPlan, value: int) -> bool:
    first, size = plan.constants
    bit = min((value - first) % (1 << plan.width), size)
    return _words(plan.tables[0])[bit >> 6] >> (bit & 63) & 1 == 1


def _hash(plan: SetPlan, value: int) -> bool:
    multiplier, shift = plan.constants
    return _words(plan.tables[0])[value * multiplier % (1 << plan.width) >> shift] == value


def _buckets(plan: SetPlan, value: int) -> bool:
    words = _words(plan.tables[0])
    if plan.width == 128:
        high, low, shift = plan.constants
        mixed = (value >> 64) * high + (value & MASK64) * low
        at = ((mixed & MASK64) >> shift) * 2 * WIDE_LANES
        lanes = range(at, at + WIDE_LANES)
        return any(words[i] << 64 | words[i + WIDE_LANES] == value for i in lanes)
    multiplier, shift = plan.constants
    at = (value * multiplier % (1 << plan.width) >> shift) * LANES
    return value in words[at : at + LANES]


def _tree(plan: SetPlan, value: int) -> bool:
    if value == (1 << plan.width) - 1:
        return plan.constants[0] == 1
    node = count = 0
    for level in plan.tables:
        node = node * (LANES + 1) + count if level is not plan.tables[0] else 0
        count = sum(key <= value for key in _node(_words(level), node, plan.width))
    return count % 2 == 1


def _node(words: list[int], node: int, width: int) -> list[int]:
    if width < 128:
        return words[node * LANES : (node + 1) * LANES]
    at = node * 2 * LANES
    return [words[i] << 64 | words[i + LANES] for i in range(at, at + LANES)]


def _trie(plan: SetPlan, value: int) -> bool:
    root, nodes, leaves = map(_words, plan.tables)
    word, quarter, block = root[value >> 16], value >> 14 & 3, value >> 8 & 63
    node = (word >> 4) + (word & ((1 << quarter) - 1)).bit_count() if word >> quarter & 1 else 0
    mixed, full, first = nodes[node * 4 : node * 4 + 3]
    if mixed >> block & 1:
        leaf = first + (mixed & ((1 << block) - 1)).bit_count()
        return leaves[leaf * 4 + (value >> 6 & 3)] >> (value & 63) & 1 == 1
    return full >> block & 1 == 1


_TESTS: dict[str, Callable[[SetPlan, int], bool]] = {
    "nothing": lambda plan, value: False,
    "everything": lambda plan, value: True,
    "compares": _compares,
    "bitmap": _bitmap,
    "hash": _hash,
    "buckets": _buckets,
    "tree": _tree,
    "trie": _trie,
}
