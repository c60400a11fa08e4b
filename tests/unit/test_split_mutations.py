"""Faults seeded into cut, carry and wire: the comparison of split with unsplit catches every one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fpl3.split import carry, cut, reaching, split, state_text, tree_run, values, wire
from tests.differential.split_agreement import Tried, case_of, compare, compare_case

Patch = pytest.MonkeyPatch


def drop_a_register(patch: Patch) -> None:
    """A live register is forgotten."""
    right = carry._wanted
    patch.setattr(carry, "_wanted", lambda *arguments: right(*arguments)[1:])


def swap_origins(patch: Patch) -> None:
    """What goes to part 1 says that it goes to part 2, and the other way round."""
    right = state_text.send
    patch.setattr(cut.made, "send", lambda part, hop: right({1: 2, 2: 1}.get(part, part), hop))


def repeat_across_writes(patch: Patch) -> None:
    """An assignment is made again behind the link although the packet was written since, and no value is
    carried that could be."""
    patch.setattr(reaching, "writes_packet", lambda statement: False)
    right = carry._fit

    def fit(program: Any, part: Any, links: Any, wanted: Any, again: Any, sink: Any) -> Any:
        left = [(register, interval) for register, interval in wanted if register not in again]
        items, repeated = right(program, part, links, left, {}, sink)
        repeated += tuple(again[register] for register, _ in wanted if register in again)
        return items, repeated

    patch.setattr(carry, "_fit", fit)


def hoist_what_may_abort(patch: Patch) -> None:
    """A value is computed at the SPLIT although that may abort the run around it."""
    patch.setattr(values, "_may_fail", lambda expression, state: False)


def replicate_ordered_arrays(patch: Patch) -> None:
    """Memory whose accesses must keep their order is spread over nodes."""
    patch.setattr(split, "partitioned", lambda *arguments: True)


def leave_trailers_on(patch: Patch) -> None:
    """The receiver takes the trailer for a part of the packet."""
    right = wire.decode

    def decode(link: wire.Wire, frame: bytes, *arrived: Any) -> wire.Crossing:
        crossing = right(link, frame, *arrived)
        return crossing if link.kind != "ethernet" else replace(crossing, data=frame)

    patch.setattr(tree_run, "decode", decode)


def pack_too_narrow(patch: Patch) -> None:
    """A value gets a bit less than its range needs."""
    patch.setattr(carry, "bits_of", lambda interval: max(0, values.bits_of(interval) - 1))


def forget_the_least_value(patch: Patch) -> None:
    """What is taken out of the state is not moved back to where its range begins."""
    right = state_text._restored
    patch.setattr(
        state_text, "_restored", lambda item, words: list(right(item, words))[: max(1, len(item.pieces))]
    )


MUTATIONS: list[Callable[[Patch], None]] = [
    drop_a_register, swap_origins, repeat_across_writes, hoist_what_may_abort, replicate_ordered_arrays,
    leave_trailers_on, pack_too_narrow, forget_the_least_value,
]  # fmt: skip


# Programs that some of the faults let through, on two nodes behind one splitter.
SHARP = [
    "SPLIT(N1); IF (PKT.B[5] < 200) THEN RETURN (7); FI TILPS RETURN (1);",
    "UINT32 last[16]; SPLIT(PKT.LEN % 2); last[PKT.B[14] & 15] = PKT.LEN; TILPS",
    "R[0] = PKT.B[14]; PKT.B[14] = 7; SPLIT(N1); RETURN (R[0]); TILPS",
]
NODES = (Path(__file__).parents[2] / "examples/nodes/figure2.toml").read_text()


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_caught(mutate: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutate(monkeypatch)
    with pytest.raises(AssertionError):
        for number, text in enumerate(SHARP):
            compare_case(case_of("sharp", text, NODES, Tried()), number, 40, Tried())
        for seed in range(300):
            compare(seed, 10, Tried())


def test_programs_are_right_or_refused_without_faults() -> None:
    for number, text in enumerate(SHARP):
        compare_case(case_of("sharp", text, NODES, Tried()), number, 40, Tried())
