"""Types of expressions: language.md section 2 as a table."""

from __future__ import annotations

import pytest

from fpl3.check import program as p
from fpl3.check.walk import subexpressions
from tests.unit.checked_text import accepted, codes

VARIABLES = """
UINT8 u8; UINT16 u16; UINT32 u32; UINT64 u64; INT8 i8; INT16 i16; INT32 i32; INT64 i64; UINT64 result;
"""


def value_of(expression: str, before: str = "") -> tuple[p.Expr, p.Interval]:
    """The checked expression and its range, in a program that first runs `before`."""
    checked = accepted(f"{VARIABLES}{before}\nresult = {expression};\nRETURN(result & 1);")
    assign = next(s for s in checked.body if isinstance(s, p.Assign) and s.target.span.text == "result")
    expr = assign.value
    while (
        isinstance(expr, p.Convert)
        and expr.span.text == expression
        and expr.operand.span.text == expression
    ):
        expr = expr.operand
    return expr, checked.ranges[expr]


@pytest.mark.parametrize(
    ("before", "expression", "type", "value"),
    [
        # Narrow operands are widened to 32 bits first, their sign kept.
        ("u8 = 200;", "u8 + u8", "UINT32", 400),
        ("i8 = -3; i16 = 5;", "i8 * i16", "INT32", -15),
        ("u8 = 255;", "u8 << 8", "UINT32", 65280),
        ("i8 = -1;", "-i8", "INT32", 1),
        ("u8 = 1;", "-u8", "UINT32", 2**32 - 1),
        ("u8 = 1;", "~u8", "UINT32", 2**32 - 2),
        # The wider type wins; equal widths are signed only if both are.
        ("i32 = -1; u32 = 1;", "i32 + u32", "UINT32", 0),
        ("i32 = -1; i64 = 1;", "i32 + i64", "INT64", 0),
        ("i32 = -1; u64 = 0;", "i32 + u64", "UINT64", 2**64 - 1),
        ("u32 = 0xffffffff; i64 = 1;", "u32 + i64", "INT64", 2**32),
        ("u16 = 65535; i32 = 1;", "u16 + i32", "UINT32", 65536),
        ("i16 = -1; i8 = -1;", "i16 + i8", "INT32", -2),
        # Arithmetic is modulo 2**n.
        ("u32 = 0xffffffff;", "u32 + 1", "UINT32", 0),
        ("i32 = 0x7fffffff;", "i32 + 1", "INT32", -(2**31)),
        ("u32 = 0;", "u32 - 1", "UINT32", 2**32 - 1),
        # Constants take the type of the variable where they fit.
        ("i32 = -5;", "i32 + 3", "INT32", -2),
        ("u32 = 7;", "u32 & -4", "UINT32", 4),
        ("u32 = 7;", "u32 + 0x100000000", "INT64", 2**32 + 7),
        ("i32 = 7;", "i32 + 0xffffffff", "UINT32", 6),
        ("u32 = 7;", "u32 + 0xffffffffffffffff", "UINT64", 6),
        ("u8 = 7;", "u8 + 300", "UINT32", 307),
        # Division truncates towards zero.
        ("i32 = -7;", "i32 / 2", "INT32", -3),
        ("i32 = -7;", "i32 % 2", "INT32", -1),
        ("i32 = -2147483648;", "i32 / -1", "INT32", -(2**31)),
        ("i32 = -2147483648;", "i32 % -1", "INT32", 0),
        # A shift has the type of its left operand; counts from the width on leave 0 or the sign.
        ("u32 = 1; u64 = 33;", "u32 << u64", "UINT32", 0),
        ("i32 = -8; u8 = 40;", "i32 >> u8", "INT32", -1),
        ("i32 = -8;", "i32 >> 1", "INT32", -4),
        ("u16 = 0x8000;", "u16 << 16", "UINT32", 0x80000000),
        ("u8 = 31;", "1 << u8", "UINT32", 2**31),
        ("u64 = 40;", "1 << u64", "UINT64", 2**40),
        ("u64 = 1;", "u64 << 63", "UINT64", 2**63),
        ("i8 = -1; u32 = 3;", "u32 << i8", "UINT32", 0),
        # Relations and logic give INT32 0 or 1.
        ("i32 = -1;", "i32 < 0", "INT32", 1),
        ("u32 = 0xffffffff;", "u32 == -1", "INT32", 1),
        ("i32 = -1; u32 = 0;", "i32 < u32", "INT32", 0),
        ("u8 = 3;", "!u8", "INT32", 0),
        ("u8 = 3;", "u8 && 0", "INT32", 0),
        ("u8 = 3; u16 = 0;", "u8 && u16 || u8", "INT32", 1),
        ("u8 = 3;", "u8 IN {1, 3-5}", "INT32", 1),
        ("u8 = 3;", "u8 NOT IN {1, 3-5}", "INT32", 0),
        ("i8 = -1;", "i8 IN {255}", "INT32", 0),
        ("u32 = 0x0a000001;", "u32 IN 10.0.0.0/8", "INT32", 1),
        # MAX and MIN meet like the operands of +.
        ("u8 = 3; i16 = -4;", "MAX(u8, i16)", "UINT32", 2**32 - 4),
        ("i8 = 3; i16 = -4;", "MIN(i8, i16)", "INT32", -4),
        ("u64 = 1;", "CONSISTENT(u64, 10)", "UINT32", None),
        # Two constants fold exactly, whatever their size.
        ("", "(1 << 100) >> 98", "INT32", 4),
        ("", "0xffffffff + 1", "INT64", 2**32),
        ("", "5 - 7 < 0", "INT32", 1),
        ("", "CONSISTENT(1, 10)", "INT32", 6),
        ("", "'a'", "INT32", 97),
        ("", "10.0.0.1", "INT32", 0x0A000001),
        ("", "192.0.2.1", "UINT32", 0xC0000201),
    ],
)
def test_type_and_value(before: str, expression: str, type: str, value: int | None) -> None:
    expr, interval = value_of(expression, before)
    if isinstance(expr, p.Constant):
        assert interval == (value, value)
        return
    assert str(expr.type) == type
    if value is not None:
        assert interval == (value, value)


