"""What a program uses, so that only that is emitted: labels, locals, stages, budgets, writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass

from ffpf_plugins.pc.instances import shows
from ffpf_plugins.pc.names import STAGES
from fpl3.externs import Instance
from fpl3.ir import nodes as ir
from fpl3.ir.walk import statements
from fpl3.passes.fold import is_truth
from fpl3.passes.headers import located_from, stages_of


@dataclass(frozen=True, slots=True)
class Survey:
    """`instances` maps those of external functions to the functions called (bits); `stages` maps a part
    to the header stages that it or a part inside it holds; `wide` objects say where a delivered packet's
    bytes are (ffpf_object.h)."""

    labels: frozenset[str]
    locals: frozenset[str]
    stages: dict[int, tuple[str, ...]]
    budgets: frozenset[int]
    writes: bool
    wide: bool
    named: bool
    large: bool
    small: bool
    transmits: frozenset[str]
    tables: frozenset[str]
    instances: dict[Instance, int]
    ordered: bool
    verdict: int | None


LARGE = 160  # statements; gcc's jump threading takes seconds beyond, minutes at 2,000
SMALL = 64


def is_large(program: ir.Program) -> bool:
    return sum(1 for _ in statements(program.body)) > LARGE


def survey(program: ir.Program) -> Survey:
    nodes = list(_nodes(program.body))
    calls = [n for n in nodes if isinstance(n, ir.Call)]
    writes = any(
        isinstance(n, ir.Store) or (isinstance(n, ir.Call) and n.function.packet == "write") for n in nodes
    )
    named = any(isinstance(n, ir.Locate | ir.Present | ir.FlowHash) for n in nodes)
    stages: dict[int, tuple[str, ...]] = {}
    budgets: set[int] = set()
    _survey_part(program.body, 0, stages, budgets)
    transmits = frozenset(n.table for n in nodes if isinstance(n, ir.Transmit))
    return Survey(
        labels=frozenset(n.label for n in nodes if isinstance(n, ir.Leave)),
        locals=frozenset(n.name for n in nodes if isinstance(n, ir.Local)),
        stages=stages,
        budgets=frozenset(budgets),
        writes=writes,
        wide=writes or any(isinstance(n, ir.Part) for n in nodes),
        named=named,
        large=is_large(program),
        small=not named and sum(1 for _ in statements(program.body)) <= SMALL,
        transmits=transmits,
        tables=frozenset(n.table for n in nodes if isinstance(n, ir.Lookup)),
        instances=_instances(program, calls),
        ordered=any(isinstance(n, ir.Element) for n in nodes) or any(map(_is_ordered, calls)),
        verdict=_only_verdict(n.value for n in nodes if isinstance(n, ir.Return)),
    )


def _instances(program: ir.Program, calls: Iterable[ir.Call]) -> dict[Instance, int]:
    """The instances that are called or that results show, each with a bit for every function of it that
    is called. All functions where no call is left: what that instance shows must be there all the same."""
    called: dict[Instance, int] = {}
    for call in calls:
        bit = 1 << call.instance.extern.functions.index(call.function)
        called[call.instance] = called.get(call.instance, 0) | bit
    return {
        i: called.get(i, (1 << len(i.extern.functions)) - 1)
        for i in program.externs
        if i in called or i.extern.state is not None or shows(i)
    }


def _is_ordered(call: ir.Call) -> bool:
    """Whether calls must come in the order of the packets."""
    return call.array is not None or not (call.function.pure or call.function.commutative)


def _only_verdict(returned: Iterable[ir.Expr]) -> int | None:
    found = {_verdict_or_zero(value) for value in returned} - {0}
    return found.pop() if len(found) == 1 else None


def _verdict_or_zero(value: ir.Expr) -> int | None:
    """The constant that a returned value is where it is not 0 (fpl3/passes/verdicts.py makes them)."""
    match value:
        case ir.Const(value=constant):
            return constant
        case ir.Convert(operand=truth) if is_truth(truth):
            return 1
        case ir.Binary(op="&", left=ir.Unary(op="-", operand=ir.Convert(operand=truth)), right=mask):
            return mask.value if isinstance(mask, ir.Const) and is_truth(truth) else None
        case _:
            return None


def _survey_part(
    body: ir.Body, part: int, stages: dict[int, tuple[str, ...]], budgets: set[int]
) -> set[str]:
    """The stages of a part: an inner part starts with copies of the outer one's."""
    found: set[str] = set()
    for node in _nodes(body, enter_parts=False):
        if isinstance(node, ir.Locate):
            found.update(located_from(node.stage))
        elif isinstance(node, ir.Present | ir.Offset):
            found.update(stages_of(node.header))
        elif isinstance(node, ir.FlowHash) or (isinstance(node, ir.Transmit) and node.table == "Ip"):
            found.update(STAGES)
        elif isinstance(node, ir.Budget):
            budgets.add(part)
        elif isinstance(node, ir.Part):
            found |= _survey_part(node.body, node.number, stages, budgets)
    # A program may hold two copies of a part (a fast and a slow one).
    previous = stages.get(part, ())
    stages[part] = tuple(s for s in STAGES if s in found or s in previous)
    return found


def _nodes(value: object, enter_parts: bool = True) -> Iterator[object]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item, enter_parts)
    elif is_dataclass(value) and type(value).__module__ == ir.__name__:
        yield value
        if isinstance(value, ir.Part) and not enter_parts:
            return
        for field in fields(value):
            yield from _nodes(getattr(value, field.name), enter_parts)
