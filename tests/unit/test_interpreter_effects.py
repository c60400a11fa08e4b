"""TX and SPLIT in the interpreter: whole frames and runs, by hand."""

from __future__ import annotations

import pytest

from tests.unit.interpreting import (
    checksum,
    ending,
    left,
    machine,
    packet,
    run,
    tcp4,
    udp4,
    udp6,
)  # fmt: skip

BYTES = bytes(range(64))
MAC_TABLE = "TX_MAC[2] = { 02:00:00:00:00:11, 02:00:00:00:00:22 }; "
IP_TABLE = "TX_IP[2] = { 192.0.2.1, 198.51.100.7 }; "
IP6_TABLE = "TX_IP[1] = { 2001:db8::7 }; "


def test_tx_mac_sends_a_copy() -> None:
    done = run(MAC_TABLE + "TX(Mac, PKT.B[1]); TX(Mac, 0); RETURN(1);")
    hops = [bytes.fromhex("020000000022"), bytes.fromhex("020000000011")]
    assert done.transmitted == [hop + BYTES[6:] for hop in hops]
    assert done.runs[0].data == BYTES


def test_tx_sends_what_was_written_before_it() -> None:
    done = run(MAC_TABLE + "PKT.B[20] = 0; TX(Mac, 0); PKT.B[21] = 0;")
    assert done.transmitted[0][20:22] == b"\0\x15"
    assert done.runs[0].data[20:22] == b"\0\0"


def test_tx_mac_with_an_id() -> None:
    done = run(MAC_TABLE + "TX(Mac, 0x1234, 1); PKT.STATE = 0xa1b2c3d4; TX(Mac, 5, 0);")
    hops = [bytes.fromhex("020000000022"), bytes.fromhex("020000000011")]
    first, second = hops[0] + BYTES[6:10] + b"\x12\x34", hops[1] + b"\xa1\xb2\xc3\xd4\0\5"
    assert done.transmitted == [first + BYTES[12:], second + BYTES[12:]]


def test_the_state_word() -> None:
    assert ending("PKT.STATE += 2; PKT.STATE[0] *= 3; RETURN(PKT.STATE == 6);") == "delivered"


@pytest.mark.parametrize(
    ("text", "length", "reason"),
    [
        ("TX(Mac, PKT.B[0]);", 5, "out_of_bounds"), ("TX(Mac, PKT.B[0]);", 6, "dropped"),
        ("TX(Mac, 1, PKT.B[0]);", 11, "out_of_bounds"), ("TX(Mac, 1, PKT.B[0]);", 12, "dropped"),
        ("TX(Mac, PKT.B[1] + 1);", 5, "memory_index"), ("TX(Mac, PKT.B[9], 1 / R[0]);", 5, "out_of_bounds"),
    ],
)  # fmt: skip
def test_what_tx_mac_needs(text: str, length: int, reason: str) -> None:
    done = run(MAC_TABLE + text, BYTES[:length])
    assert done.runs[0].ending == reason
    assert len(done.transmitted) == (reason == "dropped")


def pseudo(frame: bytes, proto: int) -> bytes:
    addresses = frame[26:34] if frame[12] == 8 else frame[22:54]
    segment = frame[34:] if frame[12] == 8 else frame[54:]
    return addresses + bytes([0, proto]) + len(segment).to_bytes(2, "big") + segment


def with_checksum(frame: bytes, proto: int, at: int) -> bytes:
    value = checksum(pseudo(frame, proto)) or 0xFFFF
    return frame[:at] + value.to_bytes(2, "big") + frame[at + 2 :]


@pytest.mark.parametrize(("data", "proto", "at"), [(tcp4(), 6, 50), (udp4(), 17, 40)])
def test_tx_ip_keeps_the_checksums_right(data: bytes, proto: int, at: int) -> None:
    sent = with_checksum(data, proto, at)
    assert checksum(sent[14:34]) == 0
    (frame,) = run(IP_TABLE + "TX(Ip, 1);", sent).transmitted
    assert frame[30:34] == bytes([198, 51, 100, 7])
    assert checksum(frame[14:34]) == 0 and checksum(pseudo(frame, proto)) == 0
    assert [n for n in range(len(frame)) if frame[n] != sent[n]] == [24, 25, 30, 31, 32, 33, at, at + 1]


def test_tx_ip_over_ipv6() -> None:
    sent = with_checksum(udp6(0), 17, 60)
    (frame,) = run(IP6_TABLE + "TX(Ip, 0);", sent).transmitted
    assert frame[38:54] == bytes.fromhex("20010db8000000000000000000000007")
    assert checksum(pseudo(frame, 17)) == 0 and frame[:38] == sent[:38]


