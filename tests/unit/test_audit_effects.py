"""No abort is dropped, added or moved, whatever becomes of the value: language.md sections 1 and 3."""

from __future__ import annotations

from pathlib import Path

from tests.unit.audit_packets import TCP4
from tests.unit.audited import Case, verify

CASES = [
    Case("R[0]=PKT.B[9999]; R[0]=1; RETURN(R[0]);", "out_of_bounds"),
    Case("R[0]=PKT.B[9999] * 0; RETURN(R[0]+1);", "out_of_bounds"),
    Case("RETURN((PKT.B[9999] & 0) + 1);", "out_of_bounds"),
    Case("RETURN((PKT.B[9999] >> 9) + 1);", "out_of_bounds"),
    Case("RETURN((PKT.B[9999] >= 0) + 1);", "out_of_bounds"),
    Case("IF (PKT.B[9999]) THEN FI RETURN(1);", "out_of_bounds"),
    Case("SWITCH (PKT.B[9999]) CASE 1: ESAC RETURN(1);", "out_of_bounds"),
    Case("R[0]=5/PKT.B[0]; R[0]=1; RETURN(R[0]);", "division"),
    Case("R[0]=PKT.B[3]%PKT.B[0]*0; RETURN(R[0]+1);", "division"),
    Case("UINT32 A[4]; R[0]=A[PKT.B[4]]; R[0]=1; RETURN(R[0]);", "memory_index"),
    Case("R[0]=HASH(0,999,0); RETURN(R[0]+1);", "out_of_bounds"),
    Case("R[0]=HASH(0,999,1); RETURN(1+R[1]);", "out_of_bounds"),
    Case("R[0]=PKT.UDP.DPORT*0; RETURN(R[0]+1);", "absent_field", TCP4),
    Case("RETURN(PKT.UDP.DPORT - PKT.UDP.DPORT + 1);", "absent_field", TCP4),
    Case("RETURN((PKT.UDP.DPORT >= 0) + 1);", 1, TCP4),
    Case("RETURN((PKT.UDP.DPORT == PKT.UDP.DPORT) + 1);", 1, TCP4),
    Case("RETURN(PKT.B[9999] - PKT.B[9999] + 1);", "out_of_bounds"),
    Case("FOR (R[0]=0;R[0]<70000;R[0]++) ROF RETURN(1);", "loop_budget"),
    Case("FOR (;;) ROF", "loop_budget"),
    Case("FOR (;;) IF (PKT.B[9999]) THEN BREAK; FI ROF", "out_of_bounds"),
    Case("M[PKT.B[4]] = M[PKT.B[4]]; RETURN(1);", 1),
    Case("UINT32 A[4]; A[PKT.B[4]] *= 0;", "memory_index"),
    Case("UINT32 A[4]; A[PKT.B[4]] += 5/PKT.B[0];", "memory_index"),
    Case("UINT32 A[4]; A[PKT.B[1]] += 5/PKT.B[0];", "division"),
    Case("PKT.B[9999] = 5/PKT.B[0];", "out_of_bounds"),
    Case("PKT.UDP.DPORT = 5/PKT.B[99];", "absent_field", TCP4 + bytes(60)),
    Case("RETURN(5/PKT.B[0] + PKT.B[9999]);", "division"),
    Case("RETURN(PKT.B[9999] + 5/PKT.B[0]);", "out_of_bounds"),
    Case("RETURN(PKT.B[PKT.UDP.DPORT] + PKT.B[9999]);", "absent_field", TCP4),
    Case("RETURN(PKT.B[PKT.B[255]+PKT.B[1]]);", "out_of_bounds"),
    Case("RETURN(PKT.W[PKT.B[254]]);", 65279),
    Case("RETURN(PKT.DW[PKT.B[252]]);", 4244504319),
    Case("RETURN(PKT.DW[PKT.B[253]]);", "out_of_bounds"),
    Case(
        ("R[0]=PKT.B[0]; FOR (R[1]=0;R[1]<10;R[1]++) R[0]+=PKT.B[R[1]*30]; ROF RETURN(R[0]);"),
        "out_of_bounds",
    ),
    Case(
        "M[0]++; FOR (R[1]=0;R[1]<10;R[1]++) M[1]+=PKT.B[250+R[1]]; ROF",
        lambda o: (
            o.aborts["out_of_bounds"] == 1 and o.memory == {("M", 0): 1, ("M", 1): sum(range(250, 256))}
        ),
    ),
    Case("R[0]=PKT.B[13]; R[1]=PKT.B[300]; R[0]=PKT.UDP.DPORT; RETURN(R[0]+R[1]);", "out_of_bounds", TCP4),
    Case("R[0]=PKT.UDP.DPORT; R[1]=PKT.B[300]; RETURN(R[0]+R[1]);", "absent_field", TCP4),
    Case("IF (PKT.CAPLEN > 300) THEN RETURN(PKT.B[300]); FI RETURN(2);", 2),
    Case("IF (PKT.LEN > 300) THEN RETURN(PKT.B[300]); FI RETURN(2);", "out_of_bounds", length=500),
    Case("IF (PKT.HAS.TCP) THEN PKT.IP.PROTO = 17; RETURN(PKT.TCP.DPORT); FI", "absent_field", TCP4),
    Case("IF (PKT.TCP.DPORT == 80) THEN PKT.IP.IHL = 15; RETURN(PKT.TCP.DPORT); FI", "absent_field", TCP4),
    Case("IF (PKT.HAS.IP) THEN EXTERN(ip_checksum); RETURN(PKT.TCP.DPORT); FI", 80, TCP4),
    Case(("IF (PKT.TCP.DPORT == 80) THEN PKT.B[23] = 17; RETURN(PKT.TCP.DPORT + 1 != 0); FI"), 0, TCP4),
    Case(("PKT.IP.TTL = PKT.IP.TTL - 1; EXTERN(ip_checksum); RETURN(PKT.IP.CHECKSUM == 0);"), 0, TCP4),
    Case("M[PKT.TCP.DPORT]++; RETURN(M[80]);", 1, TCP4),
    Case("M[PKT.TCP.DPORT & 0xff]++; RETURN(M[80]);", 1, TCP4),
]


def test_both_targets_give_the_answer_of_the_page(tmp_path: Path) -> None:
    verify(CASES, tmp_path)
