"""The front half of the compiler on one page: text in, checked program out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fpl3.check.program import Extern


@dataclass(frozen=True, slots=True)
class Environment:
    """What the compiler may know of the world: a reader of files and the external functions.

    `read(including_source_name, path)` returns a file's bytes or raises OSError with a message;
    `resolve(including_source_name, path)` gives the name that diagnostics and "include once" use.
    """

    read: Callable[[str, str], bytes]
    resolve: Callable[[str, str], str]
    externs: Mapping[str, Extern] = field(default_factory=dict)
