"""Every program of tests/golden/rejected_check gives exactly the messages beside it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from fpl3.check.check import check
from fpl3.compiler import Environment, front
from fpl3.diagnostics import Severity, Sink
from fpl3.kinds import CATALOGUE
from fpl3.source import Source, Span
from fpl3.syntax import tree
from tests.unit.checked_text import ADD, FIND
from tests.unit.golden import GOLDEN, compare

FOLDER = GOLDEN / "rejected_check"
PROGRAMS = sorted(FOLDER.glob("*.fpl"))
CHAIN = re.compile(r"files/chain/(\d+)\.fpl")


def _resolve(including: str, path: str) -> str:
    return str(PurePosixPath(including).parent / path)


def _read(including: str, path: str) -> bytes:
    name = _resolve(including, path)
    link = CHAIN.fullmatch(name)
    if link:
        # An endless chain of files, each of which includes the next.
        return f'INCLUDE "{int(link[1]) + 1}.fpl";\n'.encode()
    try:
        return (FOLDER / name).read_bytes()
    except OSError as error:
        # The message must not name a folder of this machine.
        raise OSError(error.errno, error.strerror) from None


def diagnosed(program: Path) -> Sink:
    sink = Sink()
    source = Source(program.name, program.read_text())
    checked = front(source, Environment(_read, _resolve, {"add": ADD, "find": FIND}), sink)
    assert (checked is None) == sink.has_errors
    return sink


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_messages(program: Path, request: pytest.FixtureRequest) -> None:
    sink = diagnosed(program)
    compare(program, sink, request)
    only_warnings = all(d.severity is Severity.WARNING for d in sink.diagnostics)
    assert only_warnings == program.stem.startswith("warning_")


AT = Span(Source("tree.fpl", "x"), 0, 1)
ONE = tree.Number(AT, 1, "1")
LITERAL = tree.SetLiteral(AT, (ONE,))
# Front-ends make trees too; these the grammar would not make.
TREES: dict[str, tree.Declaration | tree.Statement] = {
    "FPL0309": tree.Return(AT, LITERAL),
    "FPL0508": tree.ArrayDeclaration(AT, None, "UINT32", tree.Name(AT, "a"), ONE, "PRODUCT"),
    "FPL0605": tree.Evaluate(AT, ONE),
    "FPL0904": tree.Transmit(AT, "Ip", (ONE, ONE)),
    "FPL0908": tree.RuleDeclaration(AT, tree.Name(AT, "r"), (tree.RuleField(AT, "LEVEL", ONE),)),
}


@pytest.mark.parametrize(("code", "item"), TREES.items(), ids=list(TREES))
def test_trees_that_no_text_gives_are_refused(code: str, item: tree.Declaration | tree.Statement) -> None:
    sink = Sink()
    assert check(tree.Program(AT, (item,)), Environment(_read, _resolve), sink) is None
    assert [d.kind.code for d in sink.diagnostics] == [code]
    assert sink.diagnostics[0].help


def test_every_kind_of_the_checker_has_a_golden() -> None:
    found = set(
        re.findall(r"\[(FPL\d{4})\]", "".join(p.with_suffix(".stderr").read_text() for p in PROGRAMS))
    )
    # 01xx is the grammar's, 10xx are limits of targets, 11xx and 12xx are of hardware descriptions and
    # programs over nodes; 5010 is too.
    others = ("FPL01", "FPL10", "FPL11", "FPL12")
    checkers = {code for code in CATALOGUE if code[:5] not in others and code != "FPL5010"}
    assert checkers - found - TREES.keys() == set()
    assert len(PROGRAMS) >= 80
