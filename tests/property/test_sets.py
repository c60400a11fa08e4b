"""Sets: plan, reference look-up and C agree with plain membership."""

from __future__ import annotations

import ctypes
import random
import shutil
import subprocess
from bisect import bisect_right
from importlib.resources import files
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ffpf_plugins.pc.sets import c_lookup, c_tables
from fpl3.emit.cexpr import C
from fpl3.setplan import SetPlan, plan
from fpl3.setplan.evaluate import member
from fpl3.setplan.plans import Ranges, normal
from tests.unit.test_setplan import ADVERSARIAL, HUNDRED_THOUSAND, numbers, prefixes, singles

Members = list[tuple[int, int]]
WARNINGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden")
SANITIZED = {
    "gcc": ("-fsanitize=undefined", "-fno-sanitize-recover=all"),
    "clang": ("-fsanitize=undefined", "-fsanitize-trap=undefined"),  # its run time is no shared library
}
RANDOM_VALUES = 2000


def holds(ranges: Ranges, value: int) -> bool:
    at = bisect_right(ranges, (value, 1 << 200)) - 1
    return at >= 0 and value <= ranges[at][1]


def interesting(members: Members, bits: int) -> list[int]:
    """The borders of the ranges and their neighbours, the type's ends, random values."""
    source = random.Random(1)
    chosen = members if len(members) <= 3000 else source.sample(members, 3000)
    values = {edge + d for pair in chosen for edge in pair for d in (-1, 0, 1)}
    values |= {0, 1, (1 << bits) - 2, (1 << bits) - 1}
    values |= {source.getrandbits(bits) for _ in range(RANDOM_VALUES)}
    return sorted(v for v in values if 0 <= v < 1 << bits)


@st.composite
def sets(draw: st.DrawFn) -> tuple[Members, int]:
    bits = draw(st.sampled_from([8, 16, 32, 48, 64, 128]))
    value = st.integers(-3, (1 << bits) + 3) | st.integers(0, 1000)
    span = st.just(0) | st.integers(0, 9) | st.integers(0, 1 << bits)
    pairs = st.builds(lambda first, more: (first, first + more), value, span)
    single = st.builds(lambda v: (v, v), value)
    return draw(st.lists(pairs | single, max_size=30) | st.lists(single, max_size=60)), bits


@given(sets())
@settings(max_examples=150, deadline=None)
def test_plan_is_membership(made: tuple[Members, int]) -> None:
    members, bits = made
    planned, ranges = plan(members, bits), normal(members, bits)
    for value in interesting(members, bits)[::7] + [v for a, b in ranges for v in (a, b)]:
        assert member(planned, value) == holds(ranges, value)


