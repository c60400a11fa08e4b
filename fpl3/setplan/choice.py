"""Chooses the representation of a set.

None and all; a few compares; a bitmap where the span is small; for single values a perfect hash or
buckets of one or two cache lines; for ranges a tree of wide nodes while it is at most three loads
deep, and for more ranges of 32 bits a trie that is three loads deep whatever the size.
"""

from __future__ import annotations

from collections.abc import Iterable

from fpl3.setplan.hashes import buckets, perfect
from fpl3.setplan.plans import Ranges, SetPlan, complement, normal, table
from fpl3.setplan.tree import tree
from fpl3.setplan.trie import trie

MAX_COMPARES = 4
MAX_BITMAP = 1 << 16  # bits; 8 KB, a part of the first-level cache
MAX_PERFECT = 256
EXPANDED = 2  # a set is made of single values if it has at most so many values a range
TREE_DEPTH = 3


def plan(ranges: Iterable[tuple[int, int]], bits: int) -> SetPlan:
    """The fastest look-up for an unsigned value of `bits` bits (1..64, or 128) in closed ranges.

    The ranges may come in any order, touch and overlap, and reach outside the type.
    """
    if not (1 <= bits <= 64 or bits == 128):
        raise ValueError(f"a set is tested with 1..64 or 128 bits, not {bits}")
    members = normal(ranges, bits)
    others = _simpler_complement(members, bits)
    if others is not None:
        return _direct(others, bits, negated=True)
    if 32 < bits <= 64 and len(members) > MAX_COMPARES and members[-1][1] >> 32 == 0:
        return _direct(members, bits, narrow=True)
    return _direct(members, bits)


def _simpler_complement(members: Ranges, bits: int) -> Ranges | None:
    """What is not in the set, if that is tested faster than what is."""
    if len(members) <= MAX_COMPARES or (len(members) > MAX_COMPARES + 1 and _single(members)):
        return None
    others = complement(members, bits)
    return others if len(others) <= MAX_COMPARES or (_single(others) and not _single(members)) else None


def _single(ranges: Ranges) -> bool:
    return sum(last - first + 1 for first, last in ranges) <= EXPANDED * len(ranges)


def _direct(members: Ranges, bits: int, narrow: bool = False, negated: bool = False) -> SetPlan:
    made = _chosen(members, 32 if narrow else bits)
    return SetPlan(made.kind, bits, made.constants, made.tables, made.loads, narrow, negated)


def _chosen(members: Ranges, bits: int) -> SetPlan:
    if not members:
        return SetPlan("nothing", bits)
    if members == ((0, (1 << bits) - 1),):
        return SetPlan("everything", bits)
    if len(members) <= MAX_COMPARES:
        constants = tuple(n for first, last in members for n in (first, last - first))
        return SetPlan("compares", bits, constants)
    if bits <= 64 and members[-1][1] - members[0][0] < MAX_BITMAP:
        return _bitmap(members, bits)
    return (_of_singles(members, bits) if _single(members) else None) or _of_ranges(members, bits)


def _bitmap(members: Ranges, bits: int) -> SetPlan:
    """One bit a value; the bit behind the last is 0, for every value outside."""
    first, size = members[0][0], members[-1][1] - members[0][0] + 1
    bitmap = 0
    for low, high in members:
        bitmap |= ((1 << (high - low + 1)) - 1) << (low - first)
    count = size // 64 + 1
    words = memoryview(bitmap.to_bytes(count * 8, "little"))
    numbers = (int.from_bytes(words[at : at + 8], "little") for at in range(0, count * 8, 8))
    return SetPlan("bitmap", bits, (first, size), (table("words", 64, numbers),), 1)


def _of_singles(members: Ranges, bits: int) -> SetPlan | None:
    values = [value for first, last in members for value in range(first, last + 1)]
    found = perfect(values, bits) if bits <= 64 and len(values) <= MAX_PERFECT else None
    return found or buckets(values, bits)


def _of_ranges(members: Ranges, bits: int) -> SetPlan:
    made = tree(members, bits)
    return trie(members, bits) if bits <= 32 and made.loads > TREE_DEPTH else made
