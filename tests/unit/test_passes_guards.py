"""Guards go only where they cannot fail, merge only over pure code, and split into two versions."""

from __future__ import annotations

import re

import pytest

from tests.unit.pc_agreement import lines

EFFECTS = {
    "memory": "M[1] = 5;",
    "packet": "PKT.B[2] = 7;",
    "alert": "ALERT(r);",
    "transmit": "TX(Mac, 0);",
    "call": "EXTERN(ip_checksum);",
    "part": "SPLIT; M[0]++; TILPS",
    "branch": "IF (R[3] == 1) THEN M[0]++; FI",
    "memory index": "R[4] = M[R[3]];",
    "division": "R[4] = 5 / R[3];",
    "absence": "R[4] = PKT.TCP.DPORT;",
    "loop": "FOR (; PKT.LEN > R[5]; R[5]++) M[1]++; ROF",
}
HEAD = "TX_MAC[1] = {00:00:E2:8D:6C:F9}; RULE r = {GID 1, SID 1, REV 1}; UINT32 M[4]; "


def guards_of(text: str, after: str = "guards") -> list[str]:
    return [line.removeprefix("guard ") for line in lines(text, after) if line.startswith("guard ")]


@pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS)
def test_no_guard_moves_over_an_effect(effect: str) -> None:
    """A larger guard behind an effect or an abort of another counter stays where it is."""
    text = f"{HEAD}R[3] = PKT.LEN; R[0] = PKT.B[12]; {effect} R[1] = PKT.B[40]; RETURN(R[0] + R[1] + R[4]);"
    found = lines(text, "guards")
    first, last = (found.index(f"guard captured({n}, 1) else out_of_bounds") for n in (12, 40))
    assert first < last
    between = found[first + 1 : last]
    effects = [line for line in between if not re.match(r"locate |[rt]\d+ = (?!call)", line)]
    assert effects, f"nothing lies between the guards: {between}"


def test_merged_over_pure_code() -> None:
    """Assignments to registers and the parse of headers lie between: the first asks for all."""
    text = "R[0] = PKT.B[12]; R[1] = R[0] * 3; IF (PKT.HAS.IP) THEN R[1]++; FI RETURN(R[1]);"
    assert guards_of(text) == ["captured(12, 1) else out_of_bounds"]
    text = "R[0] = PKT.B[12]; R[1] = R[0] * 3; R[2] = PKT.HAS.IP; R[3] = PKT.W[40]; RETURN(R[3] + R[2]);"
    assert guards_of(text) == ["captured(40, 2) else out_of_bounds"]


def test_a_smaller_guard_goes_a_larger_fact_stays() -> None:
    text = f"{HEAD}R[0] = PKT.B[40]; M[0]++; R[1] = PKT.DW[37]; M[0]++; R[2] = PKT.B[41]; RETURN(R[2]);"
    assert guards_of(text) == ["captured(40, 1) else out_of_bounds", "captured(41, 1) else out_of_bounds"]


def test_facts_end_with_assignments() -> None:
    text = (
        "R[0] = PKT.LEN; R[1] = PKT.B[R[0]]; R[2] = PKT.B[R[0]]; R[0]++; R[3] = PKT.B[R[0]]; RETURN(R[3]);"
    )
    assert guards_of(text) == ["captured(r0, 1) else out_of_bounds"] * 2


def test_facts_end_with_assignments_in_a_loop() -> None:
    text = (
        "R[0] = PKT.LEN; R[1] = PKT.B[R[0]]; FOR (R[2] = 0; R[2] < 3; R[2]++) "
        "R[3] += PKT.B[R[0]]; R[0]++; ROF RETURN(R[3]);"
    )
    assert guards_of(text) == ["captured(r0, 1) else out_of_bounds"] * 2


def test_a_fact_of_one_branch_is_none_behind_it() -> None:
    text = (
        "R[0] = PKT.LEN; IF (R[0] < PKT.CAPLEN) THEN R[1] = PKT.B[R[0]]; FI R[2] = "
        "PKT.B[R[0]]; RETURN(R[2] + R[1]);"
    )
    assert guards_of(text) == ["captured(LEN, 1) else out_of_bounds"]
    assert "if (LEN < CAPLEN)" in lines(text, "guards")


