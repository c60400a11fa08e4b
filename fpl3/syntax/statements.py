"""Statements: each begins with its own word; what begins with none is an assignment."""

from __future__ import annotations

import difflib
import re
from typing import Any

from fpl3.diagnostics import Note
from fpl3.syntax import lexemes, tree
from fpl3.syntax.elements import (
    Deeper,
    Dispatch,
    Element,
    Fault,
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
)
from fpl3.syntax.expressions import EXPRESSION, OPERAND, TARGET

_ASSIGNMENT = re.compile(r"\s*(<<=|>>=|\+\+|--|[-+*/%&|^]?=)(?!=)").match
_SEMICOLON = re.compile(r"\s*;").match
_WORD_SLIPS = {
    "ELIF": "ELSIF", "ELSEIF": "ELSIF", "ENDIF": "FI", "END": "FI, ROF, TILPS or ESAC",
    "WHILE": "FOR (; test; )", "DONE": "ROF", "ENDFOR": "ROF", "CONTINUE": "an IF around the rest",
    "GOTO": "IF, FOR and SWITCH", "DROP": "RETURN (0)", "ACCEPT": "RETURN (1)", "PASS": "RETURN (1)",
}  # fmt: skip


def _word(word: str) -> Word:
    return Word(word)


class Statements(Element):
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
    if word in ("AND", "OR"):
        help: str | None = f"write {'&&' if word == 'AND' else '||'}"
    else:
        help = "statements end with ';'"
    raise Fault(text, next_span(text, at), f"expected ';', found '{next_word(text, at)}'", help=help)


class Closing(Element):
    """The word that closes a block; where another stands, the message points at both ends."""

    def __init__(self, word: str, opener: str) -> None:
        super().__init__(f"'{word}'")
        self.word = Word(word)
        self.closes = word
        self.opener = opener

    def take(self, text: Text, at: int) -> Taken:
        if next_word(text, at).upper() == self.closes:
            return self.word.take(text, at)
        raise expected(text, at, self.name, help=f"{self.opener} ends with {self.closes}")


class Compound(Sequence_):
    """A statement with an end of its own; a missing end is told with a note at its beginning."""

    def take(self, text: Text, at: int) -> Taken:
        start = next_span(text, at)
        try:
            return super().take(text, at)
        except Fault as fault:
            if fault.help and fault.help.startswith(f"{self.name} ends with") and not fault.notes:
                fault.notes = (Note(f"this {self.name} began here", text.span(*start)),)
            raise


class Simple(Element):
    """`target = value`, `target op= value`, `target++`, `--target`; no `;`."""

    def __init__(self) -> None:
        super().__init__("a statement")

    def take(self, text: Text, at: int) -> Taken:
        word = next_word(text, at)
        if word in ("+", "-"):
            return self._prefix_step(text, at)
        start, end = next_span(text, at)
        self._refuse_slips(text, word, (start, end))
        at, target = OPERAND.take(text, at)
        found = _ASSIGNMENT(text, at)
        if found is None:
            raise self._no_assignment(text, at, target.node)
        op, at = found.group(1), found.end()
        if op in ("++", "--"):
            return at, tree.Step(text.span(start, at), target.node, op)
        at, value = EXPRESSION.take(text, at)
        return at, tree.Assign(text.span(start, _value_end(text, at)), target.node, op, value)

    def _prefix_step(self, text: Text, at: int) -> Taken:
        found = _ASSIGNMENT(text, at)
        if found is None or found.group(1) not in ("++", "--"):
            raise expected(text, at, "a statement")
        end, target = TARGET.take(text, found.end())
        return end, tree.Step(text.span(found.start(1), end), target, found.group(1))

    def _refuse_slips(self, text: Text, word: str, span: tuple[int, int]) -> None:
        folded = word.upper()
        if folded in _WORD_SLIPS:
            raise Fault(
                text, span, f"'{word}' is no word of FPL-3", help=f"FPL-3 has {_WORD_SLIPS[folded]}"
            )
        if word in ("{", "}"):
            raise Fault(
                text,
                span,
                f"expected a statement, found '{word}'",
                help="blocks end with words: IF ... FI, FOR ... ROF, SWITCH ... ESAC, SPLIT; ... TILPS",
            )
        if folded in lexemes.DECLARATION_WORDS | lexemes.TYPE_WORDS | lexemes.STORAGE_WORDS:
            raise Fault(
                text,
                span,
                f"a declaration ('{word}') inside a block",
                help="declarations stand at the top level, before what uses them",
            )
        if folded == "THEN":
            raise Fault(text, span, "'THEN' without IF", help="IF (condition) THEN ... FI")

    def _no_assignment(self, text: Text, at: int, node: Any) -> Fault:
        name = node.name if isinstance(node, tree.Name | tree.Call) else None
        known = sorted(lexemes.RESERVED)
        near = difflib.get_close_matches(name.upper(), known, 1, 0.7) if isinstance(name, str) else []
        if near:
            return Fault(
                text,
                (node.span.start, node.span.start + len(str(name))),
                f"'{name}' begins no statement",
                help=f"did you mean '{near[0]}'?",
            )
        return expected(text, at, "an assignment ('=', '+=', '++', ...)")


