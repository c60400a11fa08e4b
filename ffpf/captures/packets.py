"""What a capture holds: its interfaces and its packets."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

MICRO, NANO = 6, 9
SECOND = 1_000_000_000


class CaptureError(Exception):
    """Damage. `packet_number` (from 1) is the packet that could not be read; those before it were
    delivered."""

    def __init__(self, packet_number: int, message: str) -> None:
        super().__init__(f"packet {packet_number}: error: {message}")
        self.packet_number = packet_number
        self.message = message


@dataclass(frozen=True, slots=True)
class Interface:
    """Where packets were captured, as the file describes it.

    `snaplen` is the field of the file (pcapng: 0 is "no limit"), `longest` what it allows.
    `resolution` is if_tsresol: timestamps count 10^-n seconds, with bit 7 set 2^-n. `offset`: seconds
    to add to every timestamp, None where the file does not say.
    """

    link: int
    snaplen: int
    longest: int
    resolution: int = MICRO
    offset: int | None = None

    @property
    def tick(self) -> Fraction:
        """Seconds a unit of the timestamps."""
        base = 2 if self.resolution & 0x80 else 10
        return Fraction(1, base ** (self.resolution & 0x7F))

    def split(self, ticks: int) -> tuple[int, int]:
        """Seconds since 1970, offset included and modulo 2^64, and nanoseconds (rounded down)."""
        seconds, part = divmod(ticks * self.tick, 1)
        return (int(seconds) + (self.offset or 0)) % (1 << 64), int(part * SECOND)


@dataclass(frozen=True, slots=True)
class CapturedPacket:
    """One packet: its captured bytes, its length on the wire, and where and when it was captured.

    `timestamp` is in nanoseconds since 1970, modulo 2^64. `stamp` is the timestamp as the file has it:
    ticks of a pcapng interface; for pcap the pair (seconds, fraction) as seconds * 2^32 + fraction.
    `interface` counts over all sections of the file.
    """

    data: bytes
    length: int
    timestamp: int
    link: int
    port: int = 0
    interface: int = 0
    stamp: int = 0


@dataclass(slots=True)
class CaptureFormat:
    """What output keeps of its input; `interfaces` grows while a pcapng file is read.

    `order` is "<" or ">", that of the first section. `link_field` is a pcap header's field with what
    its upper bits say of the frame check sequence. `known_before`: interfaces described before the
    first packet.
    """

    pcapng: bool
    order: str
    nano: bool = False
    link_field: int = 0
    known_before: int = 1
    interfaces: list[Interface] = field(default_factory=list)
