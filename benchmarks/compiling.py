"""Compiles what is measured: peers and harness with gcc, our filters with our own compiler."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cases, cbpf2c
from ffpf.registry import externs
from ffpf.toolchain import OBJECT_FLAGS, find
from ffpf_plugins.pc.target import compile_text
from fpl3.check.environment import Environment
from fpl3.compiler import front
from fpl3.diagnostics import Sink
from fpl3.source import Source

HERE = Path(__file__).parent
NODE = HERE.parent / "ffpf" / "node"
PROGRAM_FLAGS = ("-std=c11", "-O3", "-march=native", "-Wall", "-Wextra", "-Werror")
LIBRARY_FLAGS = (*PROGRAM_FLAGS, "-fPIC", "-shared", "-fvisibility=hidden")


@dataclass(frozen=True, slots=True)
class Program:
    path: Path

    def run(self, *arguments: str, text: str = "") -> str:
        """Standard output; raises with the program's own message where it fails."""
        done = subprocess.run([str(self.path), *arguments], input=text, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{self.path.name} failed: {done.stderr.strip()}")
        return done.stdout


def compile_c(
    sources: Iterable[Path],
    output: Path,
    work: Path,
    library: bool = False,
    link: Sequence[str] = (),
    folder: Path | None = None,
) -> Program:
    """Compiles C with gcc -O3 -march=native in `folder`; hosts.h is made in the work directory."""
    (work / "hosts.h").write_text(cases.hosts_header(), "ascii")
    flags = LIBRARY_FLAGS if library else PROGRAM_FLAGS
    includes = [f"-I{folder}" for folder in (work, NODE, HERE)]
    command = ["gcc", *flags, *includes, *map(str, sources), "-o", str(output), *link]
    subprocess.run(command, check=True, cwd=folder)
    return Program(output)


def peers(work: Path) -> list[Path]:
    """The libraries of peers: by hand, and libpcap's bytecode as C."""
    generated = work / "cbpf.c"
    generated.write_text(cbpf2c.library(cases.EXPRESSIONS), "ascii")
    by_hand, bytecode = work / "filters.so", work / "cbpf.so"
    compile_c([HERE / "filters.c"], by_hand, work, library=True)
    compile_c([generated], bytecode, work, library=True)
    return [by_hand, bytecode]


def harness(work: Path) -> Program:
    return compile_c([HERE / "filters_run.c"], work / "filters_run", work, link=("-lpcap", "-ldl"))


def our_object(name: str, text: str, work: Path, folder: Path = cases.FILTERS) -> Path:
    """Compiles FPL-3 to an object, as `ffpf run` does but without the cache."""
    sink = Sink()
    environment = Environment(lambda _, path: (folder / path).read_bytes(), lambda _, path: path, externs())
    checked = front(Source(f"{name}.fpl", text), environment, sink)
    if checked is None:
        raise RuntimeError(f"{name}.fpl is rejected: {[d.message for d in sink.diagnostics]}")
    made = compile_text(checked)
    build = work / f"ours_{name}"
    build.mkdir(exist_ok=True)
    for file, data in made.files.items():
        (build / file).write_bytes(data)
    linked = [f"-l{library.name}" for library in made.libraries]
    find().compile([*OBJECT_FLAGS, *made.flags], [made.main_file, *linked], "program.so", build)
    return build / "program.so"
