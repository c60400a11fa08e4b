"""What the range analysis knows at one point of the program: an interval for each register.

A state is a dictionary, never changed after it has been made; None stands for a point that no run
reaches. A register that is not in it is 0, as at the start of every run.
"""

from __future__ import annotations

from fpl3.check import program as p
from fpl3.check.intervals import full, join
from fpl3.check.program import Interval
from fpl3.types import U16, U32, U64, IntType

MAX_CAPLEN = 16 << 20
# Facts about the packet never change during a run, so tests narrow them like registers.
FACTS: dict[str, Interval] = {
    "LEN": full(U32),
    "CAPLEN": (0, MAX_CAPLEN),
    "TS": full(U64),
    "PORT": full(U16),
    "ORIGIN": full(U16),
}
ZERO: Interval = (0, 0)
Key = p.Register | str
State = dict[Key, Interval]


def known(state: State, key: Key) -> Interval:
    found = state.get(key)
    if found is not None:
        return found
    return FACTS[key] if isinstance(key, str) else ZERO


def updated(state: State, key: Key, interval: Interval) -> State:
    if known(state, key) == interval:
        return state
    changed = dict(state)
    changed[key] = interval
    return changed


def joined(left: State | None, right: State | None) -> State | None:
    """What holds if either state does."""
    if left is None or right is None or left is right:
        return right if left is None else left
    changed = differing(left, right)
    if not changed:
        return left
    result = dict(left)
    for key in changed:
        result[key] = join(known(left, key), known(right, key))
    return result


def differing(left: State, right: State) -> list[Key]:
    """The keys that the two states may disagree on. States of neighbouring points share nearly all
    their intervals, so comparing identity first is what makes large programs fast."""
    keys = [key for key, interval in right.items() if left.get(key) is not interval]
    return keys + [key for key in left if key not in right]


def included(inner: State, outer: State) -> bool:
    """Whether every run that `inner` allows is one that `outer` allows."""
    for key in differing(inner, outer):
        inside, outside = known(inner, key), known(outer, key)
        if inside[0] < outside[0] or inside[1] > outside[1]:
            return False
    return True


def widened(old: State, new: State) -> State:
    """`old`, with every bound that `new` passes moved to the end of the type."""
    result = dict(old)
    for key in differing(old, new):
        before, after = known(old, key), known(new, key)
        least, most = _extremes(key)
        result[key] = (
            before[0] if before[0] <= after[0] else least,
            before[1] if before[1] >= after[1] else most,
        )
    return result


def forgotten(state: State, keys: frozenset[p.Register]) -> State:
    """`state` without knowledge of some registers."""
    return {**state, **{key: full(key.type) for key in keys}}


def _extremes(key: Key) -> Interval:
    if isinstance(key, str):
        return FACTS[key]
    type: IntType = key.type
    return full(type)
