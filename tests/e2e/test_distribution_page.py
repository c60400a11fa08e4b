"""docs/distribution.md shows what its commands print."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.e2e.command import FFPF, ROOT

PAGE = ROOT / "docs" / "distribution.md"
CONSOLE = re.compile(r"^```console\n\$ (.*)\n((?:.*\n)*?)```$", re.MULTILINE)


@pytest.mark.parametrize(("command", "printed"), CONSOLE.findall(PAGE.read_text(encoding="utf-8")))
def test_commands(command: str, printed: str, request: pytest.FixtureRequest) -> None:
    shell = command.replace("ffpf", str(FFPF), 1)
    done = subprocess.run(["sh", "-c", shell], cwd=ROOT, capture_output=True, check=True)
    text = done.stdout.decode()
    if request.config.getoption("--update-golden"):
        page = PAGE.read_text(encoding="utf-8")
        block = f"```console\n$ {command}\n"
        PAGE.write_text(page.replace(f"{block}{printed}```", f"{block}{text}```"), encoding="utf-8")
    else:
        assert text == printed
