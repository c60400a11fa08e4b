"""Running a text in a test: packets made by hand, and what came of them."""

from __future__ import annotations

from collections.abc import Callable

from fpl3.interpreter import Interpreter, Outcome, Packet
from tests.unit.checked_text import accepted

MACS = bytes.fromhex("0200000000b10200000000a1")


def packet(data: bytes = bytes(range(64)), link: int = 1) -> Packet:
    return Packet(data, len(data) + 1000, 1_700_000_000_000_000_001, 7, link)


def machine(text: str, **externs: Callable[..., int]) -> Interpreter:
    return Interpreter(accepted(text), externs, check_ranges=True)


def run(text: str, data: bytes = bytes(range(64)), link: int = 1) -> Outcome:
    return machine(text).run(packet(data, link))


def verdict(text: str, data: bytes = bytes(range(64)), link: int = 1) -> int:
    """The verdict of a program without SPLIT whose run does not abort."""
    (ended,) = run(text, data, link).runs
    assert ended.ending in ("delivered", "dropped"), ended.ending
    return ended.verdict


def ending(text: str, data: bytes = bytes(range(64)), link: int = 1) -> str:
    (ended,) = run(text, data, link).runs
    return ended.ending


def left(text: str, data: bytes = bytes(range(64)), link: int = 1) -> bytes:
    """The packet as the last run left it."""
    return run(text, data, link).runs[-1].data


def tcp4(flags: int = 2, source: str = "0a000001") -> bytes:
    """An Ethernet frame with IPv4 and TCP, ports 1000 to 80, without options; checksums are right."""
    ip = bytes.fromhex(f"4500002800010000400666cd{source}0a000002")
    tcp = bytes.fromhex("03e80050000000010000000250") + bytes([flags]) + bytes.fromhex("200000000000")
    return MACS + b"\x08\0" + ip + tcp


def udp4(checksum: int = 0) -> bytes:
    """An Ethernet frame with IPv4 and UDP, ports 1000 to 53, no payload."""
    ip = bytes.fromhex("4500001c00010000401166ce0a0000010a000002")
    return MACS + b"\x08\0" + ip + bytes.fromhex("03e800350008") + checksum.to_bytes(2, "big")


def udp6(checksum: int) -> bytes:
    """An Ethernet frame with IPv6 and UDP, from ::1 to ::2."""
    ip = bytes.fromhex("6000000000081140") + bytes(15) + b"\1" + bytes(15) + b"\2"
    return MACS + b"\x86\xdd" + ip + bytes.fromhex("03e800350008") + checksum.to_bytes(2, "big")


def checksum(data: bytes) -> int:
    """RFC 1071 over whole 16-bit words; 0 where the checksum inside is right."""
    total = sum(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total
