"""The wheel carries everything: it runs where the source tree is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.e2e.command import ROOT, SAMPLE


def test_it_is_pure_and_complete(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for package in ("fpl3", "ffpf", "ffpf_plugins"):
        for path in (ROOT / package).rglob("*"):
            if path.suffix in (".py", ".c", ".h"):
                assert str(path.relative_to(ROOT)) in held
    tops = {name.partition("/")[0] for name in held}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"fpl3", "ffpf", "ffpf_plugins"}


def test_it_runs_outside_the_source_tree(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, wheel]
    subprocess.run(list(map(str, pip)), check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(site), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    script = (
        f"import ffpf, sys; assert ffpf.__file__.startswith({str(site)!r}), ffpf.__file__;"
        "from ffpf.start import main; main()"
    )
    command = [sys.executable, "-c", script, "run", "--fpl", "IF (PKT.UDP.DPORT == 53) THEN RETURN(1); FI"]
    done = subprocess.run(
        [*command, "-r", str(SAMPLE), "--json", "-"], capture_output=True, env=environment, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["delivered"] > 10
