"""The whole program: item by item, going on behind a fault at the next item of the top level."""

from __future__ import annotations

import re
from typing import Any

from fpl3.diagnostics import Note
from fpl3.syntax import lexemes, tree
from fpl3.syntax.declarations import ITEM
from fpl3.syntax.elements import Fault, Lexeme, Taken, Text, next_span, next_word, skip_space
from fpl3.syntax.statements import ended

MAX_FAULTS = 20
_TOKEN = re.compile(
    r"""(?:"(?:\\.|[^"\\\n])*+"? | '(?:\\.|[^'\\\n])*+'?) | (?P<word>[A-Za-z_]\w*+) | (?P<end>;)""",
    re.VERBOSE | re.ASCII,
)
_OPENERS = {closer: opener for opener, closer in lexemes.CLOSES.items()}


class ProgramElement(Lexeme):
    """Declarations and statements up to the end of the text; faults go to the text's sink."""

    def __init__(self) -> None:
        super().__init__("a program")
        self.item = ITEM

    def take(self, text: Text, at: int) -> Taken:
        items: list[Any] = []
        faults = 0
        at = _next_item(text, at)
        while at < len(text) and faults < MAX_FAULTS:
            try:
                _refuse_closing(text, at)
                end, item = self.item.take(text, at)
                end = ended(text, end, item)
                items.append(item)
            except Fault as fault:
                faults += 1
                report(fault, text, last=faults == MAX_FAULTS)
                end = _behind(text, at, fault.place.start)
                text.depth = 0
            at = _next_item(text, end)
        return len(text), tree.Program(text.span(0, len(text)), tuple(items))


def report(fault: Fault, text: Text, last: bool = False) -> None:
    notes = list(fault.notes)
    if last:
        notes.append(Note(f"after {MAX_FAULTS} errors the rest of the text is not read"))
    text.sink.error(fault.kind, fault.place, fault.message, notes=notes, help=fault.help)


def _next_item(text: Text, at: int) -> int:
    """Past white space and empty statements."""
    at = skip_space(text, at)
    while at < len(text) and text[at] == ";":
        at = skip_space(text, at + 1)
    return at


def _refuse_closing(text: Text, at: int) -> None:
    word = next_word(text, at)
    folded = word.upper()
    if folded in lexemes.CLOSING_WORDS:
        opener = _OPENERS.get(folded, "IF" if folded.startswith("ELS") else "SWITCH")
        help = f"no {opener} is open here; was it closed above?"
        raise Fault(text, next_span(text, at), f"'{word}' without {opener}", help=help)


def _behind(text: Text, start: int, fault: int) -> int:
    """Where the item that began at `start` and has a fault at `fault` is over, as well as can be told:
    behind the next `;` outside of all blocks, or behind the word that closes the outermost block."""
    depth = 0
    for found in _TOKEN.finditer(text, start):
        word = (found.group("word") or "").upper()
        if word in lexemes.CLOSES:
            depth += 1
        elif word in _OPENERS:
            depth -= 1
        over = found.group("end") is not None or word in _OPENERS
        if over and depth <= 0 and found.end() > fault:
            return found.end()
    return len(text)
