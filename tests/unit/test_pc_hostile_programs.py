"""Programs made to break a pass or the C printer: the PC target does what the interpreter does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED
from tests.unit.pc_agreement import agree

HOPS = "TX_MAC[2] = {00:00:E2:8D:6C:F9, 00:00:E2:8D:6C:FA}; "
RULES = 'RULE a = { GID 1, SID 1, REV 1, MSG "a" }; RULE b = { GID 1, SID 2, REV 1, MSG "b" }; '
PROGRAMS = {
    "a verdict does not pass a write to what it asks": (
        "IF (PKT.B[0] == 1) THEN RETURN(5); FI IF (PKT.B[0] == 2) THEN PKT.B[0] = 1; FI"
    ),
    "nor one to a field": (
        "IF (PKT.W[12] == 0x0800) THEN RETURN(5); FI IF (PKT.W[12] == 0x86dd) THEN PKT.W[12] = 0x0800; FI"
    ),
    "an offset in memory changes on the way": (
        "UINT8 A[1]; R[1] = PKT.B[299]; IF (PKT.B[A[0]] == 1) THEN A[0] = 1; FI "
        "IF (PKT.B[A[0]] == 2) THEN A[0] = 2; RETURN(3); FI RETURN(A[0] + 7);"
    ),
    "a name that ends like a part's": (
        "UINT32 x; UINT32 x_p1; UINT32 p1_x; x = 3; x_p1 = 9; p1_x = 5; "
        "SPLIT; x = x + 1; p1_x++; RETURN(x * p1_x); TILPS RETURN(x_p1 + p1_x);"
    ),
    "a shift whose count is known behind a test": (
        "R[0] = PKT.B[0]; IF (R[0] < 32 && (1 << R[0]) == 4) THEN RETURN(5); FI "
        "IF (R[0] < 64 && (PKT.DW[1] >> (R[0] >> 1)) == 0) THEN RETURN(6); FI"
    ),
    "the same as a value": (
        "R[0] = PKT.B[0]; R[1] = (R[0] < 32 && (1 << R[0]) == 4); "
        "R[2] = (R[0] > 31 || (R[0] >> R[0]) == 0); "
        "RETURN(R[1] + R[2] * 2);"
    ),
    "a switch over a comparison": (
        "SWITCH (PKT.B[0] == 1) CASE 1: RETURN(1); CASE 0: RETURN(7); ESAC"
    ),
    "a value against itself": (
        "UINT32 M[4]; R[0] = PKT.B[0]; M[0] = M[0]; M[R[0] & 3] = M[R[0] & 3] & M[R[0] & 3]; "
        "IF (R[0] == R[0] && PKT.B[1] == PKT.B[1]) THEN RETURN(R[0] - R[0] + 5); FI"
    ),
    "aborts that never hold, in cases": (
        "UINT32 M[3]; R[1] = 0 - 1; SWITCH (PKT.B[0]) CASE 1: M[R[1]] = 5; CASE 2: R[2] = 1; "
        "DEFAULT: R[3] = PKT.B[R[1]]; ESAC RETURN(R[2]);"
    ),
    "the least INT64 and -1": (
        "INT64 A[2]; INT64 m; INT64 k; INT32 s; m = 1; m = m << 63; k = PKT.B[0]; k = k - 2; "
        "s = PKT.B[1]; s = s - 70; A[0] = m / k; A[1] = m % k; "
        "SWITCH (m + k) CASE -9223372036854775808: RETURN(3); CASE 9223372036854775807: RETURN(4); "
        "DEFAULT: s = s >> 3; ESAC "
        "SWITCH (s) CASE -1: RETURN(9); CASE 0x7fffffff: RETURN(8); DEFAULT: RETURN(s); ESAC"
    ),
    "shifts of 64 bits": (
        "UINT64 u; INT64 i; UINT64 O[6]; u = PKT.DW[0]; u = (u << 32) | PKT.DW[4]; i = u; "
        "R[0] = PKT.B[8]; O[0] = u << R[0]; O[1] = u >> R[0]; O[2] = i >> R[0]; "
        "O[3] = i << (R[0] & 63); O[4] = i >> 64; O[5] = u << 200; RETURN(1);"
    ),
    "a switch over 64 bits": (
        "UINT64 u; u = PKT.B[0]; u = u - 1; SWITCH (u) CASE 0xffffffffffffffff: RETURN(1); "
        "CASE 0, 1: RETURN(2); ESAC RETURN(3);"
    ),
    "memory that wraps and merges": (
        "UINT8 A[4]; INT8 B[4] MERGE MAX; UINT16 C[2] MERGE MIN; INT64 D[2] MERGE MIN; "
        "A[PKT.B[0] & 3] += 200; A[1]--; B[0] = MAX(B[0], PKT.B[1]); C[0] = MIN(C[0], PKT.W[0]); "
        "D[1] = MIN(D[1], PKT.DW[0] - 5); RETURN(A[0] + 1);"
    ),
    "tables with negative values": (
        "CONST INT32 T[4] = {-1, 2, -3, 4}; CONST INT8 S[2] = {-128, 127}; INT64 A[3]; "
        "CONST INT64 Q[2] = {-9223372036854775808, 9223372036854775807}; R[0] = PKT.B[0]; "
        "A[0] = T[R[0]]; A[1] = S[R[0] & 1]; A[2] = Q[R[0] & 1]; IF (T[R[0]] < 0) THEN RETURN(1); FI "
        "IF (S[R[0] & 1] == -128) THEN RETURN(2); FI RETURN(3);"
    ),
    "names of C and of the generated text": (
        "UINT32 main[4]; UINT32 data0; UINT32 state; UINT32 packet; UINT32 static[2]; UINT32 cap; "
        "UINT32 link; UINT32 number; UINT32 context; UINT32 own0; UINT32 r0; UINT32 t1; UINT32 c0; "
        "CONST UINT32 struct[2] = {1, 2}; SET register = {1, 2}; RULE goto = { GID 1, SID 1, REV 1 }; "
        "data0 = PKT.B[0]; state = 1; packet = data0 + 1; cap = 2; link = 3; number = 4; "
        "context = 5; own0 = 6; r0 = 7; t1 = 8; c0 = 10; R[0] = 9; main[data0 & 3] += struct[data0 & 1]; "
        "static[0] = state + packet + cap + link + number + context + own0 + r0 + t1 + c0; "
        "ALERT(goto); IF (data0 IN register) THEN RETURN(static[0]); FI RETURN(main[1]);"
    ),
    "BREAK out of SWITCH in FOR": (
        "FOR (R[0] = 0; R[0] < 9; R[0]++) SWITCH (PKT.B[R[0]]) CASE 1: BREAK; "
        "CASE 2: R[1]++; IF (R[1] > 3) THEN BREAK; FI DEFAULT: R[2] += PKT.B[R[1] + 1]; ESAC "
        "R[3]++; ROF RETURN(R[3] + 1);"
    ),
    "RETURN inside nested parts, a loop without end": (
        "FOR (R[0] = 0; R[0] < 3; R[0]++) SPLIT; FOR (;;) R[5]++; IF (PKT.B[R[5]] == 1) THEN "
        "RETURN(R[5]); FI IF (R[5] > 20) THEN BREAK; FI ROF PKT.B[R[0]] = 9; RETURN(77); TILPS "
        "IF (PKT.IP.PROTO == 6) THEN PKT.W[12] = 0x86dd; FI IF (PKT.B[0] == 2) THEN PKT.B[1] = R[0]; "
        "SPLIT; IF (PKT.B[2] == 3) THEN RETURN(9); FI RETURN(PKT.IP.LEN); TILPS PKT.B[2]++; FI ROF "
        "RETURN(PKT.B[1] + 1);"
    ),
    "guards between effects": (
        f"{HOPS}UINT32 M[8]; IF (PKT.HAS.IP) THEN PKT.IP.TTL--; M[0] += PKT.B[30]; FI M[1] += 1; "
        "R[0] = PKT.B[40]; M[2] += 1; R[1] = PKT.B[50] / PKT.B[3]; M[3]++; TX(Mac, PKT.B[2]); "
        "PKT.B[5] = 1; R[2] = PKT.W[33]; TX(Mac, 7, R[0] & 1); SPLIT; M[5] += PKT.W[44]; TX(Mac, 0); "
        "PKT.W[50] = 3; TX(Mac, 1); RETURN(PKT.B[52]); TILPS M[6] += PKT.B[55]; "
        "RETURN(PKT.B[5] + PKT.W[50]);"
    ),
    "aborts of other counters between guards": (
        "UINT32 M[4]; R[0] = PKT.B[3]; R[1] = M[PKT.B[0]]; R[2] = PKT.B[20] / PKT.B[1]; "
        "R[3] = PKT.B[40] % PKT.B[2]; R[4] = PKT.TCP.DPORT; R[5] = PKT.B[59]; RETURN(R[5] + R[4] + 1);"
    ),
    "a return in the slow copy": (
        f"{RULES}R[0] = PKT.B[13]; ALERT(a); IF (PKT.B[20] == 1) THEN RETURN(2); FI ALERT(b); "
        "IF (PKT.B[30] == 2) THEN RETURN(PKT.B[0]); FI ALERT(a); R[1] = PKT.B[50]; RETURN(R[1]);"
    ),
    "loops and parts in the slow copy": (
        f"{RULES}R[0] = PKT.B[3]; ALERT(a); FOR (R[1] = 0; R[1] < 3; R[1]++) IF (PKT.B[13] == R[1]) "
        "THEN BREAK; FI SPLIT; IF (PKT.B[33] == R[1]) THEN RETURN(4); FI ALERT(b); RETURN(PKT.B[40]); "
        "TILPS ALERT(b); R[2] += PKT.B[53]; ROF RETURN(R[2]);"
    ),
    "facts end with assignments": (
        "R[0] = PKT.B[0]; R[2] = PKT.B[R[0]]; R[0] = R[0] + 60; R[3] = PKT.B[R[0]]; "
        "IF (R[0] < PKT.CAPLEN) THEN R[0]++; R[4] = PKT.B[R[0]]; FI RETURN(R[4] + R[3] + R[2]);"
    ),
    "facts over a loop": (
        "R[0] = 1; R[1] = PKT.B[R[0]]; FOR (R[2] = 0; R[2] < 5; R[2]++) R[3] += PKT.B[R[0]]; "
        "IF (R[3] > 9) THEN BREAK; FI R[0] = R[0] * 3; ROF RETURN(R[3] + PKT.B[R[0]]);"
    ),
    "headers move under a field in a loop": (
        "FOR (R[0] = 0; R[0] < 3; R[0]++) IF (PKT.HAS.IP) THEN R[1] += PKT.IP.TTL; PKT.B[14]++; "
        "ELSE PKT.W[12] = 0x0800; FI IF (PKT.TCP.DPORT > 0) THEN R[1]++; FI ROF RETURN(R[1]);"
    ),
    "headers move in a part only": (
        "IF (PKT.HAS.TCP) THEN SPLIT; PKT.IP.PROTO = 17; IF (PKT.HAS.UDP) THEN RETURN(PKT.UDP.LEN); "
        "FI RETURN(1); TILPS RETURN(PKT.TCP.DPORT); FI SPLIT; PKT.W[12] = 5; RETURN(PKT.HAS.IP + 1); "
        "TILPS RETURN(PKT.HAS.IP + 3);"
    ),
    "ELSIF chains": (
        "IF (PKT.TCP.DPORT == 80) THEN RETURN(1); ELSIF (PKT.TCP.DPORT == 22 || PKT.TCP.DPORT == 80) "
        "THEN RETURN(2); ELSIF (PKT.TCP.DPORT == 443) THEN RETURN(3); ELSIF (PKT.TCP.DPORT == 22) THEN "
        "RETURN(4); ELSIF (PKT.TCP.DPORT == 25) THEN R[0] = 9; FI RETURN(R[0] + 7);"
    ),
    "calls in the middle of expressions": (
        "UINT32 M[4]; R[0] = PKT.W[14] + EXTERN(ip_checksum) + PKT.W[24]; "
        "M[EXTERN(l4_checksum) & 3] += PKT.W[36] + EXTERN(ip_checksum); RETURN(R[0]);"
    ),
    "calls in the middle of addresses": (
        "MACRO F = PKT.IP6.DST WHEN EXTERN(ip_checksum) >= 0; IF (PKT.IP6.SRC < F) THEN RETURN(1); FI "
        "IF (PKT.IP6.DST.DW[EXTERN(ip_checksum) + (PKT.B[20] & 7)] == 0x20010db8) THEN RETURN(2); FI "
        "RETURN(3);"
    ),
    "reads behind the end stay behind their test": (
        "IF (PKT.CAPLEN >= 400 && PKT.B[399] == 1) THEN RETURN(1); FI "
        "IF (PKT.B[0] < 1 && PKT.B[PKT.B[0] + 130] == 1) THEN RETURN(2); FI RETURN(3);"
    ),
    "62 parts": " ".join(
        f"SPLIT; IF (PKT.IP.PROTO == 6 && PKT.HAS.TCP) THEN RETURN({n} + 1); FI "
        "IF (PKT.HAS.IP6) THEN RETURN(PKT.TCP.DPORT); FI TILPS"
        for n in range(62)
    ),
    "900 alternatives": (
        "IF (" + " || ".join(f"PKT.W[{n % 30}] == {n * 7}" for n in range(900)) + ") THEN RETURN(1); FI"
    ),
    "a set of 100,000": (
        "SET s = {" + ", ".join(str(n * 7) for n in range(100_000)) + "}; "
        "IF (PKT.DW[0] IN s) THEN RETURN(1); FI IF (PKT.B[1] IN s) THEN RETURN(2); FI RETURN(3);"
    ),
}  # fmt: skip


@pytest.mark.parametrize("flags", [SANITIZED, CLANG_SANITIZED, OPTIMISED], ids=["gcc", "clang", "O2"])
def test_target_agrees_with_interpreter(flags: tuple[str, ...], tmp_path: Path) -> None:
    if shutil.which(flags[0]) is None:
        pytest.skip(f"no {flags[0]} on this machine")
    agree(list(PROGRAMS.values()), tmp_path, flags)
