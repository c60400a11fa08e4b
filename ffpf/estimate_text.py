"""An estimate for people: what every node and link has to do, and what cannot keep up first."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fpl3.split.estimate import Estimate


def lines(estimate: Estimate) -> Iterator[str]:
    """The highest rate of input, and at that rate the load of every node and link."""
    if isinf(estimate.rate):
        yield "Estimated: nothing limits the input"
        return
    yield f"Estimated: {shown_rate(estimate.rate)} packets/s of input, then {_what(estimate)} is saturated"
    width = max(len(row) for row in [*(n.name for n in estimate.nodes), *(k.name for k in estimate.links)])
    for node in estimate.nodes:
        load = node.load(estimate.rate)
        yield f"  {node.name:<{width}}  {load:4.0%}  {node.cycles:,.0f} cycles a packet of input"
    for link in estimate.links:
        used = link.load(estimate.rate)
        load_text = "   -" if used is None else f"{used:4.0%}"
        frames = f"{link.frames:.2f} frames, {link.bits:,.0f} bits a packet of input"
        yield f"  {link.name:<{width}}  {load_text}  {frames}"
    if estimate.gap is not None:
        yield f"  no placement can be better by more than {estimate.gap:.1%}"


def _what(estimate: Estimate) -> str:
    return estimate.limit.name


def shown_rate(rate: float) -> str:
    """Two digits: it is an estimate."""
    for size, unit in ((1e9, "billion"), (1e6, "million")):
        if rate >= size:
            return f"{rate / size:.2g} {unit}"
    return f"{float(f'{rate:.2g}'):,.0f}"