def test_a_udp_checksum_of_zero() -> None:
    (frame,) = run(IP_TABLE + "TX(Ip, 0);", udp4(0)).transmitted
    assert frame[40:42] == b"\0\0"
    (frame,) = run(IP6_TABLE + "TX(Ip, 0);", udp6(0)).transmitted
    assert frame[60:62] != b"\0\0"


def test_a_computed_zero_is_sent_as_all_ones() -> None:
    # 10.0.0.2 to 192.0.2.1 adds c000 - 0a00 and 0201 - 0002 to the sum: b7ff, taken off the checksum.
    (frame,) = run(IP_TABLE + "TX(Ip, 0);", udp4(0xB7FF)).transmitted
    assert frame[40:42] == b"\xff\xff"


def test_later_fragments_have_no_checksum_to_repair() -> None:
    data = tcp4()
    fragment = data[:20] + b"\0\1" + data[22:]
    (frame,) = run(IP_TABLE + "TX(Ip, 0);", fragment).transmitted
    assert frame[34:] == fragment[34:] and frame[24:26] != fragment[24:26]


@pytest.mark.parametrize(
    ("table", "data", "reason"),
    [
        (IP_TABLE, udp6(1), "absent_field"), (IP6_TABLE, udp4(), "absent_field"),
        (IP_TABLE, udp4(), "dropped"), (IP_TABLE, BYTES, "absent_field"),
    ],
)  # fmt: skip
def test_tx_ip_needs_its_own_family(table: str, data: bytes, reason: str) -> None:
    assert ending(table + "TX(Ip, 0);", data) == reason


def test_the_index_of_tx_ip_is_checked_first() -> None:
    assert ending(IP_TABLE + "TX(Ip, PKT.B[2]);", BYTES) == "memory_index"


# SPLIT


def test_a_body_is_a_run_of_its_own() -> None:
    text = (
        "R[1] = 5; PKT.B[0] = 1; SPLIT; R[1]++; PKT.B[1] = 9; RETURN(R[1]); TILPS RETURN(R[1] + PKT.B[1]);"
    )
    body, main = run(text).runs
    assert (body.part, body.ending, body.verdict, body.data[:2]) == (1, "delivered", 6, b"\1\x09")
    assert (main.part, main.ending, main.verdict, main.data[:2]) == (0, "delivered", 6, b"\1\1")


def test_memory_is_shared_and_aborts_are_not() -> None:
    loaded = machine("UINT32 A[2]; SPLIT; A[0] = 3; A[1] = 1 / R[0]; TILPS RETURN(A[0]);")
    assert [(r.part, r.ending, r.verdict) for r in loaded.run(packet()).runs] == [
        (1, "division", 0),
        (0, "delivered", 3),
    ]


def test_splits_nest_and_repeat() -> None:
    inner = "SPLIT; RETURN(R[0] + 10); TILPS RETURN(R[0] + 20);"
    text = f"FOR (R[0] = 0; R[0] < 2; R[0]++) SPLIT; {inner} TILPS ROF RETURN(R[0]);"
    assert [(r.part, r.verdict) for r in run(text).runs] == [(2, 10), (1, 20), (2, 11), (1, 21), (0, 2)]


def test_every_run_has_a_loop_budget() -> None:
    loop = "FOR (R[1] = 0; R[1] < 3; R[1]++) ROF"
    text = f"USE LOOPBUDGET 3; {loop} SPLIT; {loop} RETURN(1); TILPS {loop} RETURN(2);"
    assert [(r.part, r.ending) for r in run(text).runs] == [(1, "delivered"), (0, "loop_budget")]


def test_alerts_name_their_part() -> None:
    rules = 'RULE a = { SID 1, MSG "a" }; RULE b = { SID 2, MSG "b" }; '
    done = run(rules + "ALERT(a); SPLIT; ALERT(b); TILPS ALERT(a);")
    assert [(part, rule.sid) for part, rule in done.alerts] == [(0, 1), (1, 2), (0, 1)]


def test_where_is_evaluated_in_the_main_run() -> None:
    done = run("SPLIT(1 / PKT.B[0]); RETURN(1); TILPS RETURN(2);")
    assert [(r.part, r.ending) for r in done.runs] == [(0, "division")]


def test_what_follows_a_split_does_not_see_its_writes() -> None:
    assert left("SPLIT; PKT.B[3] = 0; TILPS RETURN(1);") == BYTES
