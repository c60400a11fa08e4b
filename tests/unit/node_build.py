"""Builds the node engine, its test objects and its test programs, once a test process."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from ffpf.engine import engine_sources

SOURCES = engine_sources(tree=True)
NODE = SOURCES[0].parent
FIXTURES = Path(__file__).parent / "node_fixtures"
STRICT = ["-std=c11", "-D_GNU_SOURCE", "-pthread", "-Wall", "-Wextra", "-Werror", "-DFFPF_TREE"]
STRICT += [f"-I{NODE}", f"-I{NODE / 'tree'}"]
SANITIZED = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def compile_c(
    output: Path, sources: list[Path], *flags: str, compiler: str = "gcc", link: Sequence[str] = ()
) -> Path:
    """Compiles with all warnings as errors; the compiler's output is the assertion's message."""
    command = [compiler, *STRICT, *flags, "-o", str(output), *map(str, sources), *link, "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return output


class Objects:
    """The objects of node_fixtures/objects.c by name, compiled when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> Path:
        path = self._folder / f"{name}.so"
        if not path.exists():
            source = [FIXTURES / "objects.c"]
            compile_c(path, source, "-O2", "-fPIC", "-shared", f"-DOBJECT_{name.upper()}")
        return path


@pytest.fixture(scope="session")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    return Objects(tmp_path_factory.mktemp("objects"))


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine under the address and undefined-behaviour sanitizers."""
    return compile_c(tmp_path_factory.mktemp("engine") / "ffpf-node", SOURCES, *SANITIZED)


@pytest.fixture(scope="session")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """node_fixtures/dump.c with the readers, under the sanitizers."""
    sources = [path for path in SOURCES if path.name != "main.c"]
    output = tmp_path_factory.mktemp("dump") / "dump"
    return compile_c(output, [FIXTURES / "dump.c", *sources], *SANITIZED)
