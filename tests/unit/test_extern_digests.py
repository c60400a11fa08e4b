"""crc32, adler32, entropy: C against twin through programs, twin against zlib and math.log2."""

from __future__ import annotations

import math
import random
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from ffpf.registry import externs, twin
from ffpf_plugins.externs.entropy.reference import log2
from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED
from tests.differential.batch import compile_batch
from tests.differential.oracle import difference, interpret
from tests.differential.packets import TestPacket
from tests.unit.checked_text import alone
from tests.unit.pc_agreement import agree, checked

RANGES = (
    "", ", 0", ", 14", ", 14, 20", ", PKT.LEN", ", 1, 0", ", 0, PKT.LEN", ", PKT.CAPLEN - 1",
    ", 3, 255", ", 3, 256", ", 3, 257", ", 0xffffffff, 0xffffffff", ", 1, 0xffffffff",
    ", 0xffffffff", ", 7, PKT.LEN / 2",
)  # fmt: skip
TEXT = """\
UINT32 seen[];
seen[0] = seen[0] * 31 + EXTERN(crc32%(range)s);
seen[1] = seen[1] * 31 + EXTERN(adler32%(range)s);
RETURN (EXTERN(entropy%(range)s) + 1);
"""
ENTROPY = twin(alone(externs()["entropy"]))


def packets(seed: int) -> list[TestPacket]:
    """Bytes of every kind of distribution, in sizes around the borders of the C."""
    rng = random.Random(seed)
    sizes = [0, 1, 2, 3, 7, 8, 9, 200, 254, 255, 256, 257, 258, 263, 264, 300, 1000, 1500, 9000]
    found = []
    for size in [*sizes, *rng.choices(range(2000), k=64 - len(sizes))]:
        some = [rng.randrange(256) for _ in range(rng.choice((1, 2, 3, 17, 256)))]
        weights = [rng.random() ** rng.choice((0, 1, 8)) + 1e-9 for _ in some]
        found.append(TestPacket(bytes(rng.choices(some, weights, k=size)), size, 9, 0, 1))
    return found


@pytest.mark.parametrize(
    ("flags", "step"), [(SANITIZED, 1), (CLANG_SANITIZED, 4), (OPTIMISED, 2)], ids=["gcc", "clang", "fast"]
)
def test_c_and_twin_agree(flags: tuple[str, ...], step: int, tmp_path: Path) -> None:
    texts = [TEXT % {"range": r} for r in RANGES[::step]]
    agree(texts, tmp_path, flags, packets(1))


def test_known_values(tmp_path: Path) -> None:
    """Check values that are published; what no bytes give."""
    frame = bytearray(b"123456789")
    crc, adler = twin(alone(externs()["crc32"])), twin(alone(externs()["adler32"]))
    assert crc(frame, 1, 9, 0, 99) == 0xCBF43926 == zlib.crc32(frame)
    assert adler(bytearray(b"Wikipedia"), 1, 9, 0, 9) == 0x11E60398
    assert crc(frame, 1, 9, 9, 9) == 0
    assert adler(frame, 1, 9, 9, 9) == 1


def exact(data: bytes) -> float:
    counts = Counter(data).values()
    return math.fsum(-c / len(data) * math.log2(c / len(data)) for c in counts) * 1000


def samples() -> Iterable[bytes]:
    for p in (p for seed in range(2, 8) for p in packets(seed)):
        if p.data:
            yield p.data
    for n in range(1, 257, 3):
        yield bytes(range(n))
        yield bytes(range(n)) * 3 + b"\0" * n


def test_entropy_is_the_exact_one_rounded() -> None:
    for data in samples():
        found = ENTROPY(bytearray(data), 1, len(data), 0, len(data))
        assert abs(found - exact(data)) < 0.5 + 1e-5
        assert 0 <= found <= 8000


def test_entropy_of_extremes() -> None:
    for data, expected in ((b"", 0), (b"x", 0), (b"x" * 70000, 0), (b"ab" * 9, 1000)):
        assert ENTROPY(bytearray(data), 1, 0, 0, len(data)) == expected
    every = bytearray(range(256))
    assert ENTROPY(every, 1, 0, 0, 256) == 8000
    assert ENTROPY(every * 300, 1, 0, 0, 256 * 300) == 8000


def test_log2_is_cut_below_the_last_bit() -> None:
    rng = random.Random(3)
    numbers = [*range(1, 1000), *(rng.randrange(1, 1 << 32) for _ in range(1000))]
    for n in numbers:
        assert -1e-9 < math.log2(n) - log2(n) / 2**32 < 2**-32 + 1e-9


def test_entropy_of_every_count(tmp_path: Path) -> None:
    """Every entry of the table in C, in both ways to count, and counts behind its end."""
    short = [b"\1" * n + b"\2" * (255 - n) for n in range(128)]
    long = [b"\1" * n + b"\2" * (600 - n) for n in range(1, 256, 2)]
    text = "RETURN (EXTERN(entropy) + 1);\n"
    some = [TestPacket(data, len(data), 9, 0, 1) for data in [*short, *long]]
    program = checked(text)
    compiled = compile_batch([program], tmp_path, SANITIZED)
    for at in range(0, len(some), 64):
        batch = some[at : at + 64]
        (outcome,) = compiled.run(batch, tmp_path)
        assert difference(interpret(program, batch), outcome) is None
