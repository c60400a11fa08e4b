"""Statements: each begins with its own word; what begins with none is an assignment."""

from __future__ import annotations

import re
from typing import Any

import pyparsing

from fpl3 import kinds
from fpl3.diagnostics import Note
from fpl3.source import Span
from fpl3.syntax import lexemes, tree
from fpl3.syntax.elements import (
    Deeper,
    Dispatch,
    Element,
    Fault,
    Lexeme,
    Listed,
    Optional_,
    Repeated,
    Sequence_,
    Taken,
    Text,
    Word,
    expected,
    next_span,
    next_word,
    shortened,
)
from fpl3.syntax.expressions import EXPRESSION, TARGET
from fpl3.syntax.operands import CALLS
from fpl3.syntax.slips import help_for_statement

_ASSIGNMENT = re.compile(r"\s*+(<<=|>>=|\+\+|--|[-+*/%&|^]?=)(?!=)", re.ASCII).match
_SEMICOLON = re.compile(r"\s*+;", re.ASCII).match
# A word that cannot be the target of an assignment, by what follows it.
_NO_TARGET = re.compile(r"\s*+(?!PKT\b)([A-Za-z_]\w*+)\s*+([(;{:\w]|$)", re.ASCII | re.IGNORECASE).match
_STATEMENTS = "statements are assignments, IF, FOR, BREAK, SWITCH, SPLIT, RETURN, TX, ALERT and EXTERN"
_RAW_CALL = frozenset(("R", "M"))


class Statements(Lexeme):
    """Statements up to a word that closes the block (or the end of the text)."""

    def __init__(self, statement: Element) -> None:
        super().__init__("statements")
        self.statement = statement

    def take(self, text: Text, at: int) -> Taken:
        body: list[Any] = []
        while True:
            semicolon = _SEMICOLON(text, at)
            while semicolon:
                at = semicolon.end()
                semicolon = _SEMICOLON(text, at)
            word = next_word(text, at).upper()
            if not word or word in lexemes.CLOSING_WORDS:
                return at, tuple(body)
            at, statement = self.statement.take(text, at)
            at = ended(text, at, statement)
            body.append(statement)


COMPOUND = (tree.If, tree.For, tree.Switch, tree.Split)


def ended(text: Text, at: int, statement: Any) -> int:
    """Behind the `;` of a statement, where it needs one."""
    semicolon = _SEMICOLON(text, at)
    if semicolon:
        return semicolon.end()
    word = next_word(text, at).upper()
    if not word or word in lexemes.CLOSING_WORDS or isinstance(statement, COMPOUND):
        return at
    raise _no_semicolon(text, at, statement)


def _no_semicolon(text: Text, at: int, statement: Any) -> Fault:
    help = "statements and declarations end with ';'"
    partly = isinstance(statement, tree.Return) and statement.value is not None
    if partly and (lexemes.OPERATOR.match(text, at) or next_word(text, at) == "?"):
        help = "RETURN (value); with the whole value in parentheses"
    elif isinstance(statement, tree.Declaration) and next_word(text, at) == ",":
        help = "each name has a declaration of its own, which ends with ';'"
    fault = expected(text, at, "';'", help)
    if "\n" in text[at : fault.place.start]:
        # What is missing is missing here, not where the next line begins.
        return Fault(text, (at, at), "expected ';' at the end of the line", help=help)
    return fault


