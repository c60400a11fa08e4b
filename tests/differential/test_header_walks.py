"""docs/headers.md was written down twice, in Python and in C: both must find the same headers."""

from __future__ import annotations

import ctypes
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from fpl3.headers import walk
from tests.differential.header_stacks import Stacks

HEADERS = [
    "ETH", "VLAN", "VLAN2", "MPLS", "PPPOE", "ARP", "IP", "IP6", "HOPOPTS", "ROUTING", "FRAG6", "AH",
    "DSTOPTS", "TCP", "UDP", "SCTP", "PORTS", "ICMP", "ICMP6", "IGMP", "GRE", "ESP", "VXLAN", "GENEVE",
    "DNS",
]  # fmt: skip
RULES = ["arp_ipv4", "icmp_echo", "icmp6_echo", "gre_key"]
FACTS = ["L3", "L4", "L7", "proto", "end", "fragment", "later"]
NAMES = HEADERS + RULES + FACTS
HERE = Path(__file__).parent
C_WALK = HERE.parents[1] / "ffpf_plugins" / "pc"

Walk = Callable[[bytes, int], dict[str, int]]


@pytest.fixture(scope="module")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    shared = tmp_path_factory.mktemp("walk") / "walk.so"
    command = ["gcc", "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", f"-I{C_WALK}"]
    subprocess.run([*command, "-o", str(shared), str(HERE / "header_walk.c")], check=True)
    function = ctypes.CDLL(str(shared)).header_walk
    function.restype = None

    def found(data: bytes, link: int) -> dict[str, int]:
        out = (ctypes.c_int64 * len(NAMES))()
        function(data, ctypes.c_uint32(len(data)), ctypes.c_uint32(link), out)
        return {name: value for name, value in zip(NAMES, out, strict=True) if value >= 0}

    return found


def in_python(data: bytes, link: int) -> dict[str, int]:
    found = walk(data, link)
    layers = {"L3": found.l3, "L4": found.l4, "L7": found.l7}
    there = {name: at for name, at in layers.items() if at is not None}
    if "IP" in found.offsets or "IP6" in found.offsets:
        there |= {"proto": found.proto, "end": found.end}
        there |= {"fragment": int(found.fragment), "later": int(found.later)}
    return {**found.offsets, **found.optional, **there}


def test_both_walks_agree(in_c: Walk) -> None:
    stacks = Stacks(1)
    seen: Counter[str] = Counter()
    for _ in range(20_000):
        link, data = stacks.one()
        found = in_python(data, link)
        assert found == in_c(data, link), f"link type {link}, packet {data.hex()}"
        seen.update(found.keys())
    rare = [name for name in NAMES if seen[name] < 5]
    assert not rare, f"the packets hardly ever have {rare}"
