"""The loads of an assignment of homes, kept up to date while homes change.

A change is made, looked at, and taken back by restoring what was saved.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from operator import mul

from fpl3.split.domains import Domains
from fpl3.split.problem import Routes

# Two loads that differ by less are the same: sums of the same numbers in another order do.
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Rank:
    """How good an assignment is, the first difference decides: bytes too many, the highest load, the
    hops of packets, the sum of the squares of the loads (equal work is spread)."""

    excess: float
    highest: float
    hops: float
    spread: float

    def lower(self, other: Rank) -> bool:
        """Whether this has a lower highest load, or an even one with the loads spread better."""
        pairs = (self.excess, other.excess), (self.highest, other.highest)
        return self._before(*pairs, self._spreads(other))

    def better(self, other: Rank) -> bool:
        """Whether this is better by what placement wants: load, then hops."""
        pairs = (self.excess, other.excess), (self.highest, other.highest), (self.hops, other.hops)
        return self._before(*pairs, self._spreads(other))

    def _spreads(self, other: Rank) -> tuple[float, float]:
        return self.spread, other.spread

    @staticmethod
    def _before(*pairs: tuple[float, float]) -> bool:
        for mine, theirs in pairs:
            if abs(mine - theirs) > SAME * max(abs(mine), abs(theirs)):
                return mine < theirs
        return False


def loads_of(domains: Domains, routes: list[Routes]) -> list[float]:
    """The load of every node, then that of the link into every node."""
    loads = [0.0] * (2 * len(domains.tree.spots))
    for number in range(len(routes)):
        _add(domains, number, routes[number], loads, 1.0)
    return loads


def hops_of(domains: Domains, routes: list[Routes]) -> float:
    """Frames on links for one packet of input."""
    return sum(_hops(domains, number, pairs) for number, pairs in enumerate(routes))


def _hops(domains: Domains, number: int, pairs: Routes) -> float:
    links = sum(len(domains.tree.way(start, end)) for start, end in pairs)
    return domains.problem.jobs[number].runs * links / len(pairs)


def _add(domains: Domains, number: int, pairs: Routes, loads: list[float], sign: float) -> None:
    """What a job adds to the loads; packets go the same share of every way."""
    job, tree = domains.problem.jobs[number], domains.tree
    share = sign / len(pairs)
    for start, end in pairs:
        loads[end] += job.work[end] * share
        if start == end:
            continue
        for spot in tree.way(start, end):
            loads[tree.spots[spot].above] += job.leaving[spot] * share
            loads[spot] += job.entering[spot] * share
            loads[len(tree.spots) + spot] += job.wire[spot] * share


class Assignment:
    """Homes of all units, and what follows from them. `home` is by unit, `routes` by job."""

    def __init__(self, domains: Domains, home: list[int]) -> None:
        self.domains = domains
        self.home = list(home)
        self.routes: list[Routes] = [((0, 0),)]
        for number in range(1, len(domains.may)):
            pairs = self._found(number)
            assert pairs is not None, f"job {number} is out of reach"
            self.routes.append(pairs)
        self.loads = loads_of(domains, self.routes)
        self.hops = hops_of(domains, self.routes)
        self.users: dict[tuple[int, int], int] = {}  # of a thing on a spot
        self.used = [0.0] * len(domains.tree.spots)
        memories = [spot.memory for spot in domains.tree.spots]
        self.limited = [(spot, memory) for spot, memory in enumerate(memories) if memory < inf]
        for number, pairs in enumerate(self.routes):
            self._keep(number, pairs, 1)

    def _found(self, number: int) -> Routes | None:
        domains = self.domains
        senders = tuple(end for _, end in self.routes[domains.problem.jobs[number].inside])
        unit = domains.unit[number]
        return domains.routes(number, senders, self.home[unit] if unit >= 0 else -1)

    def _keep(self, number: int, pairs: Routes, change: int) -> None:
        """Counts who needs a thing where: the first to need it brings it."""
        sizes = self.domains.problem.sizes
        for thing in self.domains.problem.jobs[number].holds:
            for _, end in pairs:
                before = self.users.get((thing, end), 0)
                self.users[thing, end] = after = before + change
                if not before or not after:
                    self.used[end] += sizes[thing] * change

    def rank(self) -> Rank:
        used = self.used
        excess = sum([used[spot] - memory for spot, memory in self.limited if used[spot] > memory])
        return Rank(excess, max(self.loads), self.hops, sum(map(mul, self.loads, self.loads)))

    def keep(self, changes: dict[int, int]) -> None:
        """Makes a change for good; sums are made anew, so that no rounding is left of it."""
        self.move(changes)
        self.loads = loads_of(self.domains, self.routes)
        self.hops = hops_of(self.domains, self.routes)

    # Changes -------------------------------------------------------------------------------------

    def move(self, changes: dict[int, int]) -> _Undo | None:
        """Gives units other homes; None, with nothing changed, where some job would be out of reach."""
        undo = _Undo(self, changes)
        pending: list[int] = []
        for unit, spot in changes.items():
            self.home[unit] = spot
            for number in self.domains.units[unit]:
                heappush(pending, number)
        # Whole branches in a row: a job is looked at before those inside it, whose numbers are higher.
        done = -1
        while pending:
            number = heappop(pending)
            if number == done:
                continue
            done = number
            pairs = self._found(number)
            if pairs is None:
                undo.take_back()
                return None
            if pairs != self.routes[number]:
                undo.routes.append((number, self.routes[number]))
                self._replace(number, pairs)
                for inner in self.domains.inside[number]:
                    heappush(pending, inner)
        return undo

    def _replace(self, number: int, pairs: Routes) -> None:
        before = self.routes[number]
        _add(self.domains, number, before, self.loads, -1.0)
        _add(self.domains, number, pairs, self.loads, 1.0)
        self.hops += _hops(self.domains, number, pairs) - _hops(self.domains, number, before)
        if self.domains.problem.jobs[number].holds:
            self._keep(number, pairs, 1)
            self._keep(number, before, -1)
        self.routes[number] = pairs


class _Undo:
    """What an assignment was before a move."""

    def __init__(self, assignment: Assignment, changes: dict[int, int]) -> None:
        self.assignment = assignment
        self.homes = {unit: assignment.home[unit] for unit in changes}
        self.loads, self.hops, self.used = assignment.loads[:], assignment.hops, assignment.used[:]
        self.routes: list[tuple[int, Routes]] = []

    def take_back(self) -> None:
        assignment = self.assignment
        for unit, spot in self.homes.items():
            assignment.home[unit] = spot
        for number, pairs in self.routes:
            if assignment.domains.problem.jobs[number].holds:
                assignment._keep(number, pairs, 1)
                assignment._keep(number, assignment.routes[number], -1)
            assignment.routes[number] = pairs
        assignment.loads, assignment.hops, assignment.used = self.loads, self.hops, self.used
