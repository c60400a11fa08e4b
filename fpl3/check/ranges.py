"""Value ranges: a flow-sensitive interval for every expression, by abstract interpretation.

Sound: whenever an expression is evaluated to a value, the value lies in its interval. Loops are
brought to a fixpoint by widening each bound at most once, then narrowed by one more round; loops
nested more than MAX_PRECISE deep forget what they assign instead, so that time stays linear.
"""

from __future__ import annotations

from collections.abc import Mapping

from fpl3.check import intervals
from fpl3.check import program as p
from fpl3.check.conditions import Conditions
from fpl3.check.program import Interval
from fpl3.check.state import State, forgotten, included, joined, known, updated, widened
from fpl3.check.values import NO_LAYERS
from fpl3.check.walk import inner_statements, statements, target_operands

MAX_PRECISE = 2
MAX_ROUNDS = 6


def ranges(
    body: p.Block, layers: Mapping[str, int] = NO_LAYERS
) -> tuple[dict[p.Expr, Interval], dict[int, State]]:
    """The interval of every expression that some run may evaluate, and what is known where each part is
    split off."""
    analysis = _Ranges(layers)
    analysis.block(body, {})
    return analysis.ranges, analysis.at_split


class _Ranges(Conditions):
    """Statements; conditions and expressions are in the classes below it."""

    def __init__(self, layers: Mapping[str, int] = NO_LAYERS) -> None:
        super().__init__(layers)
        self._loops = 0
        self._breaks: list[list[State]] = []
        self._assigned: dict[p.For, frozenset[p.Register]] = {}
        self.at_split: dict[int, State] = {}

    def block(self, body: p.Block, state: State | None) -> State | None:
        for statement in body:
            if state is None:
                break
            state = self._statement(statement, state)
        return state

    def _statement(self, node: p.Statement, state: State) -> State | None:
        match node:
            case p.Assign() | p.Update():
                return self._assign(node, state)
            case p.If():
                return self._if(node, state)
            case p.For():
                return self._for(node, state)
            case p.Switch():
                return self._switch(node, state)
            case p.Break():
                self._breaks[-1].append(state)
                return None
            case p.Return():
                self.value(node.value, state)
                return None
            case p.Split():
                if node.where is not None:
                    self.value(node.where, state)
                if self.recording:
                    self.at_split[node.part] = joined(self.at_split.get(node.part), state) or state
                self.block(node.body, state)
            case p.Evaluate():
                self.value(node.call, state)
            case p.Transmit():
                if node.id is not None:
                    self.value(node.id, state)
                self.value(node.index, state)
        return state

    def _assign(self, node: p.Assign | p.Update, state: State) -> State:
        for operand in target_operands(node.target):
            self.value(operand, state)
        interval = self.value(node.value, state)
        if isinstance(node, p.Update):
            old = intervals.wrapped(_before(node.target, state), node.type)
            combined = intervals.combine(node.op, old, interval, node.type)
            interval = intervals.wrapped(combined, node.target.type)
        if isinstance(node.target, p.ToRegister):
            return updated(state, node.target.register, interval)
        return state

    def _if(self, node: p.If, state: State) -> State | None:
        after: State | None = None
        rest: State | None = state
        for condition, body in node.branches:
            if rest is None:
                return after
            _, holds, rest = self.condition(condition, rest)
            after = joined(after, self.block(body, holds))
        return joined(after, self.block(node.otherwise, rest))

    def _switch(self, node: p.Switch, state: State) -> State | None:
        interval = self.value(node.value, state)
        key = self.tracked(node.value, state)
        after: State | None = None
        for values, body in node.cases:
            possible = [value for value in values if interval[0] <= value <= interval[1]]
            entry = state if possible else None
            if possible and key is not None:
                entry = updated(state, key, (min(possible), max(possible)))
            after = joined(after, self.block(body, entry))
        only = interval[0] == interval[1]
        taken = only and any(interval[0] in values for values, _ in node.cases)
        return joined(after, self.block(node.default, None if taken else state))

    def _for(self, node: p.For, state: State) -> State | None:
        entry = state if node.init is None else self._assign(node.init, state)
        self._loops += 1
        head = self._head(node, entry)
        _, after, breaks = self._round(node, head)
        self._loops -= 1
        for state_at_break in breaks:
            after = joined(after, state_at_break)
        return after

    def _head(self, node: p.For, entry: State) -> State:
        """What holds whenever the test of a loop is reached."""
        if self._loops > MAX_PRECISE:
            return forgotten(entry, self._assigned_in(node))
        recording, self.recording = self.recording, False
        head = self._fixpoint(node, entry)
        # One round from a fixpoint is contained in it and as sound, but tighter.
        back, _, _ = self._round(node, head)
        self.recording = recording
        return joined(entry, back) or entry

    def _fixpoint(self, node: p.For, entry: State) -> State:
        head = entry
        for _ in range(MAX_ROUNDS):
            back, _, _ = self._round(node, head)
            reached = joined(entry, back) or entry
            if included(reached, head):
                return head
            head = widened(head, reached)
        return forgotten(entry, self._assigned_in(node))

    def _round(self, node: p.For, head: State) -> tuple[State | None, State | None, list[State]]:
        """One test and iteration: the state behind the update, behind the failed test, at BREAKs."""
        holds: State | None = head
        fails: State | None = None
        if node.test is not None:
            _, holds, fails = self.condition(node.test, head)
        self._breaks.append([])
        back = self.block(node.body, holds)
        breaks = self._breaks.pop()
        if back is not None and node.update is not None:
            back = self._assign(node.update, back)
        return back, fails, breaks

    def _assigned_in(self, node: p.For) -> frozenset[p.Register]:
        found = self._assigned.get(node)
        if found is None:
            found = frozenset(
                statement.target.register
                for statement in statements(inner_statements(node))
                if isinstance(statement, p.Assign | p.Update) and isinstance(statement.target, p.ToRegister)
            )
            self._assigned[node] = found
        return found


def _before(target: p.Target, state: State) -> Interval:
    """What a target may hold before an update."""
    match target:
        case p.ToRegister(register=register):
            return known(state, register)
        case p.ToField(field=field):
            return 0, (1 << field.width) - 1
        case p.ToRaw(part=(bits, _)):
            return 0, (1 << bits) - 1
    return intervals.full(target.type)


def interval_at(e: p.Expr, state: State) -> Interval:
    """The interval of an expression that is evaluated where `state` holds."""
    return _Ranges().value(e, state)
