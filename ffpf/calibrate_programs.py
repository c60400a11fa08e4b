"""The small programs whose times tell what kinds of statements cost, and what is read from the times.

A program repeats one kind, every time on what the time before left, so that no compiler drops or merges
the copies and no processor overlaps them. The difference to a program without them, by their number, is
what one costs, less the other operators of a copy. Both keep the processor busy besides: while it waits
for the bytes of the next packet, a few copies would cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

# Bytes of every packet of the capture: Ethernet, IPv4 and TCP headers and 458 bytes of payload.
PACKET_BYTES = 512
PAYLOAD = 54
SHORT_HASH, LONG_HASH = 16, 448
HASH_STARTS = range(14, 30)
TRIPS = 400

_SIMPLE = "R[0] = (R[0] ^ R[1]) + 13; R[1] = R[1] | (R[0] >> 1);\n"
_BUSY = 200  # copies of it
_IDLE = "R[0] = PKT.LEN; R[1] = PKT.CAPLEN;\n"
_START = _IDLE + _SIMPLE * _BUSY
_END = "IF (R[0] == 123456789) THEN RETURN (1); FI\n"  # never, but who knows

# Nanoseconds a packet, by program, in; nanoseconds of one thing out.
Reading = Callable[[Mapping[str, float], Mapping[str, float]], float]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A kind of the cost table: the programs that it needs, and how it is read from their times and from
    the kinds read before."""

    kind: str
    programs: Mapping[str, str]
    read: Reading


def _repeated(line: str, times: int, head: str = "") -> str:
    return head + _START + line * times + _END


def _copies(name: str, times: int, **others: int) -> Reading:
    """One copy: the difference to the busy program, less its other operators. A processor does some of
    them at the same time: half of a copy is the least that is left."""

    def read(times_of: Mapping[str, float], costs: Mapping[str, float]) -> float:
        one = (times_of[name] - times_of["busy"]) / times
        return max(one - sum(count * costs[kind] for kind, count in others.items()), one / 2)

    return read


def _hash_byte(times_of: Mapping[str, float], costs: Mapping[str, float]) -> float:
    return (times_of["hash_byte"] - times_of["hash"]) / len(HASH_STARTS) / (LONG_HASH - SHORT_HASH)


def _each(line: str, values: Iterable[object], head: str = "") -> str:
    """The busy program, then one line for each value: what would be the same twice is different."""
    return head + _START + "".join(line.format(value) for value in values) + _END


_FIELDS = ("IP.TTL", "IP.ID", "IP.SRC", "IP.DST", "TCP.SPORT", "TCP.DPORT", "TCP.SEQ", "TCP.WINDOW")
_MEMORY = "UINT32 A[65536];\n"
_HASH = "R[0] = R[0] ^ HASH({{}}, {}, 0xffffffff);\n"
_LOOP = (
    f"FOR (R[2] = {PAYLOAD}; R[2] < {PAYLOAD + TRIPS}; R[2]++)\nR[0] = (R[0] ^ PKT.B[R[2]]) + R[2]; ROF\n"
)

MEASUREMENTS = (
    Measurement("packet", {"base": _IDLE + _END}, lambda times_of, costs: times_of["base"]),
    Measurement(
        "simple",
        {"busy": _repeated("", 0), "simple": _repeated(_SIMPLE, _BUSY)},
        _copies("simple", 4 * _BUSY),
    ),
    Measurement(
        "multiply",
        {"multiply": _repeated("R[0] = R[0] * R[1] + 1;\n", 128)},
        _copies("multiply", 128, simple=1),
    ),
    Measurement(
        "divide",
        {"divide": _repeated("R[0] = 4000000000 / ((R[0] & 7) + R[1]);\n", 64)},
        _copies("divide", 64, simple=2),
    ),
    Measurement(
        "load",
        {"load": _each("R[0] = R[0] ^ PKT.B[{}];\n", range(60, 500, 2))},
        _copies("load", 220, simple=1),
    ),
    Measurement(
        "field",
        {"field": _each("R[0] = R[0] ^ PKT.{};\n", _FIELDS)},
        _copies("field", len(_FIELDS), simple=1),
    ),
    Measurement(
        "memory",
        {"memory": _repeated("R[0] = R[0] * 5 + A[R[0] & 65535];\n", 64, _MEMORY)},
        _copies("memory", 64, simple=2, multiply=1),
    ),
    Measurement(
        "update",
        {"update": _repeated("R[0] = R[0] * 69069 + 1; A[R[0] & 65535] += R[1];\n", 64, _MEMORY)},
        _copies("update", 64, simple=3, multiply=1),
    ),
    Measurement(
        "hash_byte",
        {
            "hash": _each(_HASH.format(SHORT_HASH), HASH_STARTS),
            "hash_byte": _each(_HASH.format(LONG_HASH), HASH_STARTS),
        },
        _hash_byte,
    ),
    Measurement("hash", {}, _copies("hash", len(HASH_STARTS), simple=1, hash_byte=SHORT_HASH)),
    Measurement(
        "flow_hash",
        {"flow_hash": _repeated("R[0] = R[0] ^ HASH(flowFields);\n", 1)},
        _copies("flow_hash", 1),
    ),
    Measurement(
        "consistent",
        {"consistent": _repeated("R[0] = R[0] * 69069 + CONSISTENT(R[0], 16);\n", 16)},
        _copies("consistent", 16, simple=1, multiply=1),
    ),
    Measurement(
        "iteration", {"iteration": _repeated(_LOOP, 1)}, _copies("iteration", TRIPS, simple=4, load=1)
    ),
    Measurement(
        "transmit",
        {"transmit": _repeated("TX(Mac, 0);\n", 4, "TX_MAC[1] = { 02:00:00:00:00:01 };\n")},
        _copies("transmit", 4),
    ),
)  # fmt: skip


def programs() -> dict[str, str]:
    """The text of every program, by name."""
    return {name: text for one in MEASUREMENTS for name, text in one.programs.items()}


def read_all(times_of: Mapping[str, float]) -> dict[str, float]:
    """Nanoseconds of every kind, from the nanoseconds a packet of every program. What comes out below
    nothing is lost in the noise: 0."""
    costs: dict[str, float] = {}
    for one in MEASUREMENTS:
        costs[one.kind] = max(0.0, one.read(times_of, costs))
    return costs