def _value_end(text: Text, at: int) -> int:
    return len(text[:at].rstrip())


def _span(text: Text, values: list[Any]) -> Any:
    """From the first keyword to the last token of a construct."""
    return text.span(values[0][0], values[-1][1])


STATEMENT_INSIDE = Deeper("a statement")
BLOCK = Statements(STATEMENT_INSIDE)
SIMPLE = Simple()
_CONDITION = Sequence_(
    "a condition in parentheses", (_word("("), EXPRESSION, _word(")")), lambda _, v: v[1]
)


def _branch(text: Text, values: list[Any]) -> tree.Branch:
    _, condition, _, body = values
    return tree.Branch(condition.span, condition, body)


_ELSIF = Sequence_("ELSIF", (_word("ELSIF"), _CONDITION, _word("THEN"), BLOCK), _branch)
_ELSE = Sequence_("ELSE", (_word("ELSE"), BLOCK), lambda _, v: v[1])


def _if(text: Text, values: list[Any]) -> tree.If:
    _, condition, _, body, rest, otherwise, _ = values
    first = tree.Branch(condition.span, condition, body)
    return tree.If(_span(text, values), (first, *rest), otherwise)


IF = Compound(
    "IF",
    (
        _word("IF"), _CONDITION, _word("THEN"), BLOCK, Repeated(("ELSIF",), _ELSIF),
        Optional_("ELSE", _ELSE), Closing("FI", "IF"),
    ),
    _if,
)  # fmt: skip


class Maybe(Element):
    """The element, unless one of the characters `ends` comes next: then None."""

    def __init__(self, element: Element, ends: str) -> None:
        super().__init__(element.name)
        self.element = element
        self.ends = ends

    def take(self, text: Text, at: int) -> Taken:
        if next_word(text, at) in self.ends:
            return at, None
        return self.element.take(text, at)


def _for(text: Text, values: list[Any]) -> tree.For:
    _, _, init, _, test, _, update, _, body, _ = values
    return tree.For(_span(text, values), init, test, update, body)


FOR = Compound(
    "FOR",
    (
        _word("FOR"), _word("("), Maybe(SIMPLE, ";"), _word(";"), Maybe(EXPRESSION, ";"), _word(";"),
        Maybe(SIMPLE, ")"), _word(")"), BLOCK, Closing("ROF", "FOR"),
    ),
    _for,
)  # fmt: skip


def _case(text: Text, values: list[Any]) -> tree.Case:
    word, choices, _, body = values
    return tree.Case(text.span(*word), tuple(choices), body)


_CASE = Sequence_("CASE", (_word("CASE"), Listed(EXPRESSION), _word(":"), BLOCK), _case)
_DEFAULT = Sequence_("DEFAULT", (_word("DEFAULT"), _word(":"), BLOCK), lambda _, v: v[2])


def _switch(text: Text, values: list[Any]) -> tree.Switch:
    _, value, cases, default, _ = values
    return tree.Switch(_span(text, values), value, tuple(cases), default)


