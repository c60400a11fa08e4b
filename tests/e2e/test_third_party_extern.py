"""The package on the page about external functions: installed into a fresh environment, and used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.e2e.command import ROOT, SAMPLE, ffpf

PAGE = (ROOT / "docs" / "externs.md").read_text("utf-8")
FILE = re.compile(
    r"```\{code-block\} \w+\n:caption: (?P<name>\S+)\n\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
SNIPPETS = re.findall(r"^```fpl\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
PROGRAM = "M[0] = MAX(M[0], EXTERN(ones, PKT.L7)); M[1] += EXTERN(ones); M[2] += EXTERN(ones, 20, 3);"


def write_package(folder: Path) -> Path:
    files = {found["name"]: found["text"] for found in FILE.finditer(PAGE)}
    assert set(files) == {"setup.cfg", "pyproject.toml", "ffpf_ones/__init__.py", "ffpf_ones/ones.c"}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with our wheel and the page's package; libraries come from this one."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    site = next((folder / "venv").glob("lib/python3*/site-packages"))
    package = write_package(folder / "ffpf-ones")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", site, wheel, package], check=True, capture_output=True)
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "venv" / "bin" / "python"


def run(python: Path, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    ours = f"assert {str(python.parent.parent)!r} in ffpf.__file__"
    command = [python, "-c", f"import ffpf; {ours}; from ffpf.start import main; main()"]
    return subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, cwd=python.parent, timeout=120,
        env={**os.environ, **variables},
    )  # fmt: skip


def test_it_is_listed(environment: Path) -> None:
    done = run(environment, "externs")
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "ones" in line]
    assert "EXTERN(ones, [start], [length])" in line and line.endswith(
        "Count the bits that are set in a part of the packet"
    )


def test_both_targets_run_it(environment: Path) -> None:
    found = {}
    for target in ("pc", "interp"):
        done = run(environment, "run", "--fpl", PROGRAM, "-r", SAMPLE, "--target", target, "--json", "-")
        assert done.returncode == 0, done.stderr
        found[target] = json.loads(done.stdout)["memory"]
    assert found["pc"] == found["interp"] and found["pc"]["M"]["nonzero"]["1"] > 1000


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("ones.c", "count = 0;", "count = 0", "ffpf_ones-ones.c:7:3: error: expected"),
        ("__init__.py", '"ones_count"', '"ones_cnt"', "implicit declaration of function 'ones_cnt'"),
    ],
)
def test_a_package_that_hides_the_first_and_is_broken(
    environment: Path, tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    """Nothing that was compiled from the other one is taken for it, and the fault is the package's."""
    command = ("run", "--fpl", PROGRAM, "-r", SAMPLE)
    assert run(environment, *command).returncode == 0
    broken = write_package(tmp_path) / "ffpf_ones" / file
    broken.write_text(broken.read_text().replace(old, new))
    done = run(environment, *command, PYTHONPATH=str(tmp_path))
    assert done.returncode == 3
    assert "error: the C of the external function 'ones' cannot be compiled" in done.stderr
    assert said in done.stderr.replace("‘", "'").replace("’", "'")


def test_a_wrong_call_is_told_how_it_is_right(environment: Path) -> None:
    done = run(environment, "run", "--fpl", "M[0] += EXTERN(ones, 1, 2, 3);", "-r", SAMPLE)
    assert done.returncode == 1 and "help: EXTERN(ones, [start], [length])" in done.stderr


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_the_programs_of_the_page_run(number: int) -> None:
    done = [ffpf("run", "--fpl", SNIPPETS[number], "-r", SAMPLE, "--target", t) for t in ("pc", "interp")]
    assert [d.returncode for d in done] == [0, 0], done[0].stderr.decode()
    shown = [[line for line in d.stdout.splitlines() if not line.startswith(b"time")] for d in done]
    assert shown[0] == shown[1] and len(SNIPPETS) == 2
