"""Who talks to whom: the ends that alert lines name."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.packet import Packet, Raw

from ffpf.alerts import Endpoints
from ffpf.endpoints import endpoints

ONE, TWO = "02:00:00:00:00:01", "02:00:00:00:00:02"
ETHER = Ether(src=ONE, dst=TWO)
V4 = IP(src="192.0.2.1", dst="192.0.2.2")
V6 = IPv6(src="2001:db8::1", dst="2001:db8::2")
SEGMENT = TCP(sport=1234, dport=80)
ENDS4 = Endpoints(ip_address("192.0.2.1").packed, ip_address("192.0.2.2").packed, 6, (1234, 80))
ENDS6 = Endpoints(ip_address("2001:db8::1").packed, ip_address("2001:db8::2").packed, 6, (1234, 80))


@pytest.mark.parametrize(
    ("frame", "link", "ends"),
    [
        (ETHER / V4 / SEGMENT, 1, ENDS4),
        (ETHER / Dot1Q() / Dot1Q() / V6 / SEGMENT, 1, ENDS6),
        (ETHER / PPPoE() / PPP() / V4 / SEGMENT, 1, ENDS4),
        (Ether(src=ONE, dst=TWO, type=0x8847) / Raw(b"\0\1\0\x40\0\2\1\x40") / V4 / SEGMENT, 1, ENDS4),
        (V4 / SEGMENT, 101, ENDS4),
        (V6 / SEGMENT, 229, ENDS6),
        (Raw(b"\2\0\0\0") / V4 / SEGMENT, 0, ENDS4),
        (Raw(b"\0\0\0\x1e") / V6 / SEGMENT, 108, ENDS6),
        (Raw(bytes(14) + b"\x08\x00") / V4 / SEGMENT, 113, ENDS4),
        (Raw(b"\x86\xdd" + bytes(18)) / V6 / SEGMENT, 276, ENDS6),
        (Raw(b"\xff\x03\x00\x21") / V4 / SEGMENT, 9, ENDS4),
        (ETHER / V6 / IPv6ExtHdrHopByHop() / SEGMENT, 1, ENDS6),
        (ETHER / ARP(), 1, None),
        (ETHER / V4 / SEGMENT, 147, None),
    ],
)
def test_ends(frame: Packet, link: int, ends: Endpoints | None) -> None:
    assert endpoints(bytes(frame), link) == ends


def test_no_ports_where_there_is_no_transport_header() -> None:
    def ports(frame: Packet) -> object:
        found = endpoints(bytes(frame), 1)
        assert found is not None
        return found.ports

    assert ports(ETHER / V4 / ICMP()) is None
    assert ports(ETHER / IP(frag=8, proto=17) / Raw(bytes(40))) is None
    assert ports(ETHER / V6 / IPv6ExtHdrFragment(offset=8, nh=17) / Raw(bytes(40))) is None
    assert ports(ETHER / V4 / UDP(len=7) / Raw(bytes(40))) is None
    assert ports(ETHER / V4 / TCP(dataofs=4) / Raw(bytes(40))) is None
    assert endpoints(bytes(ETHER / V4 / SEGMENT)[:40], 1) == Endpoints(
        ENDS4.source, ENDS4.destination, 6, None
    )
    assert endpoints(bytes(ETHER / V4 / SEGMENT)[:33], 1) is None


@given(st.binary(max_size=160), st.sampled_from([0, 1, 9, 12, 14, 101, 108, 113, 147, 228, 229, 276]))
def test_no_bytes_are_too_strange(data: bytes, link: int) -> None:
    found = endpoints(data, link)
    assert found is None or len(found.source) == len(found.destination) in (4, 16)
