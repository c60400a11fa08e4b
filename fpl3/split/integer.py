"""The placement problem as an integer program, for a solver that is handed in.

A column is 1 where a unit has a certain home, one more column is the highest load; rows say that every
unit has one home, that jobs are at or below the jobs around them, that no load is above the highest, and
that memories suffice. With b(j, v) for "job j is at or below spot v", a sum of columns, the order along
the tree is b(j, v) >= b(around j, v) for every v, and the difference of the two is what crosses the link
into v: everything is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf, isfinite

from fpl3.split.domains import Domains

HOPS_WEIGHT = 1e-4  # of all hops that there can be, against the highest load of the start


@dataclass(frozen=True, slots=True)
class Row:
    """low <= the sum of column * coefficient <= high; either may be infinite."""

    terms: tuple[tuple[int, float], ...]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Solution:
    """`values` of all columns, None where only the bound was found; no solution costs less than `bound`."""

    values: tuple[float, ...] | None
    bound: float


@dataclass(frozen=True, slots=True)
class IntegerProgram:
    """Minimise the sum of value * cost over the columns; a value is at least 0 and at most `most`, and an
    integer where `whole`; all rows hold.

    Column i of the first ones stands for choices[i], a unit and a spot; `settled` are the units without a
    choice. A highest load of 1 there is `scale` seconds; `slack` is what hops can add to the costs.
    """

    costs: tuple[float, ...]
    most: tuple[float, ...]
    whole: tuple[bool, ...]
    rows: tuple[Row, ...]
    choices: tuple[tuple[int, int], ...]
    settled: tuple[tuple[int, int], ...]
    scale: float
    slack: float

    def homes(self, solution: Solution) -> list[int] | None:
        """The home of every unit."""
        if solution.values is None:
            return None
        found = dict(self.settled)
        for (unit, spot), value in zip(self.choices, solution.values, strict=False):
            if value > 0.5:
                found[unit] = spot
        return [found[unit] for unit in sorted(found)]

    def bound(self, solution: Solution) -> float:
        """What no highest load is below, in seconds."""
        return max(0.0, (solution.bound - self.slack) * self.scale)


# Is handed a program; None where it found nothing out.
Solver = Callable[[IntegerProgram], Solution | None]


def formulate(domains: Domains, scale: float) -> IntegerProgram:
    """The integer program of a problem; `scale` is a highest load that can be had, in seconds."""
    return _Writer(domains, scale or 1.0).program()


_ONE = -1  # in a sum: the constant
_Sum = dict[int, float]


def _plus(into: _Sum, other: _Sum, factor: float = 1.0) -> None:
    for column, value in other.items():
        into[column] = into.get(column, 0.0) + factor * value


class _Writer:
    def __init__(self, domains: Domains, scale: float) -> None:
        self.domains, self.scale = domains, scale
        self.jobs, self.spots = domains.problem.jobs, domains.tree.spots
        choices: list[tuple[int, int]] = []
        settled: list[tuple[int, int]] = []
        for unit, numbers in enumerate(domains.units):
            spots = [spot for spot in range(len(self.spots)) if domains.may[numbers[0]] >> spot & 1]
            into = choices if len(spots) > 1 else settled
            into += [(unit, spot) for spot in spots]
        self.choices, self.settled = tuple(choices), tuple(settled)
        self.column = {choice: number for number, choice in enumerate(choices)}
        self.highest = len(choices)  # the column of the highest load
        self.columns = self.highest + 1
        self.rows: list[Row] = []
        self.at: list[dict[int, _Sum]] = []  # of every job: its share at a spot
        self.copies: list[int] = []
        self.below: list[list[_Sum]] = []  # of every job: its share at or below each spot
        for number in range(len(self.jobs)):
            self.at.append(self._shares(number))
            self.below.append(self._at_or_below(number))

    def _shares(self, number: int) -> dict[int, _Sum]:
        job, unit = self.jobs[number], self.domains.unit[number]
        if unit >= 0:
            self.copies.append(1)
            settled = dict(self.settled)
            if unit in settled:
                return {settled[unit]: {_ONE: 1.0}}
            return {spot: {self.column[u, spot]: 1.0} for u, spot in self.choices if u == unit}
        if job.hops is None:
            self.copies.append(self.copies[job.inside])
            return self.at[job.inside]
        first, last = job.hops
        count = last - first + 1
        self.copies.append(self.copies[job.inside] * count)
        found: dict[int, _Sum] = {}
        for sender, share in self.at[job.inside].items():
            for target in self.spots[sender].hops[first : last + 1]:
                _plus(found.setdefault(target, {}), share, 1 / count)
        return found

    def _at_or_below(self, number: int) -> list[_Sum]:
        sums: list[_Sum] = [{} for _ in self.spots]
        for spot, share in self.at[number].items():
            up = spot
            while up >= 0:
                _plus(sums[up], share)
                up = self.spots[up].above
        return sums

    def _crossing(self, number: int, spot: int) -> _Sum:
        """The share of a job that is sent over the link into a spot."""
        found = dict(self.below[number][spot])
        _plus(found, self.below[self.jobs[number].inside][spot], -1.0)
        return {column: value for column, value in found.items() if value}

    # Rows ----------------------------------------------------------------------------------------

    def program(self) -> IntegerProgram:
        for unit in sorted({unit for unit, _ in self.choices}):
            self._row({self.column[u, spot]: 1.0 for u, spot in self.choices if u == unit}, 1, 1)
        self._order()
        for load in self._loads():
            load[self.highest] = -1.0
            self._row(load, -inf, 0)
        self._memory()
        costs, slack = self._costs()
        extra = self.columns - self.highest - 1
        return IntegerProgram(
            (*costs, *[0.0] * extra), (*[1.0] * self.highest, inf, *[1.0] * extra),
            (*[True] * self.highest, False, *[False] * extra), tuple(self.rows), self.choices, self.settled,
            self.scale, slack,
        )  # fmt: skip

    def _row(self, terms: _Sum, low: float, high: float) -> None:
        constant = terms.get(_ONE, 0.0)
        kept = tuple((column, value) for column, value in sorted(terms.items()) if column != _ONE and value)
        if kept:
            self.rows.append(Row(kept, low - constant, high - constant))

    def _order(self) -> None:
        for number, job in enumerate(self.jobs):
            if number and self.domains.unit[number] >= 0:
                for spot in range(1, len(self.spots)):
                    self._row(self._crossing(number, spot), 0, 0 if job.barred >> spot & 1 else inf)

    def _loads(self) -> Iterator[_Sum]:
        """Of every spot and link, relative to the scale."""
        spots: list[_Sum] = [{_ONE: 0.0} for _ in self.spots]
        links: list[_Sum] = [{} for _ in self.spots]
        for number, job in enumerate(self.jobs):
            for spot, share in self.at[number].items():
                _plus(spots[spot], share, job.work[spot] / self.scale)
            for spot in range(1, len(self.spots)) if number else ():
                crossing = self._crossing(number, spot)
                if crossing:
                    _plus(spots[self.spots[spot].above], crossing, job.leaving[spot] / self.scale)
                    _plus(spots[spot], crossing, job.entering[spot] / self.scale)
                    _plus(links[spot], crossing, job.wire[spot] / self.scale)
        yield from spots
        yield from (link for link in links if any(link.values()))

    def _memory(self) -> None:
        """A thing lies on a spot if a job there needs it: a column that is at least each of these."""
        users: dict[int, list[int]] = {}
        for number, job in enumerate(self.jobs):
            for thing in job.holds:
                users.setdefault(thing, []).append(number)
        for spot, memory in enumerate(spot.memory for spot in self.spots):
            if not isfinite(memory):
                continue
            used: _Sum = {}
            for thing, numbers in users.items():
                size = self.domains.problem.sizes[thing]
                _plus(used, self._kept(numbers, spot), size / (memory or 1.0))
            self._row(used, -inf, 1.0 if memory else 0.0)

    def _kept(self, numbers: list[int], spot: int) -> _Sum:
        there = []
        for number in numbers:
            share = self.at[number].get(spot)
            if share:
                there.append({column: value * self.copies[number] for column, value in share.items()})
        if len(there) <= 1:
            return there[0] if there else {}
        column, self.columns = self.columns, self.columns + 1
        for share in there:
            _plus(share, {column: -1.0})
            self._row(share, -inf, 0)
        return {column: 1.0}

    def _costs(self) -> tuple[list[float], float]:
        """The highest load and a little for every hop; and the most that hops can add."""
        most = sum(job.runs for job in self.jobs[1:]) * max(self.domains.tree.depth)
        weight = HOPS_WEIGHT / most if most else 0.0
        hops: _Sum = {}
        for number, job in enumerate(self.jobs[1:], 1):
            for spot in range(1, len(self.spots)):
                _plus(hops, self._crossing(number, spot), job.runs * weight)
        costs = [hops.get(column, 0.0) for column in range(self.highest)]
        return [*costs, 1.0], HOPS_WEIGHT - hops.get(_ONE, 0.0)
