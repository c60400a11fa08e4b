"""search: the scanner against the plain twin, on random strings that overlap, nest and repeat."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ffpf.registry import externs, twin
from fpl3.externs import Text
from fpl3.source import Source, Span
from fpl3.syntax import lexemes
from tests.differential.agreement import CLANG_SANITIZED, OPTIMISED, SANITIZED
from tests.differential.packets import TestPacket
from tests.e2e.command import ffpf
from tests.unit.checked_text import alone
from tests.unit.pc_agreement import agree

NOWHERE = Span(Source("test", ""), 0, 0)
RANGES = (
    "",
    ", 0, 0",
    ", 3",
    ", 14, 20",
    ", 60, 0xffffffff",
    ", 0xffffffff, 0xffffffff",
    ", PKT.B[0], PKT.B[1]",
)


def quoted(value: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in value) + '"'


def strings(rng: random.Random, count: int) -> list[str]:
    """Texts over few letters, so that they begin, end and lie inside each other."""
    found = []
    for _ in range(count):
        value = bytes(rng.choices(b"abAB\0", k=rng.choice((1, 1, 2, 3, 5, 9, 40))))
        id = rng.choice(("", "", f"{rng.randint(1, 70)}: ", "4294967000: "))
        found.append(f"{id}{quoted(value)}{rng.choice(('', ' NOCASE'))}")
    return found


def program(rng: random.Random, count: int) -> str:
    """Every function over every range; results go where they can be compared."""
    lines = [
        f"EXTERN s = search({{ {', '.join(strings(rng, count))} }});",
        "UINT32 found[5]; UINT32 seen[40];",
    ]
    for number, where in enumerate(RANGES):
        lines += [
            f"seen[{number * 4}] += EXTERN(s{where});",
            f"seen[{number * 4 + 1}] ^= EXTERN(s.at{where});",
            f"seen[{number * 4 + 2}] += EXTERN(s.count{where});",
            f"seen[{number * 4 + 3}] += EXTERN(s.all{where}, found);",
        ]
    return "\n".join([*lines, "RETURN(EXTERN(s.at) + EXTERN(s) + found[rand]);".replace("rand", "2")])


def packets(rng: random.Random) -> list[TestPacket]:
    sizes = rng.choices((0, 1, 2, 3, 8, 20, 64, 300), k=40)
    return [TestPacket(bytes(rng.choices(b"abAB\0", k=size)), size, 0, 0, 1) for size in sizes]


@pytest.mark.parametrize("flags", [SANITIZED, CLANG_SANITIZED, OPTIMISED], ids=["gcc", "clang", "fast"])
def test_c_and_python_agree(flags: tuple[str, ...], tmp_path: Path) -> None:
    rng = random.Random(len(flags))
    counts = (20,) if flags is CLANG_SANITIZED else (1, 4, 20, 100)  # clang takes its time
    texts = [program(rng, count) for count in counts]
    agree(texts, tmp_path, flags, packets(rng))


def found(frame: bytes, strings: list[tuple[int, bytes, bool]], start: int = 0) -> tuple[int, ...]:
    """What the four functions of the twin give."""
    texts = tuple(Text(id, value, nocase, NOWHERE) for id, value, nocase in strings)
    made, array = twin(alone(externs()["search"], texts)), [0] * 3
    given = (bytearray(frame), 1, len(frame), start, 0xFFFFFFFF)
    return (made(*given), made.at(*given), made.count(*given), made.all(*given, array), *array)  # type: ignore[attr-defined]


def test_the_occurrence_that_begins_first_counts() -> None:
    long, short = (7, b"needle in", False), (3, b"edl", False)
    assert found(b"a needle in hay", [short, long]) == (7, 2, 2, 2, 3, 7, 0)
    assert found(b"a needle in hay", [short, long], 3) == (3, 4, 1, 1, 3, 0, 0)


def test_of_two_that_begin_together_the_smaller_id_counts() -> None:
    assert found(b"xxabcd", [(9, b"ab", False), (5, b"abc", False), (9, b"AB", True)])[:4] == (5, 2, 3, 2)


def test_nothing_is_found_in_nothing() -> None:
    assert found(b"", [(1, b"a", False)]) == (0, 0xFFFFFFFF, 0, 0, 0, 0, 0)
    assert found(b"a", [(1, b"a", False)], 5) == (0, 0xFFFFFFFF, 0, 0, 0, 0, 0)


def test_letters_outside_of_ascii_have_no_case() -> None:
    assert found("ä".encode("latin-1"), [(1, "Ä".encode("latin-1"), True)])[0] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ('{ "a", "" }', "an empty string is everywhere"),
        (quoted(b"x" * 4000), "a string of 4,000 bytes"),
        ("7", "the option 'strings' of 'search' is a text"),
    ],
)
def test_strings_that_are_refused(options: str, message: str) -> None:
    done = ffpf("compile", "--fpl", f"EXTERN s = search({options}); RETURN(EXTERN(s));", "--emit", "c")
    assert done.returncode == 1 and f"error[FPL0803]: {message}".encode() in done.stderr


def test_the_longest_string_and_many_from_a_file(tmp_path: Path) -> None:
    lines = [f'{n + 1}: "pattern number {n}"' for n in range(3000)]
    (tmp_path / "many.txt").write_text("\n".join(lines) + f"\n{quoted(b'y' * 3999)}\n")
    program = tmp_path / "many.fpl"
    program.write_text('EXTERN s = search(FROM "many.txt");\nRETURN(EXTERN(s));\n')
    frame = b"x" * 20 + b"pattern number 2999" + b"y" * 3999
    capture = tmp_path / "in.pcap"
    head = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    size = len(frame).to_bytes(4, "little")
    capture.write_bytes(head + bytes(8) + size * 2 + frame)
    # "number 2999", "number 299", "number 29" begin where "number 2" does, whose id is the smallest.
    done = ffpf("run", program, "-r", capture, "--json", "-")
    assert done.returncode == 0 and b'"verdicts": {"3": 1}' in done.stdout
    interpreted = ffpf("run", program, "-r", capture, "--target", "interp", "--json", "-")
    assert b'"verdicts": {"3": 1}' in interpreted.stdout


def test_escapes_are_counted_as_they_are_written() -> None:
    assert lexemes.written_at(r'"a\x41b"', 2) == len('"a\\x41')