def test_a_test_of_bytes_that_may_change_is_no_fact() -> None:
    text = "R[5] = PKT.B[9]; IF (PKT.B[0] != 0) THEN PKT.B[0] = R[5]; R[1] = 7 / PKT.B[0]; FI RETURN(R[1]);"
    (last,) = guards_of(text)[1:]
    assert last.endswith("!= 0) else division")


def test_intervals_prove() -> None:
    """An index that its type bounds, a divisor that is never 0."""
    text = "UINT32 M[256]; R[0] = PKT.B[0]; M[PKT.B[1]]++; R[1] = 7 / (R[0] + 1); RETURN(R[1]);"
    assert guards_of(text) == ["captured(1, 1) else out_of_bounds"]


def test_a_fast_and_a_slow_copy() -> None:
    """The fast copy has none of the guards, the slow one all of them, in the old order."""
    text = "UINT32 M[2]; R[0] = PKT.B[13]; M[0]++; R[1] = PKT.B[50]; M[1] += R[1]; RETURN(R[0]);"
    found = lines(text, "versions")
    assert found[0] == "if captured(0, 51)"
    fast, slow = found[1 : found.index("else")], found[found.index("else") + 1 :]
    assert not [line for line in fast if line.startswith("guard")]
    assert [line for line in slow if not line.startswith("guard")] == fast
    assert slow == lines(text, "structure-2")


def test_copies_have_labels_of_their_own() -> None:
    """The verifier refuses a label twice; a loop in both copies has two."""
    text = (
        "UINT32 M[2]; R[0] = PKT.B[3]; M[0]++; FOR (R[1] = 0; R[1] < 3; R[1]++) "
        "IF (PKT.B[13] == 1) THEN BREAK; FI M[1]++; ROF R[2] = PKT.B[40]; RETURN(R[2]);"
    )
    loops = [line for line in lines(text, "versions") if line.startswith("loop")]
    assert len(loops) == 2
    assert loops[1] == f"{loops[0]}_slow"


def test_no_copy_for_one_guard_or_far_bytes() -> None:
    """Bytes that few frames have are not asked for before the program asks."""
    text = "UINT32 M[2]; R[0] = PKT.B[13]; M[0]++; R[1] = PKT.B[500]; M[1] += R[1]; RETURN(R[0]);"
    assert lines(text, "versions") == lines(text, "structure-2")


PORT80 = (
    "UINT32 p; IF (PKT.W[12] == ETH_IP && PKT.B[23] == 6) THEN p = ((PKT.B[14] & 15) << 2) + 14; "
    "RETURN(PKT.W[p] == 80 || PKT.W[p + 2] == 80); FI"
)


def test_a_fast_copy_behind_a_header_of_the_length_it_says() -> None:
    """One check for the bytes at the start and those behind the header: a header is never shorter than
    nothing."""
    found = lines(PORT80, "versions")
    assert found[0] == "if captured(((UINT32(packet[14]:8) &32 15) <<32 2), 24)"
    fast, slow = found[1 : found.index("else")], found[found.index("else") + 1 :]
    assert not [line for line in fast if line.startswith("guard")]
    assert len([line for line in slow if line.startswith("guard")]) == 4


def test_no_such_copy_where_the_length_may_be_written() -> None:
    written = f"PKT.B[14] = 0x46; {PORT80}"
    assert not [line for line in lines(written, "versions") if line.startswith("if captured((")]


def test_no_such_copy_for_what_seldom_happens() -> None:
    """Ports behind one address of four billion: the fast copy asks for the address only."""
    seldom = PORT80.replace("PKT.B[23] == 6", "(PKT.DW[26] == 10.0.0.1 || PKT.DW[30] == 10.0.0.1)")
    assert lines(seldom, "versions")[0] == "if captured(0, 34)"
