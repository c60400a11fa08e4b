"""What things cost on a target, in cycles: the numbers that placement weighs.

The defaults are plausible, not exact: orders of magnitude decide where a part goes. `ffpf calibrate`
measures those of the PC on the machine where it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class CostTable:
    """Cycles of a target. `clock`: cycles a second of a node whose description does not say its capacity.

    Packets: `packet` to take one from the input at the root; `run` to begin and end a part; `arrival` and
    `send` at the ends of a network link, `handover` at either end of a memory link, `tunnel` more at
    either end of a geneve link; `copy_byte` for each byte of a frame that is sent.
    Expressions: `simple` is a sum, a comparison, a bitwise operator; `branch` a decision; `load` bytes of
    the packet with their check, `field` a named field, both where a part reads them first; `write` bytes
    of the packet; `table` a constant; `memory` a read of an array, `update` a write or an update of one;
    `member` a test for membership and `member_step` more each time the set doubles.
    Hashes: `hash` a HASH of bytes and `hash_byte` more for each; `flow_hash`; `consistent` for CONSISTENT.
    Calls: `call` of an external function, and `call_scale` for each unit of its declared cost.
    The rest: `iteration` of a loop besides its test and its update; `transmit` a TX; `alert`; `deliver`
    a packet to readers.
    """

    clock: float
    packet: float
    run: float
    arrival: float
    send: float
    handover: float
    tunnel: float
    copy_byte: float
    simple: float
    multiply: float
    divide: float
    branch: float
    load: float
    field: float
    write: float
    table: float
    memory: float
    update: float
    member: float
    member_step: float
    hash: float
    hash_byte: float
    flow_hash: float
    consistent: float
    call: float
    call_scale: float
    iteration: float
    transmit: float
    alert: float
    deliver: float


KINDS = tuple(field.name for field in fields(CostTable))  # `clock` is the first; all others are costs

# An EPYC of 2020, its caches warm, a kernel between the program and the network.
PC = CostTable(
    clock=2.5e9,
    packet=60, run=8, arrival=1000, send=1500, handover=80, tunnel=300, copy_byte=0.1,
    simple=1, multiply=3, divide=20, branch=2, load=3, field=5, write=4, table=4, memory=8, update=10,
    member=10, member_step=3, hash=20, hash_byte=0.3, flow_hash=40, consistent=100, call=8, call_scale=1,
    iteration=1, transmit=150, alert=500, deliver=100,
)  # fmt: skip

# The interpreter, in Python: about half a microsecond for every node of the checked tree.
INTERP = CostTable(
    clock=2.5e9,
    packet=25_000, run=10_000, arrival=25_000, send=10_000, handover=5_000, tunnel=10_000, copy_byte=1,
    simple=1_500, multiply=1_500, divide=1_500, branch=1_000, load=2_500, field=10_000, write=4_000,
    table=1_500, memory=2_000, update=3_000, member=3_000, member_step=100, hash=3_000, hash_byte=300,
    flow_hash=30_000, consistent=10_000, call=5_000, call_scale=50, iteration=2_000, transmit=8_000,
    alert=10_000, deliver=10_000,
)  # fmt: skip

# The kernel of the same PC: frames come and go without a copy, but CRC-32C is computed by table (4 ns a
# byte), memory is a look-up in a map, and a second frame of one packet is a clone.
XDP = replace(
    PC,
    packet=120, arrival=120, send=250, handover=80, tunnel=150, copy_byte=0, load=4, field=7, memory=20,
    update=30, member=30, hash=40, hash_byte=10, flow_hash=150, consistent=300, transmit=300, deliver=600,
)  # fmt: skip

# One microengine of the IXP1200 runs a filter: 232 MHz. SDRAM answers in 33 to 40 cycles, SRAM in 16 to
# 20, four contexts hide a part of that. There is no instruction to multiply or divide. A loop over a
# payload comes to 18.6 cycles a byte, as the paper's filter B does.
IXP1200 = CostTable(
    clock=232e6,
    packet=156, run=20, arrival=156, send=100, handover=40, tunnel=80, copy_byte=0.6,
    simple=1, multiply=40, divide=250, branch=2, load=12, field=16, write=30, table=20, memory=22,
    update=44, member=30, member_step=22, hash=60, hash_byte=8, flow_hash=90, consistent=1500, call=20,
    call_scale=4, iteration=2, transmit=120, alert=300, deliver=50,
)  # fmt: skip

TABLES: Mapping[str, CostTable] = {"pc": PC, "interp": INTERP, "xdp": XDP, "ixp1200": IXP1200}
