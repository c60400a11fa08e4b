"""What the cost model says of parts: the numbers are sane, and the guesses are those of the docs."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from fpl3.check import program as p
from fpl3.compiler import front
from fpl3.diagnostics import Sink
from fpl3.source import Source
from fpl3.split.chances import FLAGS, PRESENT, Chances, Known
from fpl3.split.cost import Costs, Profile, Work
from fpl3.split.cost_table import KINDS, PC, TABLES, CostTable
from fpl3.split.parts import parts
from fpl3.split.trips import Trips
from tests.differential.agreement import environment

PAGE = Path(__file__).parents[2] / "docs" / "placement.md"


def checked(text: str) -> p.Checked:
    program = front(Source("t.fpl", text), environment(), Sink())
    assert program is not None, text
    return program


def work(text: str, table: CostTable = PC, profile: Profile = Profile()) -> Work:  # noqa: B008
    program = checked(text)
    return Costs(program, profile).part(parts(program)[0], table)


def chance(condition: str, known: Known = Known()) -> float:  # noqa: B008
    program = checked(f"IF ({condition}) THEN RETURN (1); FI")
    statement = program.body[0]
    assert isinstance(statement, p.If)
    return Chances(program.ranges).holds(statement.branches[0][0], known)


LOOP = "FOR (R[0] = PKT.L7; R[0] < PKT.CAPLEN; R[0]++) R[1] += PKT.B[R[0]]; ROF"
# Every program costs more than the one before it, on every target.
RISING = [
    "",
    "R[0] = PKT.LEN + 1;",
    "IF (PKT.TCP.DPORT == 80) THEN R[0] = 1; FI",
    "UINT32 A[9]; IF (PKT.TCP.DPORT == 80) THEN R[0] = 1; FI A[PKT.LEN & 7] += 1;",
    "UINT32 A[9]; IF (PKT.TCP.DPORT == 80) THEN R[0] = 1; FI A[PKT.LEN & 7] += 1; R[1] = HASH(flowFields);",
    LOOP,
    f"{LOOP} R[2] = HASH(14, 480, 255);",
]


@pytest.mark.parametrize("target", TABLES)
def test_more_work_costs_more(target: str) -> None:
    costs = [work(text, TABLES[target]).cycles for text in RISING]
    assert costs == sorted(costs) and len(set(costs)) == len(costs)
    assert costs[5] > 20 * costs[2], "a loop over the payload is no header test"


def test_a_byte_of_payload_on_the_ixp1200_costs_what_the_paper_measured() -> None:
    loop = "FOR (R[0] = 42; R[0] < 542; R[0]++) IF (PKT.B[R[0]] == 4) THEN R[1]++; FI ROF"
    assert work(loop, TABLES["ixp1200"]).cycles / 500 == pytest.approx(18.6, rel=0.1)


def test_the_tables_are_whole() -> None:
    for table in TABLES.values():
        assert tuple(asdict(table)) == KINDS
        assert all(value >= 0 for value in asdict(table).values()) and table.clock > 1e8
    assert TABLES["interp"].simple > 100 * PC.simple


def test_externs_cost_what_they_declare() -> None:
    cheap, dear = work("EXTERN(ip_checksum);"), work('R[0] = EXTERN(regex, "a.*b", PKT.L7);')
    assert dear.cycles - cheap.cycles > 1900


def test_what_was_read_before_costs_nothing() -> None:
    once = work("R[0] = PKT.TCP.DPORT;").cycles
    twice = work("R[0] = PKT.TCP.DPORT; R[1] = PKT.TCP.DPORT;").cycles
    assert twice == once
    written = work("R[0] = PKT.IP.TTL; PKT.IP.TTL = 3; R[1] = PKT.IP.TTL;").cycles
    assert written == once + PC.write + PC.field


REACHED = {
    "SPLIT; TILPS": [1.0],
    "IF (PKT.HAS.TCP) THEN SPLIT; TILPS FI": [0.8],
    "IF (PKT.IP.PROTO == TCP) THEN SPLIT; TILPS ELSIF (PKT.IP.PROTO == UDP) THEN SPLIT; TILPS FI": [
        0.8,
        0.15,
    ],
    "IF (PKT.HAS.TCP) THEN SPLIT; TILPS RETURN (1); FI IF (PKT.HAS.UDP) THEN SPLIT; TILPS FI": [0.8, 0.15],
    "IF (PKT.IP.PROTO == TCP) THEN IF (PKT.TCP.DPORT == 80) THEN SPLIT; TILPS FI FI": [0.08],
    "SWITCH (PKT.LEN & 3) CASE 0: SPLIT; TILPS CASE 1, 2: SPLIT; TILPS DEFAULT: SPLIT; TILPS ESAC": [1 / 3]
    * 3,
    "FOR (R[0] = 0; R[0] < 10; R[0]++) SPLIT; TILPS ROF": [10.0],
    "FOR (R[0] = 0; R[0] < 10; R[0]++) SPLIT; TILPS BREAK; ROF SPLIT; TILPS": [1.0, 1.0],
    "RETURN (1); SPLIT; TILPS": [0.0],
    "IF (PKT.LEN & 1) THEN RETURN (1); FI SPLIT; TILPS": [0.5],
    "FOR (R[0] = 0; R[0] < 9; R[0]++) IF (PKT.LEN & 1) THEN RETURN (0); FI ROF SPLIT; TILPS": [0.5**9],
}


@pytest.mark.parametrize("text", REACHED)
def test_how_often_splits_are_reached(text: str) -> None:
    assert list(work(text).reached.values()) == pytest.approx(REACHED[text])


CHANCES = {
    "PKT.HAS.TCP": 0.8, "!PKT.HAS.TCP": 0.2, "PKT.IP.PROTO == 17": 0.15, "PKT.ETH.TYPE == 0x86dd": 0.1,
    "PKT.HAS.TCP && PKT.TCP.DPORT == 443": 0.24, "PKT.HAS.TCP || PKT.HAS.UDP": 0.95,
    "PKT.TCP.FLAGS.SYN": 0.8 * 0.05, "PKT.LEN & 1": 0.5, "(PKT.LEN & 3) == 2": 0.25,
    "PKT.LEN == 60": 1 / 32,
    "PKT.LEN % 100 == 7": 0.25, "PKT.LEN > 100": 0.5, "(PKT.LEN & 255) < 64": 0.25,
    "(PKT.LEN & 255) >= 64": 0.75, "PKT.IP.SRC IN { 10.0.0.0/8 }": 0.9 / 4,
    "PKT.IP.SRC NOT IN { 10.0.0.0/8 }": 0.9 * 3 / 4, "PKT.IP.TTL != 3": 0.9 * 3 / 4,
    "EXTERN(sample, 2)": 0.25,
}  # fmt: skip


@pytest.mark.parametrize("condition", CHANCES)
def test_chances(condition: str) -> None:
    assert chance(condition) == pytest.approx(CHANCES[condition])


def test_the_guesses_are_those_of_the_docs() -> None:
    page = PAGE.read_text("utf-8")
    for name, often in {**PRESENT, **FLAGS}.items():
        shown = name.removeprefix("FLAGS_")
        assert re.search(rf"\b{shown} {often:g}\b", page), name
    for kind, *values in re.findall(
        r"^\| `(\w+)` \|[^|]*\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|", page, re.M
    ):
        expected = [getattr(TABLES[target], kind) for target in ("pc", "interp", "xdp", "ixp1200")]
        assert [float(value.replace(",", "")) for value in values] == pytest.approx(expected), kind
    assert all(f"| `{kind}` |" in page for kind in KINDS)


TRIPS = {
    "FOR (R[0] = 0; R[0] < 7; R[0]++) R[1]++; ROF": 7,
    "INT i; FOR (i = 9; i >= 0; i -= 3) R[1]++; ROF": 4,
    "FOR (R[0] = 0; R[0] <= 8; R[0] += 2) R[1]++; ROF": 5,
    "FOR (R[0] = PKT.L7; R[0] < PKT.CAPLEN; R[0]++) R[1]++; ROF": 446,
    "FOR (R[0] = 0; R[0] < (PKT.IP.LEN >> 1); R[0]++) R[1]++; ROF": 243,
    "FOR (R[0] = 0; R[0] < (PKT.B[20] & 7); R[0]++) R[1]++; ROF": 3.5,
    "FOR (R[0] = 0; R[0] < PKT.TCP.SEQ; R[0]++) R[1]++; ROF": 16,
    "FOR (; R[0] < 9; ) R[0] = R[0] * 2 + 1; ROF": 16,
    "FOR (R[0] = 0; R[0] < 1000000; R[0]++) R[1]++; ROF": 65_536,
}


@pytest.mark.parametrize("text", TRIPS)
def test_how_often_loops_go_round(text: str) -> None:
    program = checked(text)
    (loop,) = program.body
    assert isinstance(loop, p.For)
    assert Trips(program.ranges, 500).of_loop(loop) == pytest.approx(TRIPS[text])


def test_hashes_of_unknown_length() -> None:
    known, unknown = work("R[0] = HASH(14, 64, 255);"), work("R[0] = HASH(14, PKT.TCP.SEQ, 255);")
    assert unknown.cycles - known.cycles == pytest.approx((512 - 64) * PC.hash_byte + PC.field)


def test_longer_packets_cost_more_where_the_payload_is_read() -> None:
    short, long = Profile(length=100), Profile(length=1400)
    assert work(LOOP, profile=long).cycles > 10 * work(LOOP, profile=short).cycles
    assert work("R[0] = PKT.LEN;", profile=long) == work("R[0] = PKT.LEN;", profile=short)
