"""A program and a hardware description in, one program a node out: cut, carry and place on one page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.check.ranges import ranges
from fpl3.check.values import ETHERNET_LAYERS
from fpl3.check.walk import operands
from fpl3.diagnostics import Note, Sink
from fpl3.externs import Instance
from fpl3.split.carry import Cut, carry, lost, state_words
from fpl3.split.cut import Cutter, NodeProgram
from fpl3.split.flows import warn_of_separated_flows
from fpl3.split.lost import Lost
from fpl3.split.model import Planning
from fpl3.split.needs import Needs
from fpl3.split.ordered import Access, accesses, ordered
from fpl3.split.partition import partitioned
from fpl3.split.parts import Part, own_statements
from fpl3.split.parts import parts as parts_of
from fpl3.split.place import Placement, where_span
from fpl3.split.placing import place
from fpl3.split.reaching import Point, reaching
from fpl3.split.rewrite import written_spans
from fpl3.split.topology import ETHERNET, Topology
from fpl3.split.values import Values
from fpl3.syntax import tree

MOST_ORIGINS = 32_767
WAYS_OUT = 'a link with trailer = "full", a geneve link, or another node for the body'


@dataclass(frozen=True, slots=True)
class Environment:
    """What the cut may know of the world: what each target lacks, how a file that the program names
    travels (its path in, the name under which nodes find it out), and what placement goes by."""

    lacks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ship: Callable[[tree.String], tree.String] = lambda file: file
    planning: Planning = field(default_factory=Planning)


@dataclass(frozen=True, slots=True)
class Distributed:
    """A program over a tree of nodes."""

    program: p.Checked
    topology: Topology
    parts: tuple[Part, ...]
    placement: Placement
    cuts: dict[int, Cut]
    nodes: tuple[NodeProgram, ...]

    @property
    def words(self) -> int:
        return state_words(self.cuts)


def split(
    program: p.Checked, topology: Topology, environment: Environment, sink: Sink
) -> Distributed | None:
    """One program a node; None, with errors in the sink, where the language refuses it."""
    if _is_node_program(program, sink):
        return None
    if any(link.kind == ETHERNET for link in topology.links):
        # There the layers lie behind the addresses.
        found, at_split = ranges(program.body, ETHERNET_LAYERS)
        program = replace(program, ranges=found, at_split=at_split)
    parts = parts_of(program)
    if len(parts) - 1 > MOST_ORIGINS:
        message = f"the program has {len(parts) - 1:,} SPLITs, and origins are numbered from 1 to 32,767"
        sink.error(kinds.TOO_MANY_ORIGINS, parts[MOST_ORIGINS + 1].span, message, help="merge bodies")
        return None
    shared = ordered(accesses(parts, program.ranges))
    needs = Needs(program, topology, environment.lacks)
    placement = place(program, parts, topology, shared, needs, environment.planning, sink)
    if placement is None:
        return None
    _refuse_shared(program, parts, placement, shared, sink)
    points = reaching(program)
    if sink.has_errors:
        _values(program, parts, placement, topology, points, False, sink)
        return None
    values, cuts = _carried(program, parts, placement, topology, points, sink)
    if sink.has_errors:
        return None
    warn_of_separated_flows(parts, placement, shared, points, sink)
    cutter = Cutter(program, parts, topology, placement, cuts, values.carried, environment.ship)
    return Distributed(program, topology, parts, placement, cuts, cutter.programs())


def _carried(
    program: p.Checked,
    parts: tuple[Part, ...],
    placement: Placement,
    topology: Topology,
    points: dict[int, Point],
    sink: Sink,
) -> tuple[Values, dict[int, Cut]]:
    """What crosses every cut: for each expression the fewest bits, or, where that is too much, for all of
    them together. The errors are those of the first way."""
    tried: list[tuple[Values, dict[int, Cut], Sink]] = []
    for shared_reads in (False, True):
        attempt = Sink()
        values = _values(program, parts, placement, topology, points, shared_reads, attempt)
        cuts: dict[int, Cut] = {}
        if not attempt.has_errors:
            cuts = carry(program, parts, placement, topology, points, values, attempt)
        if not attempt.has_errors:
            return values, cuts
        tried.append((values, cuts, attempt))
        if not values.carried:
            break
    values, cuts, attempt = tried[0]
    for d in attempt.errors:
        sink.error(d.kind, d.span, d.message, notes=d.notes, help=d.help)
    return values, cuts


def _is_node_program(program: p.Checked, sink: Sink) -> bool:
    """Whether it is the program of one node, which is refused where it says so."""
    for item in program.items:
        of_node = isinstance(item, tree.Use) and item.option in ("NODE", "STATE")
        if of_node or (isinstance(item, tree.NextHopDeclaration) and item.table == "Node"):
            message = "this is the program of one node, and programs of nodes are not split again"
            sink.error(
                kinds.NODE_PROGRAM, item.span, message, help="split the program that it was made from"
            )
            return True
    return False


def _refuse_shared(
    program: p.Checked,
    parts: tuple[Part, ...],
    placement: Placement,
    shared: dict[p.Array | Instance, list[Access]],
    sink: Sink,
) -> None:
    for to, there in shared.items():
        homes = {home for access in there for home in placement.homes[access.part]}
        if len(homes) <= 1 or partitioned(there, parts, placement, program):
            continue
        first = there[0]
        second = next(
            (a for a in there if placement.homes[a.part] != placement.homes[first.part]), there[-1]
        )
        name = to.name if isinstance(to, p.Array) else to.shown
        both = [(first, second), (second, first)][first.commutes]
        sink.error(
            kinds.SHARED_ARRAY,
            both[0].span,
            f"'{name}' must see its accesses in order, and is on the nodes {', '.join(sorted(homes))}",
            notes=[Note(_on_nodes(placement, a.part), a.span) for a in dict.fromkeys(both)],
            help=_partition_help(to),
        )


def _partition_help(to: p.Array | Instance) -> str:
    if not isinstance(to, p.Array):
        return "put all parts that call it on one node"
    bound = f"& {to.size - 1}" if to.size & (to.size - 1) == 0 else f"% {to.size}"
    return (
        f"put all its parts on one node, or let the index determine the node: "
        f"R[1] = HASH(flowFields) {bound}; SPLIT(R[1] % 3); ... {to.name}[R[1]] ... TILPS"
    )


def _on_nodes(placement: Placement, part: int) -> str:
    return f"this access is on {_on(placement, part)}"


def _values(
    program: p.Checked,
    parts: tuple[Part, ...],
    placement: Placement,
    topology: Topology,
    points: dict[int, Point],
    shared_reads: bool,
    sink: Sink,
) -> Values:
    """The values that are carried because what they are made of does not cross."""
    written = written_spans(program.items)
    values = Values(program, parts, written, shared_reads)
    for part in parts[1:]:
        at = _whole_at(part, parts, placement, topology)
        if at is None:
            continue
        _refuse_written(part, placement, topology, points, sink)
        _refuse_uses(program, part, sink)
        values.part(part.number, at)
    for stuck in values.stuck:
        sink.error(
            kinds.LOST_READ,
            stuck.read.span,
            f"'{stuck.read.span.text}' does not cross the ethernet link to {_on(placement, stuck.part)}, "
            f"and its value cannot be carried: {stuck.why}",
            notes=[Note("up to here the packet is whole", where_span(_split_of(parts[stuck.at])))],
            help=_lost_help(stuck.read),
        )
    return values


def _on(placement: Placement, part: int) -> str:
    return ", ".join(placement.homes[part])


def _split_of(part: Part) -> p.Split:
    assert part.split is not None
    return part.split


def _lost_help(read: p.Expr) -> str:
    if isinstance(read, p.ReadRaw | p.Hash) and any(
        not isinstance(child, p.Constant) for child in operands(read)[:1]
    ):
        return f"test the offset first, IF (e >= 12); or use {WAYS_OUT}"
    return f"compute it into a register before the SPLIT; or use {WAYS_OUT}"


def _whole_at(part: Part, parts: tuple[Part, ...], placement: Placement, topology: Topology) -> int | None:
    """The part, this one or one around it, whose SPLIT is the last place where the packet is whole; None
    if it is whole in the part."""
    if not any(lost(topology, home) for home in placement.homes[part.number]):
        return None
    at = part
    while at.parent > 0 and any(lost(topology, home) for home in placement.homes[at.parent]):
        at = parts[at.parent]
    return at.number


def _refuse_written(
    part: Part, placement: Placement, topology: Topology, points: dict[int, Point], sink: Sink
) -> None:
    touched = points[part.number].touched if part.number in points else None
    lossy = [link for link in placement.links(topology, part.number) if link.loses_addresses]
    if touched is not None and lossy:
        sink.error(
            kinds.LOST_READ,
            touched.span,
            "what is written to bytes 0 to 11 does not cross an ethernet link",
            notes=[Note("the packet is sent on here", where_span(_split_of(part)))],
            help=f"write behind the SPLIT; or use {WAYS_OUT}",
        )


def _refuse_uses(program: p.Checked, part: Part, sink: Sink) -> None:
    """Statements that need bytes 0..11 without an expression that says so."""
    lost_reads = Lost(program)
    for s in own_statements(part.body):
        why = lost_reads.needed_by(s)
        if why is not None:
            sink.error(kinds.LOST_READ, s.span, why, help=f"use {WAYS_OUT}")
