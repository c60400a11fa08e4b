"""EXTERN(l4_checksum): recompute the checksum of the transport header."""

from __future__ import annotations

from fpl3.check.program import Extern
from fpl3.types import U32

EXTERN = Extern(
    name="l4_checksum",
    summary="Recompute the checksum of TCP, UDP, ICMP, ICMPv6, IGMP or SCTP; 1 if it could, else 0",
    parameters=(),
    returns=U32,
    packet="write",
    pure=False,
    cost=200,
    targets=("pc", "interp"),
    c_function="ffpf_extern_l4_checksum",
    c_file="ffpf_plugins/externs/l4_checksum/l4_checksum.c",
    reference="ffpf_plugins.externs.l4_checksum.reference:reference",
)
