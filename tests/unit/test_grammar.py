"""Each construct of the grammar: the tree it gives, and the place of every node."""

from __future__ import annotations

import dataclasses
from typing import Any

import pyparsing
import pytest

from benchmarks.parse_speed import typical_program
from fpl3.diagnostics import Sink
from fpl3.source import Source, Span
from fpl3.syntax import tree
from fpl3.syntax.elements import Text
from fpl3.syntax.grammar import PROGRAM, parse, parse_expression
from fpl3.syntax.statements import FOR, IF, SPLIT, SWITCH

AT = Span(Source("<test>", ""), 0, 0)


def program(text: str) -> tuple[Any, ...]:
    sink = Sink()
    found = parse(Source("<test>", text), sink)
    assert found is not None
    assert not sink.diagnostics, sink.diagnostics[0].message
    return found.items


def statement(text: str) -> Any:
    (item,) = program(text)
    return item


def expression(text: str) -> Any:
    sink = Sink()
    found = parse_expression(Source("<test>", text), sink)
    assert found is not None, sink.diagnostics[0].message
    assert not sink.diagnostics
    return found


def errors(text: str) -> list[str]:
    sink = Sink()
    parse(Source("<test>", text), sink)
    return [d.message for d in sink.diagnostics]


def number(value: int) -> tree.Number:
    return tree.Number(AT, value, str(value))


def name(word: str) -> tree.Name:
    return tree.Name(AT, word)


def register(index: int) -> tree.Index:
    return tree.Index(AT, name("R"), number(index))


def binary(op: str, left: Any, right: Any) -> tree.Binary:
    return tree.Binary(AT, op, left, right)


# Literals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", 0), ("10", 10), ("0x1F", 31), ("0Xff", 255), ("0b101", 5), ("'a'", 97), (r"'\x41'", 65),
     (r"'\n'", 10), (r"'\''", 39), ("'#'", 35), ("'\"'", 34), ("1" * 1000, int("1" * 1000))],
)  # fmt: skip
def test_numbers(text: str, value: int) -> None:
    assert expression(text) == tree.Number(AT, value, text)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("10.0.0.1", tree.Ipv4Address(AT, 0x0A000001)),
        ("00:00:E2:8D:6C:F9", tree.MacAddress(AT, 0x0000E28D6CF9)),
        ("::", tree.Ipv6Address(AT, 0)),
        ("::1", tree.Ipv6Address(AT, 1)),
        ("2001:db8::", tree.Ipv6Address(AT, 0x20010DB8 << 96)),
        ("fe80::1", tree.Ipv6Address(AT, (0xFE80 << 112) + 1)),
        ("::ffff:10.0.0.1", tree.Ipv6Address(AT, 0xFFFF0A000001)),
        ("1:2:3:4:5:6:7:8", tree.Ipv6Address(AT, 0x00010002000300040005000600070008)),
        ("00:11:22:33:44:55:66:77", tree.Ipv6Address(AT, 0x00000011002200330044005500660077)),
        ("10.0.0.0/8", tree.Prefix(AT, tree.Ipv4Address(AT, 0x0A000000), 8)),
        ("10.0.0.0 / 8", tree.Prefix(AT, tree.Ipv4Address(AT, 0x0A000000), 8)),
        ("2001:db8::/32", tree.Prefix(AT, tree.Ipv6Address(AT, 0x20010DB8 << 96), 32)),
        ("::/0", tree.Prefix(AT, tree.Ipv6Address(AT, 0), 0)),
        ("00:00:E2:00:00:00/24", tree.Prefix(AT, tree.MacAddress(AT, 0xE2000000), 24)),
        (r'"a\x00\"b"', tree.String(AT, b'a\0"b')),
        ('"größe"', tree.String(AT, "größe".encode())),
        ('"// no # comment /*"', tree.String(AT, b"// no # comment /*")),
    ],
)
def test_addresses_and_strings(text: str, node: Any) -> None:
    assert expression(text) == node


def test_a_slash_behind_a_name_divides() -> None:
    assert expression("a/8") == binary("/", name("a"), number(8))
    assert expression("(10.0.0.1) / 8") == binary("/", tree.Ipv4Address(AT, 0x0A000001), number(8))


