"""The C of an external function with state called directly: long streams, odd states, merges."""

from __future__ import annotations

import ctypes
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from ffpf.results import Row
from ffpf_plugins.pc.target import runtime_files
from fpl3.externs import Extern, Instance, Options
from fpl3.source import Source, Span

FLAGS = (
    "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-I.",
    "-fsanitize=undefined", "-fno-sanitize-recover=all",
)  # fmt: skip
MASK = (1 << 64) - 1
SHOW = """\
#include <inttypes.h>
#include "%(file)s"
static char *out, *end;
static void row(struct ffpf_show *s) { (void)s; out += snprintf(out, (size_t)(end - out), "\\n"); }
static void number(struct ffpf_show *s, const char *n, uint64_t v) {
  (void)s; out += snprintf(out, (size_t)(end - out), "%%s=i%%" PRIu64 ";", n, v);
}
static void real(struct ffpf_show *s, const char *n, double v) {
  (void)s; out += snprintf(out, (size_t)(end - out), "%%s=f%%.17g;", n, v);
}
static void text(struct ffpf_show *s, const char *n, const char *v) {
  (void)s; out += snprintf(out, (size_t)(end - out), "%%s=t%%s;", n, v);
}
void do_show(const void *state, char *buffer, size_t size) {
  struct ffpf_show show = {row, number, real, text, NULL};
  out = buffer; end = buffer + size; *out = 0;
  %(show)s(state, %(options)s&show);
}
void do_start(void *state) { (void)state; %(start)s }
void do_merge(void *into, const void *from) { %(merge)s(into, from%(trailing)s); }
"""
CALLS = """\
void do_%(name)s(void *state, const uint64_t *values, size_t count, uint64_t *results) {
  const struct ffpf_frame frame = {NULL, 0, 0, 1};
  for (size_t i = 0; i < count; i++)
    results[i] = %(call)s(&frame, state%(trailing)s%(values)s);
}
"""


class State:
    """One state: 64-byte aligned, started."""

    def __init__(self, library: ctypes.CDLL, size: int) -> None:
        self.library = library
        self.memory = (ctypes.c_uint8 * (size + 64))()
        self.at = -(-ctypes.addressof(self.memory) // 64) * 64
        self.library.do_start(ctypes.c_void_p(self.at))

    def calls(self, calls: Iterable[Sequence[int]], function: str = "") -> list[int]:
        rows = [list(c) for c in calls]
        flat = (ctypes.c_uint64 * max(1, sum(map(len, rows))))(*[v & MASK for row in rows for v in row])
        results = (ctypes.c_uint64 * max(1, len(rows)))()
        called = getattr(self.library, f"do_{function}")
        called(ctypes.c_void_p(self.at), flat, ctypes.c_size_t(len(rows)), results)
        return list(results)[: len(rows)]

    def merge(self, other: State) -> None:
        self.library.do_merge(ctypes.c_void_p(self.at), ctypes.c_void_p(other.at))

    def words(self) -> ctypes.Array[ctypes.c_uint64]:
        """The state as 64-bit words, to be changed in place."""
        count = (len(self.memory) - 64) // 8
        return (ctypes.c_uint64 * count).from_address(self.at)

    def show(self) -> list[Row]:
        buffer = ctypes.create_string_buffer(1 << 16)
        self.library.do_show(ctypes.c_void_p(self.at), buffer, ctypes.c_size_t(len(buffer)))
        return [_row(line) for line in buffer.value.decode().split("\n")[1:]]


def _row(line: str) -> Row:
    found: Row = {}
    for item in filter(None, line.split(";")):
        name, _, value = item.partition("=")
        found[name] = {"i": int, "f": float, "t": str}[value[0]](value[1:])
    return found


class InC:
    """An extern with its options, compiled."""

    def __init__(self, extern: Extern, options: Options, folder: Path) -> None:
        assert extern.state is not None
        self.size = extern.state.size(options)
        source = Source("none.fpl", "")
        instance = Instance("x", "x", extern, options, Span(source, 0, 0))
        (folder / "calls.c").write_text(_text(instance))
        for name, content in runtime_files([instance]).items():
            (folder / name).write_bytes(content)
        subprocess.run(["gcc", *FLAGS, "-o", "calls.so", "calls.c"], cwd=folder, check=True)
        self.library = ctypes.CDLL(str(folder / "calls.so"))

    def state(self) -> State:
        return State(self.library, self.size)


def _text(instance: Instance) -> str:
    extern, numbers = instance.extern, [f"{n}u" for n in instance.numbers()]
    assert extern.state is not None
    trailing = "".join(f", {n}" for n in numbers)
    start = f"{extern.state.initialise}(state{trailing});" if extern.state.initialise else ""
    text = SHOW % {
        "file": extern.c_file.replace("/", "-"), "show": extern.state.show, "start": start,
        "options": "".join(f"{n}, " for n in numbers), "merge": extern.state.merge, "trailing": trailing,
    }  # fmt: skip
    for f in extern.functions:
        count = len(f.parameters)
        cast = "(uint32_t)" if count else ""
        values = "".join(
            f", {cast if q.type.bits == 32 else ''}values[i * {count} + {n}]"
            for n, q in enumerate(f.parameters)
        )
        unused = "" if count else "  (void)values;\n"
        made = CALLS % {"name": f.name, "call": f.c_function, "trailing": trailing, "values": values}
        text += made.replace("  for (", f"{unused}  for (", 1)
    return text
