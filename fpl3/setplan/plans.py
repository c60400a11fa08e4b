"""What a planned set is: a kind of look-up, constants, and tables of words."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from operator import lt
from typing import Literal

Ranges = tuple[tuple[int, int], ...]

Kind = Literal["nothing", "everything", "compares", "bitmap", "hash", "buckets", "tree", "trie"]
TYPECODES = {32: "I", 64: "Q"}
LANES = 16  # keys of a node of a tree, elements of a bucket (8 for 128 bits)
WIDE_LANES = 8


@dataclass(frozen=True, slots=True)
class Table:
    """Constant data: little-endian words of 32 or 64 bits; a target aligns them to 64 bytes."""

    name: str
    word_bits: int
    data: bytes

    def words(self) -> array[int]:
        """The words as numbers."""
        words = array(TYPECODES[self.word_bits], self.data)
        if sys.byteorder == "big":
            words.byteswap()
        return words


@dataclass(frozen=True, slots=True)
class SetPlan:
    """How membership of an unsigned value of `bits` bits is tested.

    `narrow`: the value must be below 2**32, and what follows tests its low 32 bits.
    `negated`: the constants and tables hold the complement; the answer is turned round.
    `loads`: the longest chain of loads of which each needs the one before.

    kind        constants                              tables
    nothing     -                                      -
    everything  -                                      -
    compares    first, span, first, span, ...          -            (x - first) mod 2**n <= span
    bitmap      first, bits                            words        bit x - first; bit `bits` is 0
    hash        multiplier, shift                      slots        slots[(x * multiplier) >> shift] == x
    buckets     multiplier, shift (twice multipliers   lanes        x among the 16 (128-bit: 8) lanes of
                for 128 bits: high, low half)                       bucket (x * multiplier) >> shift
    tree        1 if the greatest value is a member,   level0, ...  16 keys a node, 17 children; parity
                                                                    of the count of keys <= x
    trie        -                                      root, nodes, leaves
    """

    kind: Kind
    bits: int
    constants: tuple[int, ...] = ()
    tables: tuple[Table, ...] = ()
    loads: int = 0
    narrow: bool = False
    negated: bool = False

    @property
    def width(self) -> int:
        """The width at which the look-up computes: 32, 64 or 128."""
        if self.narrow or self.bits <= 32:
            return 32
        return 64 if self.bits <= 64 else 128

    @property
    def size(self) -> int:
        """Bytes of all tables."""
        return sum(len(table.data) for table in self.tables)


def table(name: str, word_bits: int, words: Iterable[int]) -> Table:
    packed = array(TYPECODES[word_bits], words)
    if sys.byteorder == "big":
        packed.byteswap()
    return Table(name, word_bits, packed.tobytes())


def normal(ranges: Iterable[tuple[int, int]], bits: int) -> Ranges:
    """Sorted, disjoint, non-adjacent, inside 0 .. 2**bits - 1."""
    merged: list[tuple[int, int]] = []
    ranges = sorted(ranges)
    high = (1 << bits) - 1
    if ranges and ranges[0][0] >= 0 and ranges[-1][1] <= high and _disjoint(ranges):
        return tuple(ranges)  # as the checker leaves them
    last = -2
    for first, final in ranges:
        first, final = max(first, 0), min(final, high)
        if first > final:
            continue
        if first <= last + 1:
            if final > last:
                merged[-1] = (merged[-1][0], final)
                last = final
        else:
            merged.append((first, final))
            last = final
    return tuple(merged)


def _disjoint(ordered: list[tuple[int, int]]) -> bool:
    """Whether none is empty, none overlaps or touches the next."""
    edges = [edge for first, last in ordered for edge in (first, last + 1)]
    return all(map(lt, edges, edges[1:]))


def complement(ranges: Ranges, bits: int) -> Ranges:
    edges = [-1, *(edge for pair in ranges for edge in pair), 1 << bits]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return tuple((before + 1, after - 1) for before, after in gaps if before + 1 < after)
