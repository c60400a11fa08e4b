"""Reads pcapng files: what libpcap 1.10 accepts, and as it does, but sections may differ in byte order
and interfaces in link type and snapshot length."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ffpf.captures.link_types import DBUS, MAX_CAPLEN, snapshot_length
from ffpf.captures.packets import SECOND, CapturedPacket, CaptureFormat, Interface
from ffpf.captures.reading import Bytes, Damaged, Ended

SECTION, INTERFACE, OLD_PACKET, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
PACKETS = (OLD_PACKET, SIMPLE, ENHANCED)
MARKS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
LONGEST_BLOCK, LONGEST_SECTION = 16 << 20, 1 << 20
END, RESOLUTION, OFFSET = 0, 9, 14


@dataclass(frozen=True, slots=True)
class Block:
    type: int
    body: bytes
    total: int

    def need(self, size: int) -> bytes:
        if len(self.body) < size:
            raise Damaged(f"a block of type {self.type} is too short: {self.total} bytes")
        return self.body


class PcapngRecords:
    """The packets of a pcapng file; everything before the first is read at once."""

    def __init__(self, source: Bytes) -> None:
        self._source = source
        self._order = "<"
        self._longest = LONGEST_BLOCK
        self._section = 0
        self._interfaces: list[Interface] = []
        self._failed: Damaged | Ended | None = None
        self._first: Block | None = None
        self._first_section()
        self.format = CaptureFormat(True, self._order, interfaces=self._interfaces)
        self._before_first_packet()
        self.format.known_before = len(self._interfaces)

    def _first_section(self) -> None:
        """Like libpcap, without a look at the length behind it."""
        self._find_order()
        (total,) = struct.unpack(self._order + "I", self._source.peek(8)[4:])
        if not 28 <= total <= LONGEST_SECTION:
            raise Damaged(
                f"the section header has a length of {total}; 28 to {LONGEST_SECTION} are expected"
            )
        header = self._source.take(total, "section header")
        major, minor = struct.unpack(self._order + "HH", header[12:16])
        if major != 1 or minor not in (0, 2):
            raise Damaged(f"pcapng version {major}.{minor} is not supported; 1.0 is")

    def _find_order(self) -> None:
        start = self._source.peek(12)
        if len(start) < 12:
            self._source.take(12, "section header")
        mark = start[8:]
        if mark not in MARKS:
            raise Damaged(
                f"the section header's byte-order mark is {mark.hex(' ')};"
                " 1a 2b 3c 4d or the reverse is expected"
            )
        self._order = MARKS[mark]

    def _before_first_packet(self) -> None:
        try:
            block = self._next_block()
            while block.type not in PACKETS:
                self._take(block)
                block = self._next_block()
            self._first = block
        except (Damaged, Ended) as failure:
            self._failed = failure
        if self._interfaces:
            return
        if self._first is not None:
            raise Damaged("a packet comes before any interface description")
        if isinstance(self._failed, Damaged):
            raise self._failed
        raise Damaged("the file has no interface description")

    def next_packet(self) -> CapturedPacket:
        if self._failed is not None:
            raise self._failed
        block, self._first = self._first or self._next_block(), None
        while block.type not in PACKETS:
            self._take(block)
            block = self._next_block()
        return self._packet(block)

    def _next_block(self) -> Block:
        source = self._source
        if source.at_end():
            raise Ended
        start = source.peek(8)
        if len(start) < 8:
            source.take(8, "block header")
        if start[:4] == b"\n\r\r\n":
            self._find_order()
        kind, total = struct.unpack(self._order + "II", start)
        self._check_length(total)
        block = source.take(total, "block")
        (behind,) = struct.unpack(self._order + "I", block[-4:])
        if behind != total:
            raise Damaged(f"a block's length is {total} before it and {behind} behind it")
        return Block(kind, block[8:-4], total)

    def _check_length(self, total: int) -> None:
        if total < 12:
            raise Damaged(f"a block has a length of {total}; at least 12 is expected")
        if total % 4:
            raise Damaged(f"a block has a length of {total}, which is no multiple of 4")
        if total > self._longest:
            raise Damaged(f"a block has a length of {total}, more than the maximum of {self._longest}")

    def _take(self, block: Block) -> None:
        """A block that is no packet."""
        if block.type == SECTION:
            major, minor = struct.unpack(self._order + "HH", block.need(16)[4:8])
            if major != 1:
                raise Damaged(f"pcapng version {major}.{minor} is not supported; 1.0 is")
            self._section = len(self._interfaces)
        elif block.type == INTERFACE:
            self._interfaces.append(_interface(block, self._order))
            if self._interfaces[-1].link == DBUS:
                self._longest = MAX_CAPLEN + 32 + 131072

    def _packet(self, block: Block) -> CapturedPacket:
        number, ticks, captured, length = self._fields(block)
        data = block.body[4 if block.type == SIMPLE else 20 :]
        here = len(self._interfaces) - self._section
        if number >= here:
            raise Damaged(f"the packet's interface {number} is not described: the section has {here}")
        index = self._section + number
        interface = self._interfaces[index]
        if block.type == SIMPLE:
            captured = min(captured, interface.longest)
        _check_captured(captured, interface, len(data))
        seconds, nanoseconds = interface.split(ticks)
        timestamp = (seconds * SECOND + nanoseconds) % (1 << 64)
        return CapturedPacket(data[:captured], length, timestamp, interface.link, 0, index, ticks)

    def _fields(self, block: Block) -> tuple[int, int, int, int]:
        """Interface, ticks, captured length, length."""
        if block.type == SIMPLE:
            (length,) = struct.unpack(self._order + "I", block.need(4)[:4])
            return 0, 0, length, length
        layout = "IIIII" if block.type == ENHANCED else "HxxIIII"
        number, high, low, captured, length = struct.unpack(self._order + layout, block.need(20)[:20])
        return number, high << 32 | low, captured, length


def _check_captured(captured: int, interface: Interface, room: int) -> None:
    if captured > interface.longest:
        raise Damaged(
            f"captured length {captured} is more than the interface's snapshot length"
            f" of {interface.longest}"
        )
    if captured > room:
        raise Damaged(f"captured length {captured} is more than the {room} bytes that the block has")
    if captured > MAX_CAPLEN:
        raise Damaged(f"captured length {captured} is more than the maximum of {MAX_CAPLEN}")


def _interface(block: Block, order: str) -> Interface:
    link, snaplen = struct.unpack(order + "HxxI", block.need(8)[:8])
    interface = Interface(link, snaplen, snapshot_length(link, snaplen))
    seen: set[int] = set()
    for code, value in _options(block.body[8:], order):
        if code in (RESOLUTION, OFFSET):
            if code in seen:
                name = "if_tsoffset" if code == OFFSET else "if_tsresol"
                raise Damaged(f"an interface description has more than one {name} option")
            seen.add(code)
            interface = _with_option(interface, code, value, order)
    return interface


def _options(rest: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    while rest:
        code, size = struct.unpack(order + "HH", rest[:4]) if len(rest) >= 4 else (END, 0)
        padded = 4 + (size + 3) // 4 * 4
        if len(rest) < padded:
            raise Damaged("an option of an interface description is cut short")
        if code == END and size:
            raise Damaged(f"an end-of-options mark has a length of {size}; 0 is expected")
        if code == END:
            return
        yield code, rest[4 : 4 + size]
        rest = rest[padded:]


def _with_option(interface: Interface, code: int, value: bytes, order: str) -> Interface:
    if code == OFFSET:
        if len(value) != 8:
            raise Damaged(f"an if_tsoffset option has {len(value)} bytes; 8 are expected")
        return replace(interface, offset=struct.unpack(order + "q", value)[0])
    if len(value) != 1:
        raise Damaged(f"an if_tsresol option has {len(value)} bytes; 1 is expected")
    base, power = 2 if value[0] & 0x80 else 10, value[0] & 0x7F
    if power > (63 if base == 2 else 19):
        raise Damaged(f"a timestamp resolution of {base}^-{power} is too fine")
    return replace(interface, resolution=value[0])
