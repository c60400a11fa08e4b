"""Files of texts for external functions: one a line, `[id:] "text" [NOCASE]`, `#` comments.

Strings are written as in programs. Texts without an id get the one behind that of the text before.
"""

from __future__ import annotations

import re

from fpl3 import kinds
from fpl3.check.context import Context, Rejected
from fpl3.externs import Text
from fpl3.source import Source, Span
from fpl3.syntax import lexemes

MAX_FAULTS = 20
_LINE = re.compile(
    r"""\s*+(?:(?P<id>[0-9]{1,40})\s*+:\s*+)?(?P<text>"(?:\\.|[^"\\])*+")(?P<nocase>\s*+(?i:NOCASE))?"""
    r"""\s*+(?:\#.*)?""",
    re.VERBOSE,
)
_EMPTY = re.compile(r"\s*+(?:#.*)?")
HELP = 'one text a line: 7: "abc" NOCASE, or just "abc"; # starts a comment'


def parse(ctx: Context, source: Source, highest: int) -> tuple[Text, ...]:
    """All texts of a file; every bad line is an error with its place (the first 20)."""
    found: list[Text] = []
    faults = at = last = 0
    for line in source.text.split("\n"):
        if not _EMPTY.fullmatch(line):
            text = _text(ctx, source, at, line.rstrip("\r"), last + 1, highest)
            faults += text is None
            if faults >= MAX_FAULTS:
                break
            if text is not None:
                found.append(text)
                last = text.id
        at += len(line) + 1
    if faults:
        raise Rejected
    return tuple(found)


def _text(ctx: Context, source: Source, at: int, line: str, following: int, highest: int) -> Text | None:
    found = _LINE.fullmatch(line)
    if found is None:
        start = at + len(line) - len(line.lstrip())
        _fault(ctx, Span(source, start, at + len(line.rstrip())), "this is no text")
        return None
    start, end = (at + place for place in found.span("text"))
    value, wrong = lexemes.unescaped(found["text"])
    if wrong is not None:
        escape = Span(source, start + wrong, start + wrong + 2)
        _fault(ctx, escape, f"unknown escape '{escape.text}'")
        return None
    id = int(found["id"]) if found["id"] else following
    if not 1 <= id <= highest:
        place = Span(source, at + found.start("id"), at + found.end("id")) if found["id"] else None
        _fault(ctx, place or Span(source, start, end), f"the id {id} is not in 1 to {highest}")
        return None
    return Text(id, value, found["nocase"] is not None, Span(source, start, end))


def _fault(ctx: Context, span: Span, message: str) -> None:
    ctx.sink.error(kinds.EXTERN_OPTIONS, span, message, help=HELP, notes=reversed(ctx.trail))
