"""The parse of headers is shared, and done again behind what may move them."""

from __future__ import annotations

from tests.unit.pc_agreement import lines

STAGES = ["locate LINK", "locate IP", "locate IP6", "locate L4"]


def located(text: str) -> list[str]:
    return [
        line for line in lines(text, "headers") if line.startswith(("locate", "packet", "loop", "part"))
    ]


def test_once_for_many_fields() -> None:
    text = (
        "IF (PKT.TCP.DPORT == 80) THEN R[0] = PKT.TCP.SPORT; FI IF (PKT.HAS.UDP) THEN R[0]++; "
        "FI RETURN(PKT.IP.TTL);"
    )
    assert located(text) == STAGES


def test_only_what_is_needed() -> None:
    assert located("RETURN(PKT.VLAN.ID);") == ["locate LINK"]
    assert located("RETURN(PKT.ETH.TYPE);") == []
    assert located("RETURN(PKT.IP.TTL);") == ["locate LINK", "locate IP"]
    assert located("RETURN(PKT.IP6.HOP_LIMIT);") == ["locate LINK", "locate IP6"]


def test_again_behind_a_structural_write() -> None:
    write = "packet[12]:16 = 5 structural"
    text = "R[0] = PKT.IP.TTL; PKT.W[12] = 5; RETURN(PKT.IP.TTL + R[0]);"
    assert located(text) == [*STAGES[:2], write, *STAGES[:2]]


def test_not_again_behind_another_write() -> None:
    text = "PKT.IP.TTL--; PKT.IP.TTL--; RETURN(PKT.IP.TTL);"
    found = located(text)
    assert found[:2] == STAGES[:2]
    assert not [line for line in found[2:] if line.startswith("locate")]


def test_in_every_iteration_of_a_loop_that_writes() -> None:
    text = (
        "R[1] = PKT.IP.TTL; FOR (R[0] = 0; R[0] < 3; R[0]++) R[1] += PKT.IP.TTL; PKT.B[14]++; "
        "ROF RETURN(R[1]);"
    )
    found = located(text)
    loop = next(n for n, line in enumerate(found) if line.startswith("loop"))
    assert found[loop + 1 : loop + 3] == STAGES[:2]


def test_once_before_a_loop_that_does_not_write() -> None:
    text = "R[1] = PKT.IP.TTL; FOR (R[0] = 0; R[0] < 3; R[0]++) R[1] += PKT.IP.TTL; ROF RETURN(R[1]);"
    assert [line for line in located(text) if line.startswith("locate")] == STAGES[:2]


def test_a_part_moves_its_own_headers_only() -> None:
    text = "R[0] = PKT.IP.TTL; SPLIT; PKT.W[12] = 5; RETURN(PKT.IP.TTL); TILPS RETURN(PKT.IP.TTL + R[0]);"
    found = located(text)
    assert found == [*STAGES[:2], "part 1", "packet[12]:16 = 5 structural", *STAGES[:2]]


def test_a_write_on_one_path_counts() -> None:
    text = "R[0] = PKT.IP.TTL; IF (R[0] == 3) THEN PKT.W[12] = 5; FI RETURN(PKT.IP.TTL);"
    assert [line for line in located(text) if line.startswith("locate")] == [*STAGES[:2]] * 2
