"""What `ffpf compile -o DIR` writes: for each node its program, C text and object; and the manifest.

A program that is not split has one node, N0. N0.fpl compiles on its own: what was INCLUDEd stands in
it, and the files of its sets lie beside it under the hash of their content.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ffpf import toolchain
from ffpf.build import OBJECT, Compiled, build_object, compile_program
from ffpf.cache import open_cache
from ffpf.front import parse_program
from ffpf.outputs import refuse_overwriting
from ffpf.programs import FileReader, ProgramText, sha256

if TYPE_CHECKING:
    from fpl3.syntax.tree import Declaration, Statement, String

NODE = "N0"
TARGET = "pc"
SETS = "sets"


def write_package(text: ProgramText, folder: Path, messages: Any) -> None:
    """Compiles a program into `folder`, which is made if it is not there."""
    with ExitStack() as stack:
        cache = stack.enter_context(open_cache())
        if cache.note:
            messages.detail(cache.note)
        compiled = compile_program(cache, text, TARGET)
        for warning in compiled.warnings:
            messages.warn(warning)
        _, made = build_object(cache, toolchain.find(), compiled)
        files = {f"{NODE}.so": made.file(OBJECT).read_bytes(), **program_files(text), **c_files(compiled)}
    inputs = {name: name for name in (text.name, *compiled.files)}
    write_files(folder, files, manifest_of(text, compiled, files), inputs)


def write_files(
    folder: Path, files: dict[str, bytes], manifest: dict[str, Any], inputs: dict[str, str]
) -> None:
    """Writes files and manifest into a folder; WrongUse if one of them is an input."""
    outputs = {str(folder / name): str(folder / name) for name in (*files, "manifest.json")}
    refuse_overwriting(outputs, inputs)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    text = json.dumps(manifest, indent=2, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def c_files(compiled: Compiled) -> dict[str, bytes]:
    """The C text as N0.c, with what it includes beside it."""
    text = compiled.text
    return {(f"{NODE}.c" if name == text.main_file else name): data for name, data in text.files.items()}


def node_record(name: str, target: str, compiled: Compiled) -> dict[str, Any]:
    """What the manifest says of a node: its files and its memory."""
    metadata = dict(compiled.text.metadata)
    return {
        "target": target,
        "program": f"{name}.fpl",
        "text": f"{name}.c",
        "object": f"{name}.so",
        "flags": list(compiled.text.flags),
        "memory": metadata.pop("memory", {}),
        "state": {},
        "properties": metadata,
    }


def manifest_of(text: ProgramText, compiled: Compiled, files: dict[str, bytes]) -> dict[str, Any]:
    """Nodes with their targets, files and memory; hashes are SHA-256. The same input gives the same
    bytes, on the same machine (an object is made for its processor)."""
    return {
        "version": 1,
        "program": {"name": Path(text.name).name, "sha256": sha256(text.data)},
        "nodes": {NODE: node_record(NODE, TARGET, compiled)},
        "origins": {},
        "rules": compiled.rules,
        "files": {name: sha256(data) for name, data in sorted(files.items())},
    }


def program_files(text: ProgramText) -> dict[str, bytes]:
    """N0.fpl, and the files of its sets."""
    from fpl3.syntax.printer import print_program

    program = parse_program(text)
    inlining = _Inlining(FileReader())
    items = inlining.items(text.name, program.items)
    printed = print_program(replace(program, items=items))
    return {f"{NODE}.fpl": printed.encode("utf-8"), **inlining.set_files}


class _Inlining:
    """Puts included items where they are included, once; collects the files of sets and texts.

    The program has been checked before: every file can be read, and no INCLUDE goes round in circles.
    """

    def __init__(self, reader: FileReader) -> None:
        self.reader = reader
        self.seen: set[str] = set()
        self.set_files: dict[str, bytes] = {}

    def items(
        self, name: str, items: tuple[Declaration | Statement, ...]
    ) -> tuple[Declaration | Statement, ...]:
        from fpl3.syntax.files import with_files
        from fpl3.syntax.tree import Include

        self.seen.add(name)
        found: list[Declaration | Statement] = []
        for item in items:
            if isinstance(item, Include):
                found += self._included(name, item.file.value.decode("utf-8"))
            else:
                found.append(with_files(item, lambda file: self._moved(name, file)))
        return tuple(found)

    def _included(self, name: str, path: str) -> tuple[Declaration | Statement, ...]:
        included = self.reader.resolve(name, path)
        if included in self.seen:
            return ()
        program = parse_program(ProgramText(included, self.reader.read(name, path)))
        return self.items(included, program.items)

    def _moved(self, name: str, file: String) -> String:
        data = self.reader.read(name, file.value.decode("utf-8"))
        path = f"{SETS}/{sha256(data)}.txt"
        self.set_files[path] = data
        return replace(file, value=path.encode("ascii"))
