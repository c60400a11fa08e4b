"""The registry of external functions: what is installed, found by entry point when it is needed.

A package offers a function by an entry point of the group `ffpf.externs` whose value is an object of
fpl3.check.program.Extern.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module, metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpl3.check.program import Extern

GROUP = "ffpf.externs"


@lru_cache(maxsize=1)
def externs() -> dict[str, Extern]:
    """Every installed external function by the name that programs call it by."""
    found: dict[str, Extern] = {}
    for entry in metadata.entry_points(group=GROUP):
        extern: Extern = entry.load()
        found.setdefault(extern.name, extern)
    return dict(sorted(found.items()))


def reference(extern: Extern) -> Callable[..., int]:
    """The plain Python twin of a function: (frame, link, length, *arguments) -> value."""
    module, _, name = extern.reference.partition(":")
    twin = getattr(import_module(module), name)
    # The twin of a function with state is a class: every interpreter has a state of its own.
    function: Callable[..., int] = twin if extern.state is None else twin()
    return function


def extern_references() -> dict[str, Callable[..., int]]:
    """Every installed function's Python twin, for the interpreter."""
    return {name: reference(extern) for name, extern in externs().items()}
