"""How often a condition holds, guessed from its shape: for choosing between a branch and none."""

from __future__ import annotations

from fpl3.ir import nodes as ir

SELDOM = 0.1


def chance(e: ir.Expr) -> float:
    """How often a condition holds, guessed from its shape."""
    match e:
        case ir.Compare(op="=="):
            return _equality(e.left, e.right)
        case ir.Compare(op="!="):
            return 1 - _equality(e.left, e.right)
        case ir.InSet():
            return 0.15
        case ir.Not():
            return 1 - chance(e.operand)
        case ir.All() | ir.AndThen():
            product = 1.0
            for term in e.terms:
                product *= chance(term)
            return product
        case ir.Any() | ir.OrElse() if all(map(_is_rare_type, e.terms)):
            return SELDOM
        case ir.Any() | ir.OrElse():
            product = 1.0
            for term in e.terms:
                product *= 1 - chance(term)
            return 1 - product
        case _:
            return 0.5


def chance_to_leave(body: ir.Body, inside: frozenset[str] = frozenset()) -> float:
    """How often control does not fall off the end of a body; `inside`: labels that lie within it."""
    stays = 1.0
    for s in body:
        match s:
            case ir.Return():
                return 1.0
            case ir.Leave():
                stays *= s.label in inside
            case ir.If():
                holds = chance(s.condition)
                leaves = holds * chance_to_leave(s.then, inside)
                stays *= 1 - leaves - (1 - holds) * chance_to_leave(s.otherwise, inside)
            case ir.Block():
                stays *= 1 - chance_to_leave(s.body, inside | {s.label})
    return 1 - stays


def _equality(left: ir.Expr, right: ir.Expr) -> float:
    if not isinstance(right, ir.Const):
        return 0.2
    if isinstance(left, ir.Binary):
        return 0.8 if right.value == 0 else 0.2
    if _is_ethertype(left) and right.value >= 0x0600:
        return 0.75 if right.value == 0x0800 else 0.1  # most packets are IPv4
    if left.type.bits >= 32:
        return 0.03
    return 0.4 if left.type.bits == 8 else 0.15


def _is_rare_type(e: ir.Expr) -> bool:
    """A test for an EtherType other than IPv4: all of them together are seldom."""
    match e:
        case ir.Compare(op="==", left=left, right=ir.Const(value=value)):
            return _is_ethertype(left) and value >= 0x0600 and value != 0x0800
        case _:
            return False


def _is_ethertype(e: ir.Expr) -> bool:
    """A word where EtherTypes stand, behind up to two tags."""
    if not isinstance(e, ir.Load) or e.type.bits != 16:
        return False
    return isinstance(e.offset, ir.Const) and e.offset.value in (12, 16, 20)
