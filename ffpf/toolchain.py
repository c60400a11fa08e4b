"""The C compiler of this machine: found, identified, called.

An object is good only for the compiler, the flags and the processor that it was made with; the
identities here are parts of the cache's keys.
"""

from __future__ import annotations

import errno
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ffpf.errors import MachineError

OBJECT_FLAGS = (
    "-std=c11", "-O3", "-march=native", "-fPIC", "-shared", "-fvisibility=hidden",
    "-Werror=implicit-function-declaration",
)  # fmt: skip
ENGINE_FLAGS = ("-std=c11", "-O3", "-march=native", "-D_GNU_SOURCE", "-pthread")
# What decides the code that -march=native makes, by the names of x86, ARM, POWER and RISC-V kernels.
CPU_LINES = frozenset(
    ("vendor_id", "cpu family", "model", "model name", "stepping", "flags", "Features", "isa", "cpu",
     "CPU implementer", "CPU architecture", "CPU variant", "CPU part", "CPU revision")
)  # fmt: skip
COMPILE_SECONDS = 600


class CompilerFailed(Exception):
    """The compiler did not make the output; `output` is what it said."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        super().__init__(f"{shlex.join(command)} failed")
        self.command = tuple(command)
        self.output = output

    @property
    def first_error(self) -> str:
        lines = self.output.splitlines()
        return next((line for line in lines if "error" in line), lines[0] if lines else "it says nothing")


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A C compiler: the words of its command, and what identifies it."""

    command: tuple[str, ...]
    identity: tuple[object, ...]

    def compile(self, flags: Sequence[str], sources: Sequence[str], output: str, folder: Path) -> str:
        """Compiles in `folder`; returns the compiler's warnings. Raises CompilerFailed."""
        command = [*self.command, *flags, "-o", output, *sources]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, timeout=COMPILE_SECONDS, env=_environment(),
        )  # fmt: skip
        if "No space left on device" in done.stderr:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        if done.returncode:
            raise CompilerFailed(command, done.stderr)
        return done.stderr

    def version(self) -> str:
        """The first line of `--version`, for people."""
        done = subprocess.run(
            [*self.command, "--version"], capture_output=True, text=True, errors="replace", timeout=30
        )
        return done.stdout.partition("\n")[0] or "unknown version"


def find(environment: Mapping[str, str] = os.environ) -> Toolchain:
    """The compiler that CC names (its arguments too), else gcc. MachineError if there is none."""
    words = tuple(shlex.split(environment.get("CC", ""))) or ("gcc",)
    path = shutil.which(words[0], path=environment.get("PATH"))
    if path is None:
        raise MachineError(_missing(words[0], "CC" in environment))
    status = Path(path).stat()
    real = Path(path).resolve()
    identity = (str(real), words[1:], status.st_size, status.st_mtime_ns)
    return Toolchain((path, *words[1:]), identity)


def _missing(name: str, named_by_cc: bool) -> str:
    if named_by_cc:
        return f"ffpf: error: CC names the compiler '{name}', which is not there; set CC to one that is"
    return (
        "ffpf: error: programs are compiled with gcc, and there is no gcc on this machine\n"
        "help: on Debian or Ubuntu: sudo apt-get install gcc libc6-dev; "
        "or run without a compiler, slowly: --target interp"
    )


def broken(compiler: Toolchain) -> str | None:
    """Why a compiler cannot make any object (no headers, unknown processor), or None if it can."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ffpf-") as name:
        folder = Path(name)
        (folder / "probe.c").write_text(
            "#include <stdint.h>\n#include <string.h>\nint probe(void) { return 0; }\n", encoding="ascii"
        )
        try:
            compiler.compile(OBJECT_FLAGS, ["probe.c"], "probe.so", folder)
        except CompilerFailed as failure:
            return failure.first_error
        made = (folder / "probe.so").is_file()
    return None if made else "it says nothing and makes nothing"


def lacks(compiler: Toolchain, library: str, header: str) -> bool:
    """Whether a C program that includes `header` and links `library` cannot be made."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Of PCRE2's header several widths can be had, and one must be chosen.
        text = f"#define PCRE2_CODE_UNIT_WIDTH 8\n#include <{header}>\nint main(void) {{ return 0; }}\n"
        (folder / "probe.c").write_text(text)
        try:
            compiler.compile((), ["probe.c", f"-l{library}"], "probe", folder)
        except CompilerFailed:
            return True
    return False


def cpu_identity(cpuinfo: Path = Path("/proc/cpuinfo")) -> tuple[str, ...]:
    """What -march=native stands for here: machine and features of the first processor."""
    lines = [os.uname().machine]
    try:
        with cpuinfo.open(encoding="ascii", errors="replace") as file:
            for line in file:
                if not line.strip():
                    break
                if line.partition(":")[0].strip() in CPU_LINES:
                    lines.append(" ".join(line.split()))
    except OSError:
        lines.append("unknown processor")
    return tuple(lines)


def _environment() -> dict[str, str]:
    """The compiler's messages in English, and nothing that changes what it makes."""
    ignored = ("CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH")
    kept = {name: value for name, value in os.environ.items() if name not in ignored}
    return kept | {"LC_ALL": "C"}


def draw(dot: bytes) -> bytes:
    """A graph in graphviz's language as SVG. MachineError if graphviz is not there or fails."""
    program = shutil.which("dot")
    if program is None:
        raise MachineError(
            "ffpf: error: drawing needs graphviz, and there is no 'dot' on this machine\n"
            "help: on Debian or Ubuntu: sudo apt-get install graphviz; "
            "or without -o the tree is printed as text"
        )
    done = subprocess.run([program, "-Tsvg"], input=dot, capture_output=True, timeout=60)
    if done.returncode:
        raise MachineError(f"ffpf: error: graphviz failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
