"""EXTERN(ip_checksum): recompute the checksum of the IPv4 header."""

from __future__ import annotations

from fpl3.check.program import Extern
from fpl3.types import U32

EXTERN = Extern(
    name="ip_checksum",
    summary="Recompute the header checksum of IPv4 (the outermost); 1 if there is one, else 0",
    parameters=(),
    returns=U32,
    packet="write",
    pure=False,
    cost=20,
    targets=("pc", "interp"),
    c_function="ffpf_extern_ip_checksum",
    c_file="ffpf_plugins/externs/ip_checksum/ip_checksum.c",
    reference="ffpf_plugins.externs.ip_checksum.reference:reference",
)
