"""Reading, absence, hashes, writing: language.md sections 3 to 5."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.audit_packets import ARP4, FIRST_FRAGMENT, LATER_FRAGMENT, REVERSE, TCP4, TCP6, UDP4
from tests.unit.audited import BYTES, Case, verify
from tests.unit.checked_text import check_text

FLOW = bytes([10, 0, 0, 1, 192, 0, 2, 7, 6]) + (40000).to_bytes(2, "big") + (80).to_bytes(2, "big")
NO_PORTS = FLOW[:9] + bytes(4)


def _crc32c(data: bytes) -> int:
    """Bit by bit, as RFC 3720 and Castagnoli's polynomial have it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x82F63B78 * (crc & 1)
    return crc ^ 0xFFFFFFFF


def _jump(key: int, buckets: int) -> int:
    """CONSISTENT in the words of the page."""
    b, j = -1, 0
    while j < buckets:
        b = j
        key = (key * 2862933555777941757 + 1) % 2**64
        j = ((b + 1) << 31) // ((key >> 33) + 1)
    return b


def test_the_check_value_of_crc32c() -> None:
    assert _crc32c(b"123456789") == 0xE3069283


CASES = [
    Case("RETURN(PKT.B[255]);", 255),
    Case("RETURN(PKT.W[254]);", 65279),
    Case("RETURN(PKT.DW[252]);", 4244504319),
    Case("RETURN(PKT.B[256]);", "out_of_bounds"),
    Case("RETURN(PKT.W[255]);", "out_of_bounds"),
    Case("RETURN(PKT.DW[253]);", "out_of_bounds"),
    Case("RETURN(PKT.DW[254] == 1);", "out_of_bounds"),
    Case("IF (PKT.B[300] == 1) THEN RETURN(1); FI", "out_of_bounds"),
    Case("R[0]=PKT.B[0]; R[0]--; RETURN(PKT.DW[R[0]]);", "out_of_bounds"),
    Case("UINT64 x; x=PKT.B[0]; x--; RETURN(PKT.DW[x]);", "out_of_bounds"),
    Case("INT32 x; x=PKT.B[0]; x--; RETURN(PKT.B[x]);", "out_of_bounds"),
    Case("UINT64 x; x=PKT.B[1]; x<<=32; RETURN(PKT.B[x]);", "out_of_bounds"),
    Case(
        ("RETURN(PKT.B[0xa5].U1[0]*8+PKT.B[0xa5].U1[1]*4+PKT.B[0xa5].U1[2]*2+PKT.B[0xa5].U1[7]);"),
        8 + 2 + 1,
    ),
    Case("RETURN(PKT.B[0xa5].U4[0]*256+PKT.B[0xa5].U4[1]);", 2565),
    Case("RETURN(PKT.W[16].U8[0]*256+PKT.W[16].U8[1]);", 4113),
    Case("RETURN(PKT.W[16].U1[3]);", 1),
    Case("RETURN(PKT.W[16].U1[15]);", 1),
    Case("RETURN(PKT.DW[16].U16[1]);", 4627),
    Case("RETURN(PKT.DW[16].U8[3]);", 19),
    Case("RETURN(PKT.DW[16].U1[31]);", 1),
    Case("R[0]=PKT.B[8]; RETURN(PKT.B[0].U1[R[0]]);", "out_of_bounds"),
    Case("R[0]=PKT.B[7]; RETURN(PKT.B[1].U1[R[0]]);", 1),
    Case("RETURN(PKT.LEN);", 1500, length=1500),
    Case("RETURN(PKT.CAPLEN);", 256, length=1500),
    Case("RETURN(PKT.PORT);", 3, port=3),
    Case("RETURN(PKT.TS / 1000000000);", 1700000000, timestamp=1700000000 * 10**9),
    Case("RETURN(PKT.L3*10000+PKT.L4*100+PKT.L7);", 143454, TCP4),
    Case("R[0]=PKT.L4;", "absent_field", ARP4),
    Case("RETURN(PKT.L3);", 14, ARP4),
    Case("RETURN(PKT.L4==0);", 0, ARP4),
    Case("RETURN(PKT.IP.PROTO);", 6, TCP4),
    Case("RETURN(PKT.IP_PROTO);", 6, TCP4),
    Case("RETURN(IP_PROTO);", 6, TCP4),
    Case("RETURN(PKT.IP_DEST_PORT);", 80, TCP4),
    Case("RETURN(PKT.IP_DEST_PORT);", 53, UDP4),
    Case("RETURN(IP_SRC_PORT);", 40000, UDP4),
    Case("RETURN(PKT.IP.DEST_PORT);", 80, TCP4),
    Case("RETURN(PKT.TCP.FLAGS.SYN);", 1, TCP4),
    Case("RETURN(PKT.ETH.TYPE);", 2048, TCP4),
    Case("RETURN(PKT.TCP.FLAGS);", 2, TCP4),
    Case("RETURN(PKT.IP.LEN);", len(TCP4) - 14, TCP4),
    Case("RETURN(PKT.UDP.DPORT);", "absent_field", TCP4),
    Case("RETURN(PKT.UDP.DPORT != 53);", 0, TCP4),
    Case("RETURN(!(PKT.UDP.DPORT == 53));", 1, TCP4),
    Case("RETURN(PKT.UDP.DPORT NOT IN {53});", 0, TCP4),
    Case("RETURN(!(PKT.UDP.DPORT IN {53}));", 1, TCP4),
    Case("RETURN(!PKT.TCP.FLAGS.SYN);", 1, UDP4),
    Case("IF (PKT.TCP.FLAGS.SYN) THEN RETURN(1); FI RETURN(2);", 2, UDP4),
    Case("RETURN(PKT.UDP.DPORT && 1);", 0, TCP4),
    Case("RETURN(1 || PKT.UDP.DPORT);", 1, TCP4),
    Case("RETURN(PKT.B[PKT.L4] == 80);", 0, ARP4),
    Case("RETURN(PKT.B[PKT.L4]);", "absent_field", ARP4),
    Case("M[PKT.UDP.DPORT]++;", "absent_field", TCP4),
    Case("UINT32 A[65536]; RETURN(A[PKT.UDP.DPORT] == 0);", 0, TCP4),
    Case("UINT32 A[65536]; RETURN(A[PKT.UDP.DPORT] == 0);", 1, UDP4),
    Case("RETURN(MAX(PKT.UDP.DPORT,1) == 1);", 0, TCP4),
    Case("RETURN(MAX(PKT.UDP.DPORT,1));", "absent_field", TCP4),
    Case("RETURN(HASH(PKT.UDP.DPORT,1,1) == 0);", 0, TCP4),
    Case("RETURN(CONSISTENT(PKT.UDP.DPORT,1) == 0);", 0, TCP4),
    Case("RETURN(CONSISTENT(PKT.UDP.DPORT,3) != 7);", 0, TCP4),
    Case("RETURN((PKT.UDP.DPORT == 5) == 0);", 1, TCP4),
    Case("RETURN((PKT.UDP.DPORT == 5) != (PKT.TCP.DPORT == 80));", 1, TCP4),
    Case("RETURN((PKT.UDP.DPORT == 5) + (PKT.UDP.SPORT));", "absent_field", TCP4),
    Case("RETURN(((PKT.UDP.DPORT == 5) + PKT.UDP.SPORT) == 0);", 0, TCP4),
    Case("IF (PKT.UDP.DPORT + 1) THEN RETURN(1); FI RETURN(2);", 2, TCP4),
    Case("RETURN(PKT.B[5000] == PKT.UDP.DPORT);", "out_of_bounds", TCP4),
    Case("RETURN(PKT.UDP.DPORT == PKT.B[5000]);", 0, TCP4),
    Case("R[0]=PKT.B[99]; RETURN(PKT.UDP.DPORT + 5/R[0] == 1);", 0, TCP4 + bytes(99)),
    Case("RETURN(5/PKT.B[99] + PKT.UDP.DPORT == 1);", "division", TCP4 + bytes(99)),
    Case("SWITCH (PKT.UDP.DPORT) CASE 5: R[0]=1; ESAC", "absent_field", TCP4),
    Case("FOR (;PKT.UDP.DPORT;) M[0]++; ROF RETURN(2);", 2, TCP4),
    Case(
        "FOR (;PKT.TCP.DPORT;) M[0]++; ROF RETURN(2);",
        lambda o: o.aborts["loop_budget"] == 1 and o.memory == {("M", 0): 65536},
        TCP4,
    ),
    Case(
        "FOR (R[0]=0;R[0]<65536;R[0]++) M[0]++; ROF RETURN(2);",
        lambda o: o.deliveries and o.memory == {("M", 0): 65536},
        TCP4,
    ),
    Case(
        "FOR (R[0]=0;R[0]<65537;R[0]++) M[0]++; ROF RETURN(2);",
        lambda o: o.aborts["loop_budget"] == 1 and o.memory == {("M", 0): 65536},
        TCP4,
    ),
    Case(
        ("FOR (R[0]=0;R[0]<256;R[0]++) FOR (R[1]=0;R[1]<255;R[1]++) M[0]++; ROF ROF RETURN(2);"),
        lambda o: o.deliveries and o.memory == {("M", 0): 65280},
        TCP4,
    ),
    Case(
        ("FOR (R[0]=0;R[0]<256;R[0]++) FOR (R[1]=0;R[1]<256;R[1]++) M[0]++; ROF ROF RETURN(2);"),
        lambda o: o.aborts["loop_budget"] == 1 and o.memory == {("M", 0): 65536 - 256},
        TCP4,
    ),
    Case(
        ("USE LOOPBUDGET 3; FOR (R[0]=0;R[0]<2;R[0]++) M[0]++; ROF FOR (R[0]=0;R[0]<2;R[0]++) M[1]++; ROF"),
        lambda o: o.aborts["loop_budget"] == 1 and o.memory == {("M", 0): 2, ("M", 1): 1},
        TCP4,
    ),
    Case(
        (
            "USE LOOPBUDGET 3; FOR (R[0]=0;R[0]<2;R[0]++) M[0]++; ROF SPLIT; FOR "
            "(R[0]=0;R[0]<3;R[0]++) M[1]++; ROF TILPS FOR (R[0]=0;R[0]<1;R[0]++) M[2]++; ROF RETURN(1);"
        ),
        lambda o: o.memory == {("M", 0): 2, ("M", 1): 3, ("M", 2): 1} and (not any(o.aborts.values())),
        TCP4,
    ),
    Case(("USE LOOPBUDGET 3; FOR (;;) M[0]++; IF (M[0]==3) THEN BREAK; FI ROF RETURN(1);"), 1, TCP4),
    Case(
        ("USE LOOPBUDGET 3; FOR (;;) M[0]++; IF (M[0]==4) THEN BREAK; FI ROF RETURN(1);"),
        "loop_budget",
        TCP4,
    ),
    Case(("FOR (R[0]=0;R[0]<9;R[0]++) SWITCH (R[0]) CASE 4: BREAK; ESAC ROF RETURN(R[0]);"), 4, TCP4),
    Case("FOR (R[0]=0;R[0]<9;R[0]++) R[1]++; BREAK; R[2]++; ROF RETURN(R[1]+R[2]);", 1, TCP4),
    Case(
        ("FOR (R[0]=0;R[0]<3;R[0]++) SPLIT; M[R[0]]++; FOR (;;) BREAK; ROF RETURN(R[0]+1); TILPS ROF"),
        lambda o: [d[1:3] for d in o.deliveries] == [(1, 1), (1, 2), (1, 3)],
        TCP4,
    ),
    Case(
        ("SPLIT; R[0]=PKT.B[0]; PKT.B[0]=9; M[0]=R[0]+6; TILPS RETURN(R[0]*100+PKT.B[0]+M[0]);"),
        8,
        b"\x01" * 20,
    ),
    Case(
        (
            "SWITCH (PKT.B[3]) CASE 1,2: RETURN(1); CASE 3,4: R[0]=7; CASE 5: R[0]=8; "
            "DEFAULT: RETURN(9); ESAC RETURN(R[0]);"
        ),
        7,
    ),
    Case("SWITCH (PKT.B[3]) DEFAULT: RETURN(4); ESAC", 4),
    Case("RETURN(HASH(0,9,0xffffffff));", 3808858755, b"123456789"),
    Case("RETURN(HASH(0,9,0xff00));", 37376, b"123456789"),
    Case("RETURN(HASH(0,0,0xffffffff));", 0, b"123456789"),
    Case("RETURN(HASH(0,10,0xffffffff));", "out_of_bounds", b"123456789"),
    Case("RETURN(HASH(9,1,0xffffffff));", "out_of_bounds", b"123456789"),
    Case("R[0]=PKT.B[0]; RETURN(HASH(0xffffffff,R[0],1));", 0),
    Case("R[0]=PKT.B[0]; R[0]--; RETURN(HASH(2,R[0],1));", "out_of_bounds"),
    Case("RETURN(HASH(1,PKT.B[7],0xffffffff));", _crc32c(BYTES[1:8])),
    Case("RETURN(hash(flowFields));", _crc32c(FLOW), TCP4),
    Case("RETURN(HASH(biflowFields));", _crc32c(FLOW), TCP4),
    Case("RETURN(HASH(biflowFields));", _crc32c(FLOW), REVERSE),
    Case("RETURN(HASH(hostFields));", _crc32c(FLOW[:8]), TCP4),
    Case("RETURN(HASH(bihostFields));", _crc32c(FLOW[:8]), REVERSE),
    Case("RETURN(HASH(flowFields));", _crc32c(NO_PORTS), FIRST_FRAGMENT),
    Case(
        "RETURN(HASH(flowFields));",
        _crc32c(bytes([10, 0, 0, 1, 192, 0, 2, 7, 6]) + bytes(4)),
        LATER_FRAGMENT,
    ),
    Case("RETURN(HASH(flowFields));", _crc32c(TCP6[22:54] + b"\x06" + TCP6[54:58]), TCP6),
    Case("RETURN(HASH(flowFields));", _crc32c(ARP4[6:12] + ARP4[0:6] + b"\x08\x06"), ARP4),
    Case("RETURN(HASH(flowFields));", 0, b""),
    Case("R[0] = hash(flowFields)%3; RETURN(R[0]+1);", _crc32c(FLOW) % 3 + 1, TCP4),
    Case("RETURN(CONSISTENT(1,10));", 6, TCP4),
    Case("RETURN(CONSISTENT(3,10));", 8, TCP4),
    Case("RETURN(CONSISTENT(0xffffffff,10));", 5, TCP4),
    Case("R[0]=PKT.B[1]; R[1]=PKT.B[10]; RETURN(CONSISTENT(R[0],R[1]));", 6),
    Case("R[0]=PKT.B[0]; R[0]--; R[1]=PKT.B[10]; RETURN(CONSISTENT(R[0],R[1]));", 5),
    Case("RETURN(CONSISTENT(HASH(0,9,0xffffffff),1000));", _jump(3808858755, 1000), b"123456789"),
    Case("USE HASH IXP48; RETURN(HASH(0,9,0) == 0);", 1, b"123456789"),
    Case("PKT.B[0]=255; RETURN(PKT.W[0]);", 65281),
    Case("PKT.W[1]=0x1234; RETURN(PKT.DW[0]);", 1192963),
    Case("PKT.DW[252]=5; RETURN(PKT.DW[252]);", 5),
    Case("PKT.DW[253]=5;", "out_of_bounds"),
    Case("PKT.B[0].U4[1]=0xa; RETURN(PKT.B[0]);", 10),
    Case("PKT.B[0].U1[0]=1; RETURN(PKT.B[0]);", 128),
    Case("PKT.B[0].U4[1]=0x1a; RETURN(PKT.B[0]);", 10),
    Case("PKT.DW[0].U16[0]=0xbeef; RETURN(PKT.DW[0]);", 3203334659),
    Case("PKT.IP.TTL--; RETURN(PKT.IP.TTL);", 63, TCP4),
    Case("PKT.IP.TTL+=200; RETURN(PKT.IP.TTL);", 8, TCP4),
    Case("PKT.UDP.DPORT=5;", "absent_field", TCP4),
    Case("PKT.TCP.FLAGS.SYN=0; RETURN(PKT.TCP.FLAGS);", 0, TCP4),
    Case("PKT.IP.SRC=1.2.3.4; RETURN(PKT.IP.SRC);", 16909060, TCP4),
    Case("PKT.ETH.SRC=00:00:00:00:00:01; RETURN(PKT.ETH.SRC);", 1, TCP4),
    Case("PKT.VLAN.ID=5;", "absent_field", TCP4),
    Case("PKT.IP.TTL <<= 1; RETURN(PKT.IP.TTL);", 128, TCP4),
    Case("PKT.IP.TTL ^= 0xff; RETURN(PKT.IP.TTL);", 191, TCP4),
    Case("PKT.IP.TTL |= 1; RETURN(PKT.IP.TTL);", 65, TCP4),
    Case("PKT.IP.TTL &= 0x0f; RETURN(PKT.IP.TTL+1);", 1, TCP4),
    Case("PKT.IP.TTL /= 3; RETURN(PKT.IP.TTL);", 21, TCP4),
    Case("PKT.IP.TTL %= 7; RETURN(PKT.IP.TTL);", 1, TCP4),
    Case("PKT.IP.TTL *= 5; RETURN(PKT.IP.TTL);", 64, TCP4),
    Case("PKT.IP.TTL >>= 2; RETURN(PKT.IP.TTL);", 16, TCP4),
    Case("PKT.IP.TTL -= 65; RETURN(PKT.IP.TTL);", 255, TCP4),
    Case("M[PKT.B[300]] += PKT.UDP.DPORT;", "out_of_bounds"),
    Case("UINT32 A[4]; A[PKT.B[4]] = PKT.B[999];", "memory_index"),
    Case("UINT32 A[4]; RETURN(A[PKT.B[4]]);", "memory_index"),
    Case("UINT32 A[4]; INT32 i; i=PKT.B[0]; i--; A[i]=1;", "memory_index"),
    Case(("UINT32 A[4]; A[PKT.B[1]] += A[PKT.B[1]] + 3; A[1] *= 4; A[1] |= 1; RETURN(A[1]);"), 13),
]
REFUSED = [
    "RETURN(PKT.W[16].U1[16]);",
    "RETURN(PKT.DW[16].U4[0]);",
    "RETURN(PKT.W[16].U4[0]);",
    "RETURN(PKT.B[16].U8[0]);",
    "SWITCH (R[0]) CASE 0: BREAK; ESAC",
    "BREAK;",
    "FOR (;;) SPLIT; BREAK; TILPS ROF",
    "SWITCH (PKT.B[3]) CASE 1: R[0]=1; CASE 1: R[0]=2; ESAC",
    "SWITCH (PKT.B[3]) CASE R[0]: R[0]=1; ESAC",
    "RETURN(HASH(FlowFields));",
    "PKT.LEN=5;",
    "PKT.HAS.TCP=1;",
    "PKT.L3=1;",
    "PKT.TS++;",
    "PKT.PORT=1;",
    "PKT.CAPLEN=1;",
    "UINT32 A[4]; A[4]=1;",
    "UINT32 A[4]; A[-1]=1;",
]


def test_both_targets_give_the_answer_of_the_page(tmp_path: Path) -> None:
    verify(CASES, tmp_path)


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    program, sink = check_text(text)
    assert program is None
    assert sink.has_errors
