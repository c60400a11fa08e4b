"""The memory of a program in C: its start values, how copies are merged, what a successor takes over."""

from __future__ import annotations

from collections.abc import Sequence

from ffpf_plugins.pc import instances as instances_c
from fpl3.check.program import Array
from fpl3.emit.cexpr import constant
from fpl3.emit.writer import Writer
from fpl3.externs import Instance


def print_functions(
    out: Writer, prefix: str, arrays: Sequence[Array], instances: Sequence[Instance]
) -> None:
    """The functions of an object that have to do with its state (ffpf_object.h)."""
    _init(out, prefix, arrays, instances)
    instances_c.print_release(out, prefix, instances)
    _merge(out, prefix, arrays, instances)
    _carry(out, prefix, arrays, instances)
    instances_c.print_merges(out, prefix, instances)
    instances_c.print_shows(out, prefix, instances)


def _init(out: Writer, prefix: str, arrays: Sequence[Array], instances: Sequence[Instance]) -> None:
    with out.block(f"static bool {prefix}init(void *memory)"):
        out.line(f"struct {prefix}state *state = memory;")
        out.line("bool complete = true;")
        out.line("(void)state;")
        for array in arrays:
            if array.initial:
                out.line(f"for (uint64_t i = 0; i < {array.size}; i++)")
                value = constant(array.type, array.initial).text
                out.line(f"  state->a_{array.name}[i] = {value};")
        instances_c.initialise(out, prefix, instances)
        out.line("return complete;")


def _merge(out: Writer, prefix: str, arrays: Sequence[Array], instances: Sequence[Instance]) -> None:
    with out.block(f"static void {prefix}merge(void *into, const void *from)"):
        out.line(f"struct {prefix}state *a = into;")
        out.line(f"const struct {prefix}state *b = from;")
        out.line("(void)a, (void)b;")
        for array in arrays:
            suffix = f"{'i' if array.type.signed else 'u'}{array.type.bits}"
            name = f"a_{array.name}"
            how = f"FFPF_{array.merge}"
            out.line(f"ffpf_merge_{suffix}(a->{name}, b->{name}, {array.size}, {how});")
        instances_c.merge(out, instances)


def _carry(out: Writer, prefix: str, arrays: Sequence[Array], instances: Sequence[Instance]) -> None:
    arguments = "void *into, const void *from, const struct ffpf_object *old"
    with out.block(f"static void {prefix}carry({arguments})"):
        out.line(f"struct {prefix}state *state = into;")
        out.line("(void)state, (void)from, (void)old;")
        for array in arrays:
            out.line(
                f'ffpf_carry_array(state->a_{array.name}, "{array.name}", {array.size}, '
                f"{array.type.bits}, {int(array.type.signed)}, from, old);"
            )
        instances_c.carry(out, instances)
