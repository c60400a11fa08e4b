"""Partitioned arrays: the index must determine the node (language.md section 6).

Every part that touches the array sits in a SPLIT(f(K)) with the same f and K, and every index is
K, K + c or K * c + d with 0 <= d < c: then equal indexes have equal K, and equal K one node.
"""

from __future__ import annotations

from collections.abc import Iterator

from fpl3.check import program as p
from fpl3.check.walk import operands, statements, subexpressions
from fpl3.split.alike import alike
from fpl3.split.effects import assigns, reads_packet, writes_packet
from fpl3.split.ordered import Access
from fpl3.split.parts import Part
from fpl3.split.place import Placement
from fpl3.types import IntType


def partitioned(
    there: list[Access], parts: tuple[Part, ...], placement: Placement, program: p.Checked
) -> bool:
    """Whether the accesses to one array are spread over nodes by their index."""
    splits = [_spreading(parts, placement, access.part) for access in there]
    if any(split is None for split in splits):
        return False
    spread = [split for split in splits if split is not None]
    first = spread[0]
    if not all(_goes_alike(first, other, placement) for other in spread):
        return False
    assert first.split is not None and first.split.where is not None
    return any(_by(key, there, spread, program) for key in _keys(first.split.where))


def _spreading(parts: tuple[Part, ...], placement: Placement, number: int) -> Part | None:
    """The innermost part around a part that goes to one of several nodes; those between stay with it."""
    while number > 0:
        part = parts[number]
        routes = [route for (of, _), route in placement.routes.items() if of == number]
        if any(len(route.targets) > 1 for route in routes):
            return part
        moves = any(
            route.targets != (sender,) for (of, sender), route in placement.routes.items() if of == number
        )
        if moves:
            return None
        number = part.parent
    return None


def _goes_alike(first: Part, other: Part, placement: Placement) -> bool:
    """Whether equal values of their `where` mean one node."""
    assert first.split is not None and other.split is not None
    routes = [
        {sender: route for (of, sender), route in placement.routes.items() if of == part.number}
        for part in (first, other)
    ]
    senders = list(routes[0])
    same = senders == list(routes[1]) and len(senders) == 1
    return same and alike(first.split.where, other.split.where)


_FUNCTIONS = (p.Arithmetic, p.Convert, p.Negate, p.Complement, p.Consistent, p.ReadTable)


def _keys(where: p.Expr) -> Iterator[p.Expr]:
    """The K of where = f(K): expressions that hold all of it that varies. f is arithmetic: what reads the
    packet or memory at a place that K gives is no function of K."""
    while True:
        yield where
        if not isinstance(where, _FUNCTIONS):
            return
        varying = [child for child in operands(where) if not isinstance(child, p.Constant)]
        if len(varying) != 1:
            return
        where = varying[0]


def _by(key: p.Expr, there: list[Access], spread: list[Part], program: p.Checked) -> bool:
    shapes = set()
    for access, part in zip(there, spread, strict=True):
        if access.index is None or not _stable(key, part):
            return False
        shape = _shape(access.index, key, program.ranges)
        if shape is None:
            return False
        factor, added = shape
        shapes.add((factor, added // factor))
    return len(shapes) == 1


def _stable(key: p.Expr, part: Part) -> bool:
    """Whether the key has the same value everywhere in the part as at its SPLIT."""
    inside = list(statements(part.body))
    for inner in subexpressions(key):
        if isinstance(inner, p.ReadMemory | p.CallExtern):
            return False
        if isinstance(inner, p.ReadRegister) and any(assigns(s, inner.register) for s in inside):
            return False
    return not reads_packet(key) or not any(map(writes_packet, inside))


def _shape(index: p.Expr, key: p.Expr, ranges: dict[p.Expr, p.Interval]) -> tuple[int, int] | None:
    """(a, b) if the index is key * a + b without a wrap, else None."""
    if alike(index, key):
        return 1, 0
    match index:
        case p.Convert():
            inner = ranges.get(index.operand)
            fits = inner is not None and index.type.low <= inner[0] and inner[1] <= index.type.high
            return _shape(index.operand, key, ranges) if fits else None
        case p.Arithmetic(op="+" | "*", left=left, right=right):
            if isinstance(left, p.Constant):
                left, right = right, left
            if not isinstance(right, p.Constant) or right.value < (index.op == "*"):
                return None
            found = _shape(left, key, ranges)
            if found is None or not _exact(index, left, right.value, ranges):
                return None
            a, b = found
            return (a, b + right.value) if index.op == "+" else (a * right.value, b * right.value)
    return None


def _exact(e: p.Arithmetic, left: p.Expr, constant: int, ranges: dict[p.Expr, p.Interval]) -> bool:
    """Whether the operation never wraps around."""
    known = ranges.get(left)
    if known is None or not isinstance(e.type, IntType):
        return False
    results = [v + constant if e.op == "+" else v * constant for v in known]
    return e.type.low <= min(results) and max(results) <= e.type.high
