"""Expressions: operands by their first character, operators by precedence in one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fpl3 import kinds
from fpl3.diagnostics import Note
from fpl3.syntax import lexemes, tree
from fpl3.syntax.elements import (
    Deeper,
    Element,
    Fault,
    Listed,
    Taken,
    Text,
    Word,
    expected,
    next_span,
    next_word,
)
from fpl3.syntax.literals import bad_number, literal

PRECEDENCE = {
    "||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, "<=": 7, ">": 7, ">=": 7,
    "IN": 7, "NOT IN": 7, "<<": 8, ">>": 8, "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
BITWISE = frozenset("&|^")
RELATIONS = frozenset(op for op, level in PRECEDENCE.items() if level in (6, 7))
MAX_CHAIN = 1000  # operators in one expression without parentheses
MAX_SIGNS = 50
PARTS = frozenset(("U1", "U4", "U8", "U16", "DW"))
UNITS = frozenset(("B", "W", "DW"))
CALLS = frozenset(("HASH", "MAX", "MIN", "CONSISTENT"))


@dataclass(frozen=True, slots=True)
class Operand:
    """A parsed operand with the place it takes in the text, parentheses included; `top` is the
    operator that stands in it without parentheses."""

    node: Any
    start: int
    end: int
    top: str = ""


class Expression(Element):
    """Operands and operators, put together by precedence climbing."""

    def __init__(self, operand: Element) -> None:
        super().__init__("an expression")
        self.operand = operand

    def take(self, text: Text, at: int) -> Taken:
        at, first = self.operand.take(text, at)
        operands: list[Operand] = [first]
        operators: list[str] = []
        while True:
            found = lexemes.OPERATOR.match(text, at)
            if found is None:
                break
            op = found.group(1).upper()
            op = "NOT IN" if op.startswith("NOT") else op
            if op not in PRECEDENCE:
                _refuse_assignment(text, found, op)
                break
            if len(operators) >= MAX_CHAIN:
                raise Fault(
                    text,
                    found.span(1),
                    f"more than {MAX_CHAIN} operators in one expression",
                    help="use IN with a set for long lists, or registers for partial results",
                )
            at, operand = (_collection if op.endswith("IN") else self.operand.take)(text, found.end())
            operators.append(op)
            operands.append(operand)
        return at, _climb(text, operands, operators)


def _refuse_assignment(text: Text, found: re.Match[str], op: str) -> None:
    if op in ("=", "++", "--") or op.endswith("="):
        # An assignment's target is no expression: this one stands inside parentheses or brackets.
        if text.depth > 0 and op == "=":
            raise Fault(
                text,
                found.span(1),
                "an assignment inside an expression",
                help="'==' compares; an assignment is a statement of its own",
            )
        if text.depth > 0:
            raise Fault(
                text,
                found.span(1),
                f"'{op}' inside an expression",
                help=f"'{op}' is a statement of its own; expressions have no side effects",
            )


def _climb(text: Text, operands: list[Operand], operators: list[str]) -> Operand:
    """Shunting-yard over the flat list: linear, no recursion."""
    values: list[Operand] = [operands[0]]
    waiting: list[str] = []
    for op, right in zip(operators, operands[1:], strict=True):
        while waiting and PRECEDENCE[waiting[-1]] >= PRECEDENCE[op]:
            _reduce(text, values, waiting)
        waiting.append(op)
        values.append(right)
    while waiting:
        _reduce(text, values, waiting)
    return values[0]


def _reduce(text: Text, values: list[Operand], waiting: list[str]) -> None:
    right, left, op = values.pop(), values.pop(), waiting.pop()
    _refuse_ambiguous(text, left, op, right)
    span = text.span(left.start, right.end)
    if op in ("IN", "NOT IN"):
        node: Any = tree.Membership(span, left.node, right.node, op == "NOT IN")
    else:
        node = tree.Binary(span, op, left.node, right.node)
    values.append(Operand(node, left.start, right.end, op))


def _refuse_ambiguous(text: Text, left: Operand, op: str, right: Operand) -> None:
    """`a & b == c`, `a < b < c`, `!x IN s`: C and people read them differently."""
    a, b = text[left.start : left.end], text[right.start : right.end]
    if op in BITWISE and right.top in RELATIONS:
        inner = right.node
        split = _left_end(inner)
        rest = text[split : right.end].strip()
        readings = (f"{a} {op} ({b})", f"({a} {op} {text[right.start : split].strip()}) {rest}")
    elif op in BITWISE and left.top in RELATIONS:
        split = _right_start(left.node)
        front = text[left.start : split].strip()
        readings = (f"({a}) {op} {b}", f"{front} ({text[split : left.end].strip()} {op} {b})")
    elif op in RELATIONS and left.top in RELATIONS:
        middle = text[_right_start(left.node) : left.end].strip()
        readings = (f"({a}) {op} {b}", f"{a} && {middle} {op} {b}")
    elif op in RELATIONS and right.top in RELATIONS:
        middle = text[right.start : _left_end(right.node)].strip()
        readings = (f"{a} {op} ({b})", f"{a} {op} {middle} && {b}")
    elif op in ("IN", "NOT IN") and left.top == "!":
        inner = a.lstrip()[1:].strip()
        readings = (f"({a}) {op} {b}", f"!({inner} {op} {b})")
    else:
        return
    place = text.span(left.start, right.end)
    raise Fault(
        text,
        (left.start, right.end),
        f"'{' '.join(place.text.split())}' can be read in two ways",
        kind=kinds.AMBIGUOUS,
        notes=[Note(f"C's reading: {readings[0]}"), Note(f"the other: {readings[1]}")],
        help="write the parentheses for the reading that you mean",
    )


def _left_end(node: tree.Binary | tree.Membership) -> int:
    left = node.left if isinstance(node, tree.Binary) else node.value
    return _outer_end(node, left.span.end)


def _outer_end(node: tree.Binary | tree.Membership, end: int) -> int:
    """Past the closing parentheses behind a left operand."""
    text = node.span.source.text
    while end < node.span.end and text[end] in ") \t\r\n":
        end += 1
    return end


def _right_start(node: tree.Binary | tree.Membership) -> int:
    right = node.right if isinstance(node, tree.Binary) else node.collection
    text, start = node.span.source.text, right.span.start
    while start > node.span.start and text[start - 1] in "( \t\r\n":
        start -= 1
    return start


class OperandElement(Element):
    """Literals, names, packet accesses, calls, signs and parentheses."""

    def __init__(self) -> None:
        super().__init__("an operand")

    def take(self, text: Text, at: int) -> Taken:
        found = lexemes.OPERAND.match(text, at)
        if found is None:
            raise _no_operand(text, at)
        kind = found.lastgroup
        start = found.start(kind or 0)
        if kind == "word":
            at, node = _word(text, found)
        elif kind == "sign":
            return _sign(text, found)
        elif kind == "badnumber":
            raise bad_number(text, found)
        else:
            at, node = literal(text, found)
        return at, Operand(node, start, at)


def _no_operand(text: Text, at: int) -> Fault:
    word = next_word(text, at)
    if word in ('"', "'"):
        start, _ = next_span(text, at)
        what = "string" if word == '"' else "character"
        return Fault(text, (start, start + 1), f"this {what} does not end", help=f"close it with {word}")
    if word == "{":
        return expected(text, at, "an operand", help="a set in braces stands behind IN or in SET only")
    if (word and not word.isascii()) or word in ("$", "@", "`", "?", "\\"):
        return Fault(text, next_span(text, at), f"'{word}' means nothing in FPL-3")
    return expected(text, at, "an operand")


OPERAND = OperandElement()
EXPRESSION_INSIDE = Deeper("an expression")
EXPRESSION_INSIDE.element = Expression(OPERAND)
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
            raise Fault(text, again.span("sign"), f"more than {MAX_SIGNS} signs before an operand")
        signs.append((again.group("sign"), again.start("sign")))
        at = again.end()
    else:
        start = signs.pop()[1]
        at, inner = EXPRESSION_INSIDE.take(text, at)
        at, _ = _CLOSE.take(text, at)
        operand = Operand(inner.node, start, at)
    for op, start in reversed(signs):
        node = tree.Unary(text.span(start, operand.end), op, operand.node)
        operand = Operand(node, start, operand.end, op)
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
        raise expected(text, start, "an operand", help=f"'{word}' is a reserved word")
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
        f"'{written}' is no name",
        help=f"fields are written PKT.{written}, or {written.replace('.', '_')}",
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
    at, arguments = _arguments(text, end)
    span = text.span(start, at)
    if word != "EXTERN":
        return at, tree.Call(span, word, arguments, text.span(start, end))
    if not arguments or not isinstance(arguments[0], tree.Name):
        raise Fault(
            text,
            (start, at),
            "EXTERN needs the name of a function first",
            help="EXTERN(name, arguments); 'ffpf externs' lists the functions",
        )
    return at, tree.ExternCall(span, arguments[0], arguments[1:])


def _packet(text: Text, start: int, end: int) -> tuple[int, Any]:
    """What stands behind PKT: an access by offset, the state, or the words of a field."""
    found = lexemes.DOT_WORD.match(text, end)
    if found is None:
        raise expected(
            text, end, "'.' behind PKT", help="PKT.B[n], PKT.W[n], PKT.DW[n], or a field: PKT.IP.PROTO"
        )
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
            raise expected(text, at + 1, "a field's name behind '.'")
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


def _collection(text: Text, at: int) -> Taken:
    """What stands behind IN: braces, a set's name, a prefix, an address."""
    if next_word(text, at) == "{":
        start, _ = next_span(text, at)
        at, literal_ = SET_LITERAL.take(text, at)
        return at, Operand(literal_, start, at)
    at, operand = OPERAND.take(text, at)
    return at, operand


