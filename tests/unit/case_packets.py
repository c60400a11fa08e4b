"""The packets of case files: hex, or layers with their fields.

    hex 00 01 02 ... | cap=10 wire=99 ts=5 port=2 link=101
    eth vlan id=5 ip ttl=3 tcp dport=80 "GET" x"0d0a" | cap=40

A word without `=` starts a layer, words with `=` set its fields (numbers as in FPL-3, addresses as
usual). Types, lengths and next headers follow from the layers behind unless a field sets them;
checksums are 0 unless set. Behind `|`: bytes kept (cap), length on the wire, time, port, link type.
"""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.differential.packets import TestPacket

Fields = dict[str, str]
ETHERTYPES = {"vlan": 0x8100, "mpls": 0x8847, "arp": 0x0806, "ip": 0x0800, "ip6": 0x86DD, "pppoe": 0x8864}
PROTOCOLS = {
    "hop": 0, "icmp": 1, "tcp": 6, "udp": 17, "routing": 43, "frag6": 44, "icmp6": 58, "dst": 60,
    "sctp": 132,
}  # fmt: skip


@dataclass
class Layer:
    """A header by name, or bytes as they are (name "")."""

    name: str
    data: bytes = b""
    fields: Fields = field(default_factory=dict)

    def number(self, name: str, default: int) -> int:
        return int(self.fields.pop(name, str(default)), 0)

    def bytes_of(self, name: str, default: int, size: int) -> bytes:
        return self.number(name, default).to_bytes(size, "big")

    def mac(self, name: str, default: str) -> bytes:
        return bytes.fromhex(self.fields.pop(name, default).replace(":", ""))

    def address(self, name: str, default: str) -> bytes:
        return ipaddress.ip_address(self.fields.pop(name, default)).packed


def _kind(inner: str) -> int:
    return ETHERTYPES.get(inner, 0xFFFF)


def _eth(h: Layer, inner: str, body: bytes) -> bytes:
    addresses = h.mac("dst", "000000000001") + h.mac("src", "000000000002")
    return addresses + h.bytes_of("type", _kind(inner), 2) + body


def _vlan(h: Layer, inner: str, body: bytes) -> bytes:
    tci = h.number("pcp", 0) << 13 | h.number("dei", 0) << 12 | h.number("id", 0)
    return tci.to_bytes(2, "big") + h.bytes_of("type", _kind(inner), 2) + body


def _mpls(h: Layer, inner: str, body: bytes) -> bytes:
    bottom = h.number("bottom", int(inner != "mpls"))
    word = h.number("label", 16) << 12 | h.number("tc", 0) << 9 | bottom << 8 | h.number("ttl", 64)
    return word.to_bytes(4, "big") + body


def _pppoe(h: Layer, inner: str, body: bytes) -> bytes:
    protocol = h.bytes_of("ppp", {"ip": 0x21, "ip6": 0x57}.get(inner, 0xC021), 2)
    return b"\x11\0" + h.bytes_of("session", 1, 2) + (len(body) + 2).to_bytes(2, "big") + protocol + body


def _arp(h: Layer, inner: str, body: bytes) -> bytes:
    head = b"\0\1\x08\0" + h.bytes_of("hlen", 6, 1) + h.bytes_of("plen", 4, 1) + h.bytes_of("op", 1, 2)
    sender = h.mac("sha", "000000000002") + h.address("spa", "10.0.0.1")
    return head + sender + h.mac("tha", "000000000000") + h.address("tpa", "10.0.0.2") + body


