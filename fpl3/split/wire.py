"""Packets that cross from one node to another, as bytes: the reference for ffpf/node/tree/wire.c.

All numbers on the wire are big-endian.

An `ethernet` link carries the packet in a frame (without the frame check sequence) whose addresses are
the next hop, the state word and the origin. Its bytes 0..11 are lost, unless the link has the full
trailer:

    0  next hop (6)    6  state word 0 (4)    10  origin (2)    12  the packet from its byte 12 on
    trailer: zero bytes up to 60 in all, CAPLEN (4), LEN (4)
    full:    zero bytes up to 60 in all, bytes 0..11, TS (8), CAPLEN (4), LEN (4), PORT (2), zero (2)

Bit 15 of the origin says that there is a trailer: of every frame on a link with the full one, else of
a packet shorter than 60 bytes (a real link pads its frame, and nobody could tell) or cut (CAPLEN is not
LEN). A packet shorter than 12 bytes has the 12 bytes of header nevertheless, and zeros in the full
trailer where it has none. On a `switched` link the state has 30 bits: a switch drops a multicast
source, and locally administered is what these addresses are.

A `geneve` link (RFC 8926) carries the whole packet behind one critical option; what is encoded is the
payload of UDP port 6081. A `memory` link encodes nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MAX_CAPLEN = 16 << 20
MAX_ORIGIN = 0x7FFF
MAX_STATE_WORDS = 27  # an option has at most 31 words of data (RFC 8926, 3.5), 4 of them are the fixed ones
SHORTEST = 60  # IEEE 802.3: 64 bytes with the frame check sequence
TPIDS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
_TRAILED = 0x8000
_SHORT_TRAILER = struct.Struct("!II")
_FULL_TRAILER = struct.Struct("!12sQIIHH")
_BASE = struct.Struct("!BBHI")  # version and option words, flags, protocol, VNI and a reserved byte
_OPTION = struct.Struct("!HBBHHIQ")  # class, type, words; origin, PORT, LEN, TS
_BEFORE_STATE = _BASE.size + _OPTION.size
_CLASS, _TYPE = 0xFFF0, 0x81  # 0xff00..0xffff: experimental (RFC 8926, 7); 0x80: critical (3.5)
_CONTROL, _CRITICAL = 0x80, 0x40  # O and C (RFC 8926, 3.4)
_BRIDGED = 0x6558


@dataclass(frozen=True, slots=True)
class Crossing:
    """A packet on its way to another node.

    `data` are its CAPLEN bytes, at most 16 MB; `length` is LEN (32 bits, may be less than CAPLEN);
    `origin` is 1..32767; `state` are 32-bit words, at most 27; `timestamp` has 64 bits and is in
    nanoseconds since 1970; `port` has 16 bits.
    """

    data: bytes
    length: int
    origin: int
    state: tuple[int, ...]
    timestamp: int
    port: int


@dataclass(frozen=True, slots=True)
class Wire:
    """A link, seen from either end.

    `kind` is "ethernet", "geneve" or "memory". `full`, `switched` and `tagged` (VLAN tags pass the
    switch) are of ethernet links. `mtu` is in bytes, None: no limit but the protocol's. `mac` is the
    receiver's address as a number of 48 bits. `ipv6` and `words`, the state words of a frame, are of
    geneve links.
    """

    kind: str
    full: bool
    switched: bool
    tagged: bool
    mtu: int | None
    mac: int
    ipv6: bool = False
    words: int = 1


class Lost(Exception):
    """The packet does not cross. `name` is the counter: "too_big", "tagged" (at the sender) or "foreign"
    (the receiver does not know the frame for one of ours)."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def encode(wire: Wire, crossing: Crossing) -> bytes:
    """The frame of an ethernet link, the UDP payload of a geneve link.

    State words that the link has no room for are left out, and on a switched link bits 30 and 31;
    missing words are 0. Raises Lost "tagged" before "too_big"; ValueError for a memory link and for an
    origin or a packet that cannot be.
    """
    if not 1 <= crossing.origin <= MAX_ORIGIN:
        raise ValueError(f"an origin is 1..{MAX_ORIGIN}, not {crossing.origin}")
    if len(crossing.data) > MAX_CAPLEN:
        raise ValueError(f"a packet has at most {MAX_CAPLEN} bytes, not {len(crossing.data)}")
    if wire.kind == "ethernet":
        return _ethernet_frame(wire, crossing)
    if wire.kind == "geneve":
        return _geneve_payload(wire, crossing)
    raise ValueError(f"a link of kind {wire.kind!r} has no frames")


def decode(wire: Wire, frame: bytes, arrived: tuple[int, int] = (0, 0)) -> Crossing:
    """The packet that `encode` made the frame of.

    Without a full trailer, bytes 0..11 of an ethernet frame's data are those of the frame, and timestamp
    and port are `arrived`. The state is one word on ethernet, as many as there are on geneve. Raises Lost
    "foreign" for everything that `encode` does not make; only what RFC 8926 reserves, the zeros before a
    trailer and bytes that a short packet lacks are not looked at. ValueError for a memory link.
    """
    if wire.kind == "ethernet":
        return _from_ethernet(wire, frame, arrived)
    if wire.kind == "geneve":
        return _from_geneve(frame)
    raise ValueError(f"a link of kind {wire.kind!r} has no frames")