class Compound(Sequence_):
    """A statement with a closing word; if that is missing, the message points at both ends."""

    def __init__(self, name: str, parts: tuple[Element, ...], build: Any) -> None:
        closing = parts[-1]
        assert isinstance(closing, Word)
        self.closing = closing.word
        super().__init__(name, parts, build)
        self.last = Sequence_("the closing word", parts[-1:], lambda _, v: v[0])
        self.parts = self.parts[:-1]

    def take(self, text: Text, at: int) -> Taken:
        opener = next_span(text, at)
        values = []
        for part in self.parts:
            at, value = part.take(text, at)
            values.append(value)
        if next_word(text, at).upper() != self.closing:
            raise self._unclosed(text, at, opener, values)
        at, value = self.last.take(text, at)
        return at, self.build(text, [*values, value])

    def _unclosed(self, text: Text, at: int, opener: tuple[int, int], values: list[Any]) -> Fault:
        help = f"{self.name} ends with {self.closing}"
        otherwise = values[-1]
        if self.closing == "FI" and otherwise and isinstance(otherwise[0], tree.If):
            help = "ELSE IF opens a second IF with an FI of its own; ELSIF does without"
        elif self.closing == "ESAC":
            help = "SWITCH (e) CASE 1, 2: ... DEFAULT: ... ESAC; DEFAULT comes last"
        fault = expected(text, at, f"'{self.closing}'", help)
        fault.kind = kinds.UNCLOSED
        fault.notes = (Note(f"this {self.name} is not closed", text.span(*opener)),)
        return fault


class Simple(Lexeme):
    """`target = value`, `target op= value`, `target++`, `--target`; no `;`."""

    def __init__(self) -> None:
        super().__init__("a statement")

    def take(self, text: Text, at: int) -> Taken:
        start, _ = next_span(text, at)
        if text.startswith(("+", "-"), start):
            return self._prefix_step(text, at)
        slip = _NO_TARGET(text, at)
        if slip:
            raise _no_statement(text, slip)
        if text.startswith(("{", "}", "("), start):
            help = "statements begin with a word, or with what is assigned, without parentheses: R[0] = 1;"
            raise expected(text, at, "a statement", help)
        at, target = TARGET.take(text, at)
        found = _ASSIGNMENT(text, at)
        if found is None:
            raise _no_assignment(text, at)
        op, at = found.group(1), found.end()
        if op in ("++", "--"):
            return at, tree.Step(text.span(start, at), target, op)
        at, value = EXPRESSION.take(text, at)
        return at, tree.Assign(text.span(start, at), target, op, value)

    def _prefix_step(self, text: Text, at: int) -> Taken:
        found = _ASSIGNMENT(text, at)
        if found is None or found.group(1) not in ("++", "--"):
            raise expected(text, at, "a statement", "'++' and '--' may stand before what they change")
        end, target = TARGET.take(text, found.end())
        return end, tree.Step(text.span(found.start(1), end), target, found.group(1))


def _no_assignment(text: Text, at: int) -> Fault:
    if text.startswith("==", next_span(text, at)[0]):
        start, _ = next_span(text, at)
        return Fault(text, (start, start + 2), "expected an assignment, found '=='", help="'=' assigns")
    help = "of all expressions only EXTERN(...) is a statement"
    if next_word(text, at) == ":":
        help = "an assignment is written with '=' alone"
    return expected(text, at, "an assignment ('=', '+=', '++', ...)", help)


def _no_statement(text: Text, found: re.Match[str]) -> Fault:
    """The message about a statement that begins with a word which begins none."""
    word, following = found.group(1), found.group(2)
    folded, place = word.upper(), found.span(1)
    if folded in lexemes.DECLARATION_WORDS | lexemes.TYPE_WORDS | lexemes.STORAGE_WORDS:
        help = "declarations stand at the top level, before what uses them"
        return Fault(
            text,
            place,
            f"a declaration ('{word}') inside a block",
            help=help,
            kind=kinds.DECLARATION_INSIDE,
        )
    if folded in CALLS:
        help = f"use the value: R[0] = {folded}(...);"
        return Fault(text, place, f"{folded} gives a value and is no statement of its own", help=help)
    if folded == "THEN":
        return Fault(text, place, "'THEN' without IF", help="IF (condition) THEN ... FI")
    if folded in _RAW_CALL and following == "(":
        help = f"{folded}[n]: an index stands in brackets"
        return Fault(text, found.span(2), f"'{word}' takes its index in brackets", help=help)
    help = help_for_statement(word) or _STATEMENTS
    return Fault(text, place, f"'{shortened(word)}' begins no statement", help=help)


def _span(text: Text, values: list[Any]) -> Any:
    """From the first keyword to the last token of a construct."""
    return text.span(values[0][0], values[-1][1])


