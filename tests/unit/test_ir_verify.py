"""The verifier refuses broken IR, one case a rule, and names the pass and what is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fpl3.ir import nodes as ir
from fpl3.ir.verify import CompilerBug, verify
from fpl3.passes.coverage import verify_coverage
from fpl3.passes.headers import ORDER
from fpl3.source import Source, Span
from fpl3.types import I32, U8, U16, U32, U64, IntType
from tests.unit.pc_agreement import after

HERE = Span(Source("test", " "), 0, 1)
ZERO, ONE, WIDE, SMALL = ir.Const(U32, 0), ir.Const(I32, 1), ir.Const(U64, 0), ir.Const(U8, 0)
R0, UNKNOWN = ir.Local(U32, "r0"), ir.Local(U32, "nobody")
BASE = after(
    "UINT16 A[2]; CONST UINT8 T[2] = {1, 2}; SET s = {1, 3}; SET t = {::1}; "
    "RULE r = {GID 1, SID 1, REV 1}; "
    "R[0] = PKT.B[0]; A[0] = T[R[0] & 1]; ALERT(r); IF (R[0] IN s || PKT.IP6.SRC IN t) THEN "
    "RETURN(A[EXTERN(ip_checksum) & 1]); FI RETURN(R[0]);",
    "lower",
)
EXTERN = BASE.externs[0]
FUNCTION = EXTERN.extern.functions[0]
FILLING = replace(FUNCTION, array=lambda options: 1)
RESULT = next(local for local in BASE.locals if local.type == FUNCTION.returns)
WIDE_SET, NARROW_SET = BASE.set_bits.index(128), 1 - BASE.set_bits.index(128)
LOAD = ir.Load(U16, ir.Const(U32, 12))
BYTES = ir.InBounds(ir.Const(U32, 12), ir.Const(U32, 2))


def leave(label: str = "a") -> ir.Leave:
    return ir.Leave(HERE, label)


def value(e: ir.Expr) -> ir.Body:
    """A body that asks for an expression, as an argument that may have any type."""
    return (ir.If(HERE, ir.Compare("==", e, e), ()),)


STATEMENTS: dict[str, ir.Body] = {
    "unknown local": (ir.SetLocal(HERE, UNKNOWN, ZERO),),
    "assignment of another type": (ir.SetLocal(HERE, R0, WIDE),),
    "leave of a label out of scope": (ir.Block(HERE, "a", ()), leave()),
    "a label twice": (ir.Block(HERE, "a", (leave(),)), ir.Loop(HERE, "a", (leave(),))),
    "store of another type": (ir.StoreElement(HERE, "A", ZERO, ZERO),),
    "store of a signed value": (ir.Store(HERE, ZERO, ONE, False),),
    "a condition that is no truth": (ir.Guard(HERE, ZERO, "division"),),
    "verdict of another type": (ir.Return(HERE, ONE),),
    "case twice": (ir.Switch(HERE, ZERO, (((1,), ()), ((2, 1), ())), ()),),
    "case out of type": (ir.Switch(HERE, SMALL, (((256,), ()),), ()),),
    "unknown rule": (ir.Raise(HERE, 1),),
    "the main program within itself": (ir.Part(HERE, 0, ()),),
    "unknown next hops": (ir.Transmit(HERE, "Sea", None, ZERO, None),),
    "an id without its state": (ir.Transmit(HERE, "Mac", ZERO, ZERO, None),),
    "arguments of other types": (ir.Call(HERE, None, EXTERN, FUNCTION, (ZERO,)),),
    "a result of another type": (ir.Call(HERE, ir.Local(U64, "w"), EXTERN, FUNCTION, ()),),
    "an array too much or too few": (ir.Call(HERE, None, EXTERN, FILLING, ()),),
}
EXPRESSIONS: dict[str, ir.Expr] = {
    "constant out of its type": ir.Const(U8, 256),
    "unknown local": UNKNOWN,
    "unknown array": ir.Element(U16, "B", ZERO),
    "unknown table": ir.Lookup(U16, "T", ZERO),
    "load of a signed value": ir.Load(I32, ZERO),
    "arithmetic below 32 bits": ir.Binary(U8, "+", SMALL, SMALL),
    "unknown operator": ir.Binary(U32, "**", ZERO, ZERO),
    "operand of another type": ir.Unary(U32, "-", WIDE),
    "left operand of another type": ir.Binary(U32, "<<", WIDE, ZERO),
    "right operand of another type": ir.Binary(U32, "+", ZERO, WIDE),
    "shift count out of range": ir.Binary(U32, "<<", ZERO, ir.Const(U8, 32)),
    "division by zero": ir.Binary(U32, "%", R0, ZERO),
    "unknown relation": ir.Compare("<>", ZERO, ZERO),
    "comparison of two types": ir.Compare("<", ZERO, WIDE),
    "negation of no truth": ir.Not(ZERO),
    "no terms": ir.All(()),
    "terms that are no truth": ir.AndThen((ONE, ZERO)),
    "unknown set": ir.InSet(2, (ZERO,)),
    "operands of a set": ir.InSet(NARROW_SET, (WIDE,)),
    "hash types": ir.HashBytes(ZERO, WIDE),
    "jump hash types": ir.Jump(ZERO, ZERO),
}
UNCOVERED: dict[str, tuple[str, ir.Body]] = {
    "an unlocated header": ("not located", value(ir.Present("VLAN"))),
    "half located": ("not located", (ir.Locate(HERE, "LINK"), *value(ir.Offset("IP")))),
    "located on one path": (
        "not located",
        (ir.If(HERE, BYTES, (ir.Locate(HERE, "LINK"),)), *value(ir.Present("VLAN"))),
    ),
    "located on the path that leaves not": (
        "not located",
        (
            ir.Block(HERE, "a", (ir.If(HERE, BYTES, (leave(),)), ir.Locate(HERE, "LINK"))),
            *value(ir.Present("VLAN")),
        ),
    ),
    "moved since": (
        "not located",
        (ir.Locate(HERE, "LINK"), ir.Store(HERE, ZERO, SMALL, True), *value(ir.Present("VLAN"))),
    ),
    "moved by a call": (
        "not located",
        (ir.Locate(HERE, "LINK"), ir.Call(HERE, None, EXTERN, FUNCTION, ()), *value(ir.Present("VLAN"))),
    ),
    "moved by the iteration before": (
        "not located",
        (
            ir.Locate(HERE, "LINK"),
            ir.Loop(HERE, "a", (*value(ir.Present("VLAN")), ir.Store(HERE, ZERO, SMALL, True))),
        ),
    ),
    "no stage": ("no stage", (ir.Locate(HERE, "TCP"),)),
    "flow hash": ("flow hash", (ir.Locate(HERE, "LINK"), *value(ir.FlowHash("hostFields")))),
    "next hop": (r"TX\(Ip\)", (ir.Locate(HERE, "LINK"), ir.Transmit(HERE, "Ip", None, ZERO, None))),
    "a load": ("nobody asked", value(LOAD)),
    "a load before its guard": ("nobody asked", (*value(LOAD), ir.Guard(HERE, BYTES, "out_of_bounds"))),
    "a load behind too small a guard": (
        "nobody asked",
        (ir.Guard(HERE, ir.InBounds(ZERO, ir.Const(U32, 13)), "out_of_bounds"), *value(LOAD)),
    ),
    "a load on the other side": ("nobody asked", (ir.If(HERE, BYTES, (), value(LOAD)),)),
    "a load beside its test": (
        "nobody asked",
        value(ir.All((BYTES, ir.Compare("==", LOAD, ir.Const(U16, 1))))),
    ),
    "a negative offset": ("nobody asked", value(ir.Load(U8, ir.Const(I32, -1)))),
}
COVERED: dict[str, ir.Body] = {
    "behind its guard": (ir.Guard(HERE, BYTES, "out_of_bounds"), *value(LOAD)),
    "behind its test": value(ir.AndThen((BYTES, ir.Compare("==", LOAD, ir.Const(U16, 1))))),
    "where the test failed to fail": (ir.If(HERE, ir.Not(BYTES), (ir.Return(HERE, ZERO),)), *value(LOAD)),
    "where no alternative held": (
        ir.If(HERE, ir.OrElse((ir.Not(BYTES), ONE)), (), value(LOAD)),
    ),
    "behind what never ends": (ir.Loop(HERE, "a", ()), *value(LOAD)),
    "stages located": (*(ir.Locate(HERE, s) for s in ORDER), *value(ir.FlowHash("hostFields"))),
    "a part's move": (
        ir.Locate(HERE, "LINK"),
        ir.Part(HERE, 1, (ir.Store(HERE, ZERO, SMALL, True),)),
        *value(ir.Present("VLAN")),
    ),
}  # fmt: skip


def with_body(body: ir.Body) -> ir.Program:
    return replace(BASE, body=body)


def test_the_base_is_right() -> None:
    verify(BASE, "lower")
    verify(with_body(()), "lower")


@pytest.mark.parametrize("what", STATEMENTS)
def test_broken_statements(what: str) -> None:
    program = replace(with_body(STATEMENTS[what]), locals=(*BASE.locals, ir.Local(U64, "w")))
    with pytest.raises(CompilerBug, match=f"^after fold: {what}: "):
        verify(program, "fold")


@pytest.mark.parametrize("what", EXPRESSIONS)
def test_broken_expressions(what: str) -> None:
    """At the top and deep inside."""
    broken = EXPRESSIONS[what]
    for body in (value(broken), (ir.Block(HERE, "b", value(ir.Convert(U64, broken))),)):
        with pytest.raises(CompilerBug, match=f"^after fold: {what}: "):
            verify(with_body(body), "fold")


def test_tables_of_the_program() -> None:
    with pytest.raises(CompilerBug, match="a local twice"):
        verify(replace(BASE, locals=(*BASE.locals, ir.Local(IntType(8, False), "r0"))), "x")
    with pytest.raises(CompilerBug, match="sets and their widths"):
        verify(replace(BASE, set_bits=(32,)), "x")
    with pytest.raises(CompilerBug, match="operands of a set"):
        verify(with_body(value(ir.InSet(WIDE_SET, (WIDE,)))), "x")


@pytest.mark.parametrize("case", UNCOVERED)
def test_uncovered(case: str) -> None:
    what, body = UNCOVERED[case]
    with pytest.raises(CompilerBug, match=f"^after guards: .*{what}"):
        verify_coverage(with_body(body), "guards", staged=True, flat=False)


@pytest.mark.parametrize("case", COVERED)
def test_covered(case: str) -> None:
    verify_coverage(with_body(COVERED[case]), "guards", staged=True, flat=False)


def test_before_headers_a_locate_is_of_a_header() -> None:
    body = (ir.Locate(HERE, "TCP"), *value(ir.Present("UDP")))
    verify_coverage(with_body(body), "lower", staged=False, flat=False)
