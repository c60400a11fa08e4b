"""The meaning of expressions and statements: values worked out by hand from the language reference."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from fpl3.compiler import Environment, front
from fpl3.diagnostics import Sink
from fpl3.externs import Function
from fpl3.hashes import crc32c, ixp48
from fpl3.interpreter import Interpreter
from fpl3.source import Source
from tests.unit.checked_text import ADD, accepted, environment
from tests.unit.interpreting import ending, left, machine, packet, run, tcp4, udp4, udp6, verdict

BYTES = bytes(range(64))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("PKT.B[14]", 14), ("PKT.W[14]", 0x0E0F), ("PKT.DW[60]", 0x3C3D3E3F),
        ("PKT.B[14] << 8", 0x0E00), ("PKT.B[7].U1[7]", 1), ("PKT.B[7].U1[4]", 0), ("PKT.B[0x13].U4[0]", 1),
        ("PKT.W[2].U8[0]", 2), ("PKT.W[2].U8[1]", 3), ("PKT.DW[8].U16[1]", 0x0A0B),
        ("PKT.DW[8].U8[3]", 11), ("PKT.DW[4].U1[31]", 1), ("PKT.LEN", 1064), ("PKT.CAPLEN", 64),
        ("PKT.PORT", 7), ("PKT.TS % 1000", 1), ("PKT.ORIGIN", 0), ("PKT.STATE", 0), ("R[9]", 0),
        ("PKT.B[1] - PKT.B[2]", 0xFFFFFFFF), ("MAX(PKT.B[1], PKT.B[2])", 2), ("MIN(PKT.B[1], PKT.B[2])", 1),
        ("~PKT.B[1]", 0xFFFFFFFE), ("-PKT.B[1]", 0xFFFFFFFF), ("PKT.B[9] % PKT.B[4]", 1),
        ("PKT.B[1] << PKT.B[31]", 0x80000000), ("PKT.B[1] << PKT.B[32]", 0), ("PKT.B[9] >> PKT.B[40]", 0),
        ("(PKT.B[1] < PKT.B[2]) + (PKT.B[1] <= PKT.B[1]) * 2", 3), ("PKT.B[5] IN {1, 4-6}", 1),
        ("PKT.B[5] NOT IN {1, 4-6}", 0), ("PKT.B[0] || PKT.B[1] && PKT.B[2]", 1), ("!PKT.B[0]", 1),
        ("CONSISTENT(PKT.B[3], 10)", 8), ("CONSISTENT(PKT.B[1], PKT.B[0])", 0xFFFFFFFF),
    ],
)  # fmt: skip
def test_values(expression: str, value: int) -> None:
    assert verdict(f"RETURN({expression});") == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("x / 2", -3), ("x % 2", -1), ("7 / x", -1), ("7 % x", 0), ("x >> 1", -4), ("x >> 40", -1),
        ("x << 1", -14), ("least / minus", -(1 << 31)), ("least % minus", 0), ("-least", -(1 << 31)),
        ("x < 0", 1), ("MAX(x, minus)", -1), ("least - 1", (1 << 31) - 1),
    ],
)  # fmt: skip
def test_signed_arithmetic(expression: str, value: int) -> None:
    text = "INT32 x; INT32 least; INT32 minus; x = -7; minus = -1; least = 1 << 31; "
    assert verdict(f"{text} RETURN({expression});") == value & 0xFFFFFFFF


def test_widening_extends_the_sign_and_narrowing_cuts() -> None:
    assert verdict("INT8 a; INT64 b; a = PKT.B[0] - 1; b = a; RETURN(b == -1);") == 1
    assert verdict("UINT8 a; a = PKT.W[1]; RETURN(a);") == 2


def test_hash_of_bytes() -> None:
    assert verdict("RETURN(HASH(2, 9, 0xffffffff));") == crc32c(BYTES[2:11])
    assert verdict("RETURN(HASH(2, 9, 0xff));") == crc32c(BYTES[2:11]) & 0xFF
    assert verdict("USE HASH IXP48; RETURN(HASH(2, 9, 0xffffffff));") == ixp48(BYTES[2:11])
    assert verdict("RETURN(HASH(0, 64, 0xffffffff));") == crc32c(BYTES)


def test_bounds_of_a_hash() -> None:
    assert verdict("RETURN(HASH(PKT.B[63] + 60, PKT.B[0], 255));") == 0
    assert ending("RETURN(HASH(PKT.B[60], PKT.B[5], 255));") == "out_of_bounds"
    assert ending("INT32 s; s = PKT.B[0] - 1; RETURN(HASH(s, PKT.B[0], 255));") == "out_of_bounds"
    # The length is evaluated, and aborts, before the bounds are looked at.
    assert ending("RETURN(HASH(PKT.B[63] + 9, 1 / PKT.B[0], 255));") == "division"


def test_hash_of_a_flow() -> None:
    data = tcp4()
    key = data[26:34] + b"\x06" + data[34:38]
    assert verdict("RETURN(HASH(flowFields));", data) == crc32c(key)
    assert verdict("USE HASH IXP48; RETURN(HASH(hostFields));", data) == ixp48(data[26:34])
    assert verdict("RETURN(HASH(flowFields));", b"", 101) == 0


# Aborts and absence


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RETURN(PKT.B[64]);", "out_of_bounds"), ("RETURN(PKT.W[63]);", "out_of_bounds"),
        ("RETURN(PKT.DW[61]);", "out_of_bounds"), ("IF (PKT.B[64] == 1) THEN FI", "out_of_bounds"),
        ("RETURN(PKT.B[PKT.B[0] - 1]);", "out_of_bounds"), ("PKT.W[63] = 1;", "out_of_bounds"),
        ("RETURN(PKT.B[1].U1[PKT.B[8]]);", "out_of_bounds"), ("RETURN(1 / PKT.B[0]);", "division"),
        ("PKT.B[1].U4[PKT.B[2]] = 1;", "out_of_bounds"), ("R[1] %= PKT.B[0];", "division"),
        ("UINT32 A[4]; RETURN(A[PKT.B[4]]);", "memory_index"),
        ("UINT32 A[4]; A[PKT.B[4]]++;", "memory_index"),
        ("CONST UINT32 T[2] = {1, 2}; RETURN(T[PKT.B[2]]);", "memory_index"),
        ("RETURN(PKT.IP.TTL);", "absent_field"), ("PKT.IP.TTL = 1;", "absent_field"),
        ("RETURN(PKT.L4);", "absent_field"), ("SWITCH (PKT.TCP.DPORT) CASE 1: ESAC", "absent_field"),
        ("SPLIT(PKT.UDP.DPORT); RETURN(1); TILPS", "absent_field"),
        ("FOR (;;) ROF", "loop_budget"),
    ],
)  # fmt: skip
def test_aborts(text: str, reason: str) -> None:
    assert ending(text) == reason


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("PKT.TCP.DPORT == 80", 0), ("PKT.TCP.DPORT != 80", 0), ("!(PKT.TCP.DPORT == 80)", 1),
        ("PKT.TCP.DPORT IN {1, 80}", 0), ("PKT.TCP.DPORT NOT IN {1, 80}", 0),
        ("PKT.TCP.FLAGS.SYN", 0), ("!PKT.TCP.FLAGS.SYN", 1), ("PKT.B[PKT.TCP.DPORT] == 1", 0),
        ("1 + (PKT.TCP.DPORT == 80) == 1", 1), ("PKT.HAS.TCP", 0), ("PKT.HAS.UDP", 1), ("PKT.L7 == 42", 1),
        ("PKT.IP6.SRC == ::1", 0), ("PKT.IP6.SRC.DW[PKT.B[1]] == 1", 0),
    ],
)  # fmt: skip
def test_absence(condition: str, value: int) -> None:
    assert verdict(f"IF ({condition}) THEN RETURN(1); FI RETURN(0);", udp4()) == value


def test_order_decides_between_abort_and_absence() -> None:
    for condition, reason in (
        ("PKT.B[99] == PKT.TCP.DPORT", "out_of_bounds"), ("PKT.TCP.DPORT == PKT.B[99]", "dropped"),
        ("1 / R[0] + PKT.TCP.DPORT == 1", "division"), ("PKT.TCP.DPORT + 1 / R[0] == 1", "dropped"),
        ("PKT.B[99] == 1 / R[0]", "out_of_bounds"), ("1 / R[0] == PKT.B[99]", "division"),
    ):  # fmt: skip
        assert ending(f"IF ({condition}) THEN RETURN(1); FI", udp4()) == reason


def test_short_circuit() -> None:
    assert verdict("RETURN(PKT.B[0] && PKT.B[99]);") == 0
    assert verdict("RETURN(PKT.B[1] || PKT.B[99]);") == 1
    assert ending("RETURN(PKT.B[1] && PKT.B[99]);") == "out_of_bounds"


def test_parts_of_ipv6_addresses() -> None:
    assert verdict("RETURN(PKT.IP6.DST.DW[3]);", udp6(1)) == 2
    assert ending("RETURN(PKT.IP6.DST.DW[PKT.B[20]]);", udp6(1)) == "out_of_bounds"
    assert ending("RETURN(PKT.IP6.DST.DW[1 / R[0]]);", udp4()) == "absent_field"
    assert ending("RETURN(PKT.IP6.DST.DW[1 / R[0]]);", udp6(1)) == "division"
    assert verdict("RETURN(PKT.IP6.DST IN ::/64);", udp6(1)) == 1


def test_fields_with_a_guard_are_absent_where_they_lie_outside() -> None:
    macro = "MACRO KIND = PKT.B[e] WHEN PKT.B[0] == 0; "
    inside, outside = macro.replace("[e]", "[9]"), macro.replace("[e]", "[99]")
    assert verdict(f"{inside} RETURN(KIND);") == 9
    assert ending(f"{inside} RETURN(KIND);", b"\1" * 20) == "absent_field"
    assert verdict(f"{inside} RETURN(KIND == 1);", b"\1" * 20) == 0
    assert ending(f"{outside} RETURN(KIND);") == "absent_field"
    assert verdict(f"{outside} RETURN(KIND != 1);") == 0
    assert verdict(f"{inside} RETURN(KIND != 1);", b"") == 0
    part = "MACRO BIT = PKT.B[0].U1[PKT.B[9]] WHEN PKT.B[0] == 0; "
    assert ending(f"{part} RETURN(BIT);") == "absent_field"
    assert verdict(f"{part} RETURN(!(BIT == 0));") == 1
    assert ending("MACRO D = 1 / R[0] WHEN PKT.B[0] == 0; RETURN(D == 1);") == "division"


def test_gre_keys_count_from_their_own_place() -> None:
    ip = bytes.fromhex("4500002400000000402f0000") + bytes(8)
    for gre, value in (("2000000001020304", 0x01020304), ("a00000009999999901020304", 0x01020304)):
        assert verdict("RETURN(PKT.GRE.KEY);", ip + bytes.fromhex(gre), 101) == value
    assert ending("RETURN(PKT.GRE.KEY);", ip + bytes(8), 101) == "absent_field"


# Statements


def test_loops() -> None:
    assert verdict("FOR (R[0] = 0; R[0] < 10; R[0]++) R[1] += R[0]; ROF RETURN(R[1]);") == 45
    text = "FOR (R[0] = 0; R[0] < 9; R[0]++) SWITCH (R[0]) CASE 3, 4: BREAK; DEFAULT: R[1]++; ESAC ROF"
    assert verdict(f"{text} RETURN(R[1] * 10 + R[0]);") == 33
    inner = "FOR (R[1] = 0; R[1] < 9; R[1]++) BREAK; ROF R[2] += R[1] + 1;"
    assert verdict(f"FOR (R[0] = 0; R[0] < 3; R[0]++) {inner} ROF RETURN(R[2]);") == 3


def test_the_loop_budget_counts_all_loops_of_a_run() -> None:
    two = "FOR (R[0] = 0; R[0] < 3; R[0]++) ROF FOR (R[1] = 0; R[1] < {}; R[1]++) ROF RETURN(1);"
    assert ending("USE LOOPBUDGET 5;" + two.format(2)) == "delivered"
    assert ending("USE LOOPBUDGET 5;" + two.format(3)) == "loop_budget"
    assert ending("FOR (R[0] = 0; R[0] < 65536; R[0]++) ROF RETURN(1);") == "delivered"
    assert ending("FOR (R[0] = 0; R[0] < 65537; R[0]++) ROF RETURN(1);") == "loop_budget"


def test_the_test_comes_before_the_budget() -> None:
    text = "USE LOOPBUDGET 2; UINT32 A[1]; FOR (;1 / (2 - A[0]) < 9; A[0]++) ROF"
    assert ending(text) == "division"


def test_memory_lives_and_registers_do_not() -> None:
    loaded = machine("UINT32 A[4]; R[1]++; A[PKT.B[1]] += R[1]; RETURN(A[1]);")
    assert [loaded.run(packet()).runs[0].verdict for _ in range(3)] == [1, 2, 3]
    assert loaded.memory == {"A": [0, 3, 0, 0]}


def test_initial_memory_is_neutral() -> None:
    loaded = machine(
        "INT8 A[1] MERGE MAX; UINT16 B[1] MERGE MIN; A[0] = MAX(A[0], 1); B[0] = MIN(B[0], 9);"
    )
    assert loaded.memory == {"A": [-128], "B": [65535]}
    loaded.run(packet())
    assert loaded.memory == {"A": [1], "B": [9]}


def test_effects_before_an_abort_stand() -> None:
    loaded = machine(
        'UINT32 A[1]; RULE r = { SID 5, MSG "m" }; A[0] = 7; ALERT(r); R[0] = 1 / A[0] / R[1];'
    )
    done = loaded.run(packet())
    assert [r.ending for r in done.runs] == ["division"] and loaded.memory["A"] == [7]
    assert [(part, rule.sid) for part, rule in done.alerts] == [(0, 5)]


def test_an_update_checks_its_index_before_its_value() -> None:
    assert ending("UINT32 A[4]; A[PKT.B[4]] += PKT.B[99];") == "memory_index"
    assert ending("UINT32 A[4]; A[PKT.B[3]] += PKT.B[99];") == "out_of_bounds"
    assert ending("PKT.B[99] = 1 / R[0];") == "out_of_bounds"
    assert ending("PKT.IP.TTL = 1 / R[0];") == "absent_field"
    assert ending("PKT.B[1].U1[PKT.B[9]] = 1 / R[0];") == "out_of_bounds"


def test_an_index_is_evaluated_once() -> None:
    loaded = machine("UINT32 A[4]; A[A[0]]++; A[A[0]]++;")
    loaded.run(packet())
    assert loaded.memory["A"] == [1, 1, 0, 0]


# Writes to the packet


@pytest.mark.parametrize(
    ("statement", "at", "bytes_"),
    [
        ("PKT.B[3] = 0x1ff;", 3, b"\xff"), ("PKT.W[3] = 0x1234;", 3, b"\x12\x34"),
        ("PKT.DW[60] = 1;", 60, b"\0\0\0\1"), ("PKT.B[3].U4[0] = 0xf5;", 3, b"\x53"),
        ("PKT.B[3].U1[7] = 0;", 3, b"\x02"), ("PKT.W[4].U8[1] += 255;", 5, b"\x04"),
        ("PKT.DW[4].U16[1]--;", 6, b"\x06\x06"), ("PKT.B[5] *= PKT.B[2];", 5, b"\x0a"),
    ],
)  # fmt: skip
def test_raw_writes(statement: str, at: int, bytes_: bytes) -> None:
    assert left(statement) == BYTES[:at] + bytes_ + BYTES[at + len(bytes_) :]


def test_field_writes() -> None:
    data = tcp4()
    assert left("PKT.IP.TTL--;", data) == data[:22] + b"\x3f" + data[23:]
    assert left("PKT.TCP.FLAGS.ACK = 1;", data) == data[:47] + b"\x12" + data[48:]
    assert left("PKT.IP.FRAG = 0xffff;", data)[20:22] == b"\x1f\xff"
    assert left("PKT.ETH.DST = 0x0102030405060708;", data)[:6] == bytes(range(3, 9))


def test_later_reads_see_a_write_to_what_they_depend_on() -> None:
    text = "PKT.IP.PROTO = 17; PKT.W[38] = 9; RETURN(PKT.HAS.UDP * 2 + PKT.HAS.TCP);"
    assert verdict(text, tcp4()) == 2
    assert verdict("PKT.IP.IHL = 6; RETURN(PKT.L4);", tcp4()) == 38
    assert ending("PKT.IP.VERSION = 5; PKT.IP.TTL = 1;", tcp4()) == "absent_field"


def test_a_packet_belongs_to_the_caller() -> None:
    given = packet()
    assert machine("PKT.B[0] = 9; RETURN(1);").run(given).runs[0].data[0] == 9
    assert given.data == BYTES


# External functions


def test_externs() -> None:
    text = "RETURN(EXTERN(add, PKT.B[1], PKT.B[2]));"
    loaded = machine(text, add=lambda frame, link, length, a, b: a + b - 4 + len(frame) * 0 + link * 0)
    assert loaded.run(packet()).runs[0].verdict == 0xFFFFFFFF


def test_an_extern_without_a_twin_is_refused() -> None:
    with pytest.raises(ValueError, match="add"):
        Interpreter(accepted("EXTERN(add, 1, 2);"))


def test_an_extern_that_writes_undeclared_is_refused() -> None:
    def vandal(frame: bytearray, link: int, length: int, a: int, b: int) -> int:
        frame[0] ^= 1
        return 0

    with pytest.raises(ValueError, match="undeclared"):
        machine("EXTERN(add, 1, 2);", add=vandal).run(packet())


def writer(changed: Callable[[bytearray], None]) -> tuple[Environment, dict[str, Callable[..., int]]]:
    """An environment with the external function `patch`, which changes the packet and gives 2."""
    patch = replace(ADD, name="patch", functions=(Function("", (), "patch", packet="write"),))

    def reference(frame: bytearray, link: int, length: int) -> int:
        changed(frame)
        return 2

    return replace(environment(), externs={"patch": patch}), {"patch": reference}


def test_an_update_reads_after_its_value() -> None:
    known, twins = writer(lambda frame: frame.__setitem__(9, 40))
    checked = front(Source("t", "PKT.B[9] += EXTERN(patch); RETURN(PKT.B[9]);"), known, Sink())
    assert checked is not None
    (ended,) = Interpreter(checked, twins).run(packet()).runs
    assert (ended.verdict, ended.data[8:11]) == (42, b"\x08\x2a\x0a")


def test_an_extern_must_not_change_the_length() -> None:
    known, twins = writer(lambda frame: frame.append(1))
    checked = front(Source("t", "EXTERN(patch);"), known, Sink())
    assert checked is not None
    with pytest.raises(ValueError, match="64 bytes must not become 65"):
        Interpreter(checked, twins).run(packet())


def test_nesting_near_the_limit_of_the_checker() -> None:
    depth = 95
    expression = "(PKT.B[1] + " * depth + "1" + ")" * depth
    text = "IF (PKT.B[1]) THEN " * depth + f"RETURN({expression});" + " FI" * depth
    loaded = machine(text)
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(500)  # the compiler has raised it
    try:
        assert loaded.run(packet()).runs[0].verdict == depth + 1
        assert sys.getrecursionlimit() == 500
    finally:
        sys.setrecursionlimit(before)


def test_ranges_are_asserted() -> None:
    checked = accepted("RETURN(PKT.B[0] + 1);")
    for node in checked.ranges:
        checked.ranges[node] = (500, 501)
    with pytest.raises(AssertionError, match="said to lie in"):
        Interpreter(checked, check_ranges=True).run(packet())


def test_verdicts() -> None:
    assert [r.ending for r in run("").runs] == ["dropped"]
    assert verdict("UINT64 x; x = PKT.TS; RETURN(x);") == 1_700_000_000_000_000_001 & 0xFFFFFFFF
    assert ending("UINT64 x; x = 1; x = x << 32; RETURN(x);") == "dropped"
