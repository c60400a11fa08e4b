"""Set look-ups in C: the tables of a planned set, its test as a function, and the call.

Small tables are array initialisers; large ones are files that the assembler includes (`.incbin`),
because a compiler takes seconds for millions of initialisers. Every table begins on a cache line.
"""

from __future__ import annotations

import sys

from fpl3.emit.cexpr import C, call, cast
from fpl3.setplan import SetPlan, Table
from fpl3.types import IntType

LARGE = 4096
_MASK64 = (1 << 64) - 1


def c_tables(plan: SetPlan, name: str) -> tuple[str, dict[str, bytes]]:
    """The C text that declares the tables and `name_has`, and the files that it includes, by name.

    The files must lie in the folder in which the compiler runs. All names begin with `name` and an
    underscore; none is visible outside the translation unit.
    """
    lines: list[str] = []
    blobs: dict[str, bytes] = {}
    for table in plan.tables:
        symbol = f"{name}_{table.name}"
        if len(table.data) > LARGE:
            blobs[f"{symbol}.bin"] = _native(table)
            lines += _included(table, symbol)
        else:
            lines += _initialised(table, symbol)
    return "\n".join([*lines, *_function(plan, name)]) + "\n", blobs


def c_lookup(plan: SetPlan, name: str, operands: tuple[C, ...]) -> C:
    """The test as an expression, 0 or 1: one operand, or the high and low half of 128 bits.

    An operand may have a signed type; what is tested is its bit pattern of `plan.bits` bits.
    """
    if plan.bits == 128:
        high, low = operands
        return call(f"{name}_has", high, low)
    (value,) = operands
    return call(f"{name}_has", cast(IntType(plan.bits, False), value))


def _native(table: Table) -> bytes:
    return table.words().tobytes() if sys.byteorder == "big" else table.data


def _included(table: Table, symbol: str) -> list[str]:
    """A local symbol of this unit; `hidden` lets the compiler reach it without an indirection."""
    return [
        "__asm__(",
        '    ".pushsection .rodata, \\"a\\"\\n"',
        '    ".balign 64\\n"',
        f'    "{symbol}: .incbin \\"{symbol}.bin\\"\\n"',
        '    ".popsection\\n");',
        f"extern const uint{table.word_bits}_t {symbol}[{len(table.words())}] "
        '__attribute__((visibility("hidden"), aligned(64)));',
    ]


def _initialised(table: Table, symbol: str) -> list[str]:
    suffix = "ull" if table.word_bits == 64 else "u"
    words = [f"{word:#x}{suffix}" for word in table.words()]
    head = f"_Alignas(64) static const uint{table.word_bits}_t {symbol}[{len(words)}] = {{"
    rows = [f"    {', '.join(words[at : at + 4])}," for at in range(0, len(words), 4)]
    return [head, *rows, "};"]


def _function(plan: SetPlan, name: str) -> list[str]:
    parameters = "uint64_t high, uint64_t low" if plan.bits == 128 else f"uint{_container(plan)}_t x"
    lines = [f"FFPF_INLINE uint32_t {name}_has({parameters}) {{"]
    if plan.kind == "tree":
        lines += _descent(plan, name)
    elif plan.kind in ("nothing", "everything"):
        lines.append("  (void)high, (void)low;" if plan.bits == 128 else "  (void)x;")
    return [*lines, f"  return {_answer(plan, name)};", "}"]


def _container(plan: SetPlan) -> int:
    return 32 if plan.bits <= 32 else 64


def _answer(plan: SetPlan, name: str) -> str:
    inside = _test(plan, name)
    if plan.narrow:
        inside = f"(x >> 32 == 0) & ({inside})"
    return f"({inside}) ^ 1u" if plan.negated else inside


def _test(plan: SetPlan, name: str) -> str:
    x = "high, low" if plan.width == 128 else "(uint32_t)x" if plan.narrow else "x"
    numbers = [_number(plan, n) for n in plan.constants]
    tables = [f"{name}_{table.name}" for table in plan.tables]
    match plan.kind:
        case "nothing":
            return "0u"
        case "everything":
            return "1u"
        case "compares":
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            ranges = [f"ffpf_set_range{plan.width}({first}, {span}, {x})" for first, span in pairs]
            return " | ".join(ranges)
        case "hash" | "buckets":
            numbers = [*numbers[:-1], str(plan.constants[-1])]
        case "tree":
            return _at_the_end(plan)
        case _:
            pass
    return f"ffpf_set_{plan.kind}{plan.width}({', '.join([*tables, *numbers, x])})"


def _number(plan: SetPlan, value: int) -> str:
    if plan.width == 128 and value > _MASK64:
        return f"ffpf_join128({value >> 64:#x}ull, {value & _MASK64:#x}ull)"
    return f"{value:#x}{'u' if plan.width == 32 else 'ull'}"


def _descent(plan: SetPlan, name: str) -> list[str]:
    """Goes down for the value below if x is the greatest one: a missing key equals that, and would
    lead to a child that is not there."""
    x = "(uint32_t)x" if plan.narrow else "x"
    wide = plan.width == 128
    greatest = "(high & low) == UINT64_MAX" if wide else f"{x} == UINT{plan.width}_MAX"
    key = "high, key" if wide else "key"
    word = 64 if wide else plan.width
    lines = [
        f"  uint{word}_t greatest = {greatest};",
        f"  uint{word}_t key = {'low' if wide else x} - greatest;",
    ]
    node = "0"
    for table in plan.tables[:-1]:
        count = f"ffpf_set_node{plan.width}({name}_{table.name}, {node}, {key})"
        lines.append(
            f"  uint64_t node = {count};" if node == "0" else f"  node = node * FFPF_SET_FAN + {count};"
        )
        node = "node"
    leaf = f"ffpf_set_node{plan.width}({name}_{plan.tables[-1].name}, {node}, {key})"
    return [*lines, f"  uint32_t odd = {leaf} & 1;"]


def _at_the_end(plan: SetPlan) -> str:
    """The answer for the greatest value is a constant."""
    return f"greatest ? {plan.constants[0]}u : odd"
