"""Diagnostics: values with a kind, a place, notes and help; rendered as text or JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from fpl3.kinds import Kind
from fpl3.source import Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Note:
    """An addition to a diagnostic, with a place of its own if it has one."""

    message: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message about the user's text."""

    severity: Severity
    kind: Kind
    message: str
    span: Span
    notes: tuple[Note, ...] = ()
    help: str | None = None


class Sink:
    """Collects the diagnostics of one run of the compiler, in the order in which they were found."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._seen: set[Diagnostic] = set()

    def error(
        self,
        kind: Kind,
        span: Span,
        message: str,
        *,
        notes: Iterable[Note] = (),
        help: str | None = None,
    ) -> None:
        self._add(Diagnostic(Severity.ERROR, kind, message, span, tuple(notes), help))

    def warning(
        self,
        kind: Kind,
        span: Span,
        message: str,
        *,
        notes: Iterable[Note] = (),
        help: str | None = None,
    ) -> None:
        self._add(Diagnostic(Severity.WARNING, kind, message, span, tuple(notes), help))

    def _add(self, diagnostic: Diagnostic) -> None:
        # A macro that is used often would repeat its own fault at the same place.
        if diagnostic not in self._seen:
            self._seen.add(diagnostic)
            self.diagnostics.append(diagnostic)

    @property
    def has_errors(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.diagnostics if d.severity is Severity.ERROR]


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """`did you mean NAME?` for the nearest known name, or nothing if none is near."""
    by_folded = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), by_folded, n=1, cutoff=0.6)
    return f"did you mean '{by_folded[near[0]]}'?" if near else None


def render_text(diagnostic: Diagnostic) -> str:
    """`FILE:LINE:COLUMN: error[FPLnnnn]: WHAT`, the line, a caret, notes and help."""
    kind = diagnostic.kind
    lines = [f"{diagnostic.span}: {diagnostic.severity}[{kind.code}]: {diagnostic.message}"]
    lines += _excerpt(diagnostic.span)
    for note in diagnostic.notes:
        place = f"{note.span}: " if note.span else ""
        lines.append(f"{place}note: {note.message}")
        if note.span:
            lines += _excerpt(note.span)
    if diagnostic.help:
        lines.append(f"help: {diagnostic.help}")
    return "\n".join(map(_printable, "\n".join(lines).split("\n")))


def render_json(diagnostic: Diagnostic) -> dict[str, object]:
    """The same as a JSON-ready mapping."""
    return {
        "severity": str(diagnostic.severity),
        "code": diagnostic.kind.code,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "notes": [{"message": n.message, **(_place(n.span) if n.span else {})} for n in diagnostic.notes],
        "help": diagnostic.help,
    }


def _place(span: Span) -> dict[str, object]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


_LONGEST_LINE = 200


def _excerpt(span: Span) -> list[str]:
    line, column = span.source.position(span.start)
    text = span.source.line(line)
    # Tabs are kept in the margin, so that the caret stands right whatever a tab is worth.
    text, column = _window(text, column)
    margin = "".join("\t" if c == "\t" else " " for c in text[: column - 1])
    width = max(1, min(span.end - span.start, len(text) - column + 1))
    return [f"  {text}", f"  {margin}{'^' * width}"]


def _window(text: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and the column in it: a line may have a megabyte."""
    if len(text) <= _LONGEST_LINE:
        return text, column
    start = max(0, column - 1 - _LONGEST_LINE // 2)
    front, back = "..." if start else "", "..." if start + _LONGEST_LINE < len(text) else ""
    return f"{front}{text[start : start + _LONGEST_LINE]}{back}", column - start + len(front)


def _printable(text: str) -> str:
    """Control characters of hostile programs must not reach the terminal."""
    return "".join(c if c == "\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
