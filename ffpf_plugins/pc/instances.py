"""Instances of external functions in C: their memory, what they load, what they show, their calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

from ffpf_plugins.pc.cstring import c_bytes, c_string
from fpl3.emit.cexpr import constant
from fpl3.emit.writer import Writer
from fpl3.externs import Instance, Number, Range, Texts
from fpl3.types import U64


def fields(out: Writer, instances: Sequence[Instance]) -> None:
    """The members of the program's state, each followed by a zone that the sanitizer watches."""
    for i in instances:
        if i.extern.state is not None:
            out.line(f"_Alignas(64) uint8_t x_{i.name}[{max(1, i.state_size)}];")
            out.line(f"FFPF_RED_ZONE(z_{i.name})")
        if i.extern.resource is not None:
            out.line(f"void *o_{i.name};")


def numbers(instance: Instance) -> list[str]:
    """The options that every C function of an instance gets."""
    kinds = [
        o.type if isinstance(o, Number) else U64
        for o in instance.extern.options
        if not isinstance(o, Texts)
    ]
    return [constant(of, value).text for of, value in zip(kinds, instance.numbers(), strict=True)]


def _call(function: str, *arguments: str, instance: Instance) -> str:
    return f"{function}({', '.join([*arguments, *numbers(instance)])})"


# Loading ----------------------------------------------------------------------------------------


def print_loading(out: Writer, prefix: str, instances: Mapping[Instance, int]) -> None:
    """The texts of the instances, what `load` made of them, and the functions load and unload. The
    values of `instances` tell which functions are called."""
    loaded = [i for i in instances if i.extern.resource is not None]
    for i in loaded:
        out.line(f"static void *{prefix}l_{i.name};")
        for option, value in zip(i.extern.options, i.options, strict=True):
            if isinstance(option, Texts) and isinstance(value, tuple):
                head = f"static const struct ffpf_text {prefix}t_{i.name}_{option.name}[{len(value)}] ="
                with out.block(head, "};"):
                    for t in value:
                        out.line(f"{{{c_bytes(t.value)}, {len(t.value)}, {t.id}u, {int(t.nocase)}}},")
    with out.block(f"static const char *{prefix}load(const char **name)"):
        out.line("const char *failed = NULL;")
        out.line("(void)name;")
        for i in loaded:
            assert i.extern.resource is not None
            called = f"{instances[i]}u"
            call = ", ".join([f"&{prefix}l_{i.name}", called, *_loading_arguments(prefix, i)])
            out.line(f"*name = {c_string(i.shown)};")
            out.line(f"if (!failed && !{prefix}l_{i.name})")
            out.line(f"  failed = {i.extern.resource.load}({call});")
        out.line("return failed;")
    with out.block(f"static void {prefix}unload(void)"):
        for i in loaded:
            assert i.extern.resource is not None
            out.line(f"if ({prefix}l_{i.name})")
            out.line(f"  {i.extern.resource.unload}({prefix}l_{i.name});")
            out.line(f"{prefix}l_{i.name} = NULL;")


def _loading_arguments(prefix: str, i: Instance) -> list[str]:
    given = iter(numbers(i))
    found = []
    for option, value in zip(i.extern.options, i.options, strict=True):
        if isinstance(option, Texts):
            assert isinstance(value, tuple)
            found += [f"{prefix}t_{i.name}_{option.name}", str(len(value))]
        else:
            found.append(next(given))
    return found


# Memory -----------------------------------------------------------------------------------------


def initialise(out: Writer, prefix: str, instances: Sequence[Instance]) -> None:
    for i in instances:
        state, resource = i.extern.state, i.extern.resource
        if state is not None:
            out.line(f"FFPF_POISON(state->z_{i.name});")
            if state.initialise is not None:
                out.line(f"{_call(state.initialise, f'state->x_{i.name}', instance=i)};")
        if resource is not None:
            out.line(f"state->o_{i.name} = {resource.open}({prefix}l_{i.name});")
            out.line(f"complete &= state->o_{i.name} != NULL;")


def print_release(out: Writer, prefix: str, instances: Sequence[Instance]) -> None:
    with out.block(f"static void {prefix}release(void *memory)"):
        out.line(f"struct {prefix}state *state = memory;")
        out.line("(void)state;")
        for i in instances:
            if i.extern.state is not None:
                out.line(f"FFPF_UNPOISON(state->z_{i.name});")
            if i.extern.resource is not None:
                out.line(f"if (state->o_{i.name})")
                out.line(f"  {i.extern.resource.close}(state->o_{i.name});")


