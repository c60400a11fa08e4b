"""A warning: a SPLIT that spreads by flow sends packets of one flow elsewhere; state is kept behind it."""

from __future__ import annotations

from fpl3 import kinds
from fpl3.check import program as p
from fpl3.check.walk import subexpressions
from fpl3.diagnostics import Sink
from fpl3.externs import Instance
from fpl3.split.ordered import Access
from fpl3.split.parts import Part, subtree
from fpl3.split.place import Placement
from fpl3.split.reaching import Point

# What each hash tells apart although it is one conversation; fragments have no ports (language.md, HASH).
SEPARATED = {
    "flowFields": "the two directions of a connection, and its fragments,",
    "biflowFields": "the fragments of a connection's packets",
    "hostFields": "the two directions of a connection",
}
BETTER = {
    "flowFields": "HASH(biflowFields) keeps both directions together, HASH(bihostFields) fragments too",
    "biflowFields": "HASH(bihostFields) keeps fragments together too",
    "hostFields": "HASH(bihostFields) keeps both directions together",
}


def warn_of_separated_flows(
    parts: tuple[Part, ...],
    placement: Placement,
    shared: dict[p.Array | Instance, list[Access]],
    points: dict[int, Point],
    sink: Sink,
) -> None:
    stateful = {access.part for there in shared.values() for access in there}
    for part in parts[1:]:
        spread = any(len(r.targets) > 1 for (of, _), r in placement.routes.items() if of == part.number)
        behind = any(inner.number in stateful for inner in subtree(parts, part.number))
        if not spread or not behind or part.split is None or part.split.where is None:
            continue
        which = _flow_hash(part.split.where, points.get(part.number))
        if which in SEPARATED:
            message = f"this sends {SEPARATED[which]} to different nodes, and state is kept behind it"
            sink.warning(kinds.FLOW_SEPARATED, part.split.where.span, message, help=BETTER[which])


def _flow_hash(where: p.Expr, point: Point | None) -> str | None:
    """Which hash of a flow an index comes from, through one register if need be."""
    for inner in subexpressions(where):
        if isinstance(inner, p.FlowHash):
            return inner.which
        if isinstance(inner, p.ReadRegister) and point is not None and inner.register in point.made:
            return _flow_hash(point.made[inner.register].value, None)
    return None
