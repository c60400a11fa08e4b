"""Plans of nodes, as the engine reads them, and the objects that they name."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ffpf.registry import externs
from ffpf_plugins.pc import target
from fpl3.check.program import Checked
from fpl3.compiler import Environment, front
from fpl3.diagnostics import Sink, render_text
from fpl3.passes.pipeline import run_passes
from fpl3.source import Source
from fpl3.split.description import read_description
from fpl3.split.split import Distributed, split
from fpl3.split.split import Environment as SplitEnvironment
from fpl3.split.tree_run import own_mac, wire_of

FLAGS = ("-std=c11", "-O1", "-fPIC", "-march=native")


@dataclass
class Tree:
    """A program over nodes: what runs on each, read from its text, and the nodes in a plan's order."""

    program: Checked
    distributed: Distributed
    programs: dict[str, Checked]
    order: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.order = [node.name for node in self.distributed.topology.depth_first()]


def checked(text: str, name: str) -> Checked:
    sink = Sink()
    environment = Environment(read=lambda *_: b"", resolve=lambda _, path: path, externs=externs())
    found = front(Source(name, text), environment, sink)
    assert found is not None, "\n".join(map(render_text, sink.errors)) + "\n" + text
    return found


def distributed(text: str, nodes: str) -> Tree:
    """A program over the nodes of a description; both have to be right."""
    sink = Sink()
    program = checked(text, "whole.fpl")
    topology = read_description(Source("nodes.toml", nodes), sink)
    assert topology is not None, "\n".join(map(render_text, sink.diagnostics))
    made = split(program, topology, SplitEnvironment(), sink)
    assert made is not None, "\n".join(map(render_text, sink.errors))
    return Tree(program, made, {n.node: checked(n.text, f"{n.node}.fpl") for n in made.nodes})


def compile_trees(trees: Sequence[Tree], folder: Path, *flags: str) -> list[dict[str, Path]]:
    """The objects of all nodes, made in one translation unit: of each tree, by node. The library of a
    node has everything, and calls its own part `ffpf_object`."""
    programs = [(number, name) for number, tree in enumerate(trees) for name in tree.programs]
    texts, instances = [], []
    for number, name in programs:
        program = run_passes(trees[number].programs[name])
        printed = target.print_program(program, f"p{number}_{name}_")
        texts.append(printed.text)
        instances += program.externs
        for blob, data in printed.blobs.items():
            (folder / blob).write_bytes(data)
    for file, data in target.runtime_files(instances).items():
        (folder / file).write_bytes(data)
    (folder / "all.c").write_text(target.preamble(instances) + "".join(texts))
    libraries = [f"-l{library.name}" for library in target.libraries(instances)]
    _gcc(folder, *FLAGS, *flags, "-I.", "-c", "all.c", "-o", "all.o")
    made: list[dict[str, Path]] = [{} for _ in trees]
    for number, name in programs:
        made[number][name] = folder / f"p{number} {name}.so"
        symbol = f"-Wl,--defsym=ffpf_object=p{number}_{name}_ffpf_object"
        _gcc(folder, *flags, "-shared", "all.o", symbol, "-o", made[number][name].name, *libraries)
    return made


def _gcc(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["gcc", *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:6000]


def plan(tree: Tree, objects: Mapping[str, Path]) -> str:
    """The text of a plan."""
    lines = ["ffpf-plan 1", f"words {tree.distributed.words}"]
    made = {node.node: node for node in tree.distributed.nodes}
    topology = tree.distributed.topology
    for name in tree.order:
        mac = own_mac(topology, name)
        found = made.get(name)
        parts = found.parts if found else (0,)
        lines.append(f"node {name} {'-' if mac is None else f'{mac:012x}'} {_list(parts)}")
        if found:
            lines.append(f"object {objects[name]}")
        lines.append(f"origins {_list(found.origins if found else ())}")
        lines.append(f"relays {_list(found.relays if found else ())}")
    for name in tree.order:
        for link in topology.next_hops(name):
            wire = wire_of(topology, link, tree.distributed.words)
            ends = f"{tree.order.index(link.sender)} {tree.order.index(link.receiver)}"
            flags = f"{int(wire.full)} {int(wire.switched)} {int(wire.tagged)}"
            lines.append(
                f"link {ends} {wire.kind} {flags} {wire.mtu or 0} {wire.mac:012x} {int(wire.ipv6)}"
            )
    return "\n".join([*lines, "end", ""])


def _list(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers)) or "-"
