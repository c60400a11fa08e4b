"""Sharing the parse of headers.

Form in: a Locate of a header before each use. Form out: Locates of the four stages LINK, IP, IP6, L4
only, each once on every path between structural writes. Afterwards every Present and Offset is
dominated by the stages that it needs.

Locating is pure, so it may be done early: a stage that two or more statements of one body need is
located before the first of them.
"""

from __future__ import annotations

from dataclasses import replace

from fpl3.ir import nodes as ir
from fpl3.ir.walk import bodies_of, with_bodies

ORDER = ("LINK", "IP", "IP6", "L4")
_LINK, _ALL = ("LINK",), ORDER
STAGES: dict[str, tuple[str, ...]] = {
    "ETH": (),
    **dict.fromkeys(("VLAN", "VLAN2", "MPLS", "PPPOE", "ARP", "arp_ipv4", "L3"), _LINK),
    "IP": ("LINK", "IP"),
    **dict.fromkeys(("IP6", "HOPOPTS", "ROUTING", "FRAG6", "DSTOPTS"), ("LINK", "IP6")),
}


def stages_of(header: str) -> tuple[str, ...]:
    """What must be located before a header's Present and Offset may be asked."""
    return STAGES.get(header, _ALL)


def located_from(stage: str) -> tuple[str, ...]:
    """A stage, and the stages that it is located from."""
    return {"LINK": _LINK, "L4": _ALL}.get(stage, ("LINK", stage))


def headers(program: ir.Program) -> ir.Program:
    body, _ = _body(program.body, frozenset())
    return replace(program, body=body)


Located = frozenset[str]


def _body(body: ir.Body, located: Located) -> tuple[ir.Body, Located]:
    """The body with shared Locates, and what is located where it ends by falling through."""
    out: list[ir.Statement] = []
    for number, statement in enumerate(body):
        for stage in _wanted_here(body, number, located):
            out.append(ir.Locate(statement.span, stage))
            located = located | {stage}
        result, located = _statement(statement, located)
        out += result
    return tuple(out), located


def _wanted_here(body: ir.Body, number: int, located: Located) -> list[str]:
    """Stages to locate before a statement: what it asks for itself, and what it and a later
    statement of this body both need, provided no structural write lies between."""
    statement = body[number]
    own = set(stages_of(statement.stage)) if isinstance(statement, ir.Locate) else set()
    inside = _needs(statement) - own - located
    later: set[str] = set()
    if inside and not _kills(statement):
        for following in body[number + 1 :]:
            later |= _needs(following)
            if _kills(following) or inside <= later:
                break
    return [s for s in ORDER if s in (own - located) | (inside & later)]


def _statement(s: ir.Statement, located: Located) -> tuple[list[ir.Statement], Located]:
    if isinstance(s, ir.Locate):
        return [], located
    if _is_write(s):
        return [s], frozenset()
    bodies = bodies_of(s)
    if not bodies:
        return [s], located
    start = located
    if isinstance(s, ir.Loop) and _kills(s):
        # The second iteration begins behind the write of the first.
        start = frozenset()
    results = [_body(b, start) for b in bodies]
    after = _after(s, located, [r[1] for r in results])
    return [with_bodies(s, [r[0] for r in results])], after


def _after(s: ir.Statement, before: Located, ends: list[Located]) -> Located:
    """What is located behind a structured statement: what held before it, unless it writes. A part
    writes to a packet of its own."""
    if isinstance(s, ir.Part):
        return before
    return frozenset() if _kills(s) else before


def _is_write(s: ir.Statement) -> bool:
    if isinstance(s, ir.Store):
        return s.structural
    return isinstance(s, ir.Call) and s.function.packet == "write"


def _kills(s: ir.Statement) -> bool:
    """Whether a structural write of this run may happen inside."""
    if isinstance(s, ir.Part):
        return False
    return _is_write(s) or any(_kills(inner) for body in bodies_of(s) for inner in body)


def _needs(s: ir.Statement) -> set[str]:
    """Stages that are asked for inside, up to structural writes (conservatively: all)."""
    if isinstance(s, ir.Locate):
        return set(stages_of(s.stage))
    return {stage for body in bodies_of(s) for inner in body for stage in _needs(inner)}
