"""The hash functions of the language in plain Python; every target gives the same values."""

from __future__ import annotations

from fpl3.headers import Headers

_MASK48 = (1 << 48) - 1
_MASK64 = (1 << 64) - 1
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
    """The IXP1200 hash unit's function; 0 for no bytes.

    From h = 0, for every 6 bytes as a big-endian block, the last padded with zeros at its end:
    h = ((h ^ block) * M) mod G over GF(2), M = 0xffffffffffc5, G = x^48 + x^36 + x^25 + x^10 + 1.
    The 48 bits are folded into 32: h ^ h >> 16 ^ h >> 32.
    """
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


def mix64(z: int) -> int:
    """Mixes 64 bits well (the end of splitmix64); in C it is ffpf_mix64."""
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & _MASK64
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & _MASK64
    return z ^ z >> 31


def flow_key(data: bytes, headers: Headers, which: str) -> bytes:
    """The bytes that HASH(flowFields) and kin hash, in wire form (docs/headers.md, "Flow fields").

    `which` is flowFields, biflowFields, hostFields or bihostFields. Empty without IP and Ethernet.
    """
    ends, middle = _ends(data, headers)
    if which.startswith("bi"):
        ends.sort()
    addresses = b"".join(address for address, _ in ends)
    if which.endswith("hostFields") and _has_ip(headers):
        return addresses
    return addresses + middle + b"".join(port for _, port in ends)


def _ends(data: bytes, headers: Headers) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """(address, port) of source and destination, and what stands between addresses and ports."""
    if _has_ip(headers):
        header, first, width = ("IP", 12, 4) if "IP" in headers.offsets else ("IP6", 8, 16)
        at = headers.offsets[header] + first
        source, destination = data[at : at + width], data[at + width : at + 2 * width]
        ports = _ports(data, headers)
        return [(source, ports[:2]), (destination, ports[2:])], bytes([headers.proto])
    if "ETH" in headers.offsets:
        return [(data[6:12], b""), (data[:6], b"")], data[12:14]
    return [], b""


def _has_ip(headers: Headers) -> bool:
    return "IP" in headers.offsets or "IP6" in headers.offsets


def _ports(data: bytes, headers: Headers) -> bytes:
    at = headers.offsets.get("PORTS")
    # The first fragment has ports, the others have not: their hashes must agree.
    return bytes(4) if at is None or headers.fragment else data[at : at + 4]
