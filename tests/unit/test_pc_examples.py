"""Every example: C without warnings from both compilers; run by the sanitized engine as interpreted."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from ffpf.engine import EngineRequest, run_engine
from ffpf.registry import twins
from ffpf_plugins.pc import target
from fpl3.interpreter import Interpreter, Packet
from tests.e2e import packets
from tests.unit.node_build import SANITIZED, compile_c, engine
from tests.unit.pc_agreement import checked

__all__ = ["engine"]
EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = sorted(EXAMPLES.glob("*.fpl"))
SHARED = ("-fPIC", "-shared", "-march=native")


def built(program: Path, folder: Path, *flags: str, compiler: str = "gcc") -> Path:
    """The object of an example, compiled in a folder."""
    found = checked(program.read_text(), program.name, EXAMPLES)
    made = target.compile_text(found, target.Options(verify=True))
    for name, content in made.files.items():
        (folder / name).write_bytes(content)
    link = [f"-l{library.name}" for library in made.libraries]
    flags = (*flags, *SHARED, f"-I{folder}")
    return compile_c(folder / "object.so", [folder / made.main_file], *flags, compiler=compiler, link=link)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_no_warning(program: Path, compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} on this machine")
    built(program, tmp_path, "-O3", compiler=compiler)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_runs_under_the_sanitizers(program: Path, engine: Path, tmp_path: Path) -> None:
    """Verdicts and aborts are those of the interpreter, and the ledger balances."""
    shared = built(program, tmp_path, *SANITIZED)
    outputs = {"write": str(tmp_path / "out.pcap")}
    if "TX" in program.read_text():
        outputs["tx"] = str(tmp_path / "sent.pcap")
    outcome = run_engine(engine, EngineRequest(shared, str(EXAMPLES / "sample.pcap"), **outputs))
    assert (outcome.status, outcome.error) == (0, None)
    assert outcome.results.unbalanced() is None
    found = checked(program.read_text(), program.name, EXAMPLES)
    interpreter = Interpreter(found, twins(found.externs), check_ranges=True)
    sample = packets.read(EXAMPLES / "sample.pcap")
    runs = [r for p in sample for r in interpreter.run(Packet(p.data, p.length, p.time, 0, 1)).runs]
    assert outcome.results.runs == len(runs) > 0
    assert outcome.results.verdicts == Counter(r.verdict for r in runs if r.ending == "delivered")
    aborted = Counter(r.ending for r in runs if r.ending not in ("delivered", "dropped"))
    assert Counter(outcome.results.aborted) == aborted
