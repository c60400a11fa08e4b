"""Writes captures that keep what their input said: byte order, magic number, resolution, interfaces."""

from __future__ import annotations

import struct
from types import TracebackType
from typing import BinaryIO

from ffpf.captures.link_types import link_name
from ffpf.captures.packets import MICRO, SECOND, CapturedPacket, CaptureError, CaptureFormat, Interface

MICRO_MAGIC, NANO_MAGIC = 0xA1B2C3D4, 0xA1B23C4D
SECTION, INTERFACE, ENHANCED = 0x0A0D0D0A, 1, 6


class CaptureWriter:
    """Writes packets of a capture to a binary stream, as pcapng or pcap.

    `source` is the format of the reader that the packets come from. Packets may differ from those read
    in their data only. Raises CaptureError with the packet's number where a pcap file cannot hold a
    packet; OSError from the stream.
    """

    def __init__(self, stream: BinaryIO, source: CaptureFormat, pcapng: bool) -> None:
        self._stream, self._source, self._pcapng = stream, source, pcapng
        self._begun = False
        self._interfaces = 0
        self._link = 0
        self._nano = any(_finer_than_micro(i) for i in source.interfaces[: source.known_before])
        link = source.interfaces[0].link
        if pcapng and link > 0xFFFF:
            raise CaptureError(
                1,
                f"its link type {link} does not fit into a pcapng file;"
                " write to a file whose name ends in .pcap",
            )

    def write(self, packet: CapturedPacket, number: int) -> None:
        """Appends a packet; `number` is its place in the input, for messages."""
        self._begin(packet.interface)
        if self._pcapng:
            self._write_block(packet)
        else:
            self._write_record(packet, number)

    def close(self) -> None:
        """Completes the file (also one without packets) and flushes; the stream stays open."""
        self._begin(0)
        if self._pcapng:
            self._write_interfaces(len(self._source.interfaces))
        self._stream.flush()

    def __enter__(self) -> CaptureWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, OSError):
            self.close()

    def _pack(self, layout: str, *values: int) -> bytes:
        return struct.pack(self._source.order + layout, *values)

    def _begin(self, interface: int) -> None:
        if self._begun:
            return
        self._begun = True
        if self._pcapng:
            self._block(SECTION, self._pack("IHHq", 0x1A2B3C4D, 1, 0, -1))
            return
        self._link = self._source.interfaces[interface].link
        longest = max(i.longest for i in self._source.interfaces if i.link == self._link)
        link_field = self._link if self._source.pcapng else self._source.link_field
        magic = NANO_MAGIC if self._nano else MICRO_MAGIC
        self._stream.write(self._pack("IHHIIII", magic, 2, 4, 0, 0, longest, link_field))

    def _write_record(self, packet: CapturedPacket, number: int) -> None:
        interface = self._source.interfaces[packet.interface]
        if interface.link != self._link:
            raise CaptureError(
                number,
                f"its link type is {link_name(interface.link)}, and a pcap file holds one, here"
                f" {link_name(self._link)}; write to a file whose name ends in .pcapng",
            )
        if not self._nano and _finer_than_micro(interface):
            raise CaptureError(
                number,
                "its timestamp is finer than the microseconds that the pcap file began with;"
                " write to a file whose name ends in .pcapng",
            )
        seconds, fraction = self._times(packet, interface)
        if seconds > 0xFFFFFFFF:
            raise CaptureError(
                number,
                "its time is not between 1970 and 2106, which is what a pcap file holds;"
                " write to a file whose name ends in .pcapng",
            )
        record = self._pack("IIII", seconds, fraction, len(packet.data), packet.length)
        self._stream.write(record + packet.data)

    def _times(self, packet: CapturedPacket, interface: Interface) -> tuple[int, int]:
        if not self._source.pcapng:
            return packet.stamp >> 32, packet.stamp & 0xFFFFFFFF
        seconds, nanoseconds = interface.split(packet.stamp)
        return seconds, nanoseconds if self._nano else nanoseconds // 1000

    def _write_block(self, packet: CapturedPacket) -> None:
        self._write_interfaces(packet.interface + 1)
        ticks = packet.stamp
        if not self._source.pcapng:
            unit = SECOND if self._source.nano else SECOND // 1000
            ticks = (packet.stamp >> 32) * unit + (packet.stamp & 0xFFFFFFFF)
        fields = (packet.interface, ticks >> 32, ticks & 0xFFFFFFFF, len(packet.data), packet.length)
        self._block(ENHANCED, self._pack("IIIII", *fields) + packet.data)

    def _write_interfaces(self, count: int) -> None:
        for interface in self._source.interfaces[self._interfaces : count]:
            options = self._pack("HHB3x", 9, 1, interface.resolution)
            if interface.offset is not None:
                options += self._pack("HHq", 14, 8, interface.offset)
            self._block(
                INTERFACE, self._pack("HHI", interface.link, 0, interface.snaplen) + options + bytes(4)
            )
            self._interfaces += 1

    def _block(self, kind: int, body: bytes) -> None:
        padding = bytes(-len(body) % 4)
        total = len(body) + len(padding) + 12
        self._stream.write(self._pack("II", kind, total) + body + padding + self._pack("I", total))


def _finer_than_micro(interface: Interface) -> bool:
    power = interface.resolution & 0x7F
    return power >= 20 if interface.resolution & 0x80 else power > MICRO
