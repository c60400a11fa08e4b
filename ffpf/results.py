"""What a run says at its end: the ledger, merged memory, verdicts, alerts.

The unit of the ledger is the run (of one part on one packet): runs = delivered + dropped + aborted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ABORTS = ("out_of_bounds", "absent_field", "memory_index", "division", "loop_budget")


@dataclass(frozen=True, slots=True)
class MemoryDump:
    """One persistent array: its declaration and the words that differ from their start value."""

    type: str
    size: int
    merge: str
    nonzero: dict[int, int]


Row = dict[str, int | float | str]


@dataclass(frozen=True, slots=True)
class ExternDump:
    """What an instance of an external function shows: rows of named values."""

    function: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class NodeResults:
    """What one node of a split program did. `packets` are those that it processed, `sent` counts by next
    hop, `lost` by next hop and reason: what was sent there and did not arrive. A node on its interfaces has
    in `lost`, under its own name, what arrived and was not processed, and under TX the frames of TX."""

    target: str
    packets: int
    runs: int
    delivered: int
    sent: dict[str, int]
    lost: dict[str, dict[str, int]]
    seconds: float


@dataclass(frozen=True, slots=True)
class Results:
    """The totals of a run; `alerts` counts by "gid:sid". `seconds_run` is the engine's own time; `nodes`
    is empty for a program that is not split."""

    packets: int
    bytes: int
    runs: int
    delivered: int
    packets_delivered: int
    dropped: int
    transmitted: int
    aborted: dict[str, int]
    verdicts: dict[int, int]
    memory: dict[str, MemoryDump]
    externs: dict[str, ExternDump] = field(default_factory=dict)
    alerts: dict[str, int] = field(default_factory=dict)
    seconds_run: float = 0.0
    seconds_compile: float = 0.0
    nodes: dict[str, NodeResults] = field(default_factory=dict)

    def unbalanced(self) -> str | None:
        """Why the ledger does not add up, or None: a difference is a bug of ours."""
        ended = self.delivered + self.dropped + sum(self.aborted.values())
        if self.runs != ended:
            return f"{self.runs} runs began, {ended} ended"
        if self.delivered != sum(self.verdicts.values()):
            return f"{self.delivered} deliveries, {sum(self.verdicts.values())} verdicts"
        return self._unbalanced_nodes() if self.nodes else None

    def _unbalanced_nodes(self) -> str | None:
        """On every link what was sent is what arrived and what was lost by name."""
        if self.runs != sum(node.runs for node in self.nodes.values()):
            return f"{self.runs} runs, {sum(node.runs for node in self.nodes.values())} on the nodes"
        arrived = dict.fromkeys(self.nodes, 0)
        arrived[next(iter(self.nodes))] = self.packets
        for node in self.nodes.values():
            for to, count in node.sent.items():
                arrived[to] = arrived.get(to, 0) + count - sum(node.lost.get(to, {}).values())
        for name, node in self.nodes.items():
            if node.packets != arrived[name]:
                return f"{arrived[name]} packets arrived at {name}, {node.packets} were processed"
        return None
