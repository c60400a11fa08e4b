"""The hash functions: published vectors, values computed by hand, and what flow hashes must agree on."""

from __future__ import annotations

import pytest

from fpl3.hashes import crc32c, flow_key, ixp48, jump_hash, mix64
from fpl3.headers import walk

MULTIPLIER = 0xFFFFFFFFFFC5
MACS = bytes.fromhex("0200000000b10200000000a1")
A, B = bytes([10, 0, 0, 9]), bytes([10, 0, 0, 7])


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),  # these three are RFC 3720, B.4
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
    ],
)
def test_crc32c(data: bytes, value: int) -> None:
    assert crc32c(data) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"", 0),
        (bytes(6), 0),
        # 1 * M = ffff ffff ffc5: ffffffc5 ^ ffffffff ^ ffff
        (bytes(5) + b"\1", 0x0000FFC5),
        # x * M overflows once: ffff ffff ff8a ^ 0010 0200 0401 = ffef fdff fb8b
        (bytes(5) + b"\2", 0x0210F99B),
        # the second block turns the state M into 1 before it is multiplied again
        (bytes(5) + b"\1" + (MULTIPLIER ^ 1).to_bytes(6, "big"), 0x0000FFC5),
    ],
)
def test_ixp48_by_hand(data: bytes, value: int) -> None:
    assert ixp48(data) == value


def test_ixp48_pads_the_last_block_at_its_end() -> None:
    assert ixp48(b"\x12\x34") == ixp48(b"\x12\x34\0\0\0\0") != ixp48(b"\0\0\0\0\x12\x34")


@pytest.mark.parametrize(
    ("key", "buckets", "value"),
    [(1, 10, 6), (3, 10, 8), (0xFFFFFFFF, 10, 5), (77, 1, 0), (77, 0, 0xFFFFFFFF)],
)
def test_jump_hash(key: int, buckets: int, value: int) -> None:
    assert jump_hash(key, buckets) == value


def ipv4(
    source: bytes, destination: bytes, ports: tuple[int, int], proto: int = 17, flags: int = 0
) -> bytes:
    """An Ethernet frame with an IPv4 header and 8 bytes behind it that are a UDP header."""
    head = bytes([0x45, 0, 0, 28, 0, 1]) + flags.to_bytes(2, "big") + bytes([64, proto, 0, 0])
    udp = ports[0].to_bytes(2, "big") + ports[1].to_bytes(2, "big") + b"\0\x08\0\0"
    return MACS + b"\x08\0" + head + source + destination + udp


def key(data: bytes, which: str) -> bytes:
    return flow_key(data, walk(data, 1), which)


def test_flow_fields_in_wire_form() -> None:
    packet = ipv4(A, B, (0x1234, 53))
    assert key(packet, "flowFields") == A + B + b"\x11" + b"\x12\x34" + b"\0\x35"
    assert key(packet, "biflowFields") == B + A + b"\x11" + b"\0\x35" + b"\x12\x34"
    assert key(packet, "hostFields") == A + B
    assert key(packet, "bihostFields") == B + A


def test_both_directions_agree_in_the_bi_kinds_only() -> None:
    there, back = ipv4(A, B, (5, 6)), ipv4(B, A, (6, 5))
    for which in ("biflowFields", "bihostFields"):
        assert key(there, which) == key(back, which)
    for which in ("flowFields", "hostFields"):
        assert key(there, which) != key(back, which)


def test_equal_addresses_are_ordered_by_port() -> None:
    assert key(ipv4(A, A, (9, 4)), "biflowFields") == A + A + b"\x11" + b"\0\x04\0\x09"
    assert key(ipv4(A, A, (0x0100, 0xFF)), "biflowFields")[9:] == b"\0\xff\x01\0"


@pytest.mark.parametrize("flags", [0x2000, 0x0001, 0x2010])
def test_no_fragment_has_ports(flags: int) -> None:
    assert key(ipv4(A, B, (5, 6), flags=flags), "flowFields") == A + B + b"\x11" + bytes(4)


def test_no_ports_without_a_transport_header_that_has_them() -> None:
    assert key(ipv4(A, B, (5, 6), proto=50), "flowFields") == A + B + b"\x32" + bytes(4)
    assert key(ipv4(A, B, (5, 6))[:-1], "flowFields") == A + B + b"\x11" + bytes(4)


def test_ipv6_keeps_its_protocol_behind_a_fragment_header() -> None:
    ends = bytes(15) + b"\2" + bytes(15) + b"\1"
    fragment = b"\x11\0\0\0\0\0\0\1" + b"\0\5\0\6\0\x08\0\0"
    packet = MACS + b"\x86\xdd" + b"\x60\0\0\0\0\x10\x2c\x40" + ends + fragment
    assert key(packet, "flowFields") == ends + b"\x11" + bytes(4)
    assert key(packet, "bihostFields") == ends[16:] + ends[:16]


def test_without_ip_the_macs_and_the_type() -> None:
    frame = MACS + b"\x08\x06" + bytes(10)
    swapped = MACS[6:] + MACS[:6] + b"\x08\x06" + bytes(10)
    low, high = MACS[6:], MACS[:6]
    for which in ("flowFields", "hostFields"):
        assert key(frame, which) == low + high + b"\x08\x06"
        assert key(swapped, which) == high + low + b"\x08\x06"
    for which in ("biflowFields", "bihostFields"):
        assert key(frame, which) == key(swapped, which) == low + high + b"\x08\x06"


def test_neither_ip_nor_ethernet_is_nothing() -> None:
    assert key(bytes(13), "flowFields") == b""
    assert flow_key(b"\0" * 30, walk(b"\0" * 30, 101), "biflowFields") == b""


def test_mix64_ends_splitmix64() -> None:
    """The published first numbers of splitmix64 from the seed 1234567."""
    step, mask = 0x9E3779B97F4A7C15, (1 << 64) - 1
    states = [(1234567 + n * step) & mask for n in (1, 2, 3)]
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [mix64(state) for state in states] == published
