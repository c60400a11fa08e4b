"""The statements of one run, and how a run ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from fpl3.check import program as p
from fpl3.interpreter.arithmetic import combine
from fpl3.interpreter.expressions import Values
from fpl3.interpreter.outcome import Abort, Absent, Outcome, Run
from fpl3.interpreter.places import locate
from fpl3.interpreter.transmit import sent, transmitted
from fpl3.types import IntType


class _Return(Exception):
    def __init__(self, verdict: int) -> None:
        super().__init__(verdict)
        self.verdict = verdict


class _Break(Exception):
    """Leaves the innermost FOR."""


def run_part(number: int, body: p.Block, values: Values, outcome: Outcome) -> None:
    """One run of a part, entered into the outcome when it has ended."""
    part = _Part(number, values, outcome, values.loaded.program.loop_budget)
    verdict = 0
    try:
        part.block(body)
        ending = "dropped"
    except _Return as ended:
        verdict = ended.verdict
        ending = "delivered" if verdict else "dropped"
    except Absent:
        ending = "absent_field"
    except Abort as abort:
        ending = abort.reason
    outcome.runs.append(Run(number, ending, verdict, values.frame.data))


@dataclass(slots=True)
class _Part:
    number: int
    values: Values
    outcome: Outcome
    budget: int

    def block(self, body: p.Block) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, s: p.Statement) -> None:
        match s:
            case p.Assign():
                place = locate(self.values, s.target)
                place.store(self.values.of(s.value))
            case p.Update():
                self._update(s)
            case p.If():
                self._if(s)
            case p.For():
                self._for(s)
            case p.Break():
                raise _Break
            case p.Switch():
                value = self.values.of(s.value)
                self.block(next((b for cases, b in s.cases if value in cases), s.default))
            case p.Return():
                raise _Return(self.values.of(s.value) & 0xFFFFFFFF)
            case p.Evaluate():
                self.values.of(s.call)
            case p.Transmit(table="Node"):
                self.outcome.sent.append(sent(self.values, s))
            case p.Transmit():
                self.outcome.transmitted.append(transmitted(self.values, s))
            case p.Split():
                self._split(s)
            case p.Alert():
                self.outcome.alerts.append((self.number, s.rule))
            case _:
                assert_never(s)

    def _update(self, s: p.Update) -> None:
        place = locate(self.values, s.target)
        value = self.values.of(s.value)
        old = s.type.wrap(place.load())
        target = s.target.type
        assert isinstance(target, IntType), "an IPv6 address cannot be updated"
        place.store(target.wrap(combine(s.op, s.type, old, value)))

    def _if(self, s: p.If) -> None:
        for condition, body in s.branches:
            if self.values.of(condition):
                return self.block(body)
        return self.block(s.otherwise)

    def _for(self, s: p.For) -> None:
        if s.init is not None:
            self._statement(s.init)
        while s.test is None or self.values.of(s.test):
            if self.budget == 0:
                raise Abort("loop_budget")
            self.budget -= 1
            try:
                self.block(s.body)
            except _Break:
                return
            if s.update is not None:
                self._statement(s.update)

    def _split(self, s: p.Split) -> None:
        if s.where is not None:
            self.values.of(s.where)
        run_part(s.part, s.body, self.values.copy(), self.outcome)
