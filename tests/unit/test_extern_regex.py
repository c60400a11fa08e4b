"""regex: machine code and scanner against PCRE2's interpreter, on random patterns and hostile ones."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from ffpf.registry import externs, twin
from ffpf_plugins.externs.regex.pcre2 import BadPattern, Pattern
from fpl3.externs import Text
from fpl3.source import Source, Span
from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED
from tests.differential.packets import TestPacket
from tests.e2e.command import SAMPLE, ffpf
from tests.unit.checked_text import alone
from tests.unit.pc_agreement import agree

NOWHERE = Span(Source("test", ""), 0, 0)
LETTERS = b"abAB \n\0_1"
RANGES = ("", ", 3", ", 14, 20", ", 0, 0", ", 0xffffffff, 7")
ATOMS = (
    "a", "b", "A", ".", r"\d", r"\w", r"\W", r"\s", r"\x00", r"\n", "[ab]", "[^a]", "[a-z1]", r"[\s\d]",
    r"\b", r"\B", "^", "$", r"\A", r"\Z", r"\z", r"[[:alpha:]]", r"\h", r"\N", r"\R", "_", "1",
)  # fmt: skip
REPEATS = ("*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?", "??", "*+", "++")
GROUPS = (
    "({})",
    "(?:{})",
    "(?i:{})",
    "(?s:{})",
    "(?m:{})",
    "(?={})",
    "(?!{})",
    "(?>{})",
    "({}|b)",
    "(a|{}|)",
)


def pattern(rng: random.Random, depth: int) -> str:
    """A random pattern; some are refused, for instance a repeated assertion."""
    parts = []
    for _ in range(rng.randint(1, 4)):
        part = rng.choice(ATOMS)
        if depth and rng.random() < 0.4:
            part = rng.choice(GROUPS).format(pattern(rng, depth - 1))
        if rng.random() < 0.3:
            part += rng.choice(REPEATS)
        parts.append(part)
    if rng.random() < 0.1:
        parts.append(rng.choice((r"(a|b)\1", r"(?<=a)b", r"(?<!a)", r"\Ka")))
    return rng.choice(("", "", "", "(?s)", "(?m)", "(?x) ")) + "".join(parts)


def accepted(rng: random.Random) -> str:
    """As it is written in a program."""
    while True:
        text = pattern(rng, 2)
        try:
            Pattern(text.encode(), False)
        except BadPattern:
            continue
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"{rng.choice(("", "", " NOCASE"))}'


def program(rng: random.Random, count: int) -> str:
    """Patterns alone, and all of them in one instance."""
    patterns = [accepted(rng) for _ in range(count)]
    listed = ", ".join(f"{rng.choice(('', '', '5: ', '90: '))}{p}" for p in patterns)
    lines = [f"EXTERN r = regex({{ {listed} }});", "UINT32 found[4]; UINT32 seen[40]; UINT32 alone[64];"]
    for number, where in enumerate(RANGES):
        lines += [
            f"seen[{number * 5}] += EXTERN(r{where});",
            f"seen[{number * 5 + 1}] ^= EXTERN(r.at{where});",
            f"seen[{number * 5 + 2}] ^= EXTERN(r.end{where});",
            f"seen[{number * 5 + 3}] += EXTERN(r.count{where});",
            f"seen[{number * 5 + 4}] += EXTERN(r.all{where}, found);",
        ]
    declared = [f"EXTERN r{n} = regex({{ {p} }});" for n, p in enumerate(patterns)]
    calls = [f"alone[{n}] += EXTERN(r{n});" for n in range(count)]
    return "\n".join([*declared, *lines, *calls, "RETURN(EXTERN(r) + found[0]);"])


def packets(rng: random.Random) -> list[TestPacket]:
    sizes = rng.choices((0, 1, 2, 3, 5, 8, 20, 60), k=60)
    return [TestPacket(bytes(rng.choices(LETTERS, k=size)), size, 0, 0, 1) for size in sizes]


@pytest.mark.parametrize(
    ("flags", "counts"),
    [(SANITIZED, (1, 8, 30)), (CLANG_SANITIZED, (5,)), (OPTIMISED, (2, 20, 40, 50))],
    ids=["gcc", "clang", "fast"],
)
def test_c_and_python_agree(flags: tuple[str, ...], counts: tuple[int, ...], tmp_path: Path) -> None:
    rng = random.Random(len(counts))
    agree([program(rng, count) for count in counts], tmp_path, flags, packets(rng))


def found(frame: bytes, *patterns: tuple[int, bytes], start: int = 0) -> tuple[int, ...]:
    texts = tuple(Text(id, value, False, NOWHERE) for id, value in patterns)
    made, array = twin(alone(externs()["regex"], texts, 1000)), [0, 0]
    given = (bytearray(frame), 1, len(frame), start, 0xFFFFFFFF)
    functions = (made, made.count, made.at, made.end)  # type: ignore[attr-defined]
    return (*[function(*given) for function in functions], made.all(*given, array), *array)  # type: ignore[attr-defined]


def test_the_meaning_of_every_function() -> None:
    assert found(b"--GET /x", (9, b"GET"), (4, b"T /"), (9, b"x$")) == (4, 2, 2, 5, 2, 4, 9)
    assert found(b"--GET /x", (9, b"^GET"), start=2) == (9, 1, 2, 5, 1, 9, 0)
    assert found(b"", (1, b"a")) == (0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0, 0, 0)
    assert found(b"", (1, b"a*")) == (1, 1, 0, 0, 1, 1, 0)


HOSTILE = '"(x+x+)+y(?=z)"'


@pytest.mark.parametrize("target", ["pc", "interp"])
def test_a_hostile_pattern_is_bounded_counted_and_named(target: str, tmp_path: Path) -> None:
    """Without a bound this takes longer than anybody waits: 2^5000 ways to share the letters."""
    frame = b"x" * 5000 + b"y"
    head = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    record = bytes(8) + len(frame).to_bytes(4, "little") * 2 + frame
    (tmp_path / "in.pcap").write_bytes(head + record * 3)
    text = f'EXTERN r = regex({{ 7: {HOSTILE}, 8: "x" }}, 1000); RETURN(EXTERN(r.at) + 1);'
    done = ffpf("run", "--fpl", text, "-r", tmp_path / "in.pcap", "--target", target, "--json", "-")
    value = json.loads(done.stdout)
    assert value["verdicts"] == {"1": 3}  # the other pattern goes on
    assert value["externs"]["r"] == {"function": "regex", "rows": [{"id": 7, "limited": 3}]}


def test_a_hostile_pattern_that_the_scanner_cannot_decide(tmp_path: Path) -> None:
    frame = b"x" * 3000 + b"y"
    head = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    record = bytes(8) + len(frame).to_bytes(4, "little") * 2 + frame
    (tmp_path / "in.pcap").write_bytes(head + record * 2)
    text = r'EXTERN r = regex("(x+x+)+(?<=z)y(a)\\2", 1000); RETURN(EXTERN(r));'
    for target in ("pc", "interp"):
        done = ffpf("run", "--fpl", text, "-r", tmp_path / "in.pcap", "--target", target, "--json", "-")
        value = json.loads(done.stdout)
        assert value["delivered"] == 0
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("written", "column", "message"),
    [
        (r'"a(b"', 22, "missing closing parenthesis"),
        (r'"\x41\\d+[z-a]"', 30, "range out of order in character class"),
        (r'"(*UTF)a"', 25, "using UTF is disabled by the application"),
        (r'{ "good", "(?<=a+)b" }', None, "lookbehind assertion is not fixed length"),
    ],
)
def test_patterns_that_are_refused(written: str, column: int | None, message: str) -> None:
    done = ffpf("compile", "--fpl", f"EXTERN r = regex({written}); RETURN(EXTERN(r));", "--emit", "c")
    text = done.stderr.decode()
    assert done.returncode == 1 and f"error[FPL0803]: {message}" in text
    if column is not None:
        assert text.split(":")[2] == str(column), text


def test_a_pattern_has_no_limit_of_its_own() -> None:
    text = r'RETURN(EXTERN(regex, { "a", "(*NO_JIT)(*LIMIT_MATCH=3)b" }));'
    done = ffpf("run", "--fpl", text, "-r", SAMPLE)
    assert done.returncode == 1
    assert done.stderr.startswith(b"<fpl>:1:39: error[FPL0803]: a pattern cannot set a limit of its own")


def test_the_limit_is_for_all_places_together(tmp_path: Path) -> None:
    """PCRE2 counts anew at every place: without the share, this is 65,000 times as long."""
    frame = b"a" * 65000
    head = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    (tmp_path / "in.pcap").write_bytes(head + bytes(8) + len(frame).to_bytes(4, "little") * 2 + frame)
    text = 'M[0] += EXTERN(regex, "a{0,60}a{0,1500}(?=b)") + 1;'
    for target in ("pc", "interp"):
        done = ffpf("run", "--fpl", text, "-r", tmp_path / "in.pcap", "--target", target, "--json", "-")
        rows = json.loads(done.stdout)["externs"]["regex#1"]["rows"]
        assert rows == [{"id": 1, "limited": 1}]


def test_large_repetitions_load_quickly(tmp_path: Path) -> None:
    """The scanner takes minutes to compile these; PCRE2 does not."""
    lines = [f'"[a-z]{{1,5000}}{n}.*foo(.{{1,3000}})x"\n' for n in range(100)]
    (tmp_path / "patterns.txt").write_text("".join(lines))
    (tmp_path / "p.fpl").write_text('EXTERN s = regex(FROM "patterns.txt");\nRETURN(EXTERN(s));\n')
    assert ffpf("run", tmp_path / "p.fpl", "-r", SAMPLE).returncode == 0


def test_it_runs_on_a_real_capture() -> None:
    text = r'RETURN(EXTERN(regex, "(?i)get /\\d+ http/1\\.[01]\\r\\n"));'
    pc, interp = (
        json.loads(ffpf("run", "--fpl", text, "-r", SAMPLE, "--target", t, "--json", "-").stdout)
        for t in ("pc", "interp")
    )
    assert pc["verdicts"] == interp["verdicts"] and pc["delivered"] > 0
