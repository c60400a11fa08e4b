"""EXTERN(token_bucket): whether an event keeps to a rate; one bucket for all, or one for every key.

    EXTERN limit = token_bucket(1000, 200, 65536);
    IF (EXTERN(limit, PKT.IP.SRC) == 0) THEN RETURN (1); FI

A bucket holds up to `burst` tokens, starts full, and fills by `rate` tokens a second.
`EXTERN(token_bucket, key, tokens, now)` is 1 if the key's bucket holds as many tokens as it asks for,
which are then taken; else it is 0, and nothing is taken. Without arguments it asks the bucket of key 0
for one token at the packet's time. Ask for PKT.LEN tokens to limit bytes instead of packets. More tokens
than `burst` are always refused, 0 tokens never.

Arithmetic is exact: a bucket counts thousand-millionths of a token, and gets `rate` of them for every
nanosecond. The last nanosecond of 64 bits (in 2554) counts as the one before.

Time that goes back gives nothing and takes nothing: the bucket fills again when its clock is passed. Only
if a call lies more than 60 seconds before the last one, the clock was set back, and the bucket goes on
from there, without a gain.

Keys. With one slot, which is the default, the key does not matter. With more, buckets have exact keys: no
two keys share one. `slots` is rounded up to a multiple of 8, and a key can be in one set of 8 places,
chosen by a hash. A new key takes the first free place of its set, else that of the bucket whose last call
is farthest from now, of equals the first: the least recently used. An evicted key starts full again when
it comes back, so who can use many keys can get more than its rate. `evicted` says how often a bucket was
lost: if it is not 0, take more slots.

Shows one row: passed and refused (calls), keys (buckets in use), evicted.

Costs 24 bytes a slot; a call reads three cache lines.

Merge: by key, as if both tables had taken their tokens from one bucket: both are filled up to the later
of their times, and what is missing in them adds up, to at most `burst`. A key that finds no place takes
that of the least recently used bucket, if its own was used later. A program with buckets runs in one
thread; a changed rate or burst applies to the tokens that the buckets hold.

Sources: RFC 2697 (a single rate three color marker) with its committed bucket alone, and J. Turner: New
directions in communications, 1986. The hash of keys is the end of splitmix64.
"""

from __future__ import annotations

from fpl3.externs import Extern, Function, Interval, Number, Options, Parameter, State
from fpl3.types import U64

WAYS = 8
SET_BYTES = WAYS * 24
HEAD_BYTES = 64


def set_count(options: Options) -> int:
    slots = options[2]
    assert isinstance(slots, int)
    return -(-slots // WAYS)


def _truth(options: Options) -> Interval:
    return 0, 1


EXTERN = Extern(
    name="token_bucket",
    summary="1 if the key's token bucket holds the tokens, which are taken, else 0",
    functions=(
        Function(
            "", (Parameter("key", U64, 0), Parameter("tokens", U64, 1), Parameter("now", U64, "TS")),
            "token_bucket_take", cost=40, result=_truth,
            summary="1 if the bucket holds as many tokens; they are taken",
        ),
    ),
    c_file="ffpf_plugins/externs/token_bucket/token_bucket.c",
    reference="ffpf_plugins.externs.token_bucket.reference:TokenBucket",
    options=(
        Number("rate", 1, 1_000_000_000_000),
        Number("burst", 1, 10_000_000_000),
        Number("slots", 1, 1_048_576, 1),
    ),
    state=State(
        lambda options: HEAD_BYTES + set_count(options) * SET_BYTES,
        "token_bucket_merge",
        show="token_bucket_show",
    ),
)  # fmt: skip
