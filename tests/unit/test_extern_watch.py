"""Under the address sanitizer, an external function that does more than it declares is caught."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fpl3.check.program import Checked
from fpl3.compiler import Environment, front
from fpl3.diagnostics import Sink
from fpl3.externs import Extern, Function, Parameter, Range, State
from fpl3.source import Source
from fpl3.types import U32
from tests.differential.agreement import CLANG_SANITIZED, SANITIZED
from tests.differential.batch import compile_batch, write_packets
from tests.differential.packets import TestPacket

PACKET = TestPacket(bytes(range(100)), 100, 0, 0, 1)
AT = Parameter("at", U32)
WHERE = (Parameter("start", U32), Parameter("length", U32), AT)
MISBEHAVING = Extern(
    name="misbehaving",
    summary="Functions that can be made to do what they do not declare",
    functions=(
        Function("look", WHERE, "misbehaving_look", packet="read", range=Range("start", "length")),
        Function("fixed", (AT,), "misbehaving_fixed", packet="read", range=Range(14, 20)),
        Function("write", (AT,), "misbehaving_write", packet="read"),
        Function("right", (AT,), "misbehaving_write", packet="write"),
        Function("none", (), "misbehaving_none"),
        Function("count", (), "misbehaving_count", pure=True),
        Function("state", (AT,), "misbehaving_state"),
    ),
    c_file="tests/unit/extern_misbehaving/misbehaving.c",
    reference="tests.unit.test_extern_watch:nobody",
    state=State(lambda options: 12, "misbehaving_merge"),
)
POISONED = "use-after-poison"
GOOD = {
    "look.first": "EXTERN(misbehaving.look, 21, 10, 21)",
    "look.last": "EXTERN(misbehaving.look, 21, 10, 30)",
    "look.past": "EXTERN(misbehaving.look, 90, 1000, 99)",
    "fixed": "EXTERN(misbehaving.fixed, 14) + EXTERN(misbehaving.fixed, 33)",
    "write": "EXTERN(misbehaving.right, 99)",
    "state": "EXTERN(misbehaving.state, 11)",
}
BAD = {
    "before": ("EXTERN(misbehaving.look, 21, 10, 20)", POISONED),
    "far before": ("EXTERN(misbehaving.look, 21, 10, 0)", POISONED),
    "behind": ("EXTERN(misbehaving.look, 21, 10, 31)", POISONED),
    "behind the packet": ("EXTERN(misbehaving.look, 90, 1000, 100)", POISONED),
    "nothing": ("EXTERN(misbehaving.look, 5, 0, 5)", POISONED),
    "outside": ("EXTERN(misbehaving.look, 100, 5, 99)", POISONED),
    "before a fixed range": ("EXTERN(misbehaving.fixed, 13)", POISONED),
    "behind a fixed range": ("EXTERN(misbehaving.fixed, 34)", POISONED),
    "undeclared write": ("EXTERN(misbehaving.write, 99)", "wrote the packet"),
    "no packet": ("EXTERN(misbehaving.none)", "SEGV|null pointer"),
    "not pure": ("EXTERN(misbehaving.count)", "gave two results for the same"),
    "behind the state": ("EXTERN(misbehaving.state, 12)", POISONED),
}


def program(call: str) -> Checked:
    def read(source: str, path: str) -> bytes:
        raise OSError(path)

    known = Environment(read, lambda source, path: path, {"misbehaving": MISBEHAVING})
    checked = front(Source("t.fpl", f"RETURN({call});"), known, Sink())
    assert checked is not None
    return checked


def run(call: str, flags: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    compiled = compile_batch([program(call)], folder, flags)
    command = [compiled.executable, write_packets([PACKET], folder)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("call", GOOD.values(), ids=GOOD)
def test_what_is_declared_is_allowed(call: str, tmp_path: Path) -> None:
    done = run(call, SANITIZED, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("call", "said"), BAD.values(), ids=BAD)
def test_what_is_not_declared_is_caught(call: str, said: str, tmp_path: Path) -> None:
    done = run(call, SANITIZED, tmp_path)
    assert done.returncode != 0 and any(word in done.stderr for word in said.split("|")), done.stderr


@pytest.mark.parametrize("name", ["behind", "undeclared write", "behind the state"])
def test_clang_catches_it_too(name: str, tmp_path: Path) -> None:
    call, said = BAD[name]
    done = run(call, CLANG_SANITIZED, tmp_path)
    assert done.returncode != 0 and said in done.stderr, done.stderr
