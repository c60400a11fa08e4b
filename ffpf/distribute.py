"""A program over the nodes of a hardware description: read, checked, split, and every node's program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ffpf.errors import InputError, MachineError
from ffpf.front import check_program, decode, render
from ffpf.programs import FileReader, ProgramText, read_regular, sha256
from ffpf.remarks import Rejected, Remark

if TYPE_CHECKING:
    from ffpf.registry import Externs
    from fpl3.check.program import Checked
    from fpl3.diagnostics import Sink
    from fpl3.split.model import Planning
    from fpl3.split.split import Distributed
    from fpl3.split.topology import Topology
    from fpl3.syntax.tree import String

SETS = "sets"


@dataclass(frozen=True, slots=True)
class Network:
    """A program over nodes. `programs` are the checked programs of the nodes, by name; `shipped` the
    files that they name, by the names that they have there."""

    distributed: Distributed
    programs: Mapping[str, Checked]
    planning: Planning
    shipped: Mapping[str, bytes]
    warnings: tuple[Remark, ...]

    @property
    def topology(self) -> Topology:
        return self.distributed.topology

    @property
    def wants_ethernet(self) -> bool:
        """Whether packets cross links that overwrite the addresses of Ethernet frames."""
        return any(
            link.kind == "ethernet"
            for part in self.distributed.cuts
            for link in self.distributed.placement.links(self.topology, part)
        )


def distribute(
    text: ProgramText,
    nodes: str,
    reader: FileReader,
    profile: str | None = None,
    detail: Callable[[str], None] = lambda text: None,
    alike: bool = False,
) -> Network:
    """Splits a program over the description in the file `nodes`; `profile` is a capture of the traffic that
    placement is to go by. `alike`: as every other machine would, which has measured other costs and may
    lack the solver. Rejected for what is wrong with program or description; InputError or
    MachineError if a file cannot be read."""
    from ffpf.registry import externs
    from fpl3.diagnostics import Sink
    from fpl3.split.split import Environment, split

    topology = read_topology(nodes)
    program, warnings = check_program(text, reader, tx_mac=_next_macs(topology))
    sink, shipping = Sink(), _Shipping(reader)
    _refuse_targets(topology, sink)
    plan = _planning(program, profile, detail, alike)
    environment = Environment(ship=shipping.ship, planning=plan)
    made = None if sink.has_errors else split(program, topology, environment, sink)
    remarks = render(sink.diagnostics)
    if made is None:
        raise Rejected([*warnings, *remarks])
    known = externs()
    programs = {node.node: _checked(node.node, node.text, shipping.files, known) for node in made.nodes}
    return Network(made, programs, plan, shipping.files, (*warnings, *remarks))


def _planning(
    program: Checked, profile: str | None, detail: Callable[[str], None], alike: bool
) -> Planning:
    from ffpf.interp_run import Stop
    from ffpf.planning import planning

    try:
        return planning(program, profile, detail, alike)
    except Stop as stop:
        raise InputError(stop.message or "") from stop


def read_topology(nodes: str) -> Topology:
    """The hardware description in a file."""
    from fpl3.diagnostics import Sink
    from fpl3.split.description import read_description

    try:
        data = read_regular(Path(nodes))
    except (OSError, ValueError) as error:
        kind = MachineError if isinstance(error, PermissionError) else InputError
        reason = error.strerror if isinstance(error, OSError) else "this cannot be the name of a file"
        raise kind(f"{nodes}: error: the hardware description cannot be read: {reason}") from error
    sink = Sink()
    source = decode(ProgramText(nodes, data), sink)
    topology = None if sink.has_errors else read_description(source, sink)
    if topology is None:
        raise Rejected(render(sink.diagnostics))
    return topology


def _next_macs(topology: Topology) -> tuple[int, ...]:
    """The root's next hops: the TX_MAC of a program that declares none. Links without MACs have no place
    in it, so that then there is no table."""
    found = []
    for link in topology.next_hops(topology.root):
        name = link.receiver_interface
        mac = None if name is None else topology.node(link.receiver).interface(name).mac
        if mac is None:
            return ()
        found.append(mac)
    return tuple(found)


def _refuse_targets(topology: Topology, sink: Sink) -> None:
    from ffpf.plugins import TARGETS, entry_points
    from fpl3.diagnostics import did_you_mean
    from fpl3.kinds import UNKNOWN_WORD

    known = entry_points(TARGETS)
    for node in topology.nodes:
        if node.target not in known:
            help = did_you_mean(node.target, known) or f"there are: {', '.join(known)}"
            message = f"{node.name} has the target '{node.target}', which is not installed"
            sink.error(UNKNOWN_WORD, node.span, message, help=help)


class _Shipping:
    """Files that programs name, under the hash of their content: every node finds the same."""

    def __init__(self, reader: FileReader) -> None:
        self.reader = reader
        self.files: dict[str, bytes] = {}

    def ship(self, file: String) -> String:
        from dataclasses import replace

        data = self.reader.read(file.span.source.name, file.value.decode("utf-8"))
        name = f"{SETS}/{sha256(data)}.txt"
        self.files[name] = data
        return replace(file, value=name.encode("ascii"))


def _checked(node: str, text: str, files: Mapping[str, bytes], known: Externs) -> Checked:
    """The checked program of a node. What the compiler made must pass its own checks."""
    from fpl3.compiler import Environment, front
    from fpl3.diagnostics import Sink
    from fpl3.source import Source

    sink = Sink()
    environment = Environment(lambda _, path: files[path], lambda _, path: path, known)
    checked = front(Source(f"{node}.fpl", text), environment, sink)
    if checked is None:
        said = "\n".join(remark.text for remark in render(sink.errors))
        raise AssertionError(f"the program of {node} does not compile:\n{said}\n{text}")
    return checked
