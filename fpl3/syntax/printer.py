"""Trees as text: canonical, readable, and parse(print(x)) == x."""

from __future__ import annotations

import re
from typing import Any, assert_never

from fpl3.syntax import tree
from fpl3.syntax.depth import allow_recursion
from fpl3.syntax.literals import written_address
from fpl3.syntax.precedence import PRECEDENCE, PRIMARY, UNARY, ambiguous

INDENT = "    "
_WIDTH = 100
_ADDRESS_LAST = re.compile(r"(?:[0-9]\.[0-9]+|:[0-9A-Fa-f.]*)$")
_ESCAPES = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x09: "\\t", 0x0D: "\\r"}


def print_program(program: tree.Program) -> str:
    """A program, one statement a line, a blank line between declarations and statements."""
    allow_recursion()
    lines: list[str] = []
    for number, item in enumerate(program.items):
        if number and _is_statement(item) and not _is_statement(program.items[number - 1]):
            lines.append("")
        lines += _item(item, 0)
    return "\n".join(lines) + "\n" if lines else ""


def print_expression(e: tree.Expression) -> str:
    """One expression with the fewest parentheses that keep its meaning."""
    allow_recursion()
    return _expression(e)[0]


def _is_statement(item: Any) -> bool:
    return isinstance(item, tree.Statement)


def _item(item: Any, depth: int) -> list[str]:
    if _is_statement(item):
        return _statement(item, depth)
    return [f"{_declaration(item)};"]


# Declarations -----------------------------------------------------------------------------------


def _declaration(d: tree.Declaration) -> str:
    match d:
        case tree.RegisterDeclaration():
            return f"{d.type} {d.name.name}"
        case tree.ArrayDeclaration():
            storage = f"{d.storage} " if d.storage else ""
            merge = f" MERGE {d.merge}" if d.merge else ""
            return f"{storage}{d.type} {d.name.name}{_size(d.size)}{merge}"
        case tree.ConstDeclaration():
            of = f"{d.type} " if d.type else ""
            return f"CONST {of}{d.name.name} = {print_expression(d.value)}"
        case tree.TableDeclaration():
            return f"CONST {d.type} {d.name.name}{_size(d.size)} = {_values(d.values)}"
        case tree.MacroDeclaration():
            return _macro(d)
        case tree.SetDeclaration():
            if d.file is not None:
                return f"SET {d.name.name} FROM {print_expression(d.file)}"
            assert d.items is not None
            return f"SET {d.name.name} = {print_expression(d.items)}"
        case tree.NextHopDeclaration():
            size = "" if d.size is None else _size(d.size)
            return f"TX_{d.table.upper()}{size} = {_values(d.entries)}"
        case tree.RuleDeclaration():
            fields = ", ".join(f"{f.key} {print_expression(f.value)}" for f in d.fields)
            return f"RULE {d.name.name} = {{ {fields} }}" if fields else f"RULE {d.name.name} = {{}}"
        case tree.Include():
            return f"INCLUDE {print_expression(d.file)}"
        case tree.Use():
            return f"USE {d.option} {print_expression(d.value)}"
        case tree.ExternDeclaration():
            options = ", ".join(map(_argument, d.options))
            return f"EXTERN {d.name.name} = {d.extern.name}({options})"
    assert_never(d)


def _size(size: tree.Expression | None) -> str:
    return f"[{'' if size is None else print_expression(size)}]"


def _macro(d: tree.MacroDeclaration) -> str:
    parameters = ""
    if d.parameters is not None:
        parameters = f"({', '.join(p.name for p in d.parameters)})"
    guard = f" WHEN {print_expression(d.guard)}" if d.guard is not None else ""
    return f"MACRO {d.name.name}{parameters} = {print_expression(d.body)}{guard}"


def _values(values: tuple[tree.Expression, ...]) -> str:
    return _braces(tuple(map(print_expression, values)))


