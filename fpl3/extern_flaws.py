"""What is wrong with the declaration of an external function, in words for whoever wrote it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from fpl3.externs import Extern, Function, Texts

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_PACKET = ("none", "read", "write")


def flaws(extern: Extern) -> Iterator[str]:
    """Every contradiction; nothing for a declaration that can be used."""
    if not extern.functions:
        yield "it has no functions"
    yield from _names("function", [f.name for f in extern.functions if f.name])
    if sum(not function.name for function in extern.functions) > 1:
        yield "it has several functions without a name"
    yield from _names("option", [option.name for option in extern.options])
    if ":" not in extern.reference:
        yield f'reference="{extern.reference}" is not "module:name"'
    if any(isinstance(o, Texts) for o in extern.options) and extern.resource is None:
        yield "it has texts as an option and no resource that would load them"
    yield from _symbols(extern)
    for function in extern.functions:
        what = f"function '{function.name}'" if function.name else "the function without a name"
        yield from (f"{what}: {flaw}" for flaw in _function_flaws(function))


def _names(kind: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"it has {count} {kind}s '{name}'"
        if not _IDENTIFIER.fullmatch(name):
            yield f"'{name}' is no name of {'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def symbols(extern: Extern) -> list[str]:
    """The names of the C functions that a declaration promises."""
    found: list[str | None] = [function.c_function for function in extern.functions]
    if extern.state is not None:
        state = extern.state
        found += [state.initialise, state.merge, state.carry, state.show]
    if extern.resource is not None:
        resource = extern.resource
        found += [resource.load, resource.unload, resource.open, resource.close, resource.show]
    return [name for name in found if name is not None]


def _symbols(extern: Extern) -> Iterator[str]:
    for name in symbols(extern):
        if not _IDENTIFIER.fullmatch(name):
            yield f"'{name}' is no name of a C function"


def _function_flaws(function: Function) -> Iterator[str]:
    names = [parameter.name for parameter in function.parameters]
    yield from _names("parameter", names)
    if function.packet not in _PACKET:
        yield f'packet="{function.packet}" is none of {", ".join(_PACKET)}'
    if function.range is not None:
        if function.packet == "none":
            yield 'it has a range of the packet and packet="none"'
        for end in (function.range.start, function.range.length):
            if isinstance(end, str) and end not in names:
                yield f"its range names '{end}', which is no parameter"
    if function.pure and function.packet == "write":
        yield "it writes the packet and is said to be pure"
    seen_default = False
    for parameter in function.parameters:
        if seen_default and parameter.default is None:
            yield f"'{parameter.name}' needs a default, as the parameter before it has one"
        seen_default |= parameter.default is not None
        if isinstance(parameter.default, int) and not parameter.type.holds(parameter.default):
            yield f"the default of '{parameter.name}' is {parameter.default}, which is no {parameter.type}"
