"""From a program's text to the two files that run it: the object and the node engine.

The way is short where nothing has changed: a note in the cache, under everything that the result
depends on and that can be known without parsing, names the finished object. Nothing of the
compiler is imported then.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ffpf import __version__, toolchain
from ffpf.cache import Cache, Entry, digest, open_cache, temporary_cache
from ffpf.errors import MachineError
from ffpf.programs import FileReader, ProgramText, sha256, unchanged
from ffpf.remarks import Remark
from ffpf.toolchain import CompilerFailed, Toolchain

if TYPE_CHECKING:
    from concurrent.futures import Future
    from types import ModuleType

    from fpl3.check.program import Checked, Rule
    from fpl3.externs import Library

PACKAGE = Path(__file__).parent
NODE = PACKAGE / "node"
OBJECT = "program.so"
ENGINE = "ffpf-node"


@dataclass(frozen=True, slots=True)
class Built:
    """A program ready to run: the object, the engine that loads it, and what was said on the way.

    `files` are those that the program named, by absolute path; `seconds` is the time that building took,
    0 where everything was found in the cache.
    """

    object: Path
    engine: Path
    metadata: dict[str, Any]
    warnings: tuple[Remark, ...]
    files: tuple[str, ...]
    seconds: float


class TextRefused(Exception):
    """A compiler that works refused C text of ours: a bug of ours."""


def explain(
    failure: CompilerFailed,
    compiler: Toolchain,
    text: Path,
    libraries: Sequence[Library] = (),
    foreign: Mapping[str, str] | None = None,
) -> Exception:
    """What to raise for a failed compilation of `text`: a missing library's fault, a package's, the
    compiler's, or ours."""
    broken = toolchain.broken(compiler)
    for library in libraries if broken is None else ():
        if toolchain.lacks(compiler, library.name, library.header):
            return MachineError(
                f"ffpf: error: the program needs the library {library.name} ({library.header})\n"
                f"help: on Debian or Ubuntu: sudo apt-get install {library.packages[0]}"
            )
    for token, name in (foreign or {}).items() if broken is None else ():
        if re.search(rf"\b{re.escape(token)}\b", failure.first_error):
            return MachineError(
                f"ffpf: error: the C of the external function '{name}' cannot be compiled\n"
                f"{failure.first_error}\nhelp: mend the package that brings it, or its declaration"
            )
    if broken is None:
        return TextRefused(f"{failure.first_error}; the C text was kept as {keep(text)}")
    return MachineError(
        f"ffpf: error: the C compiler {compiler.command[0]} does not work: {broken}\n"
        "help: `ffpf doctor` says what is missing; on Debian or Ubuntu: sudo apt-get install gcc libc6-dev"
    )


def build(text: ProgramText, target: str, stack: ExitStack, detail: Callable[[str], None]) -> Built:
    """Builds, or finds, what runs a program. `stack` keeps a temporary cache alive, if one is needed.

    Raises what `check_program` raises; MachineError without a compiler that works; TextRefused.
    """
    started = time.perf_counter()
    cache = stack.enter_context(open_cache())
    if cache.note:
        detail(cache.note)
    compiler = toolchain.find()
    try:
        built = _find_or_make(cache, compiler, text, target)
    except OSError as error:
        reason = f"the cache {cache.root} cannot be used: {error.strerror}"
        cache = stack.enter_context(temporary_cache(reason))
        detail(str(cache.note))
        built = _find_or_make(cache, compiler, text, target)
    return replace(built, seconds=time.perf_counter() - started if built.seconds else 0.0)


def _find_or_make(cache: Cache, compiler: Toolchain, text: ProgramText, target: str) -> Built:
    key = digest(
        "program", target, text.name, sha256(text.data), stamp(PACKAGE), stamp(language_folder()),
        compiler.identity, toolchain.cpu_identity(), sys.path,
    )  # fmt: skip
    return _recalled(cache, key) or _made(cache, key, compiler, text, target)


