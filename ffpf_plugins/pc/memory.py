"""The memory of a program in C: its start values, how copies are merged, what a successor takes over."""

from __future__ import annotations

from collections.abc import Iterable

from fpl3.check.program import Array, Extern, ExternState
from fpl3.emit.cexpr import constant
from fpl3.emit.writer import Writer


def print_functions(out: Writer, prefix: str, arrays: Iterable[Array], stateful: Iterable[Extern]) -> None:
    """The functions init, merge and carry of an object (ffpf_object.h)."""
    arrays, states = list(arrays), [(e.name, e.state) for e in stateful if e.state]
    _init(out, prefix, arrays, states)
    _merge(out, prefix, arrays, states)
    _carry(out, prefix, arrays, states)


_States = list[tuple[str, ExternState]]


def _init(out: Writer, prefix: str, arrays: list[Array], states: _States) -> None:
    with out.block(f"static void {prefix}init(void *memory)"):
        out.line(f"struct {prefix}state *state = memory;")
        out.line("(void)state;")
        for array in arrays:
            if array.initial:
                out.line(f"for (uint64_t i = 0; i < {array.size}; i++)")
                value = constant(array.type, array.initial).text
                out.line(f"  state->a_{array.name}[i] = {value};")
        for name, state in states:
            out.line(f"{state.initialise}(state->x_{name});")


def _merge(out: Writer, prefix: str, arrays: list[Array], states: _States) -> None:
    with out.block(f"static void {prefix}merge(void *into, const void *from)"):
        out.line(f"struct {prefix}state *a = into;")
        out.line(f"const struct {prefix}state *b = from;")
        out.line("(void)a, (void)b;")
        for array in arrays:
            suffix = f"{'i' if array.type.signed else 'u'}{array.type.bits}"
            name = f"a_{array.name}"
            how = f"FFPF_{array.merge}"
            out.line(f"ffpf_merge_{suffix}(a->{name}, b->{name}, {array.size}, {how});")
        for name, state in states:
            out.line(f"{state.merge}(a->x_{name}, b->x_{name});")


def _carry(out: Writer, prefix: str, arrays: list[Array], states: _States) -> None:
    arguments = "void *into, const void *from, const struct ffpf_object *old"
    with out.block(f"static void {prefix}carry({arguments})"):
        out.line(f"struct {prefix}state *state = into;")
        out.line("(void)state, (void)from, (void)old;")
        for array in arrays:
            out.line(
                f'ffpf_carry_array(state->a_{array.name}, "{array.name}", {array.size}, '
                f"{array.type.bits}, {int(array.type.signed)}, from, old);"
            )
        for name, state in states:
            with out.block(""):
                out.line(f'const void *was = ffpf_old_state("{name}", {state.size}, from, old);')
                out.line("if (was)")
                out.line(f"  {state.carry}(state->x_{name}, was);")


def c_string(text: str) -> str:
    """A C string literal of UTF-8 bytes (a file's name may hold others, kept as surrogates); octal
    escapes end after three digits, \\x does not."""
    return f'"{"".join(map(_c_byte, text.encode(errors="surrogateescape")))}"'


def _c_byte(byte: int) -> str:
    plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
    return chr(byte) if plain else f"\\{byte:03o}"
