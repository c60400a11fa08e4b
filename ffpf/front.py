"""The front half of the compiler, handed the files and external functions of this machine."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ffpf.programs import FileReader, ProgramText
from ffpf.remarks import Rejected, Remark

if TYPE_CHECKING:
    from fpl3.check.program import Checked
    from fpl3.diagnostics import Diagnostic, Sink
    from fpl3.source import Source
    from fpl3.syntax.tree import Program


def check_program(
    text: ProgramText, reader: FileReader, tx_mac: tuple[int, ...] = ()
) -> tuple[Checked, list[Remark]]:
    """The checked program and the warnings about it. Rejected if it has errors. `tx_mac` are the next hops
    of a program that declares none."""
    from ffpf.registry import externs
    from fpl3.compiler import Environment, front
    from fpl3.diagnostics import Sink

    sink = Sink()
    source = decode(text, sink)
    checked = None
    if not sink.has_errors:
        environment = Environment(reader.read, reader.resolve, externs(), tx_mac)
        checked = front(source, environment, sink)
    remarks = render(sink.diagnostics)
    if checked is None or sink.has_errors:
        raise Rejected(remarks)
    return checked, remarks


def decode(text: ProgramText, sink: Sink) -> Source:
    """The program as characters; a byte that is not UTF-8 is an error that points to it."""
    from fpl3.kinds import NOT_UTF8
    from fpl3.source import NotUtf8, decoded

    try:
        return decoded(text.name, text.data)
    except NotUtf8 as error:
        sink.error(
            NOT_UTF8,
            error.span,
            f"byte {error.offset} of the text is 0x{error.byte:02x}, which is not UTF-8 there",
            help="save the file as UTF-8",
        )
        return error.span.source


def render(diagnostics: Iterable[Diagnostic]) -> list[Remark]:
    from fpl3.diagnostics import render_json, render_text

    return [Remark(render_text(d), render_json(d)) for d in diagnostics]


def parse_program(text: ProgramText) -> Program:
    """The syntax tree of a program. Rejected if it has errors."""
    from fpl3.diagnostics import Sink
    from fpl3.syntax.grammar import parse

    sink = Sink()
    source = decode(text, sink)
    tree = None if sink.has_errors else parse(source, sink)
    if tree is None or sink.has_errors:
        raise Rejected(render(sink.diagnostics))
    return tree


def format_program(text: ProgramText) -> str:
    """A program in the printer's layout, its comments kept. Rejected if it has errors."""
    from fpl3.diagnostics import Sink
    from fpl3.syntax.format import format_source

    tree = parse_program(text)
    formatted = format_source(tree.span.source, Sink())
    if parse_program(ProgramText("<formatted>", formatted.encode("utf-8"))) != tree:
        raise AssertionError("formatting changed the program")
    return formatted
