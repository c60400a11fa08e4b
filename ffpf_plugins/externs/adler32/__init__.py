"""EXTERN(adler32, start, length): the Adler-32 of some bytes of the packet.

The `length` bytes from `start` (all without arguments), as far as they are captured; 1 if there are none.
It keeps nothing, shows nothing, and there is nothing to merge.

Adler-32 is that of zlib (RFC 1950): two sums modulo 65521. It is weak for short ranges, and no protection
against forgery. libdeflate computes it with the vector instructions of the processor.
"""

from __future__ import annotations

from fpl3.externs import Extern, Function, Library, Parameter, Range
from fpl3.types import U32

EXTERN = Extern(
    name="adler32",
    summary="The Adler-32 of the captured bytes of a range",
    functions=(
        Function(
            "",
            (Parameter("start", U32, 0), Parameter("length", U32, U32.high)),
            "adler32_of_range",
            packet="read",
            range=Range("start", "length"),
            pure=True,
            cost=100,
        ),
    ),
    c_file="ffpf_plugins/externs/adler32/adler32.c",
    reference="ffpf_plugins.externs.adler32.reference:reference",
    libraries=(Library("deflate", "libdeflate.h", ("libdeflate-dev",)),),
)
