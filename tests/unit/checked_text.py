"""Checking a text in a test: an environment of files given as a mapping, and one external function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from fpl3.check.program import Checked
from fpl3.compiler import Environment, front
from fpl3.diagnostics import Severity, Sink
from fpl3.externs import (
    Choice,
    Extern,
    Fault,
    Function,
    Instance,
    Number,
    Options,
    OptionValue,
    Parameter,
    Texts,
)
from fpl3.source import Source, Span
from fpl3.types import U8, U32, U64

_SUM = Function("", (Parameter("first", U32), Parameter("second", U32)), "add", pure=True, cost=1)
ADD = Extern(
    name="add",
    summary="the sum of two numbers",
    functions=(_SUM,),
    c_file="add.c",
    reference="add:add",
)


def _no_digits(options: Options) -> Iterable[Fault]:
    """An example of a check: digits are refused where they stand."""
    texts = options[0]
    assert isinstance(texts, tuple)
    for number, text in enumerate(texts):
        for at, byte in enumerate(text.value):
            if chr(byte).isdigit():
                yield Fault(0, f"the digit '{chr(byte)}'", "write letters", number, at)
    if options[1] == 13:
        yield Fault(1, "13 brings bad luck", "take 12")


FIND = Extern(
    name="find",
    summary="an example of options",
    functions=(
        Function("", (Parameter("start", U32, 0), Parameter("now", U64, "TS")), "find", U8, "read"),
        Function("all", (), "find_all", packet="read", array=lambda options: 1000),
    ),
    c_file="find.c",
    reference="find:Find",
    options=(
        Texts("texts", ids=1000),
        Number("most", 1, 100, 10),
        Choice("case", ("upper", "lower"), "lower"),
    ),
    check=_no_digits,
)


def alone(extern: Extern, *options: OptionValue) -> Instance:
    """An instance outside of a program."""
    return Instance(extern.name, extern.name, extern, options, Span(Source("test", ""), 0, 0))


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

    return Environment(read, resolve, {"add": ADD, "find": FIND})


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
