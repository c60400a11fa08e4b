"""The plan of a split program: what the node engine needs to run all nodes in one process.

A text, one item a line; node/tree/plan.h describes it. Nodes come in an order in which each stands behind
the one above it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ffpf import toolchain
from ffpf.build import (
    ENGINE,
    OBJECT,
    Compiled,
    build_engine,
    build_object,
    compiled_text,
)
from ffpf.cache import Cache, open_cache, temporary_cache
from ffpf.errors import WrongUse
from ffpf.plugins import target as find_target

if TYPE_CHECKING:
    from ffpf.distribute import Network
    from fpl3.split.topology import Link, Topology


def build_plan(network: Network, stack: ExitStack, detail: Callable[[str], None]) -> tuple[Path, Path]:
    """The engine, and a plan with the object of every node; `stack` keeps both. MachineError without a
    compiler that works; WrongUse for a node whose target this process cannot run."""
    _refuse_interpreted(network)
    engine, objects = with_cache(network, list(network.programs), stack, detail)
    return engine, write_plan(plan_lines(network, objects), stack)


def with_cache(
    network: Network, names: Sequence[str], stack: ExitStack, detail: Callable[[str], None]
) -> tuple[Path, dict[str, Path]]:
    """The engine, and the objects of these nodes by name; `stack` keeps both."""
    cache = stack.enter_context(open_cache())
    if cache.note:
        detail(cache.note)
    try:
        return _built(network, names, cache)
    except OSError as error:
        reason = f"the cache {cache.root} cannot be used: {error.strerror}"
        cache = stack.enter_context(temporary_cache(reason))
        detail(str(cache.note))
        return _built(network, names, cache)


def write_plan(lines: Iterable[str], stack: ExitStack) -> Path:
    """The file of a plan; `stack` keeps it."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ffpf-plan-")))
    plan = folder / "plan"
    plan.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")
    return plan


def _refuse_interpreted(network: Network) -> None:
    for name in network.programs:
        if network.topology.node(name).target == "interp":
            raise WrongUse(
                f"ffpf: error: the node {name} has the target interp; --target interp runs all nodes so"
            )


def _built(network: Network, names: Sequence[str], cache: Cache) -> tuple[Path, dict[str, Path]]:
    compiler = toolchain.find()
    compiled = compile_nodes(network, cache, names)
    with ThreadPoolExecutor() as pool:
        engine = pool.submit(build_engine, cache, compiler, tree=True)
        made = {name: pool.submit(build_object, cache, compiler, text) for name, text in compiled.items()}
        objects = {name: entry.result()[1].file(OBJECT) for name, entry in made.items()}
        return engine.result()[1].file(ENGINE), objects


def compile_nodes(
    network: Network, cache: Cache | None, names: Iterable[str] | None = None
) -> dict[str, Compiled]:
    """The texts of these nodes' programs for their targets; of all nodes without `names`."""
    found = {}
    for name in network.programs if names is None else names:
        module = find_target(network.topology.node(name).target, cache)
        found[name] = compiled_text(network.programs[name], module)
    return found


def plan_lines(network: Network, objects: Mapping[str, Path]) -> Iterator[str]:
    topology = network.topology
    order = [node.name for node in topology.depth_first()]
    yield "ffpf-plan 1"
    yield f"words {network.distributed.words}"
    for name in order:
        yield from node_lines(network, name, objects.get(name))
    numbered = {name: number for number, name in enumerate(order)}
    for name in order:
        for link in topology.next_hops(name):
            yield f"link {numbered[name]} {numbered[link.receiver]} {link_words(topology, link)}"
    yield "end"


def node_lines(network: Network, name: str, object: Path | None) -> Iterator[str]:
    """A node, and what it runs: nothing without an object."""
    from fpl3.split.tree_run import own_mac

    mac = own_mac(network.topology, name)
    program = next((node for node in network.distributed.nodes if node.node == name), None)
    parts = (0,) if program is None else program.parts
    yield f"node {name} {'-' if mac is None else f'{mac:012x}'} {numbers(parts)}"
    if program is not None and object is not None:
        yield f"object {object}"
        yield f"origins {numbers(program.origins)}"
        yield f"relays {numbers(program.relays)}"


def link_words(topology: Topology, link: Link) -> str:
    """What a link is like."""
    from fpl3.split.tree_run import wire_of

    wire = wire_of(topology, link, 1)
    flags = " ".join(str(int(flag)) for flag in (wire.full, wire.switched, wire.tagged))
    return f"{wire.kind} {flags} {wire.mtu or 0} {wire.mac:012x} {int(wire.ipv6)}"


def numbers(values: Iterable[int]) -> str:
    return ",".join(map(str, values)) or "-"
