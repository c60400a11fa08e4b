"""Programs that were once split wrongly: each is right, or refused, now."""

from __future__ import annotations

import pytest

from tests.differential.split_agreement import Tried, case_of, compare_case


def tree(*kinds: str) -> str:
    """N0 with one next hop for each kind of link."""
    lines = ['root = "N0"']
    for n in range(len(kinds) + 1):
        lines.append(f"[nodes.N{n}]")
        for m in range(len(kinds) + 1):
            lines.append(f'interfaces.e{m} = {{ mac = "02:00:00:00:{n:02x}:{m:02x}", reaches = "any" }}')
    for n, kind in enumerate(kinds, 1):
        ends = ("N0", f"N{n}") if kind == "memory" else (f"N0.e{n}", f"N{n}.e0")
        lines += ["[[links]]", f'from = "{ends[0]}"', f'to = "{ends[1]}"', f'kind = "{kind}"']
        lines += [] if kind == "memory" else ["mtu = 65535"]
    return "\n".join(lines)


CHAIN, FORK = tree("ethernet"), tree("ethernet", "ethernet")
MIXED, MEMORY = tree("memory", "ethernet"), tree("memory", "memory")
A = "UINT32 A[8]; UINT32 M[4]; R[1] = PKT.CAPLEN & 7;"
EQUAL = [
    (
        CHAIN,
        "SPLIT(N1); IF (PKT.TS & 3) THEN R[3]=1; FI IF (PK"
        "T.PORT > 3) THEN R[3]+=2; FI RETURN(R[3]+1); TILPS",
    ),
    (CHAIN, "UINT8 x; R[0]=PKT.LEN&7; R[0]++; SPLIT(N1); x=PKT.PORT; RETURN(x+R[0]*256); TILPS"),
    (CHAIN, "MACRO f(a) = (a+5)*2 + (a && 1); SPLIT(N1); RETURN(f(PKT.TS & 15)); TILPS"),
    (CHAIN, "MACRO f(a) = (a > 5) && a; SPLIT(N1); RETURN(f(PKT.PORT) + 1); TILPS"),
    (
        MIXED,
        "R[0]=PKT.LEN&1; R[5]=PKT.CAPLEN&1; R[5]++; SPLIT(R[0]); RETURN((PKT.PORT < R[5]-1)+1); TILPS",
    ),
    (
        MIXED,
        "R[0]=PKT.LEN&1; R[5]=PKT.CAPLEN&1; R[5]++; "
        "SPLIT(R[0]); SPLIT; RETURN((PKT.PORT < R[5]-1)+1); TILPS RETURN((PKT.TS & 3) + 1); TILPS",
    ),
    (
        FORK,
        "PKT.B[22]=9; IF (PKT.CAPLEN > 40) THEN "
        "SPLIT(EXTERN(ip_checksum)&1); RETURN((((PKT.W[24]>>8)&1)==PKT.PORT)+1); TILPS FI",
    ),
    (CHAIN, "R[0]=PKT.LEN+PKT.ORIGIN*1000; R[1]=PKT.CAPLEN*3; SPLIT(N1); RETURN(R[0]+R[1]+1); TILPS"),
    (
        CHAIN,
        "PKT.IP.TTL--; EXTERN(ip_checksum); SPLIT(N1); EXTERN(ip_checksum); RETURN(PKT.IP.TTL + 1); TILPS",
    ),
    (CHAIN, "SPLIT(N1); RETURN(EXTERN(crc32,0,20)&3); TILPS"),
    # Each alone needs fewer bits as a comparison or a sum; together, the port once is less.
    (CHAIN, "UINT8 m[4]; SPLIT(N1); m[0] += PKT.PORT; RETURN (PKT.PORT + (PKT.TS & 3) + 1); TILPS"),
    # Where macros that hold what is carried are written out, their words mean what they meant.
    (
        CHAIN,
        "MACRO q = PKT.PORT & 3; MACRO p(x) = x + q; MACRO r(q) = p(q) + (PKT.TS & 1);"
        "SPLIT(N1); RETURN(r(PKT.LEN) + p(2)); TILPS",
    ),
    (
        CHAIN,
        "MACRO q = (PKT.PORT & 3) + TCP*16; UINT32 TCP; TCP = 9; SPLIT(N1); RETURN(q + TCP*4096); TILPS",
    ),
    (
        CHAIN,
        "MACRO q = (PKT.PORT & 3) + IP_TTL; MACRO IP_TTL = 2; SPLIT(N1); RETURN(q + IP_TTL*512 + 1); TILPS",
    ),
    # Declarations move up, the words above them stay what they were.
    (CHAIN, "SPLIT(N1); RETURN(TCP + 1); TILPS UINT32 TCP; TCP = 9; SPLIT(N1); RETURN(TCP*16 + 1); TILPS"),
    (
        CHAIN,
        "MACRO q = PKT.PORT & 3; MACRO f = PKT.LEN + q WHEN PKT.LEN > 20;"
        "SPLIT(N1); IF (PKT.f > 60) THEN RETURN(7); FI TILPS",
    ),
]
REFUSED = [
    ("FPL1206", MEMORY, f"{A} SPLIT(PKT.B[R[1]+14] & 1); A[R[1]]=A[R[1]]+PKT.LEN; RETURN(A[R[1]]); TILPS"),
    (
        "FPL1206",
        MEMORY,
        f"UINT32 S[8]; {A} S[R[1]]++; SPLIT(S[R[1]] & 1); A[R[1]]=A[R[1]]+PKT.LEN; RETURN(A[R[1]]); TILPS",
    ),
    ("FPL1206", MEMORY, f"{A} SPLIT(HASH(R[1],4,0xffff) % 2); A[R[1]]=A[R[1]]+PKT.LEN; TILPS"),
    ("FPL1206", MEMORY, f"{A} SPLIT(EXTERN(crc32,R[1],4) & 1); A[R[1]]=A[R[1]]+PKT.LEN; TILPS"),
    (
        "FPL1205",
        CHAIN,
        "SPLIT(N1); IF (PKT.TS) THEN R[3]=1; FI IF (PKT.PORT > 3) THEN R[3]+=2; FI RETURN(R[3]+1); TILPS",
    ),
    ("FPL1205", CHAIN, "UINT8 x; R[0]=PKT.LEN&7; R[0]++; SPLIT(N1); x=PKT.TS; RETURN(x+R[0]*256); TILPS"),
    (
        "FPL1205",
        CHAIN,
        "UINT32 M[4]; PKT.B[22]=9; R[0]=PKT.W[24]; R[1]=PKT.LEN*3; R[1]++; "
        "IF (EXTERN(ip_checksum)) THEN M[0]++; FI "
        "SPLIT(N1); RETURN(R[0]+R[1]*65536); TILPS",
    ),
    (
        "FPL1205",
        FORK,
        "PKT.B[22]=9; R[0]=PKT.W[24]; R[1]=PKT.LEN*3; R[1]++; "
        "SPLIT(EXTERN(ip_checksum) & 1); RETURN(R[0]+R[1]*65536); TILPS",
    ),
    ("FPL1204", CHAIN, "SPLIT(N1); PKT.DW[11].U16[0] >>= 1; RETURN(PKT.B[12]+1); TILPS"),
    (
        "FPL1204",
        CHAIN,
        "EXTERN r = rate(1000); IF (PKT.TS < 65000) THEN "
        "SPLIT(N1); R[0]=EXTERN(r,5); R[1]=EXTERN(r,5); RETURN(R[0]*100+R[1]); TILPS FI",
    ),
    (
        "FPL1204",
        CHAIN,
        "MACRO q = PKT.PORT & 3; MACRO f = PKT.W[14] + q WHEN PKT.LEN > 20;"
        "SPLIT(N1); RETURN(PKT.f + 1); TILPS",
    ),
    (
        "FPL1204",
        CHAIN,
        "MACRO q = PKT.PORT & 3; MACRO f = PKT.W[14] WHEN q > 1; SPLIT(N1); RETURN(PKT.f + 1); TILPS",
    ),
]


@pytest.mark.parametrize(("nodes", "text"), EQUAL)
def test_equal(nodes: str, text: str) -> None:
    tried = Tried()
    case = case_of("case", text, nodes, tried)
    assert case is not None, tried.refused
    assert case.distributed.cuts
    compare_case(case, len(text), 60, tried)


@pytest.mark.parametrize(("code", "nodes", "text"), REFUSED)
def test_refused(code: str, nodes: str, text: str) -> None:
    tried = Tried()
    assert case_of("case", text, nodes, tried) is None
    assert set(tried.refused) == {code}
