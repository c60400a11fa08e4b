"""Transliterates the bytecode that libpcap compiles an expression to into C.

The peer that a good C compiler makes of libpcap's own (optimised) program: one label an instruction,
A and X in locals, each load behind its bounds check, as libpcap's interpreter does it.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

LOADS = {0x00: ("get32", 4), 0x08: ("get16", 2), 0x10: ("get8", 1)}
OPERATORS = {0x00: "+", 0x10: "-", 0x20: "*", 0x40: "|", 0x50: "&", 0x60: "<<", 0x70: ">>", 0xA0: "^"}
JUMPS = {0x10: "==", 0x20: ">", 0x30: ">=", 0x40: "&"}
PREAMBLE = """\
#include "peers.h"

static inline uint32_t get8(const uint8_t *p) { return *p; }

static inline uint32_t get16(const uint8_t *p) {
  uint16_t v;
  memcpy(&v, p, sizeof v);
  return __builtin_bswap16(v);
}

static inline uint32_t get32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, sizeof v);
  return __builtin_bswap32(v);
}
"""


@dataclass(frozen=True, slots=True)
class Instruction:
    code: int
    true: int
    false: int
    k: int


def compiled(expression: str) -> list[Instruction]:
    """What libpcap makes of an expression for Ethernet (`tcpdump -ddd`)."""
    command = ["tcpdump", "-y", "EN10MB", "-ddd", expression]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [Instruction(*map(int, line.split())) for line in done.stdout.splitlines()[1:]]


def function(name: str, program: list[Instruction]) -> str:
    """One C function `uint32_t name(const uint8_t *p, uint32_t len)`, 1 where the packet is wanted."""
    targets = {t for at, i in enumerate(program) if i.code & 7 == 5 for t in _targets(at, i)}
    lines = [
        f"static inline uint32_t {name}(const uint8_t *p, uint32_t len) {{",
        "  uint32_t a = 0, x = 0, m[16] = {0};",
        "  (void)a, (void)x, (void)m;",
    ]
    for at, instruction in enumerate(program):
        label = [f"l{at}:"] if at in targets else []
        lines += [*label, *(f"  {text}" for text in _statement(at, instruction))]
    return "\n".join([*lines, "}"])


def _targets(at: int, i: Instruction) -> tuple[int, ...]:
    return (at + 1 + i.k,) if i.code & 0xF0 == 0 else (at + 1 + i.true, at + 1 + i.false)


def _statement(at: int, i: Instruction) -> list[str]:
    kind = i.code & 7
    if kind in (0, 1):
        return _load("ax"[kind], i)
    if kind in (2, 3):
        return [f"m[{i.k}] = {'ax'[kind - 2]};"]
    if kind == 4:
        return [_arithmetic(i)]
    if kind == 5:
        return [_jump(at, i)]
    if kind == 6:
        return ["return a != 0;" if i.code & 0x18 == 0x10 else f"return {int(i.k != 0)};"]
    return ["x = a;" if i.code == 0x07 else "a = x;"]


def _load(register: str, i: Instruction) -> list[str]:
    mode = i.code & 0xE0
    if mode == 0x00:
        return [f"{register} = {i.k}u;"]
    if mode == 0x60:
        return [f"{register} = m[{i.k}];"]
    if mode == 0x80:
        raise ValueError("a load of the wire length has no place in these filters")
    if mode == 0xA0:
        return [f"if ({i.k}u >= len) return 0;", f"x = (p[{i.k}] & 15u) * 4;"]
    read, size = LOADS[i.code & 0x18]
    offset = f"(uint64_t)x + {i.k}u" if mode == 0x40 else f"{i.k}u"
    return [f"if ({offset} + {size} > len) return 0;", f"{register} = {read}(p + {offset});"]


def _arithmetic(i: Instruction) -> str:
    operation = i.code & 0xF0
    if operation == 0x80:
        return "a = -a;"
    operand = "x" if i.code & 8 else f"{i.k}u"
    return f"a = a {OPERATORS[operation]} {operand};"


def _jump(at: int, i: Instruction) -> str:
    operation = i.code & 0xF0
    if operation == 0:
        return f"goto l{at + 1 + i.k};"
    operand = "x" if i.code & 8 else f"{i.k}u"
    true, false = _targets(at, i)
    return f"if (a {JUMPS[operation]} {operand}) goto l{true}; else goto l{false};"


def library(expressions: dict[str, str]) -> str:
    """The C text of a library of peers, one filter a name."""
    parts = [PREAMBLE]
    for name, expression in expressions.items():
        parts += [function(f"cbpf_{name}", compiled(expression)), f"PEER_LOOPS(cbpf_{name})"]
    entries = "".join(f'    PEER("{name}", "cbpf2c", cbpf_{name}),\n' for name in expressions)
    parts.append(
        '__attribute__((visibility("default"))) const struct bench_peer bench_peers[] = {\n'
        f"{entries}    {{NULL, NULL, NULL, NULL, NULL, NULL}}}};\n"
    )
    return "\n".join(parts)
