"""One node of a split program on its real interfaces: what the engine needs for that, and who may ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ffpf.engine import EngineOutcome, EngineRequest, run_engine
from ffpf.errors import WrongUse
from ffpf.execute import Prepared, terminal
from ffpf.plan import link_words, node_lines, numbers, with_cache, write_plan
from ffpf.programs import sha256
from ffpf.progress import waiting

if TYPE_CHECKING:
    from ffpf.distribute import Network
    from ffpf.programs import ProgramText
    from fpl3.check.program import Checked
    from fpl3.split.topology import Link, Node, Topology

TARGET = "pc"


def prepare_node(
    text: ProgramText, where: tuple[str, str | None], name: str, messages: Any, stack: ExitStack
) -> Prepared:
    """Splits a program over the nodes of a description, all of it, and builds the program of one node.
    `where` are the description and the capture to place by, if any.

    Rejected for a description with which the node cannot run on interfaces; WrongUse for a node that is
    not there, or that this engine does not run.
    """
    from ffpf.build import rule_record
    from ffpf.distribute import distribute, read_topology
    from ffpf.programs import FileReader

    started = time.perf_counter()
    nodes, profile = where
    topology = read_topology(nodes)
    _refuse(topology, _node(topology, name, nodes))
    with waiting("compiling", terminal(messages)):
        reader = FileReader()
        network = distribute(text, nodes, reader, profile, messages.detail, alike=True)
        for warning in network.warnings:
            messages.warn(warning)
        if name not in network.programs:
            raise WrongUse(
                f"ffpf: error: nothing of {text.name} runs on {name}\n"
                f"help: `ffpf graph {text.name} --nodes {nodes}` shows what runs where"
            )
        engine, plan = build_live(network, name, stack, messages)

    def start(request: EngineRequest) -> EngineOutcome:
        return run_engine(engine, replace(request, plan=plan, live=True, quiet=messages.quiet))

    rules = list(map(rule_record, network.programs[name].rules))
    return Prepared(rules, (nodes, *reader.read_files), start, time.perf_counter() - started)


def _node(topology: Topology, name: str, nodes: str) -> Node:
    from fpl3.diagnostics import did_you_mean

    if name not in topology.names:
        hint = did_you_mean(name, topology.names) or f"there are: {', '.join(topology.names)}"
        raise WrongUse(f"ffpf: error: {nodes} describes no node '{name}'; {hint}")
    return topology.node(name)


def _refuse(topology: Topology, node: Node) -> None:
    """What a node must have to run on interfaces."""
    from ffpf.front import render
    from ffpf.remarks import Rejected
    from fpl3.diagnostics import Sink
    from fpl3.kinds import LINK_END, MISSING_KEY
    from fpl3.split.topology import MEMORY

    if node.target != TARGET:
        raise WrongUse(
            f"{node.span}: error: {node.name} has the target {node.target}; `ffpf node` runs the target "
            f"{TARGET}, and `ffpf compile --nodes` writes what the others need"
        )
    sink = Sink()
    if node.name == topology.root and topology.input is None:
        message = f"the root {node.name} has no input: nothing says where the traffic comes in"
        help = 'name its interface, before the first table of the file: input = "eth0"'
        sink.error(MISSING_KEY, node.span, message, help=help)
    for link in _links(topology, node.name):
        if link.kind == MEMORY:
            message = f"a memory link joins {link.sender} and {link.receiver} inside one process"
            help = 'between machines, use kind = "ethernet" or kind = "geneve"; or `ffpf run --nodes`'
            sink.error(LINK_END, link.span, message, help=help)
    if sink.has_errors:
        raise Rejected(render(sink.diagnostics))


def _links(topology: Topology, name: str) -> tuple[Link, ...]:
    above = topology.in_link(name)
    return (*(() if above is None else (above,)), *topology.next_hops(name))


def build_live(network: Network, name: str, stack: ExitStack, messages: Any) -> tuple[Path, Path]:
    """The engine and the plan of a node; `stack` keeps both."""
    engine, objects = with_cache(network, [name], stack, messages.detail)
    return engine, write_plan(live_lines(network, name, objects[name]), stack)


def live_lines(network: Network, name: str, object: Path) -> Iterator[str]:
    """The plan: the node as its first one, and its next hops, of which only the names matter."""
    topology = network.topology
    hops = topology.next_hops(name)
    yield "ffpf-plan 1"
    yield f"words {network.distributed.words}"
    yield from node_lines(network, name, object)
    for link in hops:
        yield f"node {link.receiver} - {numbers((0,))}"
    for number, link in enumerate(hops, 1):
        yield f"link 0 {number} {link_words(topology, link)}"
    yield f"arrive {_arrival(topology, name)}"
    yield f"cut {cut_name(network)}"
    for link in hops:
        own, peer = _addresses(topology, link)
        yield f"leave {link.sender_interface} {own} {peer}"
    if transmits(network.programs[name]):
        for interface, reached in exits(topology, name):
            yield f"exit {interface} {reached}"
    yield "end"


def cut_name(network: Network) -> str:
    """The same on all machines that have split the program alike."""
    programs = [(n.node, n.text, n.origins, n.relays) for n in network.distributed.nodes]
    return sha256(repr((network.distributed.words, programs)).encode("utf-8", "surrogateescape"))[:8]


def _arrival(topology: Topology, name: str) -> str:
    link = topology.in_link(name)
    if link is None:
        return f"{topology.input} input"
    _, own = _addresses(topology, link)
    return f"{link.receiver_interface} {own} {link_words(topology, link)}"


def _addresses(topology: Topology, link: Link) -> tuple[str, str]:
    """Of the sender's and the receiver's end of a geneve link, else "-"."""
    sender, receiver = link.sender_interface, link.receiver_interface
    if link.kind != "geneve" or sender is None or receiver is None:
        return "-", "-"
    return (
        topology.node(link.sender).interface(sender).address or "-",
        topology.node(link.receiver).interface(receiver).address or "-",
    )


def transmits(program: Checked) -> bool:
    """Whether a program of a node has a TX of its own, besides those to next hops."""
    from fpl3.check import program as p
    from fpl3.split.parts import own_statements, parts

    return any(
        isinstance(statement, p.Transmit) and statement.table != "Node"
        for part in parts(program)
        for statement in own_statements(part.body)
    )


def exits(topology: Topology, name: str) -> Iterator[tuple[str, str]]:
    """The interfaces for the frames of TX, with the addresses that each reaches, "any" for all others."""
    node = topology.node(name)
    reached = {interface.name: set(interface.reaches or ()) for interface in node.interfaces}
    for link in _links(topology, name):
        for here, there, mac in _ends(topology, link):
            if here == name and mac is not None:
                reached[there].add(mac)
    for interface, macs in reached.items():
        if macs:
            yield interface, ",".join(f"{mac:012x}" for mac in sorted(macs))
    other = _other_exit(topology, node)
    if other is not None:
        yield other, "any"


def _ends(topology: Topology, link: Link) -> Iterator[tuple[str, str, int | None]]:
    """Node, interface, and the MAC at the other end, seen from both ends."""
    if link.sender_interface is None or link.receiver_interface is None or link.kind != "ethernet":
        return
    sender = topology.node(link.sender).interface(link.sender_interface)
    receiver = topology.node(link.receiver).interface(link.receiver_interface)
    yield link.sender, sender.name, receiver.mac
    yield link.receiver, receiver.name, sender.mac


def _other_exit(topology: Topology, node: Node) -> str | None:
    """Where frames go whose address nothing is known of: the root sends as a single node does."""
    for interface in node.interfaces:
        if interface.reaches is None:
            return interface.name
    if node.name == topology.root:
        return topology.input
    return next((interface.name for interface in node.interfaces if interface.reaches), None)