def merge(out: Writer, instances: Sequence[Instance]) -> None:
    for i in instances:
        if i.extern.state is not None:
            out.line(f"{_call(i.extern.state.merge, f'a->x_{i.name}', f'b->x_{i.name}', instance=i)};")


def carry(out: Writer, instances: Sequence[Instance]) -> None:
    for i in instances:
        if i.extern.state is None:
            continue
        with out.block(""):
            key = f"{c_string(i.shown)}, {c_string(i.extern.name)}, {_options(i)}"
            out.line(f"const void *was = ffpf_old_state({key}, from, old);")
            out.line("if (was)")
            if i.extern.state.carry is None:
                out.line(f"  memcpy(state->x_{i.name}, was, {i.state_size});")
            else:
                out.line(f"  {_call(i.extern.state.carry, f'state->x_{i.name}', 'was', instance=i)};")


def _options(i: Instance) -> str:
    return c_string(" ".join(map(str, i.numbers())))


def print_merges(out: Writer, prefix: str, instances: Sequence[Instance]) -> None:
    """A function for each instance with state, for its state in objects whose layouts differ."""
    for i in instances:
        if i.extern.state is not None:
            with out.block(f"static void {prefix}merge_{i.name}(void *into, const void *from)"):
                out.line(f"{_call(i.extern.state.merge, 'into', 'from', instance=i)};")


def _key(i: Instance) -> str:
    """Equal for equal options; where texts are written does not count."""
    options = [
        [(t.id, t.value, t.nocase) for t in value] if isinstance(value, tuple) else value
        for value in i.options
    ]
    return c_string(sha256(repr(options).encode()).hexdigest())


# Results ----------------------------------------------------------------------------------------


def print_shows(out: Writer, prefix: str, instances: Sequence[Instance]) -> None:
    for i in filter(shows, instances):
        state, resource = i.extern.state, i.extern.resource
        with out.block(f"static void {prefix}show_{i.name}(const void *memory, struct ffpf_show *show)"):
            out.line(f"const struct {prefix}state *state = memory;")
            if state is not None and state.show is not None:
                given = [f"state->x_{i.name}", *numbers(i), "show"]
                out.line(f"{state.show}({', '.join(given)});")
            if resource is not None and resource.show is not None:
                out.line(f"{resource.show}(state->o_{i.name}, show);")


def shows(i: Instance) -> bool:
    state, resource = i.extern.state, i.extern.resource
    return (state is not None and state.show is not None) or (
        resource is not None and resource.show is not None
    )


def rows(prefix: str, instances: Sequence[Instance]) -> list[str]:
    """The entries of ffpf_object.externs."""
    found = []
    for i in instances:
        if i.extern.state is None and not shows(i):
            continue
        where = f"offsetof(struct {prefix}state, x_{i.name})" if i.extern.state is not None else "0"
        show = f"{prefix}show_{i.name}" if shows(i) else "NULL"
        names = f"{c_string(i.shown)}, {c_string(i.extern.name)}, {_options(i)}"
        merge = f"{prefix}merge_{i.name}" if i.extern.state is not None else "NULL"
        found.append(f"{{{names}, {where}, {i.state_size}, {show}, {merge}, {_key(i)}}}")
    return found


# Calls ------------------------------------------------------------------------------------------


def arguments(instance: Instance, given: Sequence[str], array: str | None) -> str:
    """What stands between the parentheses of a call, behind the frame."""
    found = [f"state->x_{instance.name}"] if instance.extern.state is not None else []
    found += [f"state->o_{instance.name}"] if instance.extern.resource is not None else []
    found += [*numbers(instance), *given]
    return ", ".join(["&frame", *found, *([array] if array else [])])


def guarded(touched: Range | None, names: Sequence[str], given: Sequence[str]) -> tuple[str, str]:
    """Start and length of the bytes that a call may touch, as C."""
    if touched is None:
        return "0", "UINT32_MAX"
    values = dict(zip(names, given, strict=True))
    start, length = (
        values[end] if isinstance(end, str) else f"{end}u" for end in (touched.start, touched.length)
    )
    return start, length
