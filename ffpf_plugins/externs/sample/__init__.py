"""EXTERN name = sample(n): one of n packets, or all packets of one of n flows.

`EXTERN(name)` counts its calls and says 1 at the first, the (n + 1)-th, the (2n + 1)-th ..., else 0:
systematic count-based sampling (RFC 5475, section 5.1). As it depends on the order of the packets, a
program that calls it runs on one thread.

`EXTERN(name.key, key)` says 1 if a mixing function puts the key into the first n-th of all numbers:
hash-based selection (RFC 5475, section 6.2). The same key gets the same answer in every run and on every
node, so that whole flows are taken: `EXTERN(name.key, HASH(biflowFields))`. Of few keys it may take more
or less than the n-th. The mixing function is public: who chooses the keys can choose whether they are
taken.

Shown are, for each of the two that was called, how often (`seen`) and how often it said 1 (`taken`). A
merge adds these, and the count goes on from the sum. They are 64 bits and start again at 0 beyond.
"""

from __future__ import annotations

from fpl3.externs import Extern, Function, Number, Parameter, State
from fpl3.types import U32, U64

EXTERN = Extern(
    name="sample",
    summary="1 for one of n packets, or for all packets of one of n flows, else 0",
    functions=(
        Function(
            "",
            (),
            "sample_packet",
            cost=10,
            result=lambda options: (0, 1),
            summary="1 at the first call, and at every n-th behind it",
        ),
        Function(
            "key",
            (Parameter("key", U64),),
            "sample_key",
            commutative=True,
            cost=10,
            result=lambda options: (0, 1),
            summary="1 for the keys that a mixing function puts into the first n-th",
        ),
    ),
    c_file="ffpf_plugins/externs/sample/sample.c",
    reference="ffpf_plugins.externs.sample.reference:Sample",
    options=(Number("n", 1, U32.high, type=U32),),
    state=State(lambda options: 32, "sample_merge", show="sample_show"),
)
