"""A function with state for tests: EXTERN(counting, key) counts its calls by the low byte of a key."""

from __future__ import annotations

from fpl3.check.program import Extern, ExternState
from fpl3.types import U32

EXTERN = Extern(
    name="counting",
    summary="Count the calls with this key so far",
    parameters=(("key", U32),),
    returns=U32,
    packet="none",
    pure=False,
    cost=5,
    targets=("pc", "interp"),
    c_function="counting",
    c_file="tests/unit/extern_counting/counting.c",
    reference="tests.unit.extern_counting:Counting",
    state=ExternState(256 * 4, "counting_start", "counting_merge", "counting_carry"),
)


class Counting:
    """The Python twin: every cell begins at 100."""

    def __init__(self) -> None:
        self.cells = [100] * 256

    def __call__(self, frame: bytearray, link: int, length: int, key: int) -> int:
        self.cells[key & 255] += 1
        return self.cells[key & 255]
