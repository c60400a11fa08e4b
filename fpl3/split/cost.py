"""What a run of a part costs on a target, in cycles, and how often it gets to each SPLIT.

A part costs what its own statements cost, each as often as it is reached; chances.py guesses how often
that is, trips.py how long loops are. The compilers read a field or a place of the packet once a run,
so only the first read counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log2

from fpl3.check import program as p
from fpl3.check.walk import direct_expressions, operands
from fpl3.split.chances import Chances, Known
from fpl3.split.cost_table import CostTable
from fpl3.split.parts import Part
from fpl3.split.trips import Trips


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of the traffic. `runs`: how often parts run for one packet of input, by number, as
    measured; the others are guessed. `length`: the average length of a packet in bytes."""

    runs: dict[int, float] = field(default_factory=dict)
    length: float = 500


@dataclass(frozen=True, slots=True)
class Work:
    """One run of a part: its `cycles`, and how often it gets to each SPLIT, by the part split off."""

    cycles: float
    reached: dict[int, float]


class Costs:
    """Answers for one program."""

    def __init__(self, program: p.Checked, profile: Profile) -> None:
        self.profile = profile
        self.chances = Chances(program.ranges)
        self.trips = Trips(program.ranges, profile.length)

    def part(self, part: Part, table: CostTable) -> Work:
        """A run of a part on a target: without what brings the packet there."""
        meter = _Meter(table, self.chances, self.trips)
        meter.cycles = table.run
        meter.block(part.body, 1.0, Known())
        return Work(meter.cycles, meter.reached)


@dataclass(frozen=True, slots=True)
class _Flow:
    """How often control comes out of a block: at its end, by BREAK; else the run has ended. `known` is
    what is known at the end."""

    falls: float
    breaks: float
    known: Known


