"""Which headers a packet has: docs/headers.md in Python, slow and obvious.

The interpreter walks anew after every write, so that every read sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

VLAN_TYPES = (0x8100, 0x88A8, 0x9100)
EXTENSIONS = (0, 43, 44, 51, 60, 135, 139, 140)
EXTENSION_HEADERS = {0: "HOPOPTS", 43: "ROUTING", 44: "FRAG6", 51: "AH", 60: "DSTOPTS"}
PPP_TYPES = {0x0021: 0x0800, 0x0057: 0x86DD, 0x0281: 0x8847, 0x0283: 0x8847}
NULL_FAMILIES = {2: 0x0800, 10: 0x86DD, 24: 0x86DD, 28: 0x86DD, 30: 0x86DD}
# Protocol number: header and its fixed part in bytes.
_OVER_BOTH = {6: ("TCP", 20), 17: ("UDP", 8), 132: ("SCTP", 12), 47: ("GRE", 4), 50: ("ESP", 8)}
OVER_IPV4 = {**_OVER_BOTH, 1: ("ICMP", 4), 2: ("IGMP", 8), 51: ("AH", 8)}
OVER_IPV6 = {**_OVER_BOTH, 58: ("ICMP6", 4)}
PAYLOAD_BEHIND = {"UDP": 8, "SCTP": 12, "ICMP": 8, "ICMP6": 8, "IGMP": 8}


@dataclass(frozen=True, slots=True)
class Headers:
    """What a walk found; offsets are in bytes from the start of the captured data.

    `type` is the EtherType of what stands at `net` (0: none), `proto` the IP protocol number that
    the walk ended at (-1 without IP), `end` the end of the IP packet as its length says (0 without).
    `fragment`: any fragment, `later`: one that has no transport header. `offsets` maps every present
    header to its offset; `optional` maps every presence rule that holds (arp_ipv4, icmp_echo,
    icmp6_echo, gre_key) to the offset that its fields are counted from.
    """

    type: int
    net: int
    proto: int
    end: int
    l3: int | None
    l4: int | None
    l7: int | None
    fragment: bool
    later: bool
    offsets: Mapping[str, int]
    optional: Mapping[str, int]


@dataclass(slots=True)
class _Walk:
    """A walk under way: `type` names what stands at `net`; the rest as in Headers."""

    type: int = 0
    net: int = 0
    proto: int = -1
    end: int = 0
    l4: int | None = None
    l7: int | None = None
    fragment: bool = False
    later: bool = False
    offsets: dict[str, int] = field(default_factory=dict)
    optional: dict[str, int] = field(default_factory=dict)


def walk(data: bytes, link: int) -> Headers:
    """The headers of the captured bytes of a packet; `link` is a LINKTYPE_ number. Never fails:
    of an unknown link type nothing is present."""
    found = _Walk()
    if link == 1 and len(data) >= 14:
        found.offsets["ETH"] = 0
    found.type, found.net = _first_type(data, link)
    _pass_tags(data, found)
    if found.type < 0x0600:
        found.type = 0
    l3 = found.net if found.type and found.net <= len(data) else None
    network = {0x0806: _arp, 0x0800: _ipv4, 0x86DD: _ipv6}.get(found.type)
    if network is not None:
        network(data, found)
    return Headers(
        found.type, found.net, found.proto, found.end, l3, found.l4, found.l7, found.fragment, found.later,
        MappingProxyType(found.offsets), MappingProxyType(found.optional),
    )  # fmt: skip


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")


def _first_type(data: bytes, link: int) -> tuple[int, int]:
    """The EtherType of what stands behind the link header (0: none) and where it stands."""
    cap = len(data)
    if link == 1:
        return (_word(data, 12), 14) if cap >= 14 else (0, 0)
    if link == 113:
        return (_word(data, 14), 16) if cap >= 16 else (0, 0)
    if link == 276:
        return (_word(data, 0), 20) if cap >= 20 else (0, 0)
    if link in (101, 12, 14, 228, 229):
        return _by_version(data, 0), 0
    if link in (0, 108) and cap >= 4:
        return _family(data, link), 4
    if link == 9 and cap >= 1:
        return _ppp(data, 2 if data[:2] == b"\xff\x03" else 0)
    return 0, 0


def _by_version(data: bytes, at: int) -> int:
    version = data[at] >> 4 if at < len(data) else 0
    return {4: 0x0800, 6: 0x86DD}.get(version, 0)


def _family(data: bytes, link: int) -> int:
    big = int.from_bytes(data[:4], "big")
    little = int.from_bytes(data[:4], "little")
    if link == 108:
        return NULL_FAMILIES.get(big, 0)
    return NULL_FAMILIES.get(big, 0) or NULL_FAMILIES.get(little, 0)


def _ppp(data: bytes, at: int) -> tuple[int, int]:
    if at < len(data) and data[at] & 1:
        return PPP_TYPES.get(data[at], 0), at + 1
    if at + 2 <= len(data):
        return PPP_TYPES.get(_word(data, at), 0), at + 2
    return 0, 0


def _pass_tags(data: bytes, found: _Walk) -> None:
    """VLAN tags, one PPPoE header and MPLS labels, as long as types name them."""
    tags = 0
    while True:
        if found.type in VLAN_TYPES and tags < 4 and found.net + 4 <= len(data):
            tags += 1
            if tags <= 2:
                found.offsets["VLAN" if tags == 1 else "VLAN2"] = found.net
            found.type = _word(data, found.net + 2)
            found.net += 4
        elif found.type in (0x8863, 0x8864) and "PPPOE" not in found.offsets:
            _pass_pppoe(data, found)
        elif found.type in (0x8847, 0x8848):
            _pass_mpls(data, found)
        else:
            break
    if found.type in (*VLAN_TYPES, 0x8863, 0x8864):
        found.type = 0


def _pass_pppoe(data: bytes, found: _Walk) -> None:
    session = found.type == 0x8864
    found.type = 0
    if found.net + 6 > len(data) or data[found.net] != 0x11:
        return
    found.offsets["PPPOE"] = found.net
    if session and found.net + 8 <= len(data):
        found.type = PPP_TYPES.get(_word(data, found.net + 6), 0)
        found.net += 8


def _pass_mpls(data: bytes, found: _Walk) -> None:
    found.type = 0
    for _ in range(8):
        if found.net + 4 > len(data):
            return
        found.offsets.setdefault("MPLS", found.net)
        bottom = data[found.net + 2] & 1
        found.net += 4
        if bottom:
            found.type = _by_version(data, found.net)
            return


def _arp(data: bytes, found: _Walk) -> None:
    at = found.net
    if at + 8 > len(data):
        return
    found.offsets["ARP"] = at
    if data[at + 4 : at + 6] == b"\x06\x04" and at + 28 <= len(data):
        found.optional["arp_ipv4"] = at


def _ipv4(data: bytes, found: _Walk) -> None:
    at = found.net
    if at + 20 > len(data):
        return
    version, ihl, total = data[at] >> 4, (data[at] & 15) * 4, _word(data, at + 2)
    if version != 4 or ihl < 20 or total < ihl:
        return
    found.offsets["IP"] = at
    found.end, found.proto = at + total, data[at + 9]
    fragment = _word(data, at + 6) & 0x3FFF
    found.fragment, found.later = fragment != 0, fragment & 0x1FFF != 0
    if not found.later:
        _layer4(data, found, at + ihl)


def _ipv6(data: bytes, found: _Walk) -> None:
    at = found.net
    if at + 40 > len(data) or data[at] >> 4 != 6:
        return
    found.offsets["IP6"] = at
    found.end, found.proto = at + 40 + _word(data, at + 4), data[at + 6]
    here = at + 40
    limit = min(len(data), found.end)
    passed = 0
    while found.proto in EXTENSIONS:
        if passed == 8 or here + 8 > limit:
            return
        passed += 1
        kind = found.proto
        if kind in EXTENSION_HEADERS:
            found.offsets.setdefault(EXTENSION_HEADERS[kind], here)
        length = {44: 8, 51: (data[here + 1] + 2) * 4}.get(kind, (data[here + 1] + 1) * 8)
        found.proto = data[here]
        if kind == 44:
            found.fragment = True
            found.later = _word(data, here + 2) & 0xFFF8 != 0
            if found.later:
                return
        here += length
    if found.proto != 59:
        _layer4(data, found, here)


def _layer4(data: bytes, found: _Walk, at: int) -> None:
    limit = min(len(data), found.end)
    if at > limit:
        return
    found.l4 = at
    room = limit - at
    name, fixed = _transport(found)
    if room < fixed or not _consistent(data, name, at):
        return
    found.offsets[name] = at
    if name in ("TCP", "UDP", "SCTP"):
        found.offsets["PORTS"] = at
    _optional_parts(data, found, name, at, room)
    size = data[at + 12] // 16 * 4 if name == "TCP" else PAYLOAD_BEHIND.get(name)
    if size is not None and size <= room:
        found.l7 = at + size
    if name == "UDP":
        _over_udp(data, found, at, room)


def _transport(found: _Walk) -> tuple[str, int]:
    """The header that `proto` names here and its fixed part; one that never fits if it names none."""
    over = OVER_IPV6 if "IP6" in found.offsets else OVER_IPV4
    return over.get(found.proto, ("", 1 << 32))


def _consistent(data: bytes, name: str, at: int) -> bool:
    if name == "TCP":
        return data[at + 12] >> 4 >= 5
    return name != "UDP" or _word(data, at + 4) >= 8


def _optional_parts(data: bytes, found: _Walk, name: str, at: int, room: int) -> None:
    if name == "ICMP" and room >= 8 and data[at] in (0, 8, 13, 14, 15, 16, 17, 18):
        found.optional["icmp_echo"] = at
    if name == "ICMP6" and room >= 8 and data[at] in (128, 129):
        found.optional["icmp6_echo"] = at
    if name == "GRE" and data[at] & 0x20:
        key = 8 if data[at] & 0x80 else 4
        if key + 4 <= room:
            found.optional["gre_key"] = at + key


def _over_udp(data: bytes, found: _Walk, at: int, room: int) -> None:
    inside = min(room, _word(data, at + 4)) - 8
    source, destination = _word(data, at), _word(data, at + 2)
    if destination == 4789 and inside >= 8:
        found.offsets["VXLAN"] = at + 8
    if destination == 6081 and inside >= 8:
        found.offsets["GENEVE"] = at + 8
    if 53 in (source, destination) and inside >= 12:
        found.offsets["DNS"] = at + 8
