"""Balance: homes for jobs so that the busiest node or link has as little to do as can be.

First homes that respect everything, as high in the tree as they can be; then, heaviest first, each job
where it does best; then moves and exchanges that take load off whatever is the busiest; at last fewer
hops at the same load. A solver, if there is one, is asked for something better, and for a bound that says
how much better there can be. The same problem always gives the same homes; effort is counted in moves
looked at, not in time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fpl3.split.domains import Domains
from fpl3.split.fitting import Fitting
from fpl3.split.integer import IntegerProgram, Solver, formulate
from fpl3.split.loads import Assignment, Rank, hops_of, loads_of
from fpl3.split.problem import Problem, Routes, members

MOVES = 20_000  # looked at, all phases together; with 200 jobs on 50 spots a second or so
LAST_MOVES = 6_000  # of them kept for the last phase
FITTING_STEPS = 20_000
LEAST_UNITS, MOST_CHOICES = 2, 4_000  # for which a solver is worth calling


@dataclass(frozen=True, slots=True)
class Balanced:
    """Where everything is. `loads`: of every spot, then of the link into every spot; `bound`: no
    assignment has a highest load below it, None where no solver has said so."""

    routes: tuple[Routes, ...]
    loads: tuple[float, ...]
    hops: float
    bound: float | None = None

    @property
    def highest(self) -> float:
        return max(self.loads)


@dataclass(frozen=True, slots=True)
class Stuck:
    """Why there is no assignment. `job`: no spot can take it, None: the memory of all is too little.
    `proven`: there is none; else none was found."""

    job: int | None
    proven: bool


def balance(problem: Problem, solver: Solver | None = None) -> Balanced | Stuck:
    """Homes for all jobs: the lowest highest load, of those the fewest hops, as far as found."""
    domains = Domains(problem)
    if domains.empty is not None:
        return Stuck(domains.empty, True)
    start, proven = Fitting(domains).homes(FITTING_STEPS)
    if start is None and proven:
        return Stuck(None, True)
    search = _Search(domains, start if start is not None else Fitting(domains, False).highest())
    search.improve()
    bound = None
    if solver is not None and _worthwhile(domains):
        bound = search.solve(solver)
    if search.best.rank().excess > 0:
        return Stuck(None, False)
    routes = search.best.routes
    return Balanced(tuple(routes), tuple(loads_of(domains, routes)), hops_of(domains, routes), bound)


def _worthwhile(domains: Domains) -> bool:
    choices = [domains.may[numbers[0]].bit_count() for numbers in domains.units]
    free = [count for count in choices if count > 1]
    return len(free) >= LEAST_UNITS and sum(free) <= MOST_CHOICES


_Beats = Callable[[Rank, Rank], bool]


class _Search:
    """The best assignment so far, and the moves that are left to look at."""

    def __init__(self, domains: Domains, homes: list[int]) -> None:
        self.domains = domains
        self.best = Assignment(domains, homes)
        self.left = MOVES
        self.choices = [list(members(domains.may[numbers[0]])) for numbers in domains.units]
        self.free = [unit for unit, spots in enumerate(self.choices) if len(spots) > 1]

    def improve(self) -> None:
        self._place_heaviest_first()
        self._relieve()
        self._shorten()

    def _place_heaviest_first(self) -> None:
        for unit in sorted(self.free, key=self._weight, reverse=True):
            self._try(unit, self.choices[unit], Rank.lower, first=False)

    def _weight(self, unit: int) -> float:
        """What a unit costs where it costs least."""
        jobs = [self.domains.problem.jobs[number] for number in self.domains.units[unit]]
        return min(sum(job.work[spot] for job in jobs) for spot in self.choices[unit])

    def _relieve(self) -> None:
        """Takes load, or bytes, off where there is most of it, until nothing more helps."""
        while self.left > LAST_MOVES:
            units = self._busy()
            moved = any(self._try(unit, self.choices[unit], Rank.lower) for unit in units)
            if not moved and not any(self._exchange(unit) for unit in units):
                return

    def _busy(self) -> list[int]:
        """The units with a part in the highest load, or in the spots whose memory is too small."""
        best, tree = self.best, self.domains.tree
        busiest = max(range(len(best.loads)), key=best.loads.__getitem__)
        over = [spot for spot, used in enumerate(best.used) if used > tree.spots[spot].memory]
        spots = set(over) if over else {busiest % len(tree.spots)}
        if not over and busiest >= len(tree.spots):
            spots.add(tree.spots[busiest % len(tree.spots)].above)
        return [unit for unit in self.free if self._touches(unit, spots)]

    def _touches(self, unit: int, spots: set[int]) -> bool:
        """Whether a unit, or a job that it sends on, is on or goes through a spot."""
        tree = self.domains.tree
        for number in self._with_sent(unit):
            for start, end in self.best.routes[number]:
                if start in spots or end in spots or any(spot in spots for spot in tree.way(start, end)):
                    return True
        return False

    def _with_sent(self, unit: int) -> set[int]:
        """The jobs of a unit and those that stand right in them."""
        numbers = self.domains.units[unit]
        return {*numbers, *(inner for number in numbers for inner in self.domains.inside[number])}

    def _shorten(self) -> None:
        better = True
        while better and self.left > 0:
            tried = [self._try(unit, self.choices[unit], Rank.better) for unit in self.free]
            better = any(tried)

    # Steps ---------------------------------------------------------------------------------------

    def _try(self, unit: int, spots: list[int], beats: _Beats, first: bool = True) -> bool:
        """Moves a unit to the first spot, or to the best, that beats where it is."""
        best, found = self.best.rank(), None
        for spot in spots:
            if spot == self.best.home[unit] or self.left <= 0:
                continue
            changes = self._dragged(unit, spot)
            rank = self._looked_at(changes) if changes is not None else None
            if rank is not None and beats(rank, best):
                best, found = rank, changes
                if first:
                    break
        if found is None:
            return False
        self.best.keep(found)
        return True

    def _looked_at(self, changes: dict[int, int]) -> Rank | None:
        """How good the assignment would be with some changes."""
        self.left -= 1
        undo = self.best.move(changes)
        if undo is None:
            return None
        rank = self.best.rank()
        undo.take_back()
        return rank

    def _dragged(self, unit: int, spot: int) -> dict[int, int] | None:
        """The changes that moving a unit takes: what is inside goes along where it would be out of reach,
        what is around comes up; None where one of them cannot."""
        changes = {unit: spot}
        for number in self.domains.units[unit]:
            if not self._drag_inside(number, spot, changes) or not self._drag_around(number, spot, changes):
                return None
        return changes

    def _drag_inside(self, number: int, spot: int, changes: dict[int, int]) -> bool:
        tree = self.domains.tree
        pending = list(self.domains.inside[number])
        while pending:
            inner = pending.pop()
            unit = self.domains.unit[inner]
            if unit < 0:
                continue  # it goes where it is sent; whether what is in it can follow is seen then
            home = changes.get(unit, self.best.home[unit])
            if tree.below[spot] >> home & 1:
                continue
            if unit in changes or not self.domains.may[inner] >> spot & 1:
                return False
            changes[unit] = spot
            pending += [n for other in self.domains.units[unit] for n in self.domains.inside[other]]
        return True

    def _drag_around(self, number: int, spot: int, changes: dict[int, int]) -> bool:
        tree, at = self.domains.tree, self.domains.problem.jobs[number].inside
        while at > 0 and self.domains.unit[at] >= 0:
            unit = self.domains.unit[at]
            home = changes.get(unit, self.best.home[unit])
            if not tree.below[home] >> spot & 1:
                up = tree.meeting(home, spot)
                if unit in changes or not self.domains.may[at] >> up & 1:
                    return False
                changes[unit] = up
            at = self.domains.problem.jobs[at].inside
        return True

    def _exchange(self, unit: int) -> bool:
        """Lets a unit change places with another."""
        now = self.best.rank()
        for other in self.free:
            mine, theirs = self.best.home[unit], self.best.home[other]
            if mine == theirs or self.left <= 0:
                continue
            if theirs not in self.choices[unit] or mine not in self.choices[other]:
                continue
            changes = {unit: theirs, other: mine}
            rank = self._looked_at(changes)
            if rank is not None and rank.lower(now):
                self.best.keep(changes)
                return True
        return False

    # The solver ----------------------------------------------------------------------------------

    def solve(self, solver: Solver) -> float | None:
        """Takes the solver's assignment if it is better, after the same last steps; its bound."""
        program: IntegerProgram = formulate(self.domains, self.best.rank().highest)
        solution = solver(program)
        if solution is None:
            return None
        homes = program.homes(solution)
        if homes is not None:
            other = _Search(self.domains, homes)
            other._relieve()
            other._shorten()
            if other.best.rank().better(self.best.rank()):
                self.best = other.best
        return program.bound(solution)
