"""Captures made by hand, byte for byte: every form that the readers know."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from ffpf.captures import CapturedPacket, CaptureError, open_capture

MICRO, NANO, PATCHED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
Record = tuple[int, int, bytes, int]  # seconds, fraction, data, length on the wire

RECORDS: list[Record] = [
    (1_700_000_000, 1, b"\x11" * 14, 14),
    (1_700_000_001, 999_999, b"", 0),
    (1_700_000_001, 5, bytes(range(61)), 1500),
    (0xFFFFFFFF, 123_456, b"\xee" * 3, 2),
]


def pcap(
    records: Sequence[Record] = RECORDS, order: str = "<", magic: int = MICRO, link: int = 1,
    snaplen: int = 65535, version: tuple[int, int] = (2, 4), exchanged: bool = False,
) -> bytes:  # fmt: skip
    """A pcap file; `exchanged` puts the length on the wire first."""
    parts = [struct.pack(order + "IHHIIII", magic, *version, 0, 0, snaplen, link)]
    for seconds, fraction, data, length in records:
        lengths = (length, len(data)) if exchanged else (len(data), length)
        parts.append(struct.pack(order + "IIII", seconds, fraction, *lengths))
        parts.append((b"\x07" * 8 if magic == PATCHED else b"") + data)
    return b"".join(parts)


def block(kind: int, body: bytes, order: str = "<", total: int | None = None) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12 if total is None else total)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str = "<", version: tuple[int, int] = (1, 0), options: bytes = b"") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, *version, -1) + options, order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def interface(link: int = 1, snaplen: int = 0, options: bytes = b"", order: str = "<") -> bytes:
    return block(1, struct.pack(order + "HHI", link, 0, snaplen) + options, order)


def resolution(value: int, order: str = "<") -> bytes:
    return option(9, bytes([value]), order)


def enhanced(
    data: bytes, ticks: int = 0, number: int = 0, length: int | None = None, order: str = "<",
    captured: int | None = None, options: bytes = b"",
) -> bytes:  # fmt: skip
    captured = len(data) if captured is None else captured
    length = len(data) if length is None else length
    fields = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, captured, length)
    return block(6, fields + data + bytes(-len(data) % 4) + options, order)


def old_packet(data: bytes, ticks: int = 0, number: int = 0, order: str = "<") -> bytes:
    fields = (number, 9, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(2, struct.pack(order + "HHIIII", *fields) + data, order)


def simple(data: bytes, length: int | None = None, order: str = "<") -> bytes:
    return block(3, struct.pack(order + "I", len(data) if length is None else length) + data, order)


def rich_pcapng(order: str = "<") -> bytes:
    """Two sections, four interfaces of three link types, all packet blocks, blocks to be skipped."""
    other = "<" if order == ">" else ">"
    comment = option(1, b"a comment", order) + option(0, b"", order)
    named = option(2, b"eth0", order) + resolution(9, order) + option(0, b"", order)
    offset = resolution(3, order) + option(14, struct.pack(order + "q", -7200), order)
    return b"".join(
        [
            section(order, options=comment),
            block(0x0BAD, b"custom", order),
            interface(1, 262144, named, order),
            interface(101, 0, resolution(0x8A, order), order),
            enhanced(b"\x45" * 21, 1_700_000_000_000_000_001, 0, 60, order, options=comment),
            enhanced(b"\x46" * 20, (1_700_000_000 << 10) + 513, 1, order=order),
            simple(b"\x47" * 33, order=order),
            block(5, b"\0" * 12, order),
            old_packet(b"\x48" * 7, 1_700_000_000_500_000_000, 0, order=order),
            interface(113, 100, offset, order),
            enhanced(b"\x49" * 100, 1_700_000_000_123, 2, 1000, order),
            section(other, (1, 2)),
            interface(1, 64, resolution(6, other), other),
            enhanced(b"\x4a" * 64, 1_700_000_000_000_001, 0, 65, other),
            simple(b"\x4b" * 64, 1514, other),
        ]
    )


def crafted() -> dict[str, bytes]:
    """Sound captures of every form, by name."""
    files = {}
    for order, name in (("<", "little"), (">", "big")):
        for magic, unit in ((MICRO, "micro"), (NANO, "nano"), (PATCHED, "patched")):
            files[f"{name}-{unit}"] = pcap(order=order, magic=magic)
        files[f"{name}-2.2"] = pcap(order=order, version=(2, 2), exchanged=True)
        files[f"{name}-2.3"] = pcap(RECORDS[:3], order, version=(2, 3))
        files[f"{name}-2.3-exchanged"] = pcap(RECORDS[:3], order, version=(2, 3), exchanged=True)
        files[f"{name}-dgux"] = pcap(order=order, version=(543, 0), exchanged=True)
        files[f"{name}-snaplen"] = pcap(order=order, snaplen=10)
        files[f"{name}-snaplen-0"] = pcap(order=order, snaplen=0)
        files[f"{name}-fcs"] = pcap(order=order, link=0x14000001)
        files[f"{name}-empty"] = pcap([], order=order)
        files[f"{name}-pcapng"] = rich_pcapng(order)
        for value in (0, 3, 6, 9, 12, 19, 0x80, 0x8A, 0x94, 0xBF):
            files[f"{name}-resolution-{value}"] = _resolution(value, order)
    files["jumbo-usb"] = pcap([(1, 2, b"u" * 1_000_000, 1_000_000)] * 3, link=249, snaplen=1 << 20)
    files["longest"] = pcap([(1, 2, b"x" * 262144, 262144), *RECORDS], snaplen=262144)
    return files


def _resolution(value: int, order: str) -> bytes:
    packets = b"".join(
        enhanced(b"r" * 20, ticks, order=order) for ticks in (0, 1, 12345678901234567, (1 << 64) - 1)
    )
    return section(order) + interface(1, 0, resolution(value, order), order) + packets


def damaged() -> dict[str, tuple[bytes, int, str]]:
    """Damaged captures by name, with the number of the packet that cannot be read and the message."""
    start = section() + interface(snaplen=100)
    good = enhanced(b"g" * 20)
    many = option(9, b"\x06") * 2
    return {
        "nothing": (b"", 1, "the file is empty; a pcap or pcapng capture is expected"),
        "magic": (b"\xd4\xc3", 1, "the file ends inside a magic number: 2 of 4 bytes are there"),
        "text": (b"hello world", 1, "this is no pcap or pcapng capture: it begins with 68 65 6c 6c"),
        "header": (pcap()[:20], 1, "the file ends inside a pcap file header: 20 of 24 bytes are there"),
        "version": (pcap(version=(2, 5)), 1, "pcap version 2.5 is not supported; 2.0 to 2.4 are"),
        "archaic": (pcap(version=(1, 9)), 1, "pcap version 1.9 is not supported; 2.0 to 2.4 are"),
        "record header": (
            pcap() + b"\0" * 7, 5, "the file ends inside a record header: 7 of 16 bytes are there",
        ),
        "record": (pcap()[:-1], 4, "the file ends inside a record: 18 of 19 bytes are there"),
        "sanity": (
            pcap() + b"\xff" * 16, 5,
            "captured length 4294967295 is more than the maximum of 262144 for link type EN10MB (1)",
        ),
        "section length": (
            section()[:4] + struct.pack("<I", 27) + section()[8:], 1,
            "the section header has a length of 27; 28 to 1048576 are expected",
        ),
        "section mark": (
            section()[:8] + b"abcd" + section()[12:], 1,
            "the section header's byte-order mark is 61 62 63 64; 1a 2b 3c 4d or the reverse is expected",
        ),
        "section cut": (
            section()[:11], 1, "the file ends inside a section header: 11 of 12 bytes are there",
        ),
        "pcapng version": (section(version=(2, 0)), 1, "pcapng version 2.0 is not supported; 1.0 is"),
        "minor version": (section(version=(1, 1)), 1, "pcapng version 1.1 is not supported; 1.0 is"),
        "no interface": (section(), 1, "the file has no interface description"),
        "packet first": (section() + good, 1, "a packet comes before any interface description"),
        "late section": (
            start + good + section(version=(3, 1)), 2, "pcapng version 3.1 is not supported; 1.0 is",
        ),
        "section without": (
            start + good + section() + good, 2,
            "the packet's interface 0 is not described: the section has 0",
        ),
        "interface": (
            start + enhanced(b"g", number=7), 1,
            "the packet's interface 7 is not described: the section has 1",
        ),
        "snapshot": (
            start + good + enhanced(b"g" * 101), 2,
            "captured length 101 is more than the interface's snapshot length of 100",
        ),
        "lying length": (
            start + enhanced(b"g" * 8, captured=9), 1,
            "captured length 9 is more than the 8 bytes that the block has",
        ),
        "block length": (
            start + block(6, b"", total=8), 1, "a block has a length of 8; at least 12 is expected",
        ),
        "block multiple": (
            start + block(6, b"", total=13), 1, "a block has a length of 13, which is no multiple of 4",
        ),
        "block maximum": (
            start + block(6, b"", total=0x7FFFFFF0), 1,
            "a block has a length of 2147483632, more than the maximum of 16777216",
        ),
        "block trailer": (
            start + good + good[:-4] + b"\x10\0\0\0", 2,
            "a block's length is 52 before it and 16 behind it",
        ),
        "block short": (start + block(6, b"1234"), 1, "a block of type 6 is too short: 16 bytes"),
        "simple short": (start + block(3, b""), 1, "a block of type 3 is too short: 12 bytes"),
        "block cut": (start + good[:30], 1, "the file ends inside a block: 30 of 52 bytes are there"),
        "block header cut": (
            start + good + good[:5], 2, "the file ends inside a block header: 5 of 8 bytes are there",
        ),
        "interface short": (section() + block(1, b"1234"), 1, "a block of type 1 is too short: 16 bytes"),
        "option cut": (
            section() + interface(options=b"\x09\0\x20\0"), 1,
            "an option of an interface description is cut short",
        ),
        "option end": (
            section() + interface(options=b"\0\0\x04\0abcd"), 1,
            "an end-of-options mark has a length of 4; 0 is expected",
        ),
        "two resolutions": (
            section() + interface(options=many), 1,
            "an interface description has more than one if_tsresol option",
        ),
        "two offsets": (
            section() + interface(options=option(14, b"12345678") * 2), 1,
            "an interface description has more than one if_tsoffset option",
        ),
        "resolution length": (
            section() + interface(options=option(9, b"\x06\0")), 1,
            "an if_tsresol option has 2 bytes; 1 is expected",
        ),
        "offset length": (
            section() + interface(options=option(14, b"\0" * 4)), 1,
            "an if_tsoffset option has 4 bytes; 8 are expected",
        ),
        "fine resolution": (
            section() + interface(options=resolution(20)), 1,
            "a timestamp resolution of 10^-20 is too fine",
        ),
        "fine binary": (
            section() + interface(options=resolution(0xC0)), 1,
            "a timestamp resolution of 2^-64 is too fine",
        ),
    }  # fmt: skip


def read_all(path: Path) -> tuple[list[CapturedPacket], str | None]:
    """The packets of a file before its end or damage, and the damage."""
    packets: list[CapturedPacket] = []
    try:
        with open_capture(path) as reader:
            packets.extend(reader)
    except CaptureError as error:
        return packets, str(error)
    return packets, None
