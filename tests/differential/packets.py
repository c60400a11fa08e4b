"""Packets for differential tests: well-formed ones of every kind, then bent: cut, flipped, tagged."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestPacket:
    """A packet as a capture would hold it."""

    __test__ = False  # no test class, for all its name

    data: bytes
    length: int
    timestamp: int
    port: int
    link: int


V4 = [bytes([10, 0, 0, 1]), bytes([10, 1, 2, 3]), bytes([192, 0, 2, 7]), bytes([224, 0, 0, 5])]
V6 = [bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("fe80" + "00" * 13 + "02")]
MACS = [bytes.fromhex("0000e28d6cf9"), bytes.fromhex("000203040503"), b"\xff" * 6]
PORTS = [22, 53, 80, 443, 1434, 4789, 6081, 25, 40000]


class Packets:
    """Makes packets from a random source."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def many(self, count: int) -> list[TestPacket]:
        link = self.rng.choice([1] * 8 + [101, 113, 276, 0, 108, 9])
        return [self.one(link) for _ in range(count)]

    def one(self, link: int) -> TestPacket:
        rng = self.rng
        data = self._frame(link)
        if rng.random() < 0.2:
            data = data[: rng.randrange(len(data) + 1)]
        if rng.random() < 0.2 and data:
            changed = bytearray(data)
            for _ in range(rng.randrange(1, 4)):
                changed[rng.randrange(len(changed))] = rng.randrange(256)
            data = bytes(changed)
        if rng.random() < 0.05:
            data = rng.randbytes(rng.randrange(0, 80))
        length = len(data) + rng.choice([0, 0, 0, 4, 1000])
        return TestPacket(data, length, rng.randrange(1 << 62), rng.choice([0, 0, 1, 65535]), link)

    def _frame(self, link: int) -> bytes:
        kind, payload = self._network()
        if link == 1:
            macs = self.rng.choice(MACS) + self.rng.choice(MACS)
            kind, payload = self._tags(kind, payload)
            return macs + kind.to_bytes(2, "big") + payload
        return self._other_link(link, kind, payload)

    def _other_link(self, link: int, kind: int, payload: bytes) -> bytes:
        if link == 113:
            return bytes(14) + kind.to_bytes(2, "big") + payload
        if link == 276:
            return kind.to_bytes(2, "big") + bytes(18) + payload
        family = {0x0800: 2, 0x86DD: self.rng.choice([10, 24, 28, 30])}.get(kind, 7)
        if link == 0:
            return family.to_bytes(4, self.rng.choice(["big", "little"])) + payload
        if link == 108:
            return family.to_bytes(4, "big") + payload
        if link == 9:
            protocol = {0x0800: 0x21, 0x86DD: 0x57}.get(kind, 0x0281)
            number = protocol.to_bytes(2, "big")
            return self.rng.choice([b"\xff\x03", b""]) + self.rng.choice([number, number[1:]]) + payload
        return payload

    def _tags(self, kind: int, payload: bytes) -> tuple[int, bytes]:
        rng = self.rng
        choice = rng.random()
        if choice < 0.65:
            return kind, payload
        if choice < 0.85:
            for _ in range(rng.choice([1, 1, 2, 4, 5])):
                payload = rng.randbytes(2) + kind.to_bytes(2, "big") + payload
                kind = rng.choice([0x8100, 0x88A8, 0x9100])
            return kind, payload
        if choice < 0.93:
            labels = rng.choice([1, 2, 8, 9])
            stack = b"".join(
                rng.randbytes(2) + bytes([rng.randrange(128) * 2 + (n == labels - 1), 64])
                for n in range(labels)
            )
            return rng.choice([0x8847, 0x8848]), stack + payload
        protocol = {0x0800: 0x21, 0x86DD: 0x57}.get(kind, 0xC021)
        header = b"\x11" + bytes([0, 0, 1]) + (len(payload) + 2).to_bytes(2, "big")
        return rng.choice([0x8864, 0x8864, 0x8863]), header + protocol.to_bytes(2, "big") + payload

    def _network(self) -> tuple[int, bytes]:
        choice = self.rng.random()
        if choice < 0.6:
            return 0x0800, self._ipv4()
        if choice < 0.88:
            return 0x86DD, self._ipv6()
        if choice < 0.95:
            return 0x0806, self._arp()
        return self.rng.choice([0x88CC, 38, 0x0600, 0]), self.rng.randbytes(40)

    def _arp(self) -> bytes:
        lengths = self.rng.choice([b"\x06\x04"] * 3 + [b"\x08\x04"])
        return b"\x00\x01\x08\x00" + lengths + b"\x00\x01" + self.rng.randbytes(20)

    def _ipv4(self) -> bytes:
        rng = self.rng
        proto, payload = self._transport(v6=False)
        options = rng.choice([b"", b"", b"", b"\x01" * 4, b"\x94\x04\x00\x00" * 3])
        ihl = 5 + len(options) // 4
        total = ihl * 4 + len(payload) + rng.choice([0, 0, 0, 0, -3, 5])
        fragment = rng.choice([0, 0, 0, 0, 0x4000, 0x2000, 0x2001, 0x0010])
        head = bytes([0x40 | ihl, rng.randrange(256)]) + (total & 0xFFFF).to_bytes(2, "big")
        head += rng.randbytes(2) + fragment.to_bytes(2, "big") + bytes([rng.randrange(256), proto])
        head += rng.randbytes(2) + rng.choice(V4) + rng.choice(V4)
        return head + options + payload

    def _ipv6(self) -> bytes:
        rng = self.rng
        proto, payload = self._transport(v6=True)
        for _ in range(rng.choice([0, 0, 0, 1, 2, 8, 9])):
            kind = rng.choice([0, 43, 44, 51, 60, 135])
            if kind == 44:
                offset = rng.choice([0, 0, 1, 8])
                payload = bytes([proto, 0]) + offset.to_bytes(2, "big") + rng.randbytes(4) + payload
            elif kind == 51:
                payload = bytes([proto, 1]) + rng.randbytes(10) + payload
            else:
                size = rng.choice([0, 0, 1])
                payload = bytes([proto, size]) + rng.randbytes(6 + 8 * size) + payload
            proto = kind
        size = max(0, len(payload) + rng.choice([0, 0, 0, -2, 6]))
        first = (0x60000000 | rng.getrandbits(28)).to_bytes(4, "big")
        head = first + size.to_bytes(2, "big") + bytes([proto, rng.randrange(256)])
        return head + rng.choice(V6) + rng.choice(V6) + payload

    def _transport(self, v6: bool) -> tuple[int, bytes]:
        rng = self.rng
        payload = rng.choice([b"", b"GET / HTTP/1.0\r\n", rng.randbytes(rng.randrange(60))])
        ports = rng.choice(PORTS).to_bytes(2, "big") + rng.choice(PORTS).to_bytes(2, "big")
        kind = rng.randrange(9)
        if kind <= 2:
            offset = rng.choice([5, 5, 5, 8, 4, 15])
            flags = rng.randbytes(2)
            tcp = ports + rng.randbytes(8) + bytes([offset * 16 | flags[0] & 15, flags[1]])
            return 6, tcp + rng.randbytes(6) + bytes(max(0, offset * 4 - 20)) + payload
        if kind <= 5:
            size = 8 + len(payload) + rng.choice([0, 0, 0, -9, 20])
            checksum = rng.choice([b"\x00\x00", rng.randbytes(2)])
            return 17, ports + (size & 0xFFFF).to_bytes(2, "big") + checksum + payload
        if kind == 6:
            icmp = rng.choice([0, 3, 8, 11, 13, 128, 129, 135])
            return (58 if v6 else 1), bytes([icmp, 0]) + rng.randbytes(rng.choice([2, 6, 20]))
        if kind == 7:
            return 132, ports + rng.randbytes(8) + payload
        proto = rng.choice([2, 47, 47, 50, 51, 59, 89])
        return proto, rng.choice([0x20, 0xA0, 0]).to_bytes(1, "big") + rng.randbytes(19)
