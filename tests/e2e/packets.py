"""A second opinion on the sample capture: headers read here with struct, by nothing of the product.

Follows docs/headers.md for what the sample has: Ethernet, VLAN tags, MPLS, IPv4, IPv6 with extension
headers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

EXTENSIONS = (0, 43, 44, 60)


@dataclass(frozen=True, slots=True)
class Packet:
    """A captured frame, where its headers start (0 for one that is not there), and its time in ns."""

    data: bytes
    length: int
    type: int = 0
    ip: int = 0
    ip6: int = 0
    protocol: int = -1
    transport: int = 0
    time: int = 0

    def udp(self) -> tuple[int, int] | None:
        """The ports of a present UDP header."""
        return self._ports() if self.protocol == 17 and self._room() >= 8 else None

    def tcp(self) -> tuple[int, int] | None:
        """The ports of a present TCP header."""
        if self.protocol != 6 or self._room() < 20 or self.data[self.transport + 12] >> 4 < 5:
            return None
        return self._ports()

    def _ports(self) -> tuple[int, int]:
        ports: tuple[int, int] = struct.unpack_from("!HH", self.data, self.transport)
        return ports

    def _room(self) -> int:
        if not self.transport:
            return -1
        total = (
            self.ip + struct.unpack_from("!H", self.data, self.ip + 2)[0]
            if self.ip
            else self.ip6 + 40 + struct.unpack_from("!H", self.data, self.ip6 + 4)[0]
        )
        return min(len(self.data), total) - self.transport


def read(path: Path) -> list[Packet]:
    """The packets of a little-endian Ethernet pcap file."""
    data, at, found = path.read_bytes(), 24, []
    assert data[:4] == b"\xd4\xc3\xb2\xa1" and struct.unpack_from("<I", data, 20) == (1,)
    while at < len(data):
        seconds, micros, captured, length = struct.unpack_from("<IIII", data, at)
        packet = dissect(data[at + 16 : at + 16 + captured], length)
        found.append(replace(packet, time=seconds * 1_000_000_000 + micros * 1000))
        at += 16 + captured
    return found


def dissect(data: bytes, length: int) -> Packet:
    if len(data) < 14:
        return Packet(data, length)
    type, net = struct.unpack_from("!H", data, 12)[0], 14
    while type in (0x8100, 0x88A8) and net + 4 <= len(data):
        type, net = struct.unpack_from("!H", data, net + 2)[0], net + 4
    while type == 0x8847 and net + 5 <= len(data):
        bottom = data[net + 2] & 1
        net += 4
        if bottom:
            type = {4: 0x0800, 6: 0x86DD}.get(data[net] >> 4, 0)
    if type == 0x0800:
        return _ipv4(data, length, net)
    if type == 0x86DD:
        return _ipv6(data, length, net)
    return Packet(data, length, type)


def _ipv4(data: bytes, length: int, net: int) -> Packet:
    if net + 20 > len(data) or data[net] >> 4 != 4 or data[net] & 15 < 5:
        return Packet(data, length, 0x0800)
    header = (data[net] & 15) * 4
    total, fragment = struct.unpack_from("!H2xH", data, net + 2)
    if total < header:
        return Packet(data, length, 0x0800)
    later = fragment & 0x1FFF
    return Packet(data, length, 0x0800, net, 0, data[net + 9], 0 if later else net + header)


def _ipv6(data: bytes, length: int, net: int) -> Packet:
    if net + 40 > len(data) or data[net] >> 4 != 6:
        return Packet(data, length, 0x86DD)
    next, at = data[net + 6], net + 40
    while next in EXTENSIONS and at + 8 <= len(data):
        if next == 44 and struct.unpack_from("!H", data, at + 2)[0] >> 3:
            return Packet(data, length, 0x86DD, 0, net, data[at], 0)
        size = 8 if next == 44 else (data[at + 1] + 1) * 8
        next, at = data[at], at + size
    return Packet(data, length, 0x86DD, 0, net, next, at)


def address(packet: Packet, which: str) -> int:
    """An IPv4 address of a packet as a number; `which` is "source" or "destination"."""
    offset = packet.ip + (12 if which == "source" else 16)
    return int(struct.unpack_from("!I", packet.data, offset)[0])


def crc32c(data: bytes) -> int:
    """CRC-32C, bit by bit (RFC 3720)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def flow_bytes(packet: Packet) -> bytes:
    """What HASH(flowFields) hashes of an IPv4 or IPv6 packet."""
    if packet.ip:
        addresses = packet.data[packet.ip + 12 : packet.ip + 20]
        fragment = struct.unpack_from("!H", packet.data, packet.ip + 6)[0] & 0x3FFF
    else:
        addresses = packet.data[packet.ip6 + 8 : packet.ip6 + 40]
        fragment = 44 in _chain(packet)
    ports = (packet.tcp() or packet.udp() or sctp(packet)) if not fragment else None
    return addresses + bytes((packet.protocol,)) + struct.pack("!HH", *(ports or (0, 0)))


def sctp(packet: Packet) -> tuple[int, int] | None:
    return packet._ports() if packet.protocol == 132 and packet._room() >= 12 else None


def _chain(packet: Packet) -> Iterator[int]:
    """The kinds of the extension headers of an IPv6 packet."""
    next, at = packet.data[packet.ip6 + 6], packet.ip6 + 40
    while next in EXTENSIONS:
        yield next
        if next == 44:
            return
        next, at = packet.data[at], at + (packet.data[at + 1] + 1) * 8


def consistent(hash: int, buckets: int) -> int:
    """Jump hash, as language reference defines CONSISTENT."""
    chosen, jump = -1, 0
    while jump < buckets:
        chosen = jump
        hash = (hash * 2862933555777941757 + 1) % (1 << 64)
        jump = ((chosen + 1) << 31) // ((hash >> 33) + 1)
    return chosen
