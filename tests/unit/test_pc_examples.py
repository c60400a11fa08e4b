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


def written(program: Path, folder: Path) -> Path:
    """The C of an example with its headers in a folder; the file to compile."""
    made = target.compile_text(checked(program.read_text(), program.name), target.Options(verify=True))
    for name, content in made.files.items():
        (folder / name).write_bytes(content)
    return folder / made.main_file


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_no_warning(program: Path, compiler: str, tmp_path: Path) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler} on this machine")
    main = written(program, tmp_path)
    compile_c(tmp_path / "object.so", [main], "-O3", *SHARED, f"-I{tmp_path}", compiler=compiler)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.stem)
def test_runs_under_the_sanitizers(program: Path, engine: Path, tmp_path: Path) -> None:
    """Verdicts and aborts are those of the interpreter, and the ledger balances."""
    main = written(program, tmp_path)
    shared = compile_c(tmp_path / "object.so", [main], *SANITIZED, *SHARED, f"-I{tmp_path}")
    outputs = {"write": str(tmp_path / "out.pcap")}
    if "TX" in program.read_text():
        outputs["tx"] = str(tmp_path / "sent.pcap")
    outcome = run_engine(engine, EngineRequest(shared, str(EXAMPLES / "sample.pcap"), **outputs))
    assert (outcome.status, outcome.error) == (0, None)
    assert outcome.results.unbalanced() is None
    found = checked(program.read_text())
    interpreter = Interpreter(found, twins(found.externs), check_ranges=True)
    sample = packets.read(EXAMPLES / "sample.pcap")
    runs = [r for p in sample for r in interpreter.run(Packet(p.data, p.length, p.time, 0, 1)).runs]
    assert outcome.results.runs == len(runs) > 0
    assert outcome.results.verdicts == Counter(r.verdict for r in runs if r.ending == "delivered")
    aborted = Counter(r.ending for r in runs if r.ending not in ("delivered", "dropped"))
    assert Counter(outcome.results.aborted) == aborted
