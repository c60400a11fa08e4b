"""EXTERN(flow_table): a table of flows beside the arrays of a program; no two flows share a slot.

    EXTERN flows = flow_table(65536);
    UINT64 Bytes[];
    Bytes[EXTERN(flows)] += PKT.LEN;

`EXTERN(flows)` is the slot of the packet's flow, a number from 0 to slots - 1; a flow that the table does
not hold gets a slot. What a program keeps of a flow it keeps in arrays at this slot: they need as many
elements as there are slots. The number of slots is rounded up to a power of two, at least 8:
flow_table(1000) has 1024 slots. An array without a size that has no other index gets exactly this size;
a smaller one aborts with memory_index. A large enough array needs no test of its bounds.

Functions. `of(key)` and `of2(high, low)` give the slot of a key that the program made, 64 or 128 bits.
Keys of packets, of `of` and of `of2` are kept apart. `new()` is 1 if the look-up before made a new entry:
the slot may have belonged to another flow, so reset your arrays there. `find()` is 1 if the packet's flow
is held and not idle; it changes nothing. `remove()` drops the packet's flow, idle or not, and is 1 if it
was held.

Keys. The key of a packet is exact: the very bytes that HASH(flowFields), HASH(biflowFields),
HASH(hostFields) or HASH(bihostFields) hash (Flow fields in headers.md), with their length. It is compared
whole, so two flows never share an entry. Packets with neither IP nor Ethernet have an empty key, and are
one flow.

Time. An entry has the time of its last look-up, in units of 65.536 microseconds (65,536 ns). It is idle
if that lies more than idle_seconds away from now, in the past or in the future: where a clock is set back
by more than that, all flows end, and a single packet with a wrong time does no lasting harm. An idle
entry counts as free; if its own flow comes back, the flow keeps the slot and is new.

Eviction. A key can be in one set of 8 slots, chosen by a hash. A new flow takes the first slot of its set
that was never used or was removed, else the one whose last look-up is farthest from now (of equals the
first): if that one is idle it has expired, else it is evicted: the least recently used. Choose at least
twice as many slots as there are flows at a time, and evictions are rare. The hash is public and fixed:
who makes keys on purpose can fill one set, which costs evictions in this set and nothing else.

Shows one row: held (entries, idle ones included), lookups, new, expired, evicted. Counters are of 64 bits
and wrap around.

Costs 50 bytes a slot; what nobody looked up costs no memory. A look-up reads 16 bits of the hash of each of
the 8 slots, which lie together, and the entry whose bits match; that is two cache lines, and a third for
keys of more than 16 bytes (IPv6).

Merge: counters add up. The entries of the other table are not taken over, since slots mean places in the
arrays of their own program. A program that looks up flows runs in one thread.

Sources: set-associative tables of flows are what routers have (NetFlow); the hash multiplies 64 by 64
bits and folds, as wyhash does (Wang Yi, https://github.com/wangyi-fudan/wyhash).
"""

from __future__ import annotations

from fpl3.externs import Choice, Extern, Function, Interval, Number, Options, Parameter, State
from fpl3.types import U64

WAYS = 8
ENTRY_BYTES = 32 + 16
TAG_BYTES = 2
HEAD_BYTES = 64
_NOW = Parameter("now", U64, "TS")
_HELD = "1 if the table holds the packet's flow"


def slot_count(options: Options) -> int:
    """The number of slots: a power of two, at least one set."""
    slots = options[0]
    assert isinstance(slots, int)
    return max(WAYS, 1 << (slots - 1).bit_length())


def _size(options: Options) -> int:
    """Head, tags up to a multiple of 64 bytes, entries."""
    slots = slot_count(options)
    return HEAD_BYTES + -(-slots * TAG_BYTES // 64) * 64 + slots * ENTRY_BYTES


def _slots(options: Options) -> Interval:
    return 0, slot_count(options) - 1


def _truth(options: Options) -> Interval:
    return 0, 1


EXTERN = Extern(
    name="flow_table",
    summary="A table of flows: the slot of the packet's flow, for arrays with state of flows",
    functions=(
        Function(
            "", (_NOW,), "flow_table_packet", packet="read", cost=60, result=_slots,
            summary="the slot of the packet's flow",
        ),
        Function(
            "of", (Parameter("key", U64), _NOW), "flow_table_of", cost=40, result=_slots,
            summary="the slot of a key of 64 bits",
        ),
        Function(
            "of2", (Parameter("high", U64), Parameter("low", U64), _NOW), "flow_table_of2",
            cost=40, result=_slots, summary="the slot of a key of 128 bits",
        ),
        Function(
            "new", (), "flow_table_new", cost=2, result=_truth,
            summary="1 if the look-up before made a new entry",
        ),
        Function(
            "find", (_NOW,), "flow_table_find", packet="read", cost=60, result=_truth,
            summary=f"{_HELD} and it is not idle",
        ),
        Function(
            "remove", (), "flow_table_remove", packet="read", cost=60, result=_truth,
            summary=f"{_HELD}; it is dropped",
        ),
    ),
    c_file="ffpf_plugins/externs/flow_table/flow_table.c",
    reference="ffpf_plugins.externs.flow_table.reference:FlowTable",
    options=(
        Number("slots", 8, 16_777_216),
        Number("idle_seconds", 1, 86_400, 60),
        Choice("key", ("flowFields", "biflowFields", "hostFields", "bihostFields"), "biflowFields"),
    ),
    state=State(_size, "flow_table_merge", show="flow_table_show"),
)  # fmt: skip
