"""A fast copy behind one large check.

Form in: guards on captured bytes that could not be merged, because a branch or an effect lies between.
Form out: `if (CAPLEN >= n) fast else slow`, where the fast copy has none of these guards up to n and the
slow copy is the program as it was. n is a constant, or grows with one offset that the packet says (the
length of its IPv4 header). The meaning is the same to the abort; almost all packets take the fast copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fpl3.ir import nodes as ir
from fpl3.ir.bounds import SLACK, constant_end, end_of, highest
from fpl3.ir.walk import bodies_of, statements, subexpressions, with_bodies
from fpl3.passes.chance import SELDOM, chance, chance_to_leave
from fpl3.types import U32

# A minimal Ethernet frame without its checksum: what every frame on a real link has.
MOST_BYTES = 60
# What the length that an IPv4 header says of itself usually adds.
USUAL = 20
MOST_STATEMENTS = 400
FEW_STATEMENTS = 80


@dataclass(frozen=True, slots=True)
class _Ample:
    """What the fast copy may rely on: `size` bytes, and `beyond` bytes behind the offset `base`."""

    size: int
    base: ir.Expr | None = None
    beyond: int = 0

    @property
    def condition(self) -> ir.Expr:
        terms: list[ir.Expr] = []
        if self.size > (self.beyond if self.base else 0):
            terms.append(ir.InBounds(ir.Const(U32, 0), ir.Const(U32, self.size)))
        if self.base is not None:
            terms.append(ir.InBounds(self.base, ir.Const(U32, self.beyond)))
        # Both hold nearly always: two branches that are well predicted, and nothing to join.
        return terms[0] if len(terms) == 1 else ir.AndThen(tuple(terms))

    def covers(self, s: ir.Statement) -> bool:
        if not isinstance(s, ir.Guard) or not isinstance(s.condition, ir.InBounds):
            return False
        base, end = end_of(s.condition)
        if base is None:
            return end <= self.size
        return base == self.base and end <= self.beyond


def versions(program: ir.Program) -> ir.Program:
    last = max((n for n, s in enumerate(program.body) if any(_guards((s,)))), default=-1)
    if sum(1 for _ in statements(program.body)) <= FEW_STATEMENTS:
        last = len(program.body) - 1  # whole, so that both copies end the run
    first, rest = program.body[: last + 1], program.body[last + 1 :]
    guards = list(_guards(first))
    if len(guards) < 2 or sum(1 for _ in statements(first)) > MOST_STATEMENTS:
        return program
    ample = _ample(guards, moves=_may_move(first))
    if ample is None:
        return program
    fast, slow = _without(first, ample), _renamed(first)
    both = ir.If(first[0].span, ample.condition, fast, slow, likely=True)
    return replace(program, body=(both, *rest))


def _ample(guards: list[ir.InBounds], moves: bool) -> _Ample | None:
    size = max((constant_end(g) or 0 for g in guards), default=0)
    ends = [end_of(g) for g in guards if constant_end(g) is None]
    base = ends[0][0] if ends and not moves else None
    if base is not None:
        beyond = max(end for of, end in ends if of == base)
        # The base is never negative: where this many bytes lie behind it, the others are there too.
        return _Ample(size, base, max(beyond, size) if size + USUAL <= MOST_BYTES else beyond)
    return _Ample(size) if sum(constant_end(g) is not None for g in guards) > 1 else None


def _may_move(body: ir.Body) -> bool:
    """Whether an offset may be another one later: what the packet says of it may be written."""
    return any(isinstance(s, ir.Store | ir.Call | ir.Part) for s in statements(body))


def _guards(body: ir.Body) -> Iterator[ir.InBounds]:
    """The guards that a fast copy can do without, but for those behind a condition that seldom holds:
    frames of 54 bytes are common, and should not go the slow way for the sake of IPv6."""
    reached = 1.0
    for s in body:
        if reached <= SELDOM:
            return
        if isinstance(s, ir.Guard) and isinstance(s.condition, ir.InBounds) and _is_usual(s.condition):
            yield s.condition
        if isinstance(s, ir.If) and chance(s.condition) <= SELDOM:
            yield from _guards(s.otherwise)
        else:
            for inner in bodies_of(s):
                yield from _guards(inner)
        reached *= 1 - chance_to_leave((s,))


def _is_usual(asked: ir.InBounds) -> bool:
    """Whether nearly every packet has these bytes."""
    base, end = end_of(asked)
    if base is None:
        return end <= MOST_BYTES
    return end + USUAL <= MOST_BYTES and _is_from_packet(base)


def _is_from_packet(base: ir.Expr) -> bool:
    """A small offset from bytes at the packet's start, which can be read before anything is known."""
    most = highest(base)
    if most is None or most > SLACK or base.type != U32:
        return False
    for e in subexpressions(base):
        match e:
            case ir.Load(offset=ir.Const(value=at)) if at >= 0 and at + e.type.bits // 8 <= SLACK:
                pass
            case ir.Const() | ir.Convert() | ir.Binary(op="&" | "<<" | "+" | "*", total=False):
                pass
            case _:
                return False
    return True


def _without(body: ir.Body, ample: _Ample) -> ir.Body:
    out: list[ir.Statement] = []
    for s in body:
        if ample.covers(s):
            continue
        bodies = bodies_of(s)
        out.append(with_bodies(s, [_without(b, ample) for b in bodies]) if bodies else s)
    return tuple(out)


def _renamed(body: ir.Body) -> ir.Body:
    """Labels are unique in a program; locals are shared, only one copy runs."""
    out: list[ir.Statement] = []
    for s in body:
        match s:
            case ir.Block() | ir.Loop():
                s = replace(s, label=f"{s.label}_slow")
            case ir.Leave():
                s = replace(s, label=f"{s.label}_slow")
        bodies = bodies_of(s)
        out.append(with_bodies(s, [_renamed(b) for b in bodies]) if bodies else s)
    return tuple(out)