def _ethernet_frame(wire: Wire, crossing: Crossing) -> bytes:
    tagged = crossing.data[12:14] in TPIDS
    if tagged and wire.switched and not wire.tagged:
        raise Lost("tagged")
    trailer = _trailer(wire, crossing)
    mark = crossing.origin | (_TRAILED if trailer else 0)
    frame = wire.mac.to_bytes(6, "big") + _state_bytes(wire, crossing) + mark.to_bytes(2, "big")
    frame += crossing.data[12:]
    frame = frame.ljust(SHORTEST - len(trailer), b"\0") + trailer
    if wire.mtu is not None and len(frame) > wire.mtu + (18 if tagged else 14):
        raise Lost("too_big")
    return frame


def _trailer(wire: Wire, crossing: Crossing) -> bytes:
    caplen = len(crossing.data)
    if wire.full:
        head, ts, port = crossing.data[:12], crossing.timestamp, crossing.port
        return _FULL_TRAILER.pack(head, ts, caplen, crossing.length, port, 0)
    if caplen < SHORTEST or caplen != crossing.length:
        return _SHORT_TRAILER.pack(caplen, crossing.length)
    return b""


def _state_bytes(wire: Wire, crossing: Crossing) -> bytes:
    word = crossing.state[0] if crossing.state else 0
    if wire.switched:
        word = (word >> 24 & 0x3F) << 26 | 2 << 24 | word & 0xFFFFFF
    return word.to_bytes(4, "big")


def _from_ethernet(wire: Wire, frame: bytes, arrived: tuple[int, int]) -> Crossing:
    mark = int.from_bytes(frame[10:12], "big")
    origin, trailed = mark & MAX_ORIGIN, bool(mark & _TRAILED)
    if len(frame) < SHORTEST or int.from_bytes(frame[:6], "big") != wire.mac or not origin:
        raise Lost("foreign")
    state = (_state_word(wire, frame),)
    head, (timestamp, port) = frame[:12], arrived
    caplen = length = len(frame)
    room = 0
    if wire.full:
        room = _FULL_TRAILER.size
        head, timestamp, caplen, length, port, zero = _FULL_TRAILER.unpack(frame[-room:])
        if not trailed or zero:
            raise Lost("foreign")
    elif trailed:
        room = _SHORT_TRAILER.size
        caplen, length = _SHORT_TRAILER.unpack(frame[-room:])
    # Not only "at most": a link that adds bytes behind the trailer makes another number of any CAPLEN.
    if caplen > MAX_CAPLEN or len(frame) != max(SHORTEST, max(caplen, 12) + room):
        raise Lost("foreign")
    return Crossing((head + frame[12:])[:caplen], length, origin, state, timestamp, port)


def _state_word(wire: Wire, frame: bytes) -> int:
    word = int.from_bytes(frame[6:10], "big")
    if not wire.switched:
        return word
    if word >> 24 & 3 != 2:
        raise Lost("foreign")
    return word >> 26 << 24 | word & 0xFFFFFF


def _geneve_payload(wire: Wire, crossing: Crossing) -> bytes:
    words = (*crossing.state, *[0] * wire.words)[: wire.words]
    fixed = (crossing.origin, crossing.port, crossing.length, crossing.timestamp)
    payload = _BASE.pack(5 + wire.words, _CRITICAL, _BRIDGED, 0)
    payload += _OPTION.pack(_CLASS, _TYPE, 4 + wire.words, *fixed)
    payload += struct.pack(f"!{wire.words}I", *words) + crossing.data
    # IPv4's total length counts its own header, the payload length of IPv6 does not.
    header, most = (40, 40 + 0xFFFF) if wire.ipv6 else (20, 0xFFFF)
    if header + 8 + len(payload) > (most if wire.mtu is None else min(most, wire.mtu)):
        raise Lost("too_big")
    return payload


def _from_geneve(payload: bytes) -> Crossing:
    if len(payload) < _BEFORE_STATE:
        raise Lost("foreign")
    version_words, flags, protocol, vni = _BASE.unpack_from(payload)
    class_, type_, option_words, *fixed = _OPTION.unpack_from(payload, _BASE.size)
    words = (option_words & 31) - 4
    ours = (flags & (_CONTROL | _CRITICAL), protocol, vni >> 8, class_, type_)
    if ours != (_CRITICAL, _BRIDGED, 0, _CLASS, _TYPE):
        raise Lost("foreign")
    end = _BEFORE_STATE + 4 * words
    # One option and no other: its words and its header are all option words, of version 0.
    if words < 0 or version_words != 5 + words or len(payload) < end:
        raise Lost("foreign")
    origin, port, length, timestamp = fixed
    if not 1 <= origin <= MAX_ORIGIN or len(payload) - end > MAX_CAPLEN:
        raise Lost("foreign")
    state = struct.unpack_from(f"!{words}I", payload, _BEFORE_STATE)
    return Crossing(payload[end:], length, origin, state, timestamp, port)
