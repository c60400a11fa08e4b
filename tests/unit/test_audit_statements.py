"""Statements, macros, sets, TX, the paper's samples: language.md sections 2 and 5."""

from __future__ import annotations

from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from tests.unit.audit_packets import ARP4, TCP4, TCP6, UDP4, WORM
from tests.unit.audited import Case, verify
from tests.unit.checked_text import check_text


def _hex(data: object) -> str:
    return bytes(data).hex()  # type: ignore[call-overload]


TABLE = "TX_MAC[3] = {00:00:E2:8D:6C:F9, 00:02:03:04:05:03, 00:02:B3:50:1D:7A};\n"
PAPER = (
    TABLE
    + """// extracted by the compiler from the configuration file
IF (PKT.IP_PROTO == PROTO_TCP) // if pkt is TCP
  THEN TX (Mac, 2);           // schedule it to be forwarded to the 3rd
  ELSE TX (Mac, 1);           // or 2nd MAC address from the TX_MAC table
FI
"""
)
LOAD_BALANCER = """IF (PKT.IP_PROTO==TCP && PKT.IP_DEST_PORT==80) THEN
  R[0] = hash(flowFields)%3;
  SPLIT(R[0]); // thus, the main stream is equally distributed
  M[0]++;
  TILPS
FI
"""
FIGURE_4 = """UINT32 M[8];
IF (PKT.IP.PROTO == TCP) THEN
  IF (PKT.TCP.DPORT == 80) THEN M[0]++; /* scan web traffic */
  ELSIF (PKT.TCP.DPORT == 25) THEN M[1]++; /* scan mail */ FI
ELSIF (PKT.IP.PROTO == UDP) THEN M[2]++; FI
"""
FIGURE_5 = """UINT32 M[8];
IF (PKT.IP.PROTO == TCP) THEN
  IF (PKT.TCP.DPORT == 80) THEN SPLIT(N1); M[0]++; RETURN(1); TILPS
  ELSIF (PKT.TCP.DPORT == 25) THEN SPLIT(N2); M[1]++; RETURN(2); TILPS FI
ELSIF (PKT.IP.PROTO == UDP) THEN SPLIT(N2); M[2]++; RETURN(3); TILPS FI
"""
FIGURE_10 = """UINT32 A_count[1]; UINT32 B_hits[1024]; UINT32 C_flows[65536];
A_count[0]++;
IF (PKT.IP.PROTO == UDP && PKT.UDP.DPORT == 1434) THEN
  SPLIT(N2);
    R[1] = 0;
    FOR (R[0] = PKT.L7; R[0] < PKT.CAPLEN; R[0]++) IF (PKT.B[R[0]] == 0x04) THEN R[1]++; FI ROF
    IF (R[1] > 8) THEN R[2] = HASH(flowFields) & 1023; B_hits[R[2]]++; RETURN(1); FI
  TILPS
FI
IF (PKT.IP.PROTO == TCP) THEN
  SPLIT(N1); R[2] = HASH(26, 12, 0xffff); C_flows[R[2]]++; TILPS
FI
"""


