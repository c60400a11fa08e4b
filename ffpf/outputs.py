"""Where results go: never over what is read, whole files or none, one thing a file.

Opening an output fails in one way for all of them: a name that cannot be a file is wrong use of the
command, everything else is the machine's refusal.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, TextIO

from ffpf.errors import CommandError, MachineError, WrongUse

NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
STANDARD_OUTPUT = Path("/dev/stdout")


def cannot_open(name: str, error: OSError) -> CommandError:
    """What to raise for an output that cannot be opened."""
    kind = WrongUse if error.errno in NO_FILE else MachineError
    return kind(f"{name}: error: cannot open it for writing: {error.strerror}")


def open_text(name: str, stack: ExitStack) -> TextIO:
    """A text file for results, or standard output. Raises what cannot_open gives."""
    if name == "-":
        return sys.stdout
    try:
        return stack.enter_context(Path(name).open("w", encoding="utf-8", errors="backslashreplace"))
    except OSError as error:
        raise cannot_open(name, error) from error


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all: where that fails, what was there is there still.

    What is no regular file (a pipe, a device) is written as it is.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        raise _failed(path, error) from error


def _failed(path: Path, error: OSError) -> Exception:
    if error.errno == errno.EPIPE:
        return error
    if error.errno in NO_FILE:
        return cannot_open(str(path), error)
    return MachineError(f"{path}: error: cannot write: {error.strerror}; what was there is unchanged")


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(_mode(path))
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, or what a new file gets."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def refuse_overwriting(outputs: Mapping[str, str | None], inputs: Mapping[str, str]) -> None:
    """WrongUse where an output is the file of an input or of an output before it; both by what they
    are called in a message. "-" is a standard file."""
    files = {name: _path(file, "/dev/stdout") for name, file in outputs.items() if file is not None}
    taken = {name: _path(file, "/dev/stdin") for name, file in inputs.items()}
    for name, file in files.items():
        for other, its_file in taken.items():
            if same_file(file, its_file):
                shown = inputs.get(other) or outputs.get(other)
                raise WrongUse(f"ffpf: error: {name} would overwrite the file of {other}, {shown}")
        taken[name] = file


def _path(name: str, standard: str) -> Path:
    return Path(standard if name == "-" else name)


def same_file(one: Path, other: Path) -> bool:
    """Whether two names mean one regular file (/dev/null may be written twice)."""
    try:
        if one.exists() and other.exists():
            return one.is_file() and one.samefile(other)
        return one.resolve() == other.resolve()
    except OSError:
        return False


def is_standard_output(name: str | None) -> bool:
    """Whether a name means standard output: "-", or another name of the same pipe, terminal or file."""
    if name is None or name == "-":
        return name == "-"
    try:
        there = Path(name).stat()
        ours = os.fstat(1)
    except OSError:
        return False
    null = Path(os.devnull).stat()
    return os.path.samestat(there, ours) and not os.path.samestat(ours, null)


def standard_output_is_closed() -> bool:
    """Whether the command was started without standard output (ffpf/cli/main.py opens it for reading
    then, so that nothing else comes to have its number)."""
    return fcntl.fcntl(1, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY


def silence(file: TextIO | Any) -> None:
    """What is written to the file from now on, and waits in its buffer, goes nowhere."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, file.fileno())
    os.close(null)
