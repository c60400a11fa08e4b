"""Ranges as a static tree of wide nodes.

The sorted borders (the first value of each range, and the value behind its last) are the keys; x is
a member if the number of keys <= x is odd. A node has 16 keys, compared all at once, and 17
children: 4,912 keys are at most 3 loads deep, seven thousand million at most 8.

A leaf is 16 consecutive keys, so the parity of the whole count is the parity of the count in x's
leaf. Missing keys are the greatest value, which is never <= x but for x itself the greatest value:
that answer is a constant of the plan.
"""

from __future__ import annotations

from collections.abc import Sequence

from fpl3.setplan.plans import LANES, Ranges, SetPlan, Table, table

FAN = LANES + 1


def tree(members: Ranges, bits: int) -> SetPlan:
    """A tree for 32, 64 or 128 bits; `level0` is the root."""
    width = 32 if bits <= 32 else 64 if bits <= 64 else 128
    greatest = (1 << width) - 1
    keys = [key for first, last in members for key in (first, last + 1) if key <= greatest]
    levels = _levels(keys, greatest)
    tables = tuple(_level(f"level{depth}", keys, width) for depth, keys in enumerate(levels))
    return SetPlan("tree", bits, (int(members[-1][1] == greatest),), tables, len(tables))


def _levels(keys: list[int], missing: int) -> list[list[int]]:
    """Root first; the keys of each level, node after node."""
    levels = [_padded(keys, missing)]
    firsts = levels[0][::LANES]  # of each node, the least key below it
    while len(firsts) > 1:
        groups = [firsts[at : at + FAN] for at in range(0, len(firsts), FAN)]
        levels.insert(0, [key for group in groups for key in _padded(group[1:] or [missing], missing)])
        firsts = [group[0] for group in groups]
    return levels


def _padded(keys: Sequence[int], missing: int) -> list[int]:
    return [*keys, *[missing] * (-len(keys) % LANES)]


def _level(name: str, keys: list[int], width: int) -> Table:
    """Nodes of 16 words; for 128 bits, 16 high halves and then 16 low halves."""
    if width < 128:
        return table(name, width, keys)
    words: list[int] = []
    for at in range(0, len(keys), LANES):
        node = keys[at : at + LANES]
        words += [key >> 64 for key in node]
        words += [key & ((1 << 64) - 1) for key in node]
    return table(name, 64, words)
