"""One comparison in front of the guards that flatten joins."""

from __future__ import annotations

from fpl3.ir import nodes as ir
from fpl3.ir.bounds import end_of
from fpl3.ir.walk import statements
from fpl3.passes.ample import sufficient
from fpl3.types import U8, U32
from tests.unit.pc_agreement import after, lines

PORTS = "RETURN(PKT.W[12] == ETH_IP6 && PKT.B[20] == 6 && (PKT.W[54] == 443 || PKT.W[56] == 443));"


def captured(size: int) -> ir.InBounds:
    return ir.InBounds(ir.Const(U32, 0), ir.Const(U32, size))


NEVER_ASKED = ir.Compare("==", ir.Load(U8, ir.Const(U32, 0)), ir.Const(U8, 6))


def test_an_exact_guard_stands_behind_its_most_bytes() -> None:
    found = lines(PORTS, "ample")
    at = next(n for n, line in enumerate(found) if line == "if !captured(56, 2)")
    assert found[at + 1].startswith("guard all(captured(20, 1), any((packet[20]:8 != 6), ")


def test_the_guard_itself_is_as_before() -> None:
    """Behind the comparison stands what stood there without it: the same runs abort."""
    before = [s for s in statements(after(PORTS, "fold-2").body) if isinstance(s, ir.Guard)]
    behind = [s for s in statements(after(PORTS, "ample").body) if isinstance(s, ir.Guard)]
    assert before == behind


def test_all_needs_all_and_any_needs_one() -> None:
    assert sufficient(captured(20)) == (captured(20),)
    assert sufficient(ir.All((captured(20), captured(30)))) == (captured(30),)
    assert sufficient(ir.All((captured(20), NEVER_ASKED))) is None
    assert sufficient(ir.Any((NEVER_ASKED, captured(30)))) == (captured(30),)
    assert sufficient(ir.Any((NEVER_ASKED, NEVER_ASKED))) is None


def test_not_through_terms_that_are_not_always_evaluated() -> None:
    assert sufficient(ir.OrElse((NEVER_ASKED, captured(30)))) is None
    assert sufficient(ir.AndThen((captured(20), captured(30)))) is None


def test_bounds_of_different_bases_stay_apart() -> None:
    start = ir.Convert(U32, ir.Load(U8, ir.Const(U32, 14)))
    other = ir.InBounds(start, ir.Const(U32, 4))
    found = sufficient(ir.All((captured(20), other, captured(24))))
    assert found is not None
    assert {end_of(b) for b in found} == {(None, 24), (start, 4)}
