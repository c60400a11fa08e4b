"""The registry of external functions: what is installed, found by entry point when it is needed.

A package offers a function by an entry point of the group `ffpf.externs`: its name is the function's,
its value an object of fpl3.externs.Extern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from ffpf.errors import MachineError
from ffpf.plugins import entry_points

if TYPE_CHECKING:
    from fpl3.externs import Extern, Instance

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


def twin(instance: Instance) -> Callable[..., int]:
    """The plain Python twin of an instance. The twin of an extern with options, state or several
    functions is a class, of which every call makes a new object with the instance's options."""
    extern = instance.extern
    found = _imported(extern.name, extern.reference)
    if not extern.simple:
        if not isinstance(found, type):
            why = "it is not a class, but there are options, state or several functions"
            raise _broken(extern.name, extern.reference, why)
        try:
            found = found(*instance.options)
        except MachineError:
            raise
        except Exception as error:  # of somebody else's package: anything can come out of it
            why = f"{type(error).__name__}: {error}"
            raise _broken(extern.name, extern.reference, why) from error
    if not callable(found):
        raise _broken(extern.name, extern.reference, "it cannot be called")
    return found


def twins(instances: Iterable[Instance]) -> dict[str, Callable[..., int]]:
    """The twins that a run of a program in the interpreter needs, by the names of the instances."""
    return {instance.name: twin(instance) for instance in instances}


def _declaration(name: str, value: str) -> Extern:
    from fpl3.extern_flaws import flaws
    from fpl3.externs import Extern

    found = _imported(name, value)
    if not isinstance(found, Extern):
        raise _broken(name, value, f"it is no Extern but of type {type(found).__name__}")
    if found.name != name:
        raise _broken(name, value, f"it declares a function '{found.name}'")
    wrong = list(flaws(found))
    if wrong:
        raise _broken(name, value, "; ".join(wrong))
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
