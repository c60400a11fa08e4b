"""EXTERN(l4_checksum): recompute the checksum of the transport header."""

from __future__ import annotations

from fpl3.externs import Extern, Function

EXTERN = Extern(
    name="l4_checksum",
    summary="Recompute the checksum of TCP, UDP, ICMP, ICMPv6, IGMP or SCTP; 1 if it could, else 0",
    functions=(
        Function("", (), "ffpf_extern_l4_checksum", packet="write", cost=200, behind_addresses=True),
    ),
    c_file="ffpf_plugins/externs/l4_checksum/l4_checksum.c",
    reference="ffpf_plugins.externs.l4_checksum.reference:reference",
)
