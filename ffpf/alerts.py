"""Alerts as text: Snort's alert_fast lines and Suricata's EVE lines.

A packet's addresses are what an alert line is read for; they are taken from the packet by whoever
ran the program and arrive here as an `Endpoints`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

PROTOCOLS = {
    1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 47: "GRE", 50: "ESP", 51: "AH", 58: "IPv6-ICMP", 132: "SCTP",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Who talks to whom, outermost IP: packed addresses (4 or 16 bytes), protocol number, and ports
    where the packet has a TCP, UDP or SCTP header."""

    source: bytes
    destination: bytes
    protocol: int
    ports: tuple[int, int] | None = None

    def name(self) -> str:
        return PROTOCOLS.get(self.protocol, f"PROTO:{self.protocol:03}")


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert: the packet's number (from 1) and time (nanoseconds since 1970), and the rule."""

    packet: int
    timestamp: int
    gid: int
    sid: int
    rev: int
    priority: int
    classification: str
    message: str
    endpoints: Endpoints | None


def moment(timestamp: int, utc: bool) -> datetime:
    """The time of a packet, cut to microseconds, in UTC or in the zone that TZ names."""
    seconds, nanoseconds = divmod(timestamp, 1_000_000_000)
    at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=nanoseconds // 1000)
    return at if utc else at.astimezone()


def fast(alert: Raised, utc: bool) -> str:
    """A line of Snort's alert_fast."""
    time = moment(alert.timestamp, utc).strftime("%m/%d-%H:%M:%S.%f")
    kind = f" [Classification: {one_line(alert.classification)}]" if alert.classification else ""
    line = (
        f'{time} [**] [{alert.gid}:{alert.sid}:{alert.rev}] "{one_line(alert.message)}" [**]'
        f"{kind} [Priority: {alert.priority}]"
    )
    return f"{line}{_who(alert.endpoints)}\n"


def _who(ends: Endpoints | None) -> str:
    if ends is None:
        return ""
    source, destination = str(ip_address(ends.source)), str(ip_address(ends.destination))
    if ends.ports is not None:
        source, destination = f"{source}:{ends.ports[0]}", f"{destination}:{ends.ports[1]}"
    return f" {{{ends.name()}}} {source} -> {destination}"


def eve(alert: Raised, utc: bool) -> str:
    """A line of Suricata's EVE log, event type `alert`."""
    record: dict[str, object] = {
        "timestamp": moment(alert.timestamp, utc).strftime("%Y-%m-%dT%H:%M:%S.%f%z"),
        "pcap_cnt": alert.packet,
        "event_type": "alert",
    }
    if alert.endpoints is not None:
        record |= _eve_ends(alert.endpoints)
    record["alert"] = {
        "action": "allowed",
        "gid": alert.gid,
        "signature_id": alert.sid,
        "rev": alert.rev,
        "signature": alert.message,
        "category": alert.classification,
        "severity": alert.priority,
    }
    return json.dumps(record) + "\n"


def _eve_ends(ends: Endpoints) -> dict[str, object]:
    source: dict[str, object] = {"src_ip": str(ip_address(ends.source))}
    destination: dict[str, object] = {"dest_ip": str(ip_address(ends.destination))}
    if ends.ports is not None:
        source["src_port"], destination["dest_port"] = ends.ports
    return source | destination | {"proto": ends.name()}


def one_line(text: str) -> str:
    """Text that cannot end its line or reach the terminal as control characters."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


FORMATS = {"fast": fast, "json": eve}
