"""Removing guards that cannot fail, merging guards that stand together.

Form in: a guard in front of everything that may fail. Form out: the same meaning with fewer guards.
A guard goes if its operand's interval proves it, or if a condition that holds there implies it (an
earlier guard, a test). A guard on a constant number of captured bytes is merged into an earlier one
of the same reason if only assignments to locals lie between: nobody can tell them apart then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fpl3.ir import nodes as ir
from fpl3.ir.bounds import constant_end, least_captured
from fpl3.ir.walk import bodies_of, statements, subexpressions, with_bodies
from fpl3.passes.fold import fold_expression
from fpl3.passes.structure import falls_through


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at a place: at least `captured` bytes, and that the conditions hold."""

    captured: int = 0
    holds: frozenset[ir.Expr] = frozenset()

    def and_(self, condition: ir.Expr) -> Facts:
        if isinstance(condition, ir.AndThen | ir.All):
            facts = self
            for term in condition.terms:
                facts = facts.and_(term)
            return facts
        captured = max(self.captured, least_captured(condition))
        if constant_end(condition) is not None:
            return replace(self, captured=captured)
        if _is_volatile(condition) or isinstance(condition, ir.Const):
            return replace(self, captured=captured)
        return replace(self, captured=captured, holds=self.holds | {condition})

    def without(self, names: set[str]) -> Facts:
        """After assignments to locals."""
        kept = frozenset(c for c in self.holds if not names & locals_of(c))
        return self if len(kept) == len(self.holds) else replace(self, holds=kept)

    def meet(self, other: Facts) -> Facts:
        return Facts(min(self.captured, other.captured), self.holds & other.holds)


def guards(program: ir.Program) -> ir.Program:
    body = _Guards().body(program.body, Facts())[0]
    return replace(program, body=merge_constant_guards(body))


class _Guards:
    """One walk in the order of execution; `leaves` collects the facts at each Leave."""

    def __init__(self) -> None:
        self.leaves: dict[str, Facts] = {}

    def body(self, body: ir.Body, facts: Facts) -> tuple[ir.Body, Facts | None]:
        """The body with fewer guards, and the facts where it falls through (None: it does not)."""
        out: list[ir.Statement] = []
        current: Facts | None = facts
        for s in body:
            if current is None:
                out.append(s)  # unreachable; the structure pass removes it
                continue
            result, current = self._statement(s, current)
            out += result
        return tuple(out), current

    def _statement(self, s: ir.Statement, facts: Facts) -> tuple[ir.Body, Facts | None]:
        match s:
            case ir.Guard():
                if implied(s.condition, s.interval, facts):
                    return (), facts
                return (s,), facts.and_(s.condition) if falls_through(s) else None
            case ir.SetLocal():
                return (s,), _after_assignment(s, facts)
            case ir.Call(result=ir.Local(name=name)):
                return (s,), facts.without({name})
            case ir.Leave():
                known = self.leaves.get(s.label)
                self.leaves[s.label] = facts if known is None else known.meet(facts)
                return (s,), None
            case ir.Return():
                return (s,), None
            case ir.If():
                return self._if(s, facts)
            case ir.Block():
                body, end = self.body(s.body, facts)
                return (replace(s, body=body),), self._joined(s.label, end)
            case ir.Loop():
                start = facts.without(assigned(s.body))
                body, _ = self.body(s.body, start)
                return (replace(s, body=body),), self._joined(s.label, None)
            case ir.Part():
                body, _ = self.body(s.body, facts)
                return (replace(s, body=body),), facts
            case ir.Switch():
                return self._switch(s, facts)
            case _:
                return (s,), facts

    def _joined(self, label: str, end: Facts | None) -> Facts | None:
        left = self.leaves.pop(label, None)
        return _either(left, end)

    def _if(self, s: ir.If, facts: Facts) -> tuple[ir.Body, Facts | None]:
        then, after_then = self.body(s.then, facts.and_(s.condition))
        negated = fold_expression(ir.Not(s.condition))
        otherwise, after_else = self.body(s.otherwise, _and_not(facts, negated))
        return (replace(s, then=then, otherwise=otherwise),), _either(after_then, after_else)

    def _switch(self, s: ir.Switch, facts: Facts) -> tuple[ir.Body, Facts | None]:
        results = [self.body(b, facts) for b in bodies_of(s)]
        after: Facts | None = None
        for _, end in results:
            after = _either(after, end)
        return (with_bodies(s, [b for b, _ in results]),), after