@pytest.mark.parametrize(
    ("expression", "type", "interval"),
    [
        ("PKT.B[0]", "UINT8", (0, 255)),
        ("PKT.W[0]", "UINT16", (0, 65535)),
        ("PKT.DW[0]", "UINT32", (0, 2**32 - 1)),
        ("PKT.B[0].U1[3]", "UINT8", (0, 1)),
        ("PKT.B[0].U4[1]", "UINT8", (0, 15)),
        ("PKT.W[0].U8[1]", "UINT8", (0, 255)),
        ("PKT.DW[0].U16[1]", "UINT16", (0, 65535)),
        ("PKT.IP6.SRC.DW[3]", "UINT32", (0, 2**32 - 1)),
        ("PKT.LEN", "UINT32", (0, 2**32 - 1)),
        ("PKT.CAPLEN", "UINT32", (0, 16 << 20)),
        ("PKT.TS", "UINT64", (0, 2**64 - 1)),
        ("PKT.PORT", "UINT16", (0, 65535)),
        ("PKT.L4", "UINT32", (0, 16 << 20)),
        ("PKT.HAS.TCP", "UINT8", (0, 1)),
        ("PKT.IP.TTL", "UINT8", (0, 255)),
        ("PKT.IP.IHL", "UINT8", (0, 15)),
        ("IP_PROTO", "UINT8", (0, 255)),
        ("PKT.ETH.DST", "UINT64", (0, 2**48 - 1)),
        ("PKT.IP.SRC", "UINT32", (0, 2**32 - 1)),
        ("HASH(0, 4, 1023)", "UINT32", (0, 1023)),
        ("HASH(flowFields)", "UINT32", (0, 2**32 - 1)),
        ("EXTERN(add, 1, 2)", "UINT32", (0, 2**32 - 1)),
        ("PKT.STATE", "UINT32", (0, 2**32 - 1)),
        ("PKT.STATE[0]", "UINT32", (0, 2**32 - 1)),
    ],
)
def test_reads(expression: str, type: str, interval: p.Interval) -> None:
    expr, found = value_of(expression)
    assert (str(expr.type), found) == (type, interval)


def test_every_operand_of_arithmetic_has_its_type() -> None:
    checked = accepted(f"{VARIABLES}\nresult = (u8 + i64) * PKT.B[0] - (i32 << u64);RETURN(result & 1);")
    assign = checked.body[0]
    assert isinstance(assign, p.Assign)
    assert assign.value.type == assign.target.type
    for node in subexpressions(assign.value):
        if isinstance(node, p.Arithmetic):
            assert node.left.type == node.type
            assert node.op in ("<<", ">>") or node.right.type == node.type


