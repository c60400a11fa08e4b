"""Who talks to whom in a packet: what alert lines say of it. Follows docs/headers.md.

Works on the first bytes of a packet, cut wherever the capture or the alert's record cut it: what does
not lie in them is not there.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from ffpf.alerts import Endpoints

IP, IP6 = 0x0800, 0x86DD
TAGS, PPPOE_SESSION, MPLS = (0x8100, 0x88A8, 0x9100), 0x8864, (0x8847, 0x8848)
MAX_TAGS, MAX_LABELS, MAX_EXTENSIONS = 4, 8, 8
PPP_PROTOCOLS = {0x0021: IP, 0x0057: IP6, 0x0281: 0x8847, 0x0283: 0x8848}
EXTENSIONS = (0, 43, 44, 51, 60, 135, 139, 140)
FRAGMENT, AUTHENTICATION = 44, 51
TCP, UDP, SCTP = 6, 17, 132
FIXED = {TCP: 20, UDP: 8, SCTP: 12}
Place = tuple[int, int]  # an EtherType (0: none) and the offset of what it names


def endpoints(data: bytes, link: int) -> Endpoints | None:
    """The outermost IP header's ends; None where there is no IP header in the bytes."""
    try:
        type, net = _network(data, link)
        return {IP: _ipv4, IP6: _ipv6}.get(type, _none)(data, net)
    except (struct.error, IndexError):
        return None  # a step of the walk needs a byte that is not there


def _none(data: bytes, net: int) -> None:
    return None


def _word(data: bytes, at: int) -> int:
    return int(struct.unpack_from("!H", data, at)[0])


def _by_version(data: bytes, at: int) -> int:
    return {4: IP, 6: IP6}.get(data[at] >> 4, 0)


FAMILIES = {2: IP, 10: IP6, 24: IP6, 28: IP6, 30: IP6}


def _loop(data: bytes) -> Place:
    """LINKTYPE_LOOP: a BSD address family in network byte order."""
    return FAMILIES.get(struct.unpack_from("!I", data)[0], 0), 4


def _null(data: bytes) -> Place:
    """LINKTYPE_NULL: the same in the byte order of the machine that captured."""
    (little,) = struct.unpack_from("<I", data)
    return (FAMILIES[little], 4) if little in FAMILIES else _loop(data)


def _ppp(data: bytes, at: int) -> Place:
    if data[at] & 1:
        return PPP_PROTOCOLS.get(data[at], 0), at + 1
    return PPP_PROTOCOLS.get(_word(data, at), 0), at + 2


def _raw(data: bytes) -> Place:
    return _by_version(data, 0), 0


LINKS: dict[int, Callable[[bytes], Place]] = {
    0: _null,
    1: lambda data: (_word(data, 12), 14),
    9: lambda data: _ppp(data, 2 if data[:2] == b"\xff\x03" else 0),
    12: _raw,
    14: _raw,
    101: _raw,
    108: _loop,
    113: lambda data: (_word(data, 14), 16),
    228: _raw,
    229: _raw,
    276: lambda data: (_word(data, 0), 20),
}


def _network(data: bytes, link: int) -> Place:
    """What the link layer carries, behind tags, PPPoE and labels."""
    if link not in LINKS:
        return 0, 0
    type, net = LINKS[link](data)
    tags, sessions = 0, 0
    while True:
        if type in TAGS and tags < MAX_TAGS:
            tags += 1
            type, net = _word(data, net + 2), net + 4
        elif type == PPPOE_SESSION and not sessions and data[net] == 0x11:
            sessions += 1
            type, net = _ppp(data, net + 6)[0], net + 8
        elif type in MPLS:
            return _labels(data, net)
        else:
            return type, net


def _labels(data: bytes, net: int) -> Place:
    for _ in range(MAX_LABELS):
        bottom = data[net + 2] & 1
        net += 4
        if bottom:
            return _by_version(data, net), net
    return 0, net


def _ipv4(data: bytes, net: int) -> Endpoints | None:
    header, total = (data[net] & 15) * 4, _word(data, net + 2)
    if len(data) < net + 20 or data[net] >> 4 != 4 or header < 20 or total < header:
        return None
    fragment, protocol = _word(data, net + 6) & 0x1FFF, data[net + 9]
    end = min(len(data), net + total)
    ports = None if fragment else _ports(data, protocol, net + header, end)
    return Endpoints(data[net + 12 : net + 16], data[net + 16 : net + 20], protocol, ports)


def _ipv6(data: bytes, net: int) -> Endpoints | None:
    if len(data) < net + 40 or data[net] >> 4 != 6:
        return None
    end = min(len(data), net + 40 + _word(data, net + 4))
    protocol, at, whole = _extensions(data, data[net + 6], net + 40, end)
    ports = _ports(data, protocol, at, end) if whole else None
    return Endpoints(data[net + 8 : net + 24], data[net + 24 : net + 40], protocol, ports)


def _extensions(data: bytes, next: int, at: int, end: int) -> tuple[int, int, bool]:
    """Protocol and offset behind the extension headers; False for a later fragment, or where they
    cannot be passed."""
    for _ in range(MAX_EXTENSIONS):
        if next not in EXTENSIONS:
            return next, at, True
        if at + 8 > end:
            return next, at, False
        if next == FRAGMENT and _word(data, at + 2) >> 3:
            return data[at], at + 8, False
        size = (
            8
            if next == FRAGMENT
            else (data[at + 1] + (2 if next == AUTHENTICATION else 1))
            * (4 if next == AUTHENTICATION else 8)
        )
        next, at = data[at], at + size
    return next, at, next not in EXTENSIONS


def _ports(data: bytes, protocol: int, at: int, end: int) -> tuple[int, int] | None:
    """The ports of a transport header that is present."""
    if protocol not in FIXED or end - at < FIXED[protocol]:
        return None
    if protocol == TCP and data[at + 12] >> 4 < 5:
        return None
    if protocol == UDP and _word(data, at + 4) < 8:
        return None
    return _word(data, at), _word(data, at + 2)
