"""Operands: literals, names, packet accesses, calls, signs and parentheses."""

from __future__ import annotations

import re
from typing import Any

from fpl3 import kinds
from fpl3.syntax import lexemes, tree
from fpl3.syntax.ambiguity import Operand
from fpl3.syntax.elements import (
    Deeper,
    Fault,
    Lexeme,
    Listed,
    Taken,
    Text,
    Word,
    expected,
    next_span,
    next_word,
    shortened,
)
from fpl3.syntax.literals import bad_number, literal

MAX_SIGNS = 50
PARTS = frozenset(("U1", "U4", "U8", "U16", "DW"))
UNITS = frozenset(("B", "W", "DW"))
_FORMS = {
    "HASH": "HASH(flowFields) or HASH(start, length, mask)",
    "MAX": "MAX(a, b)",
    "MIN": "MIN(a, b)",
    "CONSISTENT": "CONSISTENT(hash, n)",
    "EXTERN": "EXTERN(name, arguments)",
}
_EXTERN_HELP = "EXTERN(name, arguments); 'ffpf externs' lists the functions"
CALLS = frozenset(_FORMS) - {"EXTERN"}


class OperandElement(Lexeme):
    """One operand with its signs; its value is an Operand."""

    def __init__(self) -> None:
        super().__init__("an operand")

    def take(self, text: Text, at: int) -> Taken:
        found = lexemes.OPERAND.match(text, at)
        if found is None:
            raise _no_operand(text, at)
        kind = found.lastgroup
        start = found.start(kind or 0)
        if kind == "sign":
            return _sign(text, found)
        if kind == "badnumber":
            raise bad_number(text, found)
        if kind != "word":
            at, node = literal(text, found)
            return at, Operand(node, start, at, 0)
        around, text.height = text.height, -1
        at, node = _word(text, found)
        # Expressions inside the operand have left their height; the operand stands above them.
        height = text.height + 1
        text.height = max(around, height)
        return at, Operand(node, start, at, height)


def _no_operand(text: Text, at: int) -> Fault:
    word = next_word(text, at)
    if word in ('"', "'"):
        start, _ = next_span(text, at)
        what = "string" if word == '"' else "character"
        help = f"close it with {word} on the same line"
        return Fault(text, (start, start + 1), f"this {what} does not end", help=help, kind=kinds.LITERAL)
    if word == "{":
        help = "a set in braces stands behind IN or in SET only; blocks end with words"
        return Fault(text, next_span(text, at), "expected an operand, found '{'", help=help)
    if (word and not word.isascii()) or word in ("$", "@", "`", "\\", "\0"):
        return Fault(
            text,
            next_span(text, at),
            f"the character {_shown(word[0])} means nothing in FPL-3",
            help="outside strings and comments, programs are made of ASCII letters, digits and operators",
        )
    if word == ">" and text[next_span(text, at)[0] - 1] == "<":
        return Fault(text, next_span(text, at), "expected an operand, found '>'", help="'!=' is not equal")
    return expected(
        text, at, "an operand", "a number, a register, a packet field, or another value belongs here"
    )


def _shown(character: str) -> str:
    return f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"


OPERAND = OperandElement()
EXPRESSION_INSIDE = Deeper("an expression")
_OPEN, _CLOSE, _BRACKET, _BRACKET_END = Word("("), Word(")"), Word("["), Word("]")
_ARGUMENTS = Listed(EXPRESSION_INSIDE, ")")


def _sign(text: Text, found: re.Match[str]) -> Taken:
    """Unary operators, applied from the inside out, and parentheses."""
    signs = [(found.group("sign"), found.start("sign"))]
    at = found.end()
    while signs[-1][0] != "(":
        again = lexemes.OPERAND.match(text, at)
        if again is None or again.lastgroup != "sign":
            at, operand = OPERAND.take(text, at)
            break
        if len(signs) > MAX_SIGNS:
            message = f"more than {MAX_SIGNS} signs before an operand"
            raise Fault(
                text,
                again.span("sign"),
                message,
                help="two equal signs cancel each other",
                kind=kinds.NESTING,
            )
        signs.append((again.group("sign"), again.start("sign")))
        at = again.end()
    else:
        start = signs.pop()[1]
        at, inner = EXPRESSION_INSIDE.take(text, at)
        at, _ = _CLOSE.take(text, at)
        operand = Operand(inner.node, start, at, inner.height)
    for op, start in reversed(signs):
        node = tree.Unary(text.span(start, operand.end), op, operand.node)
        operand = Operand(node, start, operand.end, operand.height + 1, op)
    return at, operand


