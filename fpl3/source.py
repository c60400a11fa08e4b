"""Source texts and the places in them that diagnostics point to."""

from __future__ import annotations

import codecs
from bisect import bisect_right
from dataclasses import dataclass, field


def _line_starts(text: str) -> tuple[int, ...]:
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return tuple(starts)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One text with its name: a file name, or `<fpl>`, `<bpf>`, `<snort>`, `<stdin>`."""

    name: str
    text: str
    line_starts: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "line_starts", _line_starts(self.text))

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset, both counted from 1."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (from 1), without its line end."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end].rstrip("\r")


class NotUtf8(ValueError):
    """Bytes that are no text: `byte` at `offset` of them; `span` is its place in what can be shown."""

    def __init__(self, span: Span, offset: int, byte: int) -> None:
        super().__init__(f"byte {offset} is 0x{byte:02x}, which is not UTF-8 there")
        self.span = span
        self.offset = offset
        self.byte = byte


def decoded(name: str, data: bytes) -> Source:
    """The source in the bytes of a file; a byte order mark is no part of it. Raises NotUtf8."""
    # Not "utf-8-sig": the offset in its errors counts from behind the mark.
    start = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    try:
        return Source(name, data[start:].decode())
    except UnicodeDecodeError as error:
        text = data[start:].decode(errors="replace")
        at = len(error.object[: error.start].decode())
        place = Span(Source(name, text), at, at + 1)
        raise NotUtf8(place, start + error.start, error.object[error.start]) from None


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a source."""

    source: Source
    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.source, self.start, max(self.end, other.end))

    @property
    def line(self) -> int:
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        return self.source.position(self.start)[1]

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def __str__(self) -> str:
        line, column = self.source.position(self.start)
        return f"{self.source.name}:{line}:{column}"