@pytest.mark.parametrize(
    ("label", "value"),
    [("1", number(1)), ("00:00:E2:8D:6C:F9", tree.MacAddress(AT, 0xE28D6CF9)),
     ("::1", tree.Ipv6Address(AT, 1)), ("fe80::", tree.Ipv6Address(AT, 0xFE80 << 112))],
)  # fmt: skip
@pytest.mark.parametrize("body", ["BREAK;", "R[0]=1;", " a = 1;", "\nFI2 = 1;"])
def test_the_colon_of_a_case_is_no_part_of_an_address(label: str, value: Any, body: str) -> None:
    switch = statement(f"SWITCH (x) CASE {label}:{body} ESAC")
    assert switch.cases[0].values == (value,)
    assert len(switch.cases[0].body) == 1


# Operators --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("1 + 2 * 3", "1 + (2 * 3)"), ("1 - 2 - 3", "(1 - 2) - 3"), ("1 << 2 + 3", "1 << (2 + 3)"),
        ("1 & 2 | 3", "(1 & 2) | 3"), ("1 | 2 ^ 3", "1 | (2 ^ 3)"), ("a || b && c", "a || (b && c)"),
        ("a == b && c < d", "(a == b) && (c < d)"), ("-a * b", "(-a) * b"), ("!a && b", "(!a) && b"),
        ("~a & b", "(~a) & b"), ("1 << 2 >> 3", "(1 << 2) >> 3"), ("a / b % c", "(a / b) % c"),
        ("a + b IN s", "(a + b) IN s"), ("a IN s && b NOT IN t", "(a IN s) && (b NOT IN t)"),
        ("!a == b", "(!a) == b"), ("- - a", "-(-a)"), ("a < b || c > d", "(a < b) || (c > d)"),
    ],
)  # fmt: skip
def test_precedence(text: str, grouped: str) -> None:
    assert expression(text) == expression(grouped)


