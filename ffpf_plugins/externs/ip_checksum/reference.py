"""The plain Python twin of ip_checksum.c."""

from __future__ import annotations

from fpl3.headers import walk


def reference(frame: bytearray, link: int, length: int) -> int:
    """RFC 791: the ones' complement of the ones' complement sum of the header's words."""
    found = walk(bytes(frame), link)
    start = found.offsets.get("IP")
    if start is None:
        return 0
    end = start + (frame[start] & 15) * 4
    if end > len(frame):
        return 0
    frame[start + 10 : start + 12] = b"\0\0"
    words = [int.from_bytes(frame[at : at + 2], "big") for at in range(start, end, 2)]
    frame[start + 10 : start + 12] = (0xFFFF - folded(sum(words))).to_bytes(2, "big")
    return 1


def folded(total: int) -> int:
    """A sum of words as a 16-bit ones' complement number."""
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total
