"""What the compiler may know of the world outside the text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fpl3.externs import Extern


@dataclass(frozen=True, slots=True)
class Environment:
    """What the compiler may know of the world: a reader of files and the external functions.

    `read(including_source_name, path)` returns a file's bytes or raises OSError with a message;
    `resolve(including_source_name, path)` gives the name that diagnostics and "include once" use.
    The checker refuses paths that are absolute or climb with `..`; a link inside the folder that
    leads out of it is for `read` to refuse. `tx_mac` are the next hops of a program that declares no
    TX_MAC: those of the root in a hardware description.
    """

    read: Callable[[str, str], bytes]
    resolve: Callable[[str, str], str]
    externs: Mapping[str, Extern] = field(default_factory=dict)
    tx_mac: tuple[int, ...] = ()
