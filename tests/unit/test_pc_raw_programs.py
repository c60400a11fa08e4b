"""Random programs of a few bytes, constants, registers and array elements that hang together.

The generator of tests/differential covers the language; this one makes what passes look for: tests of
the same bytes against few constants, verdicts beside writes, offsets and shifts behind their tests.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fpl3.compiler import front
from fpl3.diagnostics import Sink
from fpl3.source import Source
from tests.differential.agreement import OPTIMISED, SANITIZED, environment
from tests.unit.pc_agreement import agree

HEAD = (
    "USE LOOPBUDGET 40; UINT8 A[2]; UINT32 x; CONST INT32 T[4] = {-1, 2, -3, 4}; "
    "RULE r = {GID 1, SID 1, REV 1}; "
)
VALUES = (
    "R[0]", "R[1]", "A[0]", "PKT.LEN", "x", "(1 << R[0])", "(R[1] >> x)", "R[2] / R[0]",
    "PKT.IP.TTL", "PKT.HAS.TCP", "HASH(0, R[0], 3)", "T[R[0]]", "T[x & 3]",
)  # fmt: skip


class Maker:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def offset(self) -> str:
        near = str(self.rng.choice((0, 1, 2, 3, 13, 14, 59, 60, 63, 64, 65, 120)))
        far = (f"R[{self.rng.randrange(3)}]", f"A[{self.rng.randrange(2)}]", "PKT.B[1] * 4", "PKT.B[2] + 1")
        header = f"((PKT.B[14] & 15) << 2) + {self.rng.choice((0, 1, 14, 16, 27))}"
        kind = self.rng.random()
        return near if kind < 0.5 else header if kind < 0.7 else self.rng.choice(far)

    def value(self) -> str:
        if self.rng.random() < 0.75:
            return f"PKT.{self.rng.choice('BBBW')}[{self.offset()}]"
        return self.rng.choice(VALUES)

    def condition(self, depth: int = 0) -> str:
        kind = self.rng.random()
        if depth < 2 and kind < 0.35:
            op = self.rng.choice(("&&", "||"))
            return f"({self.condition(depth + 1)} {op} {self.condition(depth + 1)})"
        if kind < 0.42:
            return f"!({self.condition(2)})"
        if kind < 0.55:
            return self.rng.choice(
                ("R[0] < 4", "R[0] < 32", "R[1] < 64", "PKT.CAPLEN >= 65", "PKT.CAPLEN > 14")
            )
        if kind < 0.6:
            member = self.rng.choice(("{1}", "{0-255}", "{256-511}", "0.0.0.0/8", "{1, 3}"))
            test = self.rng.choice(("IN", "NOT IN"))
            return f"PKT.{self.rng.choice(('W', 'DW'))}[{self.offset()}] {test} {member}"
        relation = self.rng.choice(("==", "==", "==", "!=", "<"))
        return f"{self.value()} {relation} {self.rng.randrange(4)}"

    def body(self, depth: int, loop: bool = False) -> str:
        return " ".join(self.statement(depth, loop) for _ in range(self.rng.choice((1, 1, 2, 3))))

    def statement(self, depth: int = 0, loop: bool = False) -> str:
        kind = self.rng.random() if depth < 3 else 1
        inner = depth + 1
        if kind < 0.4:
            arms = [
                f" ELSIF ({self.condition()}) THEN {self.body(inner, loop)}"
                for _ in range(self.rng.choice((0, 0, 0, 1, 3)))
            ]
            return f"IF ({self.condition()}) THEN {self.body(inner, loop)}{''.join(arms)} FI"
        if kind < 0.45:
            limit = self.rng.choice(("3", "R[1]", "9"))
            return f"FOR (x = 0; x < {limit}; x++) {self.body(inner, True)} ROF"
        if kind < 0.5:
            return f"SPLIT; {self.body(inner)} TILPS"
        if kind < 0.55:
            cases = f"CASE 0: {self.body(inner, loop)} CASE 1, 3: {self.body(inner, loop)}"
            return f"SWITCH ({self.value()}) {cases} DEFAULT: {self.body(inner, loop)} ESAC"
        if loop and kind < 0.6:
            return f"IF ({self.condition()}) THEN BREAK; FI"
        return self.simple()

    def simple(self) -> str:
        return self.rng.choice((
            f"RETURN({self.rng.randrange(4)});",
            f"RETURN({self.value()});",
            f"PKT.B[{self.offset()}] = {self.rng.randrange(4)};",
            f"A[{self.rng.choice(('0', '1', 'R[0]', 'PKT.B[1]'))}] = {self.value()};",
            f"R[{self.rng.randrange(3)}] = {self.value()};",
            f"R[{self.rng.randrange(3)}]++;",
            f"R[0] = ({self.condition()});",
            "ALERT(r);", "PKT.W[12] = 0x0800;", "R[1] = EXTERN(ip_checksum);",
        ))  # fmt: skip

    def program(self) -> str:
        return HEAD + " ".join(self.statement() for _ in range(self.rng.randrange(2, 7)))


@pytest.mark.parametrize(("seed", "flags"), [(3, SANITIZED), (8, OPTIMISED)], ids=["sanitized", "O2"])
def test_target_agrees_with_interpreter(seed: int, flags: tuple[str, ...], tmp_path: Path) -> None:
    maker = Maker(random.Random(seed))
    made = (maker.program() for _ in range(400))
    accepted = [t for t in made if front(Source("x", t), environment(), Sink()) is not None]
    assert len(accepted) >= 60, "the checker refuses most of them"
    agree(accepted[:60], tmp_path, flags)
