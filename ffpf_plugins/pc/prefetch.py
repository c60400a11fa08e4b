"""Which bytes of a packet are fetched ahead of its run: those that most runs look at.

Two cache lines a packet are asked for at most: the ones with the first and the last of these bytes. On
a stream of packets the lines that a program asks for are what it costs, so none is fetched for the sake
of a branch that is seldom taken.
"""

from __future__ import annotations

from collections.abc import Iterator

from fpl3.ir import nodes as ir
from fpl3.ir.evaluate import binary
from fpl3.ir.walk import bodies_of, expressions, subexpressions
from fpl3.passes.chance import SELDOM, chance
from fpl3.types import U8

# Packets ahead, and the cache that is filled (__builtin_prefetch: 3 is the first, 2 the second). Of
# large packets the processor's own prefetching guesses wrong, and what comes late into the first cache
# holds up the next: they are asked for twice. Measured best of 16, 24, 32, 48, 60 (benchmarks).
NEAR_AHEAD, NEAR_LEVEL = 32, 3
FAR_AHEAD, FAR_LEVEL = 48, 2
NEAR = 12  # bytes so close together lie in one line, nearly always
# What parsing headers looks at: from the EtherType to the ports behind an IPv4 header.
HEADERS = (12, 38)
# What a byte that an offset is computed from usually is: the first one of an IPv4 header without options.
LENGTH_BYTE = 0x45
FARTHEST = 256


def prefetched(program: ir.Program) -> tuple[int, ...]:
    """Offsets from the first byte of a packet, ascending, at most two; none if no byte is read."""
    found = [byte for byte in _body(program.body) if 0 <= byte < FARTHEST]
    if not found:
        return ()
    first, last = min(found), max(found)
    return (first,) if last - first < NEAR else (first, last)


def _body(body: ir.Body) -> Iterator[int]:
    for s in body:
        if isinstance(s, ir.Locate | ir.Part):
            yield from HEADERS
        for e in expressions(s):
            for inner in subexpressions(e):
                yield from _bytes(inner)
        for inner_body in _usual(s):
            yield from _body(inner_body)


def _usual(s: ir.Statement) -> tuple[ir.Body, ...]:
    """The bodies that are not seldom run."""
    if not isinstance(s, ir.If):
        return bodies_of(s)
    if s.likely is not None:
        return (s.then if s.likely else s.otherwise,)
    return (s.otherwise,) if chance(s.condition) <= SELDOM else (s.then, s.otherwise)


def _bytes(e: ir.Expr) -> Iterator[int]:
    match e:
        case ir.Load():
            at = _usual_value(e.offset)
            if at is None:
                yield from HEADERS
            else:
                yield at
                yield at + e.type.bits // 8 - 1
        case ir.HashBytes():
            yield from HEADERS
        case ir.FlowHash():
            yield from HEADERS


def _usual_value(e: ir.Expr) -> int | None:
    match e:
        case ir.Const():
            return e.value
        case ir.Load() if e.type == U8:
            return LENGTH_BYTE
        case ir.Convert():
            inner = _usual_value(e.operand)
            return None if inner is None else e.type.wrap(inner)
        case ir.Binary() if e.op not in ("/", "%"):
            left, right = _usual_value(e.left), _usual_value(e.right)
            return None if left is None or right is None else binary(e.op, e.type, left, right)
        case _:
            return None
