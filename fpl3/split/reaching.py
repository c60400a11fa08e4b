"""What is sure where a part is split off: which assignment each register comes from, and whether bytes
0..11 of the packet may have been written.

Forwards over the structure of the statements. Of a register the one assignment is kept that made its
value on every path, as long as a second evaluation would give the same: nothing that it reads has
changed since.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fpl3.check import program as p
from fpl3.check.walk import inner_statements, statements, subexpressions
from fpl3.split.effects import writes_packet
from fpl3.split.lost import Lost

Made = dict[p.Register, p.Assign]


@dataclass(frozen=True, slots=True)
class Point:
    """What holds at one place of a part; `touched` names a write to bytes 0..11 on a path to it."""

    made: Made = field(default_factory=dict)
    touched: p.Statement | None = None


def reaching(program: p.Checked) -> dict[int, Point]:
    """The point of every SPLIT, by the part that it splits off."""
    walk = _Walk(Lost(program))
    walk.block(program.body, Point())
    return walk.found


def repeatable(e: p.Expr) -> bool:
    """Whether an expression reads the packet and constants only: no memory, no registers, no calls."""
    changing = p.ReadMemory | p.ReadRegister | p.CallExtern
    return not any(isinstance(inner, changing) for inner in subexpressions(e))


class _Walk:
    def __init__(self, lost: Lost) -> None:
        self.lost = lost
        self.found: dict[int, Point] = {}
        self.breaks: list[list[Point]] = []

    def block(self, body: p.Block, point: Point | None) -> Point | None:
        for statement in body:
            if point is None:
                break
            point = self._statement(statement, point)
        return point

    def _statement(self, s: p.Statement, point: Point) -> Point | None:
        if isinstance(s, p.If | p.Switch | p.For | p.Split | p.Return):
            point = self._evaluated(s, point)
        match s:
            case p.If():
                return self._either([body for _, body in s.branches] + [s.otherwise], point)
            case p.Switch():
                return self._either([body for _, body in s.cases] + [s.default], point)
            case p.For():
                return self._for(s, point)
            case p.Break():
                self.breaks[-1].append(point)
                return None
            case p.Return():
                return None
            case p.Split():
                self.found[s.part] = point
                self.block(s.body, point)
                return point
        return self._after(s, point)

    def _either(self, bodies: list[p.Block], point: Point) -> Point | None:
        found = None
        for body in bodies:
            found = joined(found, self.block(body, point))
        return found

    def _for(self, s: p.For, point: Point) -> Point | None:
        """Whatever the loop changes is unknown at its head: one round is enough then."""
        inside = list(statements(inner_statements(s)))
        point = self._after(s.init, point) if s.init is not None else point
        for statement in inside:
            point = self._after(statement, point)
        point = Point({r: a for r, a in point.made.items() if a not in inside}, point.touched)
        self.breaks.append([])
        self.block(s.body, point)
        for left in self.breaks.pop():
            point = joined(point, left) or point
        return point

    def _evaluated(self, s: p.Statement, point: Point) -> Point:
        """Behind the expressions of a statement with bodies: external functions in them may write."""
        touched = s if self.lost.writes(s) else point.touched
        return Point({} if writes_packet(s) else point.made, touched)

    def _after(self, s: p.Statement, point: Point) -> Point:
        touched = s if self.lost.writes(s) else point.touched
        made = {} if writes_packet(s) else point.made
        if isinstance(s, p.Assign | p.Update) and isinstance(s.target, p.ToRegister):
            made = {r: a for r, a in made.items() if r is not s.target.register}
            if isinstance(s, p.Assign) and repeatable(s.value):
                made[s.target.register] = s
        return Point(made, touched)


def joined(left: Point | None, right: Point | None) -> Point | None:
    if left is None or right is None:
        return right if left is None else left
    made = {r: a for r, a in left.made.items() if right.made.get(r) is a}
    return Point(made, left.touched or right.touched)
