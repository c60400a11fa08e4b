"""The eight filters: names, libpcap's expressions, and the list of 30 hosts that two parts share."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

HERE = Path(__file__).parent
FILTERS = HERE / "filters"
HOST_A = "192.0.2.1"


def hosts() -> tuple[str, ...]:
    lines = (FILTERS / "hosts.txt").read_text("ascii").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


EXPRESSIONS = {
    "tcp": "tcp",
    "port80": "tcp port 80",
    "host": f"host {HOST_A} and not port 22",
    "net": "net 10.0.0.0/8 and udp",
    "flags": "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "ip6": "ip6 and tcp port 443",
    "list": " or ".join(f"host {host}" for host in hosts()),
    "vlan": "vlan and udp port 53",
}


def hosts_header() -> str:
    """hosts.h: the list for the traces (numbers), for the peers (network order, padded to 32)."""
    numbers = [int(IPv4Address(host)) for host in hosts()]
    padded = numbers + numbers[-1:] * (32 - len(numbers))
    swapped = [int.from_bytes(n.to_bytes(4, "big"), "little") for n in padded]
    return f"""\
#include <stdint.h>
#define HOSTS {len(numbers)}u
#define HOST_A {int(IPv4Address(HOST_A)):#x}u
#define HOST_CASES {" ".join(f"case {n:#x}u:" for n in numbers)}
__attribute__((unused)) static const uint32_t hosts[HOSTS] = {{{_c_numbers(numbers)}}};
__attribute__((unused, aligned(64))) static const uint32_t hosts_be[32] = {{{_c_numbers(swapped)}}};
"""


def _c_numbers(numbers: list[int]) -> str:
    return ", ".join(f"{n:#x}u" for n in numbers)
