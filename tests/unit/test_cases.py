"""Every file of tests/cases, on the interpreter and on the PC target (form: case_files.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from ffpf.registry import externs, twins
from fpl3.check.program import Checked
from fpl3.compiler import Environment, front
from fpl3.diagnostics import Severity, Sink, render_text
from fpl3.interpreter import Interpreter, Packet
from fpl3.source import Source
from tests.differential.batch import ABORTS, Outcome, compile_batch
from tests.differential.oracle import interpret
from tests.unit.case_files import Case, load

CASES = [load(path) for path in sorted((Path(__file__).parents[1] / "cases").glob("*.case"))]
RUN = [case for case in CASES if case.errors is None]


def _environment(case: Case) -> Environment:
    def resolve(including: str, path: str) -> str:
        return str(PurePosixPath(including).parent / path)

    def read(including: str, path: str) -> bytes:
        return case.files[resolve(including, path)]

    return Environment(read, resolve, externs())


def _front(case: Case) -> tuple[Checked | None, Sink]:
    sink = Sink()
    return front(Source(f"{case.name}.fpl", case.source), _environment(case), sink), sink


def _checked(case: Case) -> Checked:
    checked, sink = _front(case)
    assert checked is not None, "\n".join(map(render_text, sink.diagnostics))
    return checked


def _expected(case: Case, checked: Checked) -> Outcome:
    rules = {rule.name: number for number, rule in enumerate(checked.rules)}
    outcome = Outcome(runs=len(case.runs), memory=case.memory)
    for run in case.runs:
        if isinstance(run.ending, str):
            assert run.ending in ABORTS, f"{case.name}: {run.ending}"
            outcome.aborts[run.ending] += 1
        elif run.ending:
            data = case.changed(run.packet, run.changed)
            outcome.deliveries.append((run.packet, run.part, run.ending, data))
    outcome.transmits = [(number, case.changed(number, overlay)) for number, overlay in case.sent]
    outcome.alerts = [(number, part, rules[name]) for number, part, name in case.alerts]
    return outcome


def _sorted(outcome: Outcome) -> Iterator[tuple[str, object]]:
    """What happened, without the order between the runs of one packet."""
    yield "runs", outcome.runs
    yield "aborts", outcome.aborts
    yield "deliveries", sorted(outcome.deliveries)
    yield "transmitted", [(n, f.hex()) for n, f in outcome.transmits]
    yield "alerts", outcome.alerts
    yield "memory", {k: v for k, v in outcome.memory.items() if v}


def _compare(case: Case, checked: Checked, outcome: Outcome) -> None:
    for (what, expected), (_, actual) in zip(
        _sorted(_expected(case, checked)), _sorted(outcome), strict=True
    ):
        assert actual == expected, f"{case.name}: {what}"


def _endings(case: Case, checked: Checked) -> Counter[tuple[int, int, int | str]]:
    """By packet and part, how the runs ended on the interpreter."""
    interpreter = Interpreter(checked, twins(checked.externs), check_ranges=True)
    found: Counter[tuple[int, int, int | str]] = Counter()
    for number, p in enumerate(case.packets):
        for run in interpreter.run(Packet(p.data, p.length, p.timestamp, p.port, p.link)).runs:
            ending = run.verdict if run.ending in ("delivered", "dropped") else run.ending
            found[number, run.part, ending] += 1
    return found


def test_there_are_cases() -> None:
    """A folder that was moved must not pass for want of cases."""
    assert len(CASES) >= 80 and len(CASES) - len(RUN) >= 10


@pytest.mark.parametrize("case", [c for c in CASES if c.errors is not None], ids=lambda c: c.name)
def test_rejected(case: Case) -> None:
    """The program is refused with exactly these errors."""
    checked, sink = _front(case)
    assert checked is None and [d.kind.code for d in sink.errors] == case.errors


@pytest.mark.parametrize("case", RUN, ids=lambda c: c.name)
def test_interpreted(case: Case) -> None:
    """The interpreter does what the case says, run by run."""
    checked, sink = _front(case)
    assert checked is not None, "\n".join(map(render_text, sink.diagnostics))
    if case.warnings is not None:
        found = [d.kind.code for d in sink.diagnostics if d.severity is Severity.WARNING]
        assert found == case.warnings, "\n".join(map(render_text, sink.diagnostics))
    assert _endings(case, checked) == Counter((r.packet, r.part, r.ending) for r in case.runs)
    _compare(case, checked, interpret(checked, case.packets))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What the PC target does with every case, all programs compiled at once."""
    folder = tmp_path_factory.mktemp("cases")
    batch = compile_batch([_checked(case) for case in RUN], folder, ["gcc", "-O1"])
    return {case.name: batch.run(case.packets, folder)[number] for number, case in enumerate(RUN)}


@pytest.mark.parametrize("case", RUN, ids=lambda c: c.name)
def test_compiled(case: Case, compiled: dict[str, Outcome]) -> None:
    """The PC target does what the case says."""
    _compare(case, _checked(case), compiled[case.name])
