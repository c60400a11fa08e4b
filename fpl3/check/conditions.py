"""Value ranges of truth expressions, and what their being true or false says about registers."""

from __future__ import annotations

from bisect import bisect_left

from fpl3.check import intervals
from fpl3.check import program as p
from fpl3.check.program import Interval
from fpl3.check.state import Key, State, known, updated
from fpl3.check.values import Values
from fpl3.check.walk import may_be_absent

NEVER: Interval = (0, 0)
ALWAYS: Interval = (1, 1)
OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
# Its interval, the state where it is true, the state where it is false (None: that never happens).
Outcome = tuple[Interval, State | None, State | None]


class Conditions(Values):
    """Both outcomes of a condition are computed in one walk: asking for each would take time
    exponential in the depth of mixed && and ||."""

    def condition(self, node: p.Expr, state: State) -> Outcome:
        outcome = self._condition(node, state)
        self.record(node, outcome[0])
        return outcome

    def _condition(self, node: p.Expr, state: State) -> Outcome:
        match node:
            case p.Compare():
                return self._compare(node, state)
            case p.Member():
                return self._member(node, state)
            case p.Truth():
                return self._truth(node, state)
            case p.Not():
                interval, holds, fails = self.condition(node.operand, state)
                return (1 - interval[1], 1 - interval[0]), fails, holds
            case p.And():
                return self._and(node, state)
            case p.Or():
                return self._or(node, state)
        raise AssertionError(f"{type(node).__name__} is no truth expression")

    def _and(self, node: p.And, state: State) -> Outcome:
        _, holds, fails = self.condition(node.left, state)
        if holds is None:
            return NEVER, None, fails
        _, both, second_fails = self.condition(node.right, holds)
        return _outcome(both, self.join(fails, second_fails))

    def _or(self, node: p.Or, state: State) -> Outcome:
        _, holds, fails = self.condition(node.left, state)
        if fails is None:
            return ALWAYS, holds, None
        _, second_holds, neither = self.condition(node.right, fails)
        return _outcome(self.join(holds, second_holds), neither)

    def _compare(self, node: p.Compare, state: State) -> Outcome:
        left, right = self.value(node.left, state), self.value(node.right, state)
        absent = may_be_absent(node.left) or may_be_absent(node.right)
        decided = intervals.decided(node.op, left, right)
        holds = None if decided is False else self._where(node, node.op, state, left, right)
        if absent:
            return _outcome(holds, state)
        fails = None
        if decided is not True:
            fails = self._where(node, OPPOSITE[node.op], state, left, right)
        return _outcome(holds, fails)

    def _where(
        self, node: p.Compare, op: str, state: State, left: Interval, right: Interval
    ) -> State | None:
        """The state where `left op right` holds with all its fields present."""
        narrowed = self._limit(node.left, state, intervals.limited(left, op, right))
        if narrowed is None:
            return None
        return self._limit(node.right, narrowed, intervals.limited(right, MIRRORED[op], left))

    def _limit(self, node: p.Expr, state: State, interval: Interval | None) -> State | None:
        """The state where an expression that was just evaluated lies in `interval`."""
        if interval is None:
            return None
        key = self.tracked(node, state)
        if key is None:
            return state
        common = intervals.meet(known(state, key), interval)
        return None if common is None else updated(state, key, common)

    def _truth(self, node: p.Truth, state: State) -> Outcome:
        interval = self.value(node.operand, state)
        holds = self._limit(node.operand, state, intervals.limited(interval, "!=", NEVER))
        if may_be_absent(node.operand):
            return _outcome(holds, state)
        return _outcome(holds, self._limit(node.operand, state, intervals.limited(interval, "==", NEVER)))

    def _member(self, node: p.Member, state: State) -> Outcome:
        interval = self.value(node.value, state)
        hull, covered = members_in(node.set, interval)
        inside = self._limit(node.value, state, hull)
        outside = None if covered else state
        if node.negated:
            return _outcome(outside, state if may_be_absent(node.value) else inside)
        return _outcome(inside, state if may_be_absent(node.value) else outside)

    def tracked(self, node: p.Expr, state: State) -> Key | None:
        """The register or fact whose very value an expression is, if there is one."""
        while isinstance(node, p.Convert):
            inner = self.tracked(node.operand, state)
            if inner is None:
                return None
            low, high = known(state, inner)
            return inner if node.type.low <= low and high <= node.type.high else None
        if isinstance(node, p.ReadRegister):
            return node.register
        if isinstance(node, p.ReadMeta) and node.which != "STATE":
            return node.which
        return None


def _outcome(holds: State | None, fails: State | None) -> Outcome:
    """A condition that can be neither true nor false is never evaluated to a value."""
    interval = NEVER if holds is None else ALWAYS if fails is None else intervals.BOOLEAN
    return interval, holds, fails


def members_in(found: p.NumberSet, interval: Interval) -> tuple[Interval | None, bool]:
    """The hull of the members that lie in `interval` (None if none do), and whether all of it are."""
    low, high = interval
    first = bisect_left(found.ranges, low, key=lambda r: r[1])
    if first == len(found.ranges) or found.ranges[first][0] > high:
        return None, False
    last = bisect_left(found.ranges, high, key=lambda r: r[1])
    if last == len(found.ranges) or found.ranges[last][0] > high:
        last -= 1
    start, end = found.ranges[first]
    return (max(start, low), min(found.ranges[last][1], high)), start <= low and high <= end
