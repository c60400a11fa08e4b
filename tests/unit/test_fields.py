"""The field table: names, places (against scapy), and which writes may move headers."""

from __future__ import annotations

import random

import pytest

from fpl3.fields import CONSTANTS, FIELDS, HEADERS, Field, all_field_names, lookup_bare, lookup_field
from fpl3.headers import walk
from fpl3.interpreter.frame import Frame
from fpl3.types import IPV6, IntType
from tests.differential.header_stacks import Stacks
from tests.unit.field_places import PLACES

ALL = sorted(set(FIELDS.values()), key=lambda field: field.path)
RULES = {"arp_ipv4", "icmp_echo", "icmp6_echo", "gre_key"}


# Names


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("IP.PROTO", "IP.PROTO"), ("IP_PROTO", "IP.PROTO"), ("ip.proto", "IP.PROTO"),
        ("Ip.Protocol", "IP.PROTO"),
        ("ETH.DEST", "ETH.DST"), ("ETH_SRC", "ETH.SRC"), ("eth.dst", "ETH.DST"), ("VLAN.VID", "VLAN.ID"),
        ("TCP.FLAGS.SYN", "TCP.FLAGS_SYN"), ("TCP.FLAGS_SYN", "TCP.FLAGS_SYN"),
        ("tcp_flags.syn", "TCP.FLAGS_SYN"),
        ("TCP.SYN", "TCP.FLAGS_SYN"), ("TCP.ACK", "TCP.ACK"), ("TCP.FLAGS.ACK", "TCP.FLAGS_ACK"),
        ("IP_DEST_PORT", "PORTS.DPORT"), ("IP.SRC_PORT", "PORTS.SPORT"), ("IP.DEST.PORT", "PORTS.DPORT"),
        ("TCP.SRC_PORT", "TCP.SPORT"), ("UDP.DEST_PORT", "UDP.DPORT"), ("IP6.NEXT_HEADER", "IP6.NEXT"),
        ("IP.FLAGS.DF", "IP.DF"), ("VLAN2.ID", "VLAN2.ID"), ("IP6.HLIM", "IP6.HLIM"),
    ],
)  # fmt: skip
def test_spellings(written: str, path: str) -> None:
    found = lookup_field(written.split("."))
    assert found is not None and found.path == path


@pytest.mark.parametrize("written", ["IP", "IP.", "IP.NOSUCH", "NOSUCH.PROTO", "PROTO", "", "_", "IP6.TTL"])
def test_what_is_no_field(written: str) -> None:
    assert lookup_field(written.split(".")) is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("IP_PROTO", "IP.PROTO"), ("IP_DEST_PORT", "PORTS.DPORT"), ("IP_SRC_PORT", "PORTS.SPORT"),
        ("IP_DEST", "IP.DST"), ("IP_SRC", "IP.SRC"), ("ETH_DEST", "ETH.DST"), ("ETH_SRC", "ETH.SRC"),
        ("ETH_TYPE", "ETH.TYPE"), ("TCP_DPORT", "TCP.DPORT"), ("TCP_FLAGS_SYN", "TCP.FLAGS_SYN"),
    ],
)  # fmt: skip
def test_bare_names_of_the_paper(name: str, path: str) -> None:
    found = lookup_bare(name)
    assert isinstance(found, Field) and found.path == path
    assert lookup_bare(name.lower()) is None and lookup_bare(name.title()) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TCP", 6), ("PROTO_TCP", 6), ("UDP", 17), ("PROTO_ICMP", 1), ("PROTO_ICMP6", 58),
        ("PROTO_SCTP", 132),
        ("PROTO_GRE", 47), ("PROTO_ESP", 50), ("PROTO_AH", 51), ("PROTO_IGMP", 2), ("PROTO_OSPF", 89),
        ("ETH_IP", 0x0800), ("ETH_IP6", 0x86DD), ("ETH_ARP", 0x0806), ("ETH_VLAN", 0x8100),
        ("ETH_QINQ", 0x88A8),
        ("ETH_MPLS", 0x8847), ("ETH_PPPOE", 0x8864), ("TCP_FIN", 1), ("TCP_SYN", 2), ("TCP_ACK", 16),
        ("TCP_CWR", 128),
    ],
)  # fmt: skip
def test_constants(name: str, value: int) -> None:
    assert CONSTANTS[name] == value == lookup_bare(name)


def test_a_constant_hides_only_the_short_forms_of_tcp_flags() -> None:
    hidden = {name for name in CONSTANTS if lookup_field([name]) is not None}
    assert hidden == {f"TCP_{flag}" for flag in ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")}


def test_every_listed_name_is_found() -> None:
    names = all_field_names()
    assert len(names) == len(set(names)) == len(FIELDS)
    assert all(lookup_field(name.split(".")) is not None for name in names)


# Places


@pytest.mark.parametrize("field", ALL, ids=lambda field: field.path)
def test_the_table_is_sound(field: Field) -> None:
    assert HEADERS[field.header.name] is field.header
    assert field.bit >= 0 and field.width > 0 and field.summary
    if field.optional:
        assert field.optional in RULES
    else:
        assert field.bit + field.width <= field.header.fixed * 8
    if field.width == 128:
        assert field.type is IPV6
    else:
        assert isinstance(field.type, IntType) and not field.type.signed
        assert field.type.bits // 2 < max(field.width, 5) <= field.type.bits


def test_all_headers_of_the_rule_book_are_there() -> None:
    assert set(HEADERS) == {
        "ETH", "VLAN", "VLAN2", "MPLS", "PPPOE", "ARP", "IP", "IP6", "HOPOPTS", "ROUTING", "FRAG6", "AH",
        "DSTOPTS", "TCP", "UDP", "SCTP", "PORTS", "ICMP", "ICMP6", "IGMP", "GRE", "ESP", "VXLAN", "GENEVE",
        "DNS",
    }  # fmt: skip
    assert {field.header.name for field in ALL} == set(HEADERS)
    assert {field.optional for field in ALL} == {"", *RULES}


def value(data: bytes, path: str) -> int:
    field = lookup_field(path.split("."))
    assert field is not None and field.path == path
    frame = Frame(data, 1)
    return frame.bits(frame.field_bit(field), field.width)


@pytest.mark.parametrize("number", range(len(PLACES)))
def test_fields_lie_where_scapy_puts_them(number: int) -> None:
    packet, expected = PLACES[number]
    data = bytes(packet)
    assert {path: value(data, path) for path in expected} == expected


def test_every_field_was_compared() -> None:
    compared = {path for _, expected in PLACES for path in expected}
    assert compared == {field.path for field in ALL}


# Writes


@pytest.fixture(scope="module")
def moved() -> set[str]:
    """The fields of which some write changed what the walk finds, over many random packets."""
    stacks, rng = Stacks(3), random.Random(3)
    found: set[str] = set()
    for _ in range(6000):
        link, data = stacks.one()
        before = walk(data, link)
        for field in ALL:
            places = before.optional if field.optional else before.offsets
            if (field.optional or field.header.name) not in places:
                continue
            frame = Frame(data, link)
            frame.set_bits(frame.field_bit(field), field.width, rng.getrandbits(field.width))
            if walk(frame.data, link) != before:
                found.add(field.path)
    return found


def test_only_structural_fields_move_headers(moved: set[str]) -> None:
    assert moved <= {field.path for field in ALL if field.structural}


def test_every_structural_field_can_move_headers(moved: set[str]) -> None:
    assert {field.path for field in ALL if field.structural} <= moved
