"""Random programs on random packets: the target must do what the interpreter does."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ffpf.registry import externs
from fpl3.check.program import Checked
from fpl3.compiler import Environment, front
from fpl3.diagnostics import Sink
from fpl3.source import Source
from tests.differential.batch import compile_batch
from tests.differential.oracle import difference, interpret
from tests.differential.packets import Packets
from tests.differential.programs import ProgramMaker

OPTIMISED = ("gcc", "-O2")
SANITIZED = (
    "gcc", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
)  # fmt: skip
CLANG_SANITIZED = ("clang", *SANITIZED[1:])


@dataclass
class Tried:
    """What a run of the comparison has covered."""

    programs: int = 0
    refused: int = 0
    packets: int = 0
    hits: Counter[str] = field(default_factory=Counter)


def environment(folder: Path | None = None) -> Environment:
    """The external functions of the framework; programs can read the files of a folder, if given."""

    def read(source: str, path: str) -> bytes:
        if folder is None:
            raise OSError(f"no file {path}")
        return (folder / path).read_bytes()

    return Environment(read=read, resolve=lambda source, path: path, externs=externs())


def make_programs(seed: int, count: int, tried: Tried) -> list[tuple[str, Checked]]:
    """`count` accepted programs from a seed; refused ones are counted and left out."""
    rng = random.Random(seed)
    made: list[tuple[str, Checked]] = []
    known = environment()
    while len(made) < count:
        maker = ProgramMaker(rng)
        text = maker.program()
        checked = front(Source(f"seed{seed}.{len(made)}", text), known, Sink())
        if checked is None:
            tried.refused += 1
            continue
        tried.hits.update(maker.hits)
        made.append((text, checked))
    tried.programs += count
    return made


def compare(
    seed: int, count: int, folder: Path, flags: Sequence[str], tried: Tried, batches: int = 2
) -> None:
    """Raises AssertionError with program, packet and difference on the first disagreement."""
    programs = make_programs(seed, count, tried)
    compiled = compile_batch([c for _, c in programs], folder, flags)
    rng = random.Random(seed ^ 0x5EED)
    for _ in range(batches):
        packets = Packets(rng).many(64)
        tried.packets += len(packets)
        outcomes = compiled.run(packets, folder)
        for (text, checked), actual in zip(programs, outcomes, strict=True):
            found = difference(interpret(checked, packets), actual)
            assert found is None, f"seed {seed}: {found}\n{text}"
