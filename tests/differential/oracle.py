"""The interpreter's answer to a batch, in the form in which the harness prints a target's."""

from __future__ import annotations

from collections.abc import Sequence

from ffpf.registry import twins
from fpl3.check.program import Checked
from fpl3.interpreter import Interpreter, Packet
from tests.differential.batch import Outcome
from tests.differential.packets import TestPacket


def interpret(checked: Checked, packets: Sequence[TestPacket]) -> Outcome:
    """Runs every packet; value ranges are asserted on the way."""
    interpreter = Interpreter(checked, twins(checked.externs), check_ranges=True)
    outcome = Outcome()
    rules = {id(rule): number for number, rule in enumerate(checked.rules)}
    for number, p in enumerate(packets):
        ended = interpreter.run(Packet(p.data, p.length, p.timestamp, p.port, p.link))
        outcome.runs += len(ended.runs)
        for run in ended.runs:
            if run.ending == "delivered":
                outcome.deliveries.append((number, run.part, run.verdict, run.data))
            elif run.ending != "dropped":
                outcome.aborts[run.ending] += 1
        outcome.transmits += [(number, frame) for frame in ended.transmitted]
        outcome.alerts += [(number, part, rules[id(rule)]) for part, rule in ended.alerts]
    for array in checked.arrays:
        mask = (1 << array.type.bits) - 1
        for index, value in enumerate(interpreter.memory[array.name]):
            if value & mask:
                outcome.memory[array.name, index] = value & mask
    for instance in checked.externs:
        if hasattr(interpreter.twins[instance.name], "show"):
            outcome.externs[instance.shown] = interpreter.twins[instance.name].show()
    return outcome


def difference(expected: Outcome, actual: Outcome) -> str | None:
    """The first difference in words, or None."""
    for name in ("runs", "aborts", "deliveries", "transmits", "alerts", "memory", "externs"):
        a, b = getattr(expected, name), getattr(actual, name)
        if a != b:
            return f"{name}: {_first(a, b)}"
    return None


def _first(a: object, b: object) -> str:
    if isinstance(a, list) and isinstance(b, list):
        for number, (x, y) in enumerate(zip(a, b, strict=False)):
            if x != y:
                return f"entry {number}: interp {x!r}, target {y!r}"
        return f"interp has {len(a)} entries, target {len(b)}: {(a + b)[min(len(a), len(b))]!r}"
    if isinstance(a, dict) and isinstance(b, dict):
        keys = [k for k in {**a, **b} if a.get(k) != b.get(k)]
        return "; ".join(f"{k}: interp {a.get(k)}, target {b.get(k)}" for k in keys[:4])
    return f"interp {a}, target {b}"
