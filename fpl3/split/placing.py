"""Placement: on which nodes the parts run. What `SPLIT(where)` says is honoured, the rest goes where the
busiest node or link has the least to do (balance.py); docs/placement.md tells it to users.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fpl3.check import program as p
from fpl3.diagnostics import Sink
from fpl3.externs import Instance
from fpl3.split.balance import Balanced, Stuck, balance
from fpl3.split.domains import Domains
from fpl3.split.explicit import Explicit
from fpl3.split.model import Able, Model, Planning, problem
from fpl3.split.needs import Needs
from fpl3.split.no_place import NoPlace
from fpl3.split.ordered import Access
from fpl3.split.parts import Part
from fpl3.split.place import Placement, Route
from fpl3.split.problem import Problem
from fpl3.split.topology import Topology


def place(
    program: p.Checked,
    parts: tuple[Part, ...],
    topology: Topology,
    shared: dict[p.Array | Instance, list[Access]],
    needs: Needs,
    planning: Planning,
    sink: Sink,
) -> Placement | None:
    """Homes and routes of all parts; None, with errors in the sink, where what is asked cannot be."""
    explicit = Explicit(program, parts, topology, needs, sink)
    if sink.has_errors:
        return None
    model = Model(program, parts, topology, planning)
    checks = Able(model, needs)
    able = [_able(part, model, checks, explicit) for part in parts]
    free = frozenset(part.number for part in parts if _is_free(part, explicit))
    groups = [sorted({access.part for access in there}) for there in shared.values()]
    whole = _grouped(problem(model, able, free), model, explicit, free, groups)
    found = balance(whole, planning.solver)
    if isinstance(found, Stuck):
        NoPlace(model, checks, Domains(whole), sink).report(found)
        return None
    return _placement(model, whole, found)


def _grouped(
    alone: Problem, model: Model, explicit: Explicit, free: frozenset[int], groups: Iterable[list[int]]
) -> Problem:
    """With the parts together that share ordered memory, where the text says of one of them. A part that
    cannot go there is left alone: split() names the two accesses then."""
    may = Domains(alone).may
    able = [job.able for job in alone.jobs]
    together = []
    for group in groups:
        mine = [number for number in group if number in free]
        pins = {homes[0] for homes in map(explicit.homes.get, group) if homes and len(homes) == 1}
        if len(pins) > 1:
            continue
        for pin in pins:
            spot = 1 << model.number[pin]
            mine = [number for number in mine if may[number] & spot]
            for number in mine:
                able[number] &= spot
        if len(mine) > 1:
            together.append(tuple(mine))
    jobs = tuple(replace(job, able=spots) for job, spots in zip(alone.jobs, able, strict=True))
    return replace(alone, jobs=jobs, together=tuple(together))


def _is_free(part: Part, explicit: Explicit) -> bool:
    """Whether the compiler chooses where a part goes."""
    plain = part.split is not None and part.split.where is None and part.split.node is None
    return plain and explicit.homes[part.number] is None


def _able(part: Part, model: Model, checks: Able, explicit: Explicit) -> int:
    """The spots that may run a part. Where the text says it, its needs have been looked at already."""
    homes = explicit.homes[part.number]
    if homes is None:
        return checks.able(part)
    nodes = [model.topology.node(home) for home in homes]
    return sum(1 << model.number[node.name] for node in nodes if checks.has_room(part, node))


def _placement(model: Model, whole: Problem, found: Balanced) -> Placement:
    names = [node.name for node in model.nodes]
    homes: dict[int, tuple[str, ...]] = {}
    routes: dict[tuple[int, str], Route] = {}
    for number, pairs in enumerate(found.routes):
        homes[number] = tuple(dict.fromkeys(names[end] for _, end in pairs))
        if number == 0:
            continue
        targets: dict[str, list[str]] = {}
        for start, end in pairs:
            targets.setdefault(names[start], []).append(names[end])
        hops = whole.jobs[number].hops
        for sender, those in targets.items():
            routes[number, sender] = Route(tuple(those), hops[0] if hops is not None else 0)
    return Placement(homes, routes, found.bound)
