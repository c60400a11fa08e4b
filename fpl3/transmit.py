"""TX(Ip, i) on bytes: another destination address, and the checksums that cover it (RFC 1624)."""

from __future__ import annotations

from fpl3.headers import Headers, walk


def readdressed(data: bytes, link: int, address: int) -> bytes:
    """A copy of an IPv4 or IPv6 packet with another destination in its outermost header."""
    found = walk(data, link)
    version4 = "IP" in found.offsets
    at, size = (found.net + 16, 4) if version4 else (found.net + 24, 16)
    frame = bytearray(data)
    new = address.to_bytes(size, "big")
    if version4:
        _adjust(frame, found.net + 10, data[at : at + size], new, udp=False)
    covered = _covered_checksum(data, found, version4)
    if covered is not None:
        _adjust(frame, covered, data[at : at + size], new, udp="UDP" in found.offsets)
    frame[at : at + size] = new
    return bytes(frame)


def _covered_checksum(data: bytes, found: Headers, version4: bool) -> int | None:
    """Where a checksum stands that covers the pseudo header, or None."""
    if "TCP" in found.offsets:
        return found.offsets["TCP"] + 16
    if "UDP" in found.offsets:
        at = found.offsets["UDP"] + 6
        return None if version4 and data[at : at + 2] == b"\0\0" else at
    return found.offsets["ICMP6"] + 2 if "ICMP6" in found.offsets else None


def _adjust(frame: bytearray, at: int, old: bytes, new: bytes, *, udp: bool) -> None:
    """HC' = ~(~HC + ~m + m'), word by word; in UDP a computed 0 goes out as all ones (RFC 768)."""
    checksum = int.from_bytes(frame[at : at + 2], "big")
    for word in range(0, len(old), 2):
        was = int.from_bytes(old[word : word + 2], "big")
        now = int.from_bytes(new[word : word + 2], "big")
        total = (~checksum & 0xFFFF) + (~was & 0xFFFF) + now
        total = (total & 0xFFFF) + (total >> 16)
        total = (total & 0xFFFF) + (total >> 16)
        checksum = ~total & 0xFFFF
    if udp and checksum == 0:
        checksum = 0xFFFF
    frame[at : at + 2] = checksum.to_bytes(2, "big")