def _word(text: Text, found: re.Match[str]) -> tuple[int, Any]:
    word = found.group("word")
    start, end = found.span("word")
    folded = word.upper()
    if folded == "PKT":
        return _packet(text, start, end)
    if folded in CALLS or folded == "EXTERN":
        return _builtin_call(text, folded, start, end)
    if folded in lexemes.RESERVED:
        help = f"'{word}' is a word of the language and has no value"
        raise expected(text, start, "an operand", help)
    name = tree.Name(text.span(start, end), word)
    following = next_word(text, end)
    if following == "[":
        at, index, _ = _bracketed(text, end)
        return at, tree.Index(text.span(start, at), name, index)
    if following == "(":
        at, arguments = _arguments(text, end)
        return at, tree.Call(text.span(start, at), word, arguments, name.span)
    if following == ".":
        return _parted(text, start, end, name)
    return end, name


def _parted(text: Text, start: int, end: int, base: Any) -> tuple[int, Any]:
    """`base.U8[m]`, if a part follows."""
    found = lexemes.DOT_WORD.match(text, end)
    if found is None:
        return end, base
    unit = found.group(1).upper()
    if unit in PARTS and next_word(text, found.end()) == "[":
        at, index, _ = _bracketed(text, found.end())
        return at, tree.PartOf(text.span(start, at), base, unit, index)
    written = text[start : found.end()]
    raise Fault(
        text,
        found.span(1),
        f"'{shortened(written)}' is no name",
        help=f"fields are written PKT.{shortened(written)}, or {shortened(written.replace('.', '_'))}",
    )


def _bracketed(text: Text, at: int) -> tuple[int, Any, int]:
    at, _ = _BRACKET.take(text, at)
    at, index = EXPRESSION_INSIDE.take(text, at)
    at, _ = _BRACKET_END.take(text, at)
    return at, index.node, at


def _arguments(text: Text, at: int) -> tuple[int, tuple[Any, ...]]:
    at, _ = _OPEN.take(text, at)
    at, found = _ARGUMENTS.take(text, at)
    at, _ = _CLOSE.take(text, at)
    return at, tuple(argument.node for argument in found)


def _builtin_call(text: Text, word: str, start: int, end: int) -> tuple[int, Any]:
    if next_word(text, end) != "(":
        help = f"{word} is a function: {_FORMS[word]}; no name may equal it in any case"
        if word == "EXTERN":
            help = "EXTERN name = function(options); stands at the top level, not inside a statement"
        raise expected(text, end, f"'(' behind {word}", help, slips=False)
    if word == "EXTERN":
        return _extern_call(text, start, end)
    at, arguments = _arguments(text, end)
    return at, tree.Call(text.span(start, at), word, arguments, text.span(start, end))


def _extern_call(text: Text, start: int, end: int) -> Taken:
    at, name = _extern_word(text, _OPEN.take(text, end)[0], _EXTERN_HELP)
    function = None
    if next_word(text, at) == ".":
        at, function = _extern_word(text, next_span(text, at)[1], "EXTERN(name.function, arguments)")
    arguments: list[Any] = []
    if next_word(text, at) == ",":
        at, arguments = EXTERN_ARGUMENTS.take(text, next_span(text, at)[1])
    elif next_word(text, at) != ")":
        raise expected(text, at, "',' or ')'", _EXTERN_HELP)
    at, _ = _CLOSE.take(text, at)
    return at, tree.ExternCall(text.span(start, at), name, function, tuple(arguments))


def _extern_word(text: Text, at: int, help: str) -> Taken:
    found = lexemes.WORD.match(text, at)
    if found is None or found.group(1).upper() in lexemes.RESERVED:
        message = "EXTERN needs the name of a function first"
        raise Fault(text, next_span(text, at), message, help=help)
    return found.end(), tree.Name(text.span(*found.span(1)), found.group(1))


