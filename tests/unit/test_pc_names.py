"""Names of files, registers and header stages in the C text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ffpf_plugins.pc import target
from tests.differential.agreement import OPTIMISED
from tests.unit.pc_agreement import agree, checked

NAMES = [
    'with "quotes".fpl', "back\\slash.fpl", "new\nline.fpl", "tri??/graph.fpl", "a???/b.fpl", "tab\t.fpl",
    "*/.fpl", "ü€.fpl", "not utf-8 \udcff.fpl", "%s %n.fpl", "\\", "??/", '"',
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_any_file_name(name: str, compiler: str, tmp_path: Path) -> None:
    made = target.compile_text(checked("RETURN (PKT.B[0]);", name))
    for file, content in made.files.items():
        (tmp_path / file).write_bytes(content)
    done = subprocess.run(
        [compiler, "-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", made.main_file],
        cwd=tmp_path, capture_output=True, text=True, errors="replace",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_messages_of_the_compiler_name_the_line_of_the_program() -> None:
    text = target.compile_text(checked("\n\nR[0] = 1;\nRETURN (PKT.B[0]);", "dir/my.fpl"))
    # Not the folder: the text must not depend on where the compiler was started.
    assert b'"my.fpl"' in text.files[text.main_file]


def test_a_part_has_the_stages_that_its_own_are_located_from(tmp_path: Path) -> None:
    """The link and IPv6 headers are known around the SPLIT, the others are located in it."""
    text = """INT32 x;
SWITCH (PKT.W[12])
CASE 1, 6:
  PKT.B[23] += PKT.HAS.SCTP;
CASE 17:
  IF (PKT.IP6.FLOW NOT IN 10.0.0.0/8) THEN
  ELSE
    SPLIT;
      x = (PKT.HAS.TCP << 4);
    TILPS
  FI
ESAC
"""
    agree([text], tmp_path, OPTIMISED)
