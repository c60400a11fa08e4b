"""Reads pcap files: what libpcap 1.10 accepts, and as it does."""

from __future__ import annotations

import struct

from ffpf.captures.link_types import link_name, longest_packet, snapshot_length
from ffpf.captures.packets import MICRO, NANO, SECOND, CapturedPacket, CaptureFormat, Interface
from ffpf.captures.reading import Bytes, Damaged, Ended

MICRO_MAGIC, NANO_MAGIC, PATCHED_MAGIC = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
FILE_HEADER, RECORD_HEADER, PATCHED_HEADER = 24, 16, 24
DGUX = (543, 0)


COMPRESSED = {b"\x1f\x8b": "gunzip", b"\x28\xb5": "unzstd", b"\xfd\x37": "unxz"}


class PcapRecords:
    """The records of a pcap file behind its header."""

    def __init__(self, source: Bytes) -> None:
        self._source = source
        order, magic = _magic(source.peek(4))
        header = source.take(FILE_HEADER, "pcap file header")
        self._version, self._patched = _version(header, order), magic == PATCHED_MAGIC
        said, link_field = struct.unpack(order + "II", header[16:24])
        link = link_field & 0x3FFFFFF
        longest = snapshot_length(link, said)
        if self._patched and link == 1:  # cooked sockets of that patch: 14 bytes more than was counted
            longest = min(longest + 14, (1 << 31) - 1)
        resolution = NANO if magic == NANO_MAGIC else MICRO
        self._interface = Interface(link, longest, longest, resolution)
        self.format = CaptureFormat(
            False, order, magic == NANO_MAGIC, link_field, interfaces=[self._interface]
        )

    def next_packet(self) -> CapturedPacket:
        source = self._source
        if source.at_end():
            raise Ended
        size = PATCHED_HEADER if self._patched else RECORD_HEADER
        header = source.take(size, "record header")
        seconds, fraction, captured, length = struct.unpack(self.format.order + "4I", header[:16])
        if self._exchanged(captured, length):
            captured, length = length, captured
        link = self._interface.link
        if captured > longest_packet(link):
            raise Damaged(
                f"captured length {captured} is more than the maximum of {longest_packet(link)}"
                f" for link type {link_name(link)}"
            )
        data = source.take(captured, "record", needed=size + captured)[: self._interface.longest]
        nanoseconds = fraction if self.format.nano else fraction * 1000
        return CapturedPacket(
            data, length, seconds * SECOND + nanoseconds, link, stamp=seconds << 32 | fraction
        )

    def _exchanged(self, captured: int, length: int) -> bool:
        """Version 2.3 exchanged the two lengths in the record, but some of its writers did not."""
        before = self._version == DGUX or self._version < (2, 3)
        return before or (self._version == (2, 3) and captured > length)


def _magic(first: bytes) -> tuple[str, int]:
    for order in "<>":
        (magic,) = struct.unpack(order + "I", first)
        if magic in (MICRO_MAGIC, NANO_MAGIC, PATCHED_MAGIC):
            return order, magic
    for begins, program in COMPRESSED.items():
        if first.startswith(begins):
            raise Damaged(f"this capture is compressed; `{program} -c FILE | ffpf run ... -r -` reads it")
    raise Damaged(f"this is no pcap or pcapng capture: it begins with {first.hex(' ')}")


def _version(header: bytes, order: str) -> tuple[int, int]:
    major, minor = struct.unpack(order + "HH", header[4:8])
    if (major, minor) != DGUX and (major != 2 or minor > 4):
        raise Damaged(f"pcap version {major}.{minor} is not supported; 2.0 to 2.4 are")
    return major, minor
