"""The state of one lowering: where statements go, which local stands for which register."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fpl3.check import program as checked
from fpl3.check.program import Checked, Interval
from fpl3.ir import nodes as ir
from fpl3.source import Span
from fpl3.types import IntType

MAX_CAPLEN = 16 << 20  # the engine's FFPF_MAX_CAPLEN


class Context:
    """Statements are appended to `out`; `nested` collects those of a body."""

    def __init__(self, program: Checked) -> None:
        self.program = program
        self.out: list[ir.Statement] = []
        self.locals: list[ir.Local] = []
        self.registers: dict[checked.Register, ir.Local] = {}
        self.state: dict[int, ir.Local] = {}
        self.sets: dict[tuple[checked.NumberSet, int], int] = {}
        self.used_labels: set[str] = set()
        self.absent: str | None = None
        self.outside: str | None = None
        self.breaks: list[str] = []
        self.part = 0
        self._labels = 0
        self._temporaries = 0

    def emit(self, statement: ir.Statement) -> None:
        self.out.append(statement)

    @contextmanager
    def nested(self) -> Iterator[list[ir.Statement]]:
        """Collects what is emitted inside into a list of its own."""
        outer, self.out = self.out, []
        try:
            yield self.out
        finally:
            self.out = outer

    @contextmanager
    def absent_goes_to(self, label: str | None) -> Iterator[None]:
        """Where an absent field leaves to inside; None: it aborts the run."""
        outer, self.absent = self.absent, label
        try:
            yield
        finally:
            self.absent = outer

    @contextmanager
    def outside_goes_to(self, label: str | None) -> Iterator[None]:
        """Where a read outside the packet leaves to (fields made by MACRO ... WHEN)."""
        outer, self.outside = self.outside, label
        try:
            yield
        finally:
            self.outside = outer

    def label(self, hint: str) -> str:
        self._labels += 1
        return f"{hint}{self._labels}"

    def leave(self, span: Span, label: str) -> ir.Leave:
        self.used_labels.add(label)
        return ir.Leave(span, label)

    def temporary(self, of: IntType) -> ir.Local:
        self._temporaries += 1
        return self.declare(f"t{self._temporaries}", of)

    def declare(self, name: str, of: IntType) -> ir.Local:
        local = ir.Local(of, name)
        self.locals.append(local)
        return local

    def register(self, register: checked.Register) -> ir.Local:
        """The local of a register in the part that is being lowered."""
        if register not in self.registers:
            self.registers[register] = self.declare(local_name(register, 0), register.type)
        return self.registers[register]

    def spilled(self, span: Span, value: ir.Expr) -> ir.Expr:
        """The value kept in a temporary, so that later effects do not change it."""
        if isinstance(value, ir.Const):
            return value
        local = self.temporary(value.type)
        self.emit(ir.SetLocal(span, local, value))
        return local

    def interval(self, expression: checked.Expr) -> Interval | None:
        """What the checker knows about an expression's value; else its type's range."""
        known = self.program.ranges.get(expression)
        if known is not None:
            return known
        of = expression.type
        return (of.low, of.high) if isinstance(of, IntType) else None

    def set_number(self, members: checked.NumberSet, bits: int) -> int:
        return self.sets.setdefault((members, bits), len(self.sets))


def local_name(register: checked.Register, part: int) -> str:
    """`R[3]` of the main program is r3, a named register x is v_x; parts have a prefix (a suffix
    could be the end of a user's name)."""
    name = f"r{register.name[2:-1]}" if register.name.startswith("R[") else f"v_{register.name}"
    return f"p{part}_{name}" if part else name
