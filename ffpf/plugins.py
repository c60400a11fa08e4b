"""Plug-ins by entry point: found when needed, by name; what is installed is never imported for a list."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from ffpf.errors import MachineError, WrongUse

if TYPE_CHECKING:
    from ffpf.cache import Cache
    from fpl3.check.program import Checked

TARGETS = "ffpf.targets"


class TargetText(Protocol):
    """A program as a target's C text: what a compiler makes an object of."""

    files: dict[str, bytes]
    main_file: str
    flags: Sequence[str]
    metadata: dict[str, Any]


class CompilingTarget(Protocol):
    """The module of a target that emits C."""

    def compile_text(self, checked: Checked, options: Any = ...) -> TargetText: ...


def entry_points(group: str, cache: Cache | None = None) -> dict[str, str]:
    """Name to "module:attribute" of a group; the first distribution on the path wins.

    Reading the metadata of everything that is installed takes longer than many runs; the cache
    keeps the answer until a package is added or removed. MachineError if the group has none.
    """
    if cache is None:
        return _from_metadata(group)
    from ffpf.cache import digest

    key = digest("entry points", group, installed_packages())
    known = cache.recall(key)
    if known is None:
        found = _from_metadata(group)
        cache.remember(key, found)
        return found
    return {name: str(value) for name, value in known.items()}


def _from_metadata(group: str) -> dict[str, str]:
    from importlib import metadata

    found: dict[str, str] = {}
    for entry in metadata.entry_points(group=group):
        found.setdefault(entry.name, entry.value)
    if not found:  # of every group, some come with ffpf itself
        raise MachineError(
            f"ffpf: error: no entry point of the group {group} is installed; "
            "ffpf runs from an installed package only\n"
            "help: `make setup`, or `pip install -e .` in the folder of its source"
        )
    return dict(sorted(found.items()))


def installed_packages() -> tuple[tuple[str, int], ...]:
    """Changes whenever a package is installed or removed: the packages' folders and their times."""
    folders = (Path(p) for p in sys.path if p.endswith(("site-packages", "dist-packages")))
    return tuple((str(f), f.stat().st_mtime_ns) for f in folders if f.is_dir())


def target(name: str, cache: Cache | None = None) -> ModuleType:
    """The module of a target. WrongUse, with the list of all, if there is none of that name."""
    known = entry_points(TARGETS, cache)
    if name not in known:
        raise WrongUse(f"ffpf: error: there is no target '{name}'; there are {', '.join(known)}")
    return import_module(known[name].partition(":")[0])
