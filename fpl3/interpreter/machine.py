"""A loaded program and its persistent memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fpl3.check.program import Checked
from fpl3.interpreter.expressions import Loaded, Reference, Values
from fpl3.interpreter.frame import Frame
from fpl3.interpreter.outcome import Outcome, Packet
from fpl3.interpreter.statements import run_part

# 200 nested statements and 200 nested expressions, with their conversions, of some calls each.
_RECURSION = 10_000


class Interpreter:
    """A loaded program: its memory lives from packet to packet.

    `externs` maps names of instances of external functions to their Python twins (fpl3/externs.py);
    results are converted to the declared type. Raises ValueError if the program calls one that is not
    in it. `check_ranges` asserts of every value that it lies in its type and in the interval that the
    checker computed.
    """

    def __init__(
        self,
        checked: Checked,
        externs: Mapping[str, Reference] | None = None,
        check_ranges: bool = False,
    ) -> None:
        known = dict(externs or {})
        missing = [instance.shown for instance in checked.externs if instance.name not in known]
        if missing:
            raise ValueError(
                f"the program calls external functions without a Python twin: {', '.join(missing)}"
            )
        self.memory: dict[str, list[int]] = {a.name: [a.initial] * a.size for a in checked.arrays}
        self.twins: Mapping[str, Any] = known
        self._loaded = Loaded(checked, self.memory, known, check_ranges)

    def run(self, packet: Packet) -> Outcome:
        """One packet: a run of the main program, and of every SPLIT body that it reaches."""
        outcome = Outcome()
        values = Values(self._loaded, packet, Frame(packet.data, packet.link), {}, None)
        with _deep_recursion():
            run_part(0, self._loaded.program.body, values, outcome)
        return outcome


@contextmanager
def _deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
