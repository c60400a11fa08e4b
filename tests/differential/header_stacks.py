"""Random stacks of headers, sound ones and ones that lie, cut anywhere."""

from __future__ import annotations

import random
import struct

VLANS = (0x8100, 0x88A8, 0x9100)
PROTOCOLS = (6, 17, 132, 1, 2, 58, 47, 50, 51, 59)
EXTENSIONS = (0, 43, 44, 51, 60, 135, 139, 140)
PPP = {0x0800: 0x0021, 0x86DD: 0x0057, 0x8847: 0x0281, 0x8848: 0x0283}
LINKS = (1, 1, 1, 1, 113, 276, 101, 12, 14, 228, 229, 0, 108, 9)


class Stacks:
    """Packets from a seed; `one` gives a link type and the captured bytes."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def one(self) -> tuple[int, bytes]:
        type, body = self._network()
        for _ in range(self.rng.choice([0, 0, 0, 1, 1, 2, 3, 4, 5, 6])):
            type, body = self._tag(type, body)
        link = self.rng.choice(LINKS)
        return link, self._damaged(self._link(link, type) + body)

    def _damaged(self, packet: bytes) -> bytes:
        data = bytearray(packet)
        for _ in range(self.rng.choice([0, 0, 0, 0, 1, 2, 5])):
            if data:
                data[self.rng.randrange(len(data))] = self.rng.randrange(256)
        return bytes(data[: self.rng.randrange(len(data) + 1)] if self.rng.random() < 0.4 else data)

    def _link(self, link: int, type: int) -> bytes:
        types = struct.pack(">H", type)
        family = {0x0800: 2, 0x86DD: self.rng.choice([10, 24, 28, 30])}.get(type, 5)
        if link == 9:
            address = self.rng.choice([b"", b"\xff\x03"])
            return address + struct.pack(">H", PPP.get(type, 9)).lstrip(self.rng.choice([b"", b"\0"]))
        return {
            1: bytes(range(12)) + types,
            113: bytes(14) + types,
            276: types + bytes(18),
            0: family.to_bytes(4, "big" if self.rng.random() < 0.5 else "little"),
            108: family.to_bytes(4, "big"),
        }.get(link, b"")

    def _tag(self, type: int, body: bytes) -> tuple[int, bytes]:
        kind = self.rng.random()
        if kind < 0.7:
            return self.rng.choice(VLANS), struct.pack(">HH", 5, type) + body
        if kind < 0.85:
            first = self.rng.choice([0x11] * 9 + [0x12])
            head = struct.pack(">BBHHH", first, 0, 5, 2 + len(body), PPP.get(type, 9))
            return self.rng.choice([0x8864] * 4 + [0x8863]), head + body
        stack = b"\0\x01\0\x40" * self.rng.choice([0, 0, 1, 7, 8]) + b"\0\x01\x01\x40"
        return self.rng.choice([0x8847, 0x8848]), stack + body

    def _network(self) -> tuple[int, bytes]:
        kind = self.rng.random()
        if kind < 0.1:
            sizes = bytes([self.rng.choice([6, 6, 6, 4]), 4])
            return 0x0806, b"\0\1\x08\0" + sizes + bytes(self.rng.choice([0, 1, 2, 21, 22, 30]))
        return (0x0800, self._ipv4()) if kind < 0.5 else (0x86DD, self._ipv6())

    def _ipv4(self) -> bytes:
        proto = self.rng.choice(PROTOCOLS)
        body = self._transport(proto)
        ihl = self.rng.choice([5] * 5 + [4, 6, 15])
        options = bytes(max(0, ihl * 4 - 20))
        total = self.rng.choice([20 + len(options) + len(body)] * 5 + [20, 28, 19, 999])
        first = self.rng.choice([0x40] * 9 + [0x60]) | ihl
        fragment = self.rng.choice([0] * 4 + [0x2000, 1, 0x4000])
        return struct.pack(">BBHHHBB", first, 0, total, 1, fragment, 64, proto) + bytes(10) + options + body

    def _ipv6(self) -> bytes:
        next = self.rng.choice(PROTOCOLS)
        body = self._transport(next)
        for _ in range(self.rng.choice([0, 0, 1, 1, 2, 3, 8, 9])):
            kind = self.rng.choice(EXTENSIONS)
            body = self._extension(kind, next) + body
            next = kind
        length = self.rng.choice([len(body)] * 5 + [8, 16, 999])
        first = self.rng.choice([0x60] * 9 + [0x40])
        return struct.pack(">BBHHBB", first, 0, 0, length, next, 64) + bytes(32) + body

    def _extension(self, kind: int, next: int) -> bytes:
        if kind == 44:
            return bytes([next, self.rng.randrange(256), 0, self.rng.choice([0, 1, 1, 1, 8]), 0, 0, 0, 0])
        length = self.rng.choice([0, 0, 1, 2])
        size = max(8, (length + 2) * 4) if kind == 51 else (length + 1) * 8
        return bytes([next, length]).ljust(size, b"\0")

    def _transport(self, proto: int) -> bytes:
        if proto == 6:
            offset = self.rng.choice([4, 5, 6, 15])
            return (bytes(12) + bytes([offset << 4])).ljust(max(20, offset * 4), b"\0")
        if proto == 17:
            rest = bytes(self.rng.randrange(20))
            length = self.rng.choice([8 + len(rest)] * 3 + [8, 7, 15, 99])
            ports = self.rng.choice([53, 1, 4789]), self.rng.choice([53, 4789, 6081, 9])
            return struct.pack(">HHHH", *ports, length, 0) + rest
        # Types of ICMP (0, 8, 13, 17) and ICMPv6 (128, 129), flags of GRE (0x20, 0xa0).
        kinds = [128, 129] if proto == 58 else [0, 8, 13, 17, 0x20, 0xA0]
        first = self.rng.choice([*kinds, self.rng.randrange(256)])
        return bytes([first]).ljust(self.rng.randrange(1, 24), b"\0")[: self.rng.choice([99, 99, 99, 3, 0])]
