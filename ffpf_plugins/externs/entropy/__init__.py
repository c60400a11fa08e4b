"""EXTERN(entropy, start, length): Shannon's entropy of some bytes, in thousandths of a bit a byte.

The `length` bytes from `start` (all without arguments), as far as they are captured. 0 says that all
bytes are the same (or that there are none), 8000 that each of the 256 values is there equally often. Text
has about 4000 to 5000, compressed or encrypted bytes come near 8000 in long ranges: n bytes have at most
1000 * log2(n), so that 64 random bytes cannot be told from others by this. It keeps nothing, shows
nothing, and there is nothing to merge.

The result is computed in integers, the same on every machine: logarithms have 32 bits behind the point,
and the result differs from the exact entropy by its rounding and less than 0.00001 besides. Of a range
longer than 67,108,864 bytes only so many count.

Source: C. E. Shannon, A Mathematical Theory of Communication, 1948.
"""

from __future__ import annotations

from fpl3.externs import Extern, Function, Parameter, Range
from fpl3.types import U32

EXTERN = Extern(
    name="entropy",
    summary="The entropy of the captured bytes of a range, in thousandths of a bit a byte (0 to 8000)",
    functions=(
        Function(
            "",
            (Parameter("start", U32, 0), Parameter("length", U32, U32.high)),
            "entropy_of_range",
            packet="read",
            range=Range("start", "length"),
            pure=True,
            cost=1000,
            result=lambda options: (0, 8000),
        ),
    ),
    c_file="ffpf_plugins/externs/entropy/entropy.c",
    reference="ffpf_plugins.externs.entropy.reference:reference",
)
