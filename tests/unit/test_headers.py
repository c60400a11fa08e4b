"""The header walk against docs/headers.md, stack by stack, with offsets counted by hand."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fpl3.fields import HEADERS
from fpl3.headers import Headers, walk

MACS = bytes(range(12))


def ether(type: int, rest: bytes) -> bytes:
    return MACS + struct.pack(">H", type) + rest


def ip4(
    proto: int, rest: bytes, *, version: int = 4, ihl: int = 5, fragment: int = 0, total: int | None = None
) -> bytes:  # fmt: skip
    options = bytes(max(0, ihl * 4 - 20))
    length = 20 + len(options) + len(rest) if total is None else total
    fixed = struct.pack(">BBHHHBBH", version << 4 | ihl, 0, length, 1, fragment, 64, proto, 0)
    return fixed + b"\x0a\0\0\1\x0a\0\0\2" + options + rest


def ip6(next: int, rest: bytes, *, version: int = 6, payload: int | None = None) -> bytes:
    length = len(rest) if payload is None else payload
    return struct.pack(">BBHHBB", version << 4, 0, 0, length, next, 64) + bytes(32) + rest


def extension(next: int, length: int = 0) -> bytes:
    return bytes([next, length]) + bytes(length * 8 + 6)


def udp(source: int = 1, destination: int = 2, rest: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack(">HHHH", source, destination, 8 + len(rest) if length is None else length, 0) + rest


def tcp(offset: int = 5) -> bytes:
    return bytes(12) + bytes([offset << 4]) + bytes(7) + bytes(max(0, offset * 4 - 20))


def v4(proto: int, rest: bytes, **keys: int) -> Headers:
    return walk(ether(0x0800, ip4(proto, rest, **keys)), 1)


def v6(next: int, rest: bytes, **keys: int) -> Headers:
    return walk(ether(0x86DD, ip6(next, rest, **keys)), 1)


IP = ip4(17, udp(rest=b"ab"))
LINKS = {
    "ethernet": (1, ether(0x0800, IP), 14),
    "sll": (113, bytes(14) + b"\x08\0" + IP, 16),
    "sll2": (276, b"\x08\0" + bytes(18) + IP, 20),
    "raw": (101, IP, 0),
    "raw-12": (12, IP, 0),
    "raw-14": (14, IP, 0),
    "ipv4": (228, IP, 0),
    "null-little": (0, b"\2\0\0\0" + IP, 4),
    "null-big": (0, b"\0\0\0\2" + IP, 4),
    "loop": (108, b"\0\0\0\2" + IP, 4),
    "ppp": (9, b"\0\x21" + IP, 2),
    "ppp-short": (9, b"\x21" + IP, 1),
    "ppp-address": (9, b"\xff\x03\0\x21" + IP, 4),
    "ppp-mpls": (9, b"\x02\x81" + b"\0\0\x01\0" + IP, 6),
}


@pytest.mark.parametrize("name", LINKS)
def test_ip_behind_every_link_type(name: str) -> None:
    link, data, at = LINKS[name]
    found = walk(data, link)
    assert (found.l3, found.l4, found.l7) == (at, at + 20, at + 28)
    assert found.offsets["IP"] == at and found.offsets["PORTS"] == found.offsets["UDP"] == at + 20
    assert ("ETH" in found.offsets) is (link == 1)
    assert (found.type, found.proto, found.end) == (0x0800, 17, at + 30)


@pytest.mark.parametrize("family", [10, 24, 28, 30])
def test_families_of_ipv6(family: int) -> None:
    packet = ip6(59, b"")
    assert walk(family.to_bytes(4, "little") + packet, 0).offsets == {"IP6": 4}
    assert walk(family.to_bytes(4, "big") + packet, 108).offsets == {"IP6": 4}
    assert walk(family.to_bytes(4, "little") + packet, 108).offsets == {}


def test_unknown_link_types_and_nothing_captured() -> None:
    for link in (1, 0, 9, 12, 101, 108, 113, 228, 276, 105):
        assert walk(b"", link).offsets == {} and walk(b"", link).l3 is None
    assert walk(ether(0x0800, IP), 105).offsets == {}


def tagged(count: int, type: int = 0x0800, tag: int = 0x8100) -> bytes:
    following = [tag] * (count - 1) + [type]
    return ether(tag, b"".join(struct.pack(">HH", 7, t) for t in following) + IP)


@pytest.mark.parametrize("tag", [0x8100, 0x88A8, 0x9100])
def test_vlan_tags(tag: int) -> None:
    assert walk(tagged(1, tag=tag), 1).offsets == {"ETH": 0, "VLAN": 14, "IP": 18, "UDP": 38, "PORTS": 38}
    four = walk(tagged(4, tag=tag), 1)
    assert (four.offsets["VLAN"], four.offsets["VLAN2"], four.l3) == (14, 18, 30)


def test_a_fifth_tag_ends_the_walk() -> None:
    five = walk(tagged(5), 1)
    assert five.offsets == {"ETH": 0, "VLAN": 14, "VLAN2": 18} and five.l3 is None


def test_a_cut_tag_is_absent() -> None:
    assert walk(tagged(1)[:17], 1).offsets == {"ETH": 0}
    assert walk(tagged(1)[:18], 1).offsets == {"ETH": 0, "VLAN": 14}


def test_802_3_lengths_are_no_types() -> None:
    assert walk(ether(0x05FF, bytes(40)), 1).l3 is None
    assert walk(ether(0x0600, bytes(40)), 1).l3 == 14
    assert walk(ether(0x88CC, b""), 1).l3 == 14


def pppoe(protocol: int, rest: bytes, first: int = 0x11) -> bytes:
    return bytes([first, 0]) + struct.pack(">HHH", 5, 2 + len(rest), protocol) + rest


def test_pppoe_session() -> None:
    found = walk(ether(0x8864, pppoe(0x21, IP)), 1)
    assert (found.offsets["PPPOE"], found.offsets["IP"]) == (14, 22)
    found = walk(ether(0x8864, pppoe(0x57, ip6(17, udp()))), 1)
    assert (found.offsets["IP6"], found.offsets["UDP"]) == (22, 62)


def test_pppoe_that_goes_nowhere() -> None:
    for frame in (ether(0x8863, pppoe(0x21, IP)), ether(0x8864, pppoe(0x99, IP))):
        found = walk(frame, 1)
        assert found.offsets == {"ETH": 0, "PPPOE": 14} and found.l3 is None
    assert walk(ether(0x8864, pppoe(0x21, IP, first=0x21)), 1).offsets == {"ETH": 0}
    assert walk(ether(0x8864, pppoe(0x21, IP))[:19], 1).offsets == {"ETH": 0}
    assert walk(ether(0x8864, pppoe(0x21, IP))[:21], 1).offsets == {"ETH": 0, "PPPOE": 14}


def labels(count: int) -> bytes:
    return b"\0\x01\0\x40" * (count - 1) + b"\0\x01\x01\x40"


def test_mpls() -> None:
    found = walk(ether(0x8847, labels(8) + IP), 1)
    assert (found.offsets["MPLS"], found.l3) == (14, 46) and found.offsets["IP"] == 46
    assert walk(ether(0x8848, labels(1) + ip6(59, b"")), 1).offsets["IP6"] == 18
    nine = walk(ether(0x8847, labels(9) + IP), 1)
    assert nine.offsets == {"ETH": 0, "MPLS": 14} and nine.l3 is None
    assert walk(ether(0x8847, labels(1) + b"\x55"), 1).l3 is None
    assert walk(ether(0x8847, labels(1)), 1).offsets == {"ETH": 0, "MPLS": 14}


def test_tags_nest_in_any_order() -> None:
    inner = pppoe(0x0281, labels(2) + IP)
    found = walk(ether(0x88A8, struct.pack(">HH", 7, 0x8864) + inner), 1)
    want = {"ETH": 0, "VLAN": 14, "PPPOE": 18, "MPLS": 26, "IP": 34, "UDP": 54, "PORTS": 54}
    assert found.offsets == want


def test_arp() -> None:
    head = struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1)
    found = walk(ether(0x0806, head + bytes(20)), 1)
    assert found.offsets == {"ETH": 0, "ARP": 14} and found.optional == {"arp_ipv4": 14}
    assert (found.l3, found.l4) == (14, None)
    assert walk(ether(0x0806, head + bytes(19)), 1).optional == {}
    assert walk(ether(0x0806, head[:4] + b"\x06\x06" + bytes(22)), 1).optional == {}
    assert walk(ether(0x0806, head[:7]), 1).offsets == {"ETH": 0}


@pytest.mark.parametrize("keys", [{"version": 5}, {"ihl": 4}, {"total": 19}, {"ihl": 6, "total": 23}])
def test_inconsistent_ipv4(keys: dict[str, int]) -> None:
    found = v4(17, udp(), **keys)
    assert found.offsets == {"ETH": 0} and (found.l3, found.l4, found.proto) == (14, None, -1)


def test_options_move_the_transport_header() -> None:
    found = v4(6, tcp(), ihl=15)
    assert (found.offsets["TCP"], found.l4, found.l7) == (74, 74, 94)


def test_uncaptured_options_leave_ip_without_transport() -> None:
    data = ether(0x0800, ip4(6, tcp(), ihl=15))
    assert walk(data[:73], 1).offsets == {"ETH": 0, "IP": 14} and walk(data[:73], 1).l4 is None
    assert walk(data[:74], 1).l4 == 74


def test_fragments_of_ipv4() -> None:
    first, last, whole = (v4(17, udp(), fragment=f) for f in (0x2000, 0x0001, 0x4000))
    assert (first.fragment, first.later, "UDP" in first.offsets) == (True, False, True)
    assert (last.fragment, last.later, last.l4, last.proto) == (True, True, None, 17)
    assert (whole.fragment, whole.later, "UDP" in whole.offsets) == (False, False, True)


def test_the_ip_length_limits_what_is_behind() -> None:
    assert "UDP" not in v4(17, udp(), total=27).offsets
    assert v4(17, udp(), total=27).l4 == 34
    assert "UDP" not in v6(17, udp(), payload=7).offsets
    assert v4(17, udp(), total=20).l4 == 34


@pytest.mark.parametrize(
    ("kind", "name"), [(0, "HOPOPTS"), (43, "ROUTING"), (60, "DSTOPTS"), (135, None), (140, None)]
)
def test_extension_headers(kind: int, name: str | None) -> None:
    found = v6(kind, extension(17, 2) + udp())
    assert (found.l4, found.proto, found.l7) == (78, 17, 86)
    assert found.offsets.get(name or "UDP") == (54 if name else 78)


def test_authentication_headers() -> None:
    found = v6(51, b"\x06\x04" + bytes(22) + tcp())
    assert (found.offsets["AH"], found.offsets["TCP"]) == (54, 78)
    found = v4(51, b"\x06\x04" + bytes(22) + tcp())
    assert (found.offsets["AH"], found.l4) == (34, 34) and "TCP" not in found.offsets


def test_the_first_of_each_kind_counts() -> None:
    found = v6(60, extension(60) + extension(17) + udp())
    assert (found.offsets["DSTOPTS"], found.l4) == (54, 70)


def test_eight_extension_headers_but_not_nine() -> None:
    eight = v6(60, extension(60) * 7 + extension(17) + udp())
    assert (eight.l4, eight.proto) == (54 + 64, 17)
    nine = v6(60, extension(60) * 8 + extension(17) + udp())
    assert (nine.l4, nine.proto) == (None, 60) and nine.offsets["DSTOPTS"] == 54


def test_an_extension_header_that_does_not_fit() -> None:
    assert v6(0, extension(17)[:7]).offsets == {"ETH": 0, "IP6": 14}
    assert v6(0, extension(17) + udp(), payload=7).offsets == {"ETH": 0, "IP6": 14}
    reaches_out = v6(0, b"\x11\x09" + bytes(6) + udp())
    assert reaches_out.offsets == {"ETH": 0, "IP6": 14, "HOPOPTS": 54} and reaches_out.l4 is None


def test_fragments_of_ipv6() -> None:
    first = v6(44, b"\x11\0\0\1" + bytes(4) + udp())
    assert (first.offsets["FRAG6"], first.l4, first.fragment, first.later) == (54, 62, True, False)
    later = v6(44, b"\x11\0\0\x08" + bytes(4) + udp())
    assert (later.offsets["FRAG6"], later.l4, later.proto, later.later) == (54, None, 17, True)


def test_no_next_header() -> None:
    assert v6(59, bytes(8)).l4 is None and v4(59, bytes(8)).l4 == 34
    assert v6(60, extension(59)).l4 is None


def test_inconsistent_ipv6() -> None:
    assert v6(17, udp(), version=4).offsets == {"ETH": 0}
    assert walk(ether(0x86DD, ip6(17, b"")[:39]), 1).offsets == {"ETH": 0}


@pytest.mark.parametrize(
    ("proto", "body", "name", "fixed", "l7"),
    [
        (6, tcp(5), "TCP", 20, 20), (17, udp(), "UDP", 8, 8), (132, bytes(12), "SCTP", 12, 12),
        (1, bytes(8), "ICMP", 4, 8), (2, bytes(8), "IGMP", 8, 8), (47, bytes(4), "GRE", 4, None),
        (50, bytes(8), "ESP", 8, None), (51, bytes(8), "AH", 8, None),
    ],
)  # fmt: skip
def test_transport_over_ipv4(proto: int, body: bytes, name: str, fixed: int, l7: int | None) -> None:
    found = v4(proto, body)
    assert found.offsets[name] == 34 and found.l7 == (None if l7 is None else 34 + l7)
    assert ("PORTS" in found.offsets) is (name in ("TCP", "UDP", "SCTP"))
    assert v4(proto, body[:fixed]).offsets.get(name) == 34
    assert name not in v4(proto, body[: fixed - 1]).offsets


def test_protocols_of_the_other_family() -> None:
    assert set(v4(58, bytes(8)).offsets) == {"ETH", "IP"} and v4(58, bytes(8)).l4 == 34
    for proto in (1, 2):
        assert set(v6(proto, bytes(8)).offsets) == {"ETH", "IP6"}
    assert v6(58, bytes(8)).offsets["ICMP6"] == 54


def test_inconsistent_transport_keeps_l4() -> None:
    for found in (v4(6, tcp(4)), v4(17, udp(length=7))):
        assert set(found.offsets) == {"ETH", "IP"} and (found.l4, found.l7) == (34, None)


def test_l7_behind_the_end_is_absent() -> None:
    assert v4(6, tcp(8)).l7 == 66
    short = v4(6, tcp(8)[:31])
    assert "TCP" in short.offsets and short.l7 is None
    assert v4(1, bytes(7)).l7 is None


@pytest.mark.parametrize("type", range(20))
def test_icmp_echo(type: int) -> None:
    body = bytes([type]) + bytes(7)
    assert ("icmp_echo" in v4(1, body).optional) is (type in (0, 8, 13, 14, 15, 16, 17, 18))
    assert v4(1, body[:7]).optional == {}


def test_icmp6_echo() -> None:
    for type, there in ((127, False), (128, True), (129, True), (130, False)):
        assert ("icmp6_echo" in v6(58, bytes([type]) + bytes(7)).optional) is there
    assert v6(58, b"\x80" + bytes(6)).optional == {}


@pytest.mark.parametrize(
    ("flags", "room", "at"), [(0x20, 8, 38), (0xA0, 12, 42), (0xA0, 11, None), (0x80, 12, None)]
)
def test_gre_key(flags: int, room: int, at: int | None) -> None:
    found = v4(47, bytes([flags]) + bytes(room - 1))
    assert found.optional.get("gre_key") == at and found.offsets["GRE"] == 34


@pytest.mark.parametrize(
    ("ports", "name", "fixed"),
    [((9, 4789), "VXLAN", 8), ((9, 6081), "GENEVE", 8), ((9, 53), "DNS", 12), ((53, 9), "DNS", 12)],
)
def test_over_udp(ports: tuple[int, int], name: str, fixed: int) -> None:
    assert v4(17, udp(*ports, bytes(fixed))).offsets[name] == 42
    assert name not in v4(17, udp(*ports, bytes(fixed - 1))).offsets
    assert name not in v4(17, udp(*ports, bytes(fixed), length=8 + fixed - 1)).offsets
    assert v4(17, udp(*ports, bytes(fixed), length=9000)).offsets[name] == 42


def test_tunnels_are_known_by_their_destination_port() -> None:
    for port in (4789, 6081):
        assert set(v4(17, udp(port, 9, bytes(20))).offsets) == {"ETH", "IP", "UDP", "PORTS"}


STACKS = [
    tagged(2),
    ether(0x8864, pppoe(0x57, ip6(0, extension(44) + b"\x11\0\0\1" + bytes(4) + udp(9, 53, bytes(12))))),
    ether(0x8847, labels(3) + ip4(6, tcp(7), ihl=8)),
    ether(0x0800, ip4(47, b"\xa0" + bytes(15))),
    ether(0x86DD, ip6(58, b"\x80" + bytes(9))),
    ether(0x0806, b"\0\1\x08\0\6\4\0\1" + bytes(20)),
]


@pytest.mark.parametrize("data", STACKS)
def test_what_a_shorter_capture_shows_a_longer_one_shows_too(data: bytes) -> None:
    whole = walk(data, 1)
    for cut in range(len(data)):
        found = walk(data[:cut], 1)
        assert found.offsets.items() <= whole.offsets.items()
        assert found.optional.items() <= whole.optional.items()
        for there, then in ((found.l3, whole.l3), (found.l4, whole.l4), (found.l7, whole.l7)):
            assert there is None or there == then


@given(st.sampled_from(STACKS), st.data(), st.sampled_from([0, 1, 9, 101, 108, 113, 276]))
def test_hostile_bytes(base: bytes, draw: st.DataObject, link: int) -> None:
    data = bytearray(base)
    for _ in range(draw.draw(st.integers(0, 6))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    data = data[draw.draw(st.sampled_from([0, 0, 12, 14])) :]
    found = walk(bytes(data), link)
    for name, at in found.offsets.items():
        assert at >= 0 and at + HEADERS[name].fixed <= len(data)
    for layer in (found.l3, found.l4, found.l7):
        assert layer is None or 0 <= layer <= len(data)
