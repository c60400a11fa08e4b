"""The plain Python twin of l4_checksum.c."""

from __future__ import annotations

from fpl3.hashes import crc32c
from fpl3.headers import Headers, walk

_FIELDS = {"TCP": 16, "UDP": 6, "ICMP": 2, "ICMP6": 2, "IGMP": 2}
_WITH_ADDRESSES = ("TCP", "UDP", "ICMP6")


def reference(frame: bytearray, link: int, length: int) -> int:
    """Repairs the transport checksum of a whole, unfragmented packet; 1 if it did."""
    found = walk(bytes(frame), link)
    if found.l4 is None or found.fragment or found.end > len(frame):
        return 0
    if "SCTP" in found.offsets:
        return _sctp(frame, found.l4, found.end)
    name = next((n for n in _FIELDS if n in found.offsets), None)
    return 0 if name is None else _internet(frame, found, name)


def _sctp(frame: bytearray, start: int, end: int) -> int:
    """RFC 9260: CRC-32C with a zero checksum field, least significant byte first."""
    frame[start + 8 : start + 12] = bytes(4)
    frame[start + 8 : start + 12] = crc32c(bytes(frame[start:end])).to_bytes(4, "little")
    return 1


def _internet(frame: bytearray, found: Headers, name: str) -> int:
    start = found.offsets[name]
    end, at = found.end, start + _FIELDS[name]
    if name == "UDP":
        end = start + int.from_bytes(frame[start + 4 : start + 6], "big")
        if "IP" in found.offsets and frame[at : at + 2] == b"\0\0":
            return 0
    if end > found.end:
        return 0
    frame[at : at + 2] = b"\0\0"
    segment = bytes(frame[start:end])
    pseudo = b""
    if name in _WITH_ADDRESSES:
        first, size = (12, 8) if "IP" in found.offsets else (8, 32)
        addresses = bytes(frame[found.net + first : found.net + first + size])
        pseudo = addresses + len(segment).to_bytes(4, "big") + found.proto.to_bytes(4, "big")
    checksum = 0xFFFF - _folded(pseudo + segment)
    if name == "UDP" and checksum == 0:
        checksum = 0xFFFF
    frame[at : at + 2] = checksum.to_bytes(2, "big")
    return 1


def _folded(data: bytes) -> int:
    """RFC 1071: the ones' complement sum of 16-bit words, an odd byte padded with zero."""
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[n : n + 2], "big") for n in range(0, len(data), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total
