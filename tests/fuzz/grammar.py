"""Mutated and random texts through grammar and checker: a message or a program, never an exception."""

from __future__ import annotations

import random
import time

from fpl3.compiler import Environment, front
from fpl3.diagnostics import Sink, render_json, render_text
from fpl3.source import Source
from fpl3.syntax.grammar import parse
from fpl3.syntax.printer import print_program
from tests.differential.agreement import environment
from tests.differential.programs import ProgramMaker

PIECES = [
    "IF", "THEN", "FI", "FOR", "ROF", "(", ")", "[", "]", "{", "}", ";", ",", "=", "==", "&&", "!", "IN",
    "NOT IN", "PKT.", "PKT.B[", "SPLIT", "TILPS", "SWITCH", "CASE", "ESAC", "10.0.0.0/8", "::1", "0x",
    '"', "'", "/*", "*/", "//", "#", "\\", "\0", "\u2028", "é", "\ud7ff", "99999999999999999999", "UINT8",
    "MACRO", "SET", "CONST", "WHEN", "M[", "R[64]", "++", "--", "<<", "-1",
]  # fmt: skip
SLOWEST = 5.0  # seconds for one text of some kilobytes: more is a hang


def fuzz(seconds: float, seed: int) -> None:
    """Raises whatever a text raised, with the seed and the text's number."""
    rng = random.Random(seed)
    known = environment()
    end = time.monotonic() + seconds
    number = accepted = 0
    while number == 0 or time.monotonic() < end:
        text = _text(rng)
        start = time.monotonic()
        try:
            accepted += _try(text, known)
        except BaseException as error:
            error.add_note(f"seed {seed}, text {number}: {text!r}")
            raise
        assert time.monotonic() - start < SLOWEST, f"seed {seed}, text {number} is slow: {text!r}"
        number += 1
    print(f"grammar: seed {seed}, {number} texts, {accepted} of them programs")


def _try(text: str, known: Environment) -> int:
    sink = Sink()
    source = Source("fuzz.fpl", text)
    checked = front(source, known, sink)
    for diagnostic in sink.diagnostics:
        render_text(diagnostic)
        render_json(diagnostic)
    assert checked is not None or sink.has_errors, "refused without a message"
    if checked is None:
        return 0
    program = parse(source, Sink())
    assert program is not None
    again = parse(Source("again.fpl", print_program(program)), Sink())
    assert again == program, "parse(print(x)) is another program"
    return 1


def _text(rng: random.Random) -> str:
    text = ProgramMaker(rng).program()
    for _ in range(rng.choice([0, 1, 1, 2, 5, 30])):
        at, size = rng.randrange(len(text) + 1), rng.choice([0, 0, 1, 3, 20])
        piece = rng.choice([*PIECES, chr(rng.randrange(1, 0x300)), text[at : at + 30]])
        text = text[:at] + piece + text[at + size :]
    return text
