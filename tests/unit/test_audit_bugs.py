"""What the audit of the language's definition found: each fault has the test that is named after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpl3 import kinds
from tests.unit.audit_packets import TCP4
from tests.unit.audited import Case, verify
from tests.unit.checked_text import accepted, check_text

SIX = "2001:db8::1\n  2001:DB8::ff # one\n::ffff:1.2.3.4\nfe80::-fe80::5\n2001:db8:1::/48\n"


def warnings(text: str) -> list[kinds.Kind]:
    _, sink = check_text(text)
    return [d.kind for d in sink.diagnostics]


@pytest.mark.parametrize(
    "text",
    [
        "FOR (;;) M[0]++; ROF M[1]++;",
        "FOR (;1;) M[0]++; ROF M[1]++;",
        "FOR (;;) FOR (;;) BREAK; ROF M[0]++; ROF M[1]++;",
        "FOR (;;) RETURN (3); ROF M[1]++;",
    ],
)
def test_nothing_behind_an_endless_loop_is_reached(text: str) -> None:
    assert warnings(text) == [kinds.UNREACHABLE]


@pytest.mark.parametrize(
    "text",
    [
        "FOR (;;) IF (M[0] > 3) THEN BREAK; FI M[0]++; ROF M[1]++;",
        "FOR (;;) SWITCH (M[0]) CASE 3: BREAK; ESAC M[0]++; ROF M[1]++;",
        "FOR (; M[0] < 3;) M[0]++; ROF M[1]++;",
    ],
)
def test_what_is_behind_a_loop_with_a_way_out_is_reached(text: str) -> None:
    assert warnings(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "UINT8 x; x += 300; RETURN (x);",
        "UINT8 x; x |= 0x100; RETURN (x);",
        "UINT8 a[3]; a[0] += PKT.LEN;",
        "UINT32 a[3]; a[0] ^= PKT.TS;",
        "PKT.VLAN.PCP += 9;",
        "PKT.B[0].U4[1] += 16;",
    ],
)
def test_an_update_by_what_the_target_cannot_hold_is_warned_of(text: str) -> None:
    assert warnings(text) == [kinds.NARROWING]


@pytest.mark.parametrize(
    "text",
    [
        "UINT8 x; x -= 1; x += 255; x += -1; x &= 0xfff0; RETURN (x);",
        "UINT8 x; x += PKT.W[0] & 0xff; x /= PKT.LEN + 1; RETURN (x);",
        "UINT32 a[3]; a[0] += PKT.LEN; a[1] -= a[0] + a[2];",
    ],
)
def test_an_update_that_wraps_around_is_not_warned_of(text: str) -> None:
    assert warnings(text) == []


def test_a_plain_macro_is_a_customised_field_too(tmp_path: Path) -> None:
    verify([Case("MACRO MINE = PKT.B[1] + 6; RETURN (PKT.MINE);", 7)], tmp_path)


def test_a_macro_with_parameters_is_no_field() -> None:
    assert warnings("MACRO MINE(a) = a; RETURN (PKT.MINE);") == [kinds.UNKNOWN_FIELD]


def test_an_external_function_may_be_given_a_memory_output(tmp_path: Path) -> None:
    """The paper's EXTERN(filter, input, output)."""
    named = "MACRO SEVEN = 7; EXTERN(ip_checksum, M[3]); M[3] += SEVEN; RETURN (M[3]);"
    verify([Case(named, 8, TCP4)], tmp_path)


def test_a_memory_output_is_an_assignment() -> None:
    accepted("UINT32 out[2]; EXTERN(add, 1, PKT.B[2], out[1]);")
    assert warnings("R[0] = EXTERN(add, 1, 2, M[0]);") == [kinds.EXTERN_ARGUMENTS]
    assert warnings("EXTERN(add, 1, 2, 3);") == [kinds.EXTERN_ARGUMENTS]
    assert warnings("CONST UINT8 T[1] = {1}; EXTERN(add, 1, 2, T[0]);") == [kinds.NOT_WRITABLE]


def test_set_files_of_ipv6_are_read_by_the_systems_parser() -> None:
    program = accepted('SET s FROM "s"; RETURN (PKT.IP6.SRC IN s);', {"s": SIX.encode()})
    (found,) = program.sets
    base = 0x20010DB8 << 96
    assert found.ipv6
    assert found.ranges == (
        (0xFFFF01020304, 0xFFFF01020304),
        (base + 1, base + 1),
        (base + 0xFF, base + 0xFF),
        (base + (1 << 80), base + (2 << 80) - 1),
        (0xFE80 << 112, (0xFE80 << 112) + 5),
    )


@pytest.mark.parametrize("line", ["fe80::1%lo", "::1::", "12345::", "1:2:3", "::\0", "é::", "::1/129"])
def test_what_is_no_ipv6_address_is_refused(line: str) -> None:
    program, sink = check_text('SET s FROM "s"; RETURN (PKT.IP6.SRC IN s);', {"s": line.encode()})
    assert program is None
    assert [d.kind for d in sink.diagnostics] == [kinds.SET_FILE]


def test_set_files_have_prefixes_of_mac_addresses_as_literals_have() -> None:
    (found,) = accepted('SET s FROM "s"; RETURN (PKT.ETH.SRC IN s);', {"s": b"00:11:22:00:00:00/24\n"}).sets
    assert found.ranges == ((0x001122000000, 0x001122FFFFFF),)
