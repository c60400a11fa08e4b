"""How diagnostics are shown: places, excerpts of long lines, tabs, control characters, JSON."""

from __future__ import annotations

import json

import pytest

from fpl3.diagnostics import Diagnostic, Note, Severity, Sink, did_you_mean, render_json, render_text
from fpl3.kinds import CATALOGUE, SYNTAX
from fpl3.source import Source, Span

LONGEST_SHOWN = 300


def shown(text: str, start: int, end: int, message: str = "wrong") -> list[str]:
    span = Span(Source("a.fpl", text), start, end)
    return render_text(Diagnostic(Severity.ERROR, SYNTAX, message, span)).split("\n")


def under_caret(lines: list[str]) -> str:
    """What stands above the carets."""
    excerpt, caret = lines[1:3]
    return "".join(c for c, mark in zip(excerpt, caret, strict=False) if mark == "^")


def test_all_of_a_message() -> None:
    source = Source("a.fpl", "one;\n  two;\n")
    first, second = Span(source, 0, 3), Span(source, 7, 10)
    notes = (Note("see", first), Note("without a place"))
    diagnostic = Diagnostic(Severity.WARNING, SYNTAX, "wrong", second, notes, "do right")
    assert render_text(diagnostic).split("\n") == [
        "a.fpl:2:3: warning[FPL0101]: wrong",
        "    two;",
        "    ^^^",
        "a.fpl:1:1: note: see",
        "  one;",
        "  ^^^",
        "note: without a place",
        "help: do right",
    ]


@pytest.mark.parametrize("at", [0, 1, 99, 100, 101, 150, 5_000, 9_899, 9_900, 9_901, 9_996])
def test_long_lines_are_cut_around_the_caret(at: int) -> None:
    line = "x" * at + "here" + "y" * (9_996 - at)
    lines = shown(line, at, at + 4)
    assert lines[0].startswith(f"a.fpl:1:{at + 1}: ")
    assert under_caret(lines) == "here"
    assert len(lines[1]) < LONGEST_SHOWN
    assert lines[1].startswith("  ...") == (at > 100)


def test_tabs_stay_so_that_the_caret_stands_right_whatever_a_tab_is_worth() -> None:
    assert shown("\tR[0] =\t@;", 8, 9)[1:] == ["  \tR[0] =\t@;", "  \t      \t^"]


def test_tabs_of_a_cut_line() -> None:
    lines = shown("\t" * 5_000 + "@" + "\t" * 5_000, 5_000, 5_001)
    assert under_caret(lines) == "@"
    assert len(lines[1]) < LONGEST_SHOWN


def test_a_span_over_several_lines_marks_the_first() -> None:
    assert shown("ab\ncd\n", 1, 5)[1:] == ["  ab", "   ^"]


@pytest.mark.parametrize(("text", "at"), [("", 0), ("ab", 2), ("ab\n", 2), ("ab\n", 3), ("ab\r\n", 2)])
def test_the_end_of_the_text_has_a_caret(text: str, at: int) -> None:
    lines = shown(text, at, at)
    assert lines[2].strip() == "^"
    assert "\r" not in "".join(lines)


@pytest.mark.parametrize(
    "text", ["a\x1b[31mb", "a\0b", "a\x9bb", "a\u202eb", "a\ud800b", "a\u2028b", "a\rb"]
)
def test_control_characters_do_not_reach_the_terminal(text: str) -> None:
    shows = "\n".join(shown(text, 0, 1, message=text))
    assert shows.isprintable() or all(c.isprintable() or c == "\n" for c in shows)
    shows.encode()  # a lone surrogate would raise


def test_json_counts_from_one_and_can_be_written() -> None:
    source = Source("a.fpl", "one;\n  two;\n")
    diagnostic = Diagnostic(
        Severity.ERROR, SYNTAX, "wrong", Span(source, 7, 10), (Note("see", Span(source, 0, 3)),), "do right"
    )
    assert json.loads(json.dumps(render_json(diagnostic))) == {
        "severity": "error",
        "code": "FPL0101",
        "message": "wrong",
        "file": "a.fpl",
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 6,
        "notes": [
            {"message": "see", "file": "a.fpl", "line": 1, "column": 1, "end_line": 1, "end_column": 4}
        ],
        "help": "do right",
    }


def test_the_same_message_at_the_same_place_is_given_once() -> None:
    sink = Sink()
    span = Span(Source("a.fpl", "ab"), 0, 1)
    sink.error(SYNTAX, span, "wrong")
    sink.error(SYNTAX, span, "wrong")
    assert not any(d.severity is Severity.WARNING for d in sink.diagnostics)
    sink.warning(SYNTAX, span, "wrong")
    sink.error(SYNTAX, Span(span.source, 1, 2), "wrong")
    assert len(sink.diagnostics) == 3
    assert len(sink.errors) == 2


def test_names_that_are_near() -> None:
    assert did_you_mean("counterr", ["Counter", "other"]) == "did you mean 'Counter'?"
    assert did_you_mean("zzz", ["Counter", "other"]) is None


def test_codes_are_in_their_blocks_and_say_something() -> None:
    for code, kind in CATALOGUE.items():
        assert code == kind.code
        assert len(code) == 7
        assert kind.title
        assert kind.explanation.endswith(".")
