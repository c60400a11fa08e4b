"""A first assignment: every job as high in the tree as it can be, the memory of every spot respected.

Depth first over the units, those with the fewest choices and the most memory first, back where nothing
is left. Jobs inside others need homes below theirs; memory already given away counts.
"""

from __future__ import annotations

from fpl3.split.domains import Domains
from fpl3.split.problem import members


class Fitting:
    """The search; without `memory` every spot has enough of it."""

    def __init__(self, domains: Domains, memory: bool = True) -> None:
        self.domains = domains
        self.memory = memory
        tree = domains.tree
        self.choices = [
            sorted(members(domains.may[numbers[0]]), key=lambda spot: (tree.depth[spot], spot))
            for numbers in domains.units
        ]
        self.home = [-1] * len(domains.units)
        self.users: dict[tuple[int, int], int] = {}
        self.free = [spot.memory for spot in tree.spots]
        # The main program first: everything is below its home.
        self.order = sorted(
            range(len(self.home)), key=lambda u: (u > 0, len(self.choices[u]), -self._bytes(u), u)
        )
        self.steps = 0

    def homes(self, most: int) -> tuple[list[int] | None, bool]:
        """Homes of all units within `most` steps, or None; and whether all choices were looked at."""
        tried = [0] * len(self.order)
        at = 0
        while 0 <= at < len(self.order):
            unit = self.order[at]
            if self.home[unit] >= 0:
                self._take_back(unit)
            spot = self._next(unit, tried, at)
            if spot is None:
                tried[at] = 0
                at -= 1
            elif self.steps >= most:
                return None, False
            else:
                self._give(unit, spot)
                at += 1
        return (None, True) if at < 0 else (self.home, True)

    def highest(self) -> list[int]:
        """Homes that respect everything but memory."""
        found, _ = self.homes(1 << 30)
        assert found is not None, "the sets of spots are consistent"
        return found

    def _next(self, unit: int, tried: list[int], at: int) -> int | None:
        choices = self.choices[unit]
        while tried[at] < len(choices):
            spot = choices[tried[at]]
            tried[at] += 1
            self.steps += 1
            if self._reaches(unit, spot) and self._fits(unit, spot):
                return spot
        return None

    def _reaches(self, unit: int, spot: int) -> bool:
        """Whether the homes given so far, of jobs around and inside, stay above and below."""
        self.home[unit] = spot
        numbers = self.domains.units[unit]
        good = all(self._below_around(n) for n in numbers) and all(self._above_inside(n) for n in numbers)
        self.home[unit] = -1
        return good

    def _below_around(self, number: int) -> bool:
        """The nearest job around that has a home counts; what is between may be anywhere on the way."""
        jobs = self.domains.problem.jobs
        around = jobs[number].inside
        if around < 0:
            return True
        senders = self._homes(around)
        if senders is not None:
            return self._routes(number, senders) is not None
        while senders is None:
            around = jobs[around].inside
            senders = self._homes(around)
        return self._is_below(number, senders)

    def _above_inside(self, number: int) -> bool:
        senders = self._homes(number)
        assert senders is not None
        pending = [(inner, senders, True) for inner in self.domains.inside[number]]
        while pending:
            inner, senders, direct = pending.pop()
            unit = self.domains.unit[inner]
            if unit >= 0 and self.home[unit] >= 0:
                good = self._routes(inner, senders) if direct else self._is_below(inner, senders)
                if not good:
                    return False
                continue
            targets = self._routes(inner, senders) if direct and unit < 0 else None
            if direct and unit < 0 and targets is None:
                return False
            pending += [(n, targets or senders, targets is not None) for n in self.domains.inside[inner]]
        return True

    def _is_below(self, number: int, senders: tuple[int, ...]) -> bool:
        home = self.home[self.domains.unit[number]]
        return any(self.domains.tree.below[sender] >> home & 1 for sender in senders)

    def _routes(self, number: int, senders: tuple[int, ...]) -> tuple[int, ...] | None:
        unit = self.domains.unit[number]
        found = self.domains.routes(number, senders, self.home[unit] if unit >= 0 else -1)
        return None if found is None else tuple(end for _, end in found)

    def _homes(self, number: int) -> tuple[int, ...] | None:
        """Where a job is; None if that is still open."""
        unit = self.domains.unit[number]
        if unit >= 0:
            return (self.home[unit],) if self.home[unit] >= 0 else None
        senders = self._homes(self.domains.problem.jobs[number].inside)
        return None if senders is None else self._routes(number, senders)

    # Memory --------------------------------------------------------------------------------------

    def _kept(self, unit: int, spot: int) -> list[tuple[int, int]]:
        """What a unit on a spot keeps where, with the jobs that go where it sends them."""
        jobs, found = self.domains.problem.jobs, []
        pending: list[tuple[int, tuple[int, ...]]] = [(n, (spot,)) for n in self.domains.units[unit]]
        while pending:
            number, spots = pending.pop()
            found += [(thing, at) for thing in jobs[number].holds for at in spots]
            for inner in self.domains.inside[number]:
                if self.domains.unit[inner] < 0:
                    pending.append((inner, self._routes(inner, spots) or ()))
        return found

    def _bytes(self, unit: int) -> float:
        things = {thing for thing, _ in self._kept(unit, self.choices[unit][0])}
        return sum(self.domains.problem.sizes[thing] for thing in things)

    def _fits(self, unit: int, spot: int) -> bool:
        if not self.memory:
            return True
        self._count(unit, spot, 1)
        good = all(self.free[at] >= 0 for _, at in self._kept(unit, spot))
        self._count(unit, spot, -1)
        return good

    def _give(self, unit: int, spot: int) -> None:
        self.home[unit] = spot
        self._count(unit, spot, 1)

    def _take_back(self, unit: int) -> None:
        spot, self.home[unit] = self.home[unit], -1
        self._count(unit, spot, -1)

    def _count(self, unit: int, spot: int, change: int) -> None:
        for thing, at in self._kept(unit, spot):
            before = self.users.get((thing, at), 0)
            self.users[thing, at] = after = before + change
            if not before or not after:
                self.free[at] -= self.domains.problem.sizes[thing] * change
