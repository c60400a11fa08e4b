"""A program's processing tree."""

from __future__ import annotations

import pytest

from ffpf.graph import as_dot, as_text, processing_tree, words
from fpl3.check.program import Checked
from fpl3.compiler import Environment, front
from fpl3.diagnostics import Sink
from fpl3.source import Source, Span


def checked(text: str) -> Checked:
    def no_file(including: str, path: str) -> bytes:
        raise FileNotFoundError(2, "no such file", path)

    sink = Sink()
    program = front(Source("p.fpl", text), Environment(no_file, lambda _, path: path), sink)
    assert program is not None, sink.diagnostics
    return program


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("RETURN(1);", ["└─ RETURN(1)"]),
        ("", []),
        (
            "UINT32 M[2]; IF (PKT.LEN > 60) THEN M[0]++; RETURN(1); ELSIF (PKT.LEN > 40) THEN M[1]++; FI",
            ["└─ PKT.LEN > 60?", "   ├─ yes: M[0]++", "   │       RETURN(1)", "   └─ no: PKT.LEN > 40?",
             "      └─ yes: M[1]++"],
        ),
        (
            "SWITCH (PKT.B[0]) CASE 1, 2: RETURN(1); DEFAULT: RETURN(2); ESAC",
            ["└─ PKT.B[0]?", "   ├─ 1, 2: RETURN(1)", "   └─ default: RETURN(2)"],
        ),
        (
            "SPLIT(N2); RETURN(1); TILPS FOR (R[0] = 0; R[0] < 4; R[0]++) BREAK; ROF",
            ["├─ SPLIT(N2): part 1", "│  └─ RETURN(1)",
             "└─ FOR (R[0] = 0; R[0] < 4; R[0]++)", "   └─ BREAK"],
        ),
    ],
)  # fmt: skip
def test_trees(text: str, tree: list[str]) -> None:
    assert as_text(processing_tree(checked(text))).splitlines() == ["p.fpl", *tree]


def test_dot_is_quoted() -> None:
    dot = as_dot(processing_tree(checked("IF (PKT.B[0] == '\"') THEN RETURN(1); FI")))
    assert '\\"' in dot and dot.count("->") == 2
    assert dot.startswith("digraph program {") and dot.endswith("}\n")


def test_long_words_are_cut() -> None:
    source = Source("p", "x" * 100)
    assert len(words(Span(source, 0, 100))) == 72
