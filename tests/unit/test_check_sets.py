"""Sets become sorted, disjoint ranges; files of them."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from fpl3.check.program import NumberSet
from fpl3.check.setfile import BadElement, element
from fpl3.check.sets import normalised
from tests.unit.checked_text import accepted, codes


def set_of(literal: str, files: dict[str, bytes] | None = None) -> NumberSet:
    value = "PKT.IP6.SRC" if "::" in literal or "six" in literal else "PKT.IP.SRC"
    text = f"CONST WEB = 80;\nSET low = {{1-3}};\nSET s {literal};\n"
    text += f"IF ({value} IN s || PKT.IP.TTL IN low || PKT.IP.TTL == WEB) THEN RETURN(1); FI"
    return next(s for s in accepted(text, files).sets if s.name == "s")


@pytest.mark.parametrize(
    ("literal", "ranges"),
    [
        ("= {80, 443, 8000-8080}", ((80, 80), (443, 443), (8000, 8080))),
        ("= {3, 1, 2}", ((1, 3),)),
        ("= {5-9, 7-12, 13}", ((5, 13),)),
        ("= {10.0.0.0/8, 10.1.2.3}", ((0x0A000000, 0x0AFFFFFF),)),
        ("= {10.0.0.1-10.0.0.9}", ((0x0A000001, 0x0A000009),)),
        ("= {WEB, WEB + 2}", ((80, 80), (82, 82))),
        ("= {low, 7}", ((1, 3), (7, 7))),
        ("= {00:00:5e:00:00:01}", ((0x5E000001, 0x5E000001),)),
        ("= {2001:db8::/32, ::1}", ((1, 1), (0x20010DB8 << 96, (0x20010DB8 << 96) + (1 << 96) - 1))),
        ("= {-1, 0}", ((-1, 0),)),
    ],
)  # fmt: skip
def test_literals(literal: str, ranges: tuple[tuple[int, int], ...]) -> None:
    assert set_of(literal).ranges == ranges


def test_membership_is_of_exact_numbers() -> None:
    found = NumberSet("s", ((1, 3), (10, 20)), False)
    assert [n for n in range(-1, 25) if n in found] == [1, 2, 3, *range(10, 21)]


def test_files() -> None:
    text = (
        b"\xef\xbb\xbf# lists\r\n10.0.0.1\r\n10.0.0.2 # next\n\n  192.0.2.0/24\n"
        b"80\n0x51\n90-95\n02:00:00:00:00:01\n"
    )
    assert set_of('FROM "list.txt"', {"list.txt": text}).ranges == (
        (80, 81),
        (90, 95),
        (0x0A000001, 0x0A000002),
        (0xC0000200, 0xC00002FF),
        (0x020000000001, 0x020000000001),
    )


def test_files_of_ipv6_addresses() -> None:
    found = set_of('FROM "six.txt"', {"six.txt": b"2001:db8::1\n2001:db8::2\nfe80::/10\n"})
    assert found.ipv6
    assert len(found.ranges) == 2


@pytest.mark.parametrize(
    "text",
    [
        *("1.2.3", "01.2.3.4", "1.2.3.256", "1.2.3.4/33", "10.0.0.1/8", "5/2", "9-5", "-5", "0x", "a"),
        *("1.2.3.4-::1", "::1/129", "1.2.3.4/", "1.2.3.4/-1", "99999999999999999999", "fe80::1%eth0"),
        *("00:11:22:33:44", "1_000", "10.0.0.0/08", "00:11:22:33:44:55/49", "\u0661", "1.2.3.4 5.6.7.8"),
    ],
)
def test_bad_elements(text: str) -> None:
    with pytest.raises(BadElement):
        element(text)


def test_a_bad_file_stops_after_twenty_messages() -> None:
    text = 'SET s FROM "f";\nIF (PKT.IP.SRC IN s) THEN RETURN(1); FI'
    assert codes(text, {"f": b"bad\n" * 1000}) == ["FPL0703"] * 20


def test_normalised_agrees_with_a_plain_set_of_numbers() -> None:
    source = random.Random(7)
    for _ in range(200):
        ranges = [(low, low + source.randrange(5)) for low in source.choices(range(60), k=12)]
        joined = normalised(ranges)
        members = {n for low, high in ranges for n in range(low, high + 1)}
        assert {n for low, high in joined for n in range(low, high + 1)} == members
        assert all(a[1] + 1 < b[0] for a, b in pairwise(joined))


def test_a_hundred_thousand_addresses() -> None:
    """How long they take: python -m benchmarks start."""
    source = random.Random(1)
    lines = [".".join(str(source.randrange(256)) for _ in range(4)) for _ in range(100_000)]
    text = 'SET s FROM "f";\nIF (PKT.IP.SRC IN s) THEN RETURN(1); FI'
    content = "\n".join(lines).encode()
    checked = accepted(text, {"f": content})
    assert sum(high - low + 1 for low, high in checked.sets[0].ranges) == len(set(lines))


def test_equal_literals_are_one_set() -> None:
    text = "IF (PKT.TCP.DPORT IN {80, 443} || PKT.UDP.DPORT IN {443, 80}) THEN RETURN(1); FI"
    assert len(accepted(text).sets) == 1
