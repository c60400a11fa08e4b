"""The pyparsing elements that the grammar is made of.

FPL-3 can be parsed by looking at the next word, without ever going back. pyparsing's own elements are
made for grammars that need more and cost some microseconds for every token; these subclasses of its
Token, And, MatchFirst, Opt, ZeroOrMore and Forward know their first words, take white space with the
token, and pass plain values from one to the other. Faults are pyparsing's fatal exceptions and carry
what a diagnostic needs. The grammar made of them is an ordinary pyparsing grammar: `parse_string`,
`visit_all` and the like work on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, SupportsIndex

import pyparsing

from fpl3 import kinds
from fpl3.diagnostics import Note, Sink
from fpl3.kinds import Kind
from fpl3.source import Source, Span
from fpl3.syntax import lexemes
from fpl3.syntax.depth import MAX_DEPTH
from fpl3.syntax.slips import help_for_found


class Text(str):
    """The text that is parsed, comments blanked, with its source and the state of the parser:
    `depth` is how deep it is, `height` the height of the tallest operand so far (see Expression),
    `sink` takes the faults that it can go on behind."""

    source: Source
    sink: Sink
    depth: int
    height: int

    @classmethod
    def of(cls, text: str, source: Source, sink: Sink) -> Text:
        made = cls(text)
        made.source, made.sink, made.depth, made.height = source, sink, 0, 0
        return made

    def span(self, start: int, end: int) -> Span:
        return Span(self.source, start, end)

    def expandtabs(self, tabsize: SupportsIndex = 8) -> Text:
        """Itself: pyparsing would move every offset behind a tab."""
        return self


class Fault(pyparsing.ParseFatalException):
    """A syntax error: where, what, and what would be right."""

    def __init__(
        self,
        text: Text,
        span: tuple[int, int],
        message: str,
        *,
        help: str | None = None,
        notes: Sequence[Note] = (),
        kind: Kind = kinds.SYNTAX,
    ) -> None:
        super().__init__(text, span[0], message)
        self.place = text.span(*span)
        self.message = message
        self.help = help
        self.notes = tuple(notes)
        self.kind = kind


Taken = tuple[int, Any]


class Element(pyparsing.ParserElement):
    """`take(text, at)` gives the end and the value, or raises Fault; it never looks back."""

    def take(self, text: Text, at: int) -> Taken:
        raise AssertionError(f"{self.name} has no take")

    def parseImpl(self, instring: str, loc: int, do_actions: bool = True) -> tuple[int, Any]:
        assert isinstance(instring, Text)
        loc, value = self.take(instring, loc)
        return loc, [value]

    def streamline(self) -> pyparsing.ParserElement:
        """Nothing to do: merging nested sequences would lose the values that they build."""
        self.streamlined = True
        return self

    def named(self, name: str) -> None:
        """The name for messages; white space is the business of `take`."""
        self.set_name(name)
        self.skipWhitespace = False


class Lexeme(Element, pyparsing.Token):
    """An element that is not made of others, or that looks ahead on its own."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.named(name)

    def _generateDefaultName(self) -> str:
        return type(self).__name__

    def recurse(self) -> list[pyparsing.ParserElement]:
        """What it is made of, for pyparsing's walks over the grammar."""
        return [part for part in vars(self).values() if isinstance(part, pyparsing.ParserElement)]


_PUNCTUATION = {
    ")": "every '(' needs its ')'",
    "]": "every '[' needs its ']'",
    "}": "commas stand between elements, '}' behind the last",
    "{": "the elements stand in braces: { 1, 2 }",
    "=": "a declaration says its value behind '='",
}


class Word(Lexeme):
    """One keyword (in any case) or punctuation; its value is (start, end)."""

    def __init__(self, word: str, help: str | None = None) -> None:
        super().__init__(f"'{word}'")
        self.word = word
        self.help = help or _PUNCTUATION.get(word, f"'{word}' is needed here")
        ending = r"(?!\w)" if word[-1].isalnum() else ""
        self._match = re.compile(rf"\s*({re.escape(word)}){ending}", re.IGNORECASE | re.ASCII).match

    def take(self, text: Text, at: int) -> Taken:
        found = self._match(text, at)
        if found is None:
            raise expected(text, at, self.name, self.help)
        return found.end(), found.span(1)


class Sequence_(Element, pyparsing.And):
    """One element after the other; `build(text, values)` makes the value."""

    def __init__(
        self, name: str, parts: Sequence[Element], build: Callable[[Text, list[Any]], Any]
    ) -> None:
        super().__init__(parts)
        self.named(name)
        self.parts = tuple(parts)
        self.build = build

    def take(self, text: Text, at: int) -> Taken:
        values = []
        for part in self.parts:
            at, value = part.take(text, at)
            values.append(value)
        return at, self.build(text, values)


