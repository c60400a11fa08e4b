"""How many lines of typical FPL-3 the parser takes in a second: `python -m benchmarks.parse_speed`.

The programs are made here from a seed, in the style of the examples: branches over packet fields,
assignments to registers and memory, loops over the payload, sets. Prints one line a size: lines,
seconds (best of three), lines a second; and the time that formatting takes.
"""

from __future__ import annotations

import argparse
import random
import time

from fpl3.diagnostics import Sink
from fpl3.source import Source
from fpl3.syntax.format import format_source
from fpl3.syntax.grammar import parse

_FIELDS = ("PKT.IP.PROTO", "PKT.TCP.DPORT", "PKT.IP_DEST_PORT", "PKT.UDP.SPORT", "PKT.LEN", "PKT.IP.TTL")
_OPS = ("==", "!=", "<", ">=")


def typical_program(lines: int, seed: int = 1) -> str:
    """A program of about `lines` lines, the same for the same arguments."""
    random_ = random.Random(seed)
    out = ["UINT32 M[65536];", "UINT64 flows[4096] MERGE SUM;", "CONST LIMIT = 1000;"]
    number = 0
    while len(out) < lines:
        number += 1
        out += random_.choice((_branch, _loop, _assignments, _set))(random_, number)
    return "\n".join(out) + "\n"


def _condition(random_: random.Random) -> str:
    return f"{random_.choice(_FIELDS)} {random_.choice(_OPS)} {random_.randrange(60000)}"


def _assignment(random_: random.Random) -> str:
    register = random_.randrange(64)
    return random_.choice(
        (
            f"R[{register}] = HASH(flowFields) & 1023;",
            f"M[R[{register}] & 0xFFFF] += 1;",
            f"R[{register}] = PKT.B[PKT.L4 + {register}] << 8 | PKT.B[{register}];",
            "flows[HASH(26, 12, 4095)]++;  // per flow",
            f"R[{register}] = (R[{register}] + PKT.DW[{register}]) % LIMIT;",
        )
    )


def _branch(random_: random.Random, number: int) -> list[str]:
    return [
        f"// case {number}",
        f"IF ({_condition(random_)} && {_condition(random_)}) THEN",
        f"    {_assignment(random_)}",
        f"ELSIF ({_condition(random_)}) THEN",
        f"    {_assignment(random_)}",
        f"    RETURN({number});",
        "FI",
    ]


def _loop(random_: random.Random, number: int) -> list[str]:
    return [
        f"FOR (R[1] = PKT.L7; R[1] < PKT.CAPLEN; R[1]++)  # payload {number}",
        f"    IF (PKT.B[R[1]] == 0x{random_.randrange(256):02x}) THEN",
        f"        {_assignment(random_)}",
        "        BREAK;",
        "    FI",
        "ROF",
    ]


def _assignments(random_: random.Random, number: int) -> list[str]:
    return [_assignment(random_) for _ in range(5)]


def _set(random_: random.Random, number: int) -> list[str]:
    hosts = ", ".join(f"10.{random_.randrange(256)}.{number & 255}.0/24" for _ in range(4))
    return [
        f"SET hosts{number} = {{ {hosts}, 192.0.2.1 }};",
        f"IF (PKT.IP.SRC IN hosts{number} || PKT.TCP.DPORT IN {{ 80, 8000-8080 }}) THEN",
        f"    {_assignment(random_)}",
        "FI",
    ]


def seconds_to_parse(text: str) -> float:
    """The time of one parse of a program that has no errors."""
    sink = Sink()
    source = Source("<typical>", text)
    started = time.perf_counter()
    program = parse(source, sink)
    taken = time.perf_counter() - started
    assert program is not None and not sink.diagnostics
    return taken


def seconds_to_format(text: str) -> float:
    started = time.perf_counter()
    format_source(Source("<typical>", text), Sink())
    return time.perf_counter() - started


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--lines", type=int, nargs="+", default=[1_000, 10_000, 50_000])
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    for lines in chosen.lines:
        text = typical_program(lines, chosen.seed)
        count = text.count("\n")
        best = min(seconds_to_parse(text) for _ in range(3))
        formatted = seconds_to_format(text)
        speed = f"{count / best:,.0f} lines/s"
        print(f"{count:7} lines: parsed in {best:.3f} s, {speed}; formatted in {formatted:.3f} s")


if __name__ == "__main__":
    main()
