"""Sets of one range: a comparison where it is one value or whole bytes of what is loaded."""

from __future__ import annotations

import pytest

from tests.unit.pc_agreement import lines


@pytest.mark.parametrize(
    ("test", "condition"),
    [
        ("PKT.DW[26] IN 10.0.0.0/8", "(packet[26]:8 == 10)"),
        ("PKT.DW[26] IN 10.1.0.0/16", "(packet[26]:16 == 2561)"),
        ("PKT.W[12] IN {0x800-0x8ff}", "(packet[12]:8 == 8)"),
        ("PKT.W[12] IN {0x800}", "(packet[12]:16 == 2048)"),
        ("PKT.W[12] NOT IN {0x800-0x8ff}", "(packet[12]:8 != 8)"),
        ("PKT.ETH.SRC IN 00:11:22:00:00:00/24", None),
        ("PKT.DW[26] IN 10.32.0.0/11", None),
        ("PKT.DW[26] IN {10.0.0.0-10.255.255.254}", None),
        ("PKT.B[3] IN {1, 3}", None),
        ("R[0] IN 10.0.0.0/8", None),
    ],
)
def test_a_set_of_one_range(test: str, condition: str | None) -> None:
    found = lines(f"R[0] = PKT.LEN; RETURN({test});", "dead")
    if condition is None:
        assert any(" in set 0" in line for line in found)
    else:
        assert f"return UINT32({condition})" in found
