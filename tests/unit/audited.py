"""Sentences of the language's definition as programs with the answer that the sentence gives.

Both targets must give it: their agreement alone proves nothing where they share parser and checker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.differential.batch import Outcome, compile_batch
from tests.differential.oracle import difference, interpret
from tests.differential.packets import TestPacket
from tests.unit.pc_agreement import checked

BYTES = bytes(range(256))
# A verdict (0: dropped), the reason of an abort, the memory left, or a test of the outcome.
Expected = int | str | dict[tuple[str, int], int] | Callable[[Outcome], bool]


@dataclass(frozen=True, slots=True)
class Case:
    text: str
    expected: Expected
    data: bytes = BYTES
    link: int = 1
    length: int | None = None
    timestamp: int = 7
    port: int = 0

    @property
    def packet(self) -> TestPacket:
        length = len(self.data) if self.length is None else self.length
        return TestPacket(self.data, length, self.timestamp, self.port, self.link)

    def holds(self, outcome: Outcome) -> bool:
        wanted = self.expected
        if isinstance(wanted, str):
            return {k: v for k, v in outcome.aborts.items() if v} == {wanted: 1}
        if any(outcome.aborts.values()):
            return callable(wanted) and wanted(outcome)
        if isinstance(wanted, int):
            return [verdict for _, _, verdict, _ in outcome.deliveries] == [wanted] * bool(wanted)
        return wanted(outcome) if callable(wanted) else outcome.memory == wanted


def verify(cases: Sequence[Case], folder: Path) -> None:
    """Every case on the interpreter and, compiled together, on the PC target."""
    programs = [checked(case.text) for case in cases]
    outcomes = [interpret(c, [case.packet]) for c, case in zip(programs, cases, strict=True)]
    wrong = [
        f"{case.text}: {outcome}"
        for case, outcome in zip(cases, outcomes, strict=True)
        if not case.holds(outcome)
    ]
    assert not wrong, "\n".join(wrong)
    compiled = compile_batch(programs, folder, ("gcc", "-O1"))
    by_packet: dict[TestPacket, list[Outcome]] = {}
    for number, case in enumerate(cases):
        if case.packet not in by_packet:
            by_packet[case.packet] = compiled.run([case.packet], folder)
        found = difference(outcomes[number], by_packet[case.packet][number])
        assert found is None, f"{case.text}: {found}"
