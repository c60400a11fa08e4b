"""What the modules of the checker share while one program is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.check.constants import Exact
from fpl3.check.environment import Environment
from fpl3.check.names import Names, Scope
from fpl3.diagnostics import Note, Sink
from fpl3.externs import Instance, Options
from fpl3.kinds import Kind
from fpl3.source import Source, Span
from fpl3.syntax import tree
from fpl3.types import IntType

MAX_DEPTH = 200
MAX_EXPANDED = 250_000
TRAIL_ENDS = 3

Value = Exact | p.Expr


class Rejected(Exception):
    """The construct being checked has been refused, and the sink knows why."""


@dataclass(frozen=True, slots=True, eq=False)
class Narrowing:
    """An assignment that keeps fewer bits than its value has; judged when ranges are known."""

    span: Span
    value: p.Expr
    low: int
    high: int
    target: str


@dataclass(slots=True)
class Settings:
    """What USE statements and tables of next hops said, each with its place."""

    loop_budget: int = 65_536
    hash_ixp48: bool = False
    places: dict[str, Span] = field(default_factory=dict)
    tx_mac: p.NextHops = field(default_factory=lambda: p.NextHops(()))
    tx_ip: p.NextHops = field(default_factory=lambda: p.NextHops(()))
    tx_node: tuple[str, ...] = ()
    node: str | None = None
    state_words: int = 1


@dataclass(slots=True)
class Flow:
    """Where the statement being checked stands."""

    loops: int = 0
    splits: int = 0
    loops_outside_split: int = 0
    depth: int = 0


class Context:
    """One check: the sink, the names, and everything that the program was found to use.

    `value` checks an expression; it is handed in, so that the modules below expressions.py can call
    back into it without importing it.
    """

    def __init__(
        self,
        sink: Sink,
        environment: Environment,
        value: Callable[[Context, tree.Expression, Scope], Value],
    ) -> None:
        self.sink = sink
        self.environment = environment
        self._value = value
        self.names = Names()
        self.settings = Settings(tx_mac=p.NextHops(environment.tx_mac))
        self.flow = Flow()
        self.sources: list[Source] = []
        self.registers: list[p.Register | None] = [None] * 64
        self.named_registers: list[p.Register] = []
        self.arrays: list[p.Array] = []
        self.deduced: dict[p.Array, Span] = {}
        self.tables: list[p.Table] = []
        self.rules: list[p.Rule] = []
        self.sets: list[p.NumberSet] = []
        self._set_ids: set[int] = set()
        self.literal_sets: dict[tuple[tuple[tuple[int, int], ...], bool], p.NumberSet] = {}
        self.externs: dict[str, Instance] = {}
        self.unnamed_externs: dict[tuple[str, Options], Instance] = {}
        self.parts: list[Span] = []
        self.state_writes: list[Span] = []
        self.narrowings: list[Narrowing] = []
        self.expanded_tests: set[p.Expr] = set()
        self.trail: list[Note] = []
        self.rule_ids: dict[tuple[int, int], p.Rule] = {}
        self.suggestions = 0
        self.literal_set_count = 0
        self._depth = 0
        self._expanded = 0

    def value(self, node: tree.Expression, scope: Scope) -> Value:
        """Check one expression; constants stay exact until they meet a variable."""
        return self._value(self, node, scope)

    def rejected(
        self,
        kind: Kind,
        span: Span,
        message: str,
        *,
        notes: Iterable[Note] = (),
        help: str | None = None,
    ) -> Rejected:
        """Reports an error; the caller raises what this returns."""
        self.sink.error(kind, span, message, notes=[*notes, *self._trail()], help=help)
        return Rejected()

    def warn(
        self,
        kind: Kind,
        span: Span,
        message: str,
        *,
        notes: Iterable[Note] = (),
        help: str | None = None,
    ) -> None:
        self.sink.warning(kind, span, message, notes=[*notes, *self._trail()], help=help)

    def _trail(self) -> list[Note]:
        """How macros led here, innermost first; of a long way both ends."""
        way = self.trail[::-1]
        if len(way) <= 2 * TRAIL_ENDS:
            return way
        skipped = Note(f"... {len(way) - 2 * TRAIL_ENDS} more macros between ...")
        return [*way[:TRAIL_ENDS], skipped, *way[-TRAIL_ENDS:]]

    @contextmanager
    def via(self, note: Note) -> Iterator[None]:
        """Diagnostics inside carry `note`: which macro brought them there."""
        self.trail.append(note)
        try:
            yield
        finally:
            self.trail.pop()

    def enter(self, node: tree.Expression, scope: Scope, levels: int = 1) -> None:
        """Count one expression against the limits; pair with `leave`."""
        if self._depth + levels > MAX_DEPTH:
            raise self.rejected(
                kinds.TOO_DEEP,
                node.span,
                f"this expression is nested deeper than {MAX_DEPTH} levels",
                help="compute a part of it into a register first",
            )
        if scope.in_macro:
            self._expanded += 1
            if self._expanded > MAX_EXPANDED + 1:
                raise Rejected  # said once
            if self._expanded > MAX_EXPANDED:
                raise self.rejected(
                    kinds.MACRO_TOO_LARGE,
                    node.span,
                    f"the macros of this program expand to more than {MAX_EXPANDED:,} expressions",
                    help="compute what repeats into a register once",
                )
        self._depth += levels

    def leave(self, levels: int = 1) -> None:
        self._depth -= levels

    def note_test(self, test: p.Expr) -> None:
        """Tests made by a macro are often decided by its arguments: no warning about those."""
        if self.trail:
            self.expanded_tests.add(test)

    def register(self, number: int, span: Span) -> p.Register:
        """R[number], made at its first use."""
        found = self.registers[number]
        if found is None:
            found = p.Register(f"R[{number}]", IntType(32, False), span)
            self.registers[number] = found
        return found

    def use_set(self, found: p.NumberSet) -> p.NumberSet:
        # By identity: sets compare by value, and comparing 100,000 ranges is not free.
        if id(found) not in self._set_ids:
            self._set_ids.add(id(found))
            self.sets.append(found)
        return found
