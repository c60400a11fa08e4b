"""Trees as text: canonical, readable, and parse(print(x)) == x."""

from __future__ import annotations

from typing import Any, assert_never

from fpl3.syntax import tree
from fpl3.syntax.expressions import BITWISE, PRECEDENCE, RELATIONS
from fpl3.syntax.literals import written_address

INDENT = "    "
UNARY = 11
_WIDTH = 100
_ESCAPES = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x09: "\\t", 0x0D: "\\r"}


def print_program(program: tree.Program) -> str:
    """A program, one statement a line, a blank line between declarations and statements."""
    lines: list[str] = []
    for number, item in enumerate(program.items):
        if number and _is_statement(item) and not _is_statement(program.items[number - 1]):
            lines.append("")
        lines += _item(item, 0)
    return "\n".join(lines) + "\n" if lines else ""


def print_expression(e: tree.Expression) -> str:
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
            return f"CONST {d.type} {d.name.name}{_size(d.size)} = {_braces(d.values)}"
        case tree.MacroDeclaration():
            return _macro(d)
        case tree.SetDeclaration():
            if d.file is not None:
                return f"SET {d.name.name} FROM {print_expression(d.file)}"
            assert d.items is not None
            return f"SET {d.name.name} = {print_expression(d.items)}"
        case tree.NextHopDeclaration():
            size = "" if d.size is None else _size(d.size)
            return f"TX_{d.table.upper()}{size} = {_braces(d.entries)}"
        case tree.RuleDeclaration():
            fields = ", ".join(f"{f.key} {print_expression(f.value)}" for f in d.fields)
            return f"RULE {d.name.name} = {{ {fields} }}" if fields else f"RULE {d.name.name} = {{}}"
        case tree.Include():
            return f"INCLUDE {print_expression(d.file)}"
        case tree.Use():
            return f"USE {d.option} {print_expression(d.value)}"
    assert_never(d)


def _size(size: tree.Expression | None) -> str:
    return f"[{'' if size is None else print_expression(size)}]"


def _macro(d: tree.MacroDeclaration) -> str:
    parameters = ""
    if d.parameters is not None:
        parameters = f"({', '.join(p.name for p in d.parameters)})"
    guard = f" WHEN {print_expression(d.guard)}" if d.guard is not None else ""
    return f"MACRO {d.name.name}{parameters} = {print_expression(d.body)}{guard}"


def _braces(items: tuple[tree.Expression, ...]) -> str:
    """Elements in braces, on lines of their own where one line would be too long."""
    texts = [print_expression(i) for i in items]
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


def _statement(s: tree.Statement, depth: int) -> list[str]:
    pad = INDENT * depth
    match s:
        case tree.If():
            return _if(s, depth)
        case tree.For():
            parts = (_simple(s.init), _optional(s.test), _simple(s.update))
            head = f"{pad}FOR ({'; '.join(parts)})"
            return [head, *_block(s.body, depth + 1), f"{pad}ROF"]
        case tree.Switch():
            return _switch(s, depth)
        case tree.Split():
            where = "" if s.where is None else f"({print_expression(s.where)})"
            return [f"{pad}SPLIT{where};", *_block(s.body, depth + 1), f"{pad}TILPS"]
        case _:
            return [f"{pad}{_simple(s)};"]


def _if(s: tree.If, depth: int) -> list[str]:
    pad = INDENT * depth
    lines: list[str] = []
    for number, branch in enumerate(s.branches):
        word = "ELSIF" if number else "IF"
        lines.append(f"{pad}{word} ({print_expression(branch.condition)}) THEN")
        lines += _block(branch.body, depth + 1)
    if s.otherwise is not None:
        lines += [f"{pad}ELSE", *_block(s.otherwise, depth + 1)]
    return [*lines, f"{pad}FI"]


def _switch(s: tree.Switch, depth: int) -> list[str]:
    pad = INDENT * depth
    lines = [f"{pad}SWITCH ({print_expression(s.value)})"]
    for case in s.cases:
        lines.append(f"{pad}CASE {', '.join(map(print_expression, case.values))}:")
        lines += _block(case.body, depth + 1)
    if s.default is not None:
        lines += [f"{pad}DEFAULT:", *_block(s.default, depth + 1)]
    return [*lines, f"{pad}ESAC"]


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
            return f"{_inside(e.low, 9)}-{_inside(e.high, 10)}", 9
        case _:
            return _primary(e), UNARY + 1


def _binary(left: tree.Expression, op: str, right: tree.Expression) -> tuple[str, int]:
    level = PRECEDENCE[op]
    a = _operand(left, op, level)
    b = _operand(right, op, level + 1)
    return f"{a} {op} {b}", level


def _operand(e: tree.Expression, op: str, needed: int) -> str:
    """An operand, in parentheses where precedence or the ambiguous forms want them."""
    text, level = _expression(e)
    inner = _operator(e)
    ambiguous = (op in BITWISE and inner in RELATIONS) or (op in RELATIONS and inner in RELATIONS)
    negated = op in ("IN", "NOT IN") and inner == "!"
    return f"({text})" if level < needed or ambiguous or negated else text


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
            return _braces(e.items)
        case tree.Call():
            return f"{e.name}({', '.join(map(print_expression, e.arguments))})"
        case tree.ExternCall():
            arguments = [e.name.name, *map(print_expression, e.arguments)]
            return f"EXTERN({', '.join(arguments)})"
    raise AssertionError(f"not a primary expression: {e!r}")


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
