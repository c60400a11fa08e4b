"""A program formatted, its comments kept."""

from __future__ import annotations

from fpl3.diagnostics import Sink
from fpl3.source import Source
from fpl3.syntax.comments import with_comments
from fpl3.syntax.grammar import parse
from fpl3.syntax.printer import print_program


def format_source(source: Source, sink: Sink) -> str:
    """The program in canonical form with its comments; as it is, if it has errors (in the sink)."""
    before = len(sink.errors)
    program = parse(source, sink)
    if program is None or len(sink.errors) > before:
        return source.text
    return with_comments(source.text, print_program(program))