def _braces(texts: tuple[str, ...]) -> str:
    """Elements in braces, on lines of their own where one line would be too long."""
    flat = ", ".join(texts)
    if len(flat) <= _WIDTH:
        return f"{{ {flat} }}" if texts else "{}"
    lines, line = [], ""
    for text in texts:
        if line and len(line) + len(text) + 2 > _WIDTH:
            lines.append(line)
            line = ""
        line += f"{text}, "
    lines.append(line)
    body = "\n".join(f"{INDENT}{line.rstrip()}" for line in lines)
    return f"{{\n{body}\n}}"


# Statements -------------------------------------------------------------------------------------


def _block(body: tree.Block, depth: int) -> list[str]:
    return [line for s in body for line in _statement(s, depth)]


def _indented(text: str, depth: int) -> list[str]:
    """The lines of a text (a long set takes several), each at the depth of its statement."""
    return [f"{INDENT * depth}{line}" for line in text.split("\n")]


def _statement(s: tree.Statement, depth: int) -> list[str]:
    match s:
        case tree.If():
            return _if(s, depth)
        case tree.For():
            parts = (_simple(s.init), _optional(s.test), _simple(s.update))
            head = _indented(f"FOR ({'; '.join(parts)})", depth)
            return [*head, *_block(s.body, depth + 1), *_indented("ROF", depth)]
        case tree.Switch():
            return _switch(s, depth)
        case tree.Split():
            where = "" if s.where is None else f"({print_expression(s.where)})"
            head = _indented(f"SPLIT{where};", depth)
            return [*head, *_block(s.body, depth + 1), *_indented("TILPS", depth)]
        case tree.Remark():
            return _indented("\n".join(f"// {line}" for line in s.text.split("\n")), depth)
        case _:
            return _indented(f"{_simple(s)};", depth)


def _if(s: tree.If, depth: int) -> list[str]:
    lines: list[str] = []
    for number, branch in enumerate(s.branches):
        word = "ELSIF" if number else "IF"
        lines += _indented(f"{word} ({print_expression(branch.condition)}) THEN", depth)
        lines += _block(branch.body, depth + 1)
    if s.otherwise is not None:
        lines += [*_indented("ELSE", depth), *_block(s.otherwise, depth + 1)]
    return [*lines, *_indented("FI", depth)]


def _switch(s: tree.Switch, depth: int) -> list[str]:
    lines = _indented(f"SWITCH ({print_expression(s.value)})", depth)
    for case in s.cases:
        lines += _indented(f"CASE {', '.join(map(print_expression, case.values))}:", depth)
        lines += _block(case.body, depth + 1)
    if s.default is not None:
        lines += [*_indented("DEFAULT:", depth), *_block(s.default, depth + 1)]
    return [*lines, *_indented("ESAC", depth)]


def _optional(e: tree.Expression | None) -> str:
    return "" if e is None else print_expression(e)


def _simple(s: tree.Statement | None) -> str:
    match s:
        case None:
            return ""
        case tree.Assign():
            return f"{print_expression(s.target)} {s.op} {print_expression(s.value)}"
        case tree.Step():
            return f"{print_expression(s.target)}{s.op}"
        case tree.Break():
            return "BREAK"
        case tree.Return():
            return "RETURN" if s.value is None else f"RETURN ({print_expression(s.value)})"
        case tree.Evaluate():
            return print_expression(s.call)
        case tree.Transmit():
            return f"TX({s.table}, {', '.join(map(print_expression, s.arguments))})"
        case tree.Alert():
            return f"ALERT({s.rule.name})"
    raise AssertionError(f"not a simple statement: {s!r}")


# Expressions ------------------------------------------------------------------------------------


def _expression(e: tree.Expression) -> tuple[str, int]:
    """The text and how tightly its outermost operator binds."""
    match e:
        case tree.Binary():
            return _binary(e.left, e.op, e.right)
        case tree.Membership():
            return _binary(e.value, "NOT IN" if e.negated else "IN", e.collection)
        case tree.Unary():
            return _unary(e), UNARY
        case tree.SetRange():
            return _range(e), PRECEDENCE["-"]
        case _:
            return _primary(e), PRIMARY


