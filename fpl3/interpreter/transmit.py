"""The frames that TX sends: copies with another next hop, checksums kept right (RFC 1624)."""

from __future__ import annotations

from fpl3.check import program as p
from fpl3.headers import Headers
from fpl3.interpreter.expressions import Values
from fpl3.interpreter.frame import Frame
from fpl3.interpreter.outcome import Absent, Sent, in_range


def transmitted(values: Values, s: p.Transmit) -> bytes:
    """Order: id, index, index check (memory_index), then what the packet must have."""
    id = None if s.id is None else values.of(s.id)
    index = values.of(s.index)
    program = values.loaded.program
    hops = program.tx_mac if s.table == "Mac" else program.tx_ip
    hop = hops.entries[in_range(index, len(hops.entries), "memory_index")]
    if s.table == "Ip":
        return readdressed(values.frame, hop, hops.ipv6)
    return _to_mac(values, hop, id)


def sent(values: Values, s: p.Transmit) -> Sent:
    """What TX(Node, origin, index) hands to the link."""
    assert s.id is not None, "TX(Node) has an origin"
    origin = values.of(s.id)
    hop = in_range(values.of(s.index), len(values.loaded.program.tx_node), "memory_index")
    return Sent(hop, origin, values.frame.data, values.state_words())


def _to_mac(values: Values, hop: int, id: int | None) -> bytes:
    values.frame.check(0, 6 if id is None else 12)
    frame = bytearray(values.frame.data)
    frame[0:6] = hop.to_bytes(6, "big")
    if values.packet.mac is not None:
        frame[6:12] = values.packet.mac.to_bytes(6, "big")[: len(frame) - 6]
    if id is not None:
        # In the program of one node the state words are what crosses links, not what frames get.
        if values.state is not None and values.loaded.program.node is None:
            frame[6:10] = values.state[0].to_bytes(4, "big")
        frame[10:12] = id.to_bytes(2, "big")
    return bytes(frame)


def readdressed(frame: Frame, address: int, ipv6: bool) -> bytes:
    """A copy with another destination in the outermost IP header; Absent without that header."""
    found = frame.headers()
    start = found.offsets.get("IP6" if ipv6 else "IP")
    if start is None:
        raise Absent
    at, size = (start + 24, 16) if ipv6 else (start + 16, 4)
    out = bytearray(frame.data)
    old, new = frame.data[at : at + size], address.to_bytes(size, "big")
    if not ipv6:
        _adjust(out, start + 10, old, new)
    covered = _covered_checksum(frame.data, found, ipv6)
    if covered is not None:
        _adjust(out, covered, old, new)
    if "UDP" in found.offsets and covered is not None and out[covered : covered + 2] == b"\0\0":
        out[covered : covered + 2] = b"\xff\xff"  # in UDP, 0 says that there is no checksum
    out[at : at + size] = new
    return bytes(out)


def _covered_checksum(data: bytes, found: Headers, ipv6: bool) -> int | None:
    """Where a checksum stands that covers the addresses, or None."""
    if "UDP" in found.offsets:
        at = found.offsets["UDP"] + 6
        return None if not ipv6 and data[at : at + 2] == b"\0\0" else at
    if "TCP" in found.offsets:
        return found.offsets["TCP"] + 16
    return found.offsets["ICMP6"] + 2 if "ICMP6" in found.offsets else None


def _adjust(out: bytearray, at: int, old: bytes, new: bytes) -> None:
    """RFC 1624, equation 3: HC' = ~(~HC + ~m + m'), word by word."""
    checksum = int.from_bytes(out[at : at + 2], "big")
    for word in range(0, len(old), 2):
        was = int.from_bytes(old[word : word + 2], "big")
        now = int.from_bytes(new[word : word + 2], "big")
        total = (~checksum & 0xFFFF) + (~was & 0xFFFF) + now
        while total > 0xFFFF:
            total = (total & 0xFFFF) + (total >> 16)
        checksum = ~total & 0xFFFF
    out[at : at + 2] = checksum.to_bytes(2, "big")