def _recalled(cache: Cache, key: str) -> Built | None:
    """The result of an earlier build, if everything that it was made from is as it was then."""
    note: Any = cache.recall(key)
    if note is None:
        return None
    try:
        if not _holds(note):
            return None
        made, engine = cache.find(str(note["object"])), cache.find(str(note["engine"]))
        warnings = tuple(Remark(str(text), dict(record)) for text, record in note["warnings"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    if made is None or engine is None:
        return None
    return Built(made.file(OBJECT), engine.file(ENGINE), made.metadata, warnings, tuple(note["files"]), 0.0)


def _holds(note: Any) -> bool:
    """Whether the files that the program named, and the plug-ins that worked on it, are unchanged.

    Files are named relative to the working directory, so a note about files is good for one only.
    """
    if note["files"] and note["directory"] != working_directory():
        return False
    return unchanged(note["files"]) and all(
        stamp(Path(folder)) == then for folder, then in note["plugins"].items()
    )


def _made(cache: Cache, key: str, compiler: Toolchain, text: ProgramText, target: str) -> Built:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        engine: Future[tuple[str, Entry]] = pool.submit(build_engine, cache, compiler)
        compiled = compile_program(cache, text, target)
        object_key, made = build_object(cache, compiler, compiled)
        engine_key, node = engine.result()
    note = {
        "object": object_key, "engine": engine_key, "files": compiled.files, "plugins": compiled.plugins,
        "warnings": [(w.text, w.record) for w in compiled.warnings], "directory": working_directory(),
    }  # fmt: skip
    cache.remember(key, note)
    warnings, files = tuple(compiled.warnings), tuple(compiled.files)
    return Built(made.file(OBJECT), node.file(ENGINE), made.metadata, warnings, files, 1.0)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program as a target's text, and what it depended on."""

    text: Any
    warnings: list[Remark]
    files: dict[str, str]
    plugins: dict[str, str]
    rules: list[dict[str, Any]]


def compile_program(cache: Cache | None, text: ProgramText, target: str) -> Compiled:
    """The target's text of a program. Raises what check_program raises."""
    from ffpf.front import check_program
    from ffpf.plugins import target as find_target

    reader = FileReader()
    checked, warnings = check_program(text, reader)
    made = compiled_text(checked, find_target(target, cache))
    return replace(made, warnings=warnings, files=reader.read_files)


def compiled_text(checked: Checked, module: ModuleType) -> Compiled:
    """A checked program as the text of a target, whose module this is."""
    made = module.compile_text(checked)
    folders = {str(Path(str(module.__file__)).parent)}
    folders |= {package_folder(instance.extern.c_file) for instance in checked.externs}
    plugins = {folder: stamp(Path(folder)) for folder in sorted(folders)}
    return Compiled(made, [], {}, plugins, list(map(rule_record, checked.rules)))


def rule_record(rule: Rule) -> dict[str, Any]:
    """What alert lines say of a rule, JSON-ready: a cached program has no checked tree."""
    return {
        "gid": rule.gid, "sid": rule.sid, "rev": rule.rev, "priority": rule.priority,
        "classification": rule.classification, "message": rule.message,
    }  # fmt: skip


def package_folder(file: str) -> str:
    """Where the package lies that a file named by its path inside a package ("a/b/c.c") belongs to."""
    from importlib import import_module

    package = file.rpartition("/")[0].replace("/", ".")
    return str(next(iter(import_module(package).__path__)))


def build_object(cache: Cache, compiler: Toolchain, compiled: Compiled) -> tuple[str, Entry]:
    """Key and entry of the object of a program's text."""
    text = compiled.text
    flags = [*toolchain.OBJECT_FLAGS, f"-I{NODE}", *text.flags]
    linked = [f"-l{library.name}" for library in text.libraries]
    key = digest(
        "object", __version__, {name: sha256(data) for name, data in text.files.items()}, text.main_file,
        flags, linked, compiled.plugins, compiled.rules, stamp(NODE), compiler.identity,
        toolchain.cpu_identity(),
    )  # fmt: skip
    found = cache.find(key)
    if found is not None:
        return key, found
    with cache.building() as folder:
        for name, data in text.files.items():
            (folder / name).write_bytes(data)
        try:
            compiler.compile(flags, [text.main_file, *linked], OBJECT, folder)
        except CompilerFailed as failure:
            kept = folder / text.main_file
            raise explain(failure, compiler, kept, text.libraries, text.foreign) from failure
        return key, cache.put(key, folder, {**text.metadata, "rules": compiled.rules})


def build_engine(cache: Cache, compiler: Toolchain, tree: bool = False) -> tuple[str, Entry]:
    """Key and entry of the node engine, or of the one that runs trees of nodes."""
    from ffpf.engine import engine_sources

    sources = engine_sources(tree)
    flags = [*toolchain.ENGINE_FLAGS, *(("-DFFPF_TREE",) if tree else ())]
    key = digest("engine", __version__, flags, stamp(NODE), compiler.identity, toolchain.cpu_identity())
    found = cache.find(key)
    if found is not None:
        return key, found
    folders = [f"-I{folder}" for folder in sorted({path.parent for path in sources})]
    with cache.building() as folder:
        try:
            compiler.compile([*flags, *folders], [*map(str, sources), "-ldl"], ENGINE, folder)
        except CompilerFailed as failure:
            raise explain(failure, compiler, NODE / "main.c") from failure
        return key, cache.put(key, folder, {})


def keep(file: Path) -> Path:
    """A copy of a file that outlives its folder, for a report."""
    import shutil
    import tempfile

    kept = Path(tempfile.mkdtemp(prefix="ffpf-refused-")) / file.name
    shutil.copyfile(file, kept)
    return kept


def language_folder() -> Path:
    import fpl3

    return Path(str(fpl3.__file__)).parent


def working_directory() -> str:
    """Where relative names start; a directory that was removed has no name."""
    try:
        return os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return ""


def stamp(folder: Path) -> str:
    """Changes whenever a source file below a folder does: names, sizes and times, nothing is read."""
    return digest(list(_sources(str(folder))))


def _sources(folder: str) -> Sequence[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda e: e.name):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    found += _sources(entry.path)
            elif entry.name.endswith((".py", ".c", ".h")):
                status = entry.stat()
                found.append((entry.path, status.st_size, status.st_mtime_ns))
    return found
