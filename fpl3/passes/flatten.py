"""Conditions without branches.

Form in: conditions that end at the first term that decides them. Form out: terms that are cheap, pure
and safe to evaluate anyway are joined by All and Any, so that nothing is left to mispredict; a branch
stays behind a term that seldom holds where much hangs on it. Measured: a flat chain of five tests
costs 3 ns a packet where the branching one costs 6 (benchmarks/bench_filters.py).

A load is safe to evaluate anyway if it stays inside what is known to be captured and the 64 bytes that
the engine keeps readable behind every packet (ffpf_object.h); its value is then not used.
"""

from __future__ import annotations

from dataclasses import replace

from fpl3.ir import nodes as ir
from fpl3.ir.bounds import SLACK, highest, least_captured
from fpl3.ir.walk import bodies_of, operands, with_bodies
from fpl3.passes.chance import SELDOM, chance
from fpl3.passes.fold import fold_expression
from fpl3.passes.structure import structure
from fpl3.types import I32

MOST_TERMS = 24
MOST_ROUNDS = 6


def flatten(program: ir.Program) -> ir.Program:
    """Joins and tidies in turn: each may make room for the other."""
    for _ in range(MOST_ROUNDS):
        work = _Flatten(program)
        body = work.body(program.body, 0)
        flat = structure(replace(program, body=body, locals=tuple(work.locals)))
        if flat == program:
            break
        program = flat
    return program


class _Flatten:
    """One round over a program; conditions that are asked twice are kept in new locals."""

    def __init__(self, program: ir.Program) -> None:
        self.locals = list(program.locals)

    def body(self, body: ir.Body, captured: int) -> ir.Body:
        flat = [r for s in body for r in self._statement(s, captured)]
        out: list[ir.Statement] = []
        at = 0
        while at < len(flat):
            end = _alike(flat, at)
            out.append(_joined(flat[at:end], captured))
            at = end
        return tuple(_joined_guards(out, captured))

    def _statement(self, s: ir.Statement, captured: int) -> ir.Body:
        if isinstance(s, ir.If):
            return self._if(s, captured)
        bodies = bodies_of(s)
        return (with_bodies(s, [self.body(b, captured) for b in bodies]) if bodies else s,)

    def _if(self, s: ir.If, captured: int) -> ir.Body:
        known = max(captured, least_captured(s.condition))
        then, otherwise = self.body(s.then, known), self.body(s.otherwise, captured)
        s = replace(s, then=then, otherwise=otherwise)
        before: list[ir.Statement] = []
        if _hoistable(s, captured):
            before, s = self._hoisted(s, captured)
        inner = s.then[0] if len(s.then) == 1 else None
        if isinstance(inner, ir.If) and not inner.otherwise and not s.otherwise:
            both = fold_expression(ir.AndThen((s.condition, inner.condition)))
            s = replace(s, condition=both, then=inner.then)
        if s.likely is None:
            s = replace(s, condition=_eager(s.condition, captured))
        return (*before, s)

    def _hoisted(self, s: ir.If, captured: int) -> tuple[list[ir.Statement], ir.If]:
        """The guards in front of the branch, and the branch without them."""
        before: list[ir.Statement] = []
        asked = _eager(s.condition, captured)
        if not isinstance(asked, ir.Compare | ir.Local):
            local = ir.Local(I32, f"c{len(self.locals)}")
            self.locals.append(local)
            before.append(ir.SetLocal(s.span, local, asked))
            asked = local
            s = replace(s, condition=local)
        while _hoistable(s, captured):
            guard = s.then[0]
            assert isinstance(guard, ir.Guard)
            negated = fold_expression(ir.Not(asked))
            condition = fold_expression(ir.Any((negated, guard.condition)))
            before.append(replace(guard, condition=condition))
            s = replace(s, then=s.then[1:])
        return before, s


def _hoistable(s: ir.If, captured: int) -> bool:
    """Whether the guard that the branch begins with may be asked before the branch, as `the condition
    fails or the guard holds`: the same runs abort, and what follows may be evaluated anyway."""
    if s.otherwise or len(s.then) < 2 or chance(s.condition) <= SELDOM:
        return False
    *guards, last = s.then
    if not isinstance(last, ir.If) or not all(isinstance(g, ir.Guard) for g in guards):
        return False
    first = s.then[0]
    assert isinstance(first, ir.Guard)
    return is_safe(s.condition, captured) and is_safe(first.condition, captured)


