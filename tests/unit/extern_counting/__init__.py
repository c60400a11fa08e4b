"""A function with state for tests: EXTERN(counting, key) counts its calls by the low byte of a key."""

from __future__ import annotations

from fpl3.externs import Extern, Function, Parameter, State
from fpl3.types import U32

EXTERN = Extern(
    name="counting",
    summary="Count the calls with this key so far",
    functions=(Function("", (Parameter("key", U32),), "counting", cost=5),),
    c_file="tests/unit/extern_counting/counting.c",
    reference="tests.unit.extern_counting:Counting",
    state=State(lambda options: 256 * 4, "counting_merge", "counting_start", "counting_carry"),
)


class Counting:
    """The Python twin: every cell begins at 100."""

    def __init__(self) -> None:
        self.cells = [100] * 256

    def __call__(self, frame: bytearray, link: int, length: int, key: int) -> int:
        self.cells[key & 255] += 1
        return self.cells[key & 255]