class Dispatch(Element, pyparsing.MatchFirst):
    """Chooses by the next word in capitals (or the next character); `otherwise` takes the rest."""

    def __init__(self, name: str, table: Mapping[str, Element], otherwise: Element) -> None:
        super().__init__([*dict.fromkeys(table.values()), otherwise])
        self.named(name)
        self.table = dict(table)
        self.otherwise = otherwise

    def take(self, text: Text, at: int) -> Taken:
        word = next_word(text, at).upper()
        return self.table.get(word, self.otherwise).take(text, at)


class Optional_(Element, pyparsing.Opt):
    """The element if the next word or character is `first`, else None."""

    def __init__(self, first: str, element: Element) -> None:
        super().__init__(element)
        self.named(f"[{element.name}]")
        self.first = first
        self.element = element

    def take(self, text: Text, at: int) -> Taken:
        if next_word(text, at).upper() != self.first:
            return at, None
        return self.element.take(text, at)


class Repeated(Element, pyparsing.ZeroOrMore):
    """The element as long as the next word is one of `firsts`; a list."""

    def __init__(self, firsts: Sequence[str], element: Element) -> None:
        super().__init__(element)
        self.named(f"{{{element.name}}}")
        self.firsts = frozenset(firsts)
        self.element = element

    def take(self, text: Text, at: int) -> Taken:
        values = []
        while next_word(text, at).upper() in self.firsts:
            at, value = self.element.take(text, at)
            values.append(value)
        return at, values


class Listed(Element, pyparsing.ZeroOrMore):
    """Elements with commas between them; a list. `end`: the character before which it may be empty,
    and before which a last comma may stand."""

    def __init__(self, element: Element, end: str | None = None) -> None:
        super().__init__(element)
        self.named(f"{element.name}, ...")
        self.element = element
        self.end = end

    def take(self, text: Text, at: int) -> Taken:
        values: list[Any] = []
        while self.end is None or next_word(text, at) != self.end:
            at, value = self.element.take(text, at)
            values.append(value)
            comma = _COMMA(text, at)
            if comma is None:
                break
            at = comma.end()
        return at, values


class Deeper(Element, pyparsing.Forward):
    """Counts one level of nesting around an element that is given later (recursion)."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.named(name)
        self.element: Element | None = None

    def set(self, element: Element) -> None:
        self.__lshift__(element)  # pyparsing's way to complete a Forward
        self.skipWhitespace = False
        self.element = element

    def take(self, text: Text, at: int) -> Taken:
        assert self.element is not None
        if text.depth >= MAX_DEPTH:
            start = skip_space(text, at)
            raise Fault(
                text,
                (start, start + 1),
                f"more than {MAX_DEPTH} levels inside each other",
                help="split the expression over several registers, or the program over several IFs",
                kind=kinds.NESTING,
            )
        text.depth += 1
        try:
            return self.element.take(text, at)
        finally:
            text.depth -= 1


_COMMA = re.compile(r"\s*,", re.ASCII).match


def skip_space(text: Text, at: int) -> int:
    found = lexemes.SPACE.match(text, at)
    assert found is not None
    return found.end()


def next_word(text: Text, at: int) -> str:
    """The next word or character, "" at the end of the text."""
    found = lexemes.NEXT.match(text, at)
    return found.group(1) if found else ""


def next_span(text: Text, at: int) -> tuple[int, int]:
    """Where the next word or character stands; at the end of the text, behind the last one."""
    found = lexemes.NEXT.match(text, at)
    if found is None or not found.group(1):
        end = at
        while end and text[end - 1].isspace():
            end -= 1
        return end, end
    return found.span(1)


def expected(text: Text, at: int, what: str, help: str | None = None, *, slips: bool = True) -> Fault:
    """`expected WHAT, found the next word`; typical slips have a help of their own, if `slips`."""
    word = next_word(text, at)
    found = f"'{shortened(word)}'" if word else "the end of the text"
    if word and not word.isprintable():
        found = f"the character U+{ord(word[0]):04X}"
    if word == '"':
        found = "a string"
    return Fault(
        text,
        next_span(text, at),
        f"expected {what}, found {found}",
        help=(help_for_found(word, what) if slips else None) or help,
    )


def shortened(word: str) -> str:
    """A word for a message: garbage may be one word of a megabyte."""
    return word if len(word) <= 60 else f"{word[:60]}..."
