"""EXTERN(ip_checksum): recompute the checksum of the IPv4 header."""

from __future__ import annotations

from fpl3.externs import Extern, Function

EXTERN = Extern(
    name="ip_checksum",
    summary="Recompute the header checksum of IPv4 (the outermost); 1 if there is one, else 0",
    functions=(
        Function("", (), "ffpf_extern_ip_checksum", packet="write", cost=20, behind_addresses=True),
    ),
    c_file="ffpf_plugins/externs/ip_checksum/ip_checksum.c",
    reference="ffpf_plugins.externs.ip_checksum.reference:reference",
)
