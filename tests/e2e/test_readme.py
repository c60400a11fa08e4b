"""The README shows what a reader will see."""

from __future__ import annotations

import re

from tests.e2e.command import EXAMPLES, ROOT, SAMPLE, ffpf

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def test_the_table_is_what_the_command_prints() -> None:
    printed = ffpf("run", EXAMPLES / "figure4.fpl", "-r", SAMPLE).stdout.decode().splitlines()
    shown = BLOCKS[0].splitlines()
    assert shown[:-1] == printed[:-1]
    assert shown[-1].split()[0] == printed[-1].split()[0] == "time"


def test_the_explained_lines_are_the_program() -> None:
    program = (EXAMPLES / "figure4.fpl").read_text(encoding="utf-8")
    lines = [line for line in program.splitlines() if line and not line.startswith("//")]
    assert "".join(BLOCKS[1:]).splitlines() == lines
