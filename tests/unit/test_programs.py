"""Files that programs name are read within bounds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ffpf.errors import InputError
from ffpf.programs import FileReader, read_program, unchanged


def test_names_are_relative_to_the_including_file(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "x").write_bytes(b"x")
    reader = FileReader()
    assert reader.resolve("a/b.fpl", "c/d") == "a/c/d"
    assert reader.resolve("<fpl>", "c") == "c"
    assert reader.read(str(tmp_path / "main.fpl"), "lib/x") == b"x"
    assert list(reader.read_files) == [str(tmp_path / "lib" / "x")]
    assert unchanged(reader.read_files)
    (tmp_path / "lib" / "x").write_bytes(b"y")
    assert not unchanged(reader.read_files)
    (tmp_path / "lib" / "x").unlink()
    assert not unchanged(reader.read_files)


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="leads out"):
        FileReader().read(str(tmp_path / "program" / "main.fpl"), "link")


def test_pipes_folders_and_devices_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.fpl")
    for name in (str(tmp_path / "pipe.fpl"), str(tmp_path), "/dev/zero", "no\0name.fpl"):
        with pytest.raises(InputError, match="error: "):
            read_program(name)
