"""Program texts and the files they read: what the pure compiler is handed from the outside world."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ffpf.errors import InputError, MachineError

# A program or a set file larger than this is a mistake (a capture, a device), not a program.
MAX_FILE_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class ProgramText:
    """A program as given: the name that messages use, and its bytes."""

    name: str
    data: bytes


@dataclass(slots=True)
class FileReader:
    """Reads what programs INCLUDE and take SETs FROM, relative to the file that names it.

    `read_files` remembers the digest of everything that was read: the program depends on it.
    """

    read_files: dict[str, str] = field(default_factory=dict)

    def resolve(self, including: str, path: str) -> str:
        """The name of `path` as seen from the source named `including`."""
        folder = "" if including.startswith("<") else os.path.dirname(including)  # noqa: PTH120
        return os.path.normpath(os.path.join(folder, path))  # noqa: PTH118

    def read(self, including: str, path: str) -> bytes:
        """The file's bytes. OSError (with a message) if it is not a regular file we may read."""
        name = self.resolve(including, path)
        top = self.resolve(including, "")
        if not Path(name).resolve().is_relative_to(Path(top).resolve()):
            raise PermissionError(1, "it is a link that leads out of the program's folder", name)
        data = read_regular(Path(name))
        self.read_files[str(Path(name).absolute())] = sha256(data)
        return data


def read_regular(path: Path) -> bytes:
    """The bytes of a regular file of sensible size; never waits on a pipe or a device."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(21, "it is a folder, not a file", str(path))
        if not stat.S_ISREG(status.st_mode):
            raise OSError(22, "it is not a regular file", str(path))
        if status.st_size > MAX_FILE_BYTES:
            raise OSError(27, f"it is larger than {MAX_FILE_BYTES >> 20} MB", str(path))
        with open(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def read_program(path: str) -> ProgramText:
    """The program in a file. InputError if it cannot be read; MachineError if it may not."""
    try:
        return ProgramText(path, read_regular(Path(path)))
    except OSError as error:
        refused = error.errno in (errno.EACCES, errno.EPERM, errno.EIO)
        kind = MachineError if refused else InputError
        raise kind(f"{path}: error: the program cannot be read: {error.strerror}") from error
    except ValueError as error:  # a NUL byte in the name
        raise InputError(f"{path!r}: error: this cannot be the name of a file") from error


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def unchanged(files: dict[str, str]) -> bool:
    """Whether every file still has the digest that was noted."""
    try:
        return all(sha256(read_regular(Path(name))) == digest for name, digest in files.items())
    except (OSError, ValueError):
        return False
