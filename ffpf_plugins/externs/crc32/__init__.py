"""EXTERN(crc32, start, length): the CRC-32 of some bytes of the packet.

The `length` bytes from `start` (all without arguments), as far as they are captured; 0 if there are none.
It keeps nothing, shows nothing, and there is nothing to merge.

CRC-32 is that of IEEE 802.3, gzip (RFC 1952) and PNG: reflected polynomial 0xedb88320, start value and
final exclusive-or all ones. It is a check against accidents, not against forgery: anybody can make bytes
of any CRC. libdeflate computes it with the vector instructions of the processor.
"""

from __future__ import annotations

from fpl3.externs import Extern, Function, Library, Parameter, Range
from fpl3.types import U32

EXTERN = Extern(
    name="crc32",
    summary="The CRC-32 of the captured bytes of a range",
    functions=(
        Function(
            "",
            (Parameter("start", U32, 0), Parameter("length", U32, U32.high)),
            "crc32_of_range",
            packet="read",
            range=Range("start", "length"),
            pure=True,
            cost=100,
        ),
    ),
    c_file="ffpf_plugins/externs/crc32/crc32.c",
    reference="ffpf_plugins.externs.crc32.reference:reference",
    libraries=(Library("deflate", "libdeflate.h", ("libdeflate-dev",)),),
)
