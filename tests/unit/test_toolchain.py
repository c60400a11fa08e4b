"""The compiler is found, identified, and its failures are told apart."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import pytest

from ffpf import toolchain
from ffpf.errors import MachineError


def test_gcc_compiles_an_object(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(
        '__attribute__((visibility("default"))) int seven(void);\nint seven(void) { return 7; }\n'
    )
    said = toolchain.find().compile(toolchain.OBJECT_FLAGS, ["a.c"], "a.so", tmp_path)
    assert said == ""
    assert ctypes.CDLL(str(tmp_path / "a.so")).seven() == 7


def test_what_the_compiler_refuses_carries_its_first_error(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int x = 1;\nint seven(void) { return y; }\n")
    with pytest.raises(toolchain.CompilerFailed) as caught:
        toolchain.find().compile(toolchain.OBJECT_FLAGS, ["a.c"], "a.so", tmp_path)
    assert "a.c:2" in caught.value.first_error and "y" in caught.value.first_error
    assert not (tmp_path / "a.so").exists()


def test_no_gcc_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="apt-get install gcc libc6-dev"):
        toolchain.find({"PATH": str(tmp_path)})


def test_cc_is_honoured_with_its_arguments() -> None:
    found = toolchain.find({"CC": "gcc -fno-common", "PATH": os.environ["PATH"]})
    assert found.command[1:] == ("-fno-common",)
    with pytest.raises(MachineError, match="CC names the compiler 'no-such-cc'"):
        toolchain.find({"CC": "no-such-cc", "PATH": os.environ["PATH"]})


def test_another_compiler_has_another_identity(tmp_path: Path) -> None:
    plain = toolchain.find({"PATH": os.environ["PATH"]})
    other = tmp_path / "gcc"
    other.write_text('#!/bin/sh\nexec /usr/bin/gcc "$@"\n')
    other.chmod(0o755)
    assert toolchain.find({"PATH": str(tmp_path)}).identity != plain.identity
    assert toolchain.find({"PATH": os.environ["PATH"]}).identity == plain.identity


def test_the_processors_features_are_part_of_the_key(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("processor : 0\nflags : fpu sse2\ncpu MHz : 2000\n\nprocessor : 1\nflags : other\n")
    two.write_text("processor : 7\nflags : fpu sse2 avx2\ncpu MHz : 2100\n")
    assert toolchain.cpu_identity(one)[1:] == ("flags : fpu sse2",)
    assert toolchain.cpu_identity(one) != toolchain.cpu_identity(two)
    assert toolchain.cpu_identity(tmp_path / "absent")[1:] == ("unknown processor",)


def test_graphviz_draws() -> None:
    assert b"<svg" in toolchain.draw(b'digraph g { a [label="x"]; }')


def test_no_graphviz_names_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match="apt-get install graphviz"):
        toolchain.draw(b"digraph g {}")
