"""A cached program starts at once: nothing is parsed, little is imported."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from tests.e2e.command import EXAMPLES, FFPF, ROOT, SAMPLE, ffpf

RUN = ["run", str(EXAMPLES / "port_scan.fpl"), "-r", str(SAMPLE), "--json", "-"]
HEAVY = ("pyparsing", "rich", "importlib.metadata", "fpl3.check", "fpl3.syntax", "fpl3.ir", "ffpf_plugins")


def test_a_cached_run_imports_no_compiler() -> None:
    assert ffpf(*RUN).returncode == 0
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(FFPF), *RUN], capture_output=True, text=True, cwd=ROOT
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "ffpf.engine" in imported
    found = sorted(m for m in imported if m.startswith(HEAVY))
    assert not found


@pytest.mark.parametrize(("cached", "limit"), [(True, 0.5), (False, 2.0)])
def test_start_to_finish(cached: bool, limit: float, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Measured as processor time, which other work on the machine does not lengthen; the best of three."""
    ffpf(*RUN)
    used = []
    for _ in range(3):
        environment = dict(os.environ)
        if not cached:
            environment["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("empty"))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([FFPF, *RUN], check=True, stdout=subprocess.DEVNULL, env=environment, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    # Object and engine are compiled at the same time, on two processors.
    assert min(used) < (limit if cached else 2 * limit)
