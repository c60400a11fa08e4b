"""Liveness: the registers that a block may read before it has set them.

Backwards over the structure of the statements. A body that is split off starts with copies: what it
reads is read at the SPLIT, what it sets is nobody else's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fpl3.check import program as p
from fpl3.check.walk import direct_expressions, operands, subexpressions
from fpl3.split.values import Carried

Live = frozenset[p.Register]
_NONE: Live = frozenset()


@dataclass(frozen=True, slots=True)
class Hidden:
    """Expressions that are not evaluated where they stand: their value is carried. `at` maps a part to
    the registers that are read for such values where it is split off."""

    places: frozenset[p.Expr]
    at: dict[int, Live]

    @staticmethod
    def of(carried: Iterable[Carried]) -> Hidden:
        places: set[p.Expr] = set()
        at: dict[int, Live] = {}
        for value in carried:
            places.update(value.places)
            at[value.at] = at.get(value.at, _NONE) | _registers(value.expression)
        return Hidden(frozenset(places), at)


def live_into(body: p.Block, hidden: Hidden) -> Live:
    """The registers whose values at the start of a part matter to it."""
    return _Liveness(hidden).block(body, _NONE, [])


def _registers(e: p.Expr) -> Live:
    return frozenset(n.register for n in subexpressions(e) if isinstance(n, p.ReadRegister))


def _union(*sets: Live) -> Live:
    return frozenset().union(*sets)


class _Liveness:
    def __init__(self, hidden: Hidden) -> None:
        self.hidden = hidden

    def block(self, body: p.Block, after: Live, breaks: list[Live]) -> Live:
        for statement in reversed(body):
            after = self._statement(statement, after, breaks)
        return after

    def _statement(self, s: p.Statement, after: Live, breaks: list[Live]) -> Live:
        match s:
            case p.Assign(target=p.ToRegister(register=register)):
                return after - {register} | self._reads(s)
            case p.Update(target=p.ToRegister(register=register)):
                return after | {register} | self._reads(s)
            case p.If():
                return self._if(s, after, breaks)
            case p.Switch():
                inside = [self.block(body, after, breaks) for _, body in s.cases]
                return _union(*inside, self.block(s.default, after, breaks)) | self._reads(s)
            case p.For():
                return self._for(s, after)
            case p.Break():
                return breaks[-1]
            case p.Return():
                return self._reads(s)
            case p.Split():
                inside_ = self.block(s.body, _NONE, []) | self.hidden.at.get(s.part, _NONE)
                return after | inside_ | self._reads(s)
        return after | self._reads(s)

    def _if(self, s: p.If, after: Live, breaks: list[Live]) -> Live:
        """A later condition is read only where the earlier ones were false: a union says enough."""
        found = self.block(s.otherwise, after, breaks)
        for condition, body in reversed(s.branches):
            found |= self.block(body, after, breaks) | self._read_by(condition)
        return found

    def _for(self, s: p.For, after: Live) -> Live:
        """A fixpoint: what the head of the loop needs, its body and its update need too."""
        head = after | (_NONE if s.test is None else self._read_by(s.test))
        while True:
            behind = head if s.update is None else self._statement(s.update, head, [after])
            grown = head | self.block(s.body, behind, [after])
            if grown == head:
                break
            head = grown
        return head if s.init is None else self._statement(s.init, head, [after])

    def _reads(self, s: p.Statement) -> Live:
        """The registers that a statement itself reads."""
        return _union(*map(self._read_by, direct_expressions(s)))

    def _read_by(self, e: p.Expr) -> Live:
        found: set[p.Register] = set()
        pending = [e]
        while pending:
            item = pending.pop()
            if item in self.hidden.places:
                continue
            if isinstance(item, p.ReadRegister):
                found.add(item.register)
            pending.extend(operands(item))
        return frozenset(found)
