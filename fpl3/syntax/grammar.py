"""The grammar of FPL-3 and its two doors: `parse` for programs, `parse_expression` for one expression.

Comments are blanked beforehand (offsets stay), so that the grammar knows white space only.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager

from fpl3 import kinds
from fpl3.diagnostics import Sink
from fpl3.source import Source
from fpl3.syntax import lexemes, tree
from fpl3.syntax.depth import allow_recursion
from fpl3.syntax.elements import Fault, Text, expected, skip_space
from fpl3.syntax.expressions import EXPRESSION
from fpl3.syntax.recovery import ProgramElement, report

PROGRAM = ProgramElement()
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(source: Source, sink: Sink) -> tree.Program | None:
    """The tree of a program, of what could be read if there are syntax errors (they go to the sink,
    at most 20). None if the text cannot be read at all: no UTF-8, or a comment without an end."""
    text = _prepared(source, sink)
    if text is None:
        return None
    with _no_collection():
        program = PROGRAM.parse_string(text, parse_all=True)[0]
    assert isinstance(program, tree.Program)
    return program


@contextmanager
def _no_collection() -> Iterator[None]:
    """Trees have no cycles: looking for some while a long program grows takes half of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def parse_expression(source: Source, sink: Sink) -> tree.Expression | None:
    """The tree of one expression that is the whole text; None if it is none (the sink says why)."""
    text = _prepared(source, sink)
    if text is None:
        return None
    try:
        at, node = EXPRESSION.take(text, 0)
        if skip_space(text, at) < len(text):
            raise expected(text, at, "the end of the expression", "nothing may follow the expression")
    except Fault as fault:
        report(fault, text)
        return None
    found: tree.Expression = node
    return found


def _prepared(source: Source, sink: Sink) -> Text | None:
    """The text without comments and byte order mark, or None if it cannot be read."""
    allow_recursion()
    surrogate = _SURROGATE.search(source.text)
    blanked, unterminated = lexemes.blank_comments(source.text)
    text = Text.of(
        blanked.replace("\ufeff", " ", 1) if blanked.startswith("\ufeff") else blanked, source, sink
    )
    if surrogate is not None:
        place = text.span(*surrogate.span())
        sink.error(kinds.NOT_UTF8, place, "this is not UTF-8", help="save the file as UTF-8")
        return None
    if unterminated is not None:
        place = text.span(unterminated, unterminated + 2)
        sink.error(kinds.UNCLOSED, place, "this comment does not end", help="close it with */")
        return None
    return text
