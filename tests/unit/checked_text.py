"""Checking a text in a test: an environment of files given as a mapping, and one external function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from fpl3.check.program import Checked, Extern
from fpl3.compiler import Environment, front
from fpl3.diagnostics import Severity, Sink
from fpl3.source import Source
from fpl3.types import U32

ADD = Extern(
    name="add",
    summary="the sum of two numbers",
    parameters=(("first", U32), ("second", U32)),
    returns=U32,
    packet="none",
    pure=True,
    cost=1,
    targets=("pc",),
    c_function="add",
    c_file="add.c",
    reference="add:add",
)


def environment(files: Mapping[str, bytes] | None = None) -> Environment:
    """An environment whose files are `files`, by path below the main text's folder."""
    known = files or {}

    def resolve(including: str, path: str) -> str:
        return str(PurePosixPath(including).parent / path)

    def read(including: str, path: str) -> bytes:
        name = resolve(including, path)
        if name not in known:
            raise FileNotFoundError(2, "No such file or directory", name)
        return known[name]

    return Environment(read, resolve, {"add": ADD})


def check_text(text: str, files: Mapping[str, bytes] | None = None) -> tuple[Checked | None, Sink]:
    sink = Sink()
    return front(Source("test.fpl", text), environment(files), sink), sink


def accepted(text: str, files: Mapping[str, bytes] | None = None) -> Checked:
    """The checked program of a text that must be right."""
    checked, sink = check_text(text, files)
    assert checked is not None, [(str(d.span), d.message) for d in sink.diagnostics]
    return checked


def codes(text: str, files: Mapping[str, bytes] | None = None) -> list[str]:
    """The codes of all errors and warnings of a text, in order."""
    _, sink = check_text(text, files)
    return [diagnostic.kind.code for diagnostic in sink.diagnostics]


def warnings(text: str) -> list[str]:
    _, sink = check_text(text)
    assert not sink.has_errors, [(str(d.span), d.message) for d in sink.diagnostics]
    return [d.message for d in sink.diagnostics if d.severity is Severity.WARNING]
