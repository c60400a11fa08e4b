"""A fast copy behind one large check.

Form in: guards on constant numbers of captured bytes that could not be merged, because a branch or an
effect lies between. Form out: `if (CAPLEN >= n) fast else slow`, where the fast copy has none of
these guards up to n and the slow copy is the program as it was. The meaning is the same to the abort;
almost all packets take the fast copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fpl3.ir import nodes as ir
from fpl3.ir.walk import bodies_of, statements, with_bodies
from fpl3.passes.chance import SELDOM, chance
from fpl3.types import U32

# A minimal Ethernet frame without its checksum: what every frame on a real link has.
MOST_BYTES = 60
MOST_STATEMENTS = 400
FEW_STATEMENTS = 80


def versions(program: ir.Program) -> ir.Program:
    last = max((n for n, s in enumerate(program.body) if any(_sizes((s,)))), default=-1)
    if sum(1 for _ in statements(program.body)) <= FEW_STATEMENTS:
        last = len(program.body) - 1  # whole, so that both copies end the run
    first, rest = program.body[: last + 1], program.body[last + 1 :]
    sizes = sorted(_sizes(first))
    if len(sizes) < 2 or sum(1 for _ in statements(first)) > MOST_STATEMENTS:
        return program
    check = ir.InBounds(ir.Const(U32, 0), ir.Const(U32, sizes[-1]))
    fast, slow = _without(first, sizes[-1]), _renamed(first)
    both = ir.If(first[0].span, check, fast, slow, likely=True)
    return replace(program, body=(both, *rest))


def _sizes(body: ir.Body) -> Iterator[int]:
    """Sizes that guards ask for, but for those behind a condition that seldom holds: frames of 54
    bytes are common, and should not go the slow way for the sake of IPv6."""
    for s in body:
        size = _size(s)
        if size is not None and size <= MOST_BYTES:
            yield size
        if isinstance(s, ir.If) and chance(s.condition) <= SELDOM:
            yield from _sizes(s.otherwise)
            continue
        for inner in bodies_of(s):
            yield from _sizes(inner)


def _size(s: ir.Statement) -> int | None:
    match s:
        case ir.Guard(condition=ir.InBounds(offset=ir.Const(value=at), length=ir.Const(value=length))) if (
            at >= 0 and length >= 0
        ):
            return at + length
        case _:
            return None


def _without(body: ir.Body, size: int) -> ir.Body:
    out: list[ir.Statement] = []
    for s in body:
        own = _size(s)
        if own is not None and own <= size:
            continue
        bodies = bodies_of(s)
        out.append(with_bodies(s, [_without(b, size) for b in bodies]) if bodies else s)
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