def _joined_guards(body: list[ir.Statement], captured: int) -> list[ir.Statement]:
    """Neighbouring guards of one reason as one."""
    out: list[ir.Statement] = []
    for s in body:
        both = _both_guards(out[-1], s, captured) if out else None
        if both is None:
            out.append(s)
        else:
            out[-1] = both
    return out


def _both_guards(a: ir.Statement, b: ir.Statement, captured: int) -> ir.Guard | None:
    if not (isinstance(a, ir.Guard) and isinstance(b, ir.Guard) and a.reason == b.reason):
        return None
    if not is_safe(b.condition, captured):
        return None
    both = fold_expression(ir.All((a.condition, b.condition)))
    return replace(a, condition=both, interval=None)


def _alike(body: list[ir.Statement], start: int) -> int:
    """The end of the Ifs from `start` on that return the same constant; at least start + 1."""
    first = body[start]
    end = start + 1
    if not isinstance(first, ir.If) or not _returns_constant(first):
        return end
    while end < len(body):
        s = body[end]
        if not isinstance(s, ir.If) or s.otherwise or s.then != first.then:
            break
        end += 1
    return end


def _joined(alike: list[ir.Statement], captured: int) -> ir.Statement:
    """Ifs that return the same constant as one."""
    first = alike[0]
    if len(alike) == 1 or not isinstance(first, ir.If):
        return first
    conditions = tuple(s.condition for s in alike if isinstance(s, ir.If))
    either = fold_expression(ir.OrElse(conditions))
    return replace(first, condition=_eager(either, captured))


def _returns_constant(s: ir.If) -> bool:
    last = s.then[0] if len(s.then) == 1 and not s.otherwise else None
    return isinstance(last, ir.Return) and isinstance(last.value, ir.Const)


def _eager(e: ir.Expr, captured: int) -> ir.Expr:
    """The condition with its safe terms joined without branches."""
    match e:
        case ir.AndThen():
            terms = [_eager(t, captured) for t in e.terms]
            return _and(terms, captured)
        case ir.OrElse():
            terms = [_eager(t, captured) for t in e.terms]
            return _or(terms, captured)
        case ir.Not():
            return fold_expression(ir.Not(_eager(e.operand, captured)))
        case _:
            return e


def _and(terms: list[ir.Expr], captured: int) -> ir.Expr:
    groups: list[list[ir.Expr]] = [[]]
    for number, term in enumerate(terms):
        safe = is_safe(term, captured)
        if groups[-1] and (not safe or len(groups[-1]) >= MOST_TERMS):
            groups.append([])
        groups[-1].append(term)
        if not safe or (chance(term) <= SELDOM and _is_much(terms[number + 1 :])):
            groups.append([])
    joined = [fold_expression(ir.All(tuple(g))) for g in groups if g]
    return fold_expression(ir.AndThen(tuple(joined)))


def _or(terms: list[ir.Expr], captured: int) -> ir.Expr:
    if len(terms) > MOST_TERMS or not all(is_safe(t, captured) for t in terms):
        return fold_expression(ir.OrElse(tuple(terms)))
    return fold_expression(ir.Any(tuple(terms)))


def _is_much(rest: list[ir.Expr]) -> bool:
    """Whether skipping these terms is worth a branch."""
    return sum(map(_operations, rest)) > 3


def _operations(e: ir.Expr) -> int:
    return sum(map(_operations, operands(e))) + (not isinstance(e, ir.Const | ir.Convert | ir.Local))


def is_safe(e: ir.Expr, captured: int) -> bool:
    """Whether an expression may be evaluated where the program would not, and is cheap."""
    match e:
        case ir.Load():
            end = highest(e.offset)
            if end is None or end + e.type.bits // 8 > captured + SLACK:
                return False
        case ir.Present() | ir.Offset() | ir.Element() | ir.Lookup() | ir.HashBytes():
            return False
        case ir.FlowHash() | ir.Jump():
            return False
        case ir.Binary(op="/" | "%"):
            return isinstance(e.right, ir.Const) and e.right.value != 0 and is_safe(e.left, captured)
        case ir.Binary(op="<<" | ">>", total=False):
            # The count is in range where the program asks, which is not here.
            count = highest(e.right)
            if count is None or count >= e.type.bits:
                return False
    return all(is_safe(o, captured) for o in operands(e))