CASES = [
    Case(PAPER, lambda o: [f.hex() for _, f in o.transmits] == ["0002b3501d7a" + TCP4[6:].hex()], TCP4),
    Case(PAPER, lambda o: o.transmits[0][1][:6].hex() == "000203040503", UDP4),
    Case(PAPER, lambda o: o.transmits[0][1][:6].hex() == "000203040503", ARP4),
    Case(LOAD_BALANCER, {("M", 0): 1}, TCP4),
    Case(LOAD_BALANCER, lambda o: o.runs == 1 and (not o.memory), UDP4),
    Case(FIGURE_4, {("M", 0): 1}, TCP4),
    Case(FIGURE_5, lambda o: [d[1:3] for d in o.deliveries] == [(1, 1)], TCP4),
    Case(FIGURE_5, lambda o: [d[1:3] for d in o.deliveries] == [(3, 3)], UDP4),
    Case(FIGURE_10, lambda o: len(o.deliveries) == 1 and o.memory["A_count", 0] == 1, WORM),
    Case(FIGURE_10, lambda o: len(o.memory) == 2 and o.runs == 2, TCP4),
    Case(
        (
            "R[0] = 5; R[0] -= 2; R[0] *= 4; R[0] /= 3; R[0] %= 3; R[0] <<= 4; R[0] >>= "
            "1; R[0] &= 0xff; R[0] ^= 3; R[0] |= 4; RETURN(R[0]);"
        ),
        (5 - 2) * 4 // 3 % 3 << 4 >> 1 & 255 ^ 3 | 4,
        TCP4,
    ),
    Case("R[0]=2; SPLIT(R[0]); RETURN(1); TILPS", 1, TCP4),
    Case("SPLIT(1); RETURN(1); TILPS", 1, TCP4),
    Case("SPLIT(N7); RETURN(1); TILPS", 1, TCP4),
    Case("SPLIT(PKT.UDP.DPORT); RETURN(1); TILPS", "absent_field", TCP4),
    Case("SPLIT(PKT.B[9999]); M[0]++; TILPS", "out_of_bounds", TCP4),
    Case("M[PKT.B[3]]++; RETURN(M[255]+7);", 7),
    Case("M[HASH(flowFields) & 1023]++; RETURN(1);", 1, TCP4),
    Case("UINT32 M[16]; M[PKT.B[20]]++;", "memory_index"),
    Case("M[PKT.B[20]]=1; RETURN(1);", 1),
    Case("UINT32 M[]; M[5]=1; RETURN(1);", 1),
    Case("INT8 a[2] MERGE MAX; RETURN(a[0]);", 4294967168, TCP4),
    Case("UINT8 a[2] MERGE MIN; RETURN(a[0]);", 255, TCP4),
    Case("INT64 a[2] MERGE MIN; RETURN(a[0]==0x7fffffffffffffff);", 1, TCP4),
    Case("UINT32 a[2] MERGE OR; RETURN(a[0]+1);", 1, TCP4),
    Case("SRAM UINT64 a[2] MERGE SUM; a[1]++; RETURN(a[1]);", 1, TCP4),
    Case("INT8 a[2] MERGE MAX; a[1] = MAX(a[1], -5); RETURN(a[1]);", 4294967291, TCP4),
    Case("SCRATCH UINT8 a[2]; SDRAM INT16 b[3]; a[0]--; b[2]--; RETURN(b[2]+a[0]);", 254, TCP4),
    Case("CONST UINT32 T[4] = {1,2,3,4}; RETURN(T[PKT.B[2]]);", 3),
    Case("CONST UINT32 T[4] = {1,2,3,4}; RETURN(T[PKT.B[4]]);", "memory_index"),
    Case("CONST UINT64 T[2] = {0xffffffffffffffff,2}; RETURN(T[PKT.B[0]]>>60);", 15),
    Case("CONST UINT32 T[2] = {10.0.0.1,2}; RETURN(PKT.IP.SRC==T[0]);", 1, TCP4),
    Case("MACRO SQ(a)=a*a; RETURN(SQ(2+1));", 9, TCP4),
    Case("MACRO A = 1+2; RETURN(A*2);", 6, TCP4),
    Case("UINT32 x; MACRO F(y)=x+y; x=PKT.B[1]; RETURN(F(x));", 2),
    Case("UINT32 x; MACRO F(x)=x+1; x=PKT.B[1]; RETURN(F(5)+x);", 7),
    Case("MACRO F(a)=a+1; MACRO G(b)=F(b)*F(b); RETURN(G(2));", 9, TCP4),
    Case("MACRO HTTP = PKT.W[36] WHEN PKT.IP.PROTO == TCP; RETURN(HTTP);", 80, TCP4),
    Case("MACRO HTTP = PKT.W[36] WHEN PKT.IP.PROTO == TCP; RETURN(PKT.HTTP);", 80, TCP4),
    Case("MACRO HTTP = PKT.W[36] WHEN PKT.IP.PROTO == TCP; RETURN(PKT.HTTP == 53);", 0, UDP4),
    Case("MACRO HTTP = PKT.W[36] WHEN PKT.IP.PROTO == TCP; RETURN(PKT.HTTP);", "absent_field", UDP4),
    Case("MACRO F = PKT.W[3600] WHEN PKT.IP.PROTO == TCP; RETURN(F != 53);", 0, TCP4),
    Case("MACRO F = PKT.W[3600] WHEN PKT.IP.PROTO == TCP; RETURN(F);", "absent_field", TCP4),
    Case("MACRO F = 1 WHEN PKT.B[4000]; RETURN(F);", "absent_field", TCP4),
    Case("MACRO F = 5/PKT.B[0] WHEN 1; RETURN(F != 3);", "division"),
    Case("MACRO mine = R[0]; mine = 3; RETURN(mine);", 3, TCP4),
    Case(
        (
            "SET s = {10.0.0.0/8, 192.0.2.1, 80, 8000-8080}; RETURN(PKT.IP.SRC IN s && "
            "PKT.TCP.DPORT IN s && PKT.IP.DST NOT IN s);"
        ),
        1,
        TCP4,
    ),
    Case("SET s = {66:77:88:99:aa:bb}; RETURN(PKT.ETH.SRC IN s);", 1, TCP4),
    Case("CONST A=3; SET s={A, A+2}; SET t={s, 9}; RETURN(PKT.B[5] IN t);", 1),
    Case("RETURN(PKT.UDP.DPORT IN {80} || PKT.TCP.DPORT IN {80});", 1, TCP4),
    Case(TABLE + "TX(Mac,PKT.B[0]);", "memory_index", b"\x03" * 60),
    Case(
        TABLE + "TX(Mac,0x1234,1);",
        lambda o: _hex(o.transmits[0][1]) == "000203040503" + TCP4[6:10].hex() + "1234" + TCP4[12:].hex(),
        TCP4,
    ),
    Case(
        TABLE + "PKT.STATE=0xdeadbeef; TX(Mac,0x1234,1);",
        lambda o: _hex(o.transmits[0][1]) == "000203040503" + "deadbeef" + "1234" + TCP4[12:].hex(),
        TCP4,
    ),
    Case(
        TABLE + "PKT.STATE=0; TX(Mac,0x1234,1);",
        lambda o: _hex(o.transmits[0][1]) == "000203040503" + "00000000" + "1234" + TCP4[12:].hex(),
        TCP4,
    ),
    Case(
        TABLE + "PKT.STATE=5; TX(Mac,1); RETURN(PKT.STATE);",
        lambda o: (
            _hex(o.transmits[0][1]) == "000203040503" + TCP4[6:].hex()
            and o.deliveries[0][2] == 5
            and (o.deliveries[0][3] == TCP4)
        ),
        TCP4,
    ),
    Case(
        TABLE + "PKT.IP.TTL=1; TX(Mac,1); PKT.IP.TTL=2; TX(Mac,0); RETURN(1);",
        lambda o: [f[22] for _, f in o.transmits] == [1, 2] and o.deliveries[0][3][22] == 2,
        TCP4,
    ),
    Case("TX_MAC = {00:00:E2:8D:6C:F9}; TX(Mac,0);", lambda o: len(o.transmits) == 1, TCP4),
    Case("TX_IP[1]={1.2.3.4}; TX(Ip,0);", "absent_field", TCP6),
    Case("TX_IP[1]={1.2.3.4}; TX(Ip,0);", "absent_field", ARP4),
    Case(
        "TX_IP[1]={1.2.3.4}; TX(Ip,0);",
        lambda o: (
            _hex(o.transmits[0][1])
            == _hex(
                Ether(dst="00:11:22:33:44:55", src="66:77:88:99:aa:bb")
                / IP(src="10.0.0.1", dst="1.2.3.4", ttl=64)
                / TCP(sport=40000, dport=80, flags="S")
                / b"GET / HTTP"
            )
        ),
        TCP4,
    ),
    Case(
        "TX_IP[1]={2001:db8::99}; TX(Ip,0);",
        lambda o: (
            _hex(o.transmits[0][1])
            == _hex(
                Ether(TCP6[:14])
                / IPv6(src="2001:db8::1", dst="2001:db8::99")
                / TCP(dport=443, sport=5, flags="SA")
                / b"hi"
            )
        ),
        TCP6,
    ),
    Case(TABLE + "TX(Mac,0);", "out_of_bounds", b"12345"),
    Case(TABLE + "TX(Mac,1,0);", "out_of_bounds", b"12345678901"),
    Case(
        (
            'RULE r = { GID 1, SID 2000001, REV 3, PRIORITY 2, CLASS "c", MSG "m" }; '
            "ALERT(r); ALERT(r); RETURN(1);"
        ),
        lambda o: len(o.alerts) == 2,
        TCP4,
    ),
    Case("RETURN(PKT.ORIGIN + PKT.STATE);", 0, TCP4),
    Case("PKT.STATE[0]=3; RETURN(PKT.STATE[0]);", 3, TCP4),
    Case("SWITCH (PKT.ORIGIN) CASE 0: RETURN(1); ESAC", 1, TCP4),
    Case("RETURN(PKT.HAS.TCP);", 1, TCP4),
    Case("RETURN(PKT.HAS.TCP*100+PKT.HAS.UDP*10+PKT.HAS.IP);", 11, UDP4),
    Case("RETURN(PKT.HAS.tcp);", 1, TCP4),
    Case("RETURN(PKT.has.Tcp);", 1, TCP4),
]
REFUSED = [
    "M[PKT.DW[0]]++;",
    "UINT8 a[2] MERGE XOR;",
    "CONST UINT32 T[4] = {1,2,3,4}; RETURN(T[4]);",
    "CONST UINT32 T[4] = {1,2,3,4}; T[1]=2;",
    "CONST UINT8 T[2] = {1,300};",
    "CONST UINT32 T[2] = {1,2,3};",
    "MACRO F=F+1; RETURN(F);",
    "MACRO F(a)=F(a-1); RETURN(F(1));",
    "MACRO F(a)=a; RETURN(F(1,2));",
    "MACRO F(a)=a; RETURN(F);",
    "SET s = {::1, 10.0.0.1};",
    "SET s = {5-3};",
    "TX(Mac,0);",
    "TX_IP[1]={1.2.3.4}; TX(Ip,0,0);",
    "ALERT(r);",
    "RULE r = { GID 1 };",
]


def test_both_targets_give_the_answer_of_the_page(tmp_path: Path) -> None:
    verify(CASES, tmp_path)


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    program, sink = check_text(text)
    assert program is None
    assert sink.has_errors
