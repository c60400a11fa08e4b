"""What is printed parses to what was printed; no text makes the parser crash, hang or go silent."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.parse_speed import typical_program
from fpl3.diagnostics import Sink, render_text
from fpl3.source import Source
from fpl3.syntax import tree
from fpl3.syntax.comments import _scan
from fpl3.syntax.format import format_source
from fpl3.syntax.grammar import parse, parse_expression
from fpl3.syntax.printer import print_expression, print_program
from tests.property.programs_syntax import expressions, programs

RELAXED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
GAP = re.compile(r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])+')|\s+""")
WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)
PIECES = (
    "IF", "(", ")", "THEN", "FI", "ELSE", "ELSIF", "FOR", ";", "ROF", "SPLIT", "TILPS", "SWITCH", "CASE",
    ":", "::", "DEFAULT", "ESAC", "RETURN", "R[0]",
    "=", "==", "++", "--", "-", "!", "&", "<", "IN",
    "NOT", "{", "}", "[", "]", ",",
    "10.0.0.1", "/8", "::1", "00:00:E2:8D:6C:F9", "0x", "1f", '"', "'", "\\",
    "/*", "*/", "//", "#", "\n", "PKT.", "B", "TX", "Mac", "SET", "CONST", "MACRO", "UINT32",
    "x", "é", "\0",
)  # fmt: skip


def parsed(text: str) -> tree.Program:
    sink = Sink()
    program = parse(Source("<made>", text), sink)
    assert program is not None and not sink.diagnostics, (
        "\n".join(map(render_text, sink.diagnostics)) or text
    )
    return program


@given(expressions)
@RELAXED
def test_expressions_survive_printing(expression: tree.Expression) -> None:
    text = print_expression(expression)
    sink = Sink()
    again = parse_expression(Source("<made>", text), sink)
    assert not sink.diagnostics, "\n".join(map(render_text, sink.diagnostics))
    assert again == expression, text


@given(programs)
@RELAXED
def test_programs_survive_printing(program: tree.Program) -> None:
    text = print_program(program)
    again = parsed(text)
    assert again == program, text
    assert print_program(again) == text


GAPS = [
    "  ",
    "\t",
    "\n",
    "\r\n\n",
    " /* a ; b */ ",
    " // c (\n",
    " # d\n",
    "\n// own line\n",
    "\n/* e\n f */ ",
]


@given(programs, st.randoms(use_true_random=False))
@RELAXED
def test_layout_and_comments_mean_nothing(program: tree.Program, random: Random) -> None:
    text = print_program(program)
    wild = GAP.sub(lambda found: found.group("text") or random.choice(GAPS), text)
    assert parsed(wild) == program
    formatted = format_source(Source("<made>", wild), Sink())
    assert parsed(formatted) == program
    assert comments(formatted) == comments(wild)
    assert len(_scan(wild).tokens) == len(_scan(text).tokens)


def comments(text: str) -> list[str]:
    return sorted(c.text for c in _scan(text).comments if c.text)


@given(programs)
@RELAXED
def test_spans_cover_their_text(program: tree.Program) -> None:
    for item in parsed(print_program(program)).items:
        assert item.span.text.strip() == item.span.text
        assert 0 <= item.span.start < item.span.end <= len(item.span.source.text)


def expressions_in(node: Any) -> Iterator[tree.Expression]:
    """Every expression in a tree."""
    if isinstance(node, tuple):
        for part in node:
            yield from expressions_in(part)
    elif isinstance(node, tree.Node):
        if isinstance(node, tree.Expression):
            yield node
        for field in dataclasses.fields(node):
            yield from expressions_in(getattr(node, field.name))


def read_alone(node: tree.Expression, text: str) -> tree.Expression | None:
    """`text` read as the kind of expression that `node` is: sets and ranges stand
    in a place of their own only."""
    sink = Sink()
    match node:
        case tree.SetLiteral():
            made = parse_expression(Source("<alone>", f"x IN {text}"), sink)
            return made.collection if isinstance(made, tree.Membership) else None
        case tree.SetRange():
            made = parse_expression(Source("<alone>", f"x IN {{ {text} }}"), sink)
            assert isinstance(made, tree.Membership) and isinstance(made.collection, tree.SetLiteral)
            return made.collection.items[0]
        case _:
            return parse_expression(Source("<alone>", text), sink)


