"""Every program of tests/golden/rejected_syntax gives exactly the messages beside it.

`pytest --update-golden` writes the messages anew; read the difference before committing it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fpl3.diagnostics import Sink, render_text
from fpl3.source import Source
from fpl3.syntax.grammar import parse

FOLDER = Path(__file__).parent.parent / "golden" / "rejected_syntax"
PROGRAMS = sorted(FOLDER.glob("*.fpl"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_messages(program: Path, request: pytest.FixtureRequest) -> None:
    sink = Sink()
    parse(Source(program.name, program.read_text()), sink)
    text = "".join(render_text(d) + "\n" for d in sink.diagnostics)
    expected = program.with_suffix(".stderr")
    if request.config.getoption("--update-golden"):
        expected.write_text(text)
    assert text == expected.read_text()
    assert sink.has_errors, "nothing is wrong with this program"
    assert all(d.help for d in sink.diagnostics), "a message without what would be right"
    assert all(len(d.notes) >= 2 for d in sink.diagnostics if d.kind.code == "FPL0102")


def test_there_are_enough() -> None:
    assert len(PROGRAMS) >= 100
    assert {p.stem for p in FOLDER.glob("*.stderr")} == {p.stem for p in PROGRAMS}
