"""Parsing a whole program: item by item, going on behind a fault at the next item."""

from __future__ import annotations

import re
import sys
from typing import Any

from fpl3 import kinds
from fpl3.diagnostics import Sink
from fpl3.source import Source
from fpl3.syntax import lexemes, tree
from fpl3.syntax.declarations import with_declarations
from fpl3.syntax.elements import Fault, Text, next_span, next_word, skip_space
from fpl3.syntax.expressions import EXPRESSION
from fpl3.syntax.statements import STATEMENT_INSIDE, ended

ITEM = with_declarations(STATEMENT_INSIDE)
MAX_FAULTS = 20
# Recursion of the parser and of what walks its trees: 200 levels of text, some frames each.
RECURSION = 20_000
_TOKEN = re.compile(
    r"""(?P<skip>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+') | (?P<word>[A-Za-z_]\w*) | (?P<end>;)""",
    re.VERBOSE,
)


def parse(source: Source, sink: Sink) -> tree.Program | None:
    """The tree of a program; faults go to the sink. None if the text cannot be read at all."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION))
    blanked, unterminated = lexemes.blank_comments(source.text)
    text = Text.of(blanked, source)
    if unterminated is not None:
        place = text.span(unterminated, unterminated + 2)
        sink.error(kinds.SYNTAX, place, "this comment does not end", help="close it with */")
        return None
    items = _items(text, sink)
    return tree.Program(text.span(0, len(text)), tuple(items))


def parse_expression(source: Source, sink: Sink) -> Any:
    """One expression that is the whole text; None if it is none."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION))
    text = Text.of(lexemes.blank_comments(source.text)[0], source)
    try:
        at, node = EXPRESSION.take(text, 0)
        if skip_space(text, at) < len(text):
            raise Fault(text, next_span(text, at), "expected the end of the expression")
    except Fault as fault:
        _report(fault, sink)
        return None
    return node


def _items(text: Text, sink: Sink) -> list[Any]:
    items: list[Any] = []
    at = _next_item(text, 0)
    faults = 0
    while at < len(text):
        try:
            _refuse_closing(text, at)
            end, item = ITEM.take(text, at)
            end = ended(text, end, item)
            items.append(item)
        except Fault as fault:
            _report(fault, sink)
            faults += 1
            if faults == MAX_FAULTS:
                break
            end = _behind(text, at, fault.place.start)
            text.depth = 0
        at = _next_item(text, end)
    return items


def _next_item(text: Text, at: int) -> int:
    """Past white space and empty statements."""
    at = skip_space(text, at)
    while at < len(text) and text[at] == ";":
        at = skip_space(text, at + 1)
    return at


def _refuse_closing(text: Text, at: int) -> None:
    word = next_word(text, at)
    if word.upper() in lexemes.CLOSING_WORDS:
        opens = {closer: opener for opener, closer in lexemes.CLOSES.items()}
        opener = opens.get(word.upper(), "IF" if word.upper().startswith("ELS") else "SWITCH")
        raise Fault(
            text, next_span(text, at), f"'{word}' without {opener}", help=f"no {opener} is open here"
        )


def _report(fault: Fault, sink: Sink) -> None:
    sink.error(fault.kind, fault.place, fault.message, notes=fault.notes, help=fault.help)


def _behind(text: Text, start: int, fault: int) -> int:
    """Where the item that began at `start` and has a fault at `fault` is over, as well as can be told:
    behind the next `;` outside of all blocks, or behind the word that closes the outermost block."""
    depth = 0
    for found in _TOKEN.finditer(text, start):
        word = found.group().upper() if found.lastgroup == "word" else ""
        if word in lexemes.CLOSES:
            depth += 1
        elif word in lexemes.CLOSES.values():
            depth -= 1
        past = found.end() > fault
        if past and depth <= 0 and (found.lastgroup == "end" or word in lexemes.CLOSES.values()):
            return found.end()
    return len(text)
