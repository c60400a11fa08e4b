"""What goes into the interpreter and what comes out: packets, runs, and why runs end early."""

from __future__ import annotations

from dataclasses import dataclass, field

from fpl3.check.program import Rule


@dataclass(frozen=True, slots=True)
class Packet:
    """A captured packet: its bytes, length on the wire (32 bits), nanoseconds since 1970 (64 bits),
    input port (16 bits), and LINKTYPE_ number. Where it comes from another node: its origin, its state
    words, and, if it lost its addresses on the way, the `mac` that this node sends with."""

    data: bytes
    length: int
    timestamp: int
    port: int
    link: int
    origin: int = 0
    state: tuple[int, ...] = ()
    mac: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A packet on its way to next hop `hop` of the node: as the run had it, with origin and state words."""

    hop: int
    origin: int
    data: bytes
    state: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One run that has ended: `ending` is "delivered", "dropped" or the reason of an abort; `data` is
    the packet as this run left it."""

    part: int
    ending: str
    verdict: int
    data: bytes


@dataclass(slots=True)
class Outcome:
    """Everything one packet led to: runs in the order in which they ended; frames, packets for other
    nodes and (part, rule) in the order in which they were sent and raised."""

    runs: list[Run] = field(default_factory=list)
    transmitted: list[bytes] = field(default_factory=list)
    alerts: list[tuple[int, Rule]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)


class Absent(Exception):
    """A field that the packet lacks: makes the nearest comparison false."""


class Abort(Exception):
    """The end of a run under the name of a reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def in_range(index: int, size: int, reason: str) -> int:
    """The index, if it lies in 0 .. size - 1; raises Abort(reason)."""
    if not 0 <= index < size:
        raise Abort(reason)
    return index
