"""What the batch loop fetches ahead, and which deliveries are all alike."""

from __future__ import annotations

import pytest

from ffpf_plugins.pc.prefetch import prefetched
from ffpf_plugins.pc.survey import survey
from tests.unit.pc_agreement import after

HEADER = "((PKT.B[14] & 15) << 2)"


@pytest.mark.parametrize(
    ("text", "offsets"),
    [
        ("RETURN(1);", ()),
        ("RETURN(PKT.LEN > 60);", ()),
        ("RETURN(PKT.W[12] == ETH_IP);", (12,)),
        ("RETURN(PKT.W[12] == ETH_IP && PKT.DW[26] == 10.0.0.1);", (12, 29)),
        # Behind an IPv4 header without options.
        (f"RETURN(PKT.W[12] == ETH_IP && PKT.W[{HEADER} + 14] == 80);", (12, 35)),
        # Few packets are IPv6, few are that large.
        ("RETURN(PKT.W[12] == ETH_IP6 && PKT.B[54] == 1);", (12,)),
        ("RETURN(PKT.B[5000] == 1);", ()),
        ("RETURN(PKT.TCP.DPORT == 80);", (12, 38)),
        ("R[0] = HASH(flowFields); RETURN(R[0]);", (12, 38)),
        ("R[0] = PKT.LEN - 40; RETURN(PKT.B[R[0]]);", (12, 38)),
    ],
)
def test_what_most_runs_look_at_is_fetched_ahead(text: str, offsets: tuple[int, ...]) -> None:
    assert prefetched(after(text, "dead")) == offsets


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("RETURN(7);", 7),
        ("IF (PKT.B[0] == 1) THEN RETURN(7); FI", 7),
        ("IF (PKT.B[0] == 1) THEN RETURN(7); FI RETURN(0);", 7),
        ("RETURN(PKT.B[0] == 1);", 1),
        ("IF (PKT.B[0] == 1) THEN RETURN(7); FI RETURN(8);", None),
        ("RETURN(PKT.B[0]);", None),
        ("IF (PKT.B[0] == 1) THEN RETURN(7); FI RETURN(PKT.LEN);", None),
        ("M[0]++;", None),
    ],
)
def test_deliveries_that_are_all_alike(text: str, verdict: int | None) -> None:
    assert survey(after(text, "dead")).verdict == verdict


def test_only_small_programs_without_headers_are_unrolled() -> None:
    many = " ".join(f"M[{n}]++; IF (PKT.B[{n}] == {n}) THEN M[{n}]++; FI" for n in range(40))
    assert survey(after("RETURN(PKT.B[0] == 1);", "dead")).small
    assert not survey(after("RETURN(PKT.TCP.DPORT == 1);", "dead")).small
    assert not survey(after(many, "dead")).small
