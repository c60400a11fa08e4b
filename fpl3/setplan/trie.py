"""Many ranges of 32 bits: three dependent loads, whatever the size.

root    2**16 words, by x >> 16: index << 4 | mask. The mask says which quarters of the /16 have a
        node; the nodes lie at index, one after the other. Node 0 is empty; nodes 1..4 are full.
nodes   four words each, for 64 blocks of 256 values: which blocks are mixed, which are full, the
        number of the first mixed block's leaf, 0.
leaves  four words each: the bits of a mixed block. Leaf 0 is empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fpl3.setplan.plans import Ranges, SetPlan, table

FULL_BLOCK = (1 << 256) - 1
FULL_QUARTER = (1 << 64) - 1
FULL_ROOT = 1 << 4 | 15
MASK64 = (1 << 64) - 1


@dataclass(slots=True)
class _Parts:
    """The set taken apart: bits by block, full blocks by quarter, full /16s."""

    leaves: dict[int, int] = field(default_factory=dict)
    full: dict[int, int] = field(default_factory=dict)
    whole: list[tuple[int, int]] = field(default_factory=list)


def trie(members: Ranges, bits: int) -> SetPlan:
    parts = _taken_apart(members)
    root, nodes, leaves = _tables(parts)
    tables = (table("root", 32, root), table("nodes", 64, nodes), table("leaves", 64, leaves))
    return SetPlan("trie", bits, (), tables, 3)


def _taken_apart(members: Ranges) -> _Parts:
    parts = _Parts()
    leaves = parts.leaves
    for first, last in members:
        block, end = first >> 8, last >> 8
        if block == end:
            bits = ((1 << (last - first + 1)) - 1) << (first & 255)
            leaves[block] = leaves.get(block, 0) | bits
            continue
        if first & 255:
            leaves[block] = leaves.get(block, 0) | FULL_BLOCK << (first & 255) & FULL_BLOCK
            block += 1
        if last & 255 != 255:
            leaves[end] = leaves.get(end, 0) | (1 << ((last & 255) + 1)) - 1
            end -= 1
        if block <= end:
            _fill_blocks(parts, block, end)
    for block in [block for block, bits in leaves.items() if bits == FULL_BLOCK]:
        del leaves[block]
        _fill_blocks(parts, block, block)
    return parts


def _fill_blocks(parts: _Parts, first: int, last: int) -> None:
    """Blocks first..last are full: whole /16s apart, so that a /0 costs no more than a /24."""
    whole, behind = -(-first // 256), (last + 1) // 256
    if whole < behind:
        parts.whole.append((whole, behind - 1))
        pieces = [(first, whole * 256 - 1), (behind * 256, last)]
    else:
        pieces = [(first, last)]
    for low, high in pieces:
        while low <= high:
            stop = min(high, low | 63)
            bits = ((1 << (stop - low + 1)) - 1) << (low & 63)
            parts.full[low >> 6] = parts.full.get(low >> 6, 0) | bits
            low = stop + 1


def _tables(parts: _Parts) -> tuple[list[int], list[int], list[int]]:
    root = [0] * 65536
    for first, last in parts.whole:
        root[first : last + 1] = [FULL_ROOT] * (last - first + 1)
    mixed: dict[int, int] = {}
    for block in parts.leaves:
        mixed[block >> 6] = mixed.get(block >> 6, 0) | 1 << (block & 63)
    nodes = [0, 0, 0, 0, *[0, FULL_QUARTER, 0, 0] * 4]
    leaf = 1
    for quarter in sorted(mixed.keys() | parts.full.keys()):
        top, bit = quarter >> 2, 1 << (quarter & 3)
        root[top] = root[top] | bit if root[top] else (len(nodes) // 4) << 4 | bit
        bits = mixed.get(quarter, 0)
        nodes += (bits, parts.full.get(quarter, 0), leaf, 0)
        leaf += bits.bit_count()
    return root, nodes, _leaf_words(parts.leaves[block] for block in sorted(parts.leaves))


def _leaf_words(leaves: Iterable[int]) -> list[int]:
    words = [0, 0, 0, 0]
    for bits in leaves:
        words += (bits & MASK64, bits >> 64 & MASK64, bits >> 128 & MASK64, bits >> 192)
    return words