class SetElement(Element):
    """One element of a set: a constant, `low-high`, an address or a prefix."""

    def __init__(self) -> None:
        super().__init__("an element")

    def take(self, text: Text, at: int) -> Taken:
        at, low = EXPRESSION_INSIDE.take(text, at)
        return at, _ranged(low)


def _ranged(operand: Operand) -> Any:
    """In braces `-` between two constants is a range (the last one, so that 1+2-9 is 3 to 9)."""
    node = operand.node
    if operand.top == "-" and isinstance(node, tree.Binary):
        return tree.SetRange(node.span, node.left, node.right)
    return node


class SetLiteralElement(Element):
    """`{ 10.0.0.0/8, 80, 8000-8080 }`."""

    def __init__(self) -> None:
        super().__init__("a set in braces")
        self.items = Listed(SetElement(), "}")
        self.open, self.close = Word("{"), Word("}")

    def take(self, text: Text, at: int) -> Taken:
        at, (start, _) = self.open.take(text, at)
        at, items = self.items.take(text, at)
        at, _ = self.close.take(text, at)
        return at, tree.SetLiteral(text.span(start, at), tuple(items))


SET_LITERAL = SetLiteralElement()


class NodeOf(Element):
    """An expression's node, without its place."""

    def __init__(self, element: Element) -> None:
        super().__init__(element.name)
        self.element = element

    def take(self, text: Text, at: int) -> Taken:
        at, operand = self.element.take(text, at)
        return at, operand.node


EXPRESSION = NodeOf(EXPRESSION_INSIDE)
TARGET = NodeOf(OPERAND)