STATEMENT_INSIDE = Deeper("a statement")
BLOCK = Statements(STATEMENT_INSIDE)
SIMPLE = Simple()
_CONDITION = Sequence_(
    "a condition in parentheses",
    (Word("(", "the condition stands in parentheses: IF (a == b) THEN ... FI"), EXPRESSION, Word(")")),
    lambda _, v: v[1],
)
_VALUE = Sequence_("a value in parentheses", (Word("("), EXPRESSION, Word(")")), lambda _, v: v[1])
_THEN = Word("THEN", "IF (condition) THEN ... FI")


def _branch(text: Text, values: list[Any]) -> tree.Branch:
    word, condition, _, body = values
    return tree.Branch(_through(text, word, body, condition), condition, body)


def _through(text: Text, word: tuple[int, int], body: tree.Block, head: Any) -> Span:
    """From a keyword to the end of its block, or of what stands before the block if it is empty."""
    return text.span(word[0], (body[-1] if body else head).span.end)


_ELSIF = Sequence_("ELSIF", (Word("ELSIF"), _CONDITION, _THEN, BLOCK), _branch)
_ELSE = Sequence_("ELSE", (Word("ELSE"), BLOCK), lambda _, v: v[1])


def _if(text: Text, values: list[Any]) -> tree.If:
    rest, otherwise, _ = values[4:]
    first = _branch(text, values[:4])
    return tree.If(_span(text, values), (first, *rest), otherwise)


IF = Compound(
    "IF",
    (
        Word("IF"), _CONDITION, _THEN, BLOCK, Repeated(("ELSIF",), _ELSIF),
        Optional_("ELSE", _ELSE), Word("FI"),
    ),
    _if,
)  # fmt: skip


class Maybe(Element, pyparsing.Opt):
    """The element, unless one of the characters `ends` comes next: then None."""

    def __init__(self, element: Element, ends: str) -> None:
        super().__init__(element)
        self.named(f"[{element.name}]")
        self.element = element
        self.ends = ends

    def take(self, text: Text, at: int) -> Taken:
        if next_word(text, at) in self.ends:
            return at, None
        return self.element.take(text, at)


def _for(text: Text, values: list[Any]) -> tree.For:
    _, _, init, _, test, _, update, _, body, _ = values
    return tree.For(_span(text, values), init, test, update, body)


_FOR_HELP = "FOR (start; test; step) ... ROF"
FOR = Compound(
    "FOR",
    (
        Word("FOR"), Word("(", _FOR_HELP), Maybe(SIMPLE, ";"), Word(";", _FOR_HELP),
        Maybe(EXPRESSION, ";"), Word(";", _FOR_HELP), Maybe(SIMPLE, ")"), Word(")", _FOR_HELP),
        BLOCK, Word("ROF"),
    ),
    _for,
)  # fmt: skip


def _case(text: Text, values: list[Any]) -> tree.Case:
    word, choices, _, body = values
    return tree.Case(_through(text, word, body, choices[-1]), tuple(choices), body)


_COLON = Word(":", "CASE 1, 2: ... has a colon behind the values")
_CASE = Sequence_("CASE", (Word("CASE"), Listed(EXPRESSION), _COLON, BLOCK), _case)
_DEFAULT = Sequence_("DEFAULT", (Word("DEFAULT"), Word(":", "DEFAULT: ..."), BLOCK), lambda _, v: v[2])


def _switch(text: Text, values: list[Any]) -> tree.Switch:
    _, value, cases, default, _ = values
    return tree.Switch(_span(text, values), value, tuple(cases), default)


SWITCH = Compound(
    "SWITCH",
    (
        Word("SWITCH"), _VALUE, Repeated(("CASE",), _CASE), Optional_("DEFAULT", _DEFAULT),
        Word("ESAC"),
    ),
    _switch,
)  # fmt: skip