def test_updates_combine_in_the_type_of_both() -> None:
    checked = accepted("UINT8 a; INT64 b; a += b; a <<= b; a++; RETURN(a + b);")
    types = [str(s.type) for s in checked.body if isinstance(s, p.Update)]
    assert types == ["INT64", "UINT32", "UINT32"]


def test_fields_of_the_program_and_names_that_shadow() -> None:
    checked = accepted(
        "MACRO MAGIC = PKT.DW[20] WHEN PKT.W[12] == 0x1234;\n"
        "UINT32 IP_TTL;\nIP_TTL = 3;\nIF (PKT.MAGIC == 7 && MAGIC == IP_TTL) THEN RETURN(1); FI"
    )
    condition = checked.body[1]
    assert isinstance(condition, p.If)
    nodes = list(subexpressions(condition.branches[0][0]))
    assert sum(isinstance(node, p.Guarded) for node in nodes) == 2
    assert any(isinstance(node, p.ReadRegister) for node in nodes)


def test_macros_are_hygienic() -> None:
    checked = accepted(
        "MACRO TTL = IP_TTL;\nMACRO ADDED(n, m) = n - m;\nUINT32 m;\nUINT32 IP_TTL;\n"
        "m = 3; IP_TTL = 9;\nRETURN(ADDED(m, IP_TTL) + TTL);"
    )
    back = checked.body[-1]
    assert isinstance(back, p.Return)
    nodes = list(subexpressions(back.value))
    assert [n.register.name for n in nodes if isinstance(n, p.ReadRegister)] == ["m", "IP_TTL"]
    assert [n.field.path for n in nodes if isinstance(n, p.ReadField)] == ["IP.TTL"]


def test_a_macro_and_the_program_mean_the_same_undeclared_memory() -> None:
    checked = accepted("MACRO CELL = M[7];\nCELL++;\nM[3]++;\nRETURN(CELL);")
    assert [(array.name, array.size) for array in checked.arrays] == [("M", 8)]
    targets = [s.target for s in checked.body if isinstance(s, p.Update)]
    assert all(isinstance(t, p.ToMemory) and t.array is checked.arrays[0] for t in targets)


def test_a_long_chain_of_conditions_is_shallow() -> None:
    text = "IF (" + " || ".join(f"PKT.TCP.DPORT == {n}" for n in range(450)) + ") THEN RETURN(1); FI"
    condition = accepted(text).body[0]
    assert isinstance(condition, p.If)
    depth, level = 0, [condition.branches[0][0]]
    while level:
        depth += 1
        level = [n for e in level if isinstance(e, p.Or) for n in (e.left, e.right)]
    assert depth <= 12


def test_split_names_a_node_or_computes_an_index() -> None:
    checked = accepted("SPLIT(N2); RETURN(1); TILPS\nR[0] = 1;\nSPLIT(R[0]); RETURN(2); TILPS")
    splits = [s for s in checked.body if isinstance(s, p.Split)]
    assert [(s.part, s.node, s.where is None) for s in splits] == [(1, "N2", True), (2, None, False)]
    assert len(checked.parts) == 3


def test_defaults_of_a_rule() -> None:
    (rule,) = accepted('RULE r = { SID 7, MSG "caf\\xe9" };\nALERT(r);').rules
    assert (rule.gid, rule.sid, rule.rev, rule.priority) == (1, 7, 0, 3)
    assert rule.message == "caf\\xe9"


def test_options() -> None:
    checked = accepted("USE LOOPBUDGET 10;\nUSE HASH IXP48;\nRETURN(1);")
    assert (checked.loop_budget, checked.hash_function) == (10, "IXP48")
    plain = accepted("RETURN(1);")
    assert (plain.loop_budget, plain.hash_function) == (65536, "CRC32C")


def test_include_once_and_in_place() -> None:
    files = {"lib/a.fpl": b"CONST A = 1;\n", "lib/b.fpl": b'INCLUDE "a.fpl";\nCONST B = A + 1;\n'}
    text = 'INCLUDE "lib/a.fpl";\nINCLUDE "lib/b.fpl";\nRETURN(A + B);'
    checked = accepted(text, files)
    back = checked.body[0]
    assert isinstance(back, p.Return)
    assert isinstance(back.value, p.Constant)
    assert back.value.value == 3
    assert [source.name for source in checked.sources] == ["test.fpl", "lib/a.fpl", "lib/b.fpl"]


def test_what_is_wrong_in_an_included_file_is_said_there() -> None:
    assert codes('INCLUDE "a.fpl";\nRETURN(1);', {"a.fpl": b"R[64] = 1;"}) == ["FPL0501"]
