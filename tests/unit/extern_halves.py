"""A program with external functions on any number of packets, in two halves that are merged."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ffpf_plugins.pc import target
from fpl3.compiler import front
from fpl3.diagnostics import Sink
from fpl3.source import Source
from tests.differential.agreement import SANITIZED, environment
from tests.differential.batch import HARNESS, Compiled, Outcome
from tests.differential.oracle import difference, interpret
from tests.differential.packets import TestPacket
from tests.unit.pc_agreement import checked

MAIN = Path(__file__).with_suffix(".c")
OBJECTS = """\
#include "program.c"
const struct ffpf_object *const harness_objects[] = {&ffpf_object, NULL};
"""


class Halves(NamedTuple):
    """What each half left, the second merged into the first, and what a new state that took that over
    did with more packets."""

    first: Outcome
    second: Outcome
    merged: Outcome
    carried: Outcome


def halves(
    text: str,
    packets: Sequence[TestPacket],
    folder: Path,
    flags: Sequence[str] = SANITIZED,
    more: Sequence[TestPacket] = (),
) -> Halves:
    """Fails unless the C of each half does what the interpreter does. Ports say which half it is."""
    program = checked(text)
    for name, content in target.compile_text(program).files.items():
        (folder / name).write_bytes(content)
    (folder / "objects.c").write_text(OBJECTS)
    command = [*flags, "-std=c11", "-Wall", "-Wextra", "-Werror", "-I.", f"-I{HARNESS.parent}"]
    command += ["-o", "halves", "objects.c", str(MAIN)]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr[:6000]
    middle = len(packets) // 2
    parts = [
        [replace(p, port=port) for p in part]
        for port, part in enumerate((packets[:middle], packets[middle:], more))
    ]
    found = Halves(*Compiled(folder / "halves", 4).run([*parts[0], *parts[1], *parts[2]], folder))
    for half, outcome in zip(parts, (found.first, found.second), strict=False):
        differs = difference(interpret(program, half), outcome)
        assert differs is None, f"{differs[:1000]}\n{text}"
    return found


def refused(text: str) -> str:
    """The first message about a text that is no program."""
    sink = Sink()
    assert front(Source("program.fpl", text), environment(), sink) is None
    return sink.diagnostics[0].message
