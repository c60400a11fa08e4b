"""Value ranges of expressions other than conditions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from fpl3.check import intervals
from fpl3.check import program as p
from fpl3.check.program import Interval
from fpl3.check.state import FACTS, MAX_CAPLEN, State, joined, known
from fpl3.types import IntType, Type

IPV6_RANGE: Interval = (0, (1 << 128) - 1)
MAX_SLICE = 4096


def of_type(type: Type) -> Interval:
    return intervals.full(type) if isinstance(type, IntType) else IPV6_RANGE


NO_LAYERS: Mapping[str, int] = {"L3": 0, "L4": 0, "L7": 0}
# Behind the two addresses and the type, and behind the smallest network header.
ETHERNET_LAYERS: Mapping[str, int] = {"L3": 14, "L4": 34, "L7": 34}


class Values(ABC):
    """Evaluates expressions in a state and records what it finds. `layers` are the least offsets that
    PKT.L3, L4 and L7 can have."""

    def __init__(self, layers: Mapping[str, int] = NO_LAYERS) -> None:
        self.layers = layers
        self.ranges: dict[p.Expr, Interval] = {}
        self.recording = True
        self._tables: dict[p.Table, Interval] = {}

    join = staticmethod(joined)

    def record(self, node: p.Expr, interval: Interval) -> None:
        if not self.recording:
            return
        earlier = self.ranges.get(node)
        self.ranges[node] = interval if earlier is None else intervals.join(earlier, interval)

    @abstractmethod
    def condition(self, node: p.Expr, state: State) -> tuple[Interval, State | None, State | None]: ...

    def value(self, node: p.Expr, state: State) -> Interval:
        """The interval of an expression in a state, recorded."""
        if isinstance(node, p.TRUTH):
            return self.condition(node, state)[0]
        interval = self._value(node, state)
        self.record(node, interval)
        return interval

    def _value(self, node: p.Expr, state: State) -> Interval:
        match node:
            case p.Constant():
                return node.value, node.value
            case p.ReadRegister():
                return known(state, node.register)
            case p.Convert():
                return intervals.wrapped(self.value(node.operand, state), node.type)
            case p.Arithmetic():
                left, right = self.value(node.left, state), self.value(node.right, state)
                return intervals.combine(node.op, left, right, node.type)
            case p.ReadField():
                return 0, (1 << node.field.width) - 1
            case p.ReadRaw():
                self.value(node.offset, state)
                return intervals.full(node.type)
            case p.ReadPart():
                self.value(node.base, state)
                self.value(node.index, state)
                return 0, (1 << node.bits) - 1
            case p.ReadMeta():
                return known(state, node.which) if node.which in FACTS else of_type(node.type)
            case p.Negate():
                return intervals.negate(self.value(node.operand, state), node.type)
            case p.Complement():
                return intervals.complement(self.value(node.operand, state), node.type)
            case _:
                return self._other(node, state)

    def _other(self, node: p.Expr, state: State) -> Interval:
        match node:
            case p.ReadLayer():
                return self.layers[node.which], MAX_CAPLEN
            case p.Has():
                return intervals.BOOLEAN
            case p.ReadMemory():
                self.value(node.index, state)
            case p.ReadTable():
                return self._table(node.table, self.value(node.index, state))
            case p.Guarded():
                _, holds, _ = self.condition(node.guard, state)
                if holds is not None:
                    return self.value(node.value, holds)
            case p.Hash():
                self.value(node.start, state)
                self.value(node.length, state)
                return 0, self.value(node.mask, state)[1]
            case p.Consistent():
                self.value(node.hash, state)
                low, high = self.value(node.buckets, state)
                if low > 0:
                    return 0, high - 1
            case p.CallExtern():
                for argument in node.arguments:
                    self.value(argument, state)
                if node.function.result is not None:
                    return node.function.result(node.instance.options)
        return of_type(node.type)

    def _table(self, table: p.Table, index: Interval) -> Interval:
        first, last = max(index[0], 0), min(index[1], len(table.values) - 1)
        if first <= last and last - first < MAX_SLICE:
            values = table.values[first : last + 1]
            return min(values), max(values)
        if table not in self._tables:
            self._tables[table] = min(table.values), max(table.values)
        return self._tables[table]
