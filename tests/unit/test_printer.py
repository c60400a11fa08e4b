"""Canonical text: layout, the parentheses that are needed, and comments that stay."""

from __future__ import annotations

import pytest

from fpl3.diagnostics import Sink
from fpl3.source import Source, Span
from fpl3.syntax import tree
from fpl3.syntax.format import format_source
from fpl3.syntax.grammar import parse, parse_expression
from fpl3.syntax.printer import print_expression, print_program

AT = Span(Source("<test>", ""), 0, 0)
ADDRESS = tree.Ipv4Address(AT, 0x0A000001)
A, B, C = (tree.Name(AT, word) for word in "abc")


def formatted(text: str) -> str:
    sink = Sink()
    out = format_source(Source("<test>", text), sink)
    assert not sink.diagnostics, sink.diagnostics[0].message
    return out


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("((a))+(b*c)", "a + b * c"),
        ("(a+b)*c", "(a + b) * c"),
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "a - b - c"),
        ("(a&b)==c", "(a & b) == c"),
        ("a&(b==c)", "a & (b == c)"),
        ("(a<b)<c", "(a < b) < c"),
        ("a==(b!=c)", "a == (b != c)"),
        ("(!a) IN s", "(!a) IN s"),
        ("!(a IN s)", "!(a IN s)"),
        ("(a IN s)==b", "(a IN s) == b"),
        ("((a IN s))&&(b not  in t)", "a IN s && b NOT IN t"),
        ("(a&&b)||c", "a && b || c"),
        ("a&&(b||c)", "a && (b || c)"),
        ("-(-a)", "- -a"),
        ("- (+a)", "-+a"),
        ("-(~(!a))", "-~!a"),
        ("!(a+b)", "!(a + b)"),
        ("x IN {1-2,3}", "x IN { 1-2, 3 }"),
        ("x IN {(1-2)}", "x IN { (1 - 2) }"),
        ("x IN {5- -3}", "x IN { 5 - -3 }"),
        ("x IN {(9-1)-2}", "x IN { (9 - 1)-2 }"),
        ("x IN {9-(1-2)}", "x IN { 9-(1 - 2) }"),
        ("x IN {}", "x IN {}"),
        ("(10.0.0.1)/8", "10.0.0.1 / (8)"),
        ("a*(::1)/(0x8)", "a * ::1 / (0x8)"),
        ("hash(flowFields)%3", "HASH(flowFields) % 3"),
        ("pkt.b[1].u1[ 2 ]", "PKT.B[1].U1[2]"),
        ("00:00:e2:8d:6c:f9", "00:00:E2:8D:6C:F9"),
        ("2001:0DB8:0::1", "2001:db8::1"),
        (r'"a\x0a\xff\x41"', r'"a\n\xffA"'),
        ('"größe\u2028"', r'"größe\xe2\x80\xa8"'),
        ("0X1f", "0X1f"),
    ],
)
def test_expressions(written: str, printed: str) -> None:
    node = parse_expression(Source("<test>", written), Sink())
    assert node is not None
    assert print_expression(node) == printed
    assert parse_expression(Source("<test>", printed), Sink()) == node


@pytest.mark.parametrize(
    ("node", "printed"),
    [
        (tree.Binary(AT, "/", ADDRESS, tree.Number(AT, 8, "8")), "10.0.0.1 / (8)"),
        (
            tree.Binary(AT, "/", tree.Binary(AT, "*", A, ADDRESS), tree.Number(AT, 8, "8")),
            "a * 10.0.0.1 / (8)",
        ),
        (tree.Binary(AT, "/", ADDRESS, A), "10.0.0.1 / a"),
        (tree.Membership(AT, tree.Binary(AT, "|", A, B), C, False), "(a | b) IN c"),
        (tree.Binary(AT, "^", tree.Membership(AT, A, C, True), B), "(a NOT IN c) ^ b"),
    ],
)
def test_trees_of_front_ends(node: tree.Expression, printed: str) -> None:
    assert print_expression(node) == printed
    assert parse_expression(Source("<test>", printed), Sink()) == node


CANONICAL = """\
UINT32 M[65536];
SRAM UINT64 flows[4096] MERGE MAX;
CONST UINT32 T[2] = { 1, 2 };
MACRO f(a, b) = a + b;
MACRO g = PKT.B[0] WHEN PKT.HAS.IP;
SET hosts = { 10.0.0.0/8, 80, 8000-8080 };
SET more FROM "hosts.txt";
TX_MAC[1] = { 00:00:E2:8D:6C:F9 };
RULE r = { SID 1, MSG "m" };
INCLUDE "lib.fpl";
USE LOOPBUDGET 9;

IF (a == b) THEN
    R[0] = 1;
ELSIF (a IN hosts) THEN
    FOR (R[1] = 0; R[1] < 9; R[1]++)
        BREAK;
    ROF
ELSE
    SWITCH (a)
    CASE 1, 2:
        TX(Mac, 0);
    DEFAULT:
        RETURN;
    ESAC
FI
SPLIT(R[0]);
    ALERT(r);
    EXTERN(ip_checksum);
TILPS
FOR (; ; )
    BREAK;
ROF
RETURN (1);
"""


def test_layout() -> None:
    assert formatted(CANONICAL) == CANONICAL
    assert formatted(" ".join(CANONICAL.split())) == CANONICAL


def test_long_sets_take_several_lines_at_their_depth() -> None:
    hosts = ", ".join(f"10.0.{n}.0/24" for n in range(20))
    text = formatted(f"SPLIT; IF (x IN {{{hosts}}}) THEN a = 1; FI TILPS")
    lines = text.splitlines()
    assert lines[1] == "    IF (x IN {"
    assert all(line.startswith("        10.0.") and len(line) < 120 for line in lines[2:-4])
    assert lines[-4:-3] == ["    }) THEN"]
    assert formatted(text) == text


def test_comments_stay() -> None:
    text = """\
// what it does
CONST N = 1; # one
// hosts
SET s = {
1, // first
/* second */ 2, // last
};
IF (a == N) THEN // why
// inside
++a; /* step */
// before the end
FI
// over
"""
    assert (
        formatted(text)
        == """\
// what it does
CONST N = 1; # one
// hosts
SET s = {
    1, // first
    /* second */
    2 // last
};

IF (a == N) THEN // why
    // inside
    a++; /* step */
    // before the end
FI
// over
"""
    )
    assert formatted(formatted(text)) == formatted(text)


def test_a_comment_in_braces_without_elements() -> None:
    assert formatted("SET s = { // none yet\n};") == "SET s = { // none yet\n};\n"


def test_comments_inside_calls_in_braces() -> None:
    text = 'CONST INT T[] = {\n    MAX(1, 2), // a, b\n    R["},{"] // c\n};\n'
    assert formatted(text) == text


def test_a_program_with_errors_is_left_as_it_is() -> None:
    sink = Sink()
    text = "if (a = 1) then fi // keep"
    assert format_source(Source("<test>", text), sink) == text
    assert sink.has_errors


def test_deep_and_tall_programs_print() -> None:
    deep = "IF (a) THEN " * 190 + "R[0] = 1; " + "FI " * 190
    tall = "R[0] = 1" + " + 1" * 999 + ";"
    program = parse(Source("<test>", deep + tall), Sink())
    assert program is not None
    assert parse(Source("<test>", print_program(program)), Sink()) == program