class _Meter:
    """Adds up the cycles of one part; `often` is how often what is looked at is reached in a run."""

    def __init__(self, table: CostTable, chances: Chances, trips: Trips) -> None:
        self.table, self.chances, self.trips = table, chances, trips
        self.cycles = 0.0
        self.reached: dict[int, float] = {}
        self.read: set[tuple[object, ...]] = set()

    def block(self, body: p.Block, often: float, known: Known) -> _Flow:
        breaks = 0.0
        for statement in body:
            flow = self._statement(statement, often, known)
            often, known = flow.falls, flow.known
            breaks += flow.breaks
        return _Flow(often, breaks, known)

    def _statement(self, s: p.Statement, often: float, known: Known) -> _Flow:
        match s:
            case p.If():
                return self._if(s, often, known)
            case p.Switch():
                return self._switch(s, often, known)
            case p.For():
                return self._for(s, often, known)
            case p.Break():
                return _Flow(0, often, known)
        for expression in direct_expressions(s):
            self.cycles += often * self._expression(expression, known)
        self.cycles += often * self._own(s)
        if isinstance(s, p.Split):
            self.reached[s.part] = self.reached.get(s.part, 0.0) + often
        return _Flow(0.0 if isinstance(s, p.Return) else often, 0, known)

    def _own(self, s: p.Statement) -> float:
        """What a statement costs besides its expressions."""
        table = self.table
        match s:
            case p.Assign() | p.Update():
                return self._target(s)
            case p.Transmit():
                return table.transmit + table.copy_byte * self.trips.length
            case p.Alert():
                return table.alert
            case p.Return(value=p.Constant(value=0)):
                return 0
            case p.Return():
                return table.deliver
        return 0

    def _target(self, s: p.Assign | p.Update) -> float:
        work = self._operator(s.op) if isinstance(s, p.Update) else 0.0
        match s.target:
            case p.ToMemory():
                return work + self.table.update
            case p.ToRaw() | p.ToField():
                self.read.clear()  # what was read may have been written over
                return work + self.table.write
        return work

    def _if(self, s: p.If, often: float, known: Known) -> _Flow:
        falls = breaks = 0.0
        behind = known
        for condition, body in s.branches:
            self.cycles += often * (self._expression(condition, known) + self.table.branch)
            chance = self.chances.holds(condition, known)
            flow = self.block(body, often * chance, self.chances.where(condition, known))
            if flow.falls == 0:  # whoever comes behind the IF has not been here
                behind = behind.without(condition)
            falls, breaks = falls + flow.falls, breaks + flow.breaks
            often, known = often * (1 - chance), known.without(condition)
        flow = self.block(s.otherwise, often, known)
        return _Flow(falls + flow.falls, breaks + flow.breaks, behind)

    def _switch(self, s: p.Switch, often: float, known: Known) -> _Flow:
        """All bodies are as likely, and the default one of them; values of one body are one."""
        ways = len(s.cases) + 1
        values = sum(len(values) for values, _ in s.cases)
        choice = self.table.branch + self.table.simple * log2(values + 1)
        self.cycles += often * (self._expression(s.value, known) + choice)
        falls = breaks = 0.0
        for body in (*(body for _, body in s.cases), s.default):
            flow = self.block(body, often / ways, known)
            falls, breaks = falls + flow.falls, breaks + flow.breaks
        return _Flow(falls, breaks, known)

    def _for(self, s: p.For, often: float, known: Known) -> _Flow:
        """`trips` times unless the body leaves: with the chance to stay in it `stays`, the round n is
        begun stays ** n times. A loop over a packet reads everywhere in it: every read counts."""
        if s.init is not None:
            self._statement(s.init, often, known)
        once = _Meter(self.table, self.chances, self.trips)
        flow = once.block(s.body, 1.0, known)
        if s.update is not None:
            once._statement(s.update, flow.falls, known)
        test = 0.0 if s.test is None else once._expression(s.test, known)
        trips, stays = self.trips.of_loop(s), flow.falls
        begun = trips if stays >= 1 else (1 - stays**trips) / (1 - stays)
        self.cycles += often * (begun * (once.cycles + test + self.table.iteration) + test)
        for part, times in once.reached.items():
            self.reached[part] = self.reached.get(part, 0.0) + often * begun * times
        through = 1.0 if stays >= 1 else stays**trips
        return _Flow(min(often, often * (through + begun * flow.breaks)), 0, known)

    # Expressions ---------------------------------------------------------------------------------

    def _expression(self, e: p.Expr, known: Known) -> float:
        match e:
            case p.And() | p.Or():
                holds = self.chances.holds(e.left, known)
                second = holds if isinstance(e, p.And) else 1 - holds
                there = self.chances.where(e.left, known) if isinstance(e, p.And) else known
                both = self._expression(e.left, known), self._expression(e.right, there)
                return both[0] + self.table.simple + second * both[1]
        if self._is_known(e):
            return 0.0
        return self._operation(e) + sum(self._expression(inner, known) for inner in operands(e))

    def _is_known(self, e: p.Expr) -> bool:
        """Whether the part has read this before."""
        match e:
            case p.ReadField():
                key: tuple[object, ...] = (e.field,)
            case p.ReadRaw(offset=p.Constant(value=offset)):
                key = (offset, e.width)
            case p.ReadLayer() | p.FlowHash():
                key = (e.which,)
            case p.Has():
                key = (e.header,)
            case _:
                return False
        if key in self.read:
            return True
        self.read.add(key)
        return False

    def _operation(self, e: p.Expr) -> float:
        """What an operator itself costs."""
        table = self.table
        match e:
            case p.Arithmetic():
                return self._operator(e.op)
            case p.Compare() | p.Negate() | p.Complement() | p.ReadPart():
                return table.simple
            case p.ReadRaw():
                return table.load
            case p.ReadField() | p.ReadLayer() | p.Has():
                return table.field
            case p.ReadMemory():
                return table.memory
            case p.ReadTable():
                return table.table
            case p.Guarded():
                return table.branch
            case p.Member():
                return table.member + table.member_step * log2(max(len(e.set.ranges), 1))
            case p.Hash():
                return table.hash + table.hash_byte * self.trips.of_bytes(e.length)
            case p.FlowHash():
                return table.flow_hash
            case p.Consistent():
                return table.consistent
            case p.CallExtern():
                return table.call + table.call_scale * e.function.cost
        return 0.0

    def _operator(self, op: str) -> float:
        match op:
            case "*":
                return self.table.multiply
            case "/" | "%":
                return self.table.divide
        return self.table.simple