def _binary(left: tree.Expression, op: str, right: tree.Expression) -> tuple[str, int]:
    level = PRECEDENCE[op]
    a, binds_left = _expression(left)
    b, binds_right = _expression(right)
    # Those that the language refuses without parentheses get them on the side that needs them.
    if binds_left < level or ambiguous(op, _operator(left), ""):
        a = f"({a})"
    if binds_right <= level or ambiguous(op, "", _operator(right)):
        b = f"({b})"
    if op == "/" and b[0].isdigit() and _ADDRESS_LAST.search(a):
        b = f"({b})"  # else it would be a prefix
    return f"{a} {op} {b}", level


def _range(e: tree.SetRange) -> str:
    """`low-high`; `5 - -3`, because `--` is an operator; never two `-` side by side."""
    low = f"({print_expression(e.low)})" if _operator(e.low) == "-" else _inside(e.low, PRECEDENCE["-"])
    high = _inside(e.high, PRECEDENCE["*"])
    return f"{low} - {high}" if high.startswith("-") else f"{low}-{high}"


def _element(e: tree.Expression) -> str:
    """An element of a set, where a bare `-` would make a range."""
    text = print_expression(e)
    return f"({text})" if isinstance(e, tree.Binary) and e.op == "-" else text


def _operator(e: tree.Expression) -> str:
    match e:
        case tree.Binary() | tree.Unary():
            return e.op
        case tree.Membership():
            return "IN"
        case _:
            return ""


def _inside(e: tree.Expression, needed: int) -> str:
    text, level = _expression(e)
    return f"({text})" if level < needed else text


def _unary(e: tree.Unary) -> str:
    text, level = _expression(e.operand)
    if level < UNARY:
        return f"{e.op}({text})"
    # `- -x` and `+ +x`, which would read as steps.
    return f"{e.op} {text}" if text.startswith(e.op) and e.op in "+-" else f"{e.op}{text}"


def _primary(e: tree.Expression) -> str:
    match e:
        case tree.Number():
            return e.text
        case tree.MacAddress() | tree.Ipv4Address() | tree.Ipv6Address():
            return written_address(e)
        case tree.Prefix():
            return f"{written_address(e.address)}/{e.length}"
        case tree.String():
            return f'"{_escaped(e.value)}"'
        case tree.Name():
            return e.name
        case tree.PacketName():
            return f"PKT.{'.'.join(e.path)}"
        case tree.PacketRead():
            return f"PKT.{e.unit}[{print_expression(e.offset)}]"
        case tree.PartOf():
            return f"{print_expression(e.base)}.{e.unit}[{print_expression(e.index)}]"
        case tree.Index():
            return f"{e.name.name}[{print_expression(e.index)}]"
        case tree.StateIndex():
            return f"PKT.STATE[{print_expression(e.index)}]"
        case tree.SetLiteral():
            return _braces(tuple(map(_element, e.items)))
        case tree.Call():
            return f"{e.name}({', '.join(map(print_expression, e.arguments))})"
        case tree.ExternCall():
            called = e.name.name if e.function is None else f"{e.name.name}.{e.function.name}"
            return f"EXTERN({', '.join([called, *map(_argument, e.arguments)])})"
    raise AssertionError(f"not a primary expression: {e!r}")


def _argument(e: tree.Argument) -> str:
    match e:
        case tree.TextFile():
            return f"FROM {_primary(e.file)}"
        case tree.TextList():
            return _braces(tuple(map(_text, e.texts)))
        case _:
            return print_expression(e)


def _text(e: tree.Text) -> str:
    id = "" if e.id is None else f"{print_expression(e.id)}: "
    return f"{id}{_primary(e.value)}{' NOCASE' if e.nocase else ''}"


def _escaped(value: bytes) -> str:
    """A string's bytes as they are written between double quotes; UTF-8 stays readable."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return "".join(_escaped_byte(b) for b in value)
    return "".join(
        _ESCAPES.get(ord(c)) or (c if c.isprintable() else "".join(f"\\x{b:02x}" for b in c.encode()))
        for c in text
    )


def _escaped_byte(byte: int) -> str:
    return _ESCAPES.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}")
