"""What this machine has and lacks, with the command that would mend it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ffpf import cache, toolchain
from ffpf.errors import MachineError
from ffpf.registry import externs
from fpl3.externs import Library


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `needed`: without it nothing runs; else only what `mend` is for."""

    what: str
    good: bool
    detail: str
    mend: str = ""
    needed: bool = False


def findings() -> Iterator[Finding]:
    """Everything that the commands of this package may need of a machine."""
    yield _python()
    yield from _compiler()
    yield from _libraries()
    yield _cache()
    yield _program("tcpdump", "reads what -w writes", ("--version",))
    yield _program("dot", "draws `ffpf graph -o`", ("-V",), package="graphviz")


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", sys.version_info >= (3, 11), f"{version} ({sys.executable})", needed=True)


def _compiler() -> Iterator[Finding]:
    install = "sudo apt-get install gcc libc6-dev"
    try:
        found = toolchain.find()
    except MachineError:
        missing = os.environ.get("CC") or "gcc"
        mend = "unset CC" if os.environ.get("CC") else install
        yield Finding("C compiler", False, f"'{missing}' is not there", mend, needed=True)
        return
    yield Finding("C compiler", True, found.version(), needed=True)
    yield _compiles(found, install)


def _compiles(found: toolchain.Toolchain, install: str) -> Finding:
    """A compiler may be there without the C library's headers, or not know this processor."""
    broken = toolchain.broken(found)
    if broken is not None:
        return Finding("compiles objects", False, broken, install, needed=True)
    return Finding("compiles objects", True, " ".join(toolchain.OBJECT_FLAGS), needed=True)


def _libraries() -> Iterator[Finding]:
    """The C libraries behind external functions; a broken package is the business of `ffpf externs`."""
    users: dict[Library, list[str]] = {}
    known = externs()
    for name in known:
        with suppress(MachineError):
            for library in known[name].libraries:
                users.setdefault(library, []).append(name)
    with suppress(MachineError):
        compiler = toolchain.find()
        for library, names in users.items():
            use = f"for EXTERN {', '.join(names)}"
            there = not toolchain.lacks(compiler, library.name, library.header)
            install = f"sudo apt-get install {library.packages[0]}"
            yield Finding(f"lib{library.name}", there, use if there else f"not there ({use})", install)


def _cache() -> Finding:
    root = cache.cache_root(os.environ)
    with cache.open_cache() as opened:
        if opened.note is None:
            return Finding("cache", True, f"{root}, {_megabytes(opened.root):.1f} MB")
        return Finding("cache", False, opened.note, f"rm -rf {root}" if root else "export HOME=...")


def _megabytes(root: Path) -> float:
    return sum(size for _, size, _ in cache.usage(root)) / 1e6


def _program(name: str, use: str, version: tuple[str, ...], package: str = "") -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(name, False, f"not there ({use})", f"sudo apt-get install {package or name}")
    done = subprocess.run([path, *version], capture_output=True, text=True, errors="replace", timeout=30)
    return Finding(name, True, (done.stdout or done.stderr).partition("\n")[0])
