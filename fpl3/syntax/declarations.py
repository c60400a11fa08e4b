"""Declarations: they stand at the top level and begin with a word of their own."""

from __future__ import annotations

from typing import Any

from fpl3.syntax import lexemes, tree
from fpl3.syntax.elements import (
    Dispatch,
    Element,
    Fault,
    Lexeme,
    Listed,
    Optional_,
    Sequence_,
    Taken,
    Text,
    Word,
    expected,
    next_span,
    next_word,
)
from fpl3.syntax.expressions import EXPRESSION, SET_LITERAL, TARGET
from fpl3.syntax.operands import EXTERN_ARGUMENTS
from fpl3.syntax.statements import STATEMENT_INSIDE, NameElement

_NAME = NameElement()
_MERGES = ("SUM", "MAX", "MIN", "OR")
_RULE_KEYS = ("GID", "SID", "REV", "PRIORITY", "CLASS", "MSG")


class StringElement(Lexeme):
    """A string literal."""

    def __init__(self, what: str) -> None:
        super().__init__(what)

    def take(self, text: Text, at: int) -> Taken:
        if next_word(text, at) != '"':
            raise expected(
                text,
                at,
                f"{self.name} in double quotes",
                'a name of a file stands in double quotes: "hosts.txt"',
            )
        return TARGET.take(text, at)


class Size(Lexeme):
    """`[size]`, `[]`, or nothing: (given, size)."""

    def __init__(self) -> None:
        super().__init__("a size in brackets")
        self.open, self.close = Word("["), Word("]")

    def take(self, text: Text, at: int) -> Taken:
        if next_word(text, at) != "[":
            return at, (False, None)
        at, _ = self.open.take(text, at)
        size = None
        if next_word(text, at) != "]":
            at, size = EXPRESSION.take(text, at)
        at, _ = self.close.take(text, at)
        return at, (True, size)


SIZE = Size()
_VALUES = Sequence_(
    "values in braces", (Word("{"), Listed(EXPRESSION, "}"), Word("}")), lambda _, v: tuple(v[1])
)


class Choice(Lexeme):
    """One of some words that are words only here."""

    def __init__(self, what: str, words: tuple[str, ...]) -> None:
        super().__init__(what)
        self.words = words

    def take(self, text: Text, at: int) -> Taken:
        word = next_word(text, at).upper()
        if word not in self.words:
            raise expected(text, at, self.name, f"one of {', '.join(self.words)}")
        return next_span(text, at)[1], word


class Variable(Lexeme):
    """`[SCRATCH|SRAM|SDRAM] TYPE name;` or `... name[size] [MERGE how];`."""

    def __init__(self) -> None:
        super().__init__("a declaration")
        self.merge = Sequence_(
            "MERGE", (Word("MERGE"), Choice("a way to merge", _MERGES)), lambda _, v: v[1]
        )
        self.maybe_merge = Optional_("MERGE", self.merge)
        self.type = Choice("a type", tuple(sorted(lexemes.TYPE_WORDS)))

    def take(self, text: Text, at: int) -> Taken:
        start, _ = next_span(text, at)
        storage = None
        word = next_word(text, at).upper()
        if word in lexemes.STORAGE_WORDS:
            behind = next_span(text, at)[1]
            if not (next_word(text, behind) or "x")[0].isidentifier():
                # Storage classes are words only before a type: this is a register of that name.
                return STATEMENT_INSIDE.take(text, at)
            storage, at = word, behind
        at, of = self.type.take(text, at)
        at, name = _NAME.take(text, at)
        at, (is_array, size) = SIZE.take(text, at)
        if next_word(text, at) == "=":
            raise _no_initial_value(text, at, name, is_array)
        if not is_array and storage is None:
            return at, tree.RegisterDeclaration(text.span(start, at), of, name)
        if not is_array:
            raise expected(text, at, "a size in brackets", help=f"{storage} {of} {name.name}[size];")
        at, merge = self.maybe_merge.take(text, at)
        return at, tree.ArrayDeclaration(text.span(start, at), storage, of, name, size, merge)


