"""Linux user space: C, compiled by gcc, run by the node engine."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from ffpf.errors import MachineError
from ffpf_plugins.pc.program import ProgramPrinter, ProgramText
from ffpf_plugins.pc.survey import is_large
from fpl3.check.program import Checked
from fpl3.extern_flaws import symbols
from fpl3.externs import Instance, Library
from fpl3.ir import nodes as ir
from fpl3.passes.pipeline import run_passes

MAIN_FILE = "program.c"
# 200 IFs over addresses and ports: 11 s with -O3, 0.4 s so; the last -O counts.
LARGE_FLAGS = ("-O1",)
EXTERN_HEADERS = ("ffpf_extern.h", "ffpf_watch.h")
HEADERS = ("ffpf_program.h", "ffpf_headers.h", "ffpf_sets.h")


@dataclass(frozen=True, slots=True)
class Options:
    """`verify` checks the IR after every pass (tests); `prefix` goes before names at file level."""

    verify: bool = False
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class TargetText:
    """Everything that the compiler needs, by file name; `main_file` is the one to compile. `foreign`
    maps files and C functions of other people's packages to the external function they are of."""

    files: dict[str, bytes]
    main_file: str
    flags: tuple[str, ...]
    libraries: tuple[Library, ...] = ()
    foreign: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)


def compile_text(checked: Checked, options: Options | None = None) -> TargetText:
    """The C of one program with the headers and tables that it includes."""
    options = options or Options()
    program = run_passes(checked, check=options.verify)
    printed = print_program(program, options.prefix)
    text = preamble(program.externs) + printed.text
    sources = runtime_files(program.externs)
    return TargetText(
        files={MAIN_FILE: text.encode(), **sources, **printed.blobs},
        main_file=MAIN_FILE,
        flags=("-I.", *(LARGE_FLAGS if is_large(program) else ())),
        libraries=libraries(program.externs),
        foreign=foreign(program.externs),
        metadata=metadata(checked),
    )


def print_program(program: ir.Program, prefix: str = "") -> ProgramText:
    return ProgramPrinter(program, prefix).print()


def preamble(instances: Iterable[Instance]) -> str:
    """What stands once before the programs of a translation unit."""
    lines = ["/* Made by ffpf from FPL-3; changes here are lost. */", '#include "ffpf_program.h"']
    lines.append('#include "ffpf_extern.h"')
    lines += [f'#include "{_included(path)}"' for path in sorted({i.extern.c_file for i in instances})]
    return "\n".join(lines) + "\n"


def runtime_files(instances: Collection[Instance]) -> dict[str, bytes]:
    """The C that generated programs include, by name."""
    here, externs = files("ffpf_plugins.pc"), files("ffpf_plugins.externs")
    found = {name: (here / name).read_bytes() for name in HEADERS}
    found["ffpf_object.h"] = (files("ffpf.node") / "ffpf_object.h").read_bytes()
    found |= {name: (externs / name).read_bytes() for name in EXTERN_HEADERS}
    for path in {i.extern.c_file for i in instances}:
        package, _, name = path.rpartition("/")
        try:
            found[_included(path)] = (files(package.replace("/", ".")) / name).read_bytes()
        except (OSError, ImportError) as error:
            names = ", ".join(sorted({i.extern.name for i in instances if i.extern.c_file == path}))
            raise MachineError(
                f"ffpf: error: the C of the external function {names}, {path}, cannot be read: {error}\n"
                "help: the package must carry it: package_data in its setup.cfg"
            ) from error
    return found


def _included(path: str) -> str:
    """One folder holds the files of all packages: their names keep the package."""
    return path.replace("/", "-")


def libraries(instances: Iterable[Instance]) -> tuple[Library, ...]:
    found = {library.name: library for i in instances for library in i.extern.libraries}
    return tuple([found[name] for name in sorted(found)])


def foreign(instances: Iterable[Instance]) -> dict[str, str]:
    """What the compiler may complain of that is not ours."""
    found: dict[str, str] = {}
    for extern in {i.extern for i in instances}:
        if not extern.c_file.startswith("ffpf_plugins/"):
            found[_included(extern.c_file)] = extern.name
            found |= dict.fromkeys(symbols(extern), extern.name)
    return found


def metadata(checked: Checked) -> dict[str, Any]:
    """What a manifest says of the object; JSON-ready."""
    return {
        "target": "pc",
        "parts": max(1, len(checked.parts)),
        "memory": {a.name: {"type": a.type.name, "size": a.size, "merge": a.merge} for a in checked.arrays},
        "rules": [f"{r.gid}:{r.sid}" for r in checked.rules],
        "loop_budget": checked.loop_budget,
        "hash": checked.hash_function,
    }