class ExternArgument(Lexeme):
    """A value, texts in braces, or `FROM "file"`; its value is a node."""

    def __init__(self) -> None:
        super().__init__("an argument")
        self.texts = Listed(TextElement(), "}")
        self.open, self.close, self.from_ = Word("{"), Word("}"), Word("FROM")

    def take(self, text: Text, at: int) -> Taken:
        word = next_word(text, at)
        start, end = next_span(text, at)
        if word == "{":
            at, texts = self.texts.take(text, end)
            at, _ = self.close.take(text, at)
            return at, tree.TextList(text.span(start, at), tuple(texts))
        if word.upper() == "FROM" and next_word(text, end) == '"':
            at, file = EXPRESSION_INSIDE.take(text, end)
            return at, tree.TextFile(text.span(start, at), _string(text, file.node))
        at, value = EXPRESSION_INSIDE.take(text, at)
        if isinstance(value.node, tree.String) and next_word(text, at).upper() == "NOCASE":
            at = next_span(text, at)[1]
            span = text.span(start, at)
            return at, tree.TextList(span, (tree.Text(span, None, value.node, True),))
        return at, value.node


class TextElement(Lexeme):
    """`"abc"`, `7: "abc" NOCASE`."""

    def __init__(self) -> None:
        super().__init__("a string")
        self.colon = Word(":", 'an id stands before a colon: 7: "abc"')

    def take(self, text: Text, at: int) -> Taken:
        start, _ = next_span(text, at)
        id = None
        at, value = EXPRESSION_INSIDE.take(text, at)
        if not isinstance(value.node, tree.String):
            id = value.node
            at, _ = self.colon.take(text, at)
            if next_word(text, at) != '"':
                raise expected(text, at, "a string in double quotes", 'write 7: "abc"', slips=False)
            at, value = EXPRESSION_INSIDE.take(text, at)
        string = _string(text, value.node)
        nocase = next_word(text, at).upper() == "NOCASE"
        at = next_span(text, at)[1] if nocase else at
        return at, tree.Text(text.span(start, at), id, string, nocase)


def _string(text: Text, node: Any) -> tree.String:
    if not isinstance(node, tree.String):
        place = (node.span.start, node.span.end)
        raise Fault(text, place, "a string in double quotes belongs here", help='write 7: "abc" NOCASE')
    return node


EXTERN_ARGUMENTS = Listed(ExternArgument(), ")")


def _packet(text: Text, start: int, end: int) -> tuple[int, Any]:
    """What stands behind PKT: an access by offset, the state, or the words of a field."""
    found = lexemes.DOT_WORD.match(text, end)
    if found is None:
        help = "PKT.B[n], PKT.W[n], PKT.DW[n], or a field: PKT.IP.PROTO"
        raise expected(text, end, "'.' and a name behind PKT", help)
    first, at = found.group(1), found.end()
    following = next_word(text, at)
    if first.upper() in UNITS and following in ("[", "("):
        return _raw(text, start, first.upper(), at)
    if first.upper() == "STATE" and following == "[":
        at, index, _ = _bracketed(text, at)
        return at, tree.StateIndex(text.span(start, at), index)
    words = [first]
    while following == ".":
        found = lexemes.DOT_WORD.match(text, at)
        if found is None:
            help = "fields have up to three words: PKT.TCP.FLAGS.SYN"
            raise expected(text, next_span(text, at)[1], "a field's name behind '.'", help)
        if found.group(1).upper() in PARTS and next_word(text, found.end()) == "[":
            break
        words.append(found.group(1))
        at = found.end()
        following = next_word(text, at)
    base = tree.PacketName(text.span(start, at), tuple(words))
    return _parted(text, start, at, base) if following == "." else (at, base)


def _raw(text: Text, start: int, unit: str, at: int) -> tuple[int, Any]:
    if next_word(text, at) == "(":
        raise Fault(
            text, next_span(text, at), f"PKT.{unit} takes its offset in brackets", help=f"PKT.{unit}[n]"
        )
    at, offset, _ = _bracketed(text, at)
    base = tree.PacketRead(text.span(start, at), unit, offset)
    return _parted(text, start, at, base) if next_word(text, at) == "." else (at, base)