SWITCH = Compound(
    "SWITCH",
    (
        _word("SWITCH"), _CONDITION, Repeated(("CASE",), _CASE), Optional_("DEFAULT", _DEFAULT),
        Closing("ESAC", "SWITCH"),
    ),
    _switch,
)  # fmt: skip


class Return(Element):
    """`RETURN (v)`, `RETURN`."""

    def __init__(self) -> None:
        super().__init__("RETURN")
        self.word = Word("RETURN")

    def take(self, text: Text, at: int) -> Taken:
        at, (start, end) = self.word.take(text, at)
        following = next_word(text, at)
        if following == "(":
            at, value = _CONDITION.take(text, at)
            return at, tree.Return(text.span(start, at), value)
        if not following or following == ";" or following.upper() in lexemes.CLOSING_WORDS:
            return at, tree.Return(text.span(start, end), None)
        raise expected(text, at, "'(' or ';' behind RETURN", help="RETURN (value); or RETURN;")


def _split(text: Text, values: list[Any]) -> tree.Split:
    _, where, _, body, _ = values
    return tree.Split(_span(text, values), where, body)


SPLIT = Compound(
    "SPLIT",
    (
        _word("SPLIT"), Optional_("(", _CONDITION), _word(";"), BLOCK, Closing("TILPS", "SPLIT"),
    ),
    _split,
)  # fmt: skip


class TableName(Element):
    """`Mac` or `Ip`, in any case."""

    def __init__(self) -> None:
        super().__init__("Mac or Ip")

    def take(self, text: Text, at: int) -> Taken:
        word = next_word(text, at)
        if word.upper() not in ("MAC", "IP"):
            raise expected(text, at, self.name, help="TX(Mac, index), TX(Mac, id, index) or TX(Ip, index)")
        return next_span(text, at)[1], word.capitalize()


def _transmit(text: Text, values: list[Any]) -> tree.Transmit:
    word, _, table, _, arguments, end = values
    most = 2 if table == "Mac" else 1
    if not 1 <= len(arguments) <= most:
        raise Fault(
            text,
            (word[0], end[1]),
            f"TX({table}, ...) takes {'one or two values' if most == 2 else 'one value'}",
            help="TX(Mac, index), TX(Mac, id, index) or TX(Ip, index)",
        )
    return tree.Transmit(text.span(word[0], end[1]), table, tuple(arguments))


TRANSMIT = Sequence_(
    "TX",
    (_word("TX"), _word("("), TableName(), _word(","), Listed(EXPRESSION), _word(")")),
    _transmit,
)


class NameElement(Element):
    """A name that the program gives or uses; reserved words are refused."""

    def __init__(self, what: str = "a name") -> None:
        super().__init__(what)

    def take(self, text: Text, at: int) -> Taken:
        found = lexemes.WORD.match(text, at)
        if found is None:
            raise expected(text, at, self.name)
        if found.group(1).upper() in lexemes.RESERVED:
            raise Fault(
                text,
                found.span(1),
                f"'{found.group(1)}' is a reserved word",
                help=f"{self.name} must differ from all reserved words in any case",
            )
        return found.end(), tree.Name(text.span(*found.span(1)), found.group(1))


def _alert(text: Text, values: list[Any]) -> tree.Alert:
    return tree.Alert(_span(text, values), values[2])


ALERT = Sequence_("ALERT", (_word("ALERT"), _word("("), NameElement("a rule's name"), _word(")")), _alert)
BREAK = Sequence_("BREAK", (_word("BREAK"),), lambda text, v: tree.Break(text.span(*v[0])))
EVALUATE = Sequence_("EXTERN", (TARGET,), lambda _, v: tree.Evaluate(v[0].span, v[0]))

STATEMENT = Dispatch(
    "a statement",
    {
        "IF": IF, "FOR": FOR, "SWITCH": SWITCH, "RETURN": Return(), "SPLIT": SPLIT, "TX": TRANSMIT,
        "ALERT": ALERT, "BREAK": BREAK, "EXTERN": EVALUATE,
    },
    SIMPLE,
)  # fmt: skip
STATEMENT_INSIDE.element = STATEMENT
