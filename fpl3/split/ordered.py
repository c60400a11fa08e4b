"""Which persistent state must see its accesses in order (language.md sections 2 and 6).

An array is commutative if every access is an update of its own MERGE row, by a value that does not
read it; anything else makes it ordered. The state of an external function is commutative if all that is
called of it is declared so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fpl3.check import program as p
from fpl3.check.walk import direct_expressions, subexpressions, target_operands
from fpl3.externs import Instance
from fpl3.source import Span
from fpl3.split.alike import alike
from fpl3.split.parts import Part, own_statements
from fpl3.types import IntType

UPDATES = {"SUM": ("+", "-"), "OR": ("|",), "MAX": (), "MIN": ()}


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """One access to an array or to the state of an external function, in a part; `index` is None for
    all of it. `constant`: it assigns this constant, which OR and unsigned MAX may do in any order."""

    to: p.Array | Instance
    part: int
    span: Span
    index: p.Expr | None
    commutes: bool
    constant: int | None = None


def accesses(all_parts: tuple[Part, ...], ranges: dict[p.Expr, p.Interval]) -> tuple[Access, ...]:
    """Every access of every part, in the order of parts and text."""
    return tuple(a for part in all_parts for s in own_statements(part.body) for a in _of(s, part, ranges))


def ordered(found: tuple[Access, ...]) -> dict[p.Array | Instance, list[Access]]:
    """The accesses of what is ordered, by what it is."""
    by: dict[p.Array | Instance, list[Access]] = {}
    for access in found:
        by.setdefault(access.to, []).append(access)
    return {to: there for to, there in by.items() if not _commutative(to, there)}


def _commutative(to: p.Array | Instance, there: list[Access]) -> bool:
    if all(access.commutes for access in there):
        return True
    if not isinstance(to, p.Array) or not (to.merge == "OR" or (to.merge == "MAX" and not to.type.signed)):
        return False
    written = {access.constant for access in there}
    return None not in written and len(written) == 1


def _of(s: p.Statement, part: Part, ranges: dict[p.Expr, p.Interval]) -> Iterator[Access]:
    own = _own_read(s, ranges)
    for expression in direct_expressions(s):
        for inner in subexpressions(expression):
            if isinstance(inner, p.ReadMemory) and inner is not own:
                yield Access(inner.array, part.number, inner.span, inner.index, False)
            if isinstance(inner, p.CallExtern):
                yield from _of_call(inner, part)
    if isinstance(s, p.Assign | p.Update) and isinstance(s.target, p.ToMemory):
        array, constant = s.target.array, None
        commutes = own is not None or (isinstance(s, p.Update) and _is_update(s, array))
        if isinstance(s, p.Assign) and isinstance(s.value, p.Constant):
            constant = s.value.value
        reads_itself = any(
            isinstance(inner, p.ReadMemory) and inner.array is array and inner is not own
            for e in (*target_operands(s.target), s.value)
            for inner in subexpressions(e)
        )
        commutes = commutes and not reads_itself
        yield Access(array, part.number, s.span, s.target.index, commutes, constant)


def _of_call(call: p.CallExtern, part: Part) -> Iterator[Access]:
    if call.array is not None:
        yield Access(call.array, part.number, call.span, None, False)
    if call.instance.extern.state is not None and not call.function.pure:
        yield Access(call.instance, part.number, call.span, None, call.function.commutative)


def _is_update(s: p.Update, array: p.Array) -> bool:
    """Sums and unions modulo 2**bits: conversions to a wider type and back change nothing."""
    return s.op in UPDATES[array.merge]


def _own_read(s: p.Statement, ranges: dict[p.Expr, p.Interval]) -> p.ReadMemory | None:
    """The read of A[i] in `A[i] = MAX(A[i], e)` of an array with MERGE MAX; the same for MIN."""
    if not isinstance(s, p.Assign) or not isinstance(s.target, p.ToMemory):
        return None
    array, value = s.target.array, _unwrapped(s.value, ranges)
    if not isinstance(value, p.Arithmetic) or value.op != array.merge:
        return None
    for mine, other in ((value.left, value.right), (value.right, value.left)):
        read = _unwrapped(mine, ranges)
        fits = _within(ranges.get(other), array.type)
        if isinstance(read, p.ReadMemory) and read.array is array and fits and _holds(value.type, array):
            return read if alike(read.index, s.target.index) and _is_pure(read.index) else None
    return None


def _unwrapped(e: p.Expr, ranges: dict[p.Expr, p.Interval]) -> p.Expr:
    """Without conversions that change no value."""
    while isinstance(e, p.Convert):
        inner = e.operand.type
        widens = isinstance(inner, IntType) and e.type.low <= inner.low and inner.high <= e.type.high
        if (
            not widens
            and not _within(ranges.get(e.operand), e.type)
            and not isinstance(e.operand, p.Arithmetic)
        ):
            return e
        e = e.operand
    return e


def _within(interval: p.Interval | None, type: IntType) -> bool:
    return interval is not None and type.low <= interval[0] and interval[1] <= type.high


def _holds(type: IntType, array: p.Array) -> bool:
    """Whether the comparison is made in a type that holds all values of the array."""
    return type.low <= array.type.low and array.type.high <= type.high


def _is_pure(e: p.Expr) -> bool:
    return not any(isinstance(inner, p.CallExtern) for inner in subexpressions(e))