@given(programs)
@RELAXED
def test_the_text_of_a_span_is_its_expression(program: tree.Program) -> None:
    read = parsed(print_program(program))
    for expression in expressions_in(read):
        text = expression.span.text
        assert read_alone(expression, text) == expression, text


def judge(text: str) -> None:
    """Whatever the text is: an answer within bounded time, with messages that can be shown."""
    sink = Sink()
    started = time.monotonic()
    program = parse(Source("<hostile>", text), sink)
    assert program is not None or sink.has_errors
    for diagnostic in sink.diagnostics:
        assert diagnostic.help
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        render_text(diagnostic)
    # Far above what any of these texts takes, far below what quadratic time would take.
    assert time.monotonic() - started < 20
    if program is not None and not sink.diagnostics:
        assert parsed(print_program(program)) == program


@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join)
       | st.lists(st.sampled_from(PIECES), max_size=30).map("".join))  # fmt: skip
@RELAXED
def test_random_text(text: str) -> None:
    judge(text)


@given(st.data())
@RELAXED
def test_mutated_programs(data: st.DataObject) -> None:
    words = WORDS.findall(typical_program(40, data.draw(st.integers(0, 5))))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(words) - 1))
        words[at : at + data.draw(st.integers(0, 3))] = [data.draw(st.sampled_from(PIECES))]
    judge("".join(words))


SIZE = 300_000
HOSTILE = {
    "parentheses": "(" * SIZE,
    "assigned parentheses": "R[0] = " + "(" * SIZE,
    "closing": ")" * SIZE,
    "ifs": "IF (1) THEN " * (SIZE // 12),
    "else ifs": "IF (1) THEN ELSE " * (SIZE // 17),
    "indexes": "R[" * SIZE,
    "braces": "R[0] = x IN " + "{" * SIZE,
    "sets in sets": "R[0] = " + "x IN {" * (SIZE // 6),
    "signs": "R[0] = " + "-" * SIZE,
    "spaced signs": "R[0] = " + "- " * SIZE,
    "operators": "R[0] = 1" + " + 1" * SIZE,
    "tall on the left": "R[0] = " + "(" * 190 + "1" + (" + 1" * 900 + ")") * 190 + ";",
    "relations": "R[0] = 1" + " < 1" * SIZE,
    "one word": "x" * SIZE,
    "one statement word": "x" * SIZE + " = 1;",
    "digits": "R[0] = " + "1" * SIZE + ";",
    "zeros": "R[0] = " + "0" * SIZE + ";",
    "dotted digits": "R[0] = " + "1." * SIZE,
    "long parts": "R[0] = 1.2.3." + "4" * SIZE + ";",
    "colons": "R[0] = " + ":" * SIZE,
    "groups": "R[0] = " + "1:" * SIZE,
    "prefix": "R[0] = 1.2.3.4/" + "8" * SIZE,
    "open comments": "/*" * SIZE,
    "nearly closed comments": "/*" + "*" * SIZE,
    "escaped quotes": "'" + "\\'" * SIZE,
    "escaped double quotes": '"' + '\\"' * SIZE,
    "quotes": "'" * SIZE,
    "double quotes": '"' * SIZE,
    "spaces": "R[0] = 1" + " " * SIZE + "x",
    "newlines": "\n" * SIZE + "x",
    "semicolons": ";" * SIZE,
    "faults": "R[0] = ;\n" * (SIZE // 8),
    "assignments": "R[0] = 1;\n" * 20_000,
    "dots": "R[0] = PKT" + ".x" * SIZE + ";",
    "not": "R[0] = 1 " + "NOT " * SIZE,
    "commas": "SET s = {" + "1," * 30_000 + "};",
    "fis": "FI " * SIZE,
    "cases": "SWITCH (1) " + "CASE 1: " * 30_000,
    "nulls": "\0" * SIZE,
    "surrogates": "\ud800" * SIZE,
    "accents": "é" * SIZE,
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
def test_hostile_text(text: str) -> None:
    judge(text)
