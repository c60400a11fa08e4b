"""How often loops can run: where the total of a run is proved, the loop budget is left out.

A loop counts if it is `FOR (r = a; r < b; r += c)` (or <=, and ++), nothing else assigns r, and the
checker's intervals bound a, b and c. Then it makes at most (high(b) - low(a) + c - 1) / c iterations,
provided r cannot wrap. Loops inside loops multiply, loops side by side add.
"""

from __future__ import annotations

from fpl3.check import program as checked
from fpl3.passes.lowering.registers import assigned_in
from fpl3.types import IntType


class Trips:
    """Which loops need the budget; every run of a part has a budget of its own."""

    def __init__(self, program: checked.Checked) -> None:
        self.program = program
        self._proved: set[checked.For] = set()
        self._prove_part(program.body)

    def needs_budget(self, loop: checked.For) -> bool:
        return loop not in self._proved

    def _prove_part(self, body: checked.Block) -> None:
        loops: list[checked.For] = []
        total = self._total(body, loops)
        if total is not None and total <= self.program.loop_budget:
            self._proved.update(loops)

    def _total(self, body: checked.Block, loops: list[checked.For]) -> int | None:
        """The most iterations that one execution of a block makes; None if unknown."""
        totals = [self._of_statement(s, loops) for s in body]
        known = [t for t in totals if t is not None]
        return sum(known) if len(known) == len(totals) else None

    def _of_statement(self, s: checked.Statement, loops: list[checked.For]) -> int | None:
        match s:
            case checked.For():
                loops.append(s)
                inner, own = self._total(s.body, loops), self._bound(s)
                return None if inner is None or own is None else own * (1 + inner)
            case checked.If():
                return self._most([b for _, b in s.branches] + [s.otherwise], loops)
            case checked.Switch():
                return self._most([b for _, b in s.cases] + [s.default], loops)
            case checked.Split():
                self._prove_part(s.body)
                return 0
            case _:
                return 0

    def _most(self, bodies: list[checked.Block], loops: list[checked.For]) -> int | None:
        totals = [self._total(b, loops) for b in bodies]
        known = [t for t in totals if t is not None]
        return max(known, default=0) if len(known) == len(totals) else None

    def _bound(self, loop: checked.For) -> int | None:
        init, test, update = loop.init, loop.test, loop.update
        if not (isinstance(init, checked.Assign) and isinstance(init.target, checked.ToRegister)):
            return None
        register = init.target.register
        step = self._step(update, register)
        limit = self._limit(test, register)
        if step is None or limit is None or register in assigned_in(loop.body):
            return None
        start = self._interval(init.value)
        # One step beyond the limit must not wrap round, or the loop would start again.
        if limit + step > register.type.high:
            return None
        return max(0, -(-(limit - start[0]) // step))

    def _step(self, update: object, register: checked.Register) -> int | None:
        if (
            isinstance(update, checked.Update)
            and isinstance(update.target, checked.ToRegister)
            and update.target.register is register
            and update.op == "+"
            and isinstance(update.value, checked.Constant)
            and update.value.value > 0
        ):
            return update.value.value
        return None

    def _limit(self, test: object, register: checked.Register) -> int | None:
        """The least value at which the test fails for certain."""
        if not (isinstance(test, checked.Compare) and test.op in ("<", "<=")):
            return None
        left = test.left
        while isinstance(left, checked.Convert) and _keeps(left):
            left = left.operand
        if not (isinstance(left, checked.ReadRegister) and left.register is register):
            return None
        return self._interval(test.right)[1] + (test.op == "<=")

    def _interval(self, e: checked.Expr) -> tuple[int, int]:
        assert isinstance(e.type, IntType)
        return self.program.ranges.get(e, (e.type.low, e.type.high))


def _keeps(conversion: checked.Convert) -> bool:
    source = conversion.operand.type
    return isinstance(source, IntType) and _fits(source, conversion.type)


def _fits(source: IntType, target: IntType) -> bool:
    """Whether every value of one type is a value of the other."""
    return target.holds(source.low) and target.holds(source.high)