def _and_not(facts: Facts, negated: ir.Expr) -> Facts:
    """Facts where a condition failed: of an OrElse every term failed."""
    inner = negated.operand if isinstance(negated, ir.Not) else None
    if isinstance(inner, ir.OrElse | ir.Any):
        for term in inner.terms:
            facts = facts.and_(fold_expression(ir.Not(term)))
        return facts
    return facts.and_(negated)


def _either(a: Facts | None, b: Facts | None) -> Facts | None:
    if a is None or b is None:
        return a if b is None else b
    return a.meet(b)


def _after_assignment(s: ir.SetLocal, facts: Facts) -> Facts:
    return facts.without({s.local.name})


def assigned(body: ir.Body) -> set[str]:
    """Locals that a body (and the parts in it) assigns."""
    names = {s.local.name for s in statements(body) if isinstance(s, ir.SetLocal)}
    return names | {s.result.name for s in statements(body) if isinstance(s, ir.Call) and s.result}


def locals_of(e: ir.Expr) -> set[str]:
    return {n.name for n in subexpressions(e) if isinstance(n, ir.Local)}


def _is_volatile(e: ir.Expr) -> bool:
    """Whether a write to packet, memory or headers may change the value."""
    kinds = ir.Load | ir.Element | ir.Present | ir.Offset | ir.HashBytes | ir.FlowHash
    return any(isinstance(n, kinds) for n in subexpressions(e))


def implied(condition: ir.Expr, interval: tuple[int, int] | None, facts: Facts) -> bool:
    """Whether a guard's condition holds for certain."""
    match condition:
        case ir.Const(value=value):
            return value != 0
        case ir.Below(limit=limit) if interval and interval[0] >= 0 and interval[1] < limit:
            return True
        case ir.Compare(op="!=", right=ir.Const(value=0)) if interval and not (
            interval[0] <= 0 <= interval[1]
        ):
            return True
        case ir.InBounds():
            return _bytes_implied(condition, interval, facts)
        case _:
            return condition in facts.holds


def _bytes_implied(condition: ir.InBounds, interval: tuple[int, int] | None, facts: Facts) -> bool:
    constant = constant_end(condition)
    if constant is not None:
        return constant <= facts.captured
    if condition in facts.holds:
        return True
    if not isinstance(condition.length, ir.Const):
        return False
    length = condition.length.value
    if interval and interval[0] >= 0 and interval[1] + length <= facts.captured:
        return True
    return any(_covers(fact, condition.offset, length) for fact in facts.holds)


def _covers(fact: ir.Expr, offset: ir.Expr, length: int) -> bool:
    """Whether a fact says that `length` bytes at `offset` were captured."""
    match fact:
        case ir.InBounds(offset=at, length=ir.Const(value=known)):
            return at == offset and known >= length
        case ir.Compare(op="<", left=left, right=ir.Meta(which="CAPLEN")):
            return length == 1 and left == offset and not left.type.signed
        case ir.Compare(op=">", left=ir.Meta(which="CAPLEN"), right=right):
            return length == 1 and right == offset and not right.type.signed
        case _:
            return False


def merge_constant_guards(body: ir.Body) -> ir.Body:
    """Of constant guards with only assignments to locals between them, the first asks for all."""
    out: list[ir.Statement] = []
    first: int | None = None
    for s in body:
        bodies = bodies_of(s)
        if bodies:
            s = with_bodies(s, [merge_constant_guards(b) for b in bodies])
        size = constant_end(s.condition) if isinstance(s, ir.Guard) else None
        if size is not None and first is not None:
            earlier = out[first]
            assert isinstance(earlier, ir.Guard)
            if size > (constant_end(earlier.condition) or 0):
                assert isinstance(s, ir.Guard)
                out[first] = replace(earlier, condition=s.condition, interval=s.interval)
            continue
        if size is not None:
            first = len(out)
        elif not isinstance(s, ir.SetLocal | ir.Locate):
            first = None
        out.append(s)
    return tuple(out)