def sample_sets() -> list[tuple[Members, int]]:
    """At least one of every kind, width and option, the large and the adversarial ones."""
    made: list[tuple[Members, int]] = [case for cases in ADVERSARIAL.values() for case in cases]
    made += HUNDRED_THOUSAND
    for bits in (8, 16, 32, 64, 128):
        made += [([], bits), ([(0, (1 << bits) - 1)], bits), (singles(3, 9, (1 << bits) - 1), bits)]
        made += [([(1, 5), (9, 20), (100, (1 << bits) - 3)], bits)]
        made += [(singles(*range(0, min(1 << bits, 50_000), 9)), bits)]
        made += [([(n, n + 3) for n in range(0, min(1 << bits, 3_000_000), 12)][:10_000], bits)]
        for count in (5, 30, 250, 2000):
            made.append((singles(*numbers(count, bits, count)), bits))
            made.append((prefixes(count, bits, (bits * 5 // 8, bits), count), bits))
            made.append(([(a + 1, b) for a, b in _pairs(numbers(count, bits, count + 1))], bits))
    made += [(singles(*range(1 << 40, (1 << 40) + 9000, 5)), 64)]
    made += [(prefixes(9000, 32, (20, 28), 7), 64), (singles(*numbers(3000, 32, 8)), 64)]
    return made


def _pairs(values: list[int]) -> Members:
    return list(zip(values[::2], values[1::2], strict=False))


@pytest.fixture(scope="module")
def planned() -> list[tuple[SetPlan, Ranges, list[int]]]:
    made = sample_sets()
    return [(plan(m, bits), normal(m, bits), interesting(m, bits)) for m, bits in made]


def test_sample_covers_every_kind(planned: list[tuple[SetPlan, Ranges, list[int]]]) -> None:
    everywhere = ("nothing", "everything", "compares", "buckets", "tree")
    expected = {(kind, width) for kind in everywhere for width in (32, 64, 128)}
    expected |= {(kind, width) for kind in ("bitmap", "hash") for width in (32, 64)} | {("trie", 32)}
    assert {(p.kind, p.width) for p, _, _ in planned} == expected
    assert any(p.negated for p, _, _ in planned) and any(p.narrow for p, _, _ in planned)


def test_reference_is_membership(planned: list[tuple[SetPlan, Ranges, list[int]]]) -> None:
    for made, ranges, values in planned:
        for value in islice(values, 0, None, 1 + len(values) // 400):
            assert member(made, value) == holds(ranges, value), (made.kind, made.bits, value)


def c_text(number: int, made: SetPlan) -> tuple[str, dict[str, bytes]]:
    """The set's tables and a function that tests an array of (high, low) pairs."""
    tables, blobs = c_tables(made, f"set{number}")
    kind = "int" if number % 2 and made.bits < 128 else "uint"  # operands may be signed
    declared = (
        "" if made.bits == 128 else f"    {kind}{made.bits}_t x = ({kind}{made.bits}_t)in[2 * i + 1];\n"
    )
    operands = (C("in[2 * i]"), C("in[2 * i + 1]")) if made.bits == 128 else (C("x"),)
    return (
        f"{tables}"
        f'__attribute__((visibility("default"))) void test{number}'
        "(const uint64_t *in, uint64_t count, uint8_t *out);\n"
        f"void test{number}(const uint64_t *in, uint64_t count, uint8_t *out) {{\n"
        "  for (uint64_t i = 0; i < count; i++) {\n"
        f"{declared}"
        f"    out[i] = (uint8_t)({c_lookup(made, f'set{number}', operands).text});\n"
        "  }\n}\n"
    ), blobs


def _has_avx2() -> bool:
    """A newer machine takes the look-ups of AVX-512 with -march=native; those of AVX2 are others."""
    return "avx2" in Path("/proc/cpuinfo").read_text().split()


AVX2 = pytest.param(
    ("-mavx2", "-mpopcnt"),
    marks=pytest.mark.skipif(not _has_avx2(), reason="the processor has no AVX2"),
    id="avx2",
)


@pytest.mark.parametrize(
    "machine", [pytest.param((), id="plain"), AVX2, pytest.param(("-march=native",), id="native")]
)
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_c_is_membership(
    compiler: str,
    machine: tuple[str, ...],
    tmp_path: Path,
    planned: list[tuple[SetPlan, Ranges, list[int]]],
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    header = (files("ffpf_plugins.pc") / "ffpf_sets.h").read_text("ascii")
    (tmp_path / "ffpf_sets.h").write_text(header)
    texts = ['#include "ffpf_sets.h"\n']
    for number, (made, _, _) in enumerate(planned):
        text, blobs = c_text(number, made)
        texts.append(text)
        for name, data in blobs.items():
            (tmp_path / name).write_bytes(data)
    (tmp_path / "sets.c").write_text("".join(texts))
    command = [compiler, *WARNINGS, *SANITIZED[compiler], *machine, "-o", "sets.so", "sets.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    library = ctypes.CDLL(str(tmp_path / "sets.so"))
    for number, (made, ranges, values) in enumerate(planned):
        found = answers(library, number, values)
        expected = bytes(holds(ranges, value) for value in values)
        assert found == expected, (made.kind, made.bits, number)


def answers(library: ctypes.CDLL, number: int, values: list[int]) -> bytes:
    words = [half for value in values for half in (value >> 64, value & (1 << 64) - 1)]
    given_values = (ctypes.c_uint64 * len(words))(*words)
    out = (ctypes.c_uint8 * len(values))()
    getattr(library, f"test{number}")(given_values, ctypes.c_uint64(len(values)), out)
    return bytes(out)
