"""A text on the interpreter and on the PC target: the same outcome on packets that try every branch."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from fpl3.check.program import Checked
from fpl3.compiler import front
from fpl3.diagnostics import Sink, render_text
from fpl3.ir import nodes as ir
from fpl3.ir.text import text as show_program
from fpl3.passes.pipeline import run_passes
from fpl3.source import Source
from tests.differential.agreement import environment
from tests.differential.batch import compile_batch
from tests.differential.oracle import difference, interpret
from tests.differential.packets import Packets, TestPacket

SIZES = (0, 1, 2, 3, 5, 13, 14, 20, 33, 34, 54, 59, 60, 64, 100, 300, 400)
BYTES = (0, 0, 1, 1, 2, 2, 3, 5, 7, 8, 69, 128, 255)


def checked(text: str, name: str = "program.fpl", folder: Path | None = None) -> Checked:
    sink = Sink()
    program = front(Source(name, text), environment(folder), sink)
    assert program is not None, "\n".join(render_text(d) for d in sink.diagnostics)[:2000]
    return program


def after(text: str, name: str) -> ir.Program:
    """The IR behind a pass of the pipeline; verified after every pass."""
    seen: dict[str, ir.Program] = {}
    run_passes(checked(text), check=True, observe=seen.__setitem__)
    return seen[name]


def few_values(rng: random.Random, count: int) -> list[TestPacket]:
    """Frames of all sizes with few different bytes, so that comparisons often hold."""
    return [
        TestPacket(bytes(rng.choices(BYTES, k=size)), size + rng.choice((0, 5)), 9, 0, 1)
        for size in rng.choices(SIZES, k=count)
    ]


def agree(
    texts: Sequence[str], folder: Path, flags: Sequence[str], packets: Sequence[TestPacket] = ()
) -> None:
    """Fails with the text and the first difference in counters, deliveries, frames, alerts, memory."""
    programs = [checked(text, f"program{n}.fpl") for n, text in enumerate(texts)]
    compiled = compile_batch(programs, folder, flags)
    rng = random.Random(len(texts))
    for batch in [few_values(rng, 64), [Packets(rng).one(1) for _ in range(64)], packets]:
        for text, program, outcome in zip(texts, programs, compiled.run(batch, folder), strict=True):
            found = difference(interpret(program, batch), outcome)
            assert found is None, f"{found[:1000]}\n{text[:2000]}"


def lines(text: str, name: str) -> list[str]:
    """The statements behind a pass as text, without indentation and declarations."""
    shown = show_program(after(text, name)).splitlines()[1:]
    declared = ("  local ", "  array ", "  table ", "  set ")
    return [line.strip() for line in shown if not line.startswith(declared)]
