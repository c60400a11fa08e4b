"""The pipeline, in sight: every pass between the checked program and the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fpl3.check.program import Checked
from fpl3.ir import nodes as ir
from fpl3.ir.verify import verify
from fpl3.passes import (
    ample,
    dead,
    flatten,
    fold,
    guards,
    headers,
    propagate,
    structure,
    switches,
    verdicts,
    versions,
)
from fpl3.passes.coverage import verify_coverage
from fpl3.passes.lowering.statements import lower_program

Transform = Callable[[ir.Program], ir.Program]


@dataclass(frozen=True, slots=True)
class Pass:
    """A named pass; its summary is the first line of its module's docstring."""

    name: str
    run: Transform
    summary: str


def _pass(name: str, run: Transform, module: object) -> Pass:
    return Pass(name, run, (module.__doc__ or "").partition("\n")[0])


LOWER = Pass("lower", lambda p: p, "From the checked tree to IR, guards in front of what may fail.")
PASSES: tuple[Pass, ...] = (
    _pass("fold", fold.fold, fold),
    _pass("headers", headers.headers, headers),
    _pass("structure", structure.structure, structure),
    _pass("propagate", propagate.propagate, propagate),
    _pass("guards", guards.guards, guards),
    _pass("structure-2", structure.structure, structure),
    _pass("versions", versions.versions, versions),
    _pass("structure-3", structure.structure, structure),
    _pass("switches", switches.switches, switches),
    _pass("flatten", flatten.flatten, flatten),
    _pass("verdicts", verdicts.verdicts, verdicts),
    _pass("fold-2", fold.fold, fold),
    _pass("ample", ample.ample, ample),
    _pass("dead", dead.dead, dead),
)


def run_passes(
    program: Checked,
    *,
    check: bool = False,
    observe: Callable[[str, ir.Program], None] | None = None,
) -> ir.Program:
    """Lowers and runs every pass; `check` verifies the IR after each, `observe` sees each result."""
    current = lower_program(program)
    done: set[str] = set()
    for step in (LOWER, *PASSES):
        current = step.run(current)
        done.add(step.name)
        if check:
            verify(current, step.name)
            verify_coverage(current, step.name, staged="headers" in done, flat="flatten" in done)
        if observe is not None:
            observe(step.name, current)
    return current
