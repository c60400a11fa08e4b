"""The text form of IR, for `--emit ir` and `--dump-after`, and for golden tests."""

from __future__ import annotations

from fpl3.ir import nodes as ir


def text(program: ir.Program) -> str:
    """Declarations, then the body; one statement a line, indented by nesting."""
    lines = [f"program {program.source.name}"]
    lines += [f"  local {local.name}: {local.type}" for local in program.locals]
    lines += [f"  array {a.name}: {a.type}[{a.size}] merge {a.merge}" for a in program.arrays]
    lines += [f"  table {t.name}: {t.type}[{len(t.values)}]" for t in program.tables]
    lines += [
        f"  set {n} {s.name}: {len(s.ranges)} ranges of {bits} bits"
        for n, (s, bits) in enumerate(zip(program.sets, program.set_bits, strict=True))
    ]
    return "\n".join(lines + _body(program.body, 1)) + "\n"


def _body(body: ir.Body, depth: int) -> list[str]:
    lines: list[str] = []
    for s in body:
        lines += _statement(s, depth)
    return lines


def _statement(s: ir.Statement, depth: int) -> list[str]:
    pad = "  " * depth
    match s:
        case ir.If():
            lines = [f"{pad}if {show(s.condition)}", *_body(s.then, depth + 1)]
            return lines + ([f"{pad}else", *_body(s.otherwise, depth + 1)] if s.otherwise else [])
        case ir.Block() | ir.Loop():
            kind = "block" if isinstance(s, ir.Block) else "loop"
            return [f"{pad}{kind} {s.label}", *_body(s.body, depth + 1)]
        case ir.Part():
            return [f"{pad}part {s.number}", *_body(s.body, depth + 1)]
        case ir.Switch():
            lines = [f"{pad}switch {show(s.value)}"]
            for values, body in s.cases:
                lines += [f"{pad}case {', '.join(map(str, values))}", *_body(body, depth + 1)]
            return [*lines, f"{pad}default", *_body(s.default, depth + 1)]
        case _:
            return [f"{pad}{_simple(s)}"]


def _simple(s: ir.Statement) -> str:
    match s:
        case ir.SetLocal():
            return f"{s.local.name} = {show(s.value)}"
        case ir.Store():
            structural = " structural" if s.structural else ""
            return f"packet[{show(s.offset)}]:{s.value.type.bits} = {show(s.value)}{structural}"
        case ir.StoreElement():
            return f"{s.array}[{show(s.index)}] = {show(s.value)}"
        case ir.Guard():
            return f"guard {show(s.condition)} else {s.reason}"
        case ir.Budget():
            return "budget"
        case ir.Locate():
            return f"locate {s.stage}"
        case ir.Leave():
            return f"leave {s.label}"
        case ir.Return():
            return f"return {show(s.value)}"
        case ir.Transmit():
            parts = [s.table, *([] if s.id is None else [show(s.id)]), show(s.index)]
            return f"transmit {', '.join(parts)}"
        case ir.Raise():
            return f"raise rule {s.rule}"
        case ir.Call():
            result = f"{s.result.name} = " if s.result else ""
            called = s.instance.name + (f".{s.function.name}" if s.function.name else "")
            filled = [s.array.name] if s.array else []
            return f"{result}call {called}({', '.join([*map(show, s.arguments), *filled])})"
    raise AssertionError(f"a structured statement: {s!r}")


def show(e: ir.Expr) -> str:
    """One expression; types are written where an operator's meaning depends on them."""
    match e:
        case ir.Const():
            return str(e.value)
        case ir.Local():
            return e.name
        case ir.Meta():
            return f"STATE[{e.word}]" if e.which == "STATE" else e.which
        case ir.Load():
            return f"packet[{show(e.offset)}]:{e.type.bits}"
        case ir.Present() | ir.Offset():
            return f"{'present' if isinstance(e, ir.Present) else 'offset'} {e.header}"
        case ir.Element():
            return f"{e.array}[{show(e.index)}]"
        case ir.Lookup():
            return f"{e.table}[{show(e.index)}]"
        case ir.Convert():
            return f"{e.type}({show(e.operand)})"
        case ir.Unary():
            return f"{e.op}{show(e.operand)}"
        case ir.Binary():
            signed = ".s" if e.type.signed else ""
            return f"({show(e.left)} {e.op}{signed}{e.type.bits} {show(e.right)})"
        case ir.Compare():
            return f"({show(e.left)} {e.op} {show(e.right)})"
        case ir.All() | ir.Any() | ir.AndThen() | ir.OrElse():
            name = type(e).__name__
            return f"{name.lower()}({', '.join(map(show, e.terms))})"
        case ir.Not():
            return f"!{show(e.operand)}"
        case ir.InSet():
            return f"({', '.join(map(show, e.operands))}) in set {e.set}"
        case ir.InBounds():
            return f"captured({show(e.offset)}, {show(e.length)})"
        case ir.Below():
            return f"below({show(e.operand)}, {e.limit})"
        case ir.HashBytes():
            return f"hash({show(e.start)}, {show(e.length)})"
        case ir.FlowHash():
            return f"hash({e.which})"
        case ir.Jump():
            return f"jump({show(e.hash)}, {show(e.buckets)})"
