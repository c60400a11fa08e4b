"""The hash functions of the language in plain Python; every target gives the same values."""

from __future__ import annotations

from fpl3.headers import Headers

_MASK48 = (1 << 48) - 1
_G48_LOW = 1 << 36 | 1 << 25 | 1 << 10 | 1
_IXP_MULTIPLIER = 0xFFFFFFFFFFC5


def _crc32c_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return tuple(table)


_CRC32C = _crc32c_table()


def crc32c(data: bytes) -> int:
    """CRC-32C (RFC 3720); 0 for no bytes."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC32C[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def ixp48(data: bytes) -> int:
    """The IXP1200 hash unit: h = ((h ^ block) * M) mod G48 over GF(2) for every 6 bytes, folded."""
    h = 0
    for at in range(0, len(data), 6):
        block = int.from_bytes(data[at : at + 6].ljust(6, b"\0"), "big")
        h = _times_multiplier(h ^ block)
    return (h ^ h >> 16 ^ h >> 32) & 0xFFFFFFFF


def _times_multiplier(value: int) -> int:
    product = 0
    for bit in range(48):
        if _IXP_MULTIPLIER >> bit & 1:
            product ^= value << bit
    for bit in range(95, 47, -1):
        if product >> bit & 1:
            product ^= (1 << 48 | _G48_LOW) << (bit - 48)
    return product & _MASK48


def jump_hash(key: int, buckets: int) -> int:
    """Lamping and Veach's jump consistent hash; -1 as UINT32 for no buckets."""
    b, j = -1, 0
    while j < buckets:
        b = j
        key = (key * 2862933555777941757 + 1) & (1 << 64) - 1
        j = ((b + 1) << 31) // ((key >> 33) + 1)
    return b & 0xFFFFFFFF


def flow_key(data: bytes, found: Headers, which: str) -> bytes:
    """The bytes that HASH(flowFields) and kin hash, in wire form (docs/headers.md, "Flow fields")."""
    both_ways = which.startswith("bi")
    hosts = which.endswith("hostFields")
    if "IP" in found.offsets or "IP6" in found.offsets:
        start, width = (12, 4) if "IP" in found.offsets else (8, 16)
        at = found.net + start
        source, destination = data[at : at + width], data[at + width : at + 2 * width]
        ports = (b"\0\0", b"\0\0")
        if "PORTS" in found.offsets and not found.fragment and not hosts:
            p = found.offsets["PORTS"]
            ports = (data[p : p + 2], data[p + 2 : p + 4])
        tail = b"" if hosts else bytes([found.proto])
    elif "ETH" in found.offsets:
        source, destination, ports = data[6:12], data[0:6], (b"", b"")
        tail = data[12:14]
    else:
        return b""
    ends = [(source, ports[0]), (destination, ports[1])]
    if both_ways:
        ends.sort()
    key = ends[0][0] + ends[1][0] + tail
    return key if hosts else key + ends[0][1] + ends[1][1]