def _no_initial_value(text: Text, at: int, name: tree.Name, is_array: bool) -> Fault:
    help = "arrays start at 0 (or by MERGE); CONST makes a table of constants"
    if not is_array:
        help = f"registers start at 0 for every packet; assign to {name.name} in a statement"
    return Fault(text, next_span(text, at), "a declaration has no initial value", help=help)


class Const(Lexeme):
    """`CONST NAME = e`, `CONST TYPE NAME = e`, `CONST TYPE NAME[n] = {...}`."""

    def __init__(self) -> None:
        super().__init__("CONST")
        self.word, self.equals = Word("CONST"), Word("=")

    def take(self, text: Text, at: int) -> Taken:
        at, (start, _) = self.word.take(text, at)
        of = None
        if next_word(text, at).upper() in lexemes.TYPE_WORDS:
            of = next_word(text, at).upper()
            at = next_span(text, at)[1]
        at, name = _NAME.take(text, at)
        at, (is_table, size) = SIZE.take(text, at)
        at, _ = self.equals.take(text, at)
        if not is_table:
            at, value = EXPRESSION.take(text, at)
            return at, tree.ConstDeclaration(text.span(start, at), of, name, value)
        if of is None:
            raise Fault(
                text,
                (start, name.span.end),
                "a table of constants needs a type",
                help=f"CONST UINT32 {name.name}[...] = {{ ... }};",
            )
        at, values = _VALUES.take(text, at)
        return at, tree.TableDeclaration(text.span(start, at), of, name, size, values)


class Macro(Lexeme):
    """`MACRO NAME = e`, `MACRO NAME(a, b) = e`, `MACRO NAME = e WHEN guard`."""

    def __init__(self) -> None:
        super().__init__("MACRO")
        self.word, self.equals = Word("MACRO"), Word("=")
        self.parameters = Optional_(
            "(",
            Sequence_("parameters", (Word("("), Listed(_NAME, ")"), Word(")")), lambda _, v: tuple(v[1])),
        )
        self.when = Optional_("WHEN", Sequence_("WHEN", (Word("WHEN"), EXPRESSION), lambda _, v: v[1]))

    def take(self, text: Text, at: int) -> Taken:
        at, (start, _) = self.word.take(text, at)
        at, name = _NAME.take(text, at)
        at, parameters = self.parameters.take(text, at)
        at, _ = self.equals.take(text, at)
        at, body = EXPRESSION.take(text, at)
        end = at
        at, guard = self.when.take(text, at)
        if guard is not None and parameters is not None:
            raise Fault(
                text,
                (guard.span.start, guard.span.end),
                "a macro with WHEN is a field and takes no parameters",
                help="leave out the parameters, or write the guard into the expression: guard && value",
            )
        return at, tree.MacroDeclaration(text.span(start, max(end, at)), name, parameters, body, guard)


class SetElement(Lexeme):
    """`SET name = {...}`, `SET name FROM "file"`."""

    def __init__(self) -> None:
        super().__init__("SET")
        self.word, self.equals, self.from_ = Word("SET"), Word("="), Word("FROM")
        self.file = StringElement("a file's name")

    def take(self, text: Text, at: int) -> Taken:
        at, (start, _) = self.word.take(text, at)
        at, name = _NAME.take(text, at)
        if next_word(text, at).upper() == "FROM":
            at, _ = self.from_.take(text, at)
            at, file = self.file.take(text, at)
            return at, tree.SetDeclaration(text.span(start, at), name, None, file)
        at, _ = self.equals.take(text, at)
        at, items = SET_LITERAL.take(text, at)
        return at, tree.SetDeclaration(text.span(start, at), name, items, None)


class NextHops(Lexeme):
    """`TX_MAC[3] = {...}`, `TX_IP[n] = {...}`, `TX_NODE[2] = { N1, N2 }`."""

    def __init__(self, word: str, table: str) -> None:
        super().__init__(word)
        self.word, self.equals = Word(word), Word("=")
        self.table = table

    def take(self, text: Text, at: int) -> Taken:
        at, (start, _) = self.word.take(text, at)
        at, (_, size) = SIZE.take(text, at)
        at, _ = self.equals.take(text, at)
        at, entries = _VALUES.take(text, at)
        return at, tree.NextHopDeclaration(text.span(start, at), self.table, size, entries)


