"""Programs over trees of nodes against the unsplit program, without end: every node interpreted."""

from __future__ import annotations

import time

from tests.differential.split_agreement import Tried, compare

PACKETS = 12


def fuzz(seconds: float, seed: int) -> None:
    """Raises AssertionError with program, nodes, packet and difference."""
    tried, started, number = Tried(), time.monotonic(), 0
    while time.monotonic() - started < seconds:
        compare(seed + number, PACKETS, tried)
        number += 1
    refused = ", ".join(f"{code} {count}" for code, count in tried.refused.most_common())
    print(
        f"split: {tried.programs} programs, {tried.split} split over nodes, {tried.packets} packets, "
        f"{tried.links} sent over links, no difference; refused: {refused}"
    )
