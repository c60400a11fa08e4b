"""Names of files and registers in the C text."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ffpf_plugins.pc import target
from tests.unit.pc_agreement import checked

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
