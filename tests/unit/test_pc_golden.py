"""Small programs with their IR and their C beside them; the same bytes from every process.

`pytest --update-golden` writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ffpf_plugins.pc.target import print_program
from fpl3.ir.text import text as show
from fpl3.passes.pipeline import run_passes
from tests.unit.golden import GOLDEN
from tests.unit.pc_agreement import checked

PROGRAMS = sorted((GOLDEN / "ir").glob("*.fpl"))
DIGEST = "from tests.unit.test_pc_golden import digest; print(digest())"


def compare(actual: str, golden: Path, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        golden.write_text(actual)
    assert actual == golden.read_text()


def c_text(program: Path) -> str:
    return print_program(run_passes(checked(program.read_text(), program.name), check=True)).text


def digest() -> str:
    """Of the C of every golden program and of every hostile one."""
    from tests.unit.test_pc_hostile_programs import PROGRAMS as HOSTILE

    texts = [c_text(p) for p in PROGRAMS]
    texts += [print_program(run_passes(checked(t))).text for t in HOSTILE.values() if len(t) < 20_000]
    return hashlib.sha256("".join(texts).encode()).hexdigest()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_ir(program: Path, request: pytest.FixtureRequest) -> None:
    """After lowering and after the last pass."""
    seen: dict[str, str] = {}
    run_passes(
        checked(program.read_text(), program.name),
        check=True,
        observe=lambda name, p: seen.__setitem__(name, show(p)),
    )
    text = f"lowered\n{seen['lower']}\nat the end\n{seen['dead']}"
    compare(text, program.with_suffix(".ir"), request)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_c(program: Path, request: pytest.FixtureRequest) -> None:
    compare(c_text(program), GOLDEN / "c" / f"{program.stem}.c", request)


def test_there_are_five() -> None:
    assert len(PROGRAMS) >= 5
    assert {p.stem for p in (GOLDEN / "c").glob("*.c")} == {p.stem for p in PROGRAMS}


def test_the_same_bytes_from_every_process() -> None:
    """Whatever the order of sets in Python."""
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=GOLDEN.parents[1], check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert digests == {f"{digest()}\n"}
