"""Every program of tests/golden/rejected_split, split over three.toml, gives the messages beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fpl3.compiler import front
from fpl3.diagnostics import Severity, Sink
from fpl3.kinds import CATALOGUE
from fpl3.source import Source
from fpl3.split.description import read_description
from fpl3.split.split import Environment, split
from tests.differential.agreement import environment
from tests.unit.golden import GOLDEN, compare

FOLDER = GOLDEN / "rejected_split"
PROGRAMS = sorted(FOLDER.glob("*.fpl"))


def diagnosed(program: Path) -> Sink:
    sink = Sink()
    topology = read_description(Source("three.toml", (FOLDER / "three.toml").read_text()), sink)
    checked = front(Source(program.name, program.read_text()), environment(), Sink())
    assert topology is not None and checked is not None
    made = split(checked, topology, Environment(), sink)
    assert (made is None) == sink.has_errors
    return sink


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_messages(program: Path, request: pytest.FixtureRequest) -> None:
    sink = diagnosed(program)
    compare(program, sink, request)
    only_warnings = all(d.severity is Severity.WARNING for d in sink.diagnostics)
    assert only_warnings == program.stem.startswith("warning_")


def test_every_kind_has_a_golden() -> None:
    said = "".join(path.with_suffix(".stderr").read_text() for path in PROGRAMS)
    found = set(re.findall(r"\[(FPL\d{4})\]", said))
    # Too many origins and no place at all have tests of their own.
    mine = {code for code in CATALOGUE if code.startswith("FPL12")} - {"FPL1207", "FPL1210"}
    assert mine - found == set()


def test_too_many_origins() -> None:
    program = front(Source("many.fpl", "SPLIT(N1); TILPS\n" * 32_768), environment(), Sink())
    sink = Sink()
    topology = read_description(Source("three.toml", (FOLDER / "three.toml").read_text()), sink)
    assert program is not None and topology is not None
    assert split(program, topology, Environment(), sink) is None
    assert [d.message for d in sink.errors] == [
        "the program has 32,768 SPLITs, and origins are numbered from 1 to 32,767"
    ]
    assert sink.errors[0].span.line == 32_768
