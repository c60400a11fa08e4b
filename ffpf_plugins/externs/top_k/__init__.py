"""EXTERN name = top_k(k, as = number): the k keys with the largest counts, about.

`EXTERN(name, key, weight = 1)` adds the weight to the key's count and says what it is now;
`EXTERN(name.count, key)` says it without adding, and 0 for a key that is not among the k. A weight of 0
adds nothing and takes no place. As calls say what calls before them did, a program with these runs on one
thread.

It is Space-Saving: a new key that finds no place takes that of the key with the smallest count (of
several, the smallest key) and adds its weight to that count, which is kept as the new key's `error`. So a
count is never too small, and too large by `error` at most; `error` and the smallest count are at most
total / k, and every key whose true count is above total / k is there. An update takes O(log k) steps: a
heap of four children a node, and a hash table that is half empty, mixed with a number that is secret and
another in every process, as an attacker may choose the keys. No result depends on that number.

Counts and the total stay at 2^64 - 1 when they reach it. Memory: 32 bytes a key, and 8 to 16 for the
table.

Shown are the total and the number of keys, then the keys with the largest counts (of equal ones the
smallest key first), at most 100. `as` says how keys are written: `number`, `ipv4`, `mac` or `hex`; a key
that is too large for an address is written as `hex`. A merge adds the counts of keys; one that only one
side has gets the smallest count of the other side, if that was full, as count and error; the k largest
stay. The guarantees above hold after it, for the total of both.

Sources: A. Metwally et al., Efficient Computation of Frequent and Top-k Elements in Data Streams, 2005;
P. Agarwal et al., Mergeable Summaries, 2012.
"""

from __future__ import annotations

from fpl3.externs import Choice, Extern, Function, Number, Options, Parameter, State
from fpl3.types import U32, U64

HEAD, ENTRY, SLOT = 96, 32, 4


def _size(options: Options) -> int:
    """The head, the entries, and a table with the next power of two above 2k - 1 slots."""
    k = options[0]
    assert isinstance(k, int)
    return HEAD + k * ENTRY + (1 << (2 * k - 1).bit_length()) * SLOT


EXTERN = Extern(
    name="top_k",
    summary="The k keys with the largest counts (Space-Saving)",
    functions=(
        Function(
            "",
            (Parameter("key", U64), Parameter("weight", U64, 1)),
            "top_k_add",
            returns=U64,
            cost=80,
            summary="adds the weight to the key's count; the count, or 0 if there is none",
        ),
        Function(
            "count",
            (Parameter("key", U64),),
            "top_k_count",
            returns=U64,
            cost=20,
            summary="the key's count, or 0 if it is not among the k",
        ),
    ),
    c_file="ffpf_plugins/externs/top_k/top_k.c",
    reference="ffpf_plugins.externs.top_k.reference:TopK",
    options=(
        Number("k", 1, 65536, type=U32),
        Choice("as", ("number", "ipv4", "mac", "hex"), "number"),
    ),
    state=State(_size, "top_k_merge", "top_k_start", show="top_k_show"),
)
