"""Every program of tests/golden/rejected_syntax gives exactly the messages beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpl3.diagnostics import Sink
from fpl3.kinds import CATALOGUE
from fpl3.source import Source
from fpl3.syntax.grammar import parse
from tests.unit.golden import GOLDEN, compare

FOLDER = GOLDEN / "rejected_syntax"
PROGRAMS = sorted(FOLDER.glob("*.fpl"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_messages(program: Path, request: pytest.FixtureRequest) -> None:
    sink = Sink()
    parse(Source(program.name, program.read_text()), sink)
    compare(program, sink, request)
    assert sink.has_errors
    assert all(len(d.notes) >= 2 for d in sink.diagnostics if d.kind.code == "FPL0102")


def test_there_are_enough() -> None:
    assert len(PROGRAMS) >= 100
    assert {p.stem for p in FOLDER.glob("*.stderr")} == {p.stem for p in PROGRAMS}


def test_every_kind_of_the_grammar_has_a_golden() -> None:
    messages = "".join(p.with_suffix(".stderr").read_text() for p in PROGRAMS)
    missing = [code for code in CATALOGUE if code.startswith("FPL01") and f"[{code}]" not in messages]
    assert not missing
