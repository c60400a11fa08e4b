"""What `ffpf compile --nodes -o DIR` writes: for each node its program, C text and object; the manifest.

NAME.fpl compiles on its own: what was INCLUDEd stands in it, and the files of its sets lie beside it
under the hash of their content.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ffpf import toolchain
from ffpf.build import OBJECT, Compiled, build_object
from ffpf.cache import Cache, open_cache
from ffpf.package import node_record, write_files
from ffpf.plan import compile_nodes
from ffpf.programs import ProgramText, sha256

if TYPE_CHECKING:
    from ffpf.distribute import Network
    from fpl3.split.carry import Cut, Item

TABLE = ".bin"


def write_network(text: ProgramText, nodes: str, network: Network, folder: Path, messages: Any) -> None:
    """Compiles every node's program into `folder`, which is made if it is not there."""
    with ExitStack() as stack:
        cache = stack.enter_context(open_cache())
        if cache.note:
            messages.detail(cache.note)
        compiled = compile_nodes(network, cache)
        files = dict(network.shipped)
        for node in network.distributed.nodes:
            files[f"{node.node}.fpl"] = node.text.encode("utf-8")
        for name, made in compiled.items():
            files |= _c_files(name, made)
        files |= _objects(compiled, cache)
    manifest = manifest_of(text, network, compiled, files)
    write_files(folder, files, manifest, {text.name: text.name, nodes: nodes})


def _c_files(name: str, compiled: Compiled) -> dict[str, bytes]:
    """NAME.c, and what it includes: the same headers for all nodes, tables of its own under its name."""
    text = compiled.text
    tables = [file for file in text.files if file.endswith(TABLE)]
    found = {file: data for file, data in text.files.items() if file not in tables}
    main = found.pop(text.main_file)
    for file in tables:
        found[f"{name}-{file}"] = text.files[file]
        main = main.replace(b'"' + file.encode(), b'"' + f"{name}-{file}".encode())
    return {f"{name}.c": main, **found}


def _objects(compiled: dict[str, Compiled], cache: Cache) -> dict[str, bytes]:
    compiler = toolchain.find()
    with ThreadPoolExecutor() as pool:
        made = {name: pool.submit(build_object, cache, compiler, text) for name, text in compiled.items()}
        return {f"{name}.so": entry.result()[1].file(OBJECT).read_bytes() for name, entry in made.items()}


def manifest_of(
    text: ProgramText, network: Network, compiled: dict[str, Compiled], files: dict[str, bytes]
) -> dict[str, Any]:
    """Nodes, origins with the layout of their state, memory, and the SHA-256 of every file. The same input
    gives the same bytes, on the same machine (objects are made for its processor)."""
    distributed = network.distributed
    records = {}
    for node in distributed.nodes:
        record = node_record(node.node, node.target, compiled[node.node])
        record["state"] = {"words": distributed.words}
        record["runs"] = list(node.origins)
        record["relays"] = list(node.relays)
        record["parts"] = list(node.parts)
        records[node.node] = record
    rules = next((made.rules for made in compiled.values() if made.rules), [])
    return {
        "version": 1,
        "program": {"name": Path(text.name).name, "sha256": sha256(text.data)},
        "description": sha256(network.topology.source.text.encode("utf-8")),
        "nodes": records,
        "origins": {str(part): _origin(network, cut) for part, cut in sorted(distributed.cuts.items())},
        "rules": rules,
        "files": {name: sha256(data) for name, data in sorted(files.items())},
    }


def _origin(network: Network, cut: Cut) -> dict[str, Any]:
    """Where a part comes from and goes to, and where its registers are in the state."""
    routes = network.distributed.placement.routes
    span = network.distributed.parts[cut.part].span
    return {
        "part": cut.part,
        "line": span.line,
        "routes": {
            sender: list(route.targets)
            for (part, sender), route in sorted(routes.items())
            if part == cut.part
        },
        "bits": cut.bits,
        "state": [entry for item in cut.items for entry in _layout(item)],
    }


def _layout(item: Item) -> Iterator[dict[str, Any]]:
    """Bits of a state word, counted from the lowest: they hold the value less its least one."""
    for piece in item.pieces:
        yield {
            "register": item.register.name, "least": item.interval[0], "word": piece.word,
            "shift": piece.shift, "bits": piece.bits, "from_bit": piece.low,
        }  # fmt: skip
