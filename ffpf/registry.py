"""The registry of external functions: what is installed, found by entry point when it is needed.

A package offers a function by an entry point of the group `ffpf.externs`: its name is the function's,
its value an object of fpl3.check.program.Extern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from ffpf.errors import MachineError
from ffpf.plugins import entry_points

if TYPE_CHECKING:
    from fpl3.check.program import Extern

GROUP = "ffpf.externs"


class Externs(Mapping[str, "Extern"]):
    """Declarations by name. One is imported when it is asked for, so that a broken package harms only
    the programs that call it; asking for one that cannot be had raises MachineError."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """`values` maps names of functions to "module:attribute"."""
        self._values = dict(sorted(values.items()))

    def __getitem__(self, name: str) -> Extern:
        return _declaration(name, self._values[name])

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def externs() -> Externs:
    """Every installed external function by the name that programs call it by, sorted."""
    return Externs(entry_points(GROUP))


def reference(extern: Extern) -> Callable[..., int]:
    """The plain Python twin of a function: (frame, link, length, *arguments) -> value.

    The twin of a function with state is a class whose objects are called; every call of this function
    makes a new one, so that every interpreter has a state of its own.
    """
    twin = _imported(extern.name, extern.reference)
    if extern.state is not None:
        if not isinstance(twin, type):
            raise _broken(extern.name, extern.reference, "it is not a class, but the function has state")
        twin = twin()
    if not callable(twin):
        raise _broken(extern.name, extern.reference, "it cannot be called")
    return twin


def extern_references() -> dict[str, Callable[..., int]]:
    """Every installed function's Python twin, for the interpreter."""
    return {name: reference(extern) for name, extern in externs().items()}


def _declaration(name: str, value: str) -> Extern:
    from fpl3.check.program import Extern

    found = _imported(name, value)
    if not isinstance(found, Extern):
        raise _broken(name, value, f"it is no Extern but of type {type(found).__name__}")
    if found.name != name:
        raise _broken(name, value, f"it declares a function '{found.name}'")
    return found


def _imported(name: str, value: str) -> object:
    """What "module:attribute" names."""
    module, _, attribute = value.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except Exception as error:  # of somebody else's package: anything can come out of it
        raise _broken(name, value, f"{type(error).__name__}: {error}") from error


def _broken(name: str, value: str, why: str) -> MachineError:
    package = value.partition(".")[0].partition(":")[0]
    return MachineError(
        f"ffpf: error: the external function '{name}' cannot be used, {value} is broken: {why}\n"
        f"help: mend or reinstall the package that brings the Python module {package}"
    )