class Return(Lexeme):
    """`RETURN (v)`, `RETURN`."""

    def __init__(self) -> None:
        super().__init__("RETURN")
        self.word = Word("RETURN")

    def take(self, text: Text, at: int) -> Taken:
        at, (start, end) = self.word.take(text, at)
        following = next_word(text, at)
        if following == "(":
            if next_word(text, next_span(text, at)[1]) == ")":
                help = "RETURN (value); or RETURN; which is RETURN (0);"
                raise Fault(text, (start, end), "RETURN with nothing in its parentheses", help=help)
            at, value = _VALUE.take(text, at)
            return at, tree.Return(text.span(start, at), value)
        if not following or following == ";" or following.upper() in lexemes.CLOSING_WORDS:
            return at, tree.Return(text.span(start, end), None)
        raise expected(text, at, "'(' or ';' behind RETURN", "RETURN (value); or RETURN;")


def _split(text: Text, values: list[Any]) -> tree.Split:
    _, where, _, body, _ = values
    return tree.Split(_span(text, values), where, body)


SPLIT = Compound(
    "SPLIT",
    (
        Word("SPLIT"), Optional_("(", _VALUE), Word(";", "SPLIT; ... TILPS or SPLIT(where); ... TILPS"),
        BLOCK, Word("TILPS"),
    ),
    _split,
)  # fmt: skip


_TX_HELP = "TX(Mac, index), TX(Mac, id, index) or TX(Ip, index)"


class TableName(Lexeme):
    """`Mac`, `Ip` or `Node`, in any case."""

    def __init__(self) -> None:
        super().__init__("Mac or Ip")

    def take(self, text: Text, at: int) -> Taken:
        word = next_word(text, at)
        if word.upper() not in ("MAC", "IP", "NODE"):
            raise expected(text, at, self.name, _TX_HELP)
        return next_span(text, at)[1], word.capitalize()


def _transmit(text: Text, values: list[Any]) -> tree.Transmit:
    word, _, table, _, arguments, end = values
    takes = {"Mac": (1, 2), "Ip": (1,), "Node": (2,)}[table]
    if len(arguments) not in takes:
        numbers = " or ".join(("one", "two")[n - 1] for n in takes)
        raise Fault(
            text,
            (word[0], end[1]),
            f"TX({table}, ...) takes {numbers} value{'' if takes == (1,) else 's'}",
            help="TX(Node, origin, index)" if table == "Node" else _TX_HELP,
        )
    return tree.Transmit(text.span(word[0], end[1]), table, tuple(arguments))


TRANSMIT = Sequence_(
    "TX",
    (Word("TX"), Word("(", _TX_HELP), TableName(), Word(",", _TX_HELP), Listed(EXPRESSION), Word(")")),
    _transmit,
)


class NameElement(Lexeme):
    """A name that the program gives or uses; reserved words are refused."""

    def __init__(self, what: str = "a name") -> None:
        super().__init__(what)

    def take(self, text: Text, at: int) -> Taken:
        found = lexemes.WORD.match(text, at)
        if found is None:
            raise expected(text, at, self.name, "names are made of letters, digits and _, no digit first")
        if found.group(1).upper() in lexemes.RESERVED:
            help = f"{self.name} must differ from all reserved words in any case"
            message = f"'{found.group(1)}' is a reserved word"
            raise Fault(text, found.span(1), message, help=help, kind=kinds.RESERVED_NAME)
        return found.end(), tree.Name(text.span(*found.span(1)), found.group(1))


def _alert(text: Text, values: list[Any]) -> tree.Alert:
    return tree.Alert(_span(text, values), values[2])


ALERT = Sequence_(
    "ALERT",
    (Word("ALERT"), Word("(", "ALERT(name of a RULE);"), NameElement("a rule's name"), Word(")")),
    _alert,
)
BREAK = Sequence_("BREAK", (Word("BREAK"),), lambda text, v: tree.Break(text.span(*v[0])))
EVALUATE = Sequence_("EXTERN", (TARGET,), lambda _, v: tree.Evaluate(v[0].span, v[0]))

STATEMENT = Dispatch(
    "a statement",
    {
        "IF": IF, "FOR": FOR, "SWITCH": SWITCH, "RETURN": Return(), "SPLIT": SPLIT, "TX": TRANSMIT,
        "ALERT": ALERT, "BREAK": BREAK, "EXTERN": EVALUATE,
    },
    SIMPLE,
)  # fmt: skip
STATEMENT_INSIDE.set(STATEMENT)
