"""The plan of a split program: what the node engine needs to run all nodes in one process.

A text, one item a line; node/plan.h describes it. Nodes come in an order in which each stands behind
the one above it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    cache = stack.enter_context(open_cache())
    if cache.note:
        detail(cache.note)
    try:
        engine, objects = _built(network, cache)
    except OSError as error:
        reason = f"the cache {cache.root} cannot be used: {error.strerror}"
        cache = stack.enter_context(temporary_cache(reason))
        detail(str(cache.note))
        engine, objects = _built(network, cache)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ffpf-plan-")))
    plan = folder / "plan"
    plan.write_text(
        "\n".join(plan_lines(network, objects)) + "\n", encoding="utf-8", errors="surrogateescape"
    )
    return engine, plan


def _refuse_interpreted(network: Network) -> None:
    for name in network.programs:
        if network.topology.node(name).target == "interp":
            raise WrongUse(
                f"ffpf: error: the node {name} has the target interp; --target interp runs all nodes so"
            )


def _built(network: Network, cache: Cache) -> tuple[Path, dict[str, Path]]:
    compiler = toolchain.find()
    compiled = compile_nodes(network, cache)
    with ThreadPoolExecutor() as pool:
        engine = pool.submit(build_engine, cache, compiler)
        made = {name: pool.submit(build_object, cache, compiler, text) for name, text in compiled.items()}
        objects = {name: entry.result()[1].file(OBJECT) for name, entry in made.items()}
        return engine.result()[1].file(ENGINE), objects


def compile_nodes(network: Network, cache: Cache | None) -> dict[str, Compiled]:
    """The text of every node's program for its target."""
    found = {}
    for name, checked in network.programs.items():
        module = find_target(network.topology.node(name).target, cache)
        found[name] = compiled_text(checked, module)
    return found


def plan_lines(network: Network, objects: Mapping[str, Path]) -> Iterator[str]:
    from fpl3.split.tree_run import own_mac

    topology = network.topology
    order = [node.name for node in topology.depth_first()]
    programs = {node.node: node for node in network.distributed.nodes}
    yield "ffpf-plan 1"
    yield f"words {network.distributed.words}"
    for name in order:
        program, mac = programs.get(name), own_mac(topology, name)
        parts = (0,) if program is None else program.parts
        yield f"node {name} {'-' if mac is None else f'{mac:012x}'} {numbers(parts)}"
        if program is not None:
            yield f"object {objects[name]}"
            yield f"origins {numbers(program.origins)}"
            yield f"relays {numbers(program.relays)}"
    numbered = {name: number for number, name in enumerate(order)}
    for name in order:
        for link in topology.next_hops(name):
            yield f"link {numbered[name]} {numbered[link.receiver]} {_link(topology, link)}"
    yield "end"


def _link(topology: Topology, link: Link) -> str:
    from fpl3.split.tree_run import wire_of

    wire = wire_of(topology, link, 1)
    flags = " ".join(str(int(flag)) for flag in (wire.full, wire.switched, wire.tagged))
    return f"{wire.kind} {flags} {wire.mtu or 0} {wire.mac:012x} {int(wire.ipv6)}"


def numbers(values: Iterable[int]) -> str:
    return ",".join(map(str, values)) or "-"
