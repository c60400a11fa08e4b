"""What must hold before an expression may be evaluated: the half of the verifier that follows control.

Every Present, Offset and FlowHash (and TX(Ip)) has its stages located on every path, with no structural
write in between; every load at a constant offset is inside bytes that a guard or a test has asked for,
or in the offset of such a test and within the bytes that are readable behind every packet.
Loads at other offsets are not judged: their guards may have gone for reasons that the IR does not tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fpl3.ir import nodes as ir
from fpl3.ir.bounds import SLACK, least_captured
from fpl3.ir.verify import CompilerBug
from fpl3.ir.walk import bodies_of, expressions, operands
from fpl3.passes.fold import fold_expression
from fpl3.passes.headers import ORDER, stages_of


@dataclass(frozen=True, slots=True)
class Known:
    """At a place: bytes that are captured at least, stages that are located."""

    captured: int = 0
    located: frozenset[str] = frozenset()

    def meet(self, other: Known) -> Known:
        return Known(min(self.captured, other.captured), self.located & other.located)


def verify_coverage(program: ir.Program, after: str, *, staged: bool, flat: bool) -> None:
    """Raises CompilerBug. `staged`: the pass headers has run, a Locate is of one stage; `flat`: the
    pass flatten has run, which joins guards in ways that are not followed here (loads are not judged).
    """
    _Coverage(after, staged, flat).body(program.body, Known())


class _Coverage:
    def __init__(self, after: str, staged: bool, flat: bool) -> None:
        self.after = after
        self.staged = staged
        self.flat = flat
        self.leaves: dict[str, Known] = {}

    def require(self, holds: bool, what: str, node: object) -> None:
        if not holds:
            raise CompilerBug(f"after {self.after}: {what}: {node!r}")

    def body(self, body: ir.Body, known: Known) -> Known | None:
        """What is known where the body falls through; None: it does not."""
        current: Known | None = known
        for s in body:
            if current is None:
                return None  # unreachable
            for e in expressions(s):
                self.expression(e, current)
            current = self.statement(s, current)
        return current

    def statement(self, s: ir.Statement, known: Known) -> Known | None:
        match s:
            case ir.Locate():
                return replace(known, located=known.located | self._stages(s.stage))
            case ir.Guard():
                return _assume(known, s.condition)
            case ir.Leave():
                before = self.leaves.get(s.label)
                self.leaves[s.label] = known if before is None else before.meet(known)
                return None
            case ir.Return():
                return None
            case ir.Transmit() if s.table == "Ip":
                self.require(known.located >= set(ORDER), "TX(Ip) of what is not located", s)
            case ir.Block():
                return _either(self.body(s.body, known), self.leaves.pop(s.label, None))
            case ir.Loop():
                start = replace(known, located=frozenset()) if _moves(s) else known
                self.body(s.body, start)
                return self.leaves.pop(s.label, None)
            case ir.If():
                negated = fold_expression(ir.Not(s.condition))
                then = self.body(s.then, _assume(known, s.condition))
                return _either(then, self.body(s.otherwise, _assume(known, negated)))
            case ir.Switch():
                ends = [self.body(b, known) for b in bodies_of(s)]
                joined: Known | None = None
                for end in ends:
                    joined = _either(joined, end)
                return joined
            case ir.Part():
                outer, self.leaves = self.leaves, {}
                self.body(s.body, known)
                self.leaves = outer
        return replace(known, located=frozenset()) if _is_move(s) else known

    def _stages(self, stage: str) -> frozenset[str]:
        if not self.staged:
            return frozenset(stages_of(stage))
        self.require(stage in ORDER, "locate of what is no stage", stage)
        return frozenset((stage,))

    def expression(self, e: ir.Expr, known: Known) -> None:
        match e:
            case ir.AndThen() | ir.OrElse():
                for term in e.terms:
                    self.expression(term, known)
                    asked = term if isinstance(e, ir.AndThen) else fold_expression(ir.Not(term))
                    known = _assume(known, asked)
                return
            case ir.Present() | ir.Offset():
                missing = set(stages_of(e.header)) - known.located
                self.require(not missing, f"{sorted(missing)} not located", e)
            case ir.FlowHash():
                self.require(known.located >= set(ORDER), "flow hash of what is not located", e)
            case ir.InBounds():
                known = replace(known, captured=max(known.captured, SLACK))
            case ir.Load(offset=ir.Const(value=at)) if not self.flat:
                end = at + e.type.bits // 8
                self.require(at >= 0 and end <= known.captured, "load of what nobody asked for", e)
        for operand in operands(e):
            self.expression(operand, known)


def _either(a: Known | None, b: Known | None) -> Known | None:
    if a is None or b is None:
        return a if b is None else b
    return a.meet(b)


def _assume(known: Known, condition: ir.Expr) -> Known:
    """What a condition adds where it holds."""
    for term in _conjuncts(condition):
        match term:
            case ir.InBounds():
                known = replace(known, captured=max(known.captured, least_captured(term)))
            case ir.Const(value=0):
                known = Known(1 << 64, frozenset(ORDER))  # nothing is evaluated behind it
    return known


def _conjuncts(condition: ir.Expr) -> Iterator[ir.Expr]:
    """What holds where the condition holds; a negated alternative says that every term failed."""
    match condition:
        case ir.AndThen() | ir.All():
            for term in condition.terms:
                yield from _conjuncts(term)
        case ir.Not(operand=ir.OrElse() | ir.Any() as alternative):
            for term in alternative.terms:
                yield from _conjuncts(fold_expression(ir.Not(term)))
        case ir.Not(operand=ir.Not(operand=inner)):
            yield from _conjuncts(inner)
        case _:
            yield condition


def _is_move(s: ir.Statement) -> bool:
    """Whether headers may be elsewhere after a statement."""
    if isinstance(s, ir.Store):
        return s.structural
    return isinstance(s, ir.Call) and s.function.packet == "write"


def _moves(s: ir.Statement) -> bool:
    """Whether this run may move its headers inside; a part moves its own."""
    if isinstance(s, ir.Part):
        return False
    return _is_move(s) or any(_moves(inner) for b in bodies_of(s) for inner in b)
