"""EXTERN(rate): events of a key in the current interval of time.

    EXTERN per_second = rate(1000);
    IF (EXTERN(per_second, PKT.IP.SRC) > 100) THEN RETURN (1); FI

`EXTERN(rate, key, weight, now)` adds the weight to the key's counter and gives the sum of the weights of
this key in the interval that now falls into, this call included. The weight is 1 and now is the packet's
time where they are left out. Sums stop at 2^64 - 1; the number of events wraps around there.

Time. Intervals of interval_ms milliseconds are aligned: the number of an interval is now / interval, from
1970 on. A call that is late by one interval counts into the newest interval of its key, so that packets
that come out of order around a border are not lost. A call that is earlier than that means that the clock
was set back: the key's counter begins anew in the older interval, and a packet with a wrong time does no
lasting harm.

Keys are exact: no two keys share a counter while both are held. The table is of fixed size, `slots`
rounded up to a multiple of 8, and a key can be in one set of 8 places, chosen by a hash. A new key takes
the first free place of its set, else the one with the oldest interval, of those the one with the smallest
count, of those the first. (An interval later than the next one is a wrong time, and counts as the oldest.)
A key that comes back begins at its weight: where keys are evicted while their interval runs, rates come
out too small, never too large. `evicted` says how often that was: if it is not 0, take more slots.

Shows one row: events (calls), held (keys in the table), evicted (keys that lost their place while their
interval ran), highest (the largest result so far) and highest_key, the first key that had it.

Costs 24 bytes a slot; a call reads three cache lines.

Merge: by key. Counters of equal intervals are added, else the newer one stays. A key that finds no place
takes that of the oldest interval and smallest count, if its own is newer or equally new and larger. Of two
equal highest rates the smaller key is shown. A program that asks for rates runs in one thread.

Source: counting in aligned windows (tumbling windows) with the set-associative table of a processor's
cache; the hash is the end of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
Generators, OOPSLA 2014).
"""

from __future__ import annotations

from fpl3.externs import Extern, Function, Number, Options, Parameter, State
from fpl3.types import U64

WAYS = 8
SET_BYTES = WAYS * 24
HEAD_BYTES = 64


def set_count(options: Options) -> int:
    slots = options[1]
    assert isinstance(slots, int)
    return -(-slots // WAYS)


EXTERN = Extern(
    name="rate",
    summary="Events of a key in the current interval of time, this one included",
    functions=(
        Function(
            "", (Parameter("key", U64), Parameter("weight", U64, 1), Parameter("now", U64, "TS")),
            "rate_count", returns=U64, cost=40, summary="the sum of the key's weights in this interval",
        ),
    ),
    c_file="ffpf_plugins/externs/rate/rate.c",
    reference="ffpf_plugins.externs.rate.reference:Rate",
    options=(Number("interval_ms", 1, 3_600_000), Number("slots", 16, 1_048_576, 4096)),
    state=State(
        lambda options: HEAD_BYTES + set_count(options) * SET_BYTES, "rate_merge", show="rate_show"
    ),
)  # fmt: skip