def _ip(h: Layer, inner: str, body: bytes) -> bytes:
    options = bytes.fromhex(h.fields.pop("options", ""))
    ihl = h.number("ihl", 5 + len(options) // 4)
    total = h.bytes_of("len", 20 + len(options) + len(body), 2)
    flags = h.number("df", 0) << 14 | h.number("mf", 0) << 13 | h.number("frag", 0)
    head = bytes([h.number("version", 4) << 4 | ihl, h.number("tos", 0)]) + total + h.bytes_of("id", 1, 2)
    head += flags.to_bytes(2, "big") + h.bytes_of("ttl", 64, 1)
    head += h.bytes_of("proto", PROTOCOLS.get(inner, 255), 1) + h.bytes_of("sum", 0, 2)
    return head + h.address("src", "10.0.0.1") + h.address("dst", "10.0.0.2") + options + body


def _ip6(h: Layer, inner: str, body: bytes) -> bytes:
    head = b"\x60\0\0\0" + h.bytes_of("len", len(body), 2)
    head += h.bytes_of("next", PROTOCOLS.get(inner, 59), 1) + h.bytes_of("hlim", 64, 1)
    return head + h.address("src", "2001:db8::1") + h.address("dst", "2001:db8::2") + body


def _extension(h: Layer, inner: str, body: bytes) -> bytes:
    return h.bytes_of("next", PROTOCOLS.get(inner, 59), 1) + bytes(7) + body


def _frag6(h: Layer, inner: str, body: bytes) -> bytes:
    place = h.number("offset", 0) << 3 | h.number("mf", 0)
    return (
        h.bytes_of("next", PROTOCOLS.get(inner, 59), 1) + b"\0" + place.to_bytes(2, "big") + bytes(4) + body
    )


def _tcp(h: Layer, inner: str, body: bytes) -> bytes:
    options = bytes.fromhex(h.fields.pop("options", ""))
    head = h.bytes_of("sport", 1000, 2) + h.bytes_of("dport", 80, 2) + h.bytes_of("seq", 1, 4) + bytes(4)
    head += bytes([h.number("offset", 5 + len(options) // 4) << 4, h.number("flags", 0x10)])
    return head + b"\x20\0" + h.bytes_of("sum", 0, 2) + bytes(2) + options + body


def _udp(h: Layer, inner: str, body: bytes) -> bytes:
    ports = h.bytes_of("sport", 1000, 2) + h.bytes_of("dport", 53, 2)
    return ports + h.bytes_of("len", 8 + len(body), 2) + h.bytes_of("sum", 0, 2) + body


def _sctp(h: Layer, inner: str, body: bytes) -> bytes:
    return h.bytes_of("sport", 1000, 2) + h.bytes_of("dport", 80, 2) + bytes(8) + body


def _icmp(h: Layer, inner: str, body: bytes) -> bytes:
    kind = h.bytes_of("type", 8 if h.name == "icmp" else 128, 1)
    return kind + h.bytes_of("code", 0, 1) + bytes(2) + body


ENCODERS: dict[str, Callable[[Layer, str, bytes], bytes]] = {
    "eth": _eth, "vlan": _vlan, "mpls": _mpls, "pppoe": _pppoe, "arp": _arp, "ip": _ip, "ip6": _ip6,
    "hop": _extension, "routing": _extension, "dst": _extension, "frag6": _frag6, "tcp": _tcp,
    "udp": _udp, "sctp": _sctp, "icmp": _icmp, "icmp6": _icmp,
}  # fmt: skip


def _layers(words: list[str]) -> list[Layer]:
    layers: list[Layer] = []
    for word in words:
        if word.startswith("x:"):
            layers.append(Layer("", bytes.fromhex(word[2:])))
        elif word.startswith("text:"):
            layers.append(Layer("", word[5:].encode("latin-1")))
        elif "=" in word:
            name, _, value = word.partition("=")
            layers[-1].fields[name] = value
        else:
            layers.append(Layer(word))
    return layers


def _encode(words: list[str]) -> bytes:
    layers = _layers(words)
    body, inner = b"", ""
    for layer in reversed(layers):
        body = ENCODERS[layer.name](layer, inner, body) if layer.name else layer.data + body
        inner = layer.name
        assert not layer.fields, f"'{layer.name}' has no field {', '.join(layer.fields)}"
    return body


def packet(text: str) -> TestPacket:
    """The packet that one line of a case file describes."""
    what, _, beside = text.partition("|")
    words = shlex.split(what.replace('x"', '"x:').replace(' "', ' "text:').replace("text:x:", "x:"))
    data = bytes.fromhex("".join(words[1:])) if words[0] == "hex" else _encode(words)
    facts = dict(fact.split("=") for fact in beside.split())
    wire = int(facts.pop("wire", str(len(data))), 0)
    data = data[: int(facts.pop("cap", str(len(data))), 0)]
    numbers = [
        int(facts.pop(name, default), 0) for name, default in (("ts", "0"), ("port", "0"), ("link", "1"))
    ]
    assert not facts, f"unknown: {facts}"
    return TestPacket(data, wire, *numbers)
