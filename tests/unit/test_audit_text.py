"""What a text may look like: language.md section 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.audit_packets import TCP4, TCP6
from tests.unit.audited import Case, verify
from tests.unit.checked_text import check_text

CASES = [
    Case("RETURN(PKT.B[5] IN { 4 - 6 });", 1),
    Case("RETURN(PKT.B[97] IN {'a'-'z'});", 1),
    Case("INT32 x; x=PKT.B[1]; x-=5; RETURN(x IN {-4});", 1),
    Case("CONST A=3; CONST C=6; RETURN(PKT.B[5] IN {A-C});", 1),
    Case("RETURN(PKT.B[5] IN {1<<2, 2+3});", 1),
    Case("RETURN(PKT.B[5] IN {0x5, 0b11});", 1),
    Case("RETURN(PKT.IP6.SRC == ::);", 0, TCP6),
    Case("RETURN(PKT.IP6.SRC != ::ffff:1.2.3.4);", 1, TCP6),
    Case("RETURN(PKT.IP6.SRC IN {::-ffff::});", 1, TCP6),
    Case("RETURN(PKT.IP6.SRC IN ::/0);", 1, TCP6),
    Case("RETURN(PKT.IP.SRC IN 0.0.0.0/0);", 1, TCP4),
    Case("RETURN(PKT.IP.SRC IN 10.0.0.1/32);", 1, TCP4),
    Case("RETURN(PKT.IP6.SRC == 2001:0db8:0:0:0:0:0:1);", 1, TCP6),
    Case("RETURN(PKT.IP6.SRC >= 2001:db8::1 && PKT.IP6.SRC <= 2001:db8::1);", 1, TCP6),
    Case("\r\n// c\r\nRETURN(1);\r\n", 1, TCP4),
    Case("\tRETURN(1) ; # é ü 漢", 1, TCP4),
    Case("/* /* */ RETURN(1);", 1, TCP4),
    Case("RETURN(1);//", 1, TCP4),
    Case("RETURN(1);#", 1, TCP4),
    Case("UINT32 _a; UINT32 a1_b; _a=1;a1_b=2; RETURN(_a+a1_b);", 3, TCP4),
    Case(("UINT32 ifx; UINT32 form; UINT32 maxi; ifx=1; form=1; maxi=1; RETURN(ifx+form+maxi);"), 3, TCP4),
    Case("RETURN(PKT.B[1]IN{1});", 1),
    Case("RETURN(PKT.B[1]NOT IN{1});", 0),
    Case("RETURN(PKT.B[1] not in {2});", 1),
    Case("IF(PKT.B[1])THEN RETURN(3);FI", 3),
    Case("IF (PKT.B[1]) THEN ; ELSE ; FI; RETURN(1);", 1),
    Case("IF (PKT.B[1]) THEN FI RETURN(1);", 1),
    Case("SPLIT; TILPS; RETURN(1);", 1),
    Case("FOR (;;) ; BREAK; ROF RETURN(1);", 1),
    Case("FOR (R[0]++;R[0]<3;++R[0]) ROF RETURN(R[0]);", 3),
    Case("RETURN (  1  )  ;", 1),
    Case("RETURN(+1);", 1),
    Case("RETURN(- -1);", 1),
    Case("RETURN(PKT . B [ 1 ]);", 1),
    Case("RETURN(PKT.B[1] . U4 [1]);", 1),
    Case("RETURN(PKT.b[1]);", 1),
    Case("RETURN(pkt.dw[0].u16[1]);", 515),
    Case("RETURN('\\n' + '\\\\' + '\\'' + '\\0');", 10 + 92 + 39),
    Case('RULE r={SID 1, MSG "a\\x41\\"b;//"}; ALERT(r);', lambda o: len(o.alerts) == 1),
    Case("M[0]+=1;;;;M[1]=2", {("M", 0): 1, ("M", 1): 2}),
    Case("uint32 x; x=1; return(x);", 1),
    Case("int x; x=1; return(x);", 1),
    Case("Uint8 x; x=1; return(x);", 1),
    Case("sram uint32 a[2]; a[0]=1;", {("a", 0): 1}),
    Case("SRAM UINT32 a[2] merge max; a[0]=MAX(a[0],3);", {("a", 0): 3}),
    Case(("set s={1}; const c=1; macro m=1; use loopbudget 7; RETURN(PKT.B[1] in s && c && m);"), 1),
    Case("MACRO P(x)=PKT.B[x] & 0x0f; RETURN(P(17) == 1);", 1),
    Case("MACRO P(x)=x * 2; RETURN(P(1 + 2) * 2);", 12),
    Case("CONST UINT32 T[] = {1,2,3}; RETURN(T[PKT.B[2]]);", 3),
    Case("CONST UINT32 T[4] = {1,2,3}; RETURN(T[PKT.B[3]]+1);", 1),
    Case(
        "CONST GW = 00:00:00:00:00:01; TX_MAC[1] = {GW}; TX(Mac,0);",
        lambda o: o.transmits[0][1][:6] == b"\x00\x00\x00\x00\x00\x01",
    ),
    Case("R[1+1]=5; RETURN(R[2]);", 5),
    Case("CONST K=7; R[K]=5; RETURN(R[7]);", 5),
    Case("R[63]=1; RETURN(R[63]);", 1),
    Case("UINT32 x; x=5; SPLIT(x); RETURN(x); TILPS", 5),
    Case("UINT32 N1; N1=1; SPLIT(N1); RETURN(2); TILPS", 2),
    Case("IF (PKT.LEN>1) THEN IF (PKT.LEN>2) THEN RETURN(1) FI ELSE RETURN(2) FI", 1),
    Case("RETURN(PKT.B[1] - -1);", 2),
    Case("RETURN(PKT.B[1]-1);", 0),
    Case("RETURN(PKT.B[5]-1);", 4),
    Case("RETURN(R[0]-1+2);", 1),
    Case("RETURN(!(PKT.B[1] IN {1}));", 0),
    Case("RETURN((!PKT.B[1]) IN {0});", 1),
    Case("RETURN(PKT.B[1] && PKT.B[0] || PKT.B[2]);", 1),
    Case("RETURN(PKT.B[3] & 1 && PKT.B[2]);", 1),
    Case("RETURN(PKT.B[3] & 1 | 4);", 5),
]
REFUSED = [
    "RETURN(PKT.B[5] IN {1-3-5});",
    "RETURN(PKT.IP.SRC IN 10.0.0.0/33);",
    "RETURN(1.2.3);",
    "RETURN(1.2.3.4.5);",
    "RETURN(00:11:22:33:44);",
    "RETURN(1.5);",
    "RETURN(1)\x00;",
    "UINT32 é; RETURN(1);",
    "RETURN(PKT.B[1]<PKT.B[2]==1);",
    "RETURN(PKT.B[1] ^ PKT.B[2] == 1);",
    "RETURN(PKT.B[1] IN {1} == 1);",
]


def test_both_targets_give_the_answer_of_the_page(tmp_path: Path) -> None:
    verify(CASES, tmp_path)


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text: str) -> None:
    program, sink = check_text(text)
    assert program is None
    assert sink.has_errors