class RuleField(Lexeme):
    """`SID 2000001`."""

    def __init__(self) -> None:
        super().__init__("a field of the rule")
        self.key = Choice("a field of the rule", _RULE_KEYS)

    def take(self, text: Text, at: int) -> Taken:
        start, _ = next_span(text, at)
        at, key = self.key.take(text, at)
        at, value = EXPRESSION.take(text, at)
        return at, tree.RuleField(text.span(start, at), key, value)


def _rule(text: Text, values: list[Any]) -> tree.RuleDeclaration:
    word, name, _, _, fields, end = values
    return tree.RuleDeclaration(text.span(word[0], end[1]), name, tuple(fields))


def _include(text: Text, values: list[Any]) -> tree.Include:
    return tree.Include(text.span(values[0][0], values[1].span.end), values[1])


class Use(Lexeme):
    """`USE LOOPBUDGET n`, `USE HASH IXP48`; which options there are is the checker's business."""

    def __init__(self) -> None:
        super().__init__("USE")
        self.word = Word("USE")

    def take(self, text: Text, at: int) -> Taken:
        at, (start, _) = self.word.take(text, at)
        found = lexemes.WORD.match(text, at)
        if found is None:
            raise expected(text, at, "an option", help="USE LOOPBUDGET n; or USE HASH IXP48;")
        if next_word(text, found.end()) in ("", ";"):
            help = "USE LOOPBUDGET n; or USE HASH IXP48;"
            raise expected(text, found.end(), f"a value of {found.group(1)}", help)
        at, value = EXPRESSION.take(text, found.end())
        return at, tree.Use(text.span(start, at), found.group(1).upper(), value)


class ExternElement(Lexeme):
    """`EXTERN name = extern(options)`, or the statement `EXTERN(name, arguments)`."""

    def __init__(self) -> None:
        super().__init__("EXTERN")
        self.word, self.equals = Word("EXTERN"), Word("=", "EXTERN name = function(options);")
        self.open, self.close = Word("(", "EXTERN name = function(options);"), Word(")")
        self.extern = NameElement("the name of an external function")

    def take(self, text: Text, at: int) -> Taken:
        behind, (start, _) = self.word.take(text, at)
        if next_word(text, behind) == "(":
            return STATEMENT_INSIDE.take(text, at)
        at, name = _NAME.take(text, behind)
        at, _ = self.equals.take(text, at)
        at, extern = self.extern.take(text, at)
        at, _ = self.open.take(text, at)
        at, options = EXTERN_ARGUMENTS.take(text, at)
        at, _ = self.close.take(text, at)
        return at, tree.ExternDeclaration(text.span(start, at), name, extern, tuple(options))


VARIABLE = Variable()
DECLARATIONS: dict[str, Element] = {
    **dict.fromkeys((*lexemes.TYPE_WORDS, *lexemes.STORAGE_WORDS), VARIABLE),
    "CONST": Const(),
    "MACRO": Macro(),
    "SET": SetElement(),
    "TX_MAC": NextHops("TX_MAC", "Mac"),
    "TX_IP": NextHops("TX_IP", "Ip"),
    "TX_NODE": NextHops("TX_NODE", "Node"),
    "RULE": Sequence_(
        "RULE",
        (Word("RULE"), _NAME, Word("="), Word("{"), Listed(RuleField(), "}"), Word("}")),
        _rule,
    ),
    "INCLUDE": Sequence_("INCLUDE", (Word("INCLUDE"), StringElement("a file's name")), _include),
    "USE": Use(),
    "EXTERN": ExternElement(),
}


# What may stand at the top level. A storage class is a word only before a type.
ITEM = Dispatch("a statement or a declaration", DECLARATIONS, STATEMENT_INSIDE)
