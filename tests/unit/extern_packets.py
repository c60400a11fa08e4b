"""Packets for external functions that repair checksums, and what scapy says that they should become."""

from __future__ import annotations

from collections.abc import Iterator

from scapy.layers.igmp import IGMP
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_Router_Alert
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6ND_NS,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrHopByHop,
)
from scapy.layers.l2 import Dot1Q, Ether
from scapy.layers.sctp import SCTP, SCTPChunkInit
from scapy.packet import Packet, Raw

_V4 = IP(src="10.0.0.1", dst="192.0.2.7", ttl=9)
_V6 = IPv6(src="2001:db8::1", dst="2001:db8::2")


def _bodies() -> Iterator[tuple[str, Packet]]:
    for size in (0, 1, 2, 7, 1400):
        load = Raw(bytes(n * 7 & 255 for n in range(size)))
        yield f"tcp4-{size}", _V4 / TCP(sport=1, dport=2, options=[("MSS", 1460)]) / load
        yield f"udp4-{size}", _V4 / UDP(sport=1, dport=2) / load
        yield f"tcp6-{size}", _V6 / TCP(sport=1, dport=2) / load
        yield f"udp6-{size}", _V6 / UDP(sport=1, dport=2) / load
        yield f"icmp-{size}", _V4 / ICMP(id=3, seq=4) / load
        yield f"icmp6-{size}", _V6 / ICMPv6EchoRequest(id=3, seq=4, data=load.load)
    yield "neighbour", _V6 / ICMPv6ND_NS(tgt="2001:db8::9")
    yield "igmp", _V4 / IGMP(type=0x16, gaddr="224.1.2.3")
    yield "sctp4", _V4 / SCTP(sport=1, dport=2, tag=9) / SCTPChunkInit(init_tag=5)
    yield "sctp6", _V6 / SCTP(sport=1, dport=2, tag=9) / SCTPChunkInit(init_tag=5)
    yield (
        "options",
        IP(src="10.0.0.1", dst="10.0.0.2", options=[IPOption_Router_Alert()]) / UDP() / Raw(b"x"),
    )
    yield "extensions", _V6 / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / TCP() / Raw(b"abc")


def right_frames() -> dict[str, bytes]:
    """Ethernet frames by name, each once more with a VLAN tag; scapy has filled in all checksums."""
    frames = {}
    for name, body in _bodies():
        ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
        frames[name] = bytes(ether / body)
        frames[f"{name}-tagged"] = bytes(ether / Dot1Q(vlan=5) / body)
    return frames
