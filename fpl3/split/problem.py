"""The problem of placement without programs: jobs that want homes on a tree of spots.

Spots (nodes) and jobs (parts) are numbers; 0 is the root and the main program. A spot's number is higher
than that of the spot above it, a job's higher than that of the job that it stands in. A set of spots is a
number whose bits say who is in it. All loads are in seconds per packet of input: what a node or a link
needs to do its share for one packet; the highest load is what limits the input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

Routes = tuple[tuple[int, int], ...]  # from a home of the job around to a home of the job


@dataclass(frozen=True, slots=True)
class Spot:
    """A node: the spot above it (-1: none), its next hops in their order, its memory in bytes."""

    above: int
    hops: tuple[int, ...]
    memory: float = inf


@dataclass(frozen=True, slots=True)
class Job:
    """A part: the job that it stands in (-1: none), and the spots that are able to run it.

    `hops`: it goes to these next hops, first to last, of where the job around is, the same share to each;
    None: to one home at or below it, or, where the job around has several homes, to each of these.
    `work`: the load of each spot if all of it runs there. For the link into each spot, if all of it goes
    through: `leaving` is the load of the spot above, `entering` of the spot, `wire` of the link.
    `runs` for a packet of input. `holds`: the things that it keeps in memory where it is. `barred`: spots
    that it cannot be sent into.
    """

    inside: int
    able: int
    hops: tuple[int, int] | None
    work: tuple[float, ...]
    leaving: tuple[float, ...]
    entering: tuple[float, ...]
    wire: tuple[float, ...]
    runs: float
    holds: tuple[int, ...] = ()
    barred: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """`sizes` are the bytes of each thing; a thing lies once on every spot with a job that holds it.
    `together`: jobs that must have one home, all of each set."""

    spots: tuple[Spot, ...]
    jobs: tuple[Job, ...]
    sizes: tuple[float, ...] = ()
    together: tuple[tuple[int, ...], ...] = ()


def members(mask: int) -> Iterator[int]:
    """The spots of a set, in their order."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class Tree:
    """What is below what, and the ways down."""

    def __init__(self, spots: tuple[Spot, ...]) -> None:
        self.spots = spots
        self.below = [1 << spot for spot in range(len(spots))]  # and the spot itself
        self.depth = [0] * len(spots)
        for spot in range(len(spots) - 1, 0, -1):
            self.below[spots[spot].above] |= self.below[spot]
        for spot in range(1, len(spots)):
            self.depth[spot] = self.depth[spots[spot].above] + 1
        self._ways: dict[tuple[int, int], tuple[int, ...]] = {}

    def way(self, start: int, end: int) -> tuple[int, ...]:
        """The spots whose links in are taken from `start` down to `end`, the last one first."""
        found = self._ways.get((start, end))
        if found is None:
            taken, at = [], end
            while at != start:
                taken.append(at)
                at = self.spots[at].above
            found = self._ways[start, end] = tuple(taken)
        return found

    def meeting(self, one: int, other: int) -> int:
        """The lowest spot that both are at or below."""
        while not self.below[one] >> other & 1:
            one = self.spots[one].above
        return one

    def reach(self, start: int, barred: int) -> int:
        """The spots at or below `start` that no barred link leads to."""
        found = self.below[start]
        if barred & found:
            for spot in members(barred & found & ~(1 << start)):
                found &= ~self.below[spot]
        return found