@pytest.mark.parametrize("relation", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("bitwise", ["&", "|", "^"])
def test_bitwise_beside_relation_is_refused(relation: str, bitwise: str) -> None:
    for text in (
        f"a {bitwise} b {relation} c",
        f"a {relation} b {bitwise} c",
        f"a {relation} b {relation} c",
    ):
        sink = Sink()
        assert parse_expression(Source("<test>", text), sink) is None
        (found,) = sink.diagnostics
        assert found.kind.code == "FPL0102"
        readings = [note.message.split(": ", 1)[1] for note in found.notes]
        assert len({expression(reading) for reading in readings}) == 2
    assert expression(f"(a {bitwise} b) {relation} c") == expression(f"((a) {bitwise} b) {relation} (c)")


def test_sets() -> None:
    assert expression("x IN { 10.0.0.0/8, 80, 8000-8080, 1+2-9, (9-3), }").collection == tree.SetLiteral(
        AT,
        (
            tree.Prefix(AT, tree.Ipv4Address(AT, 0x0A000000), 8),
            number(80),
            tree.SetRange(AT, number(8000), number(8080)),
            tree.SetRange(AT, binary("+", number(1), number(2)), number(9)),
            binary("-", number(9), number(3)),
        ),
    )
    assert expression("x not in s") == tree.Membership(AT, name("x"), name("s"), True)
    assert expression("x IN ::1-::2 || y").left.collection != expression("x IN ::1").collection


# Packet -----------------------------------------------------------------------------------------


def test_packet() -> None:
    assert expression("PKT.B[14]") == tree.PacketRead(AT, "B", number(14))
    assert expression("pkt.dw[e].u16[1]") == tree.PartOf(
        AT, tree.PacketRead(AT, "DW", name("e")), "U16", number(1)
    )
    assert expression("PKT.TCP.FLAGS.SYN") == tree.PacketName(AT, ("TCP", "FLAGS", "SYN"))
    assert expression("PKT . HAS . TCP") == tree.PacketName(AT, ("HAS", "TCP"))
    assert expression("PKT.IP6.SRC.DW[3]") == tree.PartOf(
        AT, tree.PacketName(AT, ("IP6", "SRC")), "DW", number(3)
    )
    assert expression("IP6_SRC.DW[3]") == tree.PartOf(AT, name("IP6_SRC"), "DW", number(3))
    assert expression("PKT.STATE") == tree.PacketName(AT, ("STATE",))
    assert expression("PKT.STATE[0]") == tree.StateIndex(AT, number(0))


def test_calls() -> None:
    assert expression("hash(flowFields)%3") == binary(
        "%", tree.Call(AT, "HASH", (name("flowFields"),), AT), number(3)
    )
    assert expression("Max(a, 1)") == tree.Call(AT, "MAX", (name("a"), number(1)), AT)
    assert expression("mine(1)") == tree.Call(AT, "mine", (number(1),), AT)
    assert expression("EXTERN(f, 1)") == tree.ExternCall(AT, name("f"), None, (number(1),))


# Statements -------------------------------------------------------------------------------------


def test_figure_8() -> None:
    (branch,) = program("IF (e) THEN s = 1 ELSE s = 2 FI")
    one, two = (tree.Assign(AT, name("s"), "=", number(n)) for n in (1, 2))
    assert branch == tree.If(AT, (tree.Branch(AT, name("e"), (one,)),), (two,))
    (loop,) = program("FOR (i = 0; i < 9; i++) s = 1; BREAK; s = 2; ROF")
    assert loop.init == tree.Assign(AT, name("i"), "=", number(0))
    assert loop.update == tree.Step(AT, name("i"), "++")
    assert loop.body == (one, tree.Break(AT), two)
    assert statement("SPLIT; s = 1; TILPS;") == tree.Split(AT, None, (one,))
    assert statement("SPLIT(R[0]); s = 1; TILPS") == tree.Split(AT, register(0), (one,))
    assert statement("TX (Mac, 2)") == tree.Transmit(AT, "Mac", (number(2),))
    assert statement("tx(MAC, 1, 2);") == tree.Transmit(AT, "Mac", (number(1), number(2)))
    assert statement("TX(ip, 0);") == tree.Transmit(AT, "Ip", (number(0),))
    assert statement("RETURN (1)") == tree.Return(AT, number(1))
    assert statement("return;") == tree.Return(AT, None)
    assert statement("EXTERN(filter, 1);") == tree.Evaluate(
        AT, tree.ExternCall(AT, name("filter"), None, (number(1),))
    )
    assert statement("ALERT(r);") == tree.Alert(AT, name("r"))


def test_branches() -> None:
    found = statement("IF (a) THEN ELSIF (b) THEN ELSIF (c) THEN ELSE FI")
    assert [b.condition for b in found.branches] == [name("a"), name("b"), name("c")]
    assert found.otherwise == ()
    nested = statement("IF (a) THEN ELSE IF (b) THEN FI FI")
    assert isinstance(nested.otherwise[0], tree.If)
    assert statement("IF (a) THEN FI").otherwise is None


def test_switch() -> None:
    found = statement("SWITCH (x) CASE 1, 2: y = 1; CASE 3: DEFAULT: y = 2; ESAC")
    assert [c.values for c in found.cases] == [(number(1), number(2)), (number(3),)]
    assert found.cases[1].body == () and len(found.default) == 1
    assert statement("SWITCH (x) ESAC") == tree.Switch(AT, name("x"), (), None)


def test_for_without_parts() -> None:
    assert statement("FOR (;;) ROF") == tree.For(AT, None, None, None, ())


@pytest.mark.parametrize("op", ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^="])
def test_assignments(op: str) -> None:
    assert statement(f"PKT.IP.TTL{op}1;") == tree.Assign(
        AT, tree.PacketName(AT, ("IP", "TTL")), op, number(1)
    )


def test_steps_before_and_behind_are_one_statement() -> None:
    assert program("++x; x++; --R[1]; R[1] --;") == (
        tree.Step(AT, name("x"), "++"),
        tree.Step(AT, name("x"), "++"),
        tree.Step(AT, register(1), "--"),
        tree.Step(AT, register(1), "--"),
    )


@pytest.mark.parametrize(
    "word", ["SRAM", "merge", "FROM", "WHEN", "pass", "end", "Mac", "gid", "OR", "IXP48"]
)
def test_words_only_in_their_place_are_names_elsewhere(word: str) -> None:
    assert program(f"UINT32 {word}; {word} = {word} + 1; {word}++; IF ({word}) THEN {word} = 0; FI")[1] == (
        tree.Assign(AT, name(word), "=", binary("+", name(word), number(1)))
    )


def test_semicolons() -> None:
    assert program(";; R[0] = 1;; ; IF (a) THEN ; ; FI ; RETURN") == program(
        "R[0]=1; IF (a) THEN FI RETURN;"
    )


# Declarations -----------------------------------------------------------------------------------


def test_declarations() -> None:
    assert program("uint32 x; INT y; SRAM UINT64 a[8] MERGE max; UINT8 b[]; UINT32 M[65536];") == (
        tree.RegisterDeclaration(AT, "UINT32", name("x")),
        tree.RegisterDeclaration(AT, "INT", name("y")),
        tree.ArrayDeclaration(AT, "SRAM", "UINT64", name("a"), number(8), "MAX"),
        tree.ArrayDeclaration(AT, None, "UINT8", name("b"), None, None),
        tree.ArrayDeclaration(AT, None, "UINT32", name("M"), number(65536), None),
    )
    assert program("CONST N = 1; CONST INT8 N = 1; CONST UINT32 T[2] = {1, 2}; const int t[] = {};") == (
        tree.ConstDeclaration(AT, None, name("N"), number(1)),
        tree.ConstDeclaration(AT, "INT8", name("N"), number(1)),
        tree.TableDeclaration(AT, "UINT32", name("T"), number(2), (number(1), number(2))),
        tree.TableDeclaration(AT, "INT", name("t"), None, ()),
    )
    assert program("MACRO a = 1; MACRO f() = 1; MACRO f(x, y) = x; MACRO g = x WHEN y;") == (
        tree.MacroDeclaration(AT, name("a"), None, number(1), None),
        tree.MacroDeclaration(AT, name("f"), (), number(1), None),
        tree.MacroDeclaration(AT, name("f"), (name("x"), name("y")), name("x"), None),
        tree.MacroDeclaration(AT, name("g"), None, name("x"), name("y")),
    )


def test_declarations_of_sets_rules_and_hops() -> None:
    file = tree.String(AT, b"f")
    assert program('SET s = {}; SET s FROM "f"; INCLUDE "f"; USE loopbudget 9; USE HASH IXP48;') == (
        tree.SetDeclaration(AT, name("s"), tree.SetLiteral(AT, ()), None),
        tree.SetDeclaration(AT, name("s"), None, file),
        tree.Include(AT, file),
        tree.Use(AT, "LOOPBUDGET", number(9)),
        tree.Use(AT, "HASH", name("IXP48")),
    )
    assert program("TX_MAC[1] = {00:00:E2:8D:6C:F9}; TX_IP = {10.0.0.1};") == (
        tree.NextHopDeclaration(AT, "Mac", number(1), (tree.MacAddress(AT, 0xE28D6CF9),)),
        tree.NextHopDeclaration(AT, "Ip", None, (tree.Ipv4Address(AT, 0x0A000001),)),
    )
    assert program('RULE r = { sid 1, MSG "f" };') == (
        tree.RuleDeclaration(
            AT, name("r"), (tree.RuleField(AT, "SID", number(1)), tree.RuleField(AT, "MSG", file))
        ),
    )


# The text ---------------------------------------------------------------------------------------


def test_comments_and_white_space() -> None:
    text = "\ufeff// a\n# b \" '\n/* c ; **/R[0]/**/=\t1;/* IF */\r\n// end"
    assert program(text) == program("R[0] = 1;")


def test_keywords_in_any_case() -> None:
    assert program("If (a) tHen return(1); eLsE For (;;) break; rof fi") == program(
        "IF (a) THEN RETURN (1); ELSE FOR (;;) BREAK; ROF FI"
    )


def test_nothing_is_a_program() -> None:
    assert program("") == program(" ;;\n// only this") == ()


def _nodes(value: Any) -> Any:
    if isinstance(value, tree.Node):
        yield value
        for part in dataclasses.fields(value):
            yield from _nodes(getattr(value, part.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("x = (1 + 2) * 3 ;", tree.Binary, ["(1 + 2) * 3", "1 + 2"]),
        ("x = y ; // c", tree.Assign, ["x = y"]),
        ("IF (a == b) THEN x++ ; FI ;", tree.If, ["IF (a == b) THEN x++ ; FI"]),
        ("x = ! PKT . IP . TTL ;", tree.Unary, ["! PKT . IP . TTL"]),
        ("SET s = { 1 , 2 - 3 } ;", tree.SetRange, ["2 - 3"]),
        ("x = f( 1 ) ;", tree.Call, ["f( 1 )"]),
        ("UINT32 a [ 4 ] MERGE SUM ;", tree.ArrayDeclaration, ["UINT32 a [ 4 ] MERGE SUM"]),
        ("RETURN ( 1 ) ;", tree.Return, ["RETURN ( 1 )"]),
        ("TX( Mac , 1 ) ;", tree.Transmit, ["TX( Mac , 1 )"]),
        ("x = 10.0.0.0 / 8 ;", tree.Prefix, ["10.0.0.0 / 8"]),
    ],
)
def test_spans(text: str, kind: type, expected: list[str]) -> None:
    assert [n.span.text for n in _nodes(program(text)) if type(n) is kind] == expected


def test_every_span_of_a_typical_program_lies_in_its_parent() -> None:
    def inside(node: Any) -> None:
        for part in dataclasses.fields(node):
            value = getattr(node, part.name)
            for child in value if isinstance(value, tuple) else (value,):
                if isinstance(child, tree.Node):
                    assert node.span.start <= child.span.start < child.span.end <= node.span.end
                    inside(child)

    for item in program(typical_program(400)):
        inside(item)


# Errors -----------------------------------------------------------------------------------------


def test_several_errors_in_one_run_and_what_is_right_is_kept() -> None:
    sink = Sink()
    text = "R[0] = ;\nR[1] = 1;\nIF (a THEN R[2] = 2; FI\nR[3] = 3;\nSET s = {;\nR[4] = 4;"
    found = parse(Source("<test>", text), sink)
    assert found is not None
    assert [d.span.line for d in sink.diagnostics] == [1, 3, 5]
    assert found.items == program("R[1] = 1; R[3] = 3; R[4] = 4;")


@pytest.mark.parametrize("depth", [199, 201, 10_000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [("x = " + "(", ")"), ("IF (a) THEN ", "FI "), ("x = R[", "]"), ("x = f(", ")"), ("SPLIT; ", "TILPS ")],
)
def test_depth_is_limited(opening: str, closing: str, depth: int) -> None:
    start, opening = ("x = ", opening[4:]) if opening.startswith("x = ") else ("", opening)
    core = "1" if start else "R[0] = 1;"
    # The statement that holds an expression is a level itself, and so is the expression's outermost.
    found = errors(f"{start}{opening * (depth - 2)}{core}{closing * (depth - 2)};")
    assert [m.startswith("more than 200 levels") for m in found] == [True] * (depth > 200)


def test_tall_expressions_are_limited_also_through_parentheses() -> None:
    assert errors("x = 1" + " + 1" * 1000 + ";") == []
    tall = "(" * 3 + "1" + (" + 1" * 400 + ")") * 3
    assert errors(f"x = {tall};") == ["more than 1,000 operators one above the other in an expression"]
    assert errors("x = 1" + " || a == 1" * 999 + ";") == []


def test_no_tree_for_what_cannot_be_read() -> None:
    assert parse(Source("<test>", "R[0] = 1; /* "), Sink()) is None
    assert parse(Source("<test>", "R[0] = '\ud800';"), sink := Sink()) is None
    assert sink.diagnostics[0].kind.code == "FPL0001"


# The grammar as a pyparsing grammar -------------------------------------------------------------


def test_the_grammar_is_made_of_pyparsing_elements() -> None:
    text = "IF (a) THEN R[0] = 1; FI"
    source = Source("<test>", text)
    found = IF.parse_string(Text.of(text, source, Sink()), parse_all=True)
    assert found[0] == statement(text)
    elements = list(PROGRAM.visit_all())
    assert all(isinstance(e, pyparsing.ParserElement) for e in elements)
    assert {IF, FOR, SWITCH, SPLIT} <= set(elements)
